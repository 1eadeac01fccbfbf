package bench

import (
	"bytes"
	"context"
	"slices"
	"strconv"
	"testing"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/bulk"
	"github.com/exawire/exawire/exasqlite"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/internal/cputime"
)

// loads are numbers of rows: about where Insert and IMPORT take the same time, and far above it.
var loads = []int{100, 1_000, 10_000, 100_000, 200_000}

// BenchmarkLoadTable writes orders into a table of a server that has SQLite behind it, by Insert, by ImportRows, and by Import
// of CSV that is ready. What the server does with the rows is most of the time, and it does more with the parameters of an
// INSERT than with the fields of a file. A real database takes about a second for an IMPORT, however small; this one does not.
func BenchmarkLoadTable(b *testing.B) {
	backend, err := exasqlite.New()
	if err != nil {
		b.Fatal(err)
	}
	server := exatest.NewServer(b, exatest.WithBackend(backend), exatest.WithPlaintext())
	sess, err := exawire.Connect(b.Context(), server.DSN())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = sess.Close(context.Background()) })
	for _, sql := range []string{
		"CREATE SCHEMA s",
		`CREATE TABLE orders (id DECIMAL(18,0), qty DECIMAL(9,0), price DECIMAL(18,2), score DOUBLE, created TIMESTAMP(6), "DAY" DATE,
			name VARCHAR(40), status VARCHAR(10), active BOOLEAN, "COMMENT" VARCHAR(80))`,
	} {
		if _, err := sess.Exec(b.Context(), sql); err != nil {
			b.Fatal(err)
		}
	}
	for _, rows := range loads {
		if rows > 10_000 && testing.Short() {
			break
		}
		orders := slices.Collect(Orders(rows))
		load(b, sess, "insert", rows, func() (int64, error) {
			return exawire.Insert(b.Context(), sess, "orders", slices.Values(orders))
		})
		load(b, sess, "import-rows", rows, func() (int64, error) {
			r, err := bulk.ImportRows(b.Context(), sess, "orders", exawire.WithoutErrors(slices.Values(orders)))
			return r.Rows, err
		})
		_, columns := storedOrders(b, 1)
		file, err := encodeOrders(nil, orders, columns)
		if err != nil {
			b.Fatal(err)
		}
		load(b, sess, "import-file", rows, func() (int64, error) {
			r, err := bulk.Import(b.Context(), sess, "orders", bulk.FromReader(bytes.NewReader(file)))
			return r.Rows, err
		})
	}
}

func load(b *testing.B, sess *exawire.Session, how string, rows int, write func() (int64, error)) {
	b.Run(how+"/"+strconv.Itoa(rows), func(b *testing.B) {
		ctx := context.WithoutCancel(b.Context())
		var cpu cputime.Meter
		cpu.Start()
		for b.Loop() {
			n, err := write()
			if err != nil || n != int64(rows) {
				b.Fatal(n, err)
			}
			cpu.Stop()
			b.StopTimer()
			if _, err := sess.Exec(ctx, "TRUNCATE TABLE orders"); err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
			cpu.Start()
		}
		cpu.Report(b)
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(rows), "ns/row")
	})
}
