package commands_test

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"
	"unicode/utf8"

	"github.com/exawire/exawire/commands"
)

// TestParamIntegers: the digits of integers around all powers of ten and of two.
func TestParamIntegers(t *testing.T) {
	values := []int64{math.MinInt64, math.MaxInt64}
	for power := int64(1); power <= 1e17; power *= 10 {
		values = append(values, power-1, power, power+1, -power, 1-power, 123456789012345678%power)
	}
	for shift := range 63 {
		values = append(values, 1<<shift, -1<<shift, 1<<shift-1)
	}
	encode := func(col commands.ParamColumn) string { return string(encodeAll(t, col, varchar(20))) }
	for _, v := range values {
		if got, want := encode(commands.Values([]int64{v})), fmt.Sprintf(`"%d"`, v); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if got, want := encode(commands.Values([]uint64{uint64(v)})), fmt.Sprintf(`"%d"`, uint64(v)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// TestParamTextBytes puts every byte at every place of texts of up to 20 bytes. What encoding/json reads back must be
// the text, and what is not UTF-8 must be refused.
func TestParamTextBytes(t *testing.T) {
	for size := 1; size <= 20; size++ {
		for at := range size {
			for c := range 256 {
				text := []byte("abcdefghijklmnopqrst"[:size])
				text[at] = byte(c)
				e, err := commands.NewParamEncoder(commands.Values([][]byte{text}), 0, params(varchar(100))[0], commands.ParamFormats{})
				if err != nil {
					t.Fatal(err)
				}
				out, err := e.Append(nil, 0, 1)
				if !utf8.Valid(text) {
					if err == nil {
						t.Fatalf("%q was taken as %s", text, out)
					}
					continue
				}
				var back string
				if err == nil {
					err = json.Unmarshal(out, &back)
				}
				if err != nil || back != string(text) {
					t.Fatalf("%q became %s, %v", text, out, err)
				}
			}
		}
	}
}

func encodeAll(t *testing.T, col commands.ParamColumn, typ commands.DataType) []byte {
	t.Helper()
	e, err := commands.NewParamEncoder(col, 0, params(typ)[0], commands.ParamFormats{})
	if err != nil {
		t.Fatal(err)
	}
	out, err := e.Append(nil, 0, col.Len())
	if err != nil {
		t.Fatal(err)
	}
	return out
}
