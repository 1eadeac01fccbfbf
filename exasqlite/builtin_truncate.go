package exasqlite

import (
	"database/sql/driver"
	"fmt"
	"strings"
	"time"
)

// TRUNC, ROUND and DATE_TRUNC of times. The first two take the units of formats, the third takes words.

// truncateUnits are the units of TRUNC and ROUND of a time; each stands for one of DATE_TRUNC's, but for those of the
// week: D is the first day of the week, which the session decides.
var truncateUnits = map[string]string{
	"CC": "century", "SCC": "century", "YYYY": "year", "SYYYY": "year", "YEAR": "year", "SYEAR": "year", "YYY": "year",
	"YY": "year", "Y": "year", "Q": "quarter", "MONTH": "month", "MON": "month", "MM": "month", "RM": "month", "IW": "week",
	"WW": "weekday of year", "W": "weekday of month", "DAY": "first day", "DY": "first day", "D": "first day",
	"DDD": "day", "DD": "day", "J": "day", "HH": "hour", "HH24": "hour", "HH12": "hour", "MI": "minute", "SS": "second",
}

// dateTruncUnits are those of DATE_TRUNC.
var dateTruncUnits = wordSet("millisecond milliseconds second minute hour day week month quarter year decade century millennium")

// truncateClock goes back to the beginning of a unit.
func truncateClock(c time.Time, unit string, firstDay int) time.Time {
	y, m, d := c.Date()
	date := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
	// The last such day of the week, perhaps today.
	back := func(from time.Weekday) time.Time { return date(y, m, d-int(c.Weekday()-from+7)%7) }
	switch unit {
	// Centuries and millennia begin with a year that ends in 01, decades with one that ends in 0.
	case "millennium":
		return date((y-1)/1000*1000+1, 1, 1)
	case "century":
		return date((y-1)/100*100+1, 1, 1)
	case "decade":
		return date(y/10*10, 1, 1)
	case "year":
		return date(y, 1, 1)
	case "quarter":
		return date(y, (m-1)/3*3+1, 1)
	case "month":
		return date(y, m, 1)
	case "week":
		return back(time.Monday)
	case "first day":
		return back(time.Weekday(firstDay % 7))
	case "weekday of year":
		return back(date(y, 1, 1).Weekday())
	case "weekday of month":
		return back(date(y, m, 1).Weekday())
	case "hour":
		return c.Truncate(time.Hour)
	case "minute":
		return c.Truncate(time.Minute)
	case "second":
		return c.Truncate(time.Second)
	case "millisecond", "milliseconds":
		return c.Truncate(time.Millisecond)
	}
	return date(y, m, d)
}

// roundClock goes to the nearer end of a unit: a year's second half begins in July, a month's on the 16th, a quarter's
// on the 16th of its second month. ok is false for units without such a rule.
func roundClock(c time.Time, unit string) (t time.Time, ok bool) {
	low := truncateClock(c, unit, 0)
	var up, half time.Time
	switch unit {
	case "century":
		up, half = low.AddDate(100, 0, 0), low.AddDate(50, 0, 0)
	case "year":
		up, half = low.AddDate(1, 0, 0), low.AddDate(0, 6, 0)
	case "quarter":
		up, half = low.AddDate(0, 3, 0), low.AddDate(0, 1, 15)
	case "month":
		up, half = low.AddDate(0, 1, 0), low.AddDate(0, 0, 15)
	case "day":
		up, half = low.AddDate(0, 0, 1), low.Add(12*time.Hour)
	case "hour":
		up, half = low.Add(time.Hour), low.Add(30*time.Minute)
	case "minute":
		up, half = low.Add(time.Minute), low.Add(30*time.Second)
	case "second":
		up, half = low.Add(time.Second), low.Add(500*time.Millisecond)
	default:
		return low, false
	}
	if c.Before(half) {
		return low, true
	}
	return up, true
}

// truncateTime binds TRUNC and ROUND of a time. The unit has to be a constant.
func (b *binder) truncateTime(x *exCall, args []bound, m roundMode) (bound, error) {
	// Without a unit the time of day goes.
	unit := "DD"
	if len(args) > 1 {
		text, ok := args[1].val.(string)
		if !args[1].lit || !ok {
			return bound{}, unsupported(x.pos, "%s with a unit that is not a constant", x.name)
		}
		unit = strings.ToUpper(text)
	}
	known, ok := truncateUnits[unit]
	// Not every unit has a documented middle, and a rule of our own would be an approximation.
	_, rounds := roundClock(time.Time{}, known)
	if !ok || m != roundZero && m != roundHalf || m == roundHalf && !rounds {
		return bound{}, unsupported(x.pos, "%s of %s by '%s'", x.name, args[0].t, unit)
	}
	t, e := args[0].t, b.env
	return b.strictCall(t, fmt.Sprint("trunctime", m, known, t, e), func(a []driver.Value) (driver.Value, error) {
		c := e.civil(a[0].(string), t)
		if m == roundHalf {
			c, _ = roundClock(c, known)
			return e.storeCivil(c, t)
		}
		return e.storeCivil(truncateClock(c, known, e.firstDay), t)
	}, args[0]), nil
}

// bindDateTrunc binds DATE_TRUNC. A date stays a DATE, whatever the unit.
func bindDateTrunc(b *binder, x *exCall, args []bound) (bound, error) {
	text, ok := args[0].val.(string)
	unit := strings.ToLower(text)
	if !args[0].lit || !ok || !dateTruncUnits[unit] {
		return bound{}, unsupported(x.pos, "DATE_TRUNC by this unit")
	}
	v, err := b.toTime(args[1])
	if err != nil {
		return v, err
	}
	t, e := v.t, b.env
	return b.strictCall(t, fmt.Sprint("datetrunc", unit, t, e), func(a []driver.Value) (driver.Value, error) {
		return e.storeCivil(truncateClock(e.civil(a[0].(string), t), unit, e.firstDay), t)
	}, v), nil
}

func init() { builtins["DATE_TRUNC"] = builtin{2, 2, bindDateTrunc} }
