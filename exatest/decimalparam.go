package exatest

import (
	"bytes"
	"encoding/json"
	"math/big"
	"regexp"
	"strings"

	"github.com/exawire/exawire/commands"
)

// appendDecimalParam takes JSON numbers and strings, and rounds to the scale of the type.
func (f *formats) appendDecimalParam(dst []byte, t *commands.DataType, raw json.RawMessage) ([]byte, error) {
	if dst, ok := f.appendPlainDecimal(dst, t, raw); ok {
		return dst, nil
	}
	return f.appendAnyDecimal(dst, t, raw)
}

// appendPlainDecimal takes what most parameters are: digits that the type has room for. ok is false for all else.
func (f *formats) appendPlainDecimal(dst []byte, t *commands.DataType, raw json.RawMessage) (_ []byte, ok bool) {
	text, separator := []byte(raw), "."
	if n := len(raw); n > 2 && raw[0] == '"' && raw[n-1] == '"' {
		text, separator = raw[1:n-1], f.paramSeparator
	} else if f.numbers.paramDoubles && bytes.IndexByte(raw, '.') >= 0 {
		return dst, false
	}
	text, negative := bytes.CutPrefix(text, []byte("-"))
	whole, fraction, _ := bytes.Cut(text, []byte(separator))
	scale := orElse(t.Scale, 0)
	if len(whole) == 0 || !isDigits(whole) || !isDigits(fraction) || len(fraction) > scale {
		return dst, false
	}
	whole, fraction = bytes.TrimLeft(whole, "0"), bytes.TrimRight(fraction, "0")
	if len(whole)+scale > orElse(t.Precision, 18) {
		return dst, false
	}
	if negative && len(whole)+len(fraction) > 0 {
		dst = append(dst, '-')
	}
	if len(whole) == 0 {
		whole = []byte("0")
	}
	dst = append(dst, whole...)
	if len(fraction) > 0 {
		dst = append(append(dst, '.'), fraction...)
	}
	return dst, true
}

func isDigits(text []byte) bool {
	for _, c := range text {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// appendAnyDecimal rounds half away from zero.
func (f *formats) appendAnyDecimal(dst []byte, t *commands.DataType, raw json.RawMessage) ([]byte, error) {
	var r *big.Rat
	var err error
	switch {
	case len(raw) > 0 && raw[0] == '"':
		var text string
		if text, err = textOf(raw); err != nil || text == "" {
			return dst, err
		}
		r, err = decimalOf(text, f.paramSeparator)
	case len(raw) == 0 || raw[0] != '-' && (raw[0] < '0' || raw[0] > '9'):
		err = protocol("getString: JSON value is not a string.")
	default:
		r, err = decimalOf(string(raw), ".")
		if f.numbers.paramDoubles && err == nil && bytes.ContainsAny(raw, ".eE") {
			double, _ := r.Float64()
			if r = new(big.Rat).SetFloat64(double); r == nil {
				err = errOutOfRange
			}
		}
	}
	if err != nil {
		return dst, err
	}
	scale, precision := orElse(t.Scale, 0), orElse(t.Precision, 18)
	number := r.FloatString(scale)
	digits := strings.TrimLeft(strings.NewReplacer("-", "", ".", "").Replace(number), "0")
	if len(digits) > precision {
		return dst, errOutOfRange
	}
	return append(dst, trimDecimal(number)...), nil
}

var decimalText = regexp.MustCompile(`^[+-]?([0-9]{1,400}(\.[0-9]{0,400})?|\.[0-9]{1,400})([eE][+-]?[0-9]{1,3})?$`)

// decimalOf reads the text of a DECIMAL.
func decimalOf(text, separator string) (*big.Rat, error) {
	if separator != "." && strings.Contains(text, ".") {
		return nil, badCast(text)
	}
	number := strings.Replace(text, separator, ".", 1)
	if decimalText.MatchString(number) {
		if r, ok := new(big.Rat).SetString(number); ok {
			return r, nil
		}
	}
	return nil, badCast(text)
}
