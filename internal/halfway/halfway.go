// Package halfway makes the decimal numbers that are hardest to read as a float64: those half-way between two values, and
// those right next to such a place. It is for the tests of everything that reads a DOUBLE.
package halfway

import (
	"iter"
	"math/big"
	"math/bits"
	"math/rand/v2"
	"os"
	"strconv"
)

// Number is Mantissa * 10^Exponent. The mantissa is not 0.
type Number struct {
	Mantissa uint64
	Exponent int
}

// Count returns how many numbers a test should read: so many as the environment variable EXAWIRE_HALFWAY says, else the
// number given.
func Count(otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv("EXAWIRE_HALFWAY")); err == nil {
		return n
	}
	return otherwise
}

// most is the largest power of ten that is exact in one word, once its factors of two are taken out: 5^27 < 2^64.
const most = 27

// Numbers returns n numbers, always the same for the same seed. Most have an exponent from -4 to 27, where there are numbers
// exactly half-way, the others any exponent that a float64 can have.
func Numbers(n int, seed uint64) iter.Seq[Number] {
	return func(yield func(Number) bool) {
		g := generator{random: rand.New(rand.NewPCG(seed, 1))}
		for i := range n {
			if !yield(g.next(i)) {
				return
			}
		}
	}
}

type generator struct {
	random *rand.Rand
	near   map[int]scale
}

// next returns the number at a place of the sequence. Which power it has goes round; half of the numbers are exactly half-way
// as far as its power allows that.
func (g *generator) next(i int) Number {
	exponent := i/4%(most+5) - 4
	if i%4 == 3 {
		exponent = g.random.IntN(600) - 320
	}
	if i%4 < 2 {
		if n, ok := g.exact(exponent); ok {
			return n
		}
	}
	return g.beside(exponent)
}

// half returns an odd number of 54 bits. It is half-way between two numbers of 53 bits, times any power of two.
func (g *generator) half() uint64 { return 1<<53 | g.random.Uint64N(1<<52)<<1 | 1 }

// exact returns a number that is half-way between two float64 values, if there is one with this exponent.
func (g *generator) exact(exponent int) (n Number, ok bool) {
	fives := uint64(1)
	for range max(exponent, -exponent) {
		high, low := bits.Mul64(fives, 5)
		if high != 0 {
			return n, false
		}
		fives = low
	}
	n.Exponent = exponent
	if exponent < 0 {
		high, low := bits.Mul64(g.half(), fives)
		n.Mantissa = low
		if high != 0 {
			return n, false
		}
	} else {
		// The odd multiples of the power of five that have 54 bits.
		first, last := (1<<53-1)/fives+1, (1<<54-1)/fives
		if first > last {
			return n, false
		}
		n.Mantissa = first + g.random.Uint64N(last-first+1)
		if n.Mantissa%2 == 0 {
			n.Mantissa--
		}
		if n.Mantissa < first {
			return n, false
		}
	}
	n.Mantissa <<= g.random.IntN(bits.LeadingZeros64(n.Mantissa) + 1)
	return n, true
}

// scale is 10^-exponent as a fraction, which is multiplied by a power of two so that it turns 54 bits into 64.
type scale struct{ num, den *big.Int }

// beside returns a number that is as near to half-way as its exponent and a mantissa of 64 bits allow, or nearly so.
func (g *generator) beside(exponent int) Number {
	s, ok := g.near[exponent]
	if !ok {
		s = newScale(exponent)
		if g.near == nil {
			g.near = map[int]scale{}
		}
		g.near[exponent] = s
	}
	n := new(big.Int).SetUint64(g.half())
	n.Quo(n.Mul(n, s.num), s.den)
	mantissa := n.Uint64() + g.random.Uint64N(3) - 1
	// Servers write 17 digits, and 19 are as many as the fast way takes.
	for drop := g.random.IntN(4); drop > 0 || mantissa > 1e19; drop-- {
		mantissa = (mantissa + 5) / 10
		exponent++
	}
	return Number{mantissa, exponent}
}

func newScale(exponent int) scale {
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(exponent, -exponent))), nil)
	s := scale{big.NewInt(1), power}
	if exponent < 0 {
		s = scale{power, big.NewInt(1)}
	}
	// 2^53 * num / den becomes a number of 63 or 64 bits.
	switch shift := 63 - 53 - (s.num.BitLen() - s.den.BitLen()) - 1; {
	case shift > 0:
		s.num.Lsh(s.num, uint(shift))
	default:
		s.den.Lsh(s.den, uint(-shift))
	}
	return s
}

// Append appends the number as JSON has it, with the given number of digits after the point, 0 for no point, as far as the
// mantissa has so many and one more.
func (n Number) Append(dst []byte, behind int) []byte {
	start := len(dst)
	dst = strconv.AppendUint(dst, n.Mantissa, 10)
	exponent := n.Exponent
	if behind = min(behind, len(dst)-start-1); behind > 0 {
		at := len(dst) - behind
		dst = append(dst, 0)
		copy(dst[at+1:], dst[at:])
		dst[at] = '.'
		exponent += behind
	}
	if exponent != 0 {
		dst = strconv.AppendInt(append(dst, 'e'), int64(exponent), 10)
	}
	return dst
}
