package exasqlite

import (
	"math/bits"
	"strings"
	"unicode/utf8"
)

// The short ways: values in the usual forms, of which a file has a million. Each gives what the conversions of SQL give, or
// says that it does not know.

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

// plainDecimalValue reads digits with or without a sign and a point. Digits beyond the scale are cut.
func plainDecimalValue(text []byte, t typ, point byte) (x int128, ok bool) {
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
				if fraction++; fraction > t.s {
					continue
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

// isoStamp turns a whole timestamp in the usual format into the stored form, cut to p digits of a second.
func isoStamp(dst, b []byte, fraction, p int) ([]byte, bool) {
	const whole = len("2006-01-02 15:04:05")
	if len(b) < whole || !isoDate(b[:len(dateOnly)]) || b[10] != ' ' || b[13] != ':' || b[16] != ':' ||
		twoDigits(b[11:]) > 23 || twoDigits(b[14:]) > 59 || twoDigits(b[17:]) > 59 {
		return dst, false
	}
	rest := b[whole:]
	switch {
	case len(rest) == 0 && fraction == 0:
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
