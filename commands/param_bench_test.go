package commands_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	gojson "github.com/goccy/go-json"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/cputime"
)

// mixed10 has ten columns as tables have them: counting and small integers, prices, doubles of 17 digits, timestamps,
// days, names, one of five words, booleans, and comments in which some characters must be escaped.
type mixed10 struct {
	id      []int64
	qty     []*int64
	price   []string
	score   []*float64
	created []time.Time
	day     []*time.Time
	name    []string
	status  []string
	active  []*bool
	comment []*string
}

func newMixed10(rows int) *mixed10 {
	random := rand.New(rand.NewPCG(1, 2))
	m := new(mixed10)
	words := []string{"open", "shipped", "returned", "lost", "paid"}
	start := time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range rows {
		m.id = append(m.id, 100_000_000_000+int64(i))
		m.qty = append(m.qty, orNil(random, 2, random.Int64N(10_000)))
		m.price = append(m.price, fmt.Sprintf("%d.%02d", random.Int64N(1_000_000), random.IntN(100)))
		m.score = append(m.score, orNil(random, 5, random.Float64()))
		m.created = append(m.created, start.Add(time.Duration(random.Int64N(8e8))*time.Second+time.Duration(random.IntN(1e6))*time.Microsecond))
		m.day = append(m.day, orNil(random, 2, start.AddDate(0, 0, random.IntN(9000))))
		m.name = append(m.name, text(random, 8, 20, 3, 0))
		m.status = append(m.status, words[random.IntN(len(words))])
		m.active = append(m.active, orNil(random, 1, random.IntN(2) == 0))
		m.comment = append(m.comment, orNil(random, 10, text(random, 20, 60, 3, 1)))
	}
	return m
}

func orNil[T any](random *rand.Rand, percent int, v T) *T {
	if random.IntN(100) < percent {
		return nil
	}
	return &v
}

// text returns words of which a share in percent is not ASCII, or has a character that JSON escapes.
func text(random *rand.Rand, least, most, foreign, escaped int) string {
	var b strings.Builder
	length := least + random.IntN(most-least+1)
	for b.Len() < length {
		switch n := random.IntN(100); {
		case n < foreign:
			b.WriteString("größe")
		case n < foreign+escaped:
			b.WriteString("\"say\"\n")
		default:
			for range 2 + random.IntN(7) {
				b.WriteByte(byte('a' + random.IntN(26)))
			}
		}
		b.WriteByte(' ')
	}
	return b.String()
}

func (m *mixed10) columns() []commands.ParamColumn {
	return []commands.ParamColumn{
		commands.Values(m.id), commands.Values(m.qty), commands.Values(m.price), commands.Values(m.score),
		commands.Values(m.created), commands.Values(m.day), commands.Values(m.name), commands.Values(m.status),
		commands.Values(m.active), commands.Values(m.comment),
	}
}

func (m *mixed10) params() []commands.ColumnInfo {
	return params(decimal(18, 0), decimal(9, 0), decimal(18, 2), of(commands.Double), of(commands.Timestamp),
		of(commands.Date), varchar(200), varchar(20), of(commands.Boolean), varchar(2000))
}

// row gives a row as users of database/sql write it: each value in an interface of its own.
func (m *mixed10) row(i int) []any {
	return []any{
		m.id[i], box(m.qty[i]), m.price[i], box(m.score[i]), m.created[i], box(m.day[i]), m.name[i], m.status[i],
		box(m.active[i]), box(m.comment[i]),
	}
}

// mixedRow is a row as a struct. The fields are the columns.
type mixedRow struct {
	ID      int64
	Qty     *int64
	Price   string
	Score   *float64
	Created time.Time
	Day     *time.Time
	Name    string
	Status  string
	Active  *bool
	Comment *string
}

var mixedFields = [][]int{{0}, {1}, {2}, {3}, {4}, {5}, {6}, {7}, {8}, {9}}

func (m *mixed10) structOf(i int) mixedRow {
	return mixedRow{
		m.id[i], m.qty[i], m.price[i], m.score[i], m.created[i], m.day[i], m.name[i], m.status[i], m.active[i], m.comment[i],
	}
}

// boxed turns rows into the columns that a general encoder needs, dates as text.
func (m *mixed10) boxed() [][]any {
	cols := make([][]any, 10)
	for i := range m.id {
		for c, v := range m.row(i) {
			if moment, ok := v.(time.Time); ok {
				layout := "2006-01-02 15:04:05.000000"
				if c == 5 {
					layout = "2006-01-02"
				}
				v = moment.Format(layout)
			}
			cols[c] = append(cols[c], v)
		}
	}
	return cols
}

func box[T any](v *T) any {
	if v == nil {
		return nil
	}
	return *v
}

const benchRows = 20_000

func appendColumns(tb testing.TB, dst []byte, cols []commands.ParamColumn, params []commands.ColumnInfo) []byte {
	tb.Helper()
	for i, col := range cols {
		e, err := commands.NewParamEncoder(col, i, params[i], commands.ParamFormats{})
		if err != nil {
			tb.Fatal(err)
		}
		if dst, err = e.Append(dst, 0, col.Len()); err != nil {
			tb.Fatal(err)
		}
	}
	return dst
}

// benchBlock is how many rows are collected before they are encoded.
const benchBlock = 128

// appendBlocks encodes rows as ExecRows and Insert do: a block at a time, each column into a buffer of its own. size is that
// of all values, about.
func appendBlocks(b *testing.B, rows interface {
	Len() int
	Reset()
	Columns() []commands.ParamColumn
}, params []commands.ColumnInfo, size int64, add func(i int),
) {
	b.Helper()
	outs := make([][]byte, len(params))
	measureEncoding(b, size, func() {
		encoders := make([]*commands.ParamEncoder, len(params))
		for i, col := range rows.Columns() {
			var err error
			if encoders[i], err = commands.NewParamEncoder(col, i, params[i], commands.ParamFormats{}); err != nil {
				b.Fatal(err)
			}
			outs[i] = outs[i][:0]
		}
		for i := range benchRows {
			add(i)
			if rows.Len() < benchBlock && i < benchRows-1 {
				continue
			}
			for c, e := range encoders {
				var err error
				if outs[c], err = e.Append(outs[c], 0, rows.Len()); err != nil {
					b.Fatal(err)
				}
			}
			rows.Reset()
		}
	})
}

// measureEncoding is the loop of a benchmark that makes JSON of size bytes.
func measureEncoding(b *testing.B, size int64, once func()) {
	runtime.GC()
	b.SetBytes(size)
	b.ReportAllocs()
	var cpu cputime.Meter
	cpu.Start()
	for b.Loop() {
		once()
	}
	cpu.Report(b)
	b.ReportMetric(benchRows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkEncodeParameters encodes 20,000 rows of mixed10 as the parameters of a statement: from typed columns, from rows of
// []any as ExecRows takes them, and from structs as Insert does; beside encoding/json and go-json, which encode [][]any with
// each value in an interface of its own, as other Go clients do.
func BenchmarkEncodeParameters(b *testing.B) {
	m := newMixed10(benchRows)
	cols, params := m.columns(), m.params()
	out := appendColumns(b, nil, cols, params)
	size := int64(len(out))
	b.Run("columns", func(b *testing.B) {
		measureEncoding(b, size, func() { out = appendColumns(b, out[:0], cols, params) })
	})
	b.Run("rows", func(b *testing.B) {
		rows := commands.NewRowBuffer(params)
		appendBlocks(b, rows, params, size, func(i int) {
			if err := rows.Append(m.row(i)); err != nil {
				b.Fatal(err)
			}
		})
	})
	b.Run("structs", func(b *testing.B) {
		values := make([]mixedRow, benchRows)
		for i := range values {
			values[i] = m.structOf(i)
		}
		rows := commands.NewStructBuffer[mixedRow](mixedFields, benchBlock)
		appendBlocks(b, rows, params, size, func(i int) { rows.Append(values[i]) })
	})
	for name, marshal := range map[string]func(any) ([]byte, error){"encoding-json": json.Marshal, "go-json": gojson.Marshal} {
		b.Run(name, func(b *testing.B) {
			measureEncoding(b, size, func() {
				if _, err := marshal(m.boxed()); err != nil {
					b.Fatal(err)
				}
			})
		})
	}
}

// BenchmarkEncodeParameterColumn encodes each column of mixed10 alone.
func BenchmarkEncodeParameterColumn(b *testing.B) {
	m := newMixed10(benchRows)
	cols, params := m.columns(), m.params()
	names := []string{"id", "qty", "price", "score", "created", "day", "name", "status", "active", "comment"}
	for i, col := range cols {
		b.Run(names[i], func(b *testing.B) {
			e, err := commands.NewParamEncoder(col, i, params[i], commands.ParamFormats{})
			if err != nil {
				b.Fatal(err)
			}
			var out []byte
			for b.Loop() {
				if out, err = e.Append(out[:0], 0, benchRows); err != nil {
					b.Fatal(err)
				}
			}
			b.SetBytes(int64(len(out)))
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchRows, "ns/value")
		})
	}
}
