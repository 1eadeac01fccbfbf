// Command memory measures the peak of resident memory while a program reads a large result with the default settings:
//
//	go -C bench run ./cmd/memory
//
// The server runs in this process, the reader in one of its own for each number of rows.
package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/bench"
	"github.com/exawire/exawire/internal/shapes"
)

func main() {
	small := flag.Int("small", 100_000, "rows of the small result")
	large := flag.Int("large", 5_000_000, "rows of the large result")
	dsn := flag.String("dsn", "", "read from this server and report (used by the command itself)")
	flag.Parse()
	var err error
	if *dsn != "" {
		err = read(*dsn)
	} else {
		err = compare(*small, *large)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "memory:", err)
		os.Exit(1)
	}
}

// compare prints the peaks for both results and their ratio.
func compare(small, large int) error {
	var peaks []int
	for _, rows := range []int{small, large} {
		server, err := bench.Start(shapes.All()[0], bench.Options{Rows: rows})
		if err != nil {
			return err
		}
		out, err := exec.Command(os.Args[0], "-dsn", server.DSN()).Output()
		server.Close()
		if err != nil {
			return fmt.Errorf("reader of %d rows: %w", rows, err)
		}
		peak, err := strconv.Atoi(strings.TrimSpace(string(out)))
		if err != nil {
			return fmt.Errorf("reader of %d rows: %w", rows, err)
		}
		fmt.Printf("%8d rows of mixed10: peak of resident memory %.1f MB\n", rows, float64(peak)/1000)
		peaks = append(peaks, peak)
	}
	fmt.Printf("ratio %.2f\n", float64(peaks[1])/float64(peaks[0]))
	return nil
}

// read reads the whole result as columns and prints the peak of this process in kilobytes.
func read(dsn string) error {
	ctx := context.Background()
	sess, err := exawire.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer sess.Close(ctx)
	rows, err := sess.Query(ctx, "SELECT *")
	if err != nil {
		return err
	}
	var n int64
	for batch, err := range rows.Batches() {
		if err != nil {
			return err
		}
		n += int64(batch.Len())
	}
	if n != rows.NumRows() {
		return fmt.Errorf("%d of %d rows were read", n, rows.NumRows())
	}
	peak, err := peakMemory()
	if err != nil {
		return err
	}
	fmt.Println(peak)
	return nil
}

// peakMemory returns the largest resident set of this process so far, in kilobytes. Linux alone tells it this way.
func peakMemory() (int, error) {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		return 0, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if rest, ok := strings.CutPrefix(lines.Text(), "VmHWM:"); ok {
			return strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(rest, "kB")))
		}
	}
	return 0, fmt.Errorf("the system does not tell the peak of resident memory")
}
