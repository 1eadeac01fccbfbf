package exatext

import "encoding/binary"

// Texts in the formats YYYY-MM-DD and YYYY-MM-DD HH24:MI:SS, with or without a fraction, have every digit at a known
// place. They are read in words of eight bytes, which are compared with a pattern: '0' stands for any digit.
var (
	isoDate = newPattern("0000-00-") // YYYY-MM-
	isoTime = newPattern("00 00:00") // DD HH24:MI
)

type pattern struct {
	text  uint64 // the pattern itself: exclusive or leaves the digits
	limit uint64 // added to that: sets the top bit of each byte that is no digit, or not the separator
}

func newPattern(text string) pattern {
	p := pattern{text: binary.LittleEndian.Uint64([]byte(text))}
	for i, c := range []byte(text) {
		carry := uint64(0x7F)
		if c == '0' {
			carry = 0x7F - 9
		}
		p.limit |= carry << (8 * i)
	}
	return p
}

// digits returns the first eight bytes of text with digits as numbers and separators as zeros.
func (p *pattern) digits(text []byte) (x uint64, ok bool) {
	x = binary.LittleEndian.Uint64(text) ^ p.text
	return x, (x+p.limit|x)&0x8080808080808080 == 0
}

// pair returns the number of two digits, of which the first is byte number at of x.
func pair(x uint64, at uint) int { return int(x>>(8*at)&0xFF*10 + x>>(8*at+8)&0xFF) }

// parseISO reads a text of the given width whose elements stand at known places. It does not look at their ranges.
func parseISO(text []byte, width int) (year, month, day, hour, minute, second, nanos int, ok bool) {
	if len(text) != width || width < 10 {
		return 0, 0, 0, 0, 0, 0, 0, false
	}
	x, ok := isoDate.digits(text)
	year, month = pair(x, 0)*100+pair(x, 2), pair(x, 5)
	if width == 10 {
		day = twoDigits(text[8:])
		return year, month, day, 0, 0, 0, 0, ok && day < 100
	}
	if width < 19 {
		return 0, 0, 0, 0, 0, 0, 0, false
	}
	x, alright := isoTime.digits(text[8:])
	day, hour, minute, second = pair(x, 0), pair(x, 3), pair(x, 6), twoDigits(text[17:])
	ok = ok && alright && text[16] == ':' && second < 100
	if width > 20 {
		var count int
		nanos, count = fractionNanos(text)
		ok = ok && text[19] == '.' && count == width-20
	}
	return year, month, day, hour, minute, second, nanos, ok
}

// fractionNanos reads the fraction that text, which is longer than 20 bytes, has from byte 20 on. It also returns how
// many digits it has read: all, if the fraction is good.
func fractionNanos(text []byte) (nanos, count int) {
	n := uint(len(text) - 20)
	if n > 8 {
		value, count := leadingNumber(text[20:], 9)
		return int(value), count
	}
	// The word that ends with the text, without the bytes before the fraction.
	w := binary.LittleEndian.Uint64(text[len(text)-8:]) >> ((64 - 8*n) & 63)
	if count = DigitCount(w); count == 0 {
		return 0, 0
	}
	return int(DigitValue(w, count)) * scales[count], count
}
