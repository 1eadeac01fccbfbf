package exatext

import (
	"math"
	"math/big"
	"math/bits"
	"sync"
)

// Powers turns decimal mantissas and exponents into float64 values. It is a table of powers of ten, each as the 128 most
// significant bits of its binary form, cut off. Get it from [FloatPowers].
type Powers struct {
	table [maxPower - minPower + 1]struct{ hi, lo uint64 }
}

// Only powers of ten between these can bring a mantissa of 64 bits into the range of a float64.
const (
	minPower = -342
	maxPower = 308
)

// FloatPowers returns the table. It is computed when first asked for, which takes a fraction of a millisecond.
var FloatPowers = sync.OnceValue(newPowers)

func newPowers() *Powers {
	p := new(Powers)
	low := new(big.Int).SetUint64(math.MaxUint64)
	top, word := new(big.Int), new(big.Int)
	set := func(power int) {
		entry := &p.table[power-minPower]
		entry.lo = word.And(top, low).Uint64()
		entry.hi = word.Rsh(top, 64).Uint64()
	}
	ten, one, n := big.NewInt(10), big.NewInt(1), big.NewInt(1) // n is 10 to the power
	for power := 0; power <= -minPower; power++ {
		length := n.BitLen()
		if power <= maxPower {
			top.Lsh(n, uint(max(128-length, 0)))
			set(power)
			if length > 128 {
				top.Rsh(n, uint(length-128))
				set(power)
			}
		}
		if power > 0 {
			// n lies between two powers of two and is neither, so this quotient has exactly 128 bits.
			top.Quo(top.Lsh(one, uint(length+127)), n)
			set(-power)
		}
		n.Mul(n, ten)
	}
	return p
}

// exactPowers are the powers of ten that a float64 holds exactly.
var exactPowers = [...]float64{
	1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
}

// Float returns the float64 that is nearest to mantissa * 10^exponent, ties to even. ok is false in the rare cases in
// which 128 bits of the power of ten do not decide the rounding, and for results that are subnormal or too large; then
// the caller must take another way.
//
// It is the algorithm that Eisel found and Lemire described in "Number Parsing at a Gigabyte per Second" (2021).
func (p *Powers) Float(mantissa uint64, exponent int) (f float64, ok bool) {
	if mantissa>>53 == 0 && uint(exponent+22) <= 44 {
		// Both operands are exact, so the one operation rounds correctly.
		if exponent < 0 {
			return float64(mantissa) / exactPowers[-exponent], true
		}
		return float64(mantissa) * exactPowers[exponent], true
	}
	index := exponent - minPower
	if uint(index) >= uint(len(p.table)) || mantissa == 0 {
		return 0, mantissa == 0
	}
	power := &p.table[index]

	shift := bits.LeadingZeros64(mantissa)
	mantissa <<= uint(shift) & 63
	hi, lo := bits.Mul64(mantissa, power.hi)
	// The true product is larger than hi:lo, by less than mantissa. If that could carry through the nine bits that are
	// rounded away, more bits of the power are needed.
	if hi&0x1FF == 0x1FF && lo+mantissa < lo {
		moreHi, moreLo := bits.Mul64(mantissa, power.lo)
		var carry uint64
		lo, carry = bits.Add64(lo, moreHi, 0)
		hi += carry
		if hi&0x1FF == 0x1FF && lo == math.MaxUint64 && moreLo+mantissa < moreLo {
			return 0, false
		}
	}

	top := hi >> 63
	significand := hi >> (top + 9) // 54 bits, one more than a float64 has
	if lo == 0 && significand<<(top+9) == hi && significand&3 == 1 {
		// Maybe exactly half-way between two values, of which the lower is even. Sure only if the power is exact.
		if uint(exponent) > 27 {
			return 0, false
		}
		significand--
	}
	significand = (significand + significand&1) >> 1
	// 217706 / 2^16 is log2(10), closely enough for all exponents of the table.
	binary := (217706*exponent)>>16 + 64 + 1023 - shift - int(1^top)
	if significand>>53 != 0 {
		significand >>= 1
		binary++
	}
	if uint(binary-1) >= 0x7FE {
		return 0, false
	}
	return math.Float64frombits(uint64(binary)<<52 | significand&(1<<52-1)), true
}
