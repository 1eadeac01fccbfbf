package resultset

import (
	"errors"

	"github.com/exawire/exawire/internal/exatext"
)

// floatColumn decodes DOUBLE.
type floatColumn struct {
	fixed[float64]
	powers *exatext.Powers
}

func (c *floatColumn) clone() storage { return &floatColumn{fixed: c.copied(), powers: c.powers} }

func (c *floatColumn) run(buf []byte, pos, row, rows int) (end, next int, reason string) {
	end = pos
	for limit := len(buf) - lookahead; pos <= limit; pos = end + 1 {
		at := pos
		negative := buf[at] == '-'
		if negative {
			at++
		}
		w := load(buf, at)
		n := exatext.DigitCount(w)
		if n == 0 || n > 1 && byte(w) == '0' {
			break
		}
		mantissa := exatext.DigitValue(w, n)
		at += n
		var ok bool
		if n == 8 {
			if mantissa, at, ok = moreDigits(buf, at, mantissa); !ok {
				break
			}
		}
		exponent := 0
		if buf[at] == '.' {
			first := at + 1
			if mantissa, at, ok = moreDigits(buf, first, mantissa); !ok || at == first {
				break
			}
			exponent = first - at
		}
		if buf[at]|0x20 == 'e' {
			e, size := smallExponent(load(buf, at+1))
			if size == 0 {
				break
			}
			exponent += e
			at += 1 + size
		}
		f, ok := c.powers.Float(mantissa, exponent)
		if !ok || !isDelimiter(buf[at]) {
			break
		}
		if negative {
			f = -f
		}
		c.Values[row] = f
		row++
		end = at
		if row == rows || buf[at] != ',' {
			break
		}
	}
	return end, row, ""
}

// moreDigits appends the digits at pos, if there are any, to a mantissa. ok is false if the result may not fit into 64
// bits, or if the digits are so near to the end of the message that two words cannot be loaded after them.
func moreDigits(buf []byte, pos int, mantissa uint64) (_ uint64, end int, ok bool) {
	for pos <= len(buf)-3*8 {
		w := load(buf, pos)
		n := exatext.DigitCount(w)
		if n == 0 {
			return mantissa, pos, true
		}
		if mantissa >= exatext.Pow10(19-n) {
			return 0, pos, false
		}
		mantissa = mantissa*exatext.Pow10(n) + exatext.DigitValue(w, n)
		pos += n
		if n < 8 {
			return mantissa, pos, true
		}
	}
	return 0, pos, false
}

// smallExponent reads an exponent of up to three digits from w, the bytes after the e. size is the number of its bytes,
// 0 if it is something else.
func smallExponent(w uint64) (exponent, size int) {
	negative := byte(w) == '-'
	if negative || byte(w) == '+' {
		w >>= 8
		size = 1
	}
	n := exatext.DigitCount(w)
	if n == 0 || n > 3 {
		return 0, 0
	}
	exponent = int(exatext.DigitValue(w, n))
	if negative {
		exponent = -exponent
	}
	return exponent, size + n
}

func (c *floatColumn) value(buf []byte, pos, row int) (end int, reason string) {
	at, reason := scanNumber(buf, pos)
	if reason != "" {
		return pos, reason
	}
	f, err := exatext.ParseDouble(buf[at.text.start:at.text.end])
	switch {
	case err == nil:
		c.Values[row] = f
	case errors.Is(err, exatext.ErrRange):
		c.refuse(buf, row, at.text, "number is too large for a DOUBLE")
	default:
		c.refuse(buf, row, at.text, "malformed number")
	}
	return at.end, ""
}
