package bench

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/benchdata"
	"github.com/exawire/exawire/resultset"
	"github.com/exawire/exawire/stdlib"
)

// Way is one way to read a result.
type Way struct {
	Name string // in the names of benchmarks
	What string // in tables for users

	// Slow ways take much longer than typed columns, so that they get smaller results.
	Slow bool

	rows  func(benchdata.Shape, *resultset.Rows) (int64, error) // of exawire
	db    func(benchdata.Shape, *sql.Rows) (int64, error)       // of database/sql, with the driver of exawire
	other bool                                                  // the stand-in for other clients
}

// Ways are the ways to read a result that are compared.
var Ways = []Way{
	{Name: "columns", What: "typed columns", rows: readColumns},
	{Name: "structs", What: "Each[T], structs one by one", rows: func(s benchdata.Shape, r *resultset.Rows) (int64, error) { return typed[s.Name].each(r) }},
	{Name: "collect", What: "Collect[T], a slice of structs", rows: func(s benchdata.Shape, r *resultset.Rows) (int64, error) { return typed[s.Name].collect(r) }},
	{Name: "own-loop", What: "a slice of structs by a loop over Each[T]", rows: func(s benchdata.Shape, r *resultset.Rows) (int64, error) { return typed[s.Name].ownLoop(r) }},
	{Name: "any", What: "Scan into any", Slow: true, rows: readAny},
	{Name: "values", What: "Values, a []any per row", Slow: true, rows: readValues},
	{Name: "database-sql", What: "database/sql through stdlib, typed variables", Slow: true, db: func(s benchdata.Shape, r *sql.Rows) (int64, error) { return typed[s.Name].scan(r) }},
	{Name: "database-sql-any", What: "database/sql through stdlib, any", Slow: true, db: func(_ benchdata.Shape, r *sql.Rows) (int64, error) { return scanAny(r) }},
	{Name: "other-client", What: "the stand-in for other Go clients", Slow: true, db: func(_ benchdata.Shape, r *sql.Rows) (int64, error) { return scanAny(r) }, other: true},
	{Name: "bytes-only", What: "the bytes, read and thrown away"},
}

// WayNamed returns the way of a name.
func WayNamed(name string) (Way, error) {
	i := slices.IndexFunc(Ways, func(w Way) bool { return w.Name == name })
	if i < 0 {
		return Way{}, fmt.Errorf("no such way: %q", name)
	}
	return Ways[i], nil
}

// Reader reads a whole result, as often as asked, over one connection.
type Reader struct {
	read  func(ctx context.Context) (rows int64, err error)
	close func() error
}

// Read reads the result and returns how many rows it has.
func (r *Reader) Read(ctx context.Context) (rows int64, err error) { return r.read(ctx) }

// Close ends the connection.
func (r *Reader) Close() error { return r.close() }

// query is what all ways run.
const query = "SELECT *"

// Open connects to a server of this package, which serves a shape.
func (w Way) Open(ctx context.Context, shape benchdata.Shape, dsn string) (*Reader, error) {
	switch {
	case w.rows != nil:
		return w.openSession(ctx, shape, dsn)
	case w.db != nil && !w.other:
		db, err := sql.Open(stdlib.DriverName, dsn)
		if err != nil {
			return nil, err
		}
		return w.overDB(shape, db, db.Close), nil
	}
	p, err := dialPeer(dsn)
	if err != nil {
		return nil, err
	}
	if w.other {
		db := p.open()
		return w.overDB(shape, db, func() error { return errors.Join(db.Close(), p.Close()) }), nil
	}
	return &Reader{func(context.Context) (int64, error) { return p.discard(zlibBytes) }, p.Close}, nil
}

func (w Way) openSession(ctx context.Context, shape benchdata.Shape, dsn string) (*Reader, error) {
	sess, err := exawire.Connect(ctx, dsn)
	if err != nil {
		return nil, err
	}
	read := func(ctx context.Context) (int64, error) {
		rows, err := sess.Query(ctx, query)
		if err != nil {
			return 0, err
		}
		return w.rows(shape, rows)
	}
	return &Reader{read, func() error { return sess.Close(context.WithoutCancel(ctx)) }}, nil
}

func (w Way) overDB(shape benchdata.Shape, db *sql.DB, close func() error) *Reader {
	return &Reader{func(ctx context.Context) (int64, error) {
		rows, err := db.QueryContext(ctx, query)
		if err != nil {
			return 0, err
		}
		defer rows.Close()
		return w.db(shape, rows)
	}, close}
}

// readColumns touches every value of every column.
func readColumns(_ benchdata.Shape, rows *resultset.Rows) (n int64, err error) {
	for batch, err := range rows.Batches() {
		if err != nil {
			return n, err
		}
		n += int64(batch.Len())
		for i, column := range rows.Columns() {
			if _, err := touch(batch, i, column.DataType); err != nil {
				return n, err
			}
		}
	}
	return n, nil
}

// readAny scans each value into an any.
func readAny(_ benchdata.Shape, rows *resultset.Rows) (n int64, err error) {
	dest := anys(len(rows.Columns()))
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return n, err
		}
		n++
	}
	return n, rows.Err()
}

func readValues(_ benchdata.Shape, rows *resultset.Rows) (n int64, err error) {
	for rows.Next() {
		if _, err := rows.Values(); err != nil {
			return n, err
		}
		n++
	}
	return n, rows.Err()
}

// touch adds up the values of a column, or the sizes of its texts.
func touch(batch *exawire.Batch, i int, t exawire.DataType) (sum int64, err error) {
	switch {
	case t.Type == commands.Decimal && *t.Scale == 0:
		c, err := batch.Int64(i)
		for _, v := range c.Values {
			sum += v
		}
		return sum, err
	case t.Type == commands.Decimal:
		c, err := batch.Decimal(i)
		for _, v := range c.Values {
			sum += int64(v.Sign())
		}
		return sum, err
	case t.Type == commands.Double:
		c, err := batch.Float64(i)
		for _, v := range c.Values {
			sum += int64(v)
		}
		return sum, err
	case t.Type == commands.Boolean:
		c, err := batch.Bool(i)
		for _, v := range c.Values {
			if v {
				sum++
			}
		}
		return sum, err
	default:
		c, err := batch.Text(i)
		if err != nil {
			return 0, err
		}
		for row := range c.Len() {
			sum += int64(len(c.Bytes(row)))
		}
		return sum, nil
	}
}
