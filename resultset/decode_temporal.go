package resultset

import (
	"errors"
	"fmt"
	"time"

	"github.com/exawire/exawire/internal/exatext"
)

// timeColumn holds DATE and TIMESTAMP as text and parses it when asked.
type timeColumn struct {
	textColumn
	parsed derived[time.Time]
	layout *exatext.Layout // nil if the format cannot be parsed
	format string          // for error messages
	zone   *localZone      // nil for columns that are not WITH LOCAL TIME ZONE
}

func (c *timeColumn) reset(buf []byte, n int) {
	c.textColumn.reset(buf, n)
	c.parsed.reset()
}

func (c *timeColumn) clone() storage {
	d := &timeColumn{textColumn: textColumn{TextColumn: c.copied()}, layout: c.layout, format: c.format}
	if c.zone != nil {
		zone := *c.zone // its clock is for one goroutine
		d.zone = &zone
	}
	return d
}

// missing says why the column has no times, and what to do about it; it is empty if it has.
func (c *timeColumn) missing() string {
	switch {
	case c.layout == nil:
		return fmt.Sprintf("unsupported NLS format %q: read it as a string, or set another format with ALTER SESSION", c.format)
	case c.zone != nil && c.zone.missing != "":
		return c.zone.missing + "; as a string the value can be read"
	}
	return ""
}

var errNotTime = errors.New("value is not in the session's format, or there is no such day or time")

// time parses the value of a row that is not NULL.
func (c *timeColumn) time(row int) (time.Time, error) {
	seconds, nanos, err := c.layout.ParseUnix(c.Bytes(row))
	if err != nil {
		return time.Time{}, errNotTime
	}
	if c.zone == nil {
		return time.Unix(seconds, nanos).UTC(), nil
	}
	if seconds, err = c.zone.instant(seconds); err != nil {
		return time.Time{}, c.zone.explain(c.Bytes(row), err)
	}
	return time.Unix(seconds, nanos).In(c.zone.location), nil
}

func (c *timeColumn) any(row int) (any, error) {
	t, err := c.time(row)
	return t, err
}

// intervalColumn holds intervals as text and parses it when asked.
type intervalColumn[T any] struct {
	textColumn
	parsed derived[T]
	parse  func(text []byte) (T, error)
}

var errNotInterval = errors.New("value is not an interval")

func parseYearMonth(text []byte) (YearMonth, error) {
	months, err := exatext.ParseYearMonth(text)
	if err != nil {
		err = errNotInterval
	}
	return YearMonth{Months: months}, err
}

func parseDaySecond(text []byte) (DaySecond, error) {
	days, nanos, err := exatext.ParseDaySecond(text)
	if err != nil {
		err = errNotInterval
	}
	return DaySecond{Days: days, Nanos: nanos}, err
}

func (c *intervalColumn[T]) reset(buf []byte, n int) {
	c.textColumn.reset(buf, n)
	c.parsed.reset()
}

func (c *intervalColumn[T]) clone() storage {
	return &intervalColumn[T]{textColumn: textColumn{TextColumn: c.copied()}, parse: c.parse}
}

// column returns the parsed column, which is column number col of b.
func (c *intervalColumn[T]) column(b *Batch, col int) (Column[T], error) {
	return c.parsed.column(c.nulls, func(row int) (T, error) {
		v, err := c.parse(c.Bytes(row))
		return v, b.valueError(col, row, err)
	})
}

func (c *intervalColumn[T]) any(row int) (any, error) { return c.parse(c.Bytes(row)) }
