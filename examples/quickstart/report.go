package main

import (
	"fmt"
	"os"
	"text/tabwriter"
	"time"
)

// report collects what the steps did, and prints progress while they do it.
type report struct {
	lines []line
	notes []string
}

type line struct {
	what string
	rows int64
	took time.Duration
}

// begin announces a step. The function that it returns ends the step; it takes the number of rows, or 0 if the step is
// not about rows.
func (r *report) begin(what string) (done func(rows int64)) {
	fmt.Printf("%s ...\n", what)
	start := time.Now()
	return func(rows int64) {
		r.lines = append(r.lines, line{what, rows, time.Since(start)})
	}
}

// note adds a line to the end of the report.
func (r *report) note(format string, args ...any) {
	r.notes = append(r.notes, fmt.Sprintf(format, args...))
}

// printRates shows rows per second, for steps that measure the client.
func (r *report) printRates() {
	r.table("rows\ttime\trows/s\t", func(l line) string {
		return fmt.Sprintf("%d\t%v\t%.0f\t", l.rows, l.took.Round(time.Millisecond), float64(l.rows)/l.took.Seconds())
	})
}

// printTimes shows how long each step took, without rates, for steps that wait for a server.
func (r *report) printTimes() {
	r.table("rows\ttime\t", func(l line) string {
		if l.rows == 0 {
			return fmt.Sprintf("-\t%v\t", l.took.Round(time.Millisecond))
		}
		return fmt.Sprintf("%d\t%v\t", l.rows, l.took.Round(time.Millisecond))
	})
}

func (r *report) table(title string, cells func(line) string) {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "\t%s\n", title)
	for _, l := range r.lines {
		fmt.Fprintf(w, "%s\t%s\n", l.what, cells(l))
	}
	w.Flush()
}

func (r *report) printNotes() {
	for _, note := range r.notes {
		fmt.Println(note)
	}
}
