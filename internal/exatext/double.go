package exatext

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"
	"slices"
	"strconv"
)

// ParseDouble reads a DOUBLE. It is strict: the syntax is that of a JSON number. ErrRange is returned if the number is
// too large; one that is too small becomes 0.
func ParseDouble(text []byte) (float64, error) {
	for _, c := range text {
		// strconv also takes hexadecimal numbers, underscores, infinities and NaN.
		if c-'0' > 9 && c != '-' && c != '+' && c != '.' && c|0x20 != 'e' {
			return 0, ErrSyntax
		}
	}
	digits := bytes.TrimPrefix(text, []byte{'-'})
	if len(digits) == 0 || digits[0]-'0' > 9 || digits[0] == '0' && len(digits) > 1 && digits[1]-'0' <= 9 {
		return 0, ErrSyntax
	}
	if point := bytes.IndexByte(digits, '.'); point >= 0 && (point+1 == len(digits) || digits[point+1]-'0' > 9) {
		return 0, ErrSyntax
	}
	f, err := strconv.ParseFloat(string(text), 64)
	switch {
	case err == nil:
		return f, nil
	case math.IsInf(f, 0):
		return 0, ErrRange
	}
	return 0, ErrSyntax
}

// doubleRoom is what the longest text of a double takes, and what putDouble writes at most.
const doubleRoom = 24

// AppendDouble appends the shortest text that reads back as f. The text always has a point or an exponent, since the
// server does not take an integer for a DOUBLE. Infinities and NaN have no text and are ErrRange. A few bytes of dst's
// capacity behind the text are scratch.
func AppendDouble(dst []byte, f float64) ([]byte, error) {
	digits, exponent, ok := FloatPowers().Shortest(math.Abs(f))
	if !ok {
		return appendAnyDouble(dst, f)
	}
	dst = slices.Grow(dst, len("-")+doubleRoom)
	if math.Signbit(f) {
		dst = append(dst, '-')
	}
	start := len(dst)
	text := (*[doubleRoom]byte)(dst[start : start+doubleRoom])
	return dst[:start+putDouble(text, digits, exponent)], nil
}

// putDouble writes digits * 10^exponent, with 17 digits of which those at the end may be zeros. It returns the length of the
// text, behind which it leaves bytes of no use.
func putDouble(text *[doubleRoom]byte, digits uint64, exponent int) int {
	high := digits / 1e8
	first := high / 1e8
	middle, last := eightDigits(high-first*1e8), eightDigits(digits-high*1e8)
	n := 17 - bits.LeadingZeros64(last)/8 // digits to the last that is not zero
	if last == 0 {
		n = 9 - bits.LeadingZeros64(middle)/8
	}
	one, middle, last := byte(first)+'0', middle|asciiZeros, last|asciiZeros
	exponent += 16 // that of the first digit
	switch {
	case uint(exponent) <= 5:
		text[0] = one
		binary.LittleEndian.PutUint64(text[1:], middle)
		at := uint(exponent)
		text[1+at] = '.'
		binary.LittleEndian.PutUint64(text[2+at:], middle>>(8*at)|last<<(64-8*at))
		binary.LittleEndian.PutUint64(text[10+at:], last>>(8*at))
		return max(n, exponent+2) + 1
	case uint(exponent+4) < 4:
		copy(text[:], "0.000")
		at := uint(1 - exponent)
		text[at] = one
		binary.LittleEndian.PutUint64(text[1+at:], middle)
		binary.LittleEndian.PutUint64(text[9+at:], last)
		return int(at) + n
	}
	text[0], text[1] = one, '.'
	binary.LittleEndian.PutUint64(text[2:], middle)
	binary.LittleEndian.PutUint64(text[10:], last)
	if n > 1 {
		n++
	}
	return n + putExponent(text[n:], exponent)
}

// putExponent writes an exponent as strconv does, with a sign and at least two digits.
func putExponent(text []byte, exponent int) int {
	text[0], text[1] = 'e', '+'
	if exponent < 0 {
		text[1], exponent = '-', -exponent
	}
	at := 2
	if exponent >= 100 {
		text[2] = byte('0' + exponent/100)
		exponent, at = exponent%100, 3
	}
	text[at], text[at+1] = byte('0'+exponent/10), byte('0'+exponent%10)
	return at + 2
}

// appendAnyDouble is AppendDouble for all values, in a slower way.
func appendAnyDouble(dst []byte, f float64) ([]byte, error) {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return dst, ErrRange
	}
	start := len(dst)
	if math.Signbit(f) {
		start++
	}
	dst = strconv.AppendFloat(dst, f, 'e', -1, 64)
	text := dst[start:]
	at := len(text) - len("e+00")
	if text[at] != 'e' {
		return dst, nil // an exponent of three digits
	}
	exponent := int(text[at+2]-'0')*10 + int(text[at+3]-'0')
	switch negative := text[at+1] == '-'; {
	case negative && exponent <= 4:
		return movePointLeft(dst, start, start+at, exponent), nil
	case !negative && exponent <= 5:
		return movePointRight(dst, start, start+at, exponent), nil
	}
	return dst, nil
}

// The form with an exponent is the faster one in strconv, which writes the other digit by digit. Numbers that people
// would write without one are put right afterwards. In both functions the number, without its sign, is dst[start:at],
// and it is d or d.ddd.

// movePointRight multiplies by 10^n, of at most 5.
func movePointRight(dst []byte, start, at, n int) []byte {
	text := dst[start:at]
	if fraction := len(text) - 2; fraction > n {
		copy(text[1:], text[2:2+n])
		text[1+n] = '.'
		return dst[:at]
	}
	end := start + 1
	if len(text) > 1 {
		end += copy(text[1:], text[2:])
	}
	dst = append(dst[:end], "00000"[:n-(end-start-1)]...)
	return append(dst, '.', '0')
}

// movePointLeft divides by 10^n, of 1 to 4.
func movePointLeft(dst []byte, start, at, n int) []byte {
	const room = len("0.0") // may be lacking, as for 1e-04
	dst = append(dst, "000"[:room]...)
	text := dst[start:]
	first, size := text[0], n+2
	if at-start > 1 {
		size += copy(text[size:], text[2:at-start])
	}
	copy(text, "0.000"[:n+1])
	text[n+1] = first
	return dst[:start+size]
}
