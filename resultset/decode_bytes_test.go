package resultset_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/benchdata"
	"github.com/exawire/exawire/resultset"
)

// contents returns all values of a batch, column by column. A value that cannot be parsed is its error.
func contents(b *resultset.Batch) [][]any {
	columns := make([][]any, b.NumColumns())
	for col := range columns {
		for row := range b.Len() {
			v, err := b.Value(col, row)
			if err != nil {
				v = err.Error()
			}
			columns[col] = append(columns[col], v)
		}
	}
	return columns
}

func TestDecodeTruncated(t *testing.T) {
	for _, s := range benchdata.All() {
		const rows = 6
		data := s.Data(rows)
		decoder := resultset.NewDecoder(benchdata.Header[commands.ColumnInfo](s), resultset.Formats{})
		var b resultset.Batch
		for n := range data {
			// What lies behind the end in memory must not be looked at.
			cut := append(bytes.Clone(data[:n]), data[n:]...)[:n]
			var broken *resultset.DataError
			if _, err := decoder.Decode(&b, cut, 0, rows); !errors.As(err, &broken) {
				t.Fatalf("%s cut to %d of %d bytes: %v", s.Name, n, len(data), err)
			}
		}
		if _, err := decoder.Decode(&b, bytes.Clone(data), 0, rows); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDecodeDamaged flips bits. The result is an error, or the values of what can be read; never a panic.
func TestDecodeDamaged(t *testing.T) {
	for _, s := range benchdata.All() {
		const rows = 3
		data := s.Data(rows)
		decoder := resultset.NewDecoder(benchdata.Header[commands.ColumnInfo](s), resultset.Formats{})
		var b, slow resultset.Batch
		for n := range data {
			for bit := range 8 {
				damaged := bytes.Clone(data)
				damaged[n] ^= 1 << bit
				_, err := decoder.Decode(&b, append(bytes.Clone(damaged), tail...), 0, rows)
				_, slowErr := decoder.Decode(&slow, damaged, 0, rows)
				if (err == nil) != (slowErr == nil) {
					t.Fatalf("%s, bit %d of byte %d: %v, without tail %v", s.Name, bit, n, err, slowErr)
				}
				if err != nil {
					continue
				}
				if want, got := contents(&slow), contents(&b); !reflect.DeepEqual(want, got) {
					t.Fatalf("%s, bit %d of byte %d (-without tail +with tail):\n%s", s.Name, bit, n, cmp.Diff(want, got))
				}
			}
		}
	}
}

// TestDecodeTimesAsTexts compares the texts of columns of dates and times with those of a column of text, for texts of which
// most have the width of the format.
func TestDecodeTimesAsTexts(t *testing.T) {
	const date, timestamp = `"2024-02-29"`, `"2024-02-29 23:59:59.123456"`
	decode := func(col commands.ColumnInfo, values []byte) (string, error) {
		data := slices.Concat([]byte("[["), values, []byte("]]"+tail))
		var b resultset.Batch
		if _, err := resultset.NewDecoder([]commands.ColumnInfo{col}, resultset.Formats{}).Decode(&b, data, 0, 4); err != nil {
			return "", err
		}
		texts, err := b.Text(0)
		if err != nil {
			return "", err
		}
		var got []string
		for row := range texts.Len() {
			text, ok := texts.Get(row)
			got = append(got, fmt.Sprint(text, ok))
		}
		return strings.Join(got, ";"), nil
	}
	precision := 6
	for _, tt := range []struct {
		good string
		typ  commands.DataType
	}{
		{date, typed(commands.Date)},
		{timestamp, commands.DataType{Type: commands.Timestamp, Precision: &precision}},
	} {
		check := func(one string) {
			t.Helper()
			values := []byte(strings.Join([]string{tt.good, one, tt.good, tt.good}, ","))
			want, wantErr := decode(column("C", varchar(100)), bytes.Clone(values))
			got, err := decode(column("C", tt.typ), values)
			if got != want || (err == nil) != (wantErr == nil) {
				t.Errorf("%s as %s: %s, %v; as text: %s, %v", one, tt.typ, got, err, want, wantErr)
			}
		}
		for at := range tt.good {
			for c := range 256 {
				check(tt.good[:at] + string([]byte{byte(c)}) + tt.good[at+1:])
			}
			for _, with := range []string{``, `11`, `\"`, `\u0031`, `\u00e9`, `é`, "\xff", `null`, ` `} {
				check(tt.good[:at] + with + tt.good[at:])
				check(tt.good[:at] + with + tt.good[min(at+len(with), len(tt.good)-1):])
			}
		}
		for _, one := range []string{`null`, `null,null`, ` null`, `7`, `""`, `true`, tt.good + " ", " " + tt.good, tt.good[:4], `"` + tt.good} {
			check(one)
		}
	}
}

// TestDecodeSlowAndFast puts white space around every value, which takes the decoder off its fast path.
func TestDecodeSlowAndFast(t *testing.T) {
	for _, s := range benchdata.All() {
		const rows = 500
		data := s.Data(rows)
		var spaced []byte
		inString := false
		for i, c := range data {
			if c == '"' && data[i-1] != '\\' {
				inString = !inString
			}
			if c == ',' && !inString {
				spaced = append(spaced, " , "...)
			} else {
				spaced = append(spaced, c)
			}
		}
		decoder := resultset.NewDecoder(benchdata.Header[commands.ColumnInfo](s), resultset.Formats{})
		var fast, slow resultset.Batch
		if _, err := decoder.Decode(&fast, data, 0, rows); err != nil {
			t.Fatal(err)
		}
		if _, err := decoder.Decode(&slow, spaced, 0, rows); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(contents(&slow), contents(&fast)); diff != "" {
			t.Errorf("%s (-slow +fast):\n%s", s.Name, diff)
		}
	}
}

func TestDecodeDoesNotAllocate(t *testing.T) {
	for _, s := range benchdata.All() {
		const rows = 200
		data := s.Data(rows)
		buf := make([]byte, len(data))
		decoder := resultset.NewDecoder(benchdata.Header[commands.ColumnInfo](s), resultset.Formats{})
		var b resultset.Batch
		n := testing.AllocsPerRun(20, func() {
			copy(buf, data)
			if _, err := decoder.Decode(&b, buf, 0, rows); err != nil {
				t.Fatal(err)
			}
		})
		if n != 0 {
			t.Errorf("%s: %v allocations per message", s.Name, n)
		}
	}
}

// TestDecodeBoundsMemory has a server that announces far more than it sends.
func TestDecodeBoundsMemory(t *testing.T) {
	cols := []commands.ColumnInfo{decimalCol("A", 36, 2), decimalCol("B", 18, 0)}
	decoder := resultset.NewDecoder(cols, resultset.Formats{})
	small := []byte(`[["1","2"],[3,4]]`)
	padded := append(bytes.Clone(small), make([]byte, 1<<20)...)
	for _, tt := range []struct {
		data  []byte
		rows  int64
		bound uint64
	}{{small, 1e12, 4 << 10}, {small, 1<<63 - 1, 4 << 10}, {padded, 1e12, 64 << 10}, {padded, 1 << 18, 16 << 20}} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		var b resultset.Batch
		if _, err := decoder.Decode(&b, bytes.Clone(tt.data), 0, tt.rows); err == nil {
			t.Errorf("%d rows in %d bytes passed", tt.rows, len(tt.data))
		}
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc - uint64(len(tt.data)); got > tt.bound && got < 1<<63 {
			t.Errorf("%d rows in %d bytes allocated %d bytes", tt.rows, len(tt.data), got)
		}
	}
}

// everyForm returns all slices and texts that a batch has, NULLs included.
func everyForm(t *testing.T, b *resultset.Batch) []any {
	t.Helper()
	var all []any
	for col := range b.NumColumns() {
		all = append(all, values(b.Int64(col)), values(b.Decimal(col)), values(b.Float64(col)), values(b.Bool(col)), values(b.Time(col)))
		if text, err := b.Text(col); err == nil {
			for row := range text.Len() {
				all = append(all, text.String(row))
			}
		}
	}
	return all
}

func values[T any](c resultset.Column[T], err error) any {
	if err != nil || len(c.Values) == 0 {
		return nil
	}
	return slices.Clone(c.Values)
}

// TestDecodeReuse decodes messages of different sizes, formats and columns into one batch.
func TestDecodeReuse(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	var b resultset.Batch
	decoders := make([]*resultset.Decoder, len(benchdata.All()))
	for i, s := range benchdata.All() {
		decoders[i] = resultset.NewDecoder(benchdata.Header[commands.ColumnInfo](s), resultset.Formats{})
	}
	for range 30 {
		i, rows := r.IntN(len(benchdata.All())), r.IntN(100)
		data := benchdata.All()[i].Data(rows)
		if _, err := decoders[i].Decode(&b, bytes.Clone(data), 3, int64(rows)); err != nil {
			t.Fatal(err)
		}
		var fresh resultset.Batch
		if _, err := resultset.NewDecoder(benchdata.Header[commands.ColumnInfo](benchdata.All()[i]), resultset.Formats{}).Decode(&fresh, bytes.Clone(data), 3, int64(rows)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(contents(&fresh), contents(&b)); diff != "" {
			t.Fatalf("%s of %d rows (-fresh +reused):\n%s", benchdata.All()[i].Name, rows, diff)
		}
		if diff := cmp.Diff(everyForm(t, &fresh), everyForm(t, &b)); diff != "" {
			t.Fatalf("%s of %d rows, columns (-fresh +reused):\n%s", benchdata.All()[i].Name, rows, diff)
		}
	}
}

func TestSetFormats(t *testing.T) {
	cols := []commands.ColumnInfo{typedCol("D", commands.Date)}
	decoder := resultset.NewDecoder(cols, resultset.Formats{})
	var b resultset.Batch
	for _, tt := range []struct{ format, text string }{{"", "2024-06-18"}, {"DD.MM.YYYY", "18.06.2024"}, {"YYYY-MM-DD", "2024-06-18"}} {
		decoder.SetFormats(resultset.Formats{Date: tt.format})
		if _, err := decoder.Decode(&b, []byte(`[["`+tt.text+`"]]`), 0, 1); err != nil {
			t.Fatal(err)
		}
		dates, err := b.Time(0)
		if err != nil {
			t.Fatal(err)
		}
		if got := dates.Values[0].Format("2006-01-02"); got != "2024-06-18" {
			t.Errorf("%s as %s = %s", tt.text, tt.format, got)
		}
	}
}

// TestDecodeRandomNumbers compares with the oracle of the fuzz test on numbers of all lengths and forms, most of them
// valid. They stand in the middle of a message, where the fast path reads them.
func TestDecodeRandomNumbers(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	digits := func(most int) string {
		text := make([]byte, r.IntN(most+1))
		for i := range text {
			text[i] = byte('0' + r.IntN(10))
		}
		return string(text)
	}
	pick := func(options ...string) string { return options[r.IntN(len(options))] }
	cols := make(map[rune]commands.ColumnInfo)
	for letter, col := range fuzzColumns {
		if col.DataType.Type == commands.Decimal || col.DataType.Type == commands.Double {
			cols[letter] = col
		}
	}
	valid := 0
	n := 20_000 / slowdown
	if testing.Short() {
		n /= 10
	}
	for range n {
		text := pick("", "-") + pick("0", "1", digits(6), "9"+digits(8), "8"+digits(18), digits(38))
		if r.IntN(2) == 0 {
			text += "." + pick(digits(3), digits(9), digits(20), "00"+digits(18))
		}
		if r.IntN(4) == 0 {
			text += pick("e", "E") + pick("", "+", "-") + pick("0", digits(2), digits(4))
		}
		if r.IntN(20) == 0 {
			text += pick("x", ".", "e", "-", " ", `"`)
		}
		if r.IntN(2) == 0 {
			text = `"` + text + `"`
		}
		data := "[[" + text + ",1," + text + "]]"
		for letter, col := range cols {
			one := []commands.ColumnInfo{col}
			want, consumed, wantErr := oracle(one, []byte(data), 3)
			var b resultset.Batch
			got, err := resultset.NewDecoder(one, resultset.Formats{}).Decode(&b, []byte(data+tail), 0, 3)
			if (err == nil) != (wantErr == nil) || got != consumed && err == nil {
				t.Fatalf("%s as %c: %d bytes, %v; want %d bytes, %v", data, letter, got, err, consumed, wantErr)
			}
			if err == nil {
				valid++
				checkBatch(t, &b, want, 3)
			}
		}
	}
	if valid < n {
		t.Errorf("only %d of %d numbers were valid: the test is too weak", valid, n*len(cols))
	}
}

// TestDecodeReuseNulls has NULLs where the message before had values.
func TestDecodeReuseNulls(t *testing.T) {
	b, _ := decodeEveryType(t)
	decoder := resultset.NewDecoder(b.Columns(), resultset.Formats{})
	for _, values := range []string{"", "[null,null]"} {
		message := []byte("[")
		for i, tt := range everyType {
			if i > 0 {
				message = append(message, ',')
			}
			if values == "" {
				message = append(message, tt.data...)
			} else {
				message = append(message, values...)
			}
		}
		rows := int64(3)
		if values != "" {
			rows = 2
		}
		if _, err := decoder.Decode(b, append(message, ']'), 0, rows); err != nil {
			t.Fatal(err)
		}
	}
	for col, tt := range everyType {
		for name, get := range forms {
			if _, nulls, err := get(b, col); err == nil && nulls.Count() != 2 {
				t.Errorf("%s of %s: %d NULLs, want 2", name, tt.col.DataType, nulls.Count())
			} else if wrong := (*resultset.TypeError)(nil); err != nil && !errors.As(err, &wrong) {
				t.Errorf("%s of %s: %v", name, tt.col.DataType, err)
			}
		}
		if text, err := b.Text(col); err == nil && text.String(0)+text.String(1) != "" {
			t.Errorf("text of %s: NULLs have text", tt.col.DataType)
		}
	}
}

// TestDecodeNearEnd has a message end at every distance behind long numbers: no wide load may reach over its end.
func TestDecodeNearEnd(t *testing.T) {
	zeros := strings.Repeat("0", 100)
	for _, number := range []string{
		"0." + zeros + "e5", "0." + zeros + "1e-5", "0." + zeros[:50] + "1E+005", "123456789012345678901234567890." + zeros, "1" + zeros + "e-99", "12345678901234567890", "-0.12345678901234567e-300",
		"123456789012345678", `"123456789012345.6789012345678"`, `"1234567890123456.78"`, "true", "false", "null", `"` + zeros + `"`, `"` + zeros[:30] + "\u00fc\u20ac\U0001F600" + `"`, `"\n` + zeros[:40] + `\n"`,
	} {
		for letter, col := range fuzzColumns {
			cols := []commands.ColumnInfo{col}
			decoder := resultset.NewDecoder(cols, resultset.Formats{})
			for _, values := range []string{number, number + "," + number, "null,null," + number} {
				data := "[[" + values + "]]"
				rows := int64(strings.Count(values, ",") + 1)
				want, _, wantErr := oracle(cols, []byte(data), rows)
				for n := range 100 {
					message := append([]byte(data), make([]byte, n)...)
					var b resultset.Batch
					if _, err := decoder.Decode(&b, message[:len(message):len(message)], 0, rows); (err == nil) != (wantErr == nil) {
						t.Fatalf("%s as %c with %d bytes behind: %v, want %v", data, letter, n, err, wantErr)
					}
					if wantErr == nil {
						checkBatch(t, &b, want, rows)
					}
				}
			}
		}
	}
}
