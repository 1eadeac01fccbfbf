// Command bulk loads a CSV file into a table and writes the table into another one. It makes the file, finds out from it
// which table fits, shows and creates that, and imports the file by an IMPORT whose data comes from this process; then it
// exports the table into a compressed file. On a terminal it shows how far it has come by a progress bar, and by lines
// otherwise.
//
//	go run ./examples/bulk -rows 100000
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/bulk"
	"github.com/exawire/exawire/examples/internal/demo"
)

func main() {
	rows := flag.Int64("rows", 1_000_000, "rows of the file")
	flag.Parse()
	demo.Main(func(ctx context.Context, dsn string) error { return run(ctx, dsn, *rows) })
}

func run(ctx context.Context, dsn string, rows int64) (err error) {
	if rows < 1 {
		return fmt.Errorf("-rows %d: a file has at least one row here", rows)
	}
	dir, err := os.MkdirTemp("", "bulk")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	file, packed := filepath.Join(dir, "orders.csv"), filepath.Join(dir, "orders.csv.gz")
	if err := writeOrders(file, rows); err != nil {
		return err
	}

	sess, err := exawire.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer sess.Close(ctx)
	drop, err := demo.Schema(ctx, sess)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, drop()) }()

	table, err := bulk.TableFromFile("orders", file, bulk.CSV{Header: true})
	if err != nil {
		return err
	}
	fmt.Printf("%s;\n\n", table)
	if err := table.Create(ctx, sess); err != nil {
		return err
	}

	imported, err := moved("import", func(progress bulk.Option) (bulk.Result, error) {
		return bulk.Import(ctx, sess, "orders", bulk.FromFiles(file), bulk.Format(table.CSV), progress)
	})
	if err != nil {
		return err
	}
	exported, err := moved("export", func(progress bulk.Option) (bulk.Result, error) {
		csv := bulk.CSV{Header: true, Boolean: "true/false"}
		return bulk.Export(ctx, sess, "orders", bulk.ToFiles(packed), bulk.Format(csv), progress)
	})
	if err != nil {
		return err
	}
	return check(ctx, sess, packed, rows, imported, exported)
}

// moved runs a transfer and says what it has done.
func moved(name string, transfer func(progress bulk.Option) (bulk.Result, error)) (rows int64, err error) {
	d := newDisplay(os.Stdout, name)
	start := time.Now()
	result, err := transfer(bulk.OnProgress(d.show))
	d.end()
	if err != nil {
		return 0, err
	}
	took := time.Since(start)
	fmt.Printf("%s: %d rows in %v, %.0f rows/s\n", name, result.Rows, took.Round(time.Millisecond), float64(result.Rows)/took.Seconds())
	return result.Rows, nil
}

// check compares what the database has counted, what is in the table and what is in the file with what was written.
func check(ctx context.Context, sess *exawire.Session, file string, want, imported, exported int64) error {
	rows, err := sess.Query(ctx, "SELECT COUNT(*), SUM(order_id) FROM orders")
	if err != nil {
		return err
	}
	type totals struct{ Count, Sum int64 }
	table, err := exawire.One[totals](rows, exawire.ByPosition())
	if err != nil {
		return err
	}
	inFile, sum, err := readOrders(file)
	if err != nil {
		return err
	}
	wantSum := want * (want + 1) / 2
	if imported != want || exported != want || table != (totals{want, wantSum}) || inFile != want || sum != wantSum {
		return fmt.Errorf("of %d rows, whose ids add up to %d, %d were imported and %d exported; in the table are %d, %d, in the file %d, %d",
			want, wantSum, imported, exported, table.Count, table.Sum, inFile, sum)
	}
	fmt.Printf("all %d rows are in the table and in the file, and their ids add up to %d\n", want, sum)
	return nil
}
