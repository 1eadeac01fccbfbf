package exasqlite

import (
	"strings"
	"time"
)

// What a conversion needs to know of a session. It is a value, and part of the keys of callbacks: two sessions with the
// same formats share a callback, and one that has changed its formats gets another.

// env is what conversions depend on besides the types. It is comparable and never changes.
type env struct {
	dateFormat, datetimeFormat string         // NLS_DATE_FORMAT, NLS_TIMESTAMP_FORMAT
	decimal, group             byte           // NLS_NUMERIC_CHARACTERS
	zone                       *time.Location // TIME_ZONE
	zoneBehavior               string         // TIME_ZONE_BEHAVIOR
	german                     bool           // NLS_DATE_LANGUAGE
	firstDay                   int            // NLS_FIRST_DAY_OF_WEEK, 1 is Monday
}

// plainNumber undoes the session's numeric characters.
func (e env) plainNumber(text string) string {
	if e.decimal == '.' {
		return text
	}
	text = strings.ReplaceAll(text, string(e.group), "")
	return strings.ReplaceAll(text, string(e.decimal), ".")
}
