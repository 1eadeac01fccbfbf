package main

import (
	"fmt"
	"os"
	"text/tabwriter"
	"time"
)

// report collects what the steps did and prints progress while they do it.
type report struct {
	lines []line
	notes []string
}

type line struct {
	what string
	rows int64
	took time.Duration
}

// begin announces a step. The function that it returns ends the step; it takes the number of rows, 0 if it is not about
// rows.
func (r *report) begin(what string) (done func(rows int64)) {
	fmt.Printf("%s ...\n", what)
	start := time.Now()
	return func(rows int64) {
		r.lines = append(r.lines, line{what, rows, time.Since(start)})
	}
}

// note keeps a line for the end of the report.
func (r *report) note(format string, args ...any) {
	r.notes = append(r.notes, fmt.Sprintf(format, args...))
}

func (r *report) print() {
	fmt.Println()
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "what\trows\ttime\trows/s\t")
	for _, l := range r.lines {
		rows, rate := "-", "-"
		if l.rows > 0 {
			rows, rate = fmt.Sprint(l.rows), fmt.Sprintf("%.0f", float64(l.rows)/l.took.Seconds())
		}
		fmt.Fprintf(w, "%s\t%s\t%v\t%s\t\n", l.what, rows, l.took.Round(time.Millisecond), rate)
	}
	w.Flush()
	fmt.Println()
	for _, note := range r.notes {
		fmt.Println(note)
	}
}
