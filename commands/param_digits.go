package commands

import "math/bits"

// digitPairs are the numbers from 00 to 99.
const digitPairs = "" +
	"0001020304050607080910111213141516171819" +
	"2021222324252627282930313233343536373839" +
	"4041424344454647484950515253545556575859" +
	"6061626364656667686970717273747576777879" +
	"8081828384858687888990919293949596979899"

// putTwo writes n, which is below 100, to the first two bytes of dst.
func putTwo(dst []byte, n uint32) {
	_ = dst[1]
	pair := digitPairs[n*2:][:2]
	dst[0], dst[1] = pair[0], pair[1]
}

// putDigits writes n with leading zeros, as many digits as dst has room for.
func putDigits(dst []byte, n uint32) {
	for len(dst) > 1 {
		putTwo(dst[len(dst)-2:], n%100)
		dst, n = dst[:len(dst)-2], n/100
	}
	if len(dst) == 1 {
		dst[0] = byte('0' + n%10)
	}
}

// appendInt is strconv.AppendInt for base 10. It writes the digits where they stay.
func appendInt(dst []byte, v int64) []byte {
	if v < 0 {
		return appendUint(append(dst, '-'), -uint64(v))
	}
	return appendUint(dst, uint64(v))
}

func appendUint(dst []byte, v uint64) []byte {
	digits := countDecimal(v)
	dst = append(dst, "00000000000000000000"[:digits]...)
	text := dst[len(dst)-digits:]
	for v >= 1e8 {
		putDigits(text[len(text)-8:], uint32(v%1e8))
		text, v = text[:len(text)-8], v/1e8
	}
	putDigits(text, uint32(v))
	return dst
}

// countDecimal returns how many digits v has.
func countDecimal(v uint64) int {
	// 1233/4096 is a little more than the logarithm of 2, so that the guess is right or one too large.
	n := bits.Len64(v|1) * 1233 >> 12
	if v >= powersOfTenUint[n] {
		n++
	}
	return max(n, 1)
}

var powersOfTenUint = func() (powers [20]uint64) {
	powers[0] = 1
	for i := 1; i < len(powers); i++ {
		powers[i] = powers[i-1] * 10
	}
	return powers
}()
