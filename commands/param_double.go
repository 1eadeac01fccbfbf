package commands

import (
	"bytes"
	"fmt"
	"math/big"
	"strconv"

	"github.com/exawire/exawire/internal/exatext"
)

func booleanTarget(t *paramTarget) {
	t.boolean = func(dst []byte, v bool) ([]byte, error) { return strconv.AppendBool(dst, v), nil }
	t.text = func(dst, v []byte) ([]byte, error) {
		switch {
		case is(v, "true"), is(v, "t"), is(v, "1"):
			return append(dst, "true"...), nil
		case is(v, "false"), is(v, "f"), is(v, "0"):
			return append(dst, "false"...), nil
		}
		return dst, fmt.Errorf("%w: neither TRUE nor FALSE", ErrParamText)
	}
}

func is(text []byte, word string) bool { return bytes.EqualFold(text, []byte(word)) }

// exactDouble is the largest n for which a float64 holds all integers up to n.
const exactDouble = 1 << 53

func doubleTarget(t *paramTarget) {
	t.exponents = true
	t.float = func(dst []byte, v float64, _ int) ([]byte, error) { return appendDouble(dst, v) }
	t.integer = func(dst []byte, v int64) ([]byte, error) {
		// The test through float64 is wrong for the top of the range, where it would round to 2^63 and back.
		if (v > exactDouble || v < -exactDouble) && (v > 1<<63-1024 || int64(float64(v)) != v) {
			return dst, errNoDouble
		}
		return append(exatext.AppendInt(dst, v), ".0"...), nil
	}
	t.unsigned = func(dst []byte, v uint64) ([]byte, error) {
		if v > exactDouble && (v > 1<<64-2048 || uint64(float64(v)) != v) {
			return dst, errNoDouble
		}
		return append(exatext.AppendUint(dst, v), ".0"...), nil
	}
	t.number, t.text = appendDoubleText, appendDoubleText
	t.rational = func(dst []byte, v *big.Rat) ([]byte, error) {
		f, _ := v.Float64()
		if f == 0 && v.Sign() != 0 {
			return dst, errTooSmall
		}
		return appendDouble(dst, f)
	}
}

var (
	errNoDouble = fmt.Errorf("%w: no DOUBLE has this integer's value", ErrParamInexact)
	errTooSmall = fmt.Errorf("%w: too close to zero", ErrParamRange)
)

func appendDouble(dst []byte, v float64) ([]byte, error) {
	dst, err := exatext.AppendDouble(dst, v)
	if err != nil {
		return dst, errNotFinite
	}
	return dst, nil
}

// appendDoubleText writes a number that is given as text, as the nearest DOUBLE. An integer must be one exactly.
func appendDoubleText(dst, text []byte) ([]byte, error) {
	n, ok := splitNumber(text)
	if !ok {
		return dst, notNumber(text)
	}
	n.whole, n.fraction = trimLeadingZeros(n.whole), trimTrailingZeros(n.fraction)
	f, ok := smallDouble(n)
	if !ok {
		var err error
		if f, err = strconv.ParseFloat(string(text), 64); err != nil {
			return dst, fmt.Errorf("%w: beyond the largest DOUBLE", ErrParamRange)
		}
		switch {
		case f == 0 && len(n.whole)+len(n.fraction) > 0:
			return dst, errTooSmall
		case n.exponent == 0 && len(n.fraction) == 0:
			if exact := strconv.AppendFloat(nil, f, 'f', 0, 64); !bytes.Equal(bytes.TrimPrefix(exact, []byte("-")), n.whole) {
				return dst, errNoDouble
			}
		}
	}
	return appendDouble(dst, f)
}

// smallDouble converts numbers of up to 15 digits, zero among them, and 22 decimal places. Both the digits and the
// power of ten are exact as float64, so that the one division rounds correctly.
func smallDouble(n numberText) (f float64, ok bool) {
	if len(n.whole)+len(n.fraction) > 15 || n.exponent > 0 || n.exponent < -7 {
		return 0, false
	}
	var digits int64
	for _, c := range n.whole {
		digits = digits*10 + int64(c-'0')
	}
	for _, c := range n.fraction {
		digits = digits*10 + int64(c-'0')
	}
	f = float64(digits) / powersOfTen[len(n.fraction)-n.exponent]
	if n.negative {
		f = -f
	}
	return f, true
}

// powersOfTen are those that a float64 holds exactly.
var powersOfTen = [...]float64{
	1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
	1e21, 1e22,
}
