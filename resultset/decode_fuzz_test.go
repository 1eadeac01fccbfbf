package resultset_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/shapes"
	"github.com/exawire/exawire/resultset"
)

// fuzzColumns are the columns that a fuzzer can choose, one letter each.
var fuzzColumns = map[rune]commands.Column{
	'i': decimalCol("I", 18, 0),
	'd': decimalCol("D", 10, 2),
	's': decimalCol("S", 36, 20),
	'm': decimalCol("M", 30, 12),
	'n': decimalCol("N", 18, 18),
	'l': decimalCol("L", 36, 0),
	'u': typedCol("U", commands.Decimal),
	'f': typedCol("F", commands.Double),
	'b': typedCol("B", commands.Boolean),
	't': textCol("T", 100),
	'c': typedCol("C", commands.Timestamp),
	'y': typedCol("Y", commands.IntervalYearToMonth),
	'w': typedCol("W", commands.IntervalDayToSecond),
	'x': typedCol("X", "NEW TYPE"),
}

var (
	numberSyntax = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)
	surrogates   = regexp.MustCompile(`(?i)\\u(d[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|d[89a-f][0-9a-f]{2})`)
)

// oracle decodes columns the slow and obvious way: encoding/json into [][]any, then each value by its column. It returns
// the number of bytes of the array.
func oracle(cols []commands.Column, data []byte, rows int64) (columns [][]any, consumed int, err error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var raw [][]any
	if err := decoder.Decode(&raw); err != nil {
		return nil, 0, err
	}
	consumed = int(decoder.InputOffset())
	var source [][]json.RawMessage
	if err := json.Unmarshal(data[:consumed], &source); err != nil {
		return nil, 0, err
	}
	switch {
	case raw == nil:
		return nil, 0, errors.New("not an array")
	case len(raw) == 0 && rows == 0:
		return make([][]any, len(cols)), consumed, nil
	case len(raw) != len(cols):
		return nil, 0, errors.New("number of columns")
	}
	for i, values := range raw {
		if values == nil || int64(len(values)) != rows {
			return nil, 0, errors.New("number of rows")
		}
		for row, v := range values {
			if v == nil {
				continue
			}
			if values[row], err = convert(cols[i].DataType, v); err != nil {
				return nil, 0, fmt.Errorf("column %d row %d: %w", i, row, err)
			}
			if text, ok := values[row].(string); ok && !isUnicode(source[i][row]) {
				values[row] = badText(text)
			} else if !ok && !utf8.Valid(source[i][row]) {
				values[row] = badText([]rune(string(source[i][row])))
			}
		}
	}
	return raw, consumed, nil
}

// badText is a value that is no Unicode text, with U+FFFD in place of that.
type badText string

// isUnicode reports whether the source of a string has half a surrogate pair or is not UTF-8.
func isUnicode(source []byte) bool {
	for _, escape := range surrogates.FindAll(bytes.ReplaceAll(source, []byte(`\\`), []byte(" ")), -1) {
		if len(escape) == 6 {
			return false
		}
	}
	return utf8.Valid(source)
}

// convert turns what encoding/json makes of a value into what the decoder should.
func convert(t commands.DataType, v any) (any, error) {
	text, isText := v.(string)
	number, isNumber := v.(json.Number)
	if isNumber {
		text = string(number)
	}
	switch t.Type {
	case commands.Decimal:
		if !isText && !isNumber {
			return nil, errors.New("not a number")
		}
		d, err := resultset.ParseDecimal(text)
		if err != nil || t.Scale == nil {
			return d, err
		}
		d, ok := rescale(d, *t.Scale)
		if !ok {
			return nil, errors.New("too many digits")
		}
		if *t.Precision <= 18 && *t.Scale == 0 {
			n, exact := d.Int64()
			if !exact {
				return nil, errors.New("too large")
			}
			return n, nil
		}
		return d, nil
	case commands.Double:
		if !isText && !isNumber || !numberSyntax.MatchString(text) {
			return nil, errors.New("not a number")
		}
		return strconv.ParseFloat(text, 64)
	case commands.Boolean:
		if _, ok := v.(bool); !ok {
			return nil, errors.New("not a boolean")
		}
		return v, nil
	}
	if !isText && t.Type != "NEW TYPE" {
		return nil, errors.New("not a string")
	}
	return v, nil
}

// rescale only takes a larger scale.
func rescale(d resultset.Decimal, scale int) (resultset.Decimal, bool) {
	if d.Scale() > scale {
		return d, false
	}
	return d.Rescale(scale)
}

// sameValue compares a value of the decoder with one of the oracle.
func sameValue(t *testing.T, b *resultset.Batch, col, row int, want any) bool {
	t.Helper()
	var bad *resultset.ValueError
	if bad, isBad := want.(badText); isBad {
		return sameBadText(b, col, row, string(bad))
	}
	text, err := b.Text(col)
	if err == nil {
		if text.IsNull(row) || want == nil {
			return text.IsNull(row) == (want == nil)
		}
		if s, ok := want.(string); ok {
			return text.String(row) == s
		}
		// Raw JSON of a column of a type that is not known.
		decoder := json.NewDecoder(bytes.NewReader(text.Bytes(row)))
		decoder.UseNumber()
		var got any
		return decoder.Decode(&got) == nil && reflect.DeepEqual(got, want)
	}
	broken := errors.As(err, &bad)
	got, err := b.Value(col, row)
	if broken && (b.Columns()[col].DataType.Type == "NEW TYPE" || errors.As(err, &bad) || reflect.TypeOf(got) != reflect.TypeOf(want)) {
		return got == nil == (want == nil) // text that is none is in its column, and Value gives another form than text
	}
	if err != nil {
		t.Errorf("column %d row %d: %v", col, row, err)
	}
	if f, ok := want.(float64); ok {
		g, ok := got.(float64)
		return ok && math.Float64bits(f) == math.Float64bits(g)
	}
	return got == want
}

// sameBadText reports whether a value is an error that has the text, and its column is an error, too.
func sameBadText(b *resultset.Batch, col, row int, text string) bool {
	var bad *resultset.ValueError
	if _, err := b.Text(col); !errors.As(err, &bad) {
		return false
	}
	_, err := b.Value(col, row)
	return errors.As(err, &bad) && bad.Text == text && bad.Row == b.Start()+int64(row) && bad.Column == col
}

func FuzzDecode(f *testing.F) {
	for _, s := range shapes.All() {
		types := map[string]string{"mixed10": "iidfcttbtt", "narrow": "iiff", "wide": "tttttt"}[s.Name]
		f.Add(types, s.Data(1), uint16(1))
	}
	for _, seed := range []struct {
		types, data string
		rows        uint16
	}{
		{"i", `[[1,-2,null,"3",12e3,0]]`, 6},
		{"i", `[[9223372036854775808]]`, 1},
		{"i", `[[123456789012345678,-999999999999999999,01]]`, 3},
		{"d", `[["0.7","1","-0.01",1.5,null,"-0","1e-2"]]`, 7},
		{"sl", `[["0.00000000000000000001","1"],["` + nines + `",18446744073709551616]]`, 2},
		{"u", `[["1.50",2]]`, 2},
		{"f", `[[0.10000000000000001,-0,1.7975999999999999e+308,5e-324,"1.5",123456789012345678901234567890,9007199254740993]]`, 7},
		{"f", `[[1e400]]`, 1},
		{"f", `[[1.2e3x,00,1.]]`, 3},
		{"b", `[[true,false,null]]`, 3},
		{"t", `[["\ud83d\ude00","\n\\","` + "\u00e9\u20ac\U0001F600" + `",null,""]]`, 5},
		{"t", `[["\ud83d"]]`, 1},
		{"t", "[[\"\xff\",\"\\n\xc3\"]]", 2},
		{"cyw", `[["2024-06-18 17:22:13.123000","x"],["+05-03","-00-11"],["-00 00:00:01.000",null]]`, 2},
		{"t", `[["a","\ud83d","\ud83d\ud83d\ude00",null,"x\n\ude00y"]]`, 5},
		{"cx", "[[\"\\ud800\",\"2024-06-18 17:22:13.123000\",null],[{\"\xff\":1},\"\xff\",null]]", 3},
		{"ifs", `[["\ud800"],["1"],["1"]]`, 1},
		{"x", `[[{"a":[1,2]},"\n",5]]`, 3},
		{"ii", `[]`, 0},
		{"ii", `[[],[]]`, 0},
		{"", `[]`, 0},
		{"i", `[null]`, 0},
		{"i", ` [ [ 1 , 2 ] ] } `, 2},
	} {
		f.Add(seed.types, []byte(seed.data), seed.rows)
	}
	f.Fuzz(func(t *testing.T, types string, data []byte, rows16 uint16) {
		var cols []commands.Column
		for _, letter := range types {
			if col, ok := fuzzColumns[letter]; ok {
				cols = append(cols, col)
			}
		}
		if strings.Count(string(data), "[")+strings.Count(string(data), "{") > 500 {
			return // deeper than this package takes, and encoding/json takes more
		}
		rows := int64(rows16)
		if len(data) == 0 || len(cols) == 0 && rows > 0 {
			return
		}
		want, wantConsumed, wantErr := oracle(cols, data, rows)
		decoder := resultset.NewDecoder(cols, resultset.Formats{})
		var b resultset.Batch
		for _, message := range [][]byte{bytes.Clone(data), append(bytes.Clone(data), tail...)} {
			if wantErr != nil && len(message) != len(data) {
				if _, _, err := oracle(cols, message, rows); err == nil {
					return // the tail has completed the array
				}
			}
			consumed, err := decoder.Decode(&b, message, 1, rows)
			if (err == nil) != (wantErr == nil) {
				t.Fatalf("decode %q as %s: %v, want %v", data, types, err, wantErr)
			}
			if err != nil {
				var broken *resultset.DataError
				if !errors.As(err, &broken) || b.Len() != 0 {
					t.Fatalf("decode %q as %s: %v, %d rows", data, types, err, b.Len())
				}
				continue
			}
			if consumed != wantConsumed {
				t.Fatalf("decode %q as %s: %d bytes consumed, want %d", data, types, consumed, wantConsumed)
			}
			checkBatch(t, &b, want, rows)
			checkBatch(t, b.Clone(), want, rows)
		}
	})
}

// checkBatch compares a batch with the columns of the oracle and asks for every other form of its columns.
func checkBatch(t *testing.T, b *resultset.Batch, want [][]any, rows int64) {
	t.Helper()
	if int64(b.Len()) != rows || b.NumColumns() != len(want) {
		t.Fatalf("%d rows of %d columns, want %d of %d", b.Len(), b.NumColumns(), rows, len(want))
	}
	for col := range want {
		for row, v := range want[col] {
			if !sameValue(t, b, col, row, v) {
				got, err := b.Value(col, row)
				t.Fatalf("column %d row %d = %#v, %v; want %#v", col, row, got, err, v)
			}
		}
		_, _ = b.Int64(col)
		_, _ = b.Decimal(col)
		_, _ = b.Time(col)
		_, _ = b.YearMonth(col)
		_, _ = b.DaySecond(col)
	}
}
