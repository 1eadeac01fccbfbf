package exasqlite

import (
	"database/sql/driver"
	"fmt"
	"maps"
	"time"
)

// Functions of dates and times. They work on what the clock shows: a TIMESTAMP WITH LOCAL TIME ZONE is taken to the
// session's zone first, and back after it was changed.

// toTime binds an argument that has to be a DATE or a TIMESTAMP; text is read as a TIMESTAMP.
func (b *binder) toTime(x bound) (bound, error) {
	x = b.settle(x, typeTimestamp)
	if x.t.temporal() {
		return x, nil
	}
	return b.coerce(x, typeTimestamp, "")
}

// adding makes ADD_DAYS and its kin. Units below a day turn a DATE into a TIMESTAMP.
func adding(clock bool, add func(c time.Time, n int) time.Time) builtin {
	return builtin{2, 2, func(b *binder, x *exCall, args []bound) (bound, error) {
		v, err := b.toTime(args[0])
		if err != nil {
			return v, err
		}
		// An hour after a DATE has a time of day.
		if clock && v.t.kind == kindDate {
			if v, err = b.coerce(v, typeTimestamp, ""); err != nil {
				return v, err
			}
		}
		n, err := b.coerce(args[1], decimalType(9, 0), "")
		if err != nil {
			return n, err
		}
		t, e := v.t, b.env
		return b.strictCall(t, fmt.Sprint(x.name, t, e), func(a []driver.Value) (driver.Value, error) {
			// Hours and less are lengths of time: across a change of the clocks an hour stays an hour.
			if clock {
				return storeTime(add(clockOf(a[0].(string)), int(a[1].(int64))), t)
			}
			return e.storeCivil(add(e.civil(a[0].(string), t), int(a[1].(int64))), t)
		}, v, n), nil
	}}
}

// field makes YEAR, MONTH and so on.
func field(unit string) builtin {
	return builtin{1, 1, func(b *binder, _ *exCall, args []bound) (bound, error) {
		return b.extract(unit, args[0])
	}}
}

// extract binds EXTRACT, YEAR, MONTH and so on. The types are those that hold the largest value; seconds have a
// fraction.
func (b *binder) extract(unit string, x bound) (bound, error) {
	if interval(x.t) {
		return b.extractInterval(unit, x)
	}
	v, err := b.toTime(x)
	if err != nil {
		return v, err
	}
	// Months, days, hours and minutes have two digits.
	t := decimalType(2, 0)
	switch unit {
	case "YEAR":
		t = decimalType(4, 0)
	case "SECOND":
		t = decimalType(2+v.t.p, v.t.p)
	}
	from, e := v.t, b.env
	return b.strictCall(t, fmt.Sprint("extract", unit, from, e), func(a []driver.Value) (driver.Value, error) {
		c := e.civil(a[0].(string), from)
		switch unit {
		case "YEAR":
			return int64(c.Year()), nil
		case "MONTH":
			return int64(c.Month()), nil
		case "DAY":
			return int64(c.Day()), nil
		case "HOUR":
			return int64(c.Hour()), nil
		case "MINUTE":
			return int64(c.Minute()), nil
		case "WEEK":
			_, w := c.ISOWeek()
			return int64(w), nil
		}
		// SECOND has the fraction that the type has, and no more.
		nanos := int64(c.Second())*pow10i64(9) + int64(c.Nanosecond())
		return nanos / pow10i64(9-t.s), nil
	}, v), nil
}

// extractInterval takes a part of an interval by arithmetic of SQLite's, whose remainder has the sign that the interval
// has.
func (b *binder) extractInterval(unit string, x bound) (bound, error) {
	type part struct {
		kind         kind
		divide, wrap int64
	}
	// What a unit is of the stored number, and at which number it begins again. The largest unit never does.
	p, ok := map[string]part{
		"YEAR": {kindYearMonth, 12, 1e10}, "MONTH": {kindYearMonth, 1, 12},
		"DAY": {kindDaySecond, msDay, 1e10}, "HOUR": {kindDaySecond, 3600 * msSecond, 24},
		"MINUTE": {kindDaySecond, 60 * msSecond, 60}, "SECOND": {kindDaySecond, 1, 60 * msSecond},
	}[unit]
	if !ok || p.kind != x.t.kind {
		return x, errorf(codeSyntax, "invalid unit %s of %s", unit, x.t)
	}
	t := decimalType(9, 0)
	if unit == "SECOND" {
		t = decimalType(5, 3)
	}
	return derive(t, fmt.Sprintf("((%s / %d) %% %d)", x.sql, p.divide, p.wrap), x), nil
}

// secondsBetween makes the functions that count units of so many seconds.
func secondsBetween(divide int64) builtin {
	return builtin{2, 2, strict(typeDouble, []typ{{kind: kindTimestamp, p: 9}}, func(v []driver.Value) (driver.Value, error) {
		l, r := clockOf(v[0].(string)), clockOf(v[1].(string))
		seconds := float64(l.Unix()-r.Unix()) + float64(l.Nanosecond()-r.Nanosecond())/1e9
		return seconds / float64(divide), nil
	})}
}

// withFormat binds TO_CHAR, TO_DATE, TO_TIMESTAMP: a format has to be a constant.
func (b *binder) withFormat(x *exCall, args []bound) (string, error) {
	if len(args) < 2 {
		return "", nil
	}
	format, ok := args[1].val.(string)
	if !args[1].lit || !ok {
		return "", unsupported(x.pos, "%s with a format that is not a constant", x.name)
	}
	_, err := compileFormat(format)
	return format, err
}

// formatted binds a text that is read by a format, and says how conversions to type t read it.
func (b *binder) formatted(x *exCall, args []bound, t typ) (text bound, e env, err error) {
	e = b.env
	format, err := b.withFormat(x, args)
	if err != nil {
		return text, e, err
	}
	if format != "" {
		e.dateFormat, e.datetimeFormat = format, format
	}
	if t.temporal() {
		// Whether a text can be read by the format is known now, before there is a row.
		l, err := compileFormat(e.formatOf(t))
		if err == nil {
			err = l.reading
		}
		if err != nil {
			return text, e, err
		}
	}
	text, err = b.toText(args[0])
	return text, e, err
}

// parsing makes TO_DATE and TO_TIMESTAMP.
func parsing(t typ) builtin {
	return builtin{1, 2, func(b *binder, x *exCall, args []bound) (bound, error) {
		v, e, err := b.formatted(x, args, t)
		if err != nil {
			return v, err
		}
		return b.strictCall(t, fmt.Sprint("parse", t, e), func(a []driver.Value) (driver.Value, error) {
			return parseValue(a[0].(string), t, e, false)
		}, v), nil
	}}
}

// bindToChar binds TO_CHAR of times; with a number it goes to the formats of numbers. Without a format it is a
// conversion.
func bindToChar(b *binder, x *exCall, args []bound) (bound, error) {
	if len(args) == 1 {
		return b.toText(args[0])
	}
	// What is no time is a number, or the error says that it is none.
	if !args[0].t.temporal() {
		return b.numberToChar(x, args)
	}
	format, err := b.withFormat(x, args)
	if err != nil {
		return bound{}, err
	}
	from, e := args[0].t, b.env
	l, err := compileFormat(format)
	if err != nil {
		return bound{}, err
	}
	return b.strictCall(varcharType(l.width(), !e.german), fmt.Sprint("tochar", format, from, e), func(a []driver.Value) (driver.Value, error) {
		text := a[0].(string)
		if from.kind == kindTimestampLTZ {
			text = e.toLocal(text)
		}
		out, err := e.appendTime(nil, text, format)
		return string(out), err
	}, args[0]), nil
}

// secondsDay is the length of a day: DATEs know no change of the clocks.
const secondsDay = 24 * 60 * 60

// timeFunctions are the functions of dates and times, and the conversions with a format.
var timeFunctions = map[string]builtin{
	"ADD_DAYS":    adding(false, func(c time.Time, n int) time.Time { return c.AddDate(0, 0, n) }),
	"ADD_WEEKS":   adding(false, func(c time.Time, n int) time.Time { return c.AddDate(0, 0, 7*n) }),
	"ADD_MONTHS":  adding(false, addMonths),
	"ADD_YEARS":   adding(false, func(c time.Time, n int) time.Time { return addMonths(c, 12*n) }),
	"ADD_HOURS":   adding(true, func(c time.Time, n int) time.Time { return c.Add(time.Duration(n) * time.Hour) }),
	"ADD_MINUTES": adding(true, func(c time.Time, n int) time.Time { return c.Add(time.Duration(n) * time.Minute) }),
	"ADD_SECONDS": adding(true, func(c time.Time, n int) time.Time { return c.Add(time.Duration(n) * time.Second) }),
	"YEAR":        field("YEAR"), "MONTH": field("MONTH"), "DAY": field("DAY"), "HOUR": field("HOUR"),
	"MINUTE": field("MINUTE"), "SECOND": field("SECOND"), "WEEK": field("WEEK"),
	"EXTRACT": {1, 1, func(b *binder, x *exCall, args []bound) (bound, error) {
		if !wordSet("YEAR MONTH DAY HOUR MINUTE SECOND")[x.unit] {
			return bound{}, errSyntaxCall(x)
		}
		return b.extract(x.unit, args[0])
	}},
	"SECONDS_BETWEEN": secondsBetween(1), "MINUTES_BETWEEN": secondsBetween(60), "HOURS_BETWEEN": secondsBetween(3600),
	"DAYS_BETWEEN": {2, 2, strict(decimalType(9, 0), []typ{typeDate}, func(v []driver.Value) (driver.Value, error) {
		return (clockOf(v[0].(string)).Unix() - clockOf(v[1].(string)).Unix()) / secondsDay, nil
	})},
	"LAST_DAY": {1, 1, strict(typeDate, []typ{typeDate}, func(v []driver.Value) (driver.Value, error) {
		y, m, _ := clockOf(v[0].(string)).Date()
		return storeTime(time.Date(y, m+1, 0, 0, 0, 0, 0, time.UTC), typeDate)
	})},
	"TO_DATE":      parsing(typeDate),
	"TO_TIMESTAMP": parsing(typeTimestamp),
	"TO_CHAR":      {1, 2, bindToChar},
	"TO_NUMBER":    {1, 2, bindToNumber},
}

func init() { maps.Copy(builtins, timeFunctions) }
