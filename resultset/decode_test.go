package resultset_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/resultset"
)

// tail is what follows the columns in a message. It is long enough for the wide loads of the decoder to reach the last
// value, so tests decode everything with and without it.
const tail = `},"attributes":{"a":"0123456789012345678901234567890123456789012345678901234567890123456789"}}`

// decodeOne decodes a single column, with and without a tail, and returns its values.
func decodeOne(t *testing.T, col commands.ColumnInfo, f resultset.Formats, values string) []any {
	t.Helper()
	rows := int64(strings.Count(values, " ") + 1)
	data := "[[" + strings.ReplaceAll(values, " ", ",") + "]]"
	var got []any
	for _, behind := range []string{"", tail} {
		for _, layout := range []func(string) string{
			func(s string) string { return s },
			func(s string) string { return "\n " + strings.NewReplacer(",", " ,\t", "]", " ] ").Replace(s) },
		} {
			text := layout(data)
			if strings.Contains(data, `"`) && text != data {
				continue // the replacements would reach into strings
			}
			var b resultset.Batch
			consumed, err := resultset.NewDecoder([]commands.ColumnInfo{col}, f).Decode(&b, []byte(text+behind), 0, rows)
			if err != nil {
				t.Fatalf("decode %s: %v", text, err)
			}
			if want := len(strings.TrimRight(text, " ")); consumed != want {
				t.Errorf("decode %s consumed %d bytes, want %d", text, consumed, want)
			}
			var list []any
			for row := range b.Len() {
				v, err := b.Value(0, row)
				if err != nil {
					t.Fatalf("decode %s: row %d: %v", text, row, err)
				}
				list = append(list, v)
			}
			if got != nil {
				if diff := cmp.Diff(got, list); diff != "" {
					t.Errorf("decode %s: the result depends on white space or on what follows:\n%s", text, diff)
				}
			}
			got = list
		}
	}
	return got
}

func TestDecodeValues(t *testing.T) {
	utc := func(text string) time.Time {
		v, err := time.Parse("2006-01-02 15:04:05.999999999", text)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	zone := time.FixedZone("ZONE", -3600)
	number := func(text string) resultset.Decimal { return parseDecimal(t, text) }
	tests := []struct {
		name    string
		col     commands.ColumnInfo
		formats resultset.Formats
		values  string // separated by blanks
		want    []any
	}{
		{
			"int64", decimalCol("A", 18, 0),
			resultset.Formats{},
			`0 -0 7 -7 12345678 123456789 1234567890123456 -12345678901234567 999999999999999999 -999999999999999999 null 1 null null "42" "-999999999999999999" 12e3 2.0 -0.0 1.50e2 "7,00" "007"`,
			[]any{
				int64(0), int64(0), int64(7), int64(-7), int64(12345678), int64(123456789), int64(1234567890123456), int64(-12345678901234567), int64(999999999999999999),
				int64(-999999999999999999), nil, int64(1), nil, nil, int64(42), int64(-999999999999999999), int64(12000), int64(2), int64(0), int64(150), int64(7), int64(7),
			},
		},
		{
			"scaled decimal", decimalCol("A", 18, 2),
			resultset.Formats{},
			`"0.7" "1" "-0.01" "12345678.25" "123456789012345.6" "-9999999999999999.99" 1.5 7 null "0" "-0" "1e1" 1.5e1 "\u0031.5" ".5" "1234567890123456.7" "2.340" "-0.000" 150e-1 "1;5" "0000000000000000000000001.5"`,
			[]any{
				number("0.70"), number("1.00"), number("-0.01"), number("12345678.25"), number("123456789012345.60"), number("-9999999999999999.99"), number("1.50"), number("7.00"), nil,
				number("0.00"), number("0.00"), number("10.00"), number("15.00"), number("1.50"), number("0.50"), number("1234567890123456.70"), number("2.34"), number("0.00"), number("15.00"), number("1.50"), number("1.50"),
			},
		},
		{
			"all digits behind the point", decimalCol("A", 36, 36),
			resultset.Formats{},
			`"0.` + nines + `" "-0.1" "0"`,
			[]any{number("0." + nines), number("-0.1" + strings.Repeat("0", 35)), number("0." + strings.Repeat("0", 36))},
		},
		{
			"large integers", decimalCol("A", 36, 0),
			resultset.Formats{},
			`"` + nines + `" "-` + nines + `" 18446744073709551615 18446744073709551616 "999999999999999999" 5 null`,
			[]any{number(nines), number("-" + nines), number("18446744073709551615"), number("18446744073709551616"), number("999999999999999999"), number("5"), nil},
		},
		{
			"decimal of unknown scale", typedCol("A", commands.Decimal),
			resultset.Formats{},
			`"0.70" 5 null`,
			[]any{number("0.70"), number("5"), nil},
		},
		{
			"another separator", decimalCol("A", 10, 2),
			resultset.Formats{DecimalPoint: '\''},
			`"0'7" "1.5" "1;5" 2.5`,
			[]any{number("0.70"), number("1.50"), number("1.50"), number("2.50")},
		},
		{
			"decimal comma", decimalCol("A", 10, 2),
			resultset.Formats{DecimalPoint: ','},
			`"0;7" 1.5 "-12345678;90" "1.50" "8" "1;5e1" null`,
			[]any{number("0.70"), number("1.50"), number("-12345678.90"), number("1.50"), number("8.00"), number("15.00"), nil},
		},
		{
			"double", typedCol("A", commands.Double),
			resultset.Formats{},
			`0 -0 -0.0 3 -357886640000000 123.456 0.10000000000000001 4.827728e-28 1.7975999999999999e+308 5e-324 2.2250738585072011e-308 1e22 1e23 9007199254740993 0.00012345678901234567 null "1.5" 123456789012345678901234567890 1E5 1e-400`,
			[]any{
				0.0, math.Copysign(0, -1), math.Copysign(0, -1), 3.0, -357886640000000.0, 123.456, 0.1, 4.827728e-28, 1.7975999999999999e+308, 5e-324, 2.2250738585072011e-308, 1e22, 1e23,
				9007199254740992.0, 0.00012345678901234567, nil, 1.5, 123456789012345678901234567890.0, 1e5, 0.0,
			},
		},
		{"boolean", typedCol("A", commands.Boolean), resultset.Formats{}, `true false null true true false`, []any{true, false, nil, true, true, false}},
		{
			"varchar", textCol("A", 100),
			resultset.Formats{},
			`"a" "" null "\n" "\"\\\/\b\f\r\t" "\u00e9\u20ac\ud83d\ude00" "` + "\u00e9\u20ac\U0001F600" + `" "0123456789\t0123456789\n0123456789012345678901234567890123456789" "\u0000"`,
			[]any{
				"a", "", nil, "\n", "\"\\/\b\f\r\t", "\u00e9\u20ac\U0001F600", "\u00e9\u20ac\U0001F600", "0123456789\t0123456789\n0123456789012345678901234567890123456789", "\x00",
			},
		},
		{
			"date", typedCol("A", commands.Date),
			resultset.Formats{},
			`"2024-06-18" null "0001-01-01" "9999-12-31"`,
			[]any{utc("2024-06-18 00:00:00"), nil, utc("0001-01-01 00:00:00"), utc("9999-12-31 00:00:00")},
		},
		{"timestamp without time", typedCol("A", commands.Timestamp), resultset.Formats{Timestamp: "DD.MM.YYYY"}, `"18.06.2024"`, []any{utc("2024-06-18 00:00:00")}},
		{"date in another format", typedCol("A", commands.Date), resultset.Formats{Date: "DD.MM.YYYY"}, `"18.06.2024"`, []any{utc("2024-06-18 00:00:00")}},
		{
			"local timestamp", typedCol("A", commands.TimestampLTZ),
			resultset.Formats{Timestamp: "YYYY-MM-DD_HH24:MI:SS.FF9", Location: zone},
			`"2024-06-18_17:22:13.123456789"`,
			[]any{time.Date(2024, 6, 18, 17, 22, 13, 123456789, zone)},
		},
		{
			"interval year to month", typedCol("A", commands.IntervalYearToMonth),
			resultset.Formats{},
			`"+05-03" "-00-11" null "+1000-05"`,
			[]any{resultset.YearMonth{Months: 63}, resultset.YearMonth{Months: -11}, nil, resultset.YearMonth{Months: 12005}},
		},
		{"hashtype", typedCol("A", commands.Hashtype), resultset.Formats{}, `"550e8400e29b11d4a716446655440000" null`, []any{"550e8400e29b11d4a716446655440000", nil}},
		{"unknown type", typedCol("A", "VECTOR"), resultset.Formats{}, `"a\n" [1,{"b":"\n"}] null 5 true`, []any{"a\n", `[1,{"b":"\n"}]`, nil, "5", "true"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := decodeOne(t, tt.col, tt.formats, strings.ReplaceAll(tt.values, ";", ","))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("values (-want +got):\n%s", diff)
			}
			for i, v := range got {
				if f, ok := v.(float64); ok && math.Signbit(f) != math.Signbit(tt.want[i].(float64)) {
					t.Errorf("row %d: %v has the wrong sign", i, f)
				}
			}
		})
	}
}

// TestDecodeTimestamps has values with blanks, which decodeOne cannot take.
func TestDecodeTimestamps(t *testing.T) {
	cols := []commands.ColumnInfo{typedCol("T", commands.Timestamp), typedCol("D", commands.IntervalDayToSecond), typedCol("G", commands.Geometry), typedCol("C", commands.Char)}
	data := `[["2024-06-18 17:22:13.123000","0001-01-01 00:00:00.000000"],["-00 00:00:01.000","+02 12:50:10.123"],["POINT (1 2)",null],["abc  ","     "]]`
	var b resultset.Batch
	if _, err := resultset.NewDecoder(cols, resultset.Formats{}).Decode(&b, []byte(data), 7, 2); err != nil {
		t.Fatal(err)
	}
	var got []any
	for col := range cols {
		for row := range b.Len() {
			v, err := b.Value(col, row)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, v)
		}
	}
	want := []any{
		time.Date(2024, 6, 18, 17, 22, 13, 123e6, time.UTC), time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC),
		resultset.DaySecond{Nanos: -1e9},
		resultset.DaySecond{Days: 2, Nanos: 46210_123_000_000},
		"POINT (1 2)", nil, "abc  ", "     ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	if b.Start() != 7 {
		t.Errorf("Start = %d, want 7", b.Start())
	}
}

func TestDecodeRefuses(t *testing.T) {
	integer, scaled := decimalCol("I", 18, 0), decimalCol("S", 18, 2)
	double, boolean, text, date := typedCol("F", commands.Double), typedCol("B", commands.Boolean), textCol("T", 9), typedCol("D", commands.Date)
	tests := []struct {
		col    commands.ColumnInfo
		values string // of three rows
		row    int64  // that is to blame, -1 for none
	}{
		{integer, `1,2`, -1},
		{integer, `1,2,3,4`, -1},
		{integer, ``, -1},
		{integer, `1,2,`, -1},
		{integer, `1,,3`, 1},
		{integer, `1 2,3,4`, 0},
		{integer, `1,2;3`, 1},
		{integer, `1,true,3`, 1},
		{integer, `1,2,[3]`, 2},
		{integer, `1,nul,3`, 1},
		{integer, `1,nulll,3`, 1},
		{integer, `01,2,3`, 0},
		{integer, `1,-,3`, 1},
		{integer, `1,+2,3`, 1},
		{integer, `1,"1,3`, 1},
		{integer, `1,NaN,3`, 1},
		{integer, `1,0x1,3`, 1},
		{integer, `{},2,3`, 0},
		{scaled, `1,.5,3`, 1},
		{scaled, `1,5.,3`, 1},
		{scaled, `"1","2"5,"3"`, 1},
		{scaled, `"1",2","3"`, 1},
		{scaled, `"1","2,"3"`, 1},
		{double, `1,1.,3`, 1},
		{double, `1,.5,3`, 1},
		{double, `1,1e,3`, 1},
		{double, `1,1e+,3`, 1},
		{double, `1,01.5,3`, 1},
		{double, `1,-,3`, 1},
		{double, `1,1.5.5,3`, 1},
		{double, `1,true,3`, 1},
		{double, `1,1.5e5x,3`, 1},
		{double, `1,00,3`, 1},
		{boolean, `true,True,true`, 1},
		{boolean, `true,1,true`, 1},
		{boolean, `true,"true",true`, 1},
		{boolean, `true,tru,true`, 1},
		{boolean, `true,falsee,true`, 1},
		{boolean, `truee,true,true`, 0},
		{text, `"a",1,"c"`, 1},
		{text, `"a",true,"c"`, 1},
		{text, `"a",["b"],"c"`, 1},
		{text, `"a",b,"c"`, 1},
		{text, "\"a\",\"\n\",\"c\"", 1},
		{text, `"a","\x","c"`, 1},
		{text, `"a","b"c","d"`, 1},
		{text, `"a","\n"x,"c"`, 1},
		{text, `"a","b`, 1},
		{text, `"a","\n\`, 1},
		{text, "\"a\",\"\\n\x01\",\"c\"", 1},
		{date, `"2024-01-01",5,null`, 1},
		{typedCol("U", "VECTOR"), `1,[,3`, 1},
		{typedCol("U", "VECTOR"), `1,"\x",3`, 1},
		{typedCol("U", "VECTOR"), `1,` + strings.Repeat("[", 1000) + `,3`, 1},
	}
	for _, tt := range tests {
		for _, behind := range []string{"", tail} {
			data := `[[` + tt.values + `]]` + behind
			cols := []commands.ColumnInfo{tt.col}
			var b resultset.Batch
			consumed, err := resultset.NewDecoder(cols, resultset.Formats{}).Decode(&b, []byte(data), 100, 3)
			var broken *resultset.DataError
			if !errors.As(err, &broken) {
				t.Errorf("%s as %s: error = %v, want a DataError", data, tt.col.DataType, err)
				continue
			}
			if consumed != 0 || b.Len() != 0 {
				t.Errorf("%s as %s: %d bytes consumed, batch of %d rows in spite of the error", data, tt.col.DataType, consumed, b.Len())
			}
			if len(data) < 3*2 {
				continue // too short to look at the values at all
			}
			row := tt.row
			if row >= 0 {
				row += 100
			}
			if broken.Column != 0 || broken.Name != tt.col.Name || broken.Row != row || broken.Reason == "" {
				t.Errorf("%s as %s: %v (row %d), want row %d", data, tt.col.DataType, err, broken.Row, row)
			}
		}
	}
}

func TestDecodeShapes(t *testing.T) {
	cols := []commands.ColumnInfo{decimalCol("A", 18, 0), textCol("B", 10)}
	tests := []struct {
		data string
		rows int64
		ok   bool
	}{
		{`[[1,2],["a","b"]]`, 2, true},
		{`[[1,2],["a","b"]]}}`, 2, true},
		{` [ [ 1 , 2 ] , [ "a" , "b" ] ] `, 2, true},
		{`[[],[]]`, 0, true},
		{`[[ ],[ ]]`, 0, true},
		{`[]`, 0, true},
		{``, 0, true},
		{` [ ] `, 0, true},
		{`[[1,2],["a","b"]]`, 1, false},
		{`[[1,2],["a","b"]]`, 3, false},
		{`[[1,2],["a"]]`, 2, false},
		{`[[1],["a","b"]]`, 2, false},
		{`[[1,2]]`, 2, false},
		{`[[1,2],["a","b"],[3,4]]`, 2, false},
		{`[[],[]]`, 1, false},
		{`[[1,2],null]`, 2, false},
		{`[null,null]`, 0, false},
		{`null`, 0, false},
		{`null`, 2, false},
		{`{}`, 0, false},
		{`[[1,2]["a","b"]]`, 2, false},
		{`[[1,2],["a","b"]`, 2, false},
		{`[[1,2],["a","b"]}`, 2, false},
		{``, 1, false},
		{`[]`, 1, false},
		{`[[1,2],["a","b"],]`, 2, false},
		{`[[1,2],]`, 2, false},
		{`[[[1,2],["a","b"]]]`, 2, false},
		{`[[1,2],["a","b"]]`, -1, false},
		{`[[1,2],["a","b"]]`, math.MaxInt64, false},
		{`[{},[]]`, 0, false},
		{`[[]]`, 0, false},
	}
	for _, tt := range tests {
		var b resultset.Batch
		_, err := resultset.NewDecoder(cols, resultset.Formats{}).Decode(&b, []byte(tt.data), 0, tt.rows)
		var broken *resultset.DataError
		if (err == nil) != tt.ok || err != nil && !errors.As(err, &broken) {
			t.Errorf("%d rows in %s: %v", tt.rows, tt.data, err)
		}
		if err == nil && (b.Len() != int(tt.rows) || b.NumColumns() != 2) {
			t.Errorf("%d rows in %s: %d rows of %d columns", tt.rows, tt.data, b.Len(), b.NumColumns())
		}
	}
	var b resultset.Batch
	if _, err := resultset.NewDecoder(cols, resultset.Formats{}).Decode(&b, []byte(`[[1,2],["a","b"]]`), math.MaxInt64, 2); err == nil {
		t.Error("a row number above the largest integer passed")
	}
	if _, err := resultset.NewDecoder(nil, resultset.Formats{}).Decode(&b, []byte(`[]`), 0, 5); err == nil {
		t.Error("rows without columns passed")
	}
}
