package exasqlite

import (
	"math/bits"
	"strings"
	"time"
	"unicode/utf8"
)

// The short ways: values in the usual forms, of which a file or a prepared INSERT has a million. Each gives what the conversions of
// SQL give, or says that it does not know.

// plainForm says which form is the usual one for the values of a column.
type plainForm struct {
	t       typ
	iso     int  // digits of a fraction that a time may have, -1 if its format is another one
	point   byte // of a DECIMAL, 0 if its format is another one
	cutting bool // digits of a DECIMAL beyond its scale are cut and not rounded
}

// newPlainForm finds the usual form of a type by the format of its times.
func newPlainForm(t typ, format string, e env) plainForm {
	f := plainForm{t: t, iso: isoFraction(format, t), point: '.'}
	// A time of another zone has to be looked up.
	if t.kind == kindTimestampLTZ && e.zone != time.UTC {
		f.iso = -1
	}
	return f
}

// put adds a value, or returns false if its form is another one.
func (f *plainForm) put(b *rowBatch, text []byte) bool {
	switch f.t.kind {
	case kindVarchar, kindChar:
		if !plainText(text, f.t) {
			return false
		}
		b.putText(text, f.t.p-len(text), f.t.kind == kindChar)
		return true
	case kindDecimal:
		x, ok := plainDecimalValue(text, f)
		if ok {
			b.put(decimalValue(x, f.t))
		}
		return ok
	case kindBoolean:
		v, ok := plainBoolean(text)
		if ok {
			b.put(v)
		}
		return ok
	case kindDate:
		if f.iso < 0 || !isoDate(text) {
			return false
		}
		b.putText(text, 0, false)
		return true
	case kindTimestamp, kindTimestampLTZ:
		if f.iso < 0 {
			return false
		}
		stamp, ok := isoStamp(b.scratch[:0], text, f.iso, f.t.p)
		if b.scratch = stamp; ok {
			b.putText(stamp, 0, false)
		}
		return ok
	}
	return false
}

// plainBoolean reads a truth value as a client or an EXPORT writes it.
func plainBoolean(text []byte) (v int64, ok bool) {
	switch string(text) {
	case "1", "true":
		return 1, true
	case "0", "false":
		return 0, true
	}
	return 0, false
}

// isoFraction reports whether a format is the usual one of the type, by how many digits of a second it has; -1 is no.
func isoFraction(format string, t typ) int {
	if t.kind == kindDate {
		if format == defaultDateFormat {
			return 0
		}
		return -1
	}
	rest, ok := strings.CutPrefix(format, "YYYY-MM-DD HH24:MI:SS")
	switch {
	case ok && rest == "":
		return 0
	case ok && len(rest) == 4 && rest[:3] == ".FF" && rest[3] >= '1' && rest[3] <= '9':
		return int(rest[3] - '0')
	}
	return -1
}

// plainText reports whether a text fits its type as it is, or with blanks behind it.
func plainText(text []byte, t typ) bool {
	if len(text) > t.p {
		return false
	}
	for _, c := range text {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// plainDecimalValue reads digits with or without a sign and a point.
func plainDecimalValue(text []byte, f *plainForm) (x int128, ok bool) {
	t, point := f.t, f.point
	if point == 0 {
		return x, false
	}
	i, negative := 0, false
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		negative = text[0] == '-'
		i++
	}
	// Two halves of up to 18 digits each.
	var high, low uint64
	digits, fraction, seen := 0, -1, false
	push := func(d uint64) {
		switch {
		case digits == 0 && d == 0:
			return
		case digits < maxNarrow:
			high = high*10 + d
		default:
			low = low*10 + d
		}
		digits++
	}
	for ; i < len(text); i++ {
		switch c := text[i]; {
		case isDigit(c):
			seen = true
			if fraction >= 0 {
				if fraction++; fraction > t.s && f.cutting {
					continue
				} else if fraction > t.s {
					return x, false
				}
			}
			if push(uint64(c - '0')); digits > maxDecimal {
				return x, false
			}
		case c == point && fraction < 0:
			fraction = 0
		default:
			return x, false
		}
	}
	for fraction = max(fraction, 0); fraction < t.s; fraction++ {
		if push(0); digits > maxDecimal {
			return x, false
		}
	}
	if !seen || digits > t.p {
		return x, false
	}
	x = int128{lo: high}
	if digits > maxNarrow {
		hi, lo := bits.Mul64(high, uint64(pow10i64(digits-maxNarrow)))
		lo, carry := bits.Add64(lo, low, 0)
		x = int128{int64(hi + carry), lo}
	}
	if negative {
		x = x.neg()
	}
	return x, true
}

// twoDigits reads two digits, or returns a number that is too large for anything.
func twoDigits(b []byte) int {
	if !isDigit(b[0]) || !isDigit(b[1]) {
		return 100
	}
	return int(b[0]-'0')*10 + int(b[1]-'0')
}

// isoDate reports whether a text is a date in the stored form.
func isoDate(b []byte) bool {
	if len(b) != len(dateOnly) || b[4] != '-' || b[7] != '-' {
		return false
	}
	century, year, month, day := twoDigits(b), twoDigits(b[2:]), twoDigits(b[5:]), twoDigits(b[8:])
	if century == 100 || year == 100 || century+year == 0 || month < 1 || month > 12 || day < 1 {
		return false
	}
	if day <= 28 {
		return true
	}
	y := century*100 + year
	leap := y%4 == 0 && (y%100 != 0 || y%400 == 0)
	last := 31
	switch {
	case month == 2 && leap:
		last = 29
	case month == 2:
		last = 28
	case month == 4 || month == 6 || month == 9 || month == 11:
		last = 30
	}
	return day <= last
}

// isoStamp turns a timestamp in the usual format into the stored form, cut to p digits of a second. The fraction may be missing.
func isoStamp(dst, b []byte, fraction, p int) ([]byte, bool) {
	const whole = len("2006-01-02 15:04:05")
	if len(b) < whole || !isoDate(b[:len(dateOnly)]) || b[10] != ' ' || b[13] != ':' || b[16] != ':' ||
		twoDigits(b[11:]) > 23 || twoDigits(b[14:]) > 59 || twoDigits(b[17:]) > 59 {
		return dst, false
	}
	rest := b[whole:]
	switch {
	case len(rest) == 0:
	case len(rest) >= 2 && len(rest) <= 1+maxFraction && rest[0] == '.' && fraction > 0:
		rest = rest[1:]
		for _, c := range rest {
			if !isDigit(c) {
				return dst, false
			}
		}
	default:
		return dst, false
	}
	dst = append(append(dst, b[:whole]...), '.')
	for i := range maxFraction {
		if i < len(rest) && i < p {
			dst = append(dst, rest[i])
		} else {
			dst = append(dst, '0')
		}
	}
	return dst, true
}
