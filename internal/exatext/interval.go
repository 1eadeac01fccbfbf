package exatext

import "bytes"

// The largest number of years, and of days, that an interval can have.
const (
	MaxYears = 999_999_999
	MaxDays  = 999_999_999
)

const (
	dayNanos = 24 * 60 * 60 * 1e9
)

// ParseYearMonth reads an INTERVAL YEAR TO MONTH, such as +05-03 or 5-3, and returns it in months. The sign is optional
// and belongs to the whole interval: -00-11 is eleven months back.
func ParseYearMonth(text []byte) (months int64, err error) {
	negative, text := sign(text)
	years, n := leadingNumber(text, 9)
	if n == 0 || n == len(text) || text[n] != '-' {
		return 0, ErrSyntax
	}
	text = text[n+1:]
	months, n = leadingNumber(text, 2)
	switch {
	case n == 0 || n != len(text):
		return 0, ErrSyntax
	case months > 11:
		return 0, ErrRange
	}
	months += years * 12
	if negative {
		months = -months
	}
	return months, nil
}

// AppendYearMonth appends an interval in the server's form: a sign, the years with at least precision digits, the months
// with two.
func AppendYearMonth(dst []byte, months int64, precision int) ([]byte, error) {
	sign := byte('+')
	if months < 0 {
		sign, months = '-', -months
	}
	if months < 0 || months/12 > MaxYears {
		return dst, ErrRange
	}
	dst = append(dst, sign)
	dst = appendPadded(dst, uint64(months/12), min(max(precision, 1), 9))
	dst = append(dst, '-')
	return appendPadded(dst, uint64(months%12), 2), nil
}

// ParseDaySecond reads an INTERVAL DAY TO SECOND, such as +02 12:50:10.123 or 2 12:50:10. It returns it as days and as
// the nanoseconds of a part of a day, both with the sign of the interval: -00 00:00:01.000 is 0 days and -1e9 ns. A
// fraction can have up to nine digits.
func ParseDaySecond(text []byte) (days, nanos int64, err error) {
	negative, text := sign(text)
	days, n := leadingNumber(text, 9)
	if n == 0 || n == len(text) || text[n] != ' ' {
		return 0, 0, ErrSyntax
	}
	text = text[n+1:]
	var clock [3]int64
	for i := range clock {
		if i > 0 {
			if len(text) == 0 || text[0] != ':' {
				return 0, 0, ErrSyntax
			}
			text = text[1:]
		}
		if clock[i], n = leadingNumber(text, 2); n == 0 {
			return 0, 0, ErrSyntax
		}
		text = text[n:]
	}
	if rest, ok := bytes.CutPrefix(text, []byte{'.'}); ok {
		if nanos, n = leadingNumber(rest, 9); n == 0 {
			return 0, 0, ErrSyntax
		}
		nanos *= int64(scales[n])
		text = rest[n:]
	}
	switch {
	case len(text) > 0:
		return 0, 0, ErrSyntax
	case clock[0] > 23 || clock[1] > 59 || clock[2] > 59:
		return 0, 0, ErrRange
	}
	nanos += (clock[0]*3600 + clock[1]*60 + clock[2]) * 1e9
	if negative {
		days, nanos = -days, -nanos
	}
	return days, nanos, nil
}

// AppendDaySecond appends an interval in the server's form: a sign, the days with at least precision digits, the time,
// and the given number of digits of a fraction, 0 to 9; digits beyond are cut off. Days and nanoseconds may have
// different signs and nanos may be more than a day: the interval is their sum.
func AppendDaySecond(dst []byte, days, nanos int64, precision, fraction int) ([]byte, error) {
	days, nanos, ok := NormalDaySecond(days, nanos)
	if !ok {
		return dst, ErrRange
	}
	sign := byte('+')
	if days < 0 || nanos < 0 {
		sign, days, nanos = '-', -days, -nanos
	}
	dst = append(dst, sign)
	dst = appendPadded(dst, uint64(days), min(max(precision, 1), 9))
	for i, part := range [...]int64{nanos / 3600e9, nanos / 60e9 % 60, nanos / 1e9 % 60} {
		dst = append(dst, " ::"[i])
		dst = appendPadded(dst, uint64(part), 2)
	}
	if fraction = min(max(fraction, 0), 9); fraction > 0 {
		dst = append(dst, '.')
		dst = appendPadded(dst, uint64(nanos%1e9)/uint64(scales[fraction]), fraction)
	}
	return dst, nil
}

// NormalDaySecond returns the same interval with less than a day in nanos and with equal signs. ok is false if it has
// more than MaxDays.
func NormalDaySecond(days, nanos int64) (int64, int64, bool) {
	const far = 1 << 40 // no sum below overflows
	if days < -far || days > far {
		return 0, 0, false
	}
	days += nanos / dayNanos
	nanos %= dayNanos
	switch {
	case days > 0 && nanos < 0:
		days, nanos = days-1, nanos+dayNanos
	case days < 0 && nanos > 0:
		days, nanos = days+1, nanos-dayNanos
	}
	return days, nanos, -MaxDays <= days && days <= MaxDays
}

func sign(text []byte) (negative bool, rest []byte) {
	if len(text) > 0 && (text[0] == '+' || text[0] == '-') {
		return text[0] == '-', text[1:]
	}
	return false, text
}
