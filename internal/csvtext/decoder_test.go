package csvtext_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/internal/csvtext"
)

// decodeAll decodes data in blocks that end at the given places. It returns the columns and the first error.
func decodeAll(kinds []csvtext.Kind, point byte, data []byte, next func(left int) int) (columns [][]any, rows int, err error) {
	d := csvtext.NewDecoder(kinds, point)
	columns = make([][]any, len(kinds))
	var places csvtext.Places
	take := func() error {
		n := d.Rows()
		if n == 0 {
			return nil
		}
		size := d.Bytes()
		text := d.Append(nil, &places)
		if len(text) > size || len(text) < size-4*len(kinds) {
			return fmt.Errorf("%d bytes announced, got %d", size, len(text))
		}
		text, err := asJSON(text, places.Ends)
		if err != nil {
			return err
		}
		outer, err := values(text)
		if err != nil {
			return fmt.Errorf("no JSON: %w", err)
		}
		if len(outer) != len(kinds) {
			return fmt.Errorf("%d columns, not %d", len(outer), len(kinds))
		}
		for i, c := range outer {
			column, ok := c.([]any)
			if !ok || len(column) != n {
				return fmt.Errorf("column %d has %d values, not %d", i, len(column), n)
			}
			columns[i] = append(columns[i], column...)
		}
		rows += n
		return nil
	}
	var rest []byte
	for len(data) > 0 {
		n := min(max(next(len(data)), 1), len(data))
		rest = append(rest, data[:n]...)
		data = data[n:]
		consumed, decodeErr := d.Decode(rest)
		rest = bytes.Clone(rest[consumed:])
		if err := take(); err != nil {
			return nil, 0, err
		}
		if decodeErr != nil {
			return columns, rows, decodeErr
		}
	}
	return columns, rows, d.End(rest)
}

// asJSON makes arrays of JSON of the columns that are texts.
func asJSON(data []byte, ends [][]uint32) ([]byte, error) {
	out, rest := []byte("["), data[1:]
	for i, column := range ends {
		if i > 0 {
			if rest[0] != ',' {
				return nil, fmt.Errorf("%q instead of a comma before column %d", rest[0], i)
			}
			out, rest = append(out, ','), rest[1:]
		}
		if column == nil {
			end := bytes.IndexByte(rest, ']') + 1
			out, rest = append(out, rest[:end]...), rest[end:]
			continue
		}
		texts, start := make([]any, len(column)), 0
		for row, end := range column {
			if int(end) > start {
				texts[row] = string(rest[start:end])
			}
			start = int(end)
		}
		encoded, err := json.Marshal(texts)
		if err != nil {
			return nil, err
		}
		out, rest = append(out, encoded...), rest[start:]
	}
	if string(rest) != "]" {
		return nil, fmt.Errorf("%q behind the columns", rest)
	}
	return append(out, ']'), nil
}

// check compares with the oracle.
func check(t *testing.T, kinds []csvtext.Kind, point byte, data []byte, next func(int) int) {
	t.Helper()
	columns, rows, err := decodeAll(kinds, point, data, next)
	var at *csvtext.Error
	if err != nil && !errors.As(err, &at) {
		t.Fatalf("%v of %q: %v", kinds, data, err)
	}
	want, wantRows, sound := slowDecode(kinds, point, data)
	if sound != (err == nil) || rows != wantRows {
		t.Fatalf("%v of %q, point %q: %d rows, %v; want %d rows, all of it: %t", kinds, data, point, rows, err, wantRows, sound)
	}
	if at != nil && at.Row != int64(wantRows) {
		t.Fatalf("%v of %q: %v, but %d rows are sound", kinds, data, err, wantRows)
	}
	for i := range columns {
		for row, v := range columns[i] {
			if !equal(kinds[i], v, want[i][row], point) {
				t.Fatalf("%v of %q, row %d, column %d: %#v, want %#v", kinds, data, row, i, v, want[i][row])
			}
		}
	}
}

// slowDecode returns the columns of the rows before the first that is broken, and whether there is none.
func slowDecode(kinds []csvtext.Kind, point byte, data []byte) (columns [][]any, rows int, sound bool) {
	records, whole, err := slowRows(data)
	columns = make([][]any, len(kinds))
	for _, record := range records {
		if len(record) != len(kinds) {
			return columns, rows, false
		}
		converted := make([]any, len(kinds))
		for i, text := range record {
			var err error
			if converted[i], err = slowValue(kinds[i], text, point); err != nil || tooLong(kinds[i], converted[i]) {
				return columns, rows, false
			}
		}
		for i, v := range converted {
			columns[i] = append(columns[i], v)
		}
		rows++
	}
	return columns, rows, err == nil && whole == len(data)
}

// tooLong reports whether a DECIMAL has more than 36 digits. Exponents make it hard to tell; no test has any of those.
func tooLong(kind csvtext.Kind, v any) bool {
	text, ok := v.(string)
	if !ok || kind != csvtext.Decimal && kind != csvtext.Integer {
		return false
	}
	whole, fraction, _ := strings.Cut(strings.TrimLeft(text, "+-"), ".")
	fraction = strings.TrimRight(fraction, "0")
	return len(strings.TrimLeft(whole+fraction, "0")) > 36 || len(fraction) > 36
}

// equal compares a JSON value with that of the oracle.
func equal(kind csvtext.Kind, got, want any, point byte) bool {
	switch kind {
	case csvtext.Text, csvtext.Plain, csvtext.Boolean:
		return got == want
	}
	var text string
	switch v := got.(type) {
	case nil:
		return want == nil
	case json.Number:
		text = v.String()
		if kind == csvtext.Decimal {
			return false
		}
	case string:
		if text = strings.Replace(v, string(rune(point)), ".", 1); kind == csvtext.Double {
			return false
		}
	}
	wanted, ok := want.(string)
	return ok && normal(text) == normal(wanted)
}

// normal writes a number without what does not count.
func normal(text string) string {
	text = strings.ToLower(strings.TrimPrefix(text, "+"))
	negative := strings.HasPrefix(text, "-")
	mantissa, exponent, _ := strings.Cut(strings.TrimPrefix(text, "-"), "e")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	return fmt.Sprint(negative, strings.TrimLeft(whole, "0"), "|", fraction, "|", exponent)
}

var fields = []string{
	``, ``, `1`, `0`, `42`, `-7`, `1234567`, `12345678`, `123456789012`, `999999999999999999`, `-999999999999999999`, `12345678901234567890123456`, `1.5`, `-0.25`, `.5`, `+3`, `007`, `-.5`,
	`1e5`, `1.5E-7`, `0.12345678901234567`, `"1"`, `"1.5"`, `"1,5"`, `1;5`, `""`, `"a"`, `a`, `plain`, `"two words"`, `"a,b"`, `"say ""yes"""`, `""""`, `"line` + "\n" + `break"`,
	"tab\there", `back\slash`, "nul\x00", "größe", `"größe und mehr"`, "\xff\xfe", "\"\xc3\"", `2001-02-03`, `"2001-02-03 04:05:06.123456"`, `a rather long text that takes several words of eight bytes`,
	`"a rather long text that takes several words, and has ""quotes"" in it"`, "cr\r", "1234567890123456789012345678901234567", "-", "1.", ".", "e5", "1e", "123456789012345678", "12345678.5", "1234567890123456.12345678901234567890",
	"12345678901234567.5", "1234567890123456.123645678901234567890", "0", "00", "-0", "0.0",
}

var stray = []string{`a"b`, `"a"b`, `"`, `"a`, `""a`, `a""`}

func TestDecoderAgainstOracle(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 20000 {
		kinds := randomKinds(r)
		for i := range kinds { // most tables are sound more often than not
			if r.IntN(2) == 0 {
				kinds[i] = csvtext.Text
			}
		}
		point := ".,;"[r.IntN(3)]
		var data []byte
		for range r.IntN(12) {
			n := len(kinds)
			if r.IntN(40) == 0 {
				n += r.IntN(3) - 1
			}
			for i := range n {
				if i > 0 {
					data = append(data, ',')
				}
				field := fields[r.IntN(len(fields))]
				switch {
				case r.IntN(100) == 0:
					field = stray[r.IntN(len(stray))]
				case i < len(kinds) && kinds[i] != csvtext.Text && r.IntN(50) > 0:
					for tries := 0; tries < 50; tries++ {
						if record, _, err := slowRows([]byte(field + "\n")); err == nil && len(record) == 1 && len(record[0]) == 1 {
							if _, err := slowValue(kinds[i], record[0][0], point); err == nil {
								break
							}
						}
						field = fields[r.IntN(len(fields))]
					}
				}
				data = append(data, field...)
			}
			data = append(data, '\n')
		}
		if r.IntN(10) == 0 && len(data) > 0 {
			data = data[:r.IntN(len(data))]
		}
		size := 1 + r.IntN(100)
		check(t, kinds, point, data, func(int) int { return size })
		check(t, kinds, point, data, func(left int) int { return left })
	}
}

// bytesThatMatter are those with a meaning somewhere, and some around them.
const bytesThatMatter = "\x00\x01\t\n\x0b\r\x1f !\"#'+,-./09:[\\]n{\x7f\x80\xa2\xac\xc3\xdc\xff"

// TestDecoderBytes puts bytes at every place of fields of up to 24 bytes, in quotes and without, with rows behind them and
// without.
func TestDecoderBytes(t *testing.T) {
	kinds := []csvtext.Kind{csvtext.Text, csvtext.Plain}
	padding := strings.Repeat("a,b\n", 30)
	for _, size := range []int{1, 2, 7, 8, 9, 16, 17, 24} {
		for at := range size {
			for _, c := range []byte(bytesThatMatter) {
				text := []byte("abcdefghijklmnopqrstuvwx"[:size])
				text[at] = c
				for _, field := range []string{string(text), `"` + string(text) + `"`, `"` + string(text) + `""\"`} {
					for _, behind := range []string{padding, ""} {
						check(t, kinds, '.', []byte("x,"+field+"\n"+field+",x\n"+behind), func(left int) int { return left })
					}
				}
			}
		}
	}
}

func FuzzDecoder(f *testing.F) {
	for _, field := range append(fields, stray...) {
		f.Add([]byte(field+","+field+"\n1,2\n"), []byte{0, 1}, byte('.'), byte(7))
		f.Add([]byte(field+"\n"), []byte{3}, byte(','), byte(200))
		f.Add([]byte(field+","+field+"\n,\n"), []byte{2, 4}, byte('.'), byte(7))
	}
	f.Fuzz(func(t *testing.T, data, kindBytes []byte, point, step byte) {
		if len(kindBytes) == 0 || len(kindBytes) > 20 || len(data) > 1<<12 {
			return
		}
		kinds := make([]csvtext.Kind, len(kindBytes))
		exact := true
		for i, k := range kindBytes {
			kinds[i] = csvtext.Kind(k % 6)
			exact = exact && kinds[i] != csvtext.Decimal && kinds[i] != csvtext.Integer
		}
		next := func(int) int { return int(step) }
		if point <= ' ' || point >= 0x7F || point >= '0' && point <= '9' || strings.IndexByte(`-+eE"`, point) >= 0 || !exact && bytes.ContainsAny(data, "eE") {
			_, _, err := decodeAll(kinds, point, data, next)
			var at *csvtext.Error
			if err != nil && !errors.As(err, &at) {
				t.Fatal(err)
			}
			return
		}
		check(t, kinds, point, data, next)
	})
}

func TestDecoderErrors(t *testing.T) {
	for _, c := range []struct{ data, want string }{
		{"1,a\n2\n", "row 2, column 1: the row has 1 fields, not 2"},
		{"1,a\n2,b,c\n", "row 2, column 2: the row has more than 2 fields"},
		{"1,a\nx,b\n", "row 2, column 1: the field is no number"},
		{"1,a\n1,b\"\n", "row 2, column 2: a quote stands where none can be"},
		{"1,a\n1,\"b\"c\n", "row 2, column 2: a quote stands where none can be"},
		{"1,a\n1,b", "row 2: the data ends within the row"},
		{"1,a\n1,\"b\n", "row 2: the data ends within the row"},
		{"1234567890123456789012345678901234567,a\n", "row 1, column 1: the number has too many digits"},
	} {
		_, _, err := decodeAll([]csvtext.Kind{csvtext.Decimal, csvtext.Text}, '.', []byte(c.data), func(int) int { return 3 })
		if diff := cmp.Diff(c.want, fmt.Sprint(err)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.data, diff)
		}
	}
	_, _, err := decodeAll([]csvtext.Kind{csvtext.Boolean}, '.', []byte("1\nTRUE\n"), func(int) int { return 3 })
	if diff := cmp.Diff("row 2, column 1: the field is neither 1 nor 0", fmt.Sprint(err)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDecoderAllocates(t *testing.T) {
	kinds := []csvtext.Kind{csvtext.Text, csvtext.Double, csvtext.Boolean, csvtext.Decimal}
	data := bytes.Repeat([]byte("plain,1.5,1,2.25\n\"say \"\"x\"\", \",\"1.5\",,12345678901234567890.5\n"), 100)
	d := csvtext.NewDecoder(kinds, '.')
	out := make([]byte, 0, 1<<16)
	var places csvtext.Places
	decode := func() {
		if n, err := d.Decode(data); n != len(data) || err != nil {
			t.Fatal(n, err)
		}
		out = d.Append(out[:0], &places)
	}
	decode()
	if allocs := testing.AllocsPerRun(10, decode); allocs != 0 {
		t.Errorf("%v allocations for 200 rows", allocs)
	}
}

func ExampleDecoder() {
	d := csvtext.NewDecoder([]csvtext.Kind{csvtext.Integer, csvtext.Text, csvtext.Boolean}, '.')
	block := []byte("1,\"Größe \"\"XL\"\"\",1\n2,,0\n3,half a r")
	n, err := d.Decode(block)
	fmt.Printf("%d rows, rest %q, %v\n", d.Rows(), block[n:], err)
	var places csvtext.Places
	fmt.Printf("%s\n", d.Append(nil, &places))
	fmt.Println(places.Ends)
	fmt.Println(d.End(block[n:]))
	// Output:
	// 2 rows, rest "3,half a r", <nil>
	// [[1,2],Größe "XL",[true,false]]
	// [[] [12 12] []]
	// row 3: the data ends within the row
}
