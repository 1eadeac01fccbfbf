package resultset_test

import (
	"math"
	"slices"
	"strconv"
	"testing"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/halfway"
	"github.com/exawire/exawire/resultset"
)

// TestHalfway reads numbers that lie half-way between two values on every way that a DOUBLE can take: in a long column, in
// the last bytes of a message, alone, as a string, and from there into each Go type that holds it. See docs/testing.md for
// how to read a million of them.
func TestHalfway(t *testing.T) {
	var want []float64
	var texts [][]byte
	add := func(number halfway.Number, behind int) {
		text := number.Append(nil, behind)
		if f, err := strconv.ParseFloat(string(text), 64); err == nil {
			want, texts = append(want, f), append(texts, text)
		}
	}
	add(halfway.Number{Mantissa: 67829018988333424, Exponent: 1}, 16)
	i := 0
	for number := range halfway.Numbers(halfway.Count(50_000), 2) {
		add(number, i%20)
		if i++; len(want) >= 1000 {
			checkDoubles(t, want, texts)
			want, texts = want[:0], texts[:0]
		}
		if t.Failed() {
			return
		}
	}
	if len(want) > 0 {
		checkDoubles(t, want, texts)
	}
}

// checkDoubles decodes texts in all ways.
func checkDoubles(t *testing.T, want []float64, texts [][]byte) {
	t.Helper()
	cols := []commands.ColumnInfo{typedCol("F", commands.Double)}
	data := []byte("[[")
	for i, text := range texts {
		if i > 0 {
			data = append(data, ',')
		}
		data = append(data, text...)
	}
	data = append(data, "]]"...)
	for _, message := range [][]byte{slices.Clone(data), append(slices.Clone(data), tail...)} {
		checkDouble(t, "a column", texts, columnOf(t, cols, message, len(want)), want)
	}

	// One by one: the short message is read without the run, the long one with it.
	decoder := resultset.NewDecoder(cols, resultset.Formats{})
	var b resultset.Batch
	var message []byte
	for i, text := range texts {
		for _, around := range [][2]string{{`[[`, `]]`}, {`[["`, `"]]`}, {`[[`, `]]` + tail}} {
			message = append(append(append(message[:0], around[0]...), text...), around[1]...)
			if _, err := decoder.Decode(&b, message, 0, 1); err != nil {
				t.Fatalf("decode %s: %v", message, err)
			}
			c, err := b.Float64(0)
			if err != nil {
				t.Fatal(err)
			}
			checkDouble(t, around[0]+"..."+around[1], texts[i:], c.Values, want[i:i+1])
		}
	}

	open := func() *resultset.Rows {
		return resultset.Open(t.Context(), nil, &commands.ResultSet{
			Handle: commands.NoHandle, Columns: cols, NumRows: int64(len(want)), NumRowsInMessage: int64(len(want)), Data: slices.Clone(data),
		}, resultset.Options{})
	}
	floats, err := resultset.Collect[float64](open())
	if err != nil {
		t.Fatal(err)
	}
	checkDouble(t, "Collect", texts, floats, want)
	values, err := resultset.Collect[any](open())
	if err != nil {
		t.Fatal(err)
	}
	floats = floats[:0]
	for _, v := range values {
		floats = append(floats, v.(float64))
	}
	checkDouble(t, "Collect of any", texts, floats, want)
	floats = floats[:0]
	for rows := open(); rows.Next(); {
		var f float64
		var text string
		if err := rows.Scan(&f); err != nil {
			t.Fatal(err)
		}
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		if back, err := strconv.ParseFloat(text, 64); err != nil || back != f {
			t.Fatalf("%v is scanned into a string as %s", f, text)
		}
		floats = append(floats, f)
	}
	checkDouble(t, "Scan", texts, floats, want)
}

func columnOf(t *testing.T, cols []commands.ColumnInfo, message []byte, rows int) []float64 {
	t.Helper()
	var b resultset.Batch
	if _, err := resultset.NewDecoder(cols, resultset.Formats{}).Decode(&b, message, 0, int64(rows)); err != nil {
		t.Fatal(err)
	}
	c, err := b.Float64(0)
	if err != nil {
		t.Fatal(err)
	}
	return c.Values
}

func checkDouble(t *testing.T, way string, texts [][]byte, got, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", way, len(got), len(want))
	}
	for i := range want {
		if math.Float64bits(got[i]) != math.Float64bits(want[i]) {
			t.Fatalf("%s: %s is read as %v, want %v", way, texts[i], got[i], want[i])
		}
	}
}
