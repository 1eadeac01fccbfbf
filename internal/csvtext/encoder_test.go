package csvtext_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/internal/csvtext"
)

// texts are JSON strings of all kinds.
var texts = []string{
	`null`, `""`, `"a"`, `"plain"`, `"two words"`, `"a,b"`, `" blank"`, `"blank "`, `"say \"yes\""`, `"\""`, `"\"\""`, `"line\nbreak"`, `"cr\rlf\r\n"`,
	`"tab\there"`, `"back\\slash"`, `"nul\u0000"`, `"größe"`, `"\u00e4\ud83d\ude00"`, `"😀😀😀"`, `"a rather long text that takes several words of eight bytes"`,
	`"a rather long text that takes several words, and has \"quotes\" in it"`, `"\/"`, `"exactly8"`, `"exactly 16 bytes"`, `"äöüäöüäöü,äöü"`,
}

var numbers = []string{
	`null`, `0`, `-1`, `42`, `1234567`, `12345678`, `123456789`, `-12345678901234567`, `999999999999999999`, `1.5`, `-0.25`, `1e+20`, `0.12345678901234567`,
	`"12345678901234567890.25"`, `"1.5"`, `"-0.5"`, `"123456789012345678901234567890123456"`, `1.0`,
}

// randomColumns returns JSON columns of the kinds.
func randomColumns(r *rand.Rand, kinds []csvtext.Kind, rows int) [][]byte {
	columns := make([][]byte, len(kinds))
	for i, kind := range kinds {
		from := numbers
		switch kind {
		case csvtext.Text:
			from = texts
		case csvtext.Plain:
			from = []string{"null", `"2001-02-03"`, `"2001-02-03 04:05:06.123456789"`, `"+05-03"`}
		case csvtext.Boolean:
			from = []string{"true", "false", "null"}
		}
		for row := range rows {
			if row > 0 {
				columns[i] = append(columns[i], ',')
			}
			columns[i] = append(columns[i], from[r.IntN(len(from))]...)
		}
	}
	return columns
}

func randomKinds(r *rand.Rand) []csvtext.Kind {
	kinds := make([]csvtext.Kind, 1+r.IntN(6))
	for i := range kinds {
		kinds[i] = csvtext.Kind(r.IntN(6))
	}
	return kinds
}

func clone(columns [][]byte) [][]byte {
	copied := make([][]byte, len(columns))
	for i, c := range columns {
		copied[i] = bytes.Clone(c)
	}
	return copied
}

// endsOf returns where the values of columns end.
func endsOf(t *testing.T, columns [][]byte) [][]int {
	t.Helper()
	ends := make([][]int, len(columns))
	for i, c := range columns {
		d := json.NewDecoder(strings.NewReader("[" + string(c) + "]"))
		if _, err := d.Token(); err != nil {
			t.Fatal(err)
		}
		for d.More() {
			var v json.RawMessage
			if err := d.Decode(&v); err != nil {
				t.Fatal(err)
			}
			ends[i] = append(ends[i], int(d.InputOffset())-1)
		}
	}
	return ends
}

func TestEncoderAgainstOracle(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		kinds := randomKinds(r)
		rows := r.IntN(20)
		point := ".,;'"[r.IntN(4)]
		columns := randomColumns(r, kinds, rows)
		want, err := slowEncode(kinds, columns, rows, point)
		if err != nil {
			t.Fatal(err)
		}
		e := csvtext.NewEncoder(kinds, point)
		for range 2 { // the second time with what is left of the first
			got, err := e.Append([]byte("before|"), clone(columns), endsOf(t, columns), rows)
			if diff := cmp.Diff("before|"+want, string(got)); diff != "" || err != nil {
				t.Fatalf("%v, point %c, %q: %v (-want +got):\n%s", kinds, point, columns, err, diff)
			}
		}
	}
}

// TestEncoderBytes puts characters at every place of texts of up to 80 bytes, which move in different ways.
func TestEncoderBytes(t *testing.T) {
	kinds := []csvtext.Kind{csvtext.Text}
	for _, size := range []int{1, 2, 7, 8, 9, 16, 17, 24, 30, 31, 40, 62, 63, 80} {
		for at := range size {
			for _, c := range bytesThatMatter + "äé😀" {
				text := []rune(strings.Repeat("abcdefghijklmnopqrstuvwx", 4)[:size])
				text[at] = c
				value, err := json.Marshal(string(text))
				if err != nil {
					t.Fatal(err)
				}
				column := string(value) + "," + string(value) + `,"more text behind it"`
				want, err := slowEncode(kinds, [][]byte{[]byte(column)}, 3, '.')
				if err != nil {
					t.Fatal(err)
				}
				columns := [][]byte{[]byte(column)}
				ends := endsOf(t, columns)
				columns[0] = columns[0][:len(columns[0]):len(columns[0])] // nothing behind the last value
				got, err := csvtext.NewEncoder(kinds, '.').Append(nil, columns, ends, 3)
				if err != nil || string(got) != want {
					t.Fatalf("%s became %q, %v, want %q", column, got, err, want)
				}
			}
		}
	}
}

// TestEncoderIsReadByOthers: encoding/csv reads what went in. It drops carriage returns before line feeds.
func TestEncoderIsReadByOthers(t *testing.T) {
	column := strings.Join(slices.DeleteFunc(slices.Clone(texts), func(s string) bool { return strings.Contains(s, `\r`) }), ",")
	all, err := values([]byte("[" + column + "]"))
	if err != nil {
		t.Fatal(err)
	}
	kinds := []csvtext.Kind{csvtext.Text, csvtext.Text}
	columns := [][]byte{[]byte(column), []byte(column)}
	out, err := csvtext.NewEncoder(kinds, '.').Append(nil, columns, endsOf(t, columns), len(all))
	if err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(bytes.NewReader(out)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var want [][]string
	for _, v := range all {
		s, _ := v.(string)
		want = append(want, []string{s, s})
	}
	if diff := cmp.Diff(want, records); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// FuzzEncoder compares with the oracle whatever encoding/json accepts.
func FuzzEncoder(f *testing.F) {
	for _, s := range texts {
		f.Add([]byte(s+`,"x"`), byte(csvtext.Text), byte('.'))
	}
	for _, s := range numbers {
		f.Add([]byte(s+`,1`), byte(csvtext.Double), byte(','))
	}
	f.Fuzz(func(t *testing.T, column []byte, kind, point byte) {
		kinds := []csvtext.Kind{csvtext.Kind(kind % 5)} // not Plain
		all, err := values([]byte("[" + string(column) + "]"))
		if point < ' ' || point >= 0x7F || point >= '0' && point <= '9' || strings.IndexByte(`-+eE"`, point) >= 0 {
			point = '.'
		}
		rows := len(all)
		for _, v := range all {
			switch v := v.(type) {
			case []any, map[string]any:
				return
			case string:
				if kinds[0] != csvtext.Text && !isNumber(v) {
					return
				}
			}
		}
		if err != nil || bytes.ContainsAny(column, "[]{} \t\r\n") || strings.Contains(string(column), `\u`) || !isUTF8(column) {
			ends := []int{len(column)} // anything may stand between commas
			for at := bytes.LastIndexByte(column, ','); at >= 0; at = bytes.LastIndexByte(column[:at], ',') {
				ends = slices.Insert(ends, 0, at)
			}
			_, _ = csvtext.NewEncoder(kinds, point).Append(nil, [][]byte{bytes.Clone(column)}, [][]int{ends}, len(ends))
			return
		}
		if kinds[0] != csvtext.Text && strings.Contains(string(column), `\`) {
			return
		}
		want, err := slowEncode(kinds, [][]byte{column}, rows, point)
		if err != nil {
			t.Fatal(err)
		}
		columns := [][]byte{bytes.Clone(column)}
		got, err := csvtext.NewEncoder(kinds, point).Append(nil, columns, endsOf(t, columns), rows)
		if err != nil || string(got) != want {
			t.Fatalf("%s became %q, %v, want %q", column, got, err, want)
		}
	})
}

func TestEncoderRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		column string
		ends   [][]int
		rows   int
	}{
		"too few ends":    {`1,2`, [][]int{{1}}, 2},
		"too few columns": {`1,2`, nil, 2},
		"negative":        {`1,2`, [][]int{{1, 3}}, -1},
		"empty value":     {`1,2`, [][]int{{0, 3}}, 2},
		"backwards":       {`1,2,3`, [][]int{{3, 1, 5}}, 3},
		"beyond":          {`1,2`, [][]int{{1, 4}}, 2},
		"half an escape":  {`"a\"`, [][]int{{4}}, 1},
		"half a string":   {`"a\nb","c"`, [][]int{{4, 9}}, 2},
		"no string":       {`"a\x"`, [][]int{{5}}, 1},
		"no end":          {`"a\\`, [][]int{{4}}, 1},
		"more behind it":  {`"a\n"b"`, [][]int{{7}}, 1},
	} {
		dst := []byte("before")
		got, err := csvtext.NewEncoder([]csvtext.Kind{csvtext.Text}, '.').Append(dst, [][]byte{[]byte(c.column)}, c.ends, c.rows)
		if err == nil || string(got) != "before" {
			t.Errorf("%s: %q, error %v", name, got, err)
		}
	}
}

func isNumber(s string) bool { return number.MatchString(s) && !strings.HasPrefix(s, "+") }

func isUTF8(b []byte) bool { return string(b) == string([]rune(string(b))) }

func TestEncoderAllocates(t *testing.T) {
	kinds := []csvtext.Kind{csvtext.Text, csvtext.Double, csvtext.Boolean, csvtext.Decimal}
	r := rand.New(rand.NewPCG(3, 4))
	columns := randomColumns(r, kinds, 100)
	e := csvtext.NewEncoder(kinds, ',')
	scratch, ends := clone(columns), endsOf(t, columns)
	out := make([]byte, 0, 1<<16)
	allocs := testing.AllocsPerRun(10, func() {
		for i := range columns {
			copy(scratch[i], columns[i])
		}
		var err error
		if out, err = e.Append(out[:0], scratch, ends, 100); err != nil {
			t.Fatal(err)
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations for 100 rows", allocs)
	}
}

func ExampleEncoder() {
	e := csvtext.NewEncoder([]csvtext.Kind{csvtext.Integer, csvtext.Text, csvtext.Boolean}, '.')
	out, err := e.Append(nil, [][]byte{[]byte(`1,2`), []byte(`"Größe \"XL\"",null`), []byte(`true,false`)}, [][]int{{1, 3}, {16, 21}, {4, 10}}, 2)
	fmt.Printf("%s%v\n", out, err)
	// Output:
	// 1,"Größe ""XL""",1
	// 2,,0
	// <nil>
}
