// Package plot writes plots as SVG: rectangles, lines and texts, at places that scales compute.
package plot

import (
	"bytes"
	"fmt"
	"html"
	"math"
)

// Drawing is a plot in the making.
type Drawing struct {
	b bytes.Buffer
}

// New returns an empty drawing of this many pixels.
func New(width, height int) *Drawing {
	d := new(Drawing)
	fmt.Fprintf(&d.b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="12">`+"\n", width, height)
	fmt.Fprintf(&d.b, `<rect width="%d" height="%d" fill="#fff"/>`+"\n", width, height)
	return d
}

// Bytes ends the drawing and returns the file.
func (d *Drawing) Bytes() []byte {
	d.b.WriteString("</svg>\n")
	return d.b.Bytes()
}

// Text writes a text at a point, which is its "start", "middle" or "end".
func (d *Drawing) Text(x, y float64, anchor, color, text string) {
	fmt.Fprintf(&d.b, `<text x="%.1f" y="%.1f" text-anchor="%s" fill="%s">%s</text>`+"\n", x, y, anchor, color, html.EscapeString(text))
}

// Title writes a text in bold.
func (d *Drawing) Title(x, y float64, text string) {
	fmt.Fprintf(&d.b, `<text x="%.1f" y="%.1f" font-weight="bold">%s</text>`+"\n", x, y, html.EscapeString(text))
}

// Line draws a line between two points.
func (d *Drawing) Line(x1, y1, x2, y2 float64, color string) {
	fmt.Fprintf(&d.b, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s"/>`+"\n", x1, y1, x2, y2, color)
}

// Dashed draws a dashed line between two points.
func (d *Drawing) Dashed(x1, y1, x2, y2 float64, color string) {
	fmt.Fprintf(&d.b, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s" stroke-dasharray="4 3"/>`+"\n", x1, y1, x2, y2, color)
}

// Bar draws a rectangle between two corners.
func (d *Drawing) Bar(x1, y1, x2, y2 float64, color string) {
	fmt.Fprintf(&d.b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`+"\n", math.Min(x1, x2), math.Min(y1, y2), math.Abs(x2-x1)+1, math.Abs(y2-y1), color)
}

// Dot draws a point that can be seen.
func (d *Drawing) Dot(x, y float64, color string) {
	fmt.Fprintf(&d.b, `<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>`+"\n", x, y, color)
}

// Log is a logarithmic scale that maps the values from Low to High to places.
type Log struct {
	Low, High float64
	From, To  float64 // where Low and High are
}

// At returns the place of a value. Values beyond the ends are at the ends.
func (l Log) At(v float64) float64 {
	v = math.Max(l.Low, math.Min(l.High, v))
	return l.From + (l.To-l.From)*math.Log(v/l.Low)/math.Log(l.High/l.Low)
}
