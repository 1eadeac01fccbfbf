// Command batch-insert writes many rows: from Go slices, column by column; from structs; and from an iterator that
// produces one row after the other. It shows the error for a row that cannot be written, and that an insert that fails
// leaves nothing in the table.
package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/examples/internal/demo"
	"github.com/exawire/exawire/exatest"
)

// The server in this process takes messages of up to 1 MiB, so that the columns below do not fit into one. Databases
// take 64 MiB.
func main() { demo.Main(run, exatest.WithMaxMessageSize(1<<20)) }

const (
	create = "CREATE TABLE readings (id DECIMAL(18,0) NOT NULL, sensor VARCHAR(12), taken TIMESTAMP(3), reading DECIMAL(9,3))"
	insert = "INSERT INTO readings VALUES (?, ?, ?, ?)"
)

func run(ctx context.Context, dsn string) (err error) {
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
	if _, err := sess.Exec(ctx, create); err != nil {
		return err
	}
	stmt, err := sess.Prepare(ctx, insert)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stmt.Close(ctx)) }()

	for _, step := range []func(context.Context, *exawire.Session, *exawire.Stmt) error{
		fromSlices, fromIterator, fromStructs, valueThatDoesNotFit, allOrNothing,
	} {
		if err := step(ctx, sess, stmt); err != nil {
			return err
		}
	}
	return nil
}

var start = time.Date(2024, 6, 18, 12, 0, 0, 0, time.UTC)

// fromSlices writes columns as they are. A nil pointer is NULL.
func fromSlices(ctx context.Context, sess *exawire.Session, stmt *exawire.Stmt) error {
	const n = 50_000
	ids := make([]int64, n)
	sensors := make([]*string, n)
	taken := make([]time.Time, n)
	values := make([]exawire.Decimal, n)
	name := "roof"
	for i := range n {
		ids[i], taken[i] = int64(i), start.Add(time.Duration(i)*time.Millisecond)
		if i%2 == 0 {
			sensors[i] = &name
		}
		var err error
		if values[i], err = exawire.NewDecimal(int64(i), 3); err != nil {
			return err
		}
	}
	written, err := stmt.ExecColumns(ctx,
		exawire.Values(ids), exawire.Values(sensors), exawire.Values(taken), exawire.Values(values))
	if err != nil {
		return err
	}
	fmt.Println("from slices:  ", written, "rows")
	return expect(ctx, sess, n)
}

// fromIterator writes rows as they are produced. Only a few thousand are in memory at a time.
func fromIterator(ctx context.Context, sess *exawire.Session, stmt *exawire.Stmt) error {
	const n = 25_000
	written, err := stmt.ExecRows(ctx, func(yield func([]any, error) bool) {
		row := make([]any, 4) // may be used again after each yield
		for i := range n {
			row[0], row[1], row[2], row[3] = 50_000+i, "cellar", start, "-12.5"
			if i%100 == 0 {
				row[3] = nil
			}
			if !yield(row, nil) {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	fmt.Println("from iterator:", written, "rows")
	return expect(ctx, sess, 75_000)
}

// reading is a row of the table.
type reading struct {
	ID     int64
	Sensor *string
	Taken  time.Time
	Value  *float64 `exa:"READING"`
}

// fromStructs writes structs. Their fields find the columns by name.
func fromStructs(ctx context.Context, sess *exawire.Session, _ *exawire.Stmt) error {
	name := "attic"
	written, err := exawire.Insert(ctx, sess, "readings", func(yield func(reading) bool) {
		for i := range int64(25_000) {
			if !yield(reading{ID: 75_000 + i, Sensor: &name, Taken: start}) {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	fmt.Println("from structs: ", written, "rows")
	return expect(ctx, sess, 100_000)
}

// valueThatDoesNotFit has one value too long for its column. It never leaves this process.
func valueThatDoesNotFit(ctx context.Context, sess *exawire.Session, stmt *exawire.Stmt) error {
	_, err := stmt.ExecColumns(ctx,
		exawire.Values([]int{1, 2, 3}),
		exawire.Values([]string{"roof", "greenhouse no. 4", "cellar"}),
		exawire.Values([]time.Time{start, start, start}),
		exawire.Values([]string{"1", "2", "3"}))
	var param *exawire.ParamError
	if !errors.As(err, &param) || !errors.Is(err, commands.ErrParamRange) {
		return fmt.Errorf("the long name gave %w", err)
	}
	fmt.Printf("refused here:  row %d, parameter %d: %v\n", param.Row+1, param.Column+1, param.Err)
	if param.Row != 1 || param.Column != 1 || !exawire.SafeToRetry(err) {
		return fmt.Errorf("row %d, column %d", param.Row, param.Column)
	}
	return expect(ctx, sess, 100_000)
}

// allOrNothing writes columns whose last row the server refuses. If messages are small, the first rows have been
// written by then; with Atomic they are rolled back.
func allOrNothing(ctx context.Context, sess *exawire.Session, stmt *exawire.Stmt) error {
	const n = 50_000
	ids := make([]*int64, n)
	taken := make([]time.Time, n)
	for i := range n - 1 {
		ids[i], taken[i] = new(int64), start
	}
	taken[n-1] = start // and ids[n-1] is nil, which is NULL
	_, err := stmt.With(exawire.Atomic()).ExecColumns(ctx, exawire.Values(ids), exawire.Values(make([]string, n)),
		exawire.Values(taken), exawire.Values(make([]*float64, n)))
	var write *exawire.WriteError
	var server *exawire.Error
	if !errors.As(err, &write) || !errors.As(err, &server) {
		return fmt.Errorf("the NULL in the last row gave %w", err)
	}
	fmt.Printf("refused there: rows %d to %d, after %d rows were written: SQL code %s\n",
		write.First+1, write.Last, write.RowCount, server.SQLCode)
	if write.Last != n || write.RowCount != write.First {
		return fmt.Errorf("%d rows were written before row %d", write.RowCount, write.First+1)
	}
	if err := expect(ctx, sess, 100_000); err != nil {
		return err
	}
	fmt.Println("rolled back:   100000 rows are in the table, as before")
	return nil
}

// expect compares the number of rows in the table with the expected one.
func expect(ctx context.Context, sess *exawire.Session, want int64) error {
	rows, err := sess.Query(ctx, "SELECT COUNT(*) FROM readings")
	if err != nil {
		return err
	}
	got, err := exawire.One[int64](rows)
	if err == nil && got != want {
		err = fmt.Errorf("%d rows are in the table instead of %d", got, want)
	}
	return err
}
