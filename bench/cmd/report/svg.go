package main

import (
	"bytes"
	"fmt"
	"html"
	"math"
)

// draw plots how far each ratio is from its bar, on a logarithmic scale: a bar to the right of the line is met.
func draw(rows []row) []byte {
	const left, width, line, height = 330, 420, 22, 40
	scale := func(v float64) float64 { // factor over the bar -> x, from 1/4 to 4
		v = math.Max(0.25, math.Min(4, v))
		return left + width*(math.Log2(v)+2)/4
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="12">`+"\n",
		left+width+90, height+line*len(rows)+20)
	fmt.Fprintf(&b, `<text x="10" y="20" font-weight="bold">Ratios against their bars (1 = just met, right is better)</text>`+"\n")
	for _, tick := range []float64{0.25, 0.5, 1, 2, 4} {
		x := scale(tick)
		stroke := "#ddd"
		if tick == 1 {
			stroke = "#555"
		}
		fmt.Fprintf(&b, `<line x1="%.1f" y1="%d" x2="%.1f" y2="%d" stroke="%s"/>`+"\n", x, height-6, x, height+line*len(rows), stroke)
		fmt.Fprintf(&b, `<text x="%.1f" y="%d" text-anchor="middle" fill="#555">%gx</text>`+"\n", x, height+line*len(rows)+14, tick)
	}
	for i, r := range rows {
		y := height + line*i
		factor := r.ratio / r.bar
		if !r.more {
			factor = r.bar / r.ratio
		}
		fill := "#3a7d44"
		if !r.met {
			fill = "#b3472e"
		}
		x0, x1 := scale(1), scale(factor)
		fmt.Fprintf(&b, `<text x="10" y="%d">%s %s</text>`+"\n", y+14, r.name, html.EscapeString(r.what))
		fmt.Fprintf(&b, `<rect x="%.1f" y="%d" width="%.1f" height="%d" fill="%s"/>`+"\n", math.Min(x0, x1), y+3, math.Abs(x1-x0)+1, line-8, fill)
		fmt.Fprintf(&b, `<text x="%d" y="%d">%.2f (%s)</text>`+"\n", left+width+6, y+14, r.ratio, html.EscapeString(r.wanted))
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}
