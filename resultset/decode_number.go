package resultset

import (
	"errors"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/exatext"
	"github.com/exawire/exawire/internal/jsonscan"
)

// scanned is a number as it stands in a message.
type scanned struct {
	text   span
	end    int  // after the value
	quoted bool // it is a string
}

// scanNumber finds the number at pos, which may stand in quotes. What is in the quotes need not be a number.
func scanNumber(buf []byte, pos int) (n scanned, reason string) {
	if buf[pos] == '"' {
		n.quoted = true
		n.text, n.end, reason = scanString(buf, pos)
		return n, reason
	}
	var ok bool
	if n.end, _, ok = jsonscan.EndOfNumber(buf, pos); !ok {
		return n, "expected a number"
	}
	n.text = span{uint32(pos), uint32(n.end)}
	return n, ""
}

// decimalForm is what values of a DECIMAL column must look like.
type decimalForm struct {
	precision int  // most digits
	scale     int  // most digits after the point; -1 if the server did not say: every value has its own
	point     byte // between integer and fraction in strings
}

// decimalFormOf returns the form of a type. A precision or scale that makes no sense sets no bounds.
func decimalFormOf(t commands.DataType, point byte) decimalForm {
	f := decimalForm{exatext.MaxDigits, -1, point}
	if t.Precision == nil || t.Scale == nil || *t.Scale < 0 || *t.Scale > exatext.MaxDigits {
		return f
	}
	f.scale = *t.Scale
	if max(f.scale, 1) <= *t.Precision && *t.Precision <= exatext.MaxDigits {
		f.precision = *t.Precision
	}
	return f
}

// below returns 10 to the power of the number of digits that a run accepts before the point: together with the scale
// they are no more than 19, which 64 bits always hold.
func (f decimalForm) below() uint64 { return exatext.Pow10(min(f.precision, 19) - f.scale) }

// parse reads a DECIMAL in any form: with zeros that do not count, with an exponent, with a point where the session has
// another separator. The separator cannot be mistaken, since no DECIMAL is written with its digits in groups. bad is
// not empty if the value does not belong in the column.
func (f decimalForm) parse(text []byte, quoted bool) (n exatext.Number, bad string) {
	n, err := parseDecimal(text, quoted, f.point)
	switch {
	case errors.Is(err, exatext.ErrRange):
		return n, "number has too many digits"
	case err != nil:
		return n, "malformed number"
	case f.scale < 0:
		return n, ""
	}
	m, ok := n.Rescale(f.scale)
	switch {
	case ok && m.Fits(f.precision):
		return m, ""
	case !ok && int(n.Scale) > f.scale:
		return n, "number has more digits behind the point than its column"
	}
	return n, "number has too many digits"
}

func parseDecimal(text []byte, quoted bool, point byte) (exatext.Number, error) {
	if !quoted {
		return exatext.ParseNumber(text, '.')
	}
	n, err := exatext.ParseNumber(text, point)
	for _, other := range [...]byte{'.', ','} {
		if other != point && errors.Is(err, exatext.ErrSyntax) {
			n, err = exatext.ParseNumber(text, other)
		}
	}
	return n, err
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
	form     decimalForm // of at most 18 digits
}

func (c *int64Column) reset(buf []byte, n int) {
	c.fixed.reset(buf, n)
	c.decimals.reset()
}

func (c *int64Column) clone() storage { return &int64Column{fixed: c.copied(), form: c.form} }

func (c *int64Column) run(buf []byte, pos, row, rows int) (end, next int, reason string) {
	end = pos
	below := c.form.below()
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
		if v >= below || !isDelimiter(buf[at]) {
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
	at, reason := scanNumber(buf, pos)
	if reason != "" {
		return pos, reason
	}
	n, bad := c.form.parse(buf[at.text.start:at.text.end], at.quoted)
	if bad != "" {
		c.refuse(buf, row, at.text, bad)
		return at.end, ""
	}
	c.Values[row], _ = decimalOf(n).Int64() // no more than 18 digits
	return at.end, ""
}

// decimalColumn decodes all other DECIMAL columns.
type decimalColumn struct {
	fixed[Decimal]
	ints derived[int64]
	decimalForm
}

func (c *decimalColumn) reset(buf []byte, n int) {
	c.fixed.reset(buf, n)
	c.ints.reset()
}

func (c *decimalColumn) clone() storage {
	return &decimalColumn{fixed: c.copied(), decimalForm: c.decimalForm}
}

func (c *decimalColumn) run(buf []byte, pos, row, rows int) (end, next int, reason string) {
	end = pos
	if c.scale < 0 || c.scale > 18 {
		return end, row, ""
	}
	below, unit := c.below(), exatext.Pow10(c.scale)
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
		if n == 0 || n > 1 && buf[at] == '0' || v >= below {
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
	at, reason := scanNumber(buf, pos)
	if reason != "" {
		return pos, reason
	}
	n, bad := c.parse(buf[at.text.start:at.text.end], at.quoted)
	if bad != "" {
		c.refuse(buf, row, at.text, bad)
		return at.end, ""
	}
	c.Values[row] = decimalOf(n)
	return at.end, ""
}
