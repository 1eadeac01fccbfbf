package commands_test

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/halfway"
)

// TestDoubleTextHalfway: text for a DOUBLE becomes the nearest one, also if it lies half-way between two.
func TestDoubleTextHalfway(t *testing.T) {
	const block = 1000
	var texts []string
	var want []float64
	check := func() {
		e, err := commands.NewParamEncoder(commands.Values(texts), 0, commands.Column{DataType: of(commands.Double)}, commands.ParamFormats{})
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
