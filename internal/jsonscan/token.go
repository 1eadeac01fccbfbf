package jsonscan

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// SkipSpace returns the index of the first byte at or after pos that is not white space, len(buf) if there is none.
func SkipSpace(buf []byte, pos int) int {
	for pos < len(buf) {
		switch buf[pos] {
		case ' ', '\n', '\r', '\t':
			pos++
		default:
			return pos
		}
	}
	return pos
}

// EndOfNumber returns the index after the number that begins at pos, and whether it is written without fraction and
// exponent. ok is false if no number begins there. What follows the number is not looked at: in "01" the number is 0.
func EndOfNumber(buf []byte, pos int) (end int, integral, ok bool) {
	if pos < len(buf) && buf[pos] == '-' {
		pos++
	}
	first := pos
	pos = endOfDigits(buf, pos)
	if pos == first {
		return pos, false, false
	}
	if buf[first] == '0' {
		pos = first + 1
	}
	integral = true
	if pos < len(buf) && buf[pos] == '.' {
		integral = false
		first = pos + 1
		if pos = endOfDigits(buf, first); pos == first {
			return pos, false, false
		}
	}
	if pos < len(buf) && buf[pos]|0x20 == 'e' {
		integral = false
		first = pos + 1
		if first < len(buf) && (buf[first] == '+' || buf[first] == '-') {
			first++
		}
		if pos = endOfDigits(buf, first); pos == first {
			return pos, false, false
		}
	}
	return pos, integral, true
}

func endOfDigits(buf []byte, pos int) int {
	for pos < len(buf) && buf[pos]-'0' <= 9 {
		pos++
	}
	return pos
}

const (
	ones = 0x0101010101010101 // multiplied by a byte: that byte in all eight places
	tops = 0x8080808080808080
)

// Special returns the index of the first byte at or after pos that cannot stand for itself inside a string: a quote, a
// backslash, a control character, or the first byte of a malformed UTF-8 sequence; len(buf) if there is none.
func Special(buf []byte, pos int) int {
	// Many strings are short, so the first step is: one load, one branch.
	if pos <= len(buf)-8 {
		if hits := specials(buf[pos : pos+8]); hits == 0 {
			pos += 8
		} else if at := pos + bits.TrailingZeros64(hits)>>3; buf[at] < utf8.RuneSelf {
			return at
		}
	}
	for pos <= len(buf)-32 {
		b := buf[pos : pos+32]
		h0, h1, h2, h3 := specials(b), specials(b[8:]), specials(b[16:]), specials(b[24:])
		if h0|h1|h2|h3 == 0 {
			pos += 32
			continue
		}
		// Which word it is cannot be predicted, so it is computed and not tested.
		pos += bits.TrailingZeros32(uint32(gather(h0) | gather(h1)<<8 | gather(h2)<<16 | gather(h3)<<24))
		if buf[pos] < utf8.RuneSelf {
			return pos
		}
		for pos <= len(buf)-4 && buf[pos] >= utf8.RuneSelf {
			size := foreignSize(buf[pos : pos+4])
			if size == 0 {
				return pos
			}
			pos += size
		}
	}
	return specialNearEnd(buf, pos)
}

// Plain reports whether all bytes of text, which has at least eight, are ASCII that stands for itself inside a string.
func Plain(text []byte) bool {
	hits := specials(text[len(text)-8:])
	for at := 0; at < len(text)-8; at += 8 {
		hits |= specials(text[at : at+8])
	}
	return hits == 0
}

// gather returns the top bits of the eight bytes of w as the lowest eight bits.
func gather(w uint64) uint64 { return w >> 7 & ones * 0x0102040810204080 >> 56 }

// specialNearEnd is Special for the last bytes, which the wide loads cannot reach.
func specialNearEnd(buf []byte, pos int) int {
	for pos < len(buf) {
		c := buf[pos]
		switch {
		case c < ' ' || c == '"' || c == '\\':
			return pos
		case c < utf8.RuneSelf:
			pos++
		default:
			r, size := utf8.DecodeRune(buf[pos:])
			if r == utf8.RuneError && size < 2 {
				return pos
			}
			pos += size
		}
	}
	return pos
}

// specials marks bytes among the first eight of b that are not ASCII, a quote, a backslash or a control character, by
// their top bits. The lowest mark is exact; a borrow can put wrong ones above it.
func specials(b []byte) uint64 {
	w := binary.LittleEndian.Uint64(b)
	// Flipping bit 1 exchanges the quote with the blank, so that quote and control characters are all below 0x21.
	quoteOrControl := (w ^ 0x02*ones) - 0x21*ones
	backslash := (w ^ '\\'*ones) - ones
	return (quoteOrControl | backslash | w) & tops
}

// foreign holds, for each length of a UTF-8 sequence, the bits that mark its continuation bytes in a little-endian load,
// and the smallest and the largest sequence as big-endian numbers. For lengths that do not exist no number is in range.
var foreign = [9]struct{ marks, low, span uint32 }{
	0: {low: 1<<32 - 1},
	1: {low: 1<<32 - 1},
	2: {0x0000C000, 0xC280, 0xDFBF - 0xC280},
	3: {0x00C0C000, 0xE0A080, 0xEFBFBF - 0xE0A080},
	4: {0xC0C0C000, 0xF0908080, 0xF48FBFBF - 0xF0908080},
	5: {low: 1<<32 - 1},
	6: {low: 1<<32 - 1},
	7: {low: 1<<32 - 1},
	8: {low: 1<<32 - 1},
}

// foreignSize returns the length of the UTF-8 sequence at the start of b, which has four bytes and does not begin with
// ASCII; 0 if it is malformed. Other than utf8.DecodeRune it has no branch for each length: in most languages they mix.
func foreignSize(b []byte) int {
	x := binary.LittleEndian.Uint32(b)
	n := bits.LeadingZeros8(^byte(x)) // the first byte begins with as many ones as the sequence has bytes
	f := &foreign[n]
	sequence := bits.ReverseBytes32(x) >> (32 - 8*uint(n))
	const firstSurrogate, surrogates = 0xEDA080, 0xEDBFBF - 0xEDA080
	if x&f.marks != f.marks&0x80808080 || sequence-f.low > f.span || sequence-firstSurrogate <= surrogates {
		return 0
	}
	return n
}
