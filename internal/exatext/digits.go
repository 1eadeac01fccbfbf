package exatext

import (
	"encoding/binary"
	"math/bits"
)

const (
	asciiZeros = 0x3030303030303030 // eight times '0'
	lowNibbles = 0x0606060606060606
	highBits   = 0xF0F0F0F0F0F0F0F0
)

// DigitCount returns how many of the eight bytes of w, from the lowest on, are decimal digits before the first that is
// not. w is the little-endian load of eight bytes of text.
func DigitCount(w uint64) int {
	x := w ^ asciiZeros                                         // digits become 0 to 9
	return bits.TrailingZeros64((x+lowNibbles|x)&highBits) >> 3 // adding 6 carries out of 10 to 15; a carry out of a byte only disturbs those above
}

// DigitValue returns the number that the lowest n of the eight bytes of w spell, which must be digits. n is 1 to 8.
func DigitValue(w uint64, n int) uint64 {
	// Moving the digits to the top leaves zero bytes below, which count as leading zeros.
	x := (w ^ asciiZeros) << ((64 - 8*uint(n)) & 63)
	x = x*10 + x>>8 // pairs, in every second byte
	return ((x&0x000000FF000000FF)*(100+1000000<<32) + (x>>16&0x000000FF000000FF)*(1+10000<<32)) >> 32
}

// AppendInt is strconv.AppendInt for base 10, with eight digits at a time.
func AppendInt(dst []byte, v int64) []byte {
	if v < 0 {
		return AppendUint(append(dst, '-'), -uint64(v))
	}
	return AppendUint(dst, uint64(v))
}

// AppendUint is strconv.AppendUint for base 10, with eight digits at a time. Up to seven bytes of the capacity behind the text
// are scratch.
func AppendUint(dst []byte, v uint64) []byte {
	if v >= 1e8 {
		return binary.LittleEndian.AppendUint64(AppendUint(dst, v/1e8), eightDigits(uint32(v%1e8))|asciiZeros)
	}
	digits := eightDigits(uint32(v))
	zeros := bits.TrailingZeros64(digits|1<<56) / 8 // in front, but not the last digit
	return binary.LittleEndian.AppendUint64(dst, (digits|asciiZeros)>>(8*zeros))[:len(dst)+8-zeros]
}

// eightDigits returns the eight digits of n, which is below 10^8, one in each byte and the first of them in the lowest.
func eightDigits(n uint32) uint64 {
	// Numbers are halved three times, all at once: what x/10000 is stays, and what x%10000 is moves up, and so on. 5243 / 2^19
	// and 103 / 2^10 are a little more than 1/100 and 1/10, by so little that all quotients here are right.
	x := uint64(n)<<32 - uint64(n/10_000)*(10_000<<32-1)
	x = x<<16 - (x*5243>>19&0x0000007F_0000007F)*(100<<16-1)
	return x<<8 - (x*103>>10&0x000F_000F_000F_000F)*(10<<8-1)
}

// powers10 are the powers of ten that fit into 64 bits.
var powers10 = [20]uint64{
	1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
}

// Pow10 returns 10 to the power of n, which must be 0 to 19.
func Pow10(n int) uint64 { return powers10[n] }

// appendPadded appends n in decimal with at least width digits. width is at most 20.
func appendPadded(dst []byte, n uint64, width int) []byte {
	var buf [20]byte
	i := len(buf)
	for n > 0 || i > len(buf)-width {
		i--
		buf[i] = byte('0' + n%10)
		n /= 10
	}
	return append(dst, buf[i:]...)
}

// twoDigits returns the number that the first two bytes of b spell. What it returns is at least 100 if they are not both
// digits.
func twoDigits(b []byte) int {
	_ = b[1]
	tens, units := b[0]-'0', b[1]-'0'
	if tens > 9 || units > 9 {
		return 100
	}
	return int(tens)*10 + int(units)
}

// leadingNumber reads the digits at the start of b. It returns their value and their count, which is 0 if there are none
// or more than most.
func leadingNumber(b []byte, most int) (value int64, count int) {
	for count < len(b) && b[count]-'0' <= 9 {
		if count == most {
			return 0, 0
		}
		value = value*10 + int64(b[count]-'0')
		count++
	}
	return value, count
}
