// Command memory measures the peak of resident memory while a program reads a large result, or inserts many rows, with the
// default settings:
//
//	go -C bench run ./cmd/memory
//	go -C bench run ./cmd/memory -insert
//
// The server runs in this process, the client in one of its own for each number of rows.
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
	"github.com/exawire/exawire/internal/benchdata"
)

func main() {
	small := flag.Int("small", 100_000, "rows of the small result")
	large := flag.Int("large", 0, "rows of the large result (default 5000000, or 3000000 with -insert)")
	inserting := flag.Bool("insert", false, "insert rows by Insert[T] instead of reading them")
	dsn := flag.String("dsn", "", "connect to this server and report (used by the command itself)")
	rows := flag.Int("rows", 0, "rows to insert (used by the command itself)")
	flag.Parse()
	if *large == 0 {
		*large = 5_000_000
		if *inserting {
			*large = 3_000_000
		}
	}
	var err error
	switch {
	case *dsn == "":
		err = compare(*small, *large, *inserting)
	case *inserting:
		err = report(*dsn, func(ctx context.Context, sess *exawire.Session) error { return insert(ctx, sess, *rows) })
	default:
		err = report(*dsn, read)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "memory:", err)
		os.Exit(1)
	}
}

// compare prints the peaks for both numbers of rows and their ratio.
func compare(small, large int, inserting bool) error {
	what := "read"
	if inserting {
		what = "inserted"
	}
	var peaks []int
	for _, rows := range []int{small, large} {
		options := bench.Options{Rows: rows}
		if inserting {
			options.Rows = 0
		}
		server, err := bench.Start(benchdata.All()[0], options)
		if err != nil {
			return err
		}
		out, err := exec.Command(os.Args[0], "-dsn", server.DSN(), "-rows", strconv.Itoa(rows), fmt.Sprintf("-insert=%t", inserting)).Output()
		server.Close()
		if err != nil {
			return fmt.Errorf("client with %d rows: %w", rows, err)
		}
		peak, err := strconv.Atoi(strings.TrimSpace(string(out)))
		if err != nil {
			return fmt.Errorf("client with %d rows: %w", rows, err)
		}
		fmt.Printf("%8d rows of mixed10 %s: peak of resident memory %.1f MB\n", rows, what, float64(peak)/1000)
		peaks = append(peaks, peak)
	}
	fmt.Printf("ratio %.2f\n", float64(peaks[1])/float64(peaks[0]))
	return nil
}

// report runs use with a session and prints the peak of this process in kilobytes.
func report(dsn string, use func(context.Context, *exawire.Session) error) error {
	ctx := context.Background()
	sess, err := exawire.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer sess.Close(ctx)
	if err := use(ctx, sess); err != nil {
		return err
	}
	peak, err := peakMemory()
	if err != nil {
		return err
	}
	fmt.Println(peak)
	return nil
}

// read reads the whole result as columns.
func read(ctx context.Context, sess *exawire.Session) error {
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
	return nil
}

// insert inserts this many rows, which are made one by one.
func insert(ctx context.Context, sess *exawire.Session, rows int) error {
	n, err := exawire.Insert(ctx, sess, "ORDERS", bench.Orders(rows))
	if err == nil && n != int64(rows) {
		err = fmt.Errorf("%d of %d rows were inserted", n, rows)
	}
	return err
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
