package exatext_test

import (
	"bytes"
	"math"
	"math/big"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"github.com/exawire/exawire/internal/exatext"
	"github.com/exawire/exawire/internal/halfway"
)

// doubleCount returns how many random doubles a test should write: so many as the environment variable EXAWIRE_DOUBLES says,
// else the number given.
func doubleCount(otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv("EXAWIRE_DOUBLES")); err == nil {
		return n
	}
	return otherwise
}

// doubleChecker compares texts of doubles with those of strconv: the format 'g', with a point where that has none.
type doubleChecker struct {
	t         *testing.T
	got, want []byte
}

func (c *doubleChecker) check(f float64) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return
	}
	c.want = strconv.AppendFloat(append(c.want[:0], 'x'), f, 'g', -1, 64)
	if bytes.IndexByte(c.want, '.') < 0 && bytes.IndexByte(c.want, 'e') < 0 {
		c.want = append(c.want, ".0"...)
	}
	var err error
	if c.got, err = exatext.AppendDouble(append(c.got[:0], 'x'), f); err != nil || !bytes.Equal(c.got, c.want) {
		c.t.Fatalf("AppendDouble(%016x) = %s, %v; want %s", math.Float64bits(f), c.got, err, c.want)
	}
}

// around checks f and its neighbours, with both signs.
func (c *doubleChecker) around(f float64) {
	b := math.Float64bits(f)
	for near := max(b, 3) - 3; near <= b+3; near++ {
		c.check(math.Float64frombits(near))
		c.check(-math.Float64frombits(near))
	}
}

// TestAppendDoubleHard: numbers with something special about them, of all exponents.
func TestAppendDoubleHard(t *testing.T) {
	c := doubleChecker{t: t}
	for exponent := -1074; exponent <= 1023; exponent++ {
		power := math.Ldexp(1, exponent)
		for _, factor := range []float64{1, 1.5, 1.25, 1.75, 1 + 0x1p-26, 1 + 0x1p-51} {
			c.around(power * factor)
		}
	}
	for exponent := -330; exponent <= 308; exponent++ {
		for _, digits := range []string{"1", "2", "3", "5", "9", "15", "99", "123", "999999999999999", "9007199254740993", "17976931348623157"} {
			f, _ := strconv.ParseFloat(digits+"e"+strconv.Itoa(exponent-len(digits)), 64)
			c.around(f)
		}
	}
	for i := range uint64(5_000) {
		c.check(math.Float64frombits(i))                     // the smallest
		c.check(math.Float64frombits(0x7FF<<52 - 1 - i))     // the largest
		c.check(math.Float64frombits(1<<52 - 2_500 + i))     // from subnormal to normal
		c.check(float64(i))                                  // integers
		c.check(float64(i) + 0.5)                            // halves
		c.check(float64(i) / 100)                            // prices
		c.check(float64(1<<53 - 2_500 + i))                  // where integers get sparse
		c.check(float64(1<<63 - 2_500<<11 + i<<11))          // the largest integers
		c.check(math.Ldexp(float64(1<<8+i%256), -21-int(i))) // half-way between two texts, some of them
	}
	for _, f := range []float64{9.5367431640625e-07, 5.764607523034235e39, 9.007199254740991e15, 4.35e-322, 2.2250738585072011e-308, 1.1205e-318} {
		c.around(f)
	}
}

// TestAppendDoubleOracle writes random numbers of many distributions. EXAWIRE_DOUBLES says how many, for a long run.
func TestAppendDoubleOracle(t *testing.T) {
	c := doubleChecker{t: t}
	n := doubleCount(1_000_000)
	if testing.Short() {
		n = min(n, 100_000)
	}
	random := rand.New(rand.NewPCG(3, uint64(n)))
	decimals := func() float64 { return float64(random.Int64N(int64(math.Pow10(1 + random.IntN(18))))) }
	for range n / 10 {
		c.check(math.Float64frombits(random.Uint64()))
		c.check(random.NormFloat64())
		c.check(-decimals() / math.Pow10(random.IntN(20)))
		c.check(decimals() * math.Pow10(random.IntN(60)-30))
		c.check(float64(random.Int64() >> random.IntN(63)))
		// Few bits, so that ends of the interval are short numbers.
		c.check(math.Ldexp(float64(1+random.Int64N(1<<random.IntN(20))), random.IntN(160)-80))
		c.check(math.Float64frombits(random.Uint64N(1 << 52))) // subnormal
		c.check(float64(random.IntN(100_000_000)) / 100)
	}
	for number := range halfway.Numbers(n/10, 2) {
		f, _ := strconv.ParseFloat(string(number.Append(nil, 0)), 64)
		c.check(f)
		c.check(math.Float64frombits(math.Float64bits(f) + 1))
	}
}

// TestAppendDoubleReadsBack: the text is that of the number, whatever strconv would have written.
func TestAppendDoubleReadsBack(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	var text []byte
	for range 200_000 {
		f := math.Float64frombits(random.Uint64())
		var err error
		if text, err = exatext.AppendDouble(text[:0], f); err != nil {
			continue
		}
		if back, err := strconv.ParseFloat(string(text), 64); err != nil || math.Float64bits(back) != math.Float64bits(f) {
			t.Fatalf("%s reads back as %v, %v; want %v", text, back, err, f)
		}
	}
}

// TestShortestRarelyFails: the way through the table serves all but a few numbers.
func TestShortestRarelyFails(t *testing.T) {
	p := exatext.FloatPowers()
	random := rand.New(rand.NewPCG(7, 8))
	for name, next := range map[string]func() float64{
		"prices":       func() float64 { return float64(1+random.IntN(10_000_000)) / 100 },
		"integers":     func() float64 { return float64(1 + random.Int64N(1<<53)) },
		"small powers": func() float64 { return math.Ldexp(1, random.IntN(70)-22) },
		"fractions":    random.Float64,
		"any":          func() float64 { return math.Float64frombits(1<<58 + random.Uint64N(0x7FF<<52-1<<58)) },
	} {
		missed := 0
		for range 100_000 {
			f := next()
			digits, exponent, ok := p.Shortest(f)
			if !ok {
				missed++
			} else if digits < 1e16 || digits >= 1e17 {
				t.Fatalf("Shortest(%v) = %d, %d: not 17 digits", f, digits, exponent)
			}
		}
		if missed > 200 { // from 2^42 to 2^60 many numbers, or the ends of their intervals, are exactly half-way
			t.Errorf("%s: %d of 100,000 numbers took the slow way", name, missed)
		}
	}
	for _, f := range []float64{0, 5e-324, 1e-294, math.Inf(1), math.NaN()} {
		if _, _, ok := p.Shortest(f); ok {
			t.Errorf("Shortest(%v) has a result", f)
		}
	}
}

// TestShortestBounds proves what Shortest says about exponents: that 2^q is 1 to 10 times the power of ten that it chooses,
// and that the whole part of the product fits. It does so for all exponents.
func TestShortestBounds(t *testing.T) {
	ten, one := big.NewInt(10), big.NewInt(1)
	power := func(base *big.Int, n int) *big.Rat {
		p := new(big.Int).Exp(base, big.NewInt(int64(max(n, -n))), nil)
		if n < 0 {
			return new(big.Rat).SetFrac(one, p)
		}
		return new(big.Rat).SetInt(p)
	}
	for q := -1074; q <= 971; q++ {
		k := 315653 * q >> 20
		ratio := new(big.Rat).Mul(power(big.NewInt(2), q), power(ten, -k))
		if ratio.Cmp(big.NewRat(1, 1)) < 0 || ratio.Cmp(big.NewRat(10, 1)) >= 0 {
			t.Errorf("2^%d is not 1 to 10 times 10^%d", q, k)
		}
		e := 217706 * -(k + 1) >> 16
		mantissa := new(big.Rat).Mul(power(ten, -(k+1)), power(big.NewInt(2), -e))
		if mantissa.Cmp(big.NewRat(1, 1)) < 0 || mantissa.Cmp(big.NewRat(2, 1)) >= 0 {
			t.Errorf("10^%d is not 1 to 2 times 2^%d", -(k + 1), e)
		}
		if q+e < -4 || q+e > -1 {
			t.Errorf("q + e is %d for q = %d", q+e, q)
		}
	}
}

func FuzzAppendDouble(f *testing.F) {
	for _, seed := range []float64{0, 1, 0.1, 12.34, 1e6, 1e-5, 9007199254740993, 5e-324, math.MaxFloat64, 4.8e-293, 1.5e20, 2.2250738585072011e-308} {
		f.Add(math.Float64bits(seed))
	}
	f.Fuzz(func(t *testing.T, bits uint64) {
		c := doubleChecker{t: t}
		c.check(math.Float64frombits(bits))
	})
}
