package exasqlite

import (
	"database/sql/driver"
	"fmt"
	"strconv"
	"strings"
)

// Intervals: a number of months, or of milliseconds. A finer fraction is cut off, although the type may show nine
// digits.

// Milliseconds in a second and in a day.
const (
	msSecond = 1000
	msDay    = 24 * 60 * 60 * msSecond
)

// parseInterval reads [sign]Y-M or [sign]D H:M:S[.F]; digits after milliseconds are cut off as the database does.
func parseInterval(text string, t typ) (driver.Value, error) {
	s := strings.TrimSpace(text)
	negative := strings.HasPrefix(s, "-")
	if negative || strings.HasPrefix(s, "+") {
		s = s[1:]
	}
	v, ok := int64(0), false
	if t.kind == kindYearMonth {
		v, ok = parseYearMonth(s)
	} else {
		v, ok = parseDaySecond(s)
	}
	if !ok {
		return nil, errorf(codeDatetime, "data exception - invalid interval value; Value: '%s'", text)
	}
	if negative {
		v = -v
	}
	if t.kind == kindYearMonth {
		return fitYearMonth(v, t)
	}
	return fitDaySecond(v, t)
}

// parseYearMonth reads Y-M without its sign.
func parseYearMonth(s string) (int64, bool) {
	y, m, ok := strings.Cut(s, "-")
	years, ok1 := digits(y, 9)
	months, ok2 := digits(m, 2)
	return years*12 + months, ok && ok1 && ok2 && months < 12
}

// parseDaySecond reads D H:M:S[.F] without its sign.
func parseDaySecond(s string) (int64, bool) {
	d, clock, ok := strings.Cut(s, " ")
	parts := strings.Split(strings.TrimSpace(clock), ":")
	if !ok || len(parts) != 3 {
		return 0, false
	}
	sec, fraction, point := strings.Cut(parts[2], ".")
	days, ok1 := digits(d, 9)
	h, ok2 := digits(parts[0], 2)
	m, ok3 := digits(parts[1], 2)
	secs, ok4 := digits(sec, 2)
	ms := int64(0)
	if point {
		// More than nine digits are a mistake, those after the third are dropped.
		if _, ok := digits(fraction, 9); !ok {
			return 0, false
		}
		ms, _ = digits((fraction + "00")[:3], 3)
	}
	v := days*msDay + ((h*60+m)*60+secs)*msSecond + ms
	return v, ok1 && ok2 && ok3 && ok4 && h < 24 && m < 60 && secs < 60
}

// digits reads an unsigned number of at most n digits.
func digits(s string, n int) (int64, bool) {
	if s == "" || len(s) > n || strings.TrimLeft(s, "0123456789") != "" {
		return 0, false
	}
	v, err := strconv.ParseInt(s, 10, 64)
	return v, err == nil
}

// errInterval is the error for a part that has more digits than the type.
func errInterval() error {
	return errorf(codeDatetime, "data exception - interval field overflow")
}

// fitYearMonth checks the number of years.
func fitYearMonth(v int64, t typ) (driver.Value, error) {
	if abs64(v)/12 >= pow10i64(t.p) {
		return nil, errInterval()
	}
	return v, nil
}

// fitDaySecond checks the number of days and cuts the fraction to the type's.
func fitDaySecond(v int64, t typ) (driver.Value, error) {
	if abs64(v)/msDay >= pow10i64(t.p) {
		return nil, errInterval()
	}
	// A type with fewer digits than three loses those that it does not show.
	if t.s < 3 {
		v -= v % pow10i64(3-t.s)
	}
	return v, nil
}

// abs64 is v without its sign. No stored value is the smallest int64.
func abs64(v int64) int64 {
	if v < 0 {
		return -v
	}
	return v
}

// appendYearMonth appends an interval with its sign and as many digits of the year as the type has.
func appendYearMonth(dst []byte, v int64, t typ) []byte {
	return fmt.Appendf(dst, "%c%0*d-%02d", signOf(v), t.p, abs64(v)/12, abs64(v)%12)
}

// appendDaySecond appends an interval with its sign, all digits of the days and of the fraction.
func appendDaySecond(dst []byte, v int64, t typ) []byte {
	sign := signOf(v)
	v = abs64(v)
	dst = fmt.Appendf(dst, "%c%0*d %02d:%02d:%02d", sign, t.p, v/msDay, v/(3600*msSecond)%24, v/(60*msSecond)%60,
		v/msSecond%60)
	if t.s > 0 {
		fraction := fmt.Sprintf("%03d000000", v%msSecond)
		dst = append(append(dst, '.'), fraction[:t.s]...)
	}
	return dst
}

// signOf is the sign that an interval always has when it is written.
func signOf(v int64) byte {
	if v < 0 {
		return '-'
	}
	return '+'
}
