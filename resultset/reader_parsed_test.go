package resultset_test

import (
	"database/sql"
	"errors"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/resultset"
	"github.com/google/go-cmp/cmp"
)

type moment time.Time

// parsedTypes are the types whose values are parsed, each with readers for all kinds of Go types that they go into.
var parsedTypes = []struct {
	name      commands.TypeName
	good, bad string
	formats   resultset.Formats
	read      []func(t *testing.T, b []*resultset.Batch)
}{
	{commands.Date, "2024-02-29", "2023-02-29", resultset.Formats{}, timeReaders},
	{commands.Timestamp, "2024-02-29 01:02:03.000000", "2024-02-29 24:02:03.000000", resultset.Formats{}, timeReaders},
	{commands.Timestamp, "29.02.2024 12", "29.02.2024 99", resultset.Formats{Timestamp: "DD.MM.YYYY HH24"}, timeReaders},
	{commands.TimestampLTZ, "2024-02-29 01:02:03.000000", "2024-03-31 02:30:00.000000", resultset.Formats{Location: mustLoad("Europe/Berlin")}, timeReaders},
	{commands.TimestampLTZ, "2024-02-29 01:02:03.000000", "2024-10-27 02:30:00.000000", resultset.Formats{Location: mustLoad("Europe/Berlin")}, timeReaders},
	{commands.IntervalYearToMonth, "+05-03", "+05-12", resultset.Formats{}, []func(*testing.T, []*resultset.Batch){
		compareRows[resultset.YearMonth], compareRows[*resultset.YearMonth], compareRows[sql.Null[resultset.YearMonth]],
		compareRows[**resultset.YearMonth], compareRows[sql.Null[*resultset.YearMonth]], compareRows[any],
	}},
	{commands.IntervalDayToSecond, "-02 12:50:10.123", "02 24:50:10.123", resultset.Formats{}, []func(*testing.T, []*resultset.Batch){
		compareRows[resultset.DaySecond], compareRows[*resultset.DaySecond], compareRows[sql.Null[resultset.DaySecond]],
		compareRows[**resultset.DaySecond], compareRows[sql.Null[*resultset.DaySecond]], compareRows[any],
		compareRows[time.Duration], compareRows[*time.Duration], compareRows[sql.Null[time.Duration]],
	}},
}

var timeReaders = []func(*testing.T, []*resultset.Batch){
	compareRows[time.Time], compareRows[*time.Time], compareRows[sql.Null[time.Time]],
	compareRows[moment], compareRows[**time.Time], compareRows[sql.Null[moment]], compareRows[any], compareRows[sql.NullTime],
}

func mustLoad(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return zone
}

// parsedBatches returns the texts as values of the first column of two batches. Empty texts are NULL.
func parsedBatches(tb testing.TB, typ commands.TypeName, f resultset.Formats, texts []string, first int) []*resultset.Batch {
	tb.Helper()
	decoder := resultset.NewDecoder([]commands.ColumnInfo{typedCol("V", typ)}, f)
	var batches []*resultset.Batch
	start := int64(0)
	for _, part := range [][]string{texts[:first], texts[first:]} {
		if len(part) == 0 {
			continue
		}
		literals := make([]string, len(part))
		for i, text := range part {
			literals[i] = textLiteral([]byte(text))
		}
		b := new(resultset.Batch)
		_, err := decoder.Decode(b, []byte("[["+strings.Join(literals, ",")+"]]"), start, int64(len(part)))
		noError(tb, err)
		batches = append(batches, b)
		start += int64(len(part))
	}
	return batches
}

// outcome is a value, or how it fails.
type outcome struct {
	Value any // nil for NULL
	Bad   resultset.ValueError
	Other string
}

// outcomeOf turns what a reader of T returned into what Batch.Value would, or a Duration if T is one.
func outcomeOf(v any, err error) (o outcome) {
	var bad *resultset.ValueError
	switch {
	case errors.As(err, &bad):
		o.Bad = *bad
	case errors.Is(err, resultset.ErrNull):
		o.Other = "NULL"
	case err != nil:
		o.Other = err.Error()[strings.LastIndex(err.Error(), ": ")+2:]
	default:
		o.Value = withoutNull(reflect.ValueOf(v))
	}
	return o
}

// withoutNull returns the value inside of pointers, types for NULL and named types.
func withoutNull(v reflect.Value) any {
	switch {
	case !v.IsValid(), v.Kind() == reflect.Pointer && v.IsNil():
		return nil
	case v.Kind() == reflect.Pointer:
		return withoutNull(v.Elem())
	case v.Kind() == reflect.Struct && v.NumField() == 2 && v.Type().Field(1).Name == "Valid":
		if !v.Field(1).Bool() {
			return nil
		}
		return withoutNull(v.Field(0))
	}
	if v, ok := v.Interface().(moment); ok {
		return time.Time(v)
	}
	return v.Interface()
}

// expected returns what T makes of each value of the batches, by way of Batch.Value.
func expected[T any](batches []*resultset.Batch) (all []outcome) {
	name := reflect.TypeFor[T]().String()
	plain := !strings.Contains(name, "Null") && !strings.HasPrefix(name, "*") && name != "interface {}"
	duration := strings.Contains(name, "Duration")
	for _, b := range batches {
		for row := range b.Len() {
			o := outcomeOf(b.Value(0, row))
			if o == (outcome{}) && plain {
				o.Other = "NULL"
			}
			if v, ok := o.Value.(resultset.DaySecond); ok && duration {
				if o.Value, ok = v.Duration(); !ok {
					o = outcome{Other: "value out of range"}
				}
			}
			all = append(all, o)
		}
	}
	return all
}

// compareRows reads the only column as values of T in all ways, and compares them with what Batch.Value returns.
func compareRows[T any](t *testing.T, batches []*resultset.Batch) {
	t.Helper()
	want := expected[T](batches)
	check := func(way string, want, got []outcome) {
		t.Helper()
		if !slices.Equal(want, got) {
			t.Fatalf("%s of %T (-want +got):\n%s", way, *new(T), cmp.Diff(want, got))
		}
	}
	// Iterators end with the first error.
	upTo := slices.IndexFunc(want, func(o outcome) bool { return o.Bad.Reason != "" || o.Other != "" }) + 1
	if upTo == 0 {
		upTo = len(want)
	}
	var got []outcome
	for v, err := range resultset.Each[T](resultset.RowsOver(batches...)) {
		got = append(got, outcomeOf(v, err))
	}
	check("Each", want[:upTo], got)

	got = nil
	all, err := resultset.Collect[T](resultset.RowsOver(batches...))
	for _, v := range all {
		got = append(got, outcomeOf(v, nil))
	}
	if err != nil {
		got = append(got, outcomeOf(nil, err))
		check("Collect", want[upTo-1:upTo], got)
	} else {
		check("Collect", want, got)
	}

	got = nil
	var scanned []outcome
	for row, err := range resultset.RowsOver(batches...).All() {
		noError(t, err)
		got = append(got, outcomeOf(resultset.Scan[T](row)))
		var v T
		err = row.Scan(&v)
		scanned = append(scanned, outcomeOf(v, err))
	}
	check("Scan", want, got)
	check("Row.Scan", want, scanned)
}

// TestParsedRows puts a bad value and a NULL everywhere in blocks of rows, and reads them into everything. The rows before a
// bad one arrive, whether anybody has asked for the whole column or not.
func TestParsedRows(t *testing.T) {
	const rows, first = 270, 140
	for _, tt := range parsedTypes {
		for _, bad := range []int{-1, 0, 5, first - 1, first, rows - 1} {
			for _, null := range []int{-1, bad + 1, rows - 2} {
				texts := slices.Repeat([]string{tt.good}, rows)
				if null >= 0 && null < rows {
					texts[null] = ""
				}
				if bad >= 0 {
					texts[bad] = tt.bad
				}
				batches := parsedBatches(t, tt.name, tt.formats, texts, first)
				for i, read := range tt.read {
					if i == len(tt.read)/2 {
						parseWhole(batches)
					}
					read(t, batches)
				}
				if bad >= 0 && outcomeOf(batches[bad/first].Value(0, bad%first)).Bad.Text != tt.bad {
					t.Errorf("%s: the bad value of row %d is not bad", tt.name, bad)
				}
			}
		}
	}
}

// parseWhole asks for the values of whole columns.
func parseWhole(batches []*resultset.Batch) {
	for _, b := range batches {
		_, _ = b.Time(0)
		_, _ = b.YearMonth(0)
		_, _ = b.DaySecond(0)
	}
}

// TestFirstRowAlone leaves a loop after one of many rows. Reading it makes no values of the others.
func TestFirstRowAlone(t *testing.T) {
	const rows = 20_000
	for _, tt := range parsedTypes {
		for way, read := range map[string]func(r *resultset.Rows) error{
			"Each":     firstOfEach,
			"Row.Scan": firstOfScan,
		} {
			batches := parsedBatches(t, tt.name, tt.formats, slices.Repeat([]string{tt.good}, rows), rows)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			err := read(resultset.RowsOver(batches...))
			runtime.ReadMemStats(&after)
			if bytes := after.TotalAlloc - before.TotalAlloc; err != nil || bytes > rows {
				t.Errorf("%s of %s: %d bytes allocated, %v", way, tt.name, bytes, err)
			}
		}
	}
}

// firstOfEach and firstOfScan read the first row as something that the value has to be parsed for.
func firstOfEach(r *resultset.Rows) (err error) {
	switch r.Columns()[0].DataType.Type {
	case commands.IntervalYearToMonth:
		for _, err = range resultset.Each[resultset.YearMonth](r) {
			return err
		}
	case commands.IntervalDayToSecond:
		for _, err = range resultset.Each[time.Duration](r) {
			return err
		}
	}
	for _, err = range resultset.Each[sql.Null[time.Time]](r) {
		return err
	}
	return nil
}

func firstOfScan(r *resultset.Rows) error {
	defer r.Close()
	r.Next()
	switch r.Columns()[0].DataType.Type {
	case commands.IntervalYearToMonth:
		return r.Scan(new(resultset.YearMonth))
	case commands.IntervalDayToSecond:
		return r.Scan(new(resultset.DaySecond))
	}
	return r.Scan(new(time.Time))
}

// FuzzParsedRows reads any texts row by row and compares the values with those of Batch.Value.
func FuzzParsedRows(f *testing.F) {
	for i, tt := range parsedTypes {
		f.Add(strings.Repeat(tt.good+"\n", 5)+"\n"+tt.bad+"\n"+tt.good, byte(i), byte(3), false)
		f.Add("\n\n"+tt.good+"\nx\xff\n\"\\\n"+tt.good, byte(i), byte(0), true)
	}
	f.Add("+999999999 23:59:59.999\n-99999 00:00:00\n+106751 23:47:16.854775807\n+106751 23:47:16.854775808", byte(6), byte(1), false)
	f.Add("2024-03-31 02:00:00.000000\n2024-10-27 02:59:59.999999\n2024-10-27 03:00:00.000000", byte(3), byte(1), false)
	f.Fuzz(func(t *testing.T, lines string, kind, first byte, whole bool) {
		texts := strings.Split(lines, "\n")
		if len(texts) > 500 {
			return
		}
		tt := parsedTypes[int(kind)%len(parsedTypes)]
		batches := parsedBatches(t, tt.name, tt.formats, texts, min(int(first), len(texts)))
		if whole {
			parseWhole(batches)
		}
		for _, read := range tt.read {
			read(t, batches)
		}
	})
}
