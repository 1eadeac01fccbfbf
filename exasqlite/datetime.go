package exasqlite

import (
	"database/sql/driver"
	"strings"
	"time"

	"github.com/exawire/exawire/internal/wallclock"
)

// How times are stored: as text whose order is that of time. An instant of a TIMESTAMP WITH LOCAL TIME ZONE is stored
// in UTC, all else is what a clock shows.

// The stored forms. A TIMESTAMP always has nine digits, whatever its precision, so that all of them compare.
const (
	dateOnly  = "2006-01-02"
	stampForm = "2006-01-02 15:04:05.000000000"
	stampZero = "0000-00-00 00:00:00.000000000"
)

// clockOf reads a stored DATE or TIMESTAMP as a civil time in UTC.
func clockOf(text string) time.Time {
	form := stampForm
	if len(text) == len(dateOnly) {
		form = dateOnly
	}
	t, _ := time.Parse(form, text)
	return t
}

// storeTime gives a civil time the form in which type t is stored.
func storeTime(c time.Time, t typ) (driver.Value, error) {
	// A year of other than four digits would not sort.
	if c.Year() < 1 || c.Year() > 9999 {
		return nil, errorf(codeDatetime, "data exception - datetime field overflow")
	}
	if t.kind == kindDate {
		return c.Format(dateOnly), nil
	}
	// Cut, not rounded, as the database does it.
	c = c.Truncate(time.Duration(pow10i64(maxFraction - t.p)))
	return c.Format(stampForm), nil
}

// convertTime converts between DATE, TIMESTAMP and TIMESTAMP WITH LOCAL TIME ZONE.
func convertTime(text string, from, to typ, e env) (driver.Value, error) {
	if from.kind == kindTimestampLTZ && to.kind != kindTimestampLTZ {
		text = e.toLocal(text)
	}
	if to.kind == kindTimestampLTZ && from.kind != kindTimestampLTZ {
		return e.toUTC(clockOf(text), to)
	}
	return storeTime(clockOf(text), to)
}

// toLocal turns the stored form of an instant into local time of the session.
func (e env) toLocal(text string) string {
	// Most sessions, and then nothing has to be done for each value.
	if e.zone == time.UTC {
		return text
	}
	return clockOf(text).In(e.zone).Format(stampForm)
}

// civil is the clock that a stored DATE or TIMESTAMP shows in the session's zone.
func (e env) civil(text string, t typ) time.Time {
	if t.kind == kindTimestampLTZ {
		text = e.toLocal(text)
	}
	return clockOf(text)
}

// storeCivil undoes civil.
func (e env) storeCivil(c time.Time, t typ) (driver.Value, error) {
	if t.kind == kindTimestampLTZ {
		return e.toUTC(c, t)
	}
	return storeTime(c, t)
}

// toUTC reads the civil time c as local to the session and stores the instant.
func (e env) toUTC(c time.Time, t typ) (driver.Value, error) {
	at, ok, err := resolve(c, e.zone, e.zoneBehavior)
	if err != nil || !ok {
		return nil, err
	}
	return storeTime(at.UTC(), t)
}

// formatOf is the session's format of a type.
func (e env) formatOf(t typ) string {
	if t.kind == kindDate {
		return e.dateFormat
	}
	return e.datetimeFormat
}

// canonicalFormat is the format of a type in exatest.Values.
func canonicalFormat(t typ) string {
	if t.kind == kindDate {
		return defaultDateFormat
	}
	return defaultDatetimeFormat
}

// parseTime reads a DATE or TIMESTAMP in the session's format, or in ISO form if canonical.
func parseTime(text string, t typ, e env, canonical bool) (driver.Value, error) {
	format := e.formatOf(t)
	if canonical {
		format = canonicalFormat(t)
	}
	c, err := e.parseFormat(text, format)
	if err != nil {
		return nil, err
	}
	if t.kind == kindTimestampLTZ {
		return e.toUTC(c, t)
	}
	return storeTime(c, t)
}

// literalFraction is the precision of a TIMESTAMP literal: that of its digits, at least 3.
func literalFraction(text string) int {
	_, fraction, _ := strings.Cut(text, ".")
	return max(3, min(len(strings.TrimSpace(fraction)), maxFraction))
}

// findZone finds a time zone by its name, whatever its case.
func findZone(name string) (*time.Location, bool) {
	zone, err := wallclock.Location(name)
	return zone, err == nil
}
