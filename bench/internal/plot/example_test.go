package plot_test

import (
	"bytes"
	"fmt"

	"github.com/exawire/exawire/bench/internal/plot"
)

func ExampleDrawing() {
	rows := plot.Log{Low: 10, High: 1000, From: 50, To: 450}
	d := plot.New(500, 100)
	d.Line(50, 80, 450, 80, "#000")
	d.Dot(rows.At(100), 40, "#07c")
	fmt.Println(rows.At(100), bytes.Contains(d.Bytes(), []byte(`cx="250.0"`)))
	// Output: 250 true
}
