package resultset_test

import (
	"database/sql"
	"runtime"
	"testing"
	"time"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/benchdata"
	"github.com/exawire/exawire/internal/cputime"
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

// textMixed is the same with dates and times as text.
type textMixed struct {
	ID      int64
	Qty     sql.Null[int64]
	Price   resultset.Decimal
	Score   sql.Null[float64]
	Created string
	Day     sql.Null[string]
	Name    string
	Status  string
	Active  sql.Null[bool]
	Comment sql.Null[string]
}

const benchRows = 10_000

// mixedBatch returns a decoded batch of mixed10, with its times parsed.
func mixedBatch(tb testing.TB) *resultset.Batch {
	tb.Helper()
	b := textBatch(tb, benchRows)
	for _, col := range []int{4, 5} {
		_, err := b.Time(col)
		noError(tb, err)
	}
	return b
}

// textBatch returns a batch of mixed10 as it is when it has just come: nobody has asked for its times.
func textBatch(tb testing.TB, rows int) *resultset.Batch {
	tb.Helper()
	b := new(resultset.Batch)
	shape := benchdata.All()[0]
	_, err := resultset.NewDecoder(benchdata.Header[commands.ColumnInfo](shape), resultset.Formats{}).Decode(b, shape.Data(rows), 0, int64(rows))
	noError(tb, err)
	return b
}

// BenchmarkDeliverRows gives the rows of a decoded message of mixed10 to the caller in each way that there is, beside a driver of
// database/sql over the same columns. 64 MB of other memory are alive, so that the garbage collector
// runs as seldom as in a program that does more than this. A message's dates and times are text at first: the ways with "dates-as-text" leave it at that, the
// others parse each, the user of database/sql by time.Parse.
func BenchmarkDeliverRows(b *testing.B) {
	b.Run("columns-dates-as-text", func(b *testing.B) {
		batch, total := textBatch(b, benchRows), 0.0
		deliver(b, benchRows, func() { total += readColumns(b, batch, sumDatesAsText) })
	})
	b.Run("columns", func(b *testing.B) {
		batch, total := mixedBatch(b), 0.0
		deliver(b, benchRows, func() { total += readColumns(b, batch, sumTimes) })
	})
	b.Run("structs", func(b *testing.B) { deliverEach[mixed](b) })
	b.Run("structs-dates-as-text", func(b *testing.B) { deliverEach[textMixed](b) })
	b.Run("collect", func(b *testing.B) {
		batch := textBatch(b, benchRows)
		deliver(b, benchRows, func() {
			if all, err := resultset.Collect[mixed](resultset.RowsOver(batch)); err != nil || len(all) != benchRows {
				b.Fatal(len(all), err)
			}
		})
	})
	b.Run("scan", func(b *testing.B) {
		batch := textBatch(b, benchRows)
		var v mixed
		deliver(b, benchRows, func() {
			scanAll(b, batch, &v.ID, &v.Qty, &v.Price, &v.Score, &v.Created, &v.Day, &v.Name, &v.Status, &v.Active, &v.Comment)
		})
	})
	b.Run("any", func(b *testing.B) {
		batch := textBatch(b, benchRows)
		var v [10]any
		deliver(b, benchRows, func() { scanAll(b, batch, &v[0], &v[1], &v[2], &v[3], &v[4], &v[5], &v[6], &v[7], &v[8], &v[9]) })
	})
	b.Run("values", func(b *testing.B) {
		batch := textBatch(b, benchRows)
		deliver(b, benchRows, func() {
			r := resultset.RowsOver(batch)
			for r.Next() {
				if _, err := r.Values(); err != nil {
					b.Fatal(err)
				}
			}
			noError(b, r.Err())
		})
	})
	b.Run("slices-of-any", func(b *testing.B) { deliverEach[[]any](b) })
	b.Run("maps-of-any", func(b *testing.B) { deliverEach[map[string]any](b) })
	b.Run("database-sql", func(b *testing.B) {
		db := sql.OpenDB(memory{b, textBatch(b, benchRows)})
		defer db.Close()
		deliver(b, benchRows, func() { scanByDatabaseSQL(b, db, true) })
	})
	b.Run("database-sql-dates-as-text", func(b *testing.B) {
		db := sql.OpenDB(memory{b, textBatch(b, benchRows)})
		defer db.Close()
		deliver(b, benchRows, func() { scanByDatabaseSQL(b, db, false) })
	})
}

// deliverEach reads rows with Each and keeps none.
func deliverEach[T any](b *testing.B) {
	b.Helper()
	batch := textBatch(b, benchRows)
	deliver(b, benchRows, func() {
		for _, err := range resultset.Each[T](resultset.RowsOver(batch)) {
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}

// deliver is the loop of a benchmark that reads a number of rows, with other memory alive.
func deliver(b *testing.B, rows int, once func()) {
	b.Helper()
	var live []*[1 << 10]byte
	if !testing.Short() {
		live = otherMemory()
		warmUp(once)
	}
	b.ReportAllocs()
	var cpu cputime.Meter
	cpu.Start()
	for b.Loop() {
		once()
	}
	cpu.Report(b)
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(rows), "ns/row")
	runtime.KeepAlive(live)
}

// warmUp runs once until the heap has grown as far as it will, so that memory is used again from then on: until the collector has
// run twice, but only for as long as that pays if once allocates little.
func warmUp(once func()) {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	for end, from := time.Now().Add(500*time.Millisecond), m.NumGC; m.NumGC < from+2 && time.Now().Before(end); runtime.ReadMemStats(&m) {
		for range 20 {
			once()
		}
	}
}

// otherMemory returns 64 MB in blocks of 1 KiB.
func otherMemory() []*[1 << 10]byte {
	blocks := make([]*[1 << 10]byte, 64<<10)
	for i := range blocks {
		blocks[i] = new([1 << 10]byte)
	}
	return blocks
}

func scanAll(b *testing.B, batch *resultset.Batch, dest ...any) {
	b.Helper()
	r := resultset.RowsOver(batch)
	for r.Next() {
		if err := r.Scan(dest...); err != nil {
			b.Fatal(err)
		}
	}
	noError(b, r.Err())
}

// readColumns looks at every value of the batches of a result.
func readColumns(b *testing.B, batch *resultset.Batch, sumDates func(*testing.B, *resultset.Batch) float64) (total float64) {
	b.Helper()
	for batch, err := range resultset.RowsOver(batch).Batches() {
		noError(b, err)
		total += sumColumns(b, batch) + sumDates(b, batch)
	}
	return total
}

// BenchmarkColumnAccess looks at every value of a decoded message of mixed10 as typed columns, without the rows around it:
// access to columns allocates nothing. Its times are parsed.
func BenchmarkColumnAccess(b *testing.B) {
	batch, total := mixedBatch(b), 0.0
	deliver(b, benchRows, func() { total += sumColumns(b, batch) + sumTimes(b, batch) })
}

// BenchmarkOneRow reads a result of one row into a struct, where finding the fields is most of the cost.
func BenchmarkOneRow(b *testing.B) {
	one := textBatch(b, 1)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := resultset.One[mixed](resultset.RowsOver(one)); err != nil {
			b.Fatal(err)
		}
	}
}

// sumColumns looks at every value of a batch of mixed10 but its dates and times.
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

func sumTimes(b *testing.B, batch *resultset.Batch) (total float64) {
	b.Helper()
	for _, c := range []int{4, 5} {
		col, err := batch.Time(c)
		noError(b, err)
		sum := int64(0)
		for _, v := range col.Values {
			sum += v.Unix()
		}
		total += float64(sum)
	}
	return total
}

func sumDatesAsText(b *testing.B, batch *resultset.Batch) float64 {
	b.Helper()
	return sumTexts(b, batch, 4) + sumTexts(b, batch, 5)
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
