package exasqlite

import (
	"database/sql/driver"
	"fmt"
)

// IS_NUMBER and its kin. What they say has to be what a conversion does, so they try one.

// They fill the table of functions in a loop: the functions differ in nothing but the type.
func init() {
	for name, t := range map[string]typ{
		"IS_NUMBER": typeDouble, "IS_BOOLEAN": typeBoolean, "IS_DATE": typeDate, "IS_TIMESTAMP": {kind: kindTimestamp, p: 9},
		"IS_DSINTERVAL": typeDaySecond9, "IS_YMINTERVAL": {kind: kindYearMonth, p: 9},
	} {
		most := 1
		// Dates can have a format.
		if t.temporal() {
			most = 2
		}
		builtins[name] = builtin{1, most, func(b *binder, x *exCall, args []bound) (bound, error) {
			v, e, err := b.formatted(x, args, t)
			if err != nil {
				return v, err
			}
			return b.strictCall(typeBoolean, fmt.Sprint("is", t, e), func(a []driver.Value) (driver.Value, error) {
				if _, err := parseValue(a[0].(string), t, e, false); err != nil {
					return int64(0), nil
				}
				return int64(1), nil
			}, v), nil
		}}
	}
}
