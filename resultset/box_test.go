package resultset_test

import (
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/resultset"
)

// anyColumns has a column of every kind. Most values of a few are bad, or long, or equal.
var anyColumns = []commands.ColumnInfo{
	column("K", decimalType(18, 0)), column("N", decimalType(36, 10)), column("F", typed(commands.Double)), column("B", typed(commands.Boolean)),
	column("D", typed(commands.Date)), column("TS", typed(commands.Timestamp)), column("LTZ", typed(commands.TimestampLTZ)),
	column("YM", typed(commands.IntervalYearToMonth)), column("DS", typed(commands.IntervalDayToSecond)),
	column("S", varchar(2000)), column("G", typed(commands.Geometry)), column("X", typed("NEW")),
}

// anyTable returns random rows of anyColumns. The shares are those of NULLs and of values that cannot be read.
func anyTable(r *rand.Rand, n int, null, bad float64) table {
	text := func(longest int) string {
		b, _ := json.Marshal(strings.Repeat(string(rune('a'+r.IntN(26)))+"\n\u00e9", r.IntN(longest)))
		return string(b)
	}
	quoted := func(good, spoilt string) string {
		if r.Float64() < bad {
			return `"` + spoilt + `"`
		}
		return `"` + good + `"`
	}
	day := func() time.Time { return time.Unix(r.Int64N(4e9)-1e9, r.Int64N(1e6)*1000).UTC() }
	t := table{cols: anyColumns}
	for range n {
		row := []string{
			fmt.Sprint(r.Int64N(2000) - 1000), quoted(fmt.Sprintf("%d.%010d", r.Int64(), r.IntN(1e9)), "1.23456789012"),
			[]string{"0", "-0", "0.1", fmt.Sprint(r.NormFloat64()), "1e300"}[r.IntN(5)], fmt.Sprint(r.IntN(2) == 0),
			quoted(day().Format(time.DateOnly), "2024-02-30"), quoted(day().Format("2006-01-02 15:04:05.000000"), "2024-02-03 25:00:00.000000"),
			quoted(day().Format("2006-01-02 15:04:05.000000"), "no time"),
			quoted(fmt.Sprintf("%+03d-%02d", r.IntN(200)-100, r.IntN(12)), "1-13"), quoted(fmt.Sprintf("+%02d 12:50:10.%03d", r.IntN(100), r.IntN(1000)), "1 day"),
			text(500), quoted("POINT (1 2)", `a\ud800b`), text(8),
		}
		if r.Float64() < 0.5 {
			row[9] = text(6)
		}
		for i := range row {
			if r.Float64() < null {
				row[i] = "null"
			}
		}
		t.rows = append(t.rows, row)
	}
	return t
}

// valueRow is a row of values, or the error of its first value that has one.
type valueRow struct {
	vals []any
	err  string
}

// placeless returns what is wrong with a value, without what Rows say about where it was to go.
func placeless(err error) string {
	if wrapped := new(resultset.ScanError); errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	return err.Error()
}

// valuesOneByOne are the rows as Batch.Value has them.
func valuesOneByOne(t *testing.T, r *resultset.Rows) (all []valueRow) {
	for b, err := range r.Batches() {
		if err != nil {
			t.Fatal(err)
		}
		for row := range b.Len() {
			v := valueRow{vals: make([]any, b.NumColumns())}
			for col := range v.vals {
				if v.vals[col], err = b.Value(col, row); err != nil {
					v = valueRow{err: placeless(err)}
					break
				}
			}
			all = append(all, v)
		}
	}
	return all
}

// driverValues are the rows as a driver for database/sql hands them on.
func driverValues(t *testing.T, r *resultset.Rows) (all []valueRow) {
	for b, err := range r.Batches() {
		if err != nil {
			t.Fatal(err)
		}
		for row := range b.Len() {
			v := valueRow{vals: make([]any, b.NumColumns())}
			for col, c := range b.Columns() {
				if v.vals[col], err = b.Value(col, row); err == nil && v.vals[col] != nil {
					if valuer, ok := v.vals[col].(driver.Valuer); ok {
						v.vals[col], err = valuer.Value()
					}
				}
				if c.DataType.Type == commands.IntervalDayToSecond || c.DataType.Type == commands.IntervalYearToMonth {
					text, e := b.Text(col)
					if err = e; err == nil && !text.IsNull(row) {
						v.vals[col] = text.String(row)
					}
				}
				if err != nil {
					v = valueRow{err: placeless(err)}
					break
				}
			}
			all = append(all, v)
		}
	}
	return all
}

// cursor reads rows one by one.
func cursor(read func(r *resultset.Rows) ([]any, error)) func(*testing.T, *resultset.Rows) []valueRow {
	return func(t *testing.T, r *resultset.Rows) (all []valueRow) {
		for r.Next() {
			vals, err := read(r)
			if err != nil {
				all = append(all, valueRow{err: placeless(err)})
				continue
			}
			all = append(all, valueRow{vals: vals})
		}
		if r.Err() != nil {
			t.Fatal(r.Err())
		}
		return all
	}
}

// ended is a list of rows that an error ended.
func ended[T any](t *testing.T, rows func(yield func(T, error) bool), values func(T) []any) (all []valueRow) {
	for v, err := range rows {
		if err != nil {
			return append(all, valueRow{err: placeless(err)})
		}
		all = append(all, valueRow{vals: values(v)})
	}
	return all
}

func valuesOfMap(m map[string]any) (vals []any) {
	for _, c := range anyColumns {
		vals = append(vals, m[c.Name])
	}
	return vals
}

// anyWays read rows as values of type any.
var anyWays = map[string]func(*testing.T, *resultset.Rows) []valueRow{
	"Scan": cursor(func(r *resultset.Rows) ([]any, error) {
		vals, dest := make([]any, len(anyColumns)), make([]any, len(anyColumns))
		for i := range vals {
			dest[i] = &vals[i]
		}
		return vals, r.Scan(dest...)
	}),
	"Scan of pointers": cursor(func(r *resultset.Rows) ([]any, error) {
		vals, dest := make([]any, len(anyColumns)), make([]any, len(anyColumns))
		pointers, nulls := make([]*any, len(anyColumns)), make([]sql.Null[any], len(anyColumns))
		for i := range vals {
			if dest[i] = &pointers[i]; i%2 == 0 {
				dest[i] = &nulls[i]
			}
		}
		err := r.Scan(dest...)
		for i := range vals {
			if vals[i] = nulls[i].V; pointers[i] != nil {
				vals[i] = *pointers[i]
			}
		}
		return vals, err
	}),
	"Values": cursor(func(r *resultset.Rows) ([]any, error) { return r.Values() }),
	"Row.Value": func(t *testing.T, r *resultset.Rows) (all []valueRow) {
		for row, err := range r.All() {
			if err != nil {
				t.Fatal(err)
			}
			v := valueRow{vals: make([]any, len(anyColumns))}
			for i := range v.vals {
				if v.vals[i], err = row.Value(i); err != nil {
					v = valueRow{err: placeless(err)}
					break
				}
			}
			all = append(all, v)
		}
		return all
	},
	"function Scan": func(t *testing.T, r *resultset.Rows) (all []valueRow) {
		for row, err := range r.All() {
			if err != nil {
				t.Fatal(err)
			}
			if vals, err := resultset.Scan[[]any](row); err != nil {
				all = append(all, valueRow{err: placeless(err)})
			} else {
				all = append(all, valueRow{vals: vals})
			}
		}
		return all
	},
	"Each of slices": func(t *testing.T, r *resultset.Rows) []valueRow {
		return ended(t, resultset.Each[[]any](r), func(v []any) []any { return v })
	},
	"Each of maps": func(t *testing.T, r *resultset.Rows) []valueRow {
		return ended(t, resultset.Each[map[string]any](r), valuesOfMap)
	},
	"Each of structs": func(t *testing.T, r *resultset.Rows) []valueRow {
		type all struct{ K, N, F, B, D, TS, LTZ, YM, DS, S, G, X any }
		return ended(t, resultset.Each[all](r), func(v all) []any {
			return []any{v.K, v.N, v.F, v.B, v.D, v.TS, v.LTZ, v.YM, v.DS, v.S, v.G, v.X}
		})
	},
	"Collect": func(t *testing.T, r *resultset.Rows) (all []valueRow) {
		rows, err := resultset.Collect[[]any](r)
		for _, vals := range rows {
			all = append(all, valueRow{vals: vals})
		}
		if err != nil {
			all = []valueRow{{err: placeless(err)}}
		}
		return all
	},
}

// sameAny reports whether two values cannot be told apart.
func sameAny(a, b any) bool {
	x, ok := a.(float64)
	if y, also := b.(float64); ok && also {
		return math.Float64bits(x) == math.Float64bits(y)
	}
	return a == b // also the zone of a time
}

func checkRows(t *testing.T, want, got []valueRow) {
	t.Helper()
	for i := range min(len(want), len(got)) {
		if want[i].err != got[i].err {
			t.Fatalf("row %d: error %q, want %q", i, got[i].err, want[i].err)
		}
		for col, v := range want[i].vals {
			if len(got[i].vals) != len(want[i].vals) || !sameAny(v, got[i].vals[col]) {
				t.Fatalf("row %d, column %d: %#v, want %#v", i, col, got[i].vals, v)
			}
		}
	}
	if len(got) != len(want) {
		t.Fatalf("%d rows, want %d", len(got), len(want))
	}
}

// untilError returns the rows up to the first error.
func untilError(rows []valueRow) []valueRow {
	for i, r := range rows {
		if r.err != "" {
			return rows[:i+1]
		}
	}
	return rows
}

// Every way to have rows as values of type any gives what Batch.Value gives, and goes on giving it when the rows are closed
// and their messages used for something else.
func TestRowsIntoAny(t *testing.T) {
	zone := time.FixedZone("", 3600)
	for name, test := range map[string]struct {
		rows, step int
		null, bad  float64
		formats    resultset.Formats
	}{
		"one row":              {1, 1, 0, 0, resultset.Formats{Location: zone}},
		"few rows":             {5, 2, 0.2, 0, resultset.Formats{Location: zone}},
		"blocks":               {1000, 200, 0, 0, resultset.Formats{Location: zone}},
		"blocks with NULLs":    {1000, 131, 0.3, 0, resultset.Formats{Location: zone}},
		"few bad values":       {1000, 333, 0.1, 0.001, resultset.Formats{Location: zone}},
		"many bad values":      {300, 77, 0.5, 0.2, resultset.Formats{Location: zone}},
		"only NULLs":           {300, 77, 1, 0, resultset.Formats{Location: zone}},
		"format not supported": {100, 50, 0.1, 0, resultset.Formats{Location: zone, Date: "DD MONTH YYYY"}},
		"zone not known":       {100, 50, 0.1, 0, resultset.Formats{}},
	} {
		t.Run(name, func(t *testing.T) {
			tab := anyTable(rand.New(rand.NewPCG(1, uint64(len(name)))), test.rows, test.null, test.bad)
			checkAnyWays(t, tab, test.step, test.formats)
		})
	}
}

// checkAnyWays reads the rows of a table, in messages of step rows, in all ways.
func checkAnyWays(t *testing.T, tab table, step int, formats resultset.Formats) {
	t.Helper()
	open := func() *resultset.Rows {
		f := &fake{tb: t, table: tab, step: step}
		return f.rows(t.Context(), f.header(min(step, len(tab.rows)), true), resultset.Options{Formats: formats})
	}
	want := valuesOneByOne(t, open())
	for way, read := range anyWays {
		t.Run(way, func(t *testing.T) {
			want := want
			if strings.HasPrefix(way, "Each") {
				want = untilError(want)
			} else if first := untilError(want); way == "Collect" && first[len(first)-1].err != "" {
				want = first[len(first)-1:]
			}
			checkRows(t, want, read(t, open()))
		})
	}
	t.Run("DriverValues", func(t *testing.T) {
		checkRows(t, driverValues(t, open()), cursor(func(r *resultset.Rows) ([]any, error) {
			dest, vals := make([]driver.Value, len(anyColumns)), make([]any, len(anyColumns))
			err := r.DriverValues(dest)
			for i, v := range dest {
				vals[i] = v
			}
			return vals, err
		})(t, open()))
	})
}

// FuzzRowsIntoAny is TestRowsIntoAny with other rows. The shares of NULLs and of bad values are out of 255.
//
//fuzz:runs 2000x
func FuzzRowsIntoAny(f *testing.F) {
	f.Add(uint64(1), uint16(100), uint8(40), uint8(20), uint8(1))
	f.Add(uint64(2), uint16(33), uint8(33), uint8(0), uint8(0))
	f.Add(uint64(3), uint16(200), uint8(66), uint8(200), uint8(30))
	f.Fuzz(func(t *testing.T, seed uint64, rows uint16, step, null, bad uint8) {
		tab := anyTable(rand.New(rand.NewPCG(seed, 0)), 1+int(rows)%500, float64(null)/255, float64(bad)/255)
		checkAnyWays(t, tab, 1+int(step), resultset.Formats{Location: time.UTC})
	})
}
