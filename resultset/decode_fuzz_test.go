package resultset_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/benchdata"
	"github.com/exawire/exawire/resultset"
)

// fuzzColumns are the columns that a fuzzer can choose, one letter each.
var fuzzColumns = map[rune]commands.ColumnInfo{
	'i': decimalCol("I", 18, 0),
	'k': decimalCol("K", 4, 0),
	'd': decimalCol("D", 10, 2),
	'e': decimalCol("E", 4, 2),
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
func oracle(cols []commands.ColumnInfo, data []byte, rows int64) (columns [][]any, consumed int, err error) {
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
			} else if _, number := values[row].(badNumber); !ok && !number && !utf8.Valid(source[i][row]) {
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
	case commands.Decimal, commands.Double:
		if !isText && !isNumber {
			return nil, errors.New("not a number")
		}
		if t.Type == commands.Double {
			return exactDouble(text), nil
		}
		return exactDecimal(t, text, isText), nil
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

// badNumber is a number that is not of its column.
type badNumber string

func exactDouble(text string) any {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || !numberSyntax.MatchString(text) {
		return badNumber(text)
	}
	return f
}

var decimalSyntax = regexp.MustCompile(`^([+-]?)([0-9]*)(?:[.,]([0-9]*))?(?:[eE]([+-]?[0-9]+))?$`)

// exactDecimal reads a DECIMAL by means of math/big.
func exactDecimal(t commands.DataType, text string, isText bool) any {
	parts := decimalSyntax.FindStringSubmatch(text)
	if parts == nil || parts[2]+parts[3] == "" || !isText && strings.Contains(text, ",") {
		return badNumber(text)
	}
	digits, _ := new(big.Int).SetString(parts[2]+parts[3], 10)
	exponent, err := strconv.Atoi(strings.TrimPrefix(cmp.Or(parts[4], "0"), "+"))
	const far = 1000 // more than the digits of any text here
	if exponent = max(-far, min(exponent, far)); err != nil && strings.HasPrefix(parts[4], "-") {
		exponent = -far
	} else if err != nil {
		exponent = far
	}
	scale := len(parts[3]) - exponent
	want, bound := max(0, min(scale, 36)), 36
	if t.Scale != nil {
		want, bound = *t.Scale, *t.Precision
	}
	// The number is digits / 10^scale. It must be an integer / 10^want of few digits.
	ten := func(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }
	n, rest := new(big.Int).QuoRem(new(big.Int).Mul(digits, ten(max(want-scale, 0))), ten(max(scale-want, 0)), new(big.Int))
	for t.Scale == nil && want > 0 && n.Cmp(ten(36)) >= 0 && new(big.Int).Rem(n, big.NewInt(10)).Sign() == 0 {
		n.Quo(n, big.NewInt(10))
		want--
	}
	if rest.Sign() != 0 || n.CmpAbs(ten(bound)) >= 0 {
		return badNumber(text)
	}
	if parts[1] == "-" {
		n.Neg(n)
	}
	if t.Scale != nil && want == 0 && *t.Precision <= 18 {
		return n.Int64()
	}
	d, err := resultset.ParseDecimal(n.String() + "e-" + strconv.Itoa(want))
	if err != nil {
		return badNumber(text)
	}
	return d
}

// sameValue compares a value of the decoder with one of the oracle.
func sameValue(t *testing.T, b *resultset.Batch, col, row int, want any) bool {
	t.Helper()
	var bad *resultset.ValueError
	if bad, isBad := want.(badText); isBad {
		_, err := b.Text(col)
		return sameBad(b, col, row, err, string(bad))
	}
	if bad, isBad := want.(badNumber); isBad {
		return sameBad(b, col, row, columnError(b, col), string([]rune(string(bad))))
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
		return err != nil || got == nil == (want == nil) // text that is none is in its column, and Value gives another form than text
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

// sameBad reports whether a value is an error that has the text, and so is its column.
func sameBad(b *resultset.Batch, col, row int, columnErr error, text string) bool {
	var bad *resultset.ValueError
	if !errors.As(columnErr, &bad) {
		return false
	}
	_, err := b.Value(col, row)
	return errors.As(err, &bad) && bad.Text == text && bad.Row == b.Start()+int64(row) && bad.Column == col
}

func FuzzDecode(f *testing.F) {
	for _, s := range benchdata.All() {
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
		{"dmn", `[["1,5","12345678.90","99999999.995",1.50,150e-2],["0.00","-0.0","1.234,5","1e29",null],["0.50",1,0.5e0,"1.5","0"]]`, 5},
		{"ke", `[[9999,10000,-10000,123456789],["99.99","100","-123456.78",9.990]]`, 4},
		{"u", `[["1` + strings.Repeat("0", 40) + `.0","1.50` + strings.Repeat("0", 40) + `",1e-40]]`, 3},
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
		var cols []commands.ColumnInfo
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
