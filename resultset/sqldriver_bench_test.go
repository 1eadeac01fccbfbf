package resultset_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/resultset"
)

// scanByDatabaseSQL is what a user of database/sql does with the rows of memory: he scans each, and parses its dates and times
// unless he wants them as text.
func scanByDatabaseSQL(b *testing.B, db *sql.DB, parse bool) {
	b.Helper()
	rows, err := db.Query("")
	noError(b, err)
	var v mixed
	var created string
	var day sql.NullString
	for rows.Next() {
		if err := rows.Scan(&v.ID, &v.Qty, &v.Price, &v.Score, &created, &day, &v.Name, &v.Status, &v.Active, &v.Comment); err != nil {
			b.Fatal(err)
		}
		if !parse {
			continue
		}
		if v.Created, err = time.Parse("2006-01-02 15:04:05.000000", created); err != nil {
			b.Fatal(err)
		}
		if v.Day.Valid = day.Valid; !day.Valid {
			continue
		}
		if v.Day.V, err = time.Parse(time.DateOnly, day.String); err != nil {
			b.Fatal(err)
		}
	}
	noError(b, errors.Join(rows.Err(), rows.Close()))
}

// memory is a database/sql driver whose every query returns the rows of a batch. Like the drivers of other Go clients it hands
// out dates and times as the server writes them, as strings.
type memory struct {
	tb    testing.TB
	batch *resultset.Batch
}

func (m memory) Connect(context.Context) (driver.Conn, error) { return m, nil }
func (m memory) Driver() driver.Driver                        { return nil }
func (m memory) Begin() (driver.Tx, error)                    { return nil, driver.ErrSkip }
func (m memory) Prepare(string) (driver.Stmt, error)          { return m, nil }
func (m memory) NumInput() int                                { return 0 }
func (m memory) Exec([]driver.Value) (driver.Result, error)   { return nil, driver.ErrSkip }
func (m memory) Close() error                                 { return nil }

func (m memory) Query([]driver.Value) (driver.Rows, error) {
	r := &memoryRows{cols: m.batch.Columns(), rows: m.batch.Len()}
	var err [10]error
	r.id, err[0] = m.batch.Int64(0)
	r.qty, err[1] = m.batch.Int64(1)
	r.price, err[2] = m.batch.Decimal(2)
	r.score, err[3] = m.batch.Float64(3)
	r.created, err[4] = m.batch.Text(4)
	r.day, err[5] = m.batch.Text(5)
	r.name, err[6] = m.batch.Text(6)
	r.status, err[7] = m.batch.Text(7)
	r.active, err[8] = m.batch.Bool(8)
	r.comment, err[9] = m.batch.Text(9)
	for _, err := range err {
		if err != nil {
			return nil, err
		}
	}
	return r, nil
}

type memoryRows struct {
	cols                  []commands.ColumnInfo
	row, rows             int
	id, qty               resultset.Column[int64]
	price                 resultset.Column[resultset.Decimal]
	score                 resultset.Column[float64]
	active                resultset.Column[bool]
	created, day          resultset.TextColumn
	name, status, comment resultset.TextColumn
}

func (r *memoryRows) Close() error { return nil }

func (r *memoryRows) Columns() []string {
	var names []string
	for _, c := range r.cols {
		names = append(names, c.Name)
	}
	return names
}

func (r *memoryRows) Next(dest []driver.Value) error {
	if r.row == r.rows {
		return io.EOF
	}
	i := r.row
	r.row++
	dest[0] = value(r.id, i)
	dest[1] = value(r.qty, i)
	dest[2] = r.price.Values[i].String()
	dest[3] = value(r.score, i)
	dest[4] = textValue(r.created, i)
	dest[5] = textValue(r.day, i)
	dest[6] = textValue(r.name, i)
	dest[7] = textValue(r.status, i)
	dest[8] = value(r.active, i)
	dest[9] = textValue(r.comment, i)
	return nil
}

func value[T any](c resultset.Column[T], i int) driver.Value {
	if c.IsNull(i) {
		return nil
	}
	return c.Values[i]
}

func textValue(c resultset.TextColumn, i int) driver.Value {
	if c.IsNull(i) {
		return nil
	}
	return c.String(i)
}
