package exasqlite_test

import (
	"context"
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exasqlite"
	"github.com/exawire/exawire/exatest"
)

// benchOrder is a row of ten columns of the common types.
type benchOrder struct {
	ID      int64           `exa:"ID"`
	Qty     *int64          `exa:"QTY"`
	Price   exawire.Decimal `exa:"PRICE"`
	Score   float64         `exa:"SCORE"`
	Created time.Time       `exa:"CREATED"`
	Day     time.Time       `exa:"ORDERED"`
	Name    string          `exa:"NAME"`
	Status  string          `exa:"STATUS"`
	Active  bool            `exa:"ACTIVE"`
	Remark  *string         `exa:"REMARK"`
}

const benchOrders = `CREATE TABLE orders (id DECIMAL(18,0), qty DECIMAL(9,0), price DECIMAL(18,2), score DOUBLE, created TIMESTAMP(6),
	ordered DATE, name VARCHAR(40), status VARCHAR(10), active BOOLEAN, remark VARCHAR(80))`

// BenchmarkInsertRows writes 100,000 rows of ten columns into a table of exasqlite through a session, by Insert of structs, and by a
// prepared INSERT and ExecRows. Client, server and SQLite share the processors.
func BenchmarkInsertRows(b *testing.B) {
	const rows = 100_000
	orders := manyOrders(rows)
	b.Run("structs", func(b *testing.B) {
		insertRows(b, rows, func(sess *exawire.Session) (int64, error) {
			return exawire.Insert(b.Context(), sess, "orders", orders)
		})
	})
	b.Run("prepared", func(b *testing.B) {
		insertRows(b, rows, func(sess *exawire.Session) (int64, error) {
			stmt, err := sess.Prepare(b.Context(), "INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
			if err != nil {
				return 0, err
			}
			n, err := stmt.ExecRows(b.Context(), orderValues(orders))
			if closed := stmt.Close(b.Context()); err == nil {
				err = closed
			}
			return n, err
		})
	})
}

// insertRows measures write on an empty table.
func insertRows(b *testing.B, rows int64, write func(*exawire.Session) (int64, error)) {
	backend, err := exasqlite.New(exasqlite.WithSQL("CREATE SCHEMA s", benchOrders))
	if err != nil {
		b.Fatal(err)
	}
	server := exatest.NewServer(b, exatest.WithBackend(backend), exatest.WithPlaintext())
	sess, err := exawire.Connect(b.Context(), server.DSN())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = sess.Close(context.Background())
		server.Close()
		_ = backend.Close()
	})
	mustExec(b, sess, "OPEN SCHEMA s")
	for b.Loop() {
		n, err := write(sess)
		if err != nil || n != rows {
			b.Fatal(n, err)
		}
		b.StopTimer()
		mustExec(b, sess, "TRUNCATE TABLE orders")
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(rows), "ns/row")
}

// manyOrders makes rows while they are written, which costs little.
func manyOrders(n int) iter.Seq[benchOrder] {
	start := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	remark := "left at the door, as agreed; the neighbour has a key"
	return func(yield func(benchOrder) bool) {
		for i := range int64(n) {
			price, err := exawire.NewDecimal(i*7919%1_000_000, 2)
			if err != nil {
				panic(err)
			}
			created := start.Add(time.Duration(i*86_453) * time.Millisecond)
			o := benchOrder{
				ID: 100_000_000_000 + i, Qty: &i, Price: price, Score: float64(i) / 7, Created: created, Day: created.Truncate(24 * time.Hour),
				Name: fmt.Sprint("customer ", i%1000), Status: "shipped", Active: i%3 == 0, Remark: &remark,
			}
			if i%10 == 0 {
				o.Qty, o.Remark = nil, nil
			}
			if !yield(o) {
				return
			}
		}
	}
}

// orderValues are the same rows for a prepared statement.
func orderValues(orders iter.Seq[benchOrder]) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for o := range orders {
			row := []any{o.ID, o.Qty, o.Price, o.Score, o.Created, o.Day, o.Name, o.Status, o.Active, o.Remark}
			if !yield(row, nil) {
				return
			}
		}
	}
}
