package exatext

import (
	"math"
	"math/bits"
)

// Shortest returns the shortest decimal number that reads back as f, and of several the one nearest to f, as
// digits * 10^exponent. digits always has 17 digits, of which the last ones may be zeros. f is positive. ok is false in the
// rare cases in which 128 bits of the power of ten do not decide, and for numbers below 10^-291, infinities and NaN; then the
// caller must take another way.
//
// It rests on a theorem of Giulietti, "The Schubfach way to render doubles" (2020). All numbers that read back as
// f = c * 2^q lie in an interval as wide as 2^q around f. Choose k so that 10^k <= 2^q < 10^(k+1). Then at least one multiple
// of 10^k lies in the interval, and one multiple of 10^(k+1) at most. If there is the latter, nothing shorter than it is
// another number, and it is the answer, without the zeros at its end. If there is none, the answer is the multiple of 10^k
// that is nearest to f.
func (p *Powers) Shortest(f float64) (digits uint64, exponent int, ok bool) {
	const fractionBits = 52
	b := math.Float64bits(f)
	q := int(b>>fractionBits) - 1075
	// 315653 / 2^20 is log10(2), and 217706 / 2^16 is log2(10), closely enough for all exponents.
	k := (315653 * q) >> 20
	index := -k - minPower
	if uint(index) >= uint(len(p.table)) || q == -1075 || q == 0x7FF-1075 {
		return 0, 0, false
	}
	power := &p.table[index]

	// In units of 10^k the interval reaches from x-h to x+h, where x is f and 0.5 <= h < 5. whole.part is x, and limit is h in
	// units of 2^-60. With 10^-k = power * 2^(e-127) the former is c * power * 2^(q+e-127), and q+e is 0 to 3.
	shift := uint(q+(217706*-k)>>16) & 3
	whole, part := bits.Mul64((b&(1<<fractionBits-1)|1<<fractionBits)<<(shift+1), power.hi)
	more, _ := bits.Mul64((b&(1<<fractionBits-1)|1<<fractionBits)<<(shift+1), power.lo)
	part, carry := bits.Add64(part, more, 0)
	whole += carry
	limit := power.hi >> (4 - shift)

	// What was cut off, here and in the table, makes the true x larger by less than 2^-64 * 2, so by less than 2 of the units of
	// below and above, and the true h by 1 at most. Where less than that decides, nothing is decided.
	tens := whole / 10
	below := (whole-tens*10)<<60 | part>>4 // from the multiple of 10 below x to x
	above := 10<<60 - below                // from x to the next one
	lower := limit
	if b<<12 == 0 {
		lower >>= 1 // the neighbour below a power of two is nearer
	}
	switch {
	case below-lower+1 <= 2, above-limit <= 2:
		return 0, 0, false
	case below < lower:
		digits = tens * 10
	case above < limit:
		digits = tens*10 + 10
	case b<<12 == 0, part-(1<<63-1) <= 1: // a power of two needs another k; half-way between two numbers
		return 0, 0, false
	default:
		digits = whole + part>>63
	}
	// c has 53 bits and 2h is 1 to 10, so that there are 16 or 17 digits.
	if digits < 1e16 {
		digits, k = digits*10, k-1
	}
	return digits, k, true
}
