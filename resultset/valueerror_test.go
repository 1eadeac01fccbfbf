package resultset_test

import (
	"database/sql"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/resultset"
	"github.com/google/go-cmp/cmp"
)

// spoilt is a table whose row 2 has a value that cannot be read in the column of that name.
func spoilt(name string, t commands.DataType, good, bad string) table {
	tab := table{cols: []commands.ColumnInfo{column("K", decimalType(18, 0)), column(name, t)}}
	for i := range 5 {
		value := good
		if i == 2 {
			value = bad
		}
		tab.rows = append(tab.rows, []string{fmt.Sprint(i), value})
	}
	return tab
}

// badRow is the row of spoilt and what its error must say.
const badRow = 2

func checkValueError(t *testing.T, err error, text string) {
	t.Helper()
	var bad *resultset.ValueError
	if !errors.As(err, &bad) {
		t.Fatalf("error is %v, want a ValueError", err)
	}
	if bad.Column != 1 || bad.Name != "V" || bad.Row != badRow || bad.Text != text || bad.Type.Type == "" {
		t.Errorf("the error is about column %d %q %s, row %d, text %q", bad.Column, bad.Name, bad.Type, bad.Row, bad.Text)
	}
	if msg := err.Error(); !strings.Contains(msg, fmt.Sprintf(`column 2 of %d "V"`, bad.Columns)) || strings.Count(msg, "row 3") != 1 || strings.Contains(msg, text) {
		t.Errorf("the message is %q", msg)
	}
}

type (
	shout   string
	bytesOf []byte
	wordy   struct{ text string }
)

func (s *wordy) UnmarshalText(text []byte) error { s.text = string(text); return nil }

// readUntilBad reads rows of K and V with Each and returns how many arrived.
func readUntilBad[V any](t *testing.T, r *resultset.Rows) (n int, err error) {
	type row struct {
		K int64
		V V
	}
	for v, err := range resultset.Each[row](r) {
		if err != nil {
			return n, err
		}
		if v.K != int64(n) {
			t.Errorf("row %d is number %d", n, v.K)
		}
		n++
	}
	return n, nil
}

// The rows before a bad value arrive, the bad one is named, and the source is not told that the server is broken.
func TestEachUntilBadValue(t *testing.T) {
	const half = `"a\ud800b"`
	dates := []string{`"2024-01-31"`, `"2024-02-30"`, "2024-02-30"}
	texts := []string{`"a"`, half, "a\ufffdb"}
	for name, tt := range map[string]struct {
		typ  commands.TypeName
		text []string // good and bad JSON, the text of the error
		read func(*testing.T, *resultset.Rows) (int, error)
	}{
		"date":                   {commands.Date, dates, readUntilBad[time.Time]},
		"date, nullable":         {commands.Date, dates, readUntilBad[sql.Null[time.Time]]},
		"date, pointer":          {commands.Date, dates, readUntilBad[*time.Time]},
		"date, pointers":         {commands.Date, dates, readUntilBad[**time.Time]},
		"date, Scanner":          {commands.Date, dates, readUntilBad[sql.NullTime]},
		"date, any":              {commands.Date, dates, readUntilBad[any]},
		"date, any nullable":     {commands.Date, dates, readUntilBad[sql.Null[any]]},
		"year to month":          {commands.IntervalYearToMonth, []string{`"+01-02"`, `"+01-12"`, "+01-12"}, readUntilBad[resultset.YearMonth]},
		"day to second":          {commands.IntervalDayToSecond, []string{`"+01 00:00:00"`, `"+01 24:00:00"`, "+01 24:00:00"}, readUntilBad[time.Duration]},
		"text":                   {commands.Varchar, texts, readUntilBad[string]},
		"text, nullable":         {commands.Varchar, texts, readUntilBad[sql.Null[string]]},
		"text, pointer":          {commands.Varchar, texts, readUntilBad[*string]},
		"text, Scanner":          {commands.Varchar, texts, readUntilBad[sql.NullString]},
		"text, any":              {commands.Varchar, texts, readUntilBad[any]},
		"text, bytes":            {commands.Varchar, texts, readUntilBad[[]byte]},
		"text, nullable bytes":   {commands.Varchar, texts, readUntilBad[sql.Null[[]byte]]},
		"text, named":            {commands.Varchar, texts, readUntilBad[shout]},
		"text, named bytes":      {commands.Varchar, texts, readUntilBad[bytesOf]},
		"text, TextUnmarshaler":  {commands.Varchar, texts, readUntilBad[wordy]},
		"text, not UTF-8":        {commands.Geometry, []string{`"a"`, "\"a\\n\xff\"", "a\n\ufffd"}, readUntilBad[string]},
		"text of a date":         {commands.Date, []string{`"2024-01-31"`, half, "a\ufffdb"}, readUntilBad[string]},
		"text of an unknown one": {"VECTOR", []string{`{"a":1}`, "{\"\xff\":1}", "{\"\ufffd\":1}"}, readUntilBad[string]},
	} {
		for _, inline := range []int{5, 0} {
			t.Run(fmt.Sprintf("%s, %d inline", name, inline), func(t *testing.T) {
				f := &fake{tb: t, table: spoilt("V", typed(tt.typ), tt.text[0], tt.text[1])}
				f.step = 2
				n, err := tt.read(t, f.rows(t.Context(), f.header(inline, inline == 0), resultset.Options{}))
				f.checkClosed(map[bool]int{true: atMostOne}[inline == 0])
				if n != badRow {
					t.Errorf("%d rows arrived before the bad one", n)
				}
				checkValueError(t, err, tt.text[2])
				if len(f.failures) > 0 {
					t.Errorf("the source was told %v", f.failures)
				}
			})
		}
	}
}

// A cursor goes on behind a bad value, and what reads the value as text gets it.
func TestScanAroundBadValue(t *testing.T) {
	f := &fake{tb: t, table: spoilt("V", typed(commands.Date), `"2024-01-31"`, `"2024-02-30"`)}
	r := f.rows(t.Context(), f.header(5, false), resultset.Options{})
	want := time.Date(2024, 1, 31, 0, 0, 0, 0, time.UTC)
	for row := 0; r.Next(); row++ {
		var k int
		var v time.Time
		null := sql.Null[time.Time]{Valid: true}
		old := sql.NullTime{Valid: true}
		var text string
		err := r.Scan(&k, &v)
		nullErr, oldErr := r.Scan(&k, &null), r.Scan(&k, &old)
		vals, valsErr := r.Values()
		if textErr := r.Scan(&k, &text); textErr != nil {
			t.Errorf("row %d as text: %v", row, textErr)
		}
		if row != badRow {
			if err != nil || nullErr != nil || oldErr != nil || valsErr != nil {
				t.Errorf("row %d: %v, %v, %v, %v", row, err, nullErr, oldErr, valsErr)
			}
			if v != want || null != (sql.Null[time.Time]{V: want, Valid: true}) || old != (sql.NullTime{Time: want, Valid: true}) || vals[1] != want {
				t.Errorf("row %d is %v, %v, %v, %v", row, v, null, old, vals)
			}
			continue
		}
		for _, err := range []error{err, nullErr, oldErr, valsErr} {
			checkValueError(t, err, "2024-02-30")
		}
		if !v.IsZero() || null.Valid || old.Valid || text != "2024-02-30" {
			t.Errorf("the bad row is %v, %v, %v, %q", v, null, old, text)
		}
	}
	if r.Err() != nil {
		t.Error(r.Err())
	}
}

// Row.Scan and the function Scan read the good rows of a batch with a bad one, too.
func TestRowsAroundBadValue(t *testing.T) {
	type row struct {
		K int64
		V time.Time
	}
	f := &fake{tb: t, table: spoilt("V", typed(commands.Date), `"2024-01-31"`, `"2024-02-30"`)}
	good := 0
	for r, err := range f.rows(t.Context(), f.header(5, false), resultset.Options{}).All() {
		if err != nil {
			t.Fatal(err)
		}
		v, err := resultset.Scan[row](r)
		if r.Number() == badRow {
			checkValueError(t, err, "2024-02-30")
			_, err = r.Value(1)
			checkValueError(t, err, "2024-02-30")
			continue
		}
		if err != nil || v.K != r.Number() {
			t.Errorf("row %d is %v, %v", r.Number(), v, err)
		}
		good++
	}
	if good != 4 {
		t.Errorf("%d good rows", good)
	}
}

func TestCollectAndOneOfBadValue(t *testing.T) {
	f := &fake{tb: t, table: spoilt("V", varchar(9), `"a"`, `"\ud800"`)}
	type row struct {
		K int
		V string
	}
	all, err := resultset.Collect[row](f.rows(t.Context(), f.header(5, false), resultset.Options{}))
	checkValueError(t, err, "\ufffd")
	if all != nil {
		t.Errorf("Collect gave %v", all)
	}
	f = &fake{tb: t, table: table{f.table.cols, f.table.rows[badRow : badRow+1]}}
	one, err := resultset.One[row](f.rows(t.Context(), f.header(1, false), resultset.Options{}))
	var bad *resultset.ValueError
	if !errors.As(err, &bad) || bad.Row != 0 || one != (row{}) {
		t.Errorf("One gave %v, %v", one, err)
	}
}

// A column with a bad value cannot be had from its batch; the others can, and so can the other values.
func TestBatchWithBadValue(t *testing.T) {
	var b resultset.Batch
	cols := []commands.ColumnInfo{column("K", decimalType(9, 0)), column("V", varchar(9)), column("D", typed(commands.Date))}
	data := `[[1,2,3],["a","\u00e9","x\ude00"],["2024-01-01",null,"2024-13-01"]]`
	if _, err := resultset.NewDecoder(cols, resultset.Formats{}).Decode(&b, []byte(data), 0, 3); err != nil {
		t.Fatal(err)
	}
	for _, b := range []*resultset.Batch{&b, b.Clone(), b.Clone().Clone()} {
		if ints, err := b.Int64(0); err != nil || ints.Len() != 3 {
			t.Errorf("the column beside it: %v", err)
		}
		_, err := b.Text(1)
		checkValueError(t, err, "x\ufffd")
		if text, err := b.Text(2); err != nil || text.String(2) != "2024-13-01" {
			t.Errorf("the text of dates: %v", err)
		}
		if _, err := b.Time(2); err == nil {
			t.Error("a date that does not exist was read")
		}
		var got []any
		for row := range 2 {
			v, err := b.Value(1, row)
			if err != nil {
				t.Error(err)
			}
			got = append(got, v)
		}
		if diff := cmp.Diff([]any{"a", "\u00e9"}, got); diff != "" {
			t.Errorf("the good values (-want +got):\n%s", diff)
		}
		_, err = b.Value(1, 2)
		checkValueError(t, err, "x\ufffd")
	}
	// The next message has no memory of it.
	if _, err := resultset.NewDecoder(cols[1:2], resultset.Formats{}).Decode(&b, []byte(`[["a"]]`), 0, 1); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Text(0); err != nil {
		t.Error(err)
	}
}

// sql.Null is valid only after success, also where the value was valid before.
func TestNullAfterFailedScan(t *testing.T) {
	f := &fake{tb: t, table: table{cols: []commands.ColumnInfo{column("D", typed(commands.Double))}, rows: [][]string{{"7"}, {"1.5"}, {"null"}}}}
	r := f.rows(t.Context(), f.header(3, false), resultset.Options{})
	var got []any
	var null sql.Null[int]
	var old sql.NullInt64
	for r.Next() {
		err, oldErr := r.Scan(&null), r.Scan(&old)
		got = append(got, null, old, err == nil, oldErr == nil)
	}
	want := []any{
		sql.Null[int]{V: 7, Valid: true},
		sql.NullInt64{Int64: 7, Valid: true},
		true, true,
		sql.Null[int]{},
		sql.NullInt64{},
		false, false,
		sql.Null[int]{},
		sql.NullInt64{},
		true, true,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Beyond the last row is a panic, in the last word of the bits as well.
func TestBeyondTheLastRow(t *testing.T) {
	var b resultset.Batch
	cols := []commands.ColumnInfo{column("K", decimalType(9, 0)), column("V", varchar(9))}
	if _, err := resultset.NewDecoder(cols, resultset.Formats{}).Decode(&b, []byte(`[[1,null,3],["a",null,"c"]]`), 0, 3); err != nil {
		t.Fatal(err)
	}
	ints, err := b.Int64(0)
	if err != nil {
		t.Fatal(err)
	}
	text, err := b.Text(1)
	if err != nil {
		t.Fatal(err)
	}
	bits := text.Nulls()
	for name, get := range map[string]func(int){
		"Bitmap.Get":        func(i int) { bits.Get(i) },
		"zero Bitmap.Get":   func(int) { new(resultset.Bitmap).Get(0) },
		"Column.Get":        func(i int) { ints.Get(i) },
		"Column.IsNull":     func(i int) { ints.IsNull(i) },
		"TextColumn.Get":    func(i int) { text.Get(i) },
		"TextColumn.IsNull": func(i int) { text.IsNull(i) },
		"TextColumn.Bytes":  func(i int) { text.Bytes(i) },
		"TextColumn.String": func(i int) { _ = text.String(i) },
		"Column.Nulls.Get":  func(i int) { ints.Nulls.Get(i) },
	} {
		for _, i := range []int{3, 63, 64, -1, math.MaxInt} {
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("%s(%d) of 3 rows does not panic", name, i)
					}
				}()
				get(i)
			}()
		}
	}
}
