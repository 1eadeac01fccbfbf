package csvtext

import (
	"bytes"
	"errors"

	"github.com/exawire/exawire/internal/exatext"
)

// What can be wrong with a field.
const (
	strayQuote    = "a quote stands where none can be"
	notNumber     = "the field is no number"
	tooManyDigits = "the number has too many digits"
	notBoolean    = "the field is neither 1 nor 0"
)

// appendAny appends a field in any form: a text as it is, other values as JSON. size is that of the field, -1 if block ends before the field does.
func (d *Decoder) appendAny(b, block []byte, pos int, kind Kind) (_ []byte, size int, reason string) {
	text, end, reason := d.field(block, pos)
	if end < 0 || reason != "" {
		return b, -1, reason
	}
	size = end - pos
	switch {
	case kind == Text, kind == Plain:
		return append(b, text...), size, ""
	case len(text) == 0:
		return append(b, "null"...), size, ""
	case kind == Boolean:
		switch {
		case len(text) == 1 && text[0] == '1':
			return append(b, "true"...), size, ""
		case len(text) == 1 && text[0] == '0':
			return append(b, "false"...), size, ""
		}
		return b, size, notBoolean
	}
	b, reason = d.number(b, text, kind)
	return b, size, reason
}

// field returns the text of a field and the index after it, which is that of a separator.
func (d *Decoder) field(block []byte, pos int) (text []byte, end int, reason string) {
	if pos < len(block) && block[pos] == '"' {
		return d.quoted(block, pos+1)
	}
	for end = pos; end < len(block); end++ {
		switch block[end] {
		case separator, '\n':
			return block[pos:end], end, ""
		case '"':
			return nil, -1, strayQuote
		}
	}
	return nil, -1, ""
}

// quoted is field for one in quotes, of which pos is after the first.
func (d *Decoder) quoted(block []byte, pos int) (text []byte, end int, reason string) {
	doubled := false
	d.scratch = d.scratch[:0]
	for {
		n := bytes.IndexByte(block[pos:], '"')
		if n < 0 || pos+n+1 >= len(block) {
			return nil, -1, ""
		}
		text, end = block[pos:pos+n], pos+n+1
		switch {
		case isEnd(block[end]):
			if doubled {
				d.scratch = append(d.scratch, text...)
				text = d.scratch
			}
			return text, end, ""
		case block[end] != '"':
			return nil, -1, strayQuote
		}
		doubled = true
		d.scratch = append(append(d.scratch, text...), '"')
		pos = end + 1
	}
}

// number appends a number in any form that Exasol may write: with a plus, with zeros that do not count, without a digit
// before the point, with an exponent.
func (d *Decoder) number(b, text []byte, kind Kind) (_ []byte, reason string) {
	start := len(b)
	b, ok := appendJSONNumber(append(b, '"'), text, d.point)
	if !ok {
		return b[:start], notNumber
	}
	form := b[start+1:]
	if kind != Double {
		if _, err := exatext.ParseNumber(form, '.'); errors.Is(err, exatext.ErrRange) {
			return b[:start], tooManyDigits
		}
	}
	if kind == Double || kind == Integer && isShort(form) {
		copy(b[start:], form)
		return b[:len(b)-1], ""
	}
	return append(b, '"'), ""
}

// isShort reports whether a number is one that servers do not send as a string: an integer of up to 18 digits.
func isShort(form []byte) bool {
	form = bytes.TrimPrefix(form, []byte{'-'})
	return len(form) <= 18 && len(digits(form)) == len(form)
}

// appendJSONNumber appends text as a JSON number. The point may be the session's or a point.
func appendJSONNumber(b, text []byte, point byte) (_ []byte, ok bool) {
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		if text[0] == '-' {
			b = append(b, '-')
		}
		text = text[1:]
	}
	whole := digits(text)
	text = text[len(whole):]
	var fraction []byte
	if len(text) > 0 && (text[0] == point || text[0] == '.') {
		fraction = digits(text[1:])
		text = text[1+len(fraction):]
	}
	if len(whole)+len(fraction) == 0 {
		return b, false
	}
	if whole = bytes.TrimLeft(whole, "0"); len(whole) == 0 {
		b = append(b, '0')
	}
	b = append(b, whole...)
	if len(fraction) > 0 {
		b = append(append(b, '.'), fraction...)
	}
	if len(text) == 0 {
		return b, true
	}
	if text[0]|0x20 != 'e' {
		return b, false
	}
	b, text = append(b, 'e'), text[1:]
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		b, text = append(b, text[0]), text[1:]
	}
	if n := len(digits(text)); n == 0 || n < len(text) {
		return b, false
	}
	return append(b, text...), true
}

// digits returns the digits at the beginning of text.
func digits(text []byte) []byte {
	n := 0
	for n < len(text) && text[n]-'0' <= 9 {
		n++
	}
	return text[:n]
}
