// Command report runs the benchmarks of exawire and its baselines, and prints how each ratio stands to its bar:
//
//	go -C bench run ./cmd/report
//
// Each benchmark runs several times, in turns with the others. Both ratios are there, that of the clock and that of the CPU,
// as the ratio of the medians and, in parentheses, the lowest and the highest ratio of a round; the column counts says which
// of them the bar is about. The figures depend on the machine; only the ratios within one run mean something. A note at the end
// of a line says that the bar is between the lowest and the highest round, so that another run may have the other outcome:
// the machine is too busy, or the ratio is close to the bar.
//
// -bars names a regular expression for the bars that are wanted, such as P1[578]. -svg names a file for a plot of them.
package main

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"text/tabwriter"
	"time"
)

func main() {
	rounds := flag.Int("rounds", 5, "how often each benchmark runs")
	benchtime := flag.Duration("benchtime", 300*time.Millisecond, "how long each run of a benchmark takes, about; some take three times as long")
	which := flag.String("bars", "", "regular expression for the names of the bars, such as P1[578]")
	file := flag.String("svg", "", "file for a plot of the ratios")
	flag.Parse()
	if err := run(*rounds, *benchtime, *which, *file); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}

func run(rounds int, benchtime time.Duration, which, file string) error {
	names, err := regexp.Compile("^(?:" + which + ")$")
	if err != nil {
		return err
	}
	bars := allBars()
	if which != "" {
		bars = slices.DeleteFunc(bars, func(b bar) bool { return !names.MatchString(b.name) })
	}
	start := time.Now()
	figures, err := measureAll(rounds, benchtime, needed(bars))
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
	if err := write(rows); err != nil {
		return err
	}
	fmt.Printf("medians of %d rounds in %s\n", rounds, time.Since(start).Round(time.Second))
	if file == "" {
		return nil
	}
	return os.WriteFile(file, draw(rows), 0o644)
}

// write prints a line for each bar, and how many are met.
func write(rows []row) error {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "bar\twhat\twanted\tcounts\tratio\tclock\tCPU\tours\tbaseline\t")
	met := 0
	for _, r := range rows {
		mark := "missed"
		if r.met {
			mark = ""
			met++
		}
		if r.wide() {
			mark += " (the bar is within the spread)"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%.2f\t%s\t%s\t%s\t%s\t%s\n",
			r.name, r.what, r.wanted, r.counts, r.counted().median, r.shown(clock), r.shown(cpu), r.ours, r.base, mark)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Printf("%d of %d bars met\n", met, len(rows))
	return nil
}

// shown writes a ratio with its spread, "-" if it is not known.
func (r row) shown(m measure) string {
	if s, ok := r.ratios[m]; ok {
		return s.String()
	}
	return "-"
}
