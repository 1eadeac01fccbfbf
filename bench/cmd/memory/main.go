// Command memory measures the peak of resident memory while a program reads a large result, or inserts, imports or exports
// many rows, with the default settings:
//
//	go -C bench run ./cmd/memory
//	go -C bench run ./cmd/memory -how insert
//	go -C bench run ./cmd/memory -how import
//	go -C bench run ./cmd/memory -how export
//
// The server runs in this process, the client in one of its own for each number of rows.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/bench"
	"github.com/exawire/exawire/bench/internal/alone"
	"github.com/exawire/exawire/bulk"
	"github.com/exawire/exawire/internal/benchdata"
)

// way is how rows are moved.
type way struct {
	name, done string
	large      int
	options    func(rows int) bench.Options
	use        func(ctx context.Context, sess *exawire.Session, rows int) error
}

var ways = []way{
	{"read", "read", 5_000_000, func(rows int) bench.Options { return bench.Options{Rows: rows} }, read},
	{"insert", "inserted", 3_000_000, func(int) bench.Options { return bench.Options{} }, insert},
	{"import", "imported by ImportRows", 2_000_000, func(int) bench.Options { return bench.Options{Imported: true} }, importRows},
	{"export", "exported by ExportRows", 2_000_000, func(rows int) bench.Options { return bench.Options{Exported: bench.ExportedOrders(rows)} }, exportRows},
}

func main() {
	how := flag.String("how", "read", "how rows are moved: read, insert (Insert[T]), import (ImportRows[T]) or export (ExportRows[T])")
	small := flag.Int("small", 100_000, "the small number of rows")
	large := flag.Int("large", 0, "the large number of rows (default 5000000 read, 3000000 inserted, 2000000 imported or exported)")
	dsn := flag.String("dsn", "", "connect to this server and report (used by the command itself)")
	rows := flag.Int("rows", 0, "rows to move (used by the command itself)")
	flag.Parse()
	if err := run(*how, *small, *large, *dsn, *rows); err != nil {
		fmt.Fprintln(os.Stderr, "memory:", err)
		os.Exit(1)
	}
}

func run(how string, small, large int, dsn string, rows int) error {
	i := slices.IndexFunc(ways, func(w way) bool { return w.name == how })
	switch {
	case i < 0:
		return fmt.Errorf("no such way: %q", how)
	case dsn != "":
		return report(dsn, rows, ways[i])
	case large == 0:
		large = ways[i].large
	}
	return compare(ways[i], small, large)
}

// compare prints the peaks for both numbers of rows and their ratio.
func compare(w way, small, large int) error {
	var peaks []float64
	for _, rows := range []int{small, large} {
		server, err := bench.Start(benchdata.All()[0], w.options(rows))
		if err != nil {
			return err
		}
		o, err := alone.Run("-dsn", server.DSN(), "-rows", strconv.Itoa(rows), "-how", w.name)
		server.Close()
		if err != nil {
			return err
		}
		fmt.Printf("%8d rows of mixed10 %s: peak of resident memory %.1f MB\n", rows, w.done, o.Peak)
		peaks = append(peaks, o.Peak)
	}
	fmt.Printf("ratio %.2f\n", peaks[1]/peaks[0])
	return nil
}

// report moves rows over a session and reports what that took.
func report(dsn string, rows int, w way) error {
	ctx := context.Background()
	sess, err := exawire.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer sess.Close(ctx)
	return alone.Report(func() (int64, error) { return int64(rows), w.use(ctx, sess, rows) })
}

// read reads the whole result as columns.
func read(ctx context.Context, sess *exawire.Session, _ int) error {
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

// importRows imports this many rows, which are made one by one.
func importRows(ctx context.Context, sess *exawire.Session, rows int) error {
	result, err := bulk.ImportRows(ctx, sess, "ORDERS", exawire.WithoutErrors(bench.Orders(rows)))
	if err == nil && result.Rows != int64(rows) {
		err = fmt.Errorf("%d of %d rows were imported", result.Rows, rows)
	}
	return err
}

// exportRows exports a table, and drops each row.
func exportRows(ctx context.Context, sess *exawire.Session, rows int) error {
	n := 0
	for _, err := range bulk.ExportRows[bench.Order](ctx, sess, "ORDERS") {
		if err != nil {
			return err
		}
		n++
	}
	if n != rows {
		return fmt.Errorf("%d of %d rows were exported", n, rows)
	}
	return nil
}
