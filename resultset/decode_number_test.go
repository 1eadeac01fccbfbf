package resultset_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/resultset"
)

// TestDecodeExactNumbers: a number that its type holds is accepted, whatever zeros it is written with.
func TestDecodeExactNumbers(t *testing.T) {
	zeros := strings.Repeat("0", 50)
	for _, tt := range []struct {
		col    commands.ColumnInfo
		values []string
		want   any
	}{
		{decimalCol("A", 4, 1), []string{`"1.50"`, `1.50`, `150e-2`, `"1.5"`, `1.5`, `15E-1`, `"0.15e1"`, `"1.5` + zeros + `"`, `"` + zeros + `1.5"`, `"1,50"`, `15` + zeros + `e-51`}, "1.5"},
		{decimalCol("A", 4, 1), []string{`"0.00"`, `"0"`, `-0`, `-0.0`, `"-0.0"`, `"-0.00"`, `0e400`, `"0,00"`, `"-0` + `.` + zeros + `"`}, "0.0"},
		{decimalCol("A", 4, 1), []string{`"-999.9"`, `-999.9`, `"-999.900"`, `-9999e-1`}, "-999.9"},
		{decimalCol("A", 18, 0), []string{`-0.0`, `"-0.0"`, `"0.00"`, `0.000`, `0e5`}, int64(0)},
		{decimalCol("A", 18, 0), []string{`1.0`, `"1.00"`, `100e-2`, `"1,0"`, `"1."`, `0.1e1`}, int64(1)},
		{decimalCol("A", 1, 0), []string{`9`, `"9"`, `9.00`, `"09"`}, int64(9)},
		{decimalCol("A", 18, 18), []string{`"0.5"`, `0.5`, `"0.5` + zeros + `"`, `".5"`}, "0.5" + strings.Repeat("0", 17)},
		{decimalCol("A", 36, 36), []string{`"0.` + nines + `"`, `"0.` + nines + `00"`}, "0." + nines},
		{decimalCol("A", 36, 0), []string{`"` + nines + `"`, nines, `"` + nines + `.0"`, nines + `0e-1`}, nines},
		{decimalCol("A", 19, 0), []string{`"9999999999999999999"`, `9999999999999999999`}, "9999999999999999999"},
		{typedCol("A", commands.Double), []string{`0`, `0.0`, `0.` + zeros, `0e400`, `"0.` + zeros + `"`}, 0.0},
		{typedCol("A", commands.Double), []string{`1.5`, `1.50`, `150e-2`, `"1.5` + zeros + `"`, `15` + zeros + `e-51`}, 1.5},
	} {
		if text, ok := tt.want.(string); ok {
			tt.want = parseDecimal(t, text)
		}
		for _, value := range tt.values {
			for i, values := range []string{value, value + "," + value, "null," + value} {
				data := "[[" + values + "]]"
				rows := int64(min(1+i, 2))
				for _, behind := range []string{"", tail} {
					var b resultset.Batch
					if _, err := resultset.NewDecoder([]commands.ColumnInfo{tt.col}, resultset.Formats{}).Decode(&b, []byte(data+behind), 0, rows); err != nil {
						t.Errorf("%s as %s: %v", data, tt.col.DataType, err)
						continue
					}
					if got, err := b.Value(0, int(rows)-1); err != nil || got != tt.want {
						t.Errorf("%s as %s = %v, %v, want %v", data, tt.col.DataType, got, err, tt.want)
					}
				}
			}
		}
	}
}

// badNumbers are values whose JSON is sound and that are not of their column, and what their error must say.
var badNumbers = []struct {
	typ          commands.DataType
	value, text  string
	reason, good string
}{
	{decimalType(4, 2), `"123456.78"`, "123456.78", "number has too many digits", `"1"`},
	{decimalType(4, 2), `100`, "100", "number has too many digits", `1`},
	{decimalType(4, 2), `"99.995"`, "99.995", "number has more digits behind the point than its column", `"1"`},
	{decimalType(2, 2), `"1.00"`, "1.00", "number has too many digits", `"0.1"`},
	{decimalType(4, 1), `"1.55"`, "1.55", "number has more digits behind the point than its column", `"1"`},
	{decimalType(4, 1), `155e-2`, "155e-2", "number has more digits behind the point than its column", `1`},
	{decimalType(18, 0), `2.5`, "2.5", "number has more digits behind the point than its column", `1`},
	{decimalType(18, 0), `1000000000000000000`, "1000000000000000000", "number has too many digits", `1`},
	{decimalType(18, 0), `-9223372036854775809`, "-9223372036854775809", "number has too many digits", `1`},
	{decimalType(3, 0), `1000`, "1000", "number has too many digits", `1`},
	{decimalType(3, 0), `"x"`, "x", "malformed number", `1`},
	{decimalType(3, 0), `""`, "", "malformed number", `1`},
	{decimalType(19, 0), `"10000000000000000000"`, "10000000000000000000", "number has too many digits", `"1"`},
	{decimalType(18, 2), `"1.234,5"`, "1.234,5", "malformed number", `"1"`},
	{decimalType(18, 2), `"1.2.3"`, "1.2.3", "malformed number", `"1"`},
	{decimalType(18, 2), `" 1"`, " 1", "malformed number", `"1"`},
	{decimalType(18, 2), `"0\u0030.5x"`, "00.5x", "malformed number", `"1"`},
	{decimalType(36, 0), `1` + nines, "1" + nines, "number has too many digits", `"1"`},
	{decimalType(36, 0), `1e36`, "1e36", "number has too many digits", `1`},
	{typed(commands.Decimal), `"1` + nines + `"`, "1" + nines, "number has too many digits", `"1"`},
	{typed(commands.Double), `1e400`, "1e400", "number is too large for a DOUBLE", `1.5`},
	{typed(commands.Double), `-1e309`, "-1e309", "number is too large for a DOUBLE", `1.5`},
	{typed(commands.Double), `"NaN"`, "NaN", "malformed number", `1.5`},
	{typed(commands.Double), `"01"`, "01", "malformed number", `1.5`},
}

// TestBadNumbers: a number that is not of its column spoils itself alone, in the first message and in those that are
// fetched, whichever way it is read.
func TestBadNumbers(t *testing.T) {
	for _, tt := range badNumbers {
		for _, inline := range []int{5, 0} {
			t.Run(fmt.Sprintf("%s as %s, %d inline", tt.value, tt.typ, inline), func(t *testing.T) {
				open := func() *resultset.Rows {
					f := &fake{tb: t, table: spoilt("V", tt.typ, tt.good, tt.value), step: 3}
					t.Cleanup(func() {
						if len(f.failures) > 0 {
							t.Errorf("the source was told %v", f.failures)
						}
					})
					return f.rows(t.Context(), f.header(inline, inline == 0), resultset.Options{})
				}
				check := func(way string, err error) {
					t.Helper()
					var bad *resultset.ValueError
					if !errors.As(err, &bad) {
						t.Fatalf("%s: %v, want a ValueError", way, err)
					}
					want := resultset.ValueError{Column: 1, Name: "V", Columns: 2, Row: badRow, Type: tt.typ, Text: tt.text, Reason: tt.reason}
					if diff := cmp.Diff(want, *bad); diff != "" {
						t.Errorf("%s: %s", way, diff)
					}
				}
				for _, read := range []func(*testing.T, *resultset.Rows) (int, error){readUntilBad[any], readUntilBad[string], readUntilBad[*float64]} {
					n, err := read(t, open())
					check("Each", err)
					if n != badRow {
						t.Errorf("%d rows arrived before the bad one", n)
					}
				}
				r := open()
				for row := 0; r.Next(); row++ {
					var k int
					var v string
					_, valuesErr := r.Values()
					for way, err := range map[string]error{"Scan": r.Scan(&k, &v), "Values": valuesErr} {
						if row == badRow {
							check(way, err)
						} else if err != nil {
							t.Errorf("%s of row %d: %v", way, row, err)
						}
					}
				}
				if err := r.Err(); err != nil {
					t.Error(err)
				}
				for b, err := range open().Batches() {
					if err != nil {
						t.Fatal(err)
					}
					if _, err := b.Int64(0); err != nil {
						t.Errorf("the other column: %v", err)
					}
					for _, batch := range []*resultset.Batch{b, b.Clone()} {
						err := columnError(batch, 1)
						if b.Start() <= badRow && badRow < b.Start()+int64(b.Len()) {
							check("the column", err)
						} else if err != nil {
							t.Errorf("a column of good values: %v", err)
						}
					}
				}
			})
		}
	}
}

// columnError returns the error of a column of numbers in the form that it has.
func columnError(b *resultset.Batch, col int) (err error) {
	if b.Columns()[col].DataType.Type == commands.Double {
		_, err = b.Float64(col)
	} else {
		_, err = b.Decimal(col)
	}
	return err
}

// TestBadNumbersOfLargeColumns: a bad value is not taken for one that does not fit into the form that was asked for.
func TestBadNumbersOfLargeColumns(t *testing.T) {
	var b resultset.Batch
	if _, err := resultset.NewDecoder([]commands.ColumnInfo{decimalCol("L", 36, 0)}, resultset.Formats{}).Decode(&b, []byte(`[["1","x","3"]]`), 0, 3); err != nil {
		t.Fatal(err)
	}
	var bad *resultset.ValueError
	if _, err := b.Int64(0); !errors.As(err, &bad) || bad.Row != 1 {
		t.Errorf("Int64: %v", err)
	}
	if v, err := b.Value(0, 2); err != nil || v != parseDecimal(t, "3") {
		t.Errorf("the value behind the bad one is %v, %v", v, err)
	}
}

// TestNonsenseTypes: properties of a type that make no sense set no bounds, and break nothing.
func TestNonsenseTypes(t *testing.T) {
	for _, typ := range []commands.DataType{decimalType(0, 0), decimalType(-5, 0), decimalType(2, 5), decimalType(99, 3), decimalType(5, -1), decimalType(5, 99)} {
		for _, behind := range []string{"", tail} {
			var b resultset.Batch
			values := []string{"12345.5", "9223372036854775808", "7"}
			if *typ.Scale == 0 {
				values[0] = "12345"
			}
			data := `[["` + strings.Join(values, `","`) + `"]]`
			if _, err := resultset.NewDecoder([]commands.ColumnInfo{column("N", typ)}, resultset.Formats{}).Decode(&b, []byte(data+behind), 0, 3); err != nil {
				t.Errorf("%s: %v", typ, err)
			}
			for row, text := range values {
				v, err := b.Value(0, row)
				if got, ok := v.(resultset.Decimal); err != nil || !ok || !got.Equal(parseDecimal(t, text)) {
					t.Errorf("%s: %s is %v, %v", typ, text, v, err)
				}
			}
		}
	}
}
