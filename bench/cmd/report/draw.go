package main

import (
	"fmt"

	"github.com/exawire/exawire/bench/internal/plot"
)

// draw plots how far each ratio that counts is from its bar, on a logarithmic scale: a bar to the right of the line is met.
// The thin line is from the lowest to the highest round.
func draw(rows []row) []byte {
	const left, width, line, top = 330, 420, 22, 40
	scale := plot.Log{Low: 0.25, High: 4, From: left, To: left + width}
	bottom := float64(top + line*len(rows))
	d := plot.New(left+width+110, int(bottom)+20)
	d.Title(10, 20, "Ratios against their bars (1 = just met, right is better)")
	for _, tick := range []float64{0.25, 0.5, 1, 2, 4} {
		color := "#ddd"
		if tick == 1 {
			color = "#555"
		}
		d.Line(scale.At(tick), top-6, scale.At(tick), bottom, color)
		d.Text(scale.At(tick), bottom+14, "middle", "#555", fmt.Sprintf("%gx", tick))
	}
	for i, r := range rows {
		y := float64(top + line*i)
		factor := func(ratio float64) float64 {
			if r.more {
				return ratio / r.limit
			}
			return r.limit / ratio
		}
		color := "#3a7d44"
		if !r.met {
			color = "#b3472e"
		}
		c := r.counted()
		d.Text(10, y+14, "start", "#000", r.name+" "+r.what)
		d.Bar(scale.At(1), y+3, scale.At(factor(c.median)), y+line-5, color)
		d.Line(scale.At(factor(c.lowest)), y+10, scale.At(factor(c.highest)), y+10, "#000")
		d.Text(left+width+6, y+14, "start", "#000", fmt.Sprintf("%.2f (%s)", c.median, r.wanted))
	}
	return d.Bytes()
}
