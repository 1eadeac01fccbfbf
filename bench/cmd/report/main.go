// Command report runs the benchmarks of exawire and its baselines, and prints how each ratio stands to its bar:
//
//	go -C bench run ./cmd/report
//
// Each benchmark runs several times, in turns with the others, and the median counts; the column rounds has the lowest and
// the highest ratio of a round. The figures themselves depend on the machine; only the ratios within one run mean something.
// -bars names a regular expression for the bars that are wanted, such as P1[578]. -svg names a file for a plot of them.
package main

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"text/tabwriter"
)

func main() {
	rounds := flag.Int("rounds", 5, "how often each benchmark runs")
	benchtime := flag.String("benchtime", "300ms", "how long each run of a benchmark takes")
	which := flag.String("bars", "", "regular expression for the names of the bars, such as P1[578]")
	plot := flag.String("svg", "", "file for a plot of the ratios")
	flag.Parse()
	if err := run(*rounds, *benchtime, *which, *plot); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}

func run(rounds int, benchtime, which, plot string) error {
	names, err := regexp.Compile("^(?:" + which + ")$")
	if err != nil {
		return err
	}
	if which != "" {
		bars = slices.DeleteFunc(bars, func(b bar) bool { return !names.MatchString(b.name) })
	}
	figures, err := measure(rounds, benchtime, needed(bars))
	if err != nil {
		return err
	}
	rows := make([]row, 0, len(bars))
	for _, b := range bars {
		r, err := b.evaluate(figures)
		if err != nil {
			return err
		}
		rows = append(rows, r)
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "bar\twhat\tratio\twanted\trounds\tours\tbaseline\t")
	missed := 0
	for _, r := range rows {
		mark := ""
		if !r.met {
			mark = "missed"
			missed++
		}
		rounds := fmt.Sprintf("%.2f to %.2f", r.lowest, r.highest)
		fmt.Fprintf(w, "%s\t%s\t%.2f\t%s\t%s\t%s\t%s\t%s\n", r.name, r.what, r.ratio, r.wanted, rounds, r.ours, r.base, mark)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Printf("%d of %d bars met, medians of %d rounds\n", len(rows)-missed, len(rows), rounds)
	if plot == "" {
		return nil
	}
	return os.WriteFile(plot, draw(rows), 0o644)
}
