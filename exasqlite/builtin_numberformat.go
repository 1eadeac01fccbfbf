package exasqlite

import (
	"database/sql/driver"
	"fmt"
	"strings"
)

// Formats of numbers, in TO_CHAR and TO_NUMBER. Only what the documentation shows examples of is taken. Where two
// readings of it differ, as for a number below 1 without a 0 in the format, the number is refused rather than shown in
// one of them.

// numberFormat is a compiled format of TO_CHAR and TO_NUMBER: digits with separators, and where the sign stands.
type numberFormat struct {
	whole, fraction string // 9, 0 and G
	point           bool
	sign            byte // 0: before the number if negative, a blank if not; S: always before, s: always after, M: after if negative
	width           int
}

// compileNumberFormat fails for a format with an element that this package does not know.
func compileNumberFormat(format string) (f numberFormat, err error) {
	bad := errorf(codeUnsupported, "Feature not supported: format '%s'", format)
	rest := strings.ToUpper(format)
	f.width = len(format) + 1
	switch {
	// One sign at most, at either end.
	case strings.HasPrefix(rest, "S"):
		f.sign, rest = 'S', rest[1:]
	case strings.HasSuffix(rest, "S"):
		f.sign, rest = 's', rest[:len(rest)-1]
	case strings.HasSuffix(rest, "MI"):
		f.sign, rest = 'M', rest[:len(rest)-2]
	}
	rest = strings.NewReplacer("D", ".", "G", ",").Replace(rest)
	f.whole, f.fraction, f.point = strings.Cut(rest, ".")
	if strings.Trim(f.whole, "90,") != "" || strings.Trim(f.fraction, "90") != "" || f.whole+f.fraction == "" ||
		strings.HasPrefix(f.whole, ",") || f.digits() > maxDecimal || len(f.fraction) > maxDecimal {
		return f, bad
	}
	return f, nil
}

// digits is how many digits the format has before the point.
func (f numberFormat) digits() int { return len(f.whole) - strings.Count(f.whole, ",") }

// append writes a number that has as many digits after the point as the format. One with more before it is shown as #.
func (f numberFormat) append(dst []byte, x int128, e env) []byte {
	negative := x.sign() < 0
	if negative {
		x = x.neg()
	}
	text := string(x.appendDecimal(nil, 0))
	// The digits before and after the point are cut from one row of digits, which may be too short.
	if missing := len(f.fraction) + 1 - len(text); missing > 0 {
		text = strings.Repeat("0", missing) + text
	}
	whole, fraction := text[:len(text)-len(f.fraction)], text[len(text)-len(f.fraction):]
	whole = strings.TrimLeft(whole, "0")
	if len(whole) > f.digits() {
		return append(dst, strings.Repeat("#", f.width)...)
	}
	// A zero has to show something.
	if whole == "" && len(f.fraction) == 0 && f.digits() > 0 {
		whole = "0"
	}
	// From here on each character of the format that stands for a digit takes one of these: a blank is a digit that is
	// not shown.
	digits := strings.Repeat(" ", f.digits()-len(whole)) + whole
	body, shown := make([]byte, 0, f.width), false
	for i, at := 0, 0; i < len(f.whole); i++ {
		switch {
		case f.whole[i] == ',' && shown:
			body = append(body, e.group)
			continue
		case f.whole[i] == ',':
			body = append(body, ' ')
			continue
		case digits[at] != ' ':
			shown = true
			body = append(body, digits[at])
		case shown || f.whole[i] == '0':
			shown = true
			body = append(body, '0')
		default:
			body = append(body, ' ')
		}
		at++
	}
	if f.point {
		body = append(append(body, e.decimal), fraction...)
	}
	return f.signed(dst, string(body), negative)
}

// hidesZero reports whether it is not known how the database shows a number: 0.5 or .5.
func (f numberFormat) hidesZero(x int128) bool {
	return len(f.fraction) > 0 && f.digits() > 0 && !strings.HasSuffix(f.whole, "0") && x.fits(len(f.fraction))
}

// signed puts the sign where the format wants it: before the first digit, or after the last.
func (f numberFormat) signed(dst []byte, body string, negative bool) []byte {
	// The sign stands right before the first digit, not at the beginning of the field.
	blank := len(body) - len(strings.TrimLeft(body, " "))
	sign := " "
	if negative {
		sign = "-"
	} else if f.sign == 'S' || f.sign == 's' {
		sign = "+"
	}
	if f.sign == 's' || f.sign == 'M' {
		return append(append(dst, body...), sign...)
	}
	return append(append(append(dst, body[:blank]...), sign...), body[blank:]...)
}

// numberFormatOf reads the format argument, which has to be a constant.
func (b *binder) numberFormatOf(x *exCall, arg bound) (numberFormat, string, error) {
	format, ok := arg.val.(string)
	if !arg.lit || !ok {
		return numberFormat{}, "", unsupported(x.pos, "%s with a format that is not a constant", x.name)
	}
	f, err := compileNumberFormat(format)
	return f, format, err
}

// numberToChar binds TO_CHAR(number, format). DOUBLE is refused: its last digits would be a guess.
func (b *binder) numberToChar(x *exCall, args []bound) (bound, error) {
	from := args[0].t
	if from.kind == kindNull && args[0].param == 0 {
		return b.coerce(args[0], typeText, "")
	}
	if from.kind != kindDecimal {
		return bound{}, unsupported(x.pos, "TO_CHAR of %s with a format", from)
	}
	f, format, err := b.numberFormatOf(x, args[1])
	if err != nil {
		return bound{}, err
	}
	e := b.env
	return b.strictCall(varcharType(f.width, true), fmt.Sprint("tochar", format, from, e), func(a []driver.Value) (driver.Value, error) {
		v, ok := decimalOf(a[0]).rescale(from.s, len(f.fraction), maxDecimal)
		if !ok {
			return strings.Repeat("#", f.width), nil
		}
		// Refused with the value at hand: other rows of the column may be fine.
		if f.hidesZero(v) {
			return nil, errorf(codeUnsupported, "Feature not supported: a number below 1 in the format '%s', which has no 0 before the point", format)
		}
		return string(f.append(nil, v, e)), nil
	}, args[0]), nil
}

// bindToNumber binds TO_NUMBER. With a format the result is the DECIMAL that the format describes, else a DOUBLE.
func bindToNumber(b *binder, x *exCall, args []bound) (bound, error) {
	if len(args) == 1 {
		// TRUE is the number 1, of one digit.
		if args[0].t.kind == kindBoolean {
			return b.coerce(args[0], decimalType(1, 0), "")
		}
		return b.coerce(args[0], typeDouble, "")
	}
	f, format, err := b.numberFormatOf(x, args[1])
	if err != nil {
		return bound{}, err
	}
	v, err := b.toText(args[0])
	if err != nil {
		return v, err
	}
	t := decimalType(max(1, f.digits()+len(f.fraction)), len(f.fraction))
	if t.p > maxDecimal {
		return v, unsupported(x.pos, "format '%s' with more than %d digits", format, maxDecimal)
	}
	e := b.env
	return b.strictCall(t, fmt.Sprint("tonumber", format, e), func(a []driver.Value) (driver.Value, error) {
		plain, err := f.plain(a[0].(string), e)
		if err != nil {
			return nil, err
		}
		d, err := parseDecimalText(plain, t)
		if err != nil {
			return nil, err
		}
		return decimalValue(d, t), nil
	}, v), nil
}

// plain reads a text in the format as a number with a point. Where the separators of groups stand is not looked at, only
// whether there is room for the digits.
func (f numberFormat) plain(text string, e env) (string, error) {
	plain := strings.ReplaceAll(strings.ReplaceAll(strings.TrimSpace(text), string(e.group), ""), string(e.decimal), ".")
	whole, fraction, _ := strings.Cut(strings.TrimLeft(plain, "+-"), ".")
	if len(whole) > f.digits() || len(fraction) > len(f.fraction) || strings.ContainsAny(plain, "eE") {
		return "", errCast(text)
	}
	return plain, nil
}
