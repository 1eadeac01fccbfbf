package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/bench"
	"github.com/exawire/exawire/internal/benchdata"
)

// growth is something of which there can be more or less.
type growth struct {
	name, what, unit string
	sizes            []int
	label            func(size int) string
	server           func(size int) (benchdata.Shape, bench.Options)
	open             func(ctx context.Context, dsn string, size int) (work, error)

	constant bool // the work is the same for all sizes
	repeated bool // small sizes are repeated
}

// work does what is measured, and returns how many units it has moved.
type work func(ctx context.Context) (units int64, err error)

const (
	rowsPerSession  = 200_000
	bytesOfColumns  = 64 << 20
	bytesOfRequests = 64 << 20 // in statements of one size, but
	mostRequests    = 2000
	leastRequests   = 4 // the first one pays for buffers
)

var growths = []growth{
	{
		name: "rows", what: "rows of mixed10, read as columns", unit: "row", sizes: []int{10_000, 100_000, 1_000_000, 10_000_000}, label: count,
		server: func(size int) (benchdata.Shape, bench.Options) { return benchdata.All()[0], bench.Options{Rows: size} },
		open: func(ctx context.Context, dsn string, _ int) (work, error) {
			return readers(ctx, benchdata.All()[0], dsn, 1, 1)
		},
	},
	{
		name: "columns", what: "columns, 64 MB of JSON in all", unit: "byte", constant: true, sizes: []int{5, 50, 200, 1000}, label: count,
		server: func(size int) (benchdata.Shape, bench.Options) {
			shape := benchdata.OfWidth(size)
			return shape, bench.Options{Rows: shape.RowsFor(bytesOfColumns)}
		},
		open: func(ctx context.Context, dsn string, size int) (work, error) {
			shape := benchdata.OfWidth(size)
			return readers(ctx, shape, dsn, 1, len(shape.Data(100))/100)
		},
	},
	{
		name: "sessions", what: "sessions at once, each with 200,000 rows of mixed10", unit: "row", sizes: []int{1, 4, 16}, label: count,
		server: func(int) (benchdata.Shape, bench.Options) {
			return benchdata.All()[0], bench.Options{Rows: rowsPerSession}
		},
		open: func(ctx context.Context, dsn string, size int) (work, error) {
			return readers(ctx, benchdata.All()[0], dsn, size, 1)
		},
	},
	{
		name: "statement", what: "bytes of a statement", unit: "byte", repeated: true, sizes: []int{1 << 10, 100 << 10, 1 << 20, 10 << 20, 60 << 20}, label: size,
		server: func(int) (benchdata.Shape, bench.Options) { return benchdata.All()[0], bench.Options{} },
		open:   statements,
	},
}

// readers returns work that reads the result of a server on some sessions at once. A row has so many units.
func readers(ctx context.Context, shape benchdata.Shape, dsn string, sessions, units int) (work, error) {
	way, err := bench.WayNamed("columns")
	if err != nil {
		return nil, err
	}
	var all []*bench.Reader
	for range sessions {
		r, err := way.Open(ctx, shape, dsn)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return func(ctx context.Context) (int64, error) {
		var rows atomic.Int64
		errs := make([]error, len(all))
		var wg sync.WaitGroup
		for i, r := range all {
			wg.Go(func() {
				var n int64
				n, errs[i] = r.Read(ctx)
				rows.Add(n)
			})
		}
		wg.Wait()
		for _, err := range errs {
			if err != nil {
				return 0, err
			}
		}
		return rows.Load() * int64(units), nil
	}, nil
}

// statements returns work that executes an INSERT of some size, as often as it makes about 64 MB.
func statements(ctx context.Context, dsn string, size int) (work, error) {
	sess, err := exawire.Connect(ctx, dsn)
	if err != nil {
		return nil, err
	}
	const head, row = "INSERT INTO orders VALUES ", "(100000000017, 'paid', 'Björn \"the\" Borg', 17.5),\n"
	var text strings.Builder
	text.Grow(size)
	text.WriteString(head)
	for text.Len()+len(row) <= size {
		text.WriteString(row)
	}
	statement := text.String()
	times := max(leastRequests, min(mostRequests, bytesOfRequests/size))
	return func(ctx context.Context) (int64, error) {
		for range times {
			if _, err := sess.Exec(ctx, statement); err != nil {
				return 0, err
			}
		}
		return int64(times * len(statement)), nil
	}, nil
}

// count writes a number of things.
func count(n int) string {
	switch {
	case n >= 1_000_000:
		return fmt.Sprintf("%d million", n/1_000_000)
	case n >= 10_000:
		return fmt.Sprintf("%d,%03d", n/1000, n%1000)
	}
	return fmt.Sprint(n)
}

// size writes a number of bytes.
func size(n int) string {
	if n >= 1<<20 {
		return fmt.Sprintf("%d MB", n>>20)
	}
	return fmt.Sprintf("%d KB", n>>10)
}
