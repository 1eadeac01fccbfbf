package resultset_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"io"
	"testing"
	"time"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/benchdata"
	"github.com/exawire/exawire/resultset"
)

// mixed is a row of the shape mixed10.
type mixed struct {
	ID      int64
	Qty     sql.Null[int64]
	Price   resultset.Decimal
	Score   sql.Null[float64]
	Created time.Time
	Day     sql.Null[time.Time]
	Name    string
	Status  string
	Active  sql.Null[bool]
	Comment sql.Null[string]
}

const benchRows = 10_000

// mixedBatch returns a decoded batch of mixed10, with its times parsed.
func mixedBatch(tb testing.TB) *resultset.Batch {
	tb.Helper()
	b := new(resultset.Batch)
	if _, err := resultset.NewDecoder(benchdata.Header[commands.ColumnInfo](benchdata.All()[0]), resultset.Formats{}).Decode(b, benchdata.All()[0].Data(benchRows), 0, benchRows); err != nil {
		tb.Fatal(err)
	}
	for _, col := range []int{4, 5} {
		if _, err := b.Time(col); err != nil {
			tb.Fatal(err)
		}
	}
	return b
}

func perRow(b *testing.B) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchRows, "ns/row")
}

// BenchmarkColumns reads all columns of a result as slices. What it allocates is the Rows.
func BenchmarkColumns(b *testing.B) {
	batch := mixedBatch(b)
	b.ReportAllocs()
	var total float64
	for b.Loop() {
		for batch, err := range resultset.RowsOver(batch).Batches() {
			if err != nil {
				b.Fatal(err)
			}
			total += sumColumns(b, batch)
		}
	}
	perRow(b)
}

// BenchmarkTypedColumns is the same without the Rows around it: access to columns allocates nothing.
func BenchmarkTypedColumns(b *testing.B) {
	batch := mixedBatch(b)
	b.ReportAllocs()
	var total float64
	for b.Loop() {
		total += sumColumns(b, batch)
	}
	perRow(b)
}

// sumColumns looks at every value of a batch of mixed10.
func sumColumns(b *testing.B, batch *resultset.Batch) (total float64) {
	b.Helper()
	total += sumInts(b, batch, 0) + sumInts(b, batch, 1) + sumTexts(b, batch, 6) + sumTexts(b, batch, 7) + sumTexts(b, batch, 9)
	price, err := batch.Decimal(2)
	sum := 0
	for _, v := range price.Values {
		sum += v.Sign()
	}
	total += float64(sum)
	noError(b, err)
	score, err := batch.Float64(3)
	for _, v := range score.Values {
		total += v
	}
	noError(b, err)
	for _, c := range []int{4, 5} {
		col, err := batch.Time(c)
		sum := int64(0)
		for _, v := range col.Values {
			sum += v.Unix()
		}
		total += float64(sum)
		noError(b, err)
	}
	active, err := batch.Bool(8)
	sum = 0
	for _, v := range active.Values {
		if v {
			sum++
		}
	}
	total += float64(sum)
	noError(b, err)
	return total
}

func noError(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func sumInts(tb testing.TB, b *resultset.Batch, col int) float64 {
	tb.Helper()
	c, err := b.Int64(col)
	noError(tb, err)
	sum := int64(0)
	for _, v := range c.Values {
		sum += v
	}
	return float64(sum)
}

func sumTexts(tb testing.TB, b *resultset.Batch, col int) float64 {
	tb.Helper()
	c, err := b.Text(col)
	noError(tb, err)
	sum := 0
	for i := range c.Len() {
		sum += len(c.Bytes(i))
	}
	return float64(sum)
}

func BenchmarkEach(b *testing.B) {
	batch := mixedBatch(b)
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for v, err := range resultset.Each[mixed](resultset.RowsOver(batch)) {
			if err != nil {
				b.Fatal(err)
			}
			n += len(v.Name)
		}
	}
	perRow(b)
}

func BenchmarkCollect(b *testing.B) {
	batch := mixedBatch(b)
	b.ReportAllocs()
	for b.Loop() {
		all, err := resultset.Collect[mixed](resultset.RowsOver(batch))
		if err != nil || len(all) != benchRows {
			b.Fatal(len(all), err)
		}
	}
	perRow(b)
}

// BenchmarkOne is a result of one row, where finding the fields is most of the cost.
func BenchmarkOne(b *testing.B) {
	one := new(resultset.Batch)
	if _, err := resultset.NewDecoder(benchdata.Header[commands.ColumnInfo](benchdata.All()[0]), resultset.Formats{}).Decode(one, benchdata.All()[0].Data(1), 0, 1); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := resultset.One[mixed](resultset.RowsOver(one)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkScan(b *testing.B) {
	batch := mixedBatch(b)
	b.ReportAllocs()
	var v mixed
	for b.Loop() {
		r := resultset.RowsOver(batch)
		for r.Next() {
			if err := r.Scan(&v.ID, &v.Qty, &v.Price, &v.Score, &v.Created, &v.Day, &v.Name, &v.Status, &v.Active, &v.Comment); err != nil {
				b.Fatal(err)
			}
		}
		if r.Err() != nil {
			b.Fatal(r.Err())
		}
	}
	perRow(b)
}

// BenchmarkDatabaseSQL is the baseline: the same columns through Rows.Scan of database/sql.
func BenchmarkDatabaseSQL(b *testing.B) {
	db := sql.OpenDB(memory{b, mixedBatch(b)})
	defer db.Close()
	b.ReportAllocs()
	var v mixed
	for b.Loop() {
		rows, err := db.Query("")
		if err != nil {
			b.Fatal(err)
		}
		for rows.Next() {
			if err := rows.Scan(&v.ID, &v.Qty, &v.Price, &v.Score, &v.Created, &v.Day, &v.Name, &v.Status, &v.Active, &v.Comment); err != nil {
				b.Fatal(err)
			}
		}
		if err := rows.Close(); err != nil {
			b.Fatal(err)
		}
	}
	perRow(b)
}

// memory is a database/sql driver whose every query returns the rows of a batch.
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
	r.created, err[4] = m.batch.Time(4)
	r.day, err[5] = m.batch.Time(5)
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
	created, day          resultset.Column[time.Time]
	active                resultset.Column[bool]
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
	dest[4] = value(r.created, i)
	dest[5] = value(r.day, i)
	dest[6] = r.name.String(i)
	dest[7] = r.status.String(i)
	dest[8] = value(r.active, i)
	dest[9] = nil
	if !r.comment.IsNull(i) {
		dest[9] = r.comment.String(i)
	}
	return nil
}

func value[T any](c resultset.Column[T], i int) driver.Value {
	if c.IsNull(i) {
		return nil
	}
	return c.Values[i]
}
