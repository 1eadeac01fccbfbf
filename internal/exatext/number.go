package exatext

import (
	"cmp"
	"math/bits"
	"strconv"
)

// MaxDigits is how many digits a DECIMAL can have, and the largest scale.
const MaxDigits = 36

// Number is a decimal number in pieces: the unscaled magnitude Hi<<64 | Lo, to be divided by 10 to the power of Scale.
// The magnitude is below 10^36, the scale at most 36, and zero is never negative. Numbers can be compared with == if
// their scales are equal.
type Number struct {
	Hi, Lo   uint64
	Scale    uint8
	Negative bool
}

// limit is 10^36, the first magnitude with too many digits.
var limitHi, limitLo = bits.Mul64(1e18, 1e18)

// ParseNumber reads a decimal number: a sign (also '+'), digits with at most one point among them, and an exponent as in
// 1.5e3, of which only a digit is required. The point is the byte given. The scale of the result is the number of digits
// after the point, less the exponent. ErrRange is returned if more than 36 digits, or 36 digits after the point, are
// needed to hold the number exactly.
func ParseNumber(text []byte, point byte) (Number, error) {
	var n Number
	rest := text
	if len(rest) > 0 && (rest[0] == '-' || rest[0] == '+') {
		n.Negative = rest[0] == '-'
		rest = rest[1:]
	}
	digits := 0   // digits seen
	fraction := 0 // digits seen after the point
	dropped := 0  // zeros at the end that no longer fit
	behind := false
	for len(rest) > 0 {
		c := rest[0]
		if c == point && !behind {
			behind = true
			rest = rest[1:]
			continue
		}
		d := c - '0'
		if d > 9 {
			break
		}
		rest = rest[1:]
		digits++
		if behind {
			fraction++
		}
		switch hi, lo, ok := mulAdd(n.Hi, n.Lo, 10, uint64(d)); {
		case ok:
			n.Hi, n.Lo = hi, lo
		case d == 0:
			dropped++
		default:
			return Number{}, ErrRange
		}
	}
	if digits == 0 {
		return Number{}, ErrSyntax
	}
	exponent, err := parseExponent(rest)
	if err != nil {
		return Number{}, err
	}
	return n.scaled(fraction - dropped - exponent)
}

// parseExponent reads what stands after the digits of a number: nothing, or e and a number.
func parseExponent(text []byte) (int, error) {
	if len(text) == 0 {
		return 0, nil
	}
	if text[0]|0x20 != 'e' {
		return 0, ErrSyntax
	}
	text = text[1:]
	negative := len(text) > 0 && text[0] == '-'
	if negative || len(text) > 0 && text[0] == '+' {
		text = text[1:]
	}
	if len(text) == 0 {
		return 0, ErrSyntax
	}
	const far = 1 << 20 // so large that the result is the same for anything above, whatever stands before the e
	exponent := 0
	for _, c := range text {
		if c-'0' > 9 {
			return 0, ErrSyntax
		}
		exponent = min(exponent*10+int(c-'0'), far)
	}
	if negative {
		exponent = -exponent
	}
	return exponent, nil
}

// scaled returns the number with the magnitude of n and the scale given, which need not be a legal one: zeros are moved
// between the magnitude and the scale to make it legal.
func (n Number) scaled(scale int) (Number, error) {
	if n.Hi|n.Lo == 0 {
		return Number{Scale: uint8(min(max(scale, 0), MaxDigits))}, nil
	}
	for ; scale > MaxDigits; scale-- {
		hi, lo, rem := divRem(n.Hi, n.Lo, 10)
		if rem != 0 {
			return Number{}, ErrRange
		}
		n.Hi, n.Lo = hi, lo
	}
	for ; scale < 0; scale++ {
		hi, lo, ok := mulAdd(n.Hi, n.Lo, 10, 0)
		if !ok {
			return Number{}, ErrRange
		}
		n.Hi, n.Lo = hi, lo
	}
	n.Scale = uint8(scale)
	return n, nil
}

// Fits reports whether the magnitude of n has no more than so many digits, which must be 0 to 36. The point does not matter.
func (n Number) Fits(digits int) bool {
	hi, lo := bits.Mul64(powers10[min(digits, 18)], powers10[max(digits-18, 0)])
	return n.Hi < hi || n.Hi == hi && n.Lo < lo
}

// Rescale returns the same number with another scale from 0 to 36. ok is false if that would take more than 36 digits
// or drop digits that are not zero.
func (n Number) Rescale(scale int) (m Number, ok bool) {
	if scale < 0 || scale > MaxDigits {
		return Number{}, false
	}
	for int(n.Scale) < scale {
		step := min(scale-int(n.Scale), 18)
		if n.Hi, n.Lo, ok = mulAdd(n.Hi, n.Lo, powers10[step], 0); !ok {
			return Number{}, false
		}
		n.Scale += uint8(step)
	}
	for int(n.Scale) > scale {
		step := min(int(n.Scale)-scale, 18)
		var rem uint64
		if n.Hi, n.Lo, rem = divRem(n.Hi, n.Lo, powers10[step]); rem != 0 {
			return Number{}, false
		}
		n.Scale -= uint8(step)
	}
	return n, true
}

// Append appends the number with as many digits after the point as its scale says, such as -0.50.
func (n Number) Append(dst []byte) []byte {
	if n.Negative {
		dst = append(dst, '-')
	}
	if n.Hi == 0 && n.Scale <= 18 { // nearly all numbers
		whole, fraction := n.Lo/powers10[n.Scale], n.Lo%powers10[n.Scale]
		dst = strconv.AppendUint(dst, whole, 10)
		if n.Scale > 0 {
			dst = append(dst, ".000000000000000000"[:1+n.Scale]...)
			for i := len(dst) - 1; fraction > 0; i-- {
				dst[i] = byte('0' + fraction%10)
				fraction /= 10
			}
		}
		return dst
	}
	whole, fraction := n.Split()
	dst = appendMagnitude(dst, whole[0], whole[1], 1)
	if n.Scale > 0 {
		dst = append(dst, '.')
		dst = appendMagnitude(dst, fraction[0], fraction[1], int(n.Scale))
	}
	return dst
}

// Split returns the magnitude in two 128-bit halves, high words first: what stands before the point, and what stands
// after it as an integer of Scale digits.
func (n Number) Split() (whole, fraction [2]uint64) {
	if n.Scale <= 18 {
		hi, lo, rem := divRem(n.Hi, n.Lo, powers10[n.Scale])
		return [2]uint64{hi, lo}, [2]uint64{0, rem}
	}
	hi, lo, low := divRem(n.Hi, n.Lo, 1e18)
	hi, lo, high := divRem(hi, lo, powers10[n.Scale-18])
	fractionHi, fractionLo, _ := mulAdd(0, high, 1e18, low)
	return [2]uint64{hi, lo}, [2]uint64{fractionHi, fractionLo}
}

// appendMagnitude appends a magnitude below 10^36 with at least width digits.
func appendMagnitude(dst []byte, hi, lo uint64, width int) []byte {
	_, high, low := divRem(hi, lo, 1e18)
	if high == 0 && width <= 18 {
		return appendPadded(dst, low, width)
	}
	dst = appendPadded(dst, high, max(width-18, 0))
	return appendPadded(dst, low, 18)
}

// mulAdd returns x*factor + add for the 128-bit x. ok is false if the result is 10^36 or more.
func mulAdd(xHi, xLo, factor, add uint64) (hi, lo uint64, ok bool) {
	over, hi := bits.Mul64(xHi, factor)
	carryHi, lo := bits.Mul64(xLo, factor)
	lo, c := bits.Add64(lo, add, 0)
	hi, c = bits.Add64(hi, carryHi, c)
	ok = over|c == 0 && (hi < limitHi || hi == limitHi && lo < limitLo)
	return hi, lo, ok
}

// divRem divides a 128-bit number by d, which must not be 0.
func divRem(xHi, xLo, d uint64) (hi, lo, rem uint64) {
	hi, rem = xHi/d, xHi%d
	lo, rem = bits.Div64(rem, xLo, d)
	return hi, lo, rem
}

// CompareMagnitude returns -1, 0 or 1 as |n| is less than, equal to or greater than |m|. The scales may differ.
func (n Number) CompareMagnitude(m Number) int {
	whole, fraction := n.Split()
	otherWhole, otherFraction := m.Split()
	if c := compare128(whole, otherWhole); c != 0 {
		return c
	}
	return compare128(widen(fraction, n.Scale), widen(otherFraction, m.Scale))
}

// widen returns a fraction of scale digits as one of 36 digits.
func widen(fraction [2]uint64, scale uint8) [2]uint64 {
	for missing := MaxDigits - int(scale); missing > 0; {
		step := min(missing, 18)
		fraction[0], fraction[1], _ = mulAdd(fraction[0], fraction[1], powers10[step], 0)
		missing -= step
	}
	return fraction
}

func compare128(a, b [2]uint64) int {
	return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1]))
}

// Round returns n with fewer digits after the point, rounded half away from zero. A scale that is negative or not below
// that of n changes nothing. A number of 36 digits can become 10^36, which has one more.
func (n Number) Round(scale int) Number {
	if scale < 0 || scale >= int(n.Scale) {
		return n
	}
	var last uint64
	for int(n.Scale) > scale { // the digit dropped last decides
		n.Hi, n.Lo, last = divRem(n.Hi, n.Lo, 10)
		n.Scale--
	}
	if last >= 5 {
		var carry uint64
		n.Lo, carry = bits.Add64(n.Lo, 1, 0)
		n.Hi += carry
	}
	n.Negative = n.Negative && n.Hi|n.Lo != 0
	return n
}
