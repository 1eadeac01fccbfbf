package commands_test

import (
	"encoding/json"
	"math"
	"math/big"
	"strconv"
	"strings"
	"testing"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/halfway"
	"github.com/exawire/exawire/resultset"
)

// TestDoubleZero: zero is a DOUBLE however many digits it is written with.
func TestDoubleZero(t *testing.T) {
	zeros := strings.Repeat("0", 40)
	values := map[any]string{
		"0." + zeros:                        "0.0",
		"-0." + zeros:                       "-0.0",
		"." + zeros:                         "0.0",
		zeros:                               "0.0",
		zeros + "." + zeros:                 "0.0",
		"+" + zeros + ".":                   "0.0",
		"-" + zeros:                         "-0.0",
		zeros + "." + zeros + "e5":          "0.0",
		"0." + zeros + "e-400":              "0.0",
		json.Number("0.0000000000000000"):   "0.0",
		zeros + "5." + zeros:                "5.0",
		zeros + "9007199254740992." + zeros: "9.007199254740992e+15",
	}
	for scale := range resultset.MaxDecimalDigits + 1 {
		zero, err := resultset.NewDecimal(0, scale)
		if err != nil {
			t.Fatal(err)
		}
		values[zero] = "0.0"
	}
	values[new(big.Int)] = "0.0"
	values[new(big.Rat)] = "0.0"
	values[new(big.Float).SetPrec(1000)] = "0.0"
	for v, want := range values {
		if got, err := encode(t, commands.Values([]any{v}), of(commands.Double), commands.ParamFormats{}); err != nil || got != want {
			t.Errorf("%T %v is sent as %s, %v, want %s", v, v, got, err, want)
		}
	}
}

// TestDoubleTextHalfway: text for a DOUBLE becomes the nearest one, also if it lies half-way between two.
func TestDoubleTextHalfway(t *testing.T) {
	const block = 1000
	var texts []string
	var want []float64
	check := func() {
		e, err := commands.NewParamEncoder(commands.Values(texts), 0, commands.ColumnInfo{DataType: of(commands.Double)}, commands.ParamFormats{})
		if err != nil {
			t.Fatal(err)
		}
		for i := range texts {
			out, err := e.Append(nil, i, i+1)
			got, parseErr := strconv.ParseFloat(string(out), 64)
			if err != nil || parseErr != nil || math.Float64bits(got) != math.Float64bits(want[i]) {
				t.Fatalf("%s is sent as %s (%v), want %v", texts[i], out, err, want[i])
			}
		}
		texts, want = texts[:0], want[:0]
	}
	i := 0
	for number := range halfway.Numbers(halfway.Count(50_000), 3) {
		i++
		text := string(number.Append(nil, i%20))
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || f == 0 || !strings.Contains(text, "e") {
			continue // too large or too small, or an integer, which must be a DOUBLE exactly
		}
		texts, want = append(texts, text), append(want, f)
		if len(texts) == block {
			check()
		}
	}
	check()
}
