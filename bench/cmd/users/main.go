// Command users prints what users see of a client: rows per second, peak of memory, and CPU time, for each way to read a
// result of each shape, as tables in Markdown:
//
//	go -C bench run ./cmd/users
//
// Each client is a process of its own and connects with TLS to a server in this one. The figures are medians of -rounds runs,
// in which the ways take turns. -shapes and -ways are regular expressions for those that are wanted.
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
	"github.com/exawire/exawire/internal/benchdata"
)

// How much JSON is read, so that the slow ways take about as long as the others.
const resultBytes, slowBytes = 160 << 20, 64 << 20

func main() {
	rounds := flag.Int("rounds", 3, "how often each client runs")
	shapes := flag.String("shapes", "", "regular expression for the names of the shapes")
	ways := flag.String("ways", "", "regular expression for the names of the ways")
	plain := flag.Bool("plain", false, "without TLS")
	dsn := flag.String("dsn", "", "connect to this server and report (used by the command itself)")
	flag.Parse()
	err := error(nil)
	if *dsn != "" {
		err = client(*dsn, *shapes, *ways)
	} else {
		err = tables(*rounds, *shapes, *ways, !*plain)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "users:", err)
		os.Exit(1)
	}
}

// client reads the result once.
func client(dsn, shape, way string) error {
	ctx := context.Background()
	w, err := bench.WayNamed(way)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(benchdata.All(), func(s benchdata.Shape) bool { return s.Name == shape })
	if i < 0 {
		return fmt.Errorf("no such shape: %q", shape)
	}
	reader, err := w.Open(ctx, benchdata.All()[i], dsn)
	if err != nil {
		return err
	}
	defer reader.Close()
	return alone.Report(func() (int64, error) { return reader.Read(ctx) })
}

// tables prints a table for each shape.
func tables(rounds int, shapes, ways string, secured bool) error {
	shapePattern, err := regexp.Compile("^(?:" + shapes + ")$")
	if err != nil {
		return err
	}
	wayPattern, err := regexp.Compile("^(?:" + ways + ")$")
	if err != nil {
		return err
	}
	wanted := slices.DeleteFunc(slices.Clone(bench.Ways), func(w bench.Way) bool { return ways != "" && !wayPattern.MatchString(w.Name) })
	for _, shape := range benchdata.All() {
		if shapes != "" && !shapePattern.MatchString(shape.Name) {
			continue
		}
		outcomes, err := measure(rounds, shape, wanted, secured)
		if err != nil {
			return err
		}
		write(shape, wanted, outcomes)
	}
	return nil
}

// measure runs each way in turns and returns what it took, by its name.
func measure(rounds int, shape benchdata.Shape, ways []bench.Way, secured bool) (map[string][]alone.Outcome, error) {
	outcomes := map[string][]alone.Outcome{}
	for round := range rounds {
		for _, w := range ways {
			size := resultBytes
			if w.Slow {
				size = slowBytes
			}
			fmt.Fprintf(os.Stderr, "round %d of %d: %s, %s\n", round+1, rounds, shape.Name, w.Name)
			server, err := bench.Start(shape, bench.Options{Rows: shape.RowsFor(size), TLS: secured})
			if err != nil {
				return nil, err
			}
			o, err := alone.Run("-dsn", server.DSN(), "-shapes", shape.Name, "-ways", w.Name)
			server.Close()
			if err != nil {
				return nil, err
			}
			outcomes[w.Name] = append(outcomes[w.Name], o)
		}
	}
	return outcomes, nil
}

func write(shape benchdata.Shape, ways []bench.Way, outcomes map[string][]alone.Outcome) {
	fmt.Printf("| %s | rows per second | peak memory, MB | CPU, seconds per million rows |\n| --- | ---: | ---: | ---: |\n", shape.Name)
	for _, w := range ways {
		of := func(part func(alone.Outcome) float64) float64 {
			var all []float64
			for _, o := range outcomes[w.Name] {
				all = append(all, part(o))
			}
			slices.Sort(all)
			return all[len(all)/2]
		}
		rows := of(func(o alone.Outcome) float64 { return float64(o.Units) / o.Elapsed.Seconds() })
		peak := of(func(o alone.Outcome) float64 { return o.Peak })
		computed := of(func(o alone.Outcome) float64 { return o.CPU.Seconds() / float64(o.Units) * 1e6 })
		fmt.Printf("| %s | %s | %.0f | %.2f |\n", w.What, thousands(int(rows/1000)*1000), peak, computed)
	}
	fmt.Println()
}

// thousands writes a number with commas.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
