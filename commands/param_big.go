package commands

import (
	"fmt"
	"math/big"
)

const (
	// mostBits bounds the big.Int that are turned into text. A longer one fits into no parameter.
	mostBits = 7_000_000

	// mostRatBits bounds the big.Rat, for which the work is more than that of writing digits.
	mostRatBits = 1 << 17

	// mostExponent bounds the big.Float that are turned into text, whose size has little to do with that of the text.
	mostExponent = 1 << 14
)

// bigNumber writes a *big.Int, *big.Rat or *big.Float.
func (t *paramTarget) bigNumber(dst []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case *big.Int:
		if v.BitLen() > mostBits {
			return dst, errTooManyDigits
		}
		t.scratch = v.Append(t.scratch[:0], 10)
	case *big.Float:
		if v.IsInf() {
			return dst, errNotFinite
		}
		exponent := v.MantExp(nil)
		switch {
		case exponent > mostExponent:
			return dst, errTooManyDigits
		case exponent < -mostExponent:
			return dst, errTooSmall
		case t.exponents:
			t.scratch = v.Append(t.scratch[:0], 'g', -1)
		default:
			t.scratch = v.Append(t.scratch[:0], 'f', -1)
		}
	case *big.Rat:
		if max(v.Num().BitLen(), v.Denom().BitLen()) > mostRatBits {
			return dst, errTooManyDigits
		}
		if t.rational != nil {
			return t.rational(dst, v)
		}
		digits, exact := v.FloatPrec()
		if !exact {
			return dst, fmt.Errorf("%w: the fraction has no finite decimal form: round the value", ErrParamInexact)
		}
		t.scratch = append(t.scratch[:0], v.FloatString(digits)...)
	}
	return t.number(dst, t.scratch)
}
