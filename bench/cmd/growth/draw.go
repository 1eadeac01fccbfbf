package main

import (
	"fmt"
	"math"

	"github.com/exawire/exawire/bench/internal/plot"
)

const (
	panelWidth, panelHeight = 430, 330
	marginLeft, marginTop   = 60, 50
	marginBottom            = 40

	timeColor, memoryColor, lineColor = "#1f5fa8", "#b3472e", "#777"
)

// draw plots time and memory over size, on logarithmic axes in both directions: two panels beside each other, in rows. The dashed
// line is that of linear growth from the first point on.
func draw(curves []curve) []byte {
	const legend = 30
	d := plot.New(2*panelWidth, legend+(len(curves)+1)/2*panelHeight)
	d.Text(10, 20, "start", timeColor, "time in seconds")
	d.Text(130, 20, "start", memoryColor, "peak of resident memory in MB")
	d.Text(330, 20, "start", lineColor, "dashed: time that grows with the work, from the first point")
	for i, c := range curves {
		c.draw(d, float64(i%2*panelWidth), float64(legend+i/2*panelHeight))
	}
	return d.Bytes()
}

func (c curve) draw(d *plot.Drawing, left, top float64) {
	x, y := c.scales(left, top)
	d.Title(left+marginLeft, top+20, c.what)
	for v := y.Low; v <= y.High*1.001; v *= 10 {
		d.Line(x.From, y.At(v), x.To, y.At(v), "#ddd")
		d.Text(x.From-6, y.At(v)+4, "end", "#555", fmt.Sprintf("%g", math.Round(v*1e6)/1e6))
	}
	for _, p := range c.points {
		d.Line(x.At(float64(p.size)), y.From, x.At(float64(p.size)), y.To, "#ddd")
		d.Text(x.At(float64(p.size)), y.From+16, "middle", "#555", c.label(p.size))
	}
	first, last := c.points[0], c.points[len(c.points)-1]
	linear := func(p point) float64 {
		if c.constant {
			return first.time()
		}
		return first.time() * float64(p.size) / float64(first.size)
	}
	d.Dashed(x.At(float64(first.size)), y.At(linear(first)), x.At(float64(last.size)), y.At(linear(last)), lineColor)
	c.follow(d, x, y, timeColor, point.time)
	c.follow(d, x, y, memoryColor, func(p point) float64 { return p.peak })
}

// scales returns the scales of a panel.
func (c curve) scales(left, top float64) (x, y plot.Log) {
	low, high := math.Inf(1), 0.0
	for _, p := range c.points {
		low, high = min(low, p.time(), p.peak), max(high, p.time(), p.peak)
	}
	decade := func(v float64, round func(float64) float64) float64 { return math.Pow(10, round(math.Log10(v))) }
	x = plot.Log{Low: float64(c.points[0].size), High: float64(c.points[len(c.points)-1].size), From: left + marginLeft, To: left + panelWidth - 40}
	y = plot.Log{Low: decade(low, math.Floor), High: decade(high, math.Ceil), From: top + panelHeight - marginBottom, To: top + marginTop}
	return x, y
}

// follow draws a line through all points.
func (c curve) follow(d *plot.Drawing, x, y plot.Log, color string, of func(point) float64) {
	for i, p := range c.points {
		d.Dot(x.At(float64(p.size)), y.At(of(p)), color)
		if i > 0 {
			before := c.points[i-1]
			d.Line(x.At(float64(before.size)), y.At(of(before)), x.At(float64(p.size)), y.At(of(p)), color)
		}
	}
}
