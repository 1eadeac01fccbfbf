package exasqlite

import (
	"database/sql/driver"
	"fmt"
	"time"
)

// Arithmetic of dates, timestamps and intervals. Times are stored as text and computed as civil times in Go; intervals
// are numbers, which SQLite adds.
//
//	d + 1  exa_f(6, f1.c5, 1)
//	d - d  exa_f(7, f1.c5, f1.c5)

// typeDaySecond9 is the type of the difference of two timestamps.
var typeDaySecond9 = typ{kind: kindDaySecond, p: 9, s: 9}

// timeArithmetic binds + and - of DATE, TIMESTAMP and INTERVAL.
func (b *binder) timeArithmetic(op string, x, y bound, at pos) (bound, error) {
	if y.t.temporal() && !x.t.temporal() && op == "+" {
		x, y = y, x
	}
	x, y, err := b.timeNulls(op, x, y)
	if err != nil {
		return x, err
	}
	// Two times cannot be added, and no time can be subtracted from a number.
	bad := func() (bound, error) {
		return x, errorAt(codeSyntax, at, "invalid datatypes of %s: %s and %s", op, x.t, y.t)
	}
	if op != "+" && op != "-" {
		return b.scaleInterval(op, x, y, at)
	}
	negative := op == "-"
	switch {
	case x.t.temporal() && y.t.temporal():
		if !negative {
			return bad()
		}
		return b.timeDifference(x, y)
	case x.t.temporal():
		t, yt, e := x.t, y.t, b.env
		// A DOUBLE is no number of days: it would have to be rounded, and the database says nothing about how.
		if !interval(yt) && yt.kind != kindDecimal {
			return bad()
		}
		// An interval of days and seconds has a time of day, which a DATE could not show.
		if yt.kind == kindDaySecond && t.kind == kindDate {
			t = typeTimestamp
			if x, err = b.coerce(x, t, ""); err != nil {
				return x, err
			}
		}
		fn := func(args []driver.Value) (driver.Value, error) {
			if args[0] == nil || args[1] == nil {
				return nil, nil
			}
			return addTime(args[0].(string), t, args[1], yt, negative, e)
		}
		return derive(t, b.call(fmt.Sprint("addtime", t, yt, negative, e), fn, x, y), x, y), nil
	case interval(x.t) && x.t.kind == y.t.kind:
		t, _ := commonType(x.t, y.t)
		t.p = min(maxFraction, t.p+1)
		return derive(t, "("+x.sql+" "+op+" "+y.sql+")", x, y), nil
	}
	return bad()
}

// timeNulls gives a NULL or a placeholder beside a time or an interval its type: a number of days beside a time, a number
// that multiplies, else what it is computed with.
func (b *binder) timeNulls(op string, x, y bound) (bound, bound, error) {
	var err error
	switch {
	case y.t.kind == kindNull && (x.t.temporal() || op == "*" || op == "/"):
		y, err = b.coerce(y, typeInt, "")
	case y.t.kind == kindNull:
		y, err = b.coerce(y, x.t, "")
	case x.t.kind == kindNull && op == "*":
		x, err = b.coerce(x, typeInt, "")
	case x.t.kind == kindNull:
		x, err = b.coerce(x, y.t, "")
	}
	return x, y, err
}

// addTime adds an interval, or a number of days rounded to a whole one, to a stored DATE or TIMESTAMP.
func addTime(text string, t typ, v driver.Value, vt typ, negative bool, e env) (driver.Value, error) {
	switch vt.kind {
	case kindYearMonth:
		n := v.(int64)
		if negative {
			n = -n
		}
		return e.storeCivil(addMonths(e.civil(text, t), int(n)), t)
	case kindDaySecond:
		n := v.(int64)
		if negative {
			n = -n
		}
		// Days and the rest apart: a Duration holds 292 years only.
		return storeTime(clockOf(text).AddDate(0, 0, int(n/msDay)).Add(time.Duration(n%msDay)*time.Millisecond), t)
	}
	// A number with a fraction is rounded to whole days.
	days, ok := decimalOf(v).rescale(vt.s, 0, 9)
	if !ok {
		return nil, errRange()
	}
	n, _ := days.int64()
	if negative {
		n = -n
	}
	return e.storeCivil(e.civil(text, t).AddDate(0, 0, int(n)), t)
}

// addMonths keeps the day of the month, or takes the last one of a shorter month; the last day stays the last.
func addMonths(c time.Time, n int) time.Time {
	y, m, d := c.Date()
	last := func(y int, m time.Month) int { return time.Date(y, m+1, 0, 0, 0, 0, 0, time.UTC).Day() }
	first := time.Date(y, m+time.Month(n), 1, c.Hour(), c.Minute(), c.Second(), c.Nanosecond(), time.UTC)
	limit := last(first.Year(), first.Month())
	if d == last(y, m) || d > limit {
		d = limit
	}
	return first.AddDate(0, 0, d-1)
}

// timeDifference is a number of days between dates, and an interval between timestamps.
func (b *binder) timeDifference(x, y bound) (bound, error) {
	if x.t.kind == kindDate && y.t.kind == kindDate {
		return derive(decimalType(9, 0), b.call("days", func(args []driver.Value) (driver.Value, error) {
			if args[0] == nil || args[1] == nil {
				return nil, nil
			}
			return dayNumber(args[0].(string)) - dayNumber(args[1].(string)), nil
		}, x, y), x, y), nil
	}
	t, _ := commonType(x.t, y.t)
	var err error
	if x, err = b.coerce(x, t, ""); err != nil {
		return x, err
	}
	if y, err = b.coerce(y, t, ""); err != nil {
		return y, err
	}
	return derive(typeDaySecond9, b.call("tsdiff", func(args []driver.Value) (driver.Value, error) {
		if args[0] == nil || args[1] == nil {
			return nil, nil
		}
		return clockOf(args[0].(string)).UnixMilli() - clockOf(args[1].(string)).UnixMilli(), nil
	}, x, y), x, y), nil
}

// dayNumber counts days, so that the difference of two is that of the dates.
func dayNumber(text string) int64 { return clockOf(text[:len(dateOnly)]).Unix() / (24 * 60 * 60) }

// scaleInterval binds interval * n for a whole number n.
func (b *binder) scaleInterval(op string, x, y bound, at pos) (bound, error) {
	if interval(y.t) {
		x, y = y, x
	}
	if op != "*" || !interval(x.t) || y.t.kind != kindDecimal || y.t.s != 0 || y.t.wide() {
		return x, unsupported(at, "%s of %s and %s", op, x.t, y.t)
	}
	t := x.t
	t.p = maxFraction
	return derive(t, b.call(fmt.Sprint("times", t), func(args []driver.Value) (driver.Value, error) {
		if args[0] == nil || args[1] == nil {
			return nil, nil
		}
		l, r := args[0].(int64), args[1].(int64)
		// The product may be more than 64 bits; dividing it again shows that.
		v := l * r
		if l != 0 && v/l != r {
			return nil, errInterval()
		}
		if t.kind == kindYearMonth {
			return fitYearMonth(v, t)
		}
		return fitDaySecond(v, t)
	}, x, y), x, y), nil
}
