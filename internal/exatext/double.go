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

// doubleRoom is how many bytes putDouble may write to. The longest text takes 23 of them.
const doubleRoom = 32

// AppendDouble appends the shortest text that reads back as f. The text always has a point or an exponent, since the
// server does not take an integer for a DOUBLE. Infinities and NaN have no text and are ErrRange. Some bytes of the capacity
// behind the text are scratch.
func AppendDouble(dst []byte, f float64) ([]byte, error) {
	digits, exponent, ok := FloatPowers().Shortest(math.Abs(f))
	if !ok {
		return appendAnyDouble(dst, f)
	}
	return appendDigits(dst, math.Float64bits(f)>>63, digits, exponent), nil
}

// appendDigits appends what Shortest has found, with a minus if sign is 1.
func appendDigits(dst []byte, sign, digits uint64, exponent int) []byte {
	dst = slices.Grow(dst, len("-")+doubleRoom)
	start := len(dst)
	text := dst[start : start+len("-")+doubleRoom]
	text[0] = '-'
	start += int(sign) + putDouble((*[doubleRoom]byte)(text[sign:]), digits, exponent)
	return dst[:start]
}

// putDouble writes digits * 10^exponent, where digits has 17 digits of which those at the end may be zeros. It returns the
// length of the text. Numbers from 0.0001 up to 10^6 have no exponent, as with the format 'g' of strconv.
func putDouble(text *[doubleRoom]byte, digits uint64, exponent int) int {
	high, first := digits/1e8, digits/1e16
	middle, last := eightDigits(uint32(high-first*1e8)), eightDigits(uint32(digits-high*1e8))
	n := 17 - bits.LeadingZeros64(last)/8 // digits without the zeros at the end
	if last == 0 {
		n = 9 - bits.LeadingZeros64(middle)/8
	}
	one, middle, last := byte('0'+first), middle|asciiZeros, last|asciiZeros
	switch exponent += 16; { // now that of the first digit
	case uint(exponent) <= 5:
		text[0] = one
		binary.LittleEndian.PutUint64(text[1:], middle)
		at := uint(exponent) & 7
		text[1+at] = '.'
		binary.LittleEndian.PutUint64(text[2+at:], middle>>(8*at)|last<<(64-8*at))
		binary.LittleEndian.PutUint64(text[10+at:], last>>(8*at))
		return max(n, exponent+len("0.")) + len(".")
	case uint(exponent+4) < 4:
		const zeros = asciiZeros&^(0xFF<<8) | '.'<<8
		binary.LittleEndian.PutUint64(text[:], zeros)
		at := uint(1-exponent) & 7
		text[at] = one
		binary.LittleEndian.PutUint64(text[1+at:], middle)
		binary.LittleEndian.PutUint64(text[9+at:], last)
		return int(at) + n
	}
	text[0], text[1] = one, '.'
	binary.LittleEndian.PutUint64(text[2:], middle)
	binary.LittleEndian.PutUint64(text[10:], last)
	if n > 1 {
		n++ // the point
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

// appendAnyDouble is AppendDouble for all values, but slower.
func appendAnyDouble(dst []byte, f float64) ([]byte, error) {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return dst, ErrRange
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, f, 'g', -1, 64)
	if !bytes.ContainsAny(dst[start:], ".e") {
		dst = append(dst, ".0"...)
	}
	return dst, nil
}
