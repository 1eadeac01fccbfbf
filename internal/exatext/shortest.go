package exatext

import (
	"math"
	"math/bits"
)

// Shortest returns the shortest decimal number that reads back as f, which is not negative, and of several the one nearest
// to f. It is digits * 10^exponent, where digits has 17 digits, of which those at the end may be zeros. ok is false where 128
// bits of the power of ten do not decide, which is rare apart from numbers exactly half-way; for powers of two with many
// digits, numbers below 10^-293, zero among them, infinities and NaN. Then the caller must take another way.
//
// It rests on a theorem of Giulietti, "The Schubfach way to render doubles" (2020). The numbers that read back as c * 2^q are
// an interval as wide as 2^q, with that in its middle. Choose k so that 10^k <= 2^q < 10^(k+1). Then at least one multiple of
// 10^k lies in the interval, and one multiple of 10^(k+1) at most. If there is the latter, everything shorter is the same
// number, and it is the answer. If there is none, the answer is the multiple of 10^k that is nearest.
func (p *Powers) Shortest(f float64) (digits uint64, exponent int, ok bool) {
	const fraction = 1<<52 - 1
	b := math.Float64bits(f)
	q := int(b>>52) - 1075
	// 315653 / 2^20 is log10(2), and 217706 / 2^16 is log2(10), closely enough for all exponents.
	exponent = (315653*q)>>20 + 1
	index := -exponent - minPower
	if uint(index) >= uint(len(p.table)) || q == 0x7FF-1075 {
		return 0, 0, false
	}
	power := &p.table[index]

	// In units of 10^(k+1) the interval is from x-h to x+h, where x is c * 2^q and h is 0.05 to 0.5. With 10^-(k+1) =
	// power * 2^(e-127), where 2^e is the power of two below it, x is c * power * 2^(q+e-127), and q+e is -4 to -1.
	shift := uint(q+(217706*-exponent)>>16+12) & 15
	c := (b&fraction | 1<<52) << shift
	high, low := bits.Mul64(c, power.hi)
	more, _ := bits.Mul64(c, power.lo)
	low, carry := bits.Add64(low, more, 0)
	high += carry
	whole, part := high>>11, high<<53|low>>11 // x, with 64 bits behind the point
	limit := power.hi >> (12 - shift)         // h
	if b&fraction == 0 {
		limit >>= 1 // the neighbour below a power of two is nearer
	}
	distance := min(part, -part) // from x to the multiple of 10^(k+1) that is nearest
	tenths, rest := bits.Mul64(part, 10)

	// What was cut off, here and in the table, makes the true x larger by less than 2 in the last place, so that distance is
	// wrong by less than 2; the true h is larger by 1 at most. Where that could decide, nothing is decided.
	if distance-limit+1 <= 3 {
		return 0, 0, false
	}
	// The same for half-way between two multiples of 10^k. And for the narrower interval of a power of two k may be too large.
	if (rest-(1<<63-20) <= 20 || b&fraction == 0) && distance > limit {
		return 0, 0, false
	}
	// tenths stays below 10, since from 0.95 on the next multiple of 10^(k+1) is in the interval.
	digits = whole*10 + tenths + rest>>63
	near := (whole + part>>63) * 10
	if distance < limit {
		digits = near
	}
	longer := digits * 10
	exponent -= int((digits-1e16)>>63) + 1
	if digits < 1e16 {
		digits = longer
	}
	return digits, exponent, true
}
