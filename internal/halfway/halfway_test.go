package halfway_test

import (
	"math/big"
	"testing"

	"github.com/exawire/exawire/internal/halfway"
)

// TestNumbers: for every power for which there are numbers half-way, there are many of them; and a number is the same
// wherever its point stands.
func TestNumbers(t *testing.T) {
	exact := map[int]int{}
	for n := range halfway.Numbers(5_000, 1) {
		text := n.Append(nil, 0)
		value, ok := new(big.Rat).SetString(string(text))
		if !ok || n.Mantissa == 0 {
			t.Fatalf("%+v is written %s", n, text)
		}
		for _, behind := range []int{1, 7, 18, 25} {
			if other, _ := new(big.Rat).SetString(string(n.Append(nil, behind))); other.Cmp(value) != 0 {
				t.Fatalf("%s with %d digits behind the point is %s", text, behind, n.Append(nil, behind))
			}
		}
		below, _ := value.Float64()
		wide, _ := new(big.Float).SetPrec(54).SetMode(big.ToZero).SetRat(value).Rat(nil)
		if wide.Cmp(value) == 0 && new(big.Rat).SetFloat64(below).Cmp(value) != 0 {
			exact[n.Exponent]++
		}
	}
	for exponent := -4; exponent <= 22; exponent++ {
		if exact[exponent] < 5 {
			t.Errorf("only %d numbers with exponent %d are half-way", exact[exponent], exponent)
		}
	}
}
