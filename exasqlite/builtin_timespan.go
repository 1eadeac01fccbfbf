package exasqlite

import (
	"database/sql/driver"
	"fmt"
	"maps"
	"math"
	"math/big"
	"time"
)

// Functions of lengths of time, and of instants in other zones.

// monthsBetween counts months, with the days that are left as parts of 31.
func monthsBetween(x, y time.Time) float64 {
	months := (x.Year()-y.Year())*12 + int(x.Month()) - int(y.Month())
	// Two last days are a whole number of months apart, whatever their dates.
	last := func(c time.Time) bool { return c.AddDate(0, 0, 1).Day() == 1 }
	if x.Day() == y.Day() || last(x) && last(y) {
		return float64(months)
	}
	return float64(months*31+x.Day()-y.Day()) / 31
}

// monthFunction makes MONTHS_BETWEEN and YEARS_BETWEEN.
func monthFunction(divide float64) builtin {
	return builtin{2, 2, strict(typeDouble, []typ{typeDate}, func(v []driver.Value) (driver.Value, error) {
		return monthsBetween(clockOf(v[0].(string)), clockOf(v[1].(string))) / divide, nil
	})}
}

// numberToInterval makes NUMTODSINTERVAL and NUMTOYMINTERVAL; units has the size of each unit.
func numberToInterval(t typ, units map[string]int64) builtin {
	return builtin{2, 2, func(b *binder, x *exCall, args []bound) (bound, error) {
		// The unit decides the factor, so it has to be known.
		name, ok := args[1].val.(string)
		size, known := units[name]
		if !args[1].lit || !ok || !known {
			return bound{}, unsupported(x.pos, "%s with this unit", x.name)
		}
		v, err := b.exactOrDouble(args[0])
		if err != nil {
			return v, err
		}
		// The digits of a DOUBLE are those that it shows: nine of them after the point are a nanosecond of a second.
		if v.t.kind == kindDouble {
			if v, err = b.coerce(v, decimalType(maxDecimal, 9), ""); err != nil {
				return v, err
			}
		}
		scale := v.t.s
		return b.strictCall(t, fmt.Sprint("numto", t, size, v.t), func(a []driver.Value) (driver.Value, error) {
			n := decimalOf(a[0]).big()
			// In big numbers, since a DECIMAL of 36 digits times a factor may have more than 128 bits.
			n.Mul(n, big.NewInt(size))
			roundQuo(n, pow10Big[scale])
			if !n.IsInt64() {
				return nil, errInterval()
			}
			if t.kind == kindYearMonth {
				return fitYearMonth(n.Int64(), t)
			}
			return fitDaySecond(n.Int64(), t)
		}, v), nil
	}}
}

// textToInterval makes TO_DSINTERVAL and TO_YMINTERVAL.
func textToInterval(t typ) builtin {
	return builtin{1, 1, func(b *binder, _ *exCall, args []bound) (bound, error) { return b.coerce(args[0], t, "") }}
}

// bindConvertTZ binds CONVERT_TZ(time, from, to) of constant zones.
func bindConvertTZ(b *binder, x *exCall, args []bound) (bound, error) {
	v, err := b.toTime(args[0])
	if err != nil {
		return v, err
	}
	if v, err = b.coerce(v, typ{kind: kindTimestamp, p: max(3, v.t.p)}, ""); err != nil {
		return v, err
	}
	var zones [2]*time.Location
	for i, a := range args[1:] {
		name, ok := a.val.(string)
		if !a.lit || !ok {
			return v, unsupported(x.pos, "CONVERT_TZ with a zone that is not a constant")
		}
		if zones[i], ok = findZone(name); !ok {
			return v, errorAt(codeDatetime, x.pos, "data exception - invalid time zone '%s'", name)
		}
	}
	t, from, to, behavior := v.t, zones[0], zones[1], b.env.zoneBehavior
	return b.strictCall(t, fmt.Sprint("converttz", t, from, to, behavior), func(a []driver.Value) (driver.Value, error) {
		// A time that the first zone has twice or not at all goes by TIME_ZONE_BEHAVIOR, as for a TIMESTAMP WITH LOCAL
		// TIME ZONE.
		at, ok, err := resolve(clockOf(a[0].(string)), from, behavior)
		if err != nil || !ok {
			return nil, err
		}
		return storeTime(at.In(to), t)
	}, v), nil
}

// bindPosixTime binds POSIX_TIME, the seconds since 1970 in the session's zone.
func bindPosixTime(b *binder, _ *exCall, args []bound) (bound, error) {
	t := decimalType(maxNarrow, 3)
	// Without an argument it is now.
	if len(args) == 0 {
		return b.literal(b.s.now().UnixMilli(), t), nil
	}
	v, err := b.toTime(args[0])
	if err != nil {
		return v, err
	}
	if v, err = b.coerce(v, typ{kind: kindTimestampLTZ, p: 9}, ""); err != nil {
		return v, err
	}
	return b.strictCall(t, "posixtime", func(a []driver.Value) (driver.Value, error) {
		return clockOf(a[0].(string)).UnixMilli(), nil
	}, v), nil
}

// bindFromPosixTime binds FROM_POSIX_TIME, a TIMESTAMP in the session's zone.
func bindFromPosixTime(b *binder, _ *exCall, args []bound) (bound, error) {
	v, err := b.exactOrDouble(args[0])
	if err != nil {
		return v, err
	}
	if v, err = b.coerce(v, decimalType(maxDecimal, 3), ""); err != nil {
		return v, err
	}
	e := b.env
	return b.strictCall(typeTimestamp, fmt.Sprint("fromposix", e), func(a []driver.Value) (driver.Value, error) {
		ms, ok := decimalOf(a[0]).int64()
		// Package time overflows long before the years that can be stored are checked.
		if !ok || ms > math.MaxInt64/2 || ms < math.MinInt64/2 {
			return nil, errorf(codeDatetime, "data exception - datetime field overflow")
		}
		return storeTime(time.UnixMilli(ms).In(e.zone), typeTimestamp)
	}, v), nil
}

// timespanFunctions are those about lengths of time and instants.
var timespanFunctions = map[string]builtin{
	"MONTHS_BETWEEN": monthFunction(1), "YEARS_BETWEEN": monthFunction(12),
	"NUMTODSINTERVAL": numberToInterval(typ{kind: kindDaySecond, p: 9, s: 3}, map[string]int64{
		"DAY": msDay, "HOUR": msDay / 24, "MINUTE": 60 * msSecond, "SECOND": msSecond,
	}),
	"NUMTOYMINTERVAL": numberToInterval(typ{kind: kindYearMonth, p: 9}, map[string]int64{"YEAR": 12, "MONTH": 1}),
	"TO_DSINTERVAL":   textToInterval(typ{kind: kindDaySecond, p: 9, s: 3}),
	"TO_YMINTERVAL":   textToInterval(typ{kind: kindYearMonth, p: 9}),
	"CONVERT_TZ":      {3, 3, bindConvertTZ},
	"POSIX_TIME":      {0, 1, bindPosixTime},
	"FROM_POSIX_TIME": {1, 1, bindFromPosixTime},
}

func init() { maps.Copy(builtins, timespanFunctions) }
