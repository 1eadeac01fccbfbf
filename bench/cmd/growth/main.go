// Command growth measures how time and memory grow with the number of sessions, rows and columns, and with the size of a
// statement:
//
//	go -C bench run ./cmd/growth
//	go -C bench run ./cmd/growth -svg ../docs/benchmarks-growth.svg
//
// It prints a table for each, in Markdown: the time and the CPU time for a unit (a row, a value, a byte) should be the same
// for all sizes, or become less, and memory should not grow with the rows. Each client is a process of its own; the server runs
// in this one. -only is a regular expression for those that are wanted, -rounds how often each runs; the medians count.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"

	"github.com/exawire/exawire/bench"
	"github.com/exawire/exawire/bench/internal/alone"
)

func main() {
	rounds := flag.Int("rounds", 3, "how often each size is measured")
	only := flag.String("only", "", "regular expression for what is measured: sessions, rows, columns, statement")
	file := flag.String("svg", "", "file for a plot")
	dsn := flag.String("dsn", "", "connect to this server and report (used by the command itself)")
	size := flag.Int("size", 0, "the size (used by the command itself)")
	flag.Parse()
	err := error(nil)
	if *dsn != "" {
		err = client(*dsn, *only, *size)
	} else {
		err = run(*rounds, *only, *file)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "growth:", err)
		os.Exit(1)
	}
}

// client does the work of one size.
func client(dsn, name string, size int) error {
	i := slices.IndexFunc(growths, func(g growth) bool { return g.name == name })
	if i < 0 {
		return fmt.Errorf("nothing grows that is called %q", name)
	}
	ctx := context.Background()
	work, err := growths[i].open(ctx, dsn, size)
	if err != nil {
		return err
	}
	return alone.Report(func() (int64, error) { return work(ctx) })
}

func run(rounds int, only, file string) error {
	pattern, err := regexp.Compile("^(?:" + only + ")$")
	if err != nil {
		return err
	}
	var curves []curve
	for _, g := range growths {
		if only != "" && !pattern.MatchString(g.name) {
			continue
		}
		c := curve{growth: g}
		for _, size := range g.sizes {
			p, err := measure(rounds, g, size)
			if err != nil {
				return err
			}
			c.points = append(c.points, p)
		}
		c.write()
		curves = append(curves, c)
	}
	if file == "" {
		return nil
	}
	return os.WriteFile(file, draw(curves), 0o644)
}

// point is the median of what one size takes.
type point struct {
	size    int
	units   float64
	times   float64 // how often the work was done
	seconds float64
	cpu     float64 // seconds
	peak    float64 // MB
}

// time is how long the work takes once.
func (p point) time() float64 { return p.seconds / p.times }

// curve is what all sizes take.
type curve struct {
	growth
	points []point
}

func measure(rounds int, g growth, size int) (point, error) {
	var seconds, cpu, peak []float64
	p := point{size: size}
	for round := range rounds {
		fmt.Fprintf(os.Stderr, "round %d of %d: %s, %d\n", round+1, rounds, g.name, size)
		server, err := bench.Start(g.server(size))
		if err != nil {
			return p, err
		}
		o, err := alone.Run("-dsn", server.DSN(), "-only", g.name, "-size", strconv.Itoa(size))
		server.Close()
		if err != nil {
			return p, err
		}
		p.units, p.times = float64(o.Units), 1
		if g.repeated {
			p.times = p.units / float64(size)
		}
		seconds, cpu, peak = append(seconds, o.Elapsed.Seconds()), append(cpu, o.CPU.Seconds()), append(peak, o.Peak)
	}
	p.seconds, p.cpu, p.peak = median(seconds), median(cpu), median(peak)
	return p, nil
}

func median(all []float64) float64 {
	slices.Sort(all)
	return all[len(all)/2]
}

// steep is how much more a unit may take than at a smaller size before the table says so.
const steep = 1.3

func (c curve) write() {
	fmt.Printf("| %s | time, s | time, ns per %s | CPU, ns per %s | peak memory, MB | |\n| ---: | ---: | ---: | ---: | ---: | --- |\n", c.what, c.unit, c.unit)
	least := 0.0
	for i, p := range c.points {
		mark := ""
		perUnit := p.cpu / p.units
		if i > 0 && perUnit > steep*least {
			mark = fmt.Sprintf("%.1f times the CPU of the best smaller size", perUnit/least)
		}
		if i == 0 || perUnit < least {
			least = perUnit
		}
		fmt.Printf("| %s | %.4f | %.1f | %.1f | %.0f | %s |\n", c.label(p.size), p.time(), p.seconds/p.units*1e9, perUnit*1e9, p.peak, mark)
	}
	fmt.Println()
}
