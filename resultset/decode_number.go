package resultset

import (
	"errors"

	"github.com/exawire/exawire/internal/exatext"
	"github.com/exawire/exawire/internal/jsonscan"
)

// numberText returns the text of the number at pos, which may stand in quotes, and the index behind the value.
func numberText(buf []byte, pos int) (text []byte, end int, reason string) {
	if buf[pos] == '"' {
		s, end, reason := scanString(buf, pos)
		return buf[s.start:s.end], end, reason
	}
	end, _, ok := jsonscan.EndOfNumber(buf, pos)
	if !ok {
		return nil, pos, "expected a number"
	}
	return buf[pos:end], end, ""
}

// scanNumber reads a DECIMAL in any form: a JSON number, with exponent too, or a string. scale is that of the column,
// -1 if it is not known.
func scanNumber(buf []byte, pos, scale int, point byte) (n exatext.Number, end int, reason string) {
	text, end, reason := numberText(buf, pos)
	if reason != "" {
		return n, pos, reason
	}
	if buf[pos] != '"' {
		point = '.'
	}
	n, err := exatext.ParseNumber(text, point)
	switch {
	case errors.Is(err, exatext.ErrRange):
		return n, pos, "number has too many digits"
	case err != nil:
		return n, pos, "malformed number"
	case scale < 0:
		return n, end, ""
	case int(n.Scale) > scale:
		return n, pos, "number has more digits behind the point than its column"
	}
	n, ok := n.Rescale(scale)
	if !ok {
		return n, pos, "number has too many digits"
	}
	return n, end, ""
}

// isDelimiter reports whether a number can end before c. A number that goes on in a way that a run does not know is left
// to the slow path.
func isDelimiter(c byte) bool { return c == ',' || c == ']' || c <= ' ' }

// digits16 reads up to 16 digits at pos. It returns their value and their number. It loads 16 bytes.
func digits16(buf []byte, pos int) (v uint64, n int) {
	w := load(buf, pos)
	if n = exatext.DigitCount(w); n == 0 {
		return 0, 0
	}
	v = exatext.DigitValue(w, n)
	if n < 8 {
		return v, n
	}
	w = load(buf, pos+8)
	more := exatext.DigitCount(w)
	if more == 0 {
		return v, n
	}
	return v*exatext.Pow10(more) + exatext.DigitValue(w, more), n + more
}

// int64Column decodes DECIMAL columns of up to 18 digits without a fraction.
type int64Column struct {
	fixed[int64]
	decimals derived[Decimal]
}

func (c *int64Column) reset(buf []byte, n int) {
	c.fixed.reset(buf, n)
	c.decimals.reset()
}

func (c *int64Column) clone() storage { return &int64Column{fixed: c.copied()} }

func (c *int64Column) run(buf []byte, pos, row, rows int) (end, next int, reason string) {
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
		v := exatext.DigitValue(w, n)
		at += n
		if n == 8 {
			w = load(buf, at)
			if n = exatext.DigitCount(w); n > 0 {
				v = v*exatext.Pow10(n) + exatext.DigitValue(w, n)
				at += n
			}
			if n == 8 { // 16 digits so far, two more are sure to fit
				w = load(buf, at)
				if n = exatext.DigitCount(w); n > 2 {
					break
				}
				if n > 0 {
					v = v*exatext.Pow10(n) + exatext.DigitValue(w, n)
					at += n
				}
			}
		}
		x := int64(v)
		if negative {
			x = -x
		}
		if !isDelimiter(buf[at]) {
			break
		}
		c.Values[row] = x
		row++
		end = at
		if row == rows || buf[at] != ',' {
			break
		}
	}
	return end, row, ""
}

func (c *int64Column) value(buf []byte, pos, row int) (end int, reason string) {
	n, end, reason := scanNumber(buf, pos, 0, '.')
	if reason != "" {
		return pos, reason
	}
	v, ok := decimalOf(n).Int64()
	if !ok {
		return pos, "number does not fit into 64 bits"
	}
	c.Values[row] = v
	return end, ""
}

// decimalColumn decodes all other DECIMAL columns.
type decimalColumn struct {
	fixed[Decimal]
	ints  derived[int64]
	scale int  // -1 if the server did not say: every value has its own
	point byte // between integer and fraction
}

func (c *decimalColumn) reset(buf []byte, n int) {
	c.fixed.reset(buf, n)
	c.ints.reset()
}

func (c *decimalColumn) clone() storage {
	return &decimalColumn{fixed: c.copied(), scale: c.scale, point: c.point}
}

func (c *decimalColumn) run(buf []byte, pos, row, rows int) (end, next int, reason string) {
	end = pos
	if c.scale < 0 || c.scale > 18 {
		return end, row, ""
	}
	// A magnitude below 10^19 fits into 64 bits, so much may stand before the point.
	most, unit := exatext.Pow10(19-c.scale), exatext.Pow10(c.scale)
	for limit := len(buf) - lookahead; pos <= limit; pos = end + 1 {
		at := pos
		quoted := buf[at] == '"'
		if quoted {
			at++
		}
		negative := buf[at] == '-'
		if negative {
			at++
		}
		v, n := digits16(buf, at)
		if n == 0 || n > 1 && buf[at] == '0' || v >= most {
			break
		}
		v *= unit
		at += n
		if quoted && buf[at] == c.point {
			at++
			fraction, n := digits16(buf, at)
			if n == 0 || n > c.scale {
				break
			}
			v += fraction * exatext.Pow10(c.scale-n)
			at += n
		}
		if quoted {
			if buf[at] != '"' {
				break
			}
			at++
		}
		if !isDelimiter(buf[at]) {
			break
		}
		c.Values[row] = Decimal{lo: v, scale: uint8(c.scale), negative: negative && v != 0}
		row++
		end = at
		if row == rows || buf[at] != ',' {
			break
		}
	}
	return end, row, ""
}

func (c *decimalColumn) value(buf []byte, pos, row int) (end int, reason string) {
	n, end, reason := scanNumber(buf, pos, c.scale, c.point)
	if reason == "" {
		c.Values[row] = decimalOf(n)
	}
	return end, reason
}
