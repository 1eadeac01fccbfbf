package commands

import (
	"bytes"
	"slices"
)

// numberText is a number in pieces of its text.
type numberText struct {
	negative bool
	whole    []byte // digits before the point
	fraction []byte // digits behind it
	exponent int
}

// splitNumber takes a number apart: an optional sign, digits with at most one point, of which there must be at least one
// digit, and an optional exponent.
func splitNumber(text []byte) (n numberText, ok bool) {
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		n.negative = text[0] == '-'
		text = text[1:]
	}
	end := countDigits(text)
	n.whole, text = text[:end], text[end:]
	if len(text) > 0 && text[0] == '.' {
		end = countDigits(text[1:])
		n.fraction, text = text[1:1+end], text[1+end:]
	}
	if len(n.whole)+len(n.fraction) == 0 {
		return n, false
	}
	if len(text) == 0 {
		return n, true
	}
	if text[0] != 'e' && text[0] != 'E' {
		return n, false
	}
	n.exponent, ok = parseExponent(text[1:])
	return n, ok
}

// digits returns how many digits the number has from the first that is not zero to the last of the scale. It has no zeros in
// front, and a fraction of no more digits than the scale.
func (n numberText) digits(scale int) int {
	if len(n.whole) > 0 {
		return len(n.whole) + scale
	}
	return scale - len(n.fraction) + len(trimLeadingZeros(n.fraction))
}

// notNumber says why splitNumber has refused a text.
func notNumber(text []byte) error {
	if comma := bytes.IndexByte(text, ','); comma >= 0 {
		point := slices.Concat(text[:comma], []byte{'.'}, text[comma+1:])
		if _, ok := splitNumber(point); ok {
			return errComma
		}
	}
	return errNotNumber
}

func parseExponent(text []byte) (exponent int, ok bool) {
	negative := false
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		negative = text[0] == '-'
		text = text[1:]
	}
	if len(text) == 0 || countDigits(text) != len(text) {
		return 0, false
	}
	const enough = 1 << 27 // beyond the length of any text; ten times as much fits into 32 bits
	for _, c := range text {
		exponent = min(exponent*10+int(c-'0'), enough)
	}
	if negative {
		exponent = -exponent
	}
	return exponent, true
}

func countDigits(text []byte) int {
	for i, c := range text {
		if c < '0' || c > '9' {
			return i
		}
	}
	return len(text)
}

func trimLeadingZeros(digits []byte) []byte {
	for len(digits) > 0 && digits[0] == '0' {
		digits = digits[1:]
	}
	return digits
}

func trimTrailingZeros(digits []byte) []byte {
	for len(digits) > 0 && digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
	}
	return digits
}

func appendZeros(dst []byte, n int) []byte {
	for range n {
		dst = append(dst, '0')
	}
	return dst
}
