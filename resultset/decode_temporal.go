package resultset

import (
	"errors"
	"time"

	"github.com/exawire/exawire/internal/exatext"
	"github.com/exawire/exawire/internal/jsonscan"
)

// timeColumn holds DATE and TIMESTAMP as text and parses it when asked.
type timeColumn struct {
	textColumn
	all    derived[time.Time] // of all rows
	layout *exatext.Layout    // nil if the format cannot be parsed
	format string             // to say why
	zone   *localZone         // nil for columns that are not WITH LOCAL TIME ZONE
}

func (c *timeColumn) reset(buf []byte, n int) {
	c.textColumn.reset(buf, n)
	c.all.reset()
}

// run reads texts of the width that the format has. Where their quotes are is known, so nothing is searched.
func (c *timeColumn) run(buf []byte, pos, row, rows int) (end, next int, reason string) {
	if c.layout == nil || c.layout.ISOWidth() == 0 {
		return c.textColumn.run(buf, pos, row, rows)
	}
	width := c.layout.ISOWidth()
	end = pos
	for spans := c.spans[:rows]; pos < len(buf)-width-1 && buf[pos] == '"'; pos = end + 1 {
		at := pos + 1 + width
		if buf[at] != '"' || !jsonscan.Plain(buf[pos+1:at]) {
			break
		}
		spans[row] = span{uint32(pos + 1), uint32(at)}
		row++
		end = at + 1
		if row == rows || end >= len(buf) || buf[end] != ',' {
			return end, row, ""
		}
	}
	if pos >= len(buf) || buf[pos] != '"' {
		return end, row, "" // what follows is not a text
	}
	return c.textColumn.run(buf, pos, row, rows)
}

func (c *timeColumn) clone() storage {
	d := &timeColumn{textColumn: c.copied(), layout: c.layout, format: c.format}
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
		return compileFormat(c.format).reason
	case c.zone != nil && c.zone.missing != "":
		return c.zone.missing + "; the column can be read as text"
	}
	return ""
}

var errNotTime = errors.New("value is not in the session's format, or there is no such day or time")

// parse returns the value of a row that is not NULL. An error says why there is none; see badValue.
func (c *timeColumn) parse(row int) (time.Time, error) {
	seconds, nanos, err := c.layout.ParseUnix(c.Bytes(row))
	if err != nil {
		return time.Time{}, errNotTime
	}
	if c.zone == nil {
		return time.Unix(seconds, nanos).UTC(), nil
	}
	if seconds, err = c.zone.instant(seconds); err != nil {
		return time.Time{}, c.zone.explain(err)
	}
	return time.Unix(seconds, nanos).In(c.zone.location), nil
}

func (c *timeColumn) parseAll() values[time.Time] {
	return c.all.column(c.nulls, &c.TextColumn, c.parse)
}

func (c *timeColumn) any(row int) (any, error) {
	t, err := c.parse(row)
	return t, c.badValue(row, err)
}

// intervalColumn holds intervals as text and parses it when asked.
type intervalColumn[T any] struct {
	textColumn
	all  derived[T] // of all rows
	read func(text []byte) (T, error)
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
	c.all.reset()
}

func (c *intervalColumn[T]) clone() storage {
	return &intervalColumn[T]{textColumn: c.copied(), read: c.read}
}

// parse returns the value of a row that is not NULL. An error says why there is none; see badValue.
func (c *intervalColumn[T]) parse(row int) (T, error) { return c.read(c.Bytes(row)) }

func (c *intervalColumn[T]) parseAll() values[T] {
	return c.all.column(c.nulls, &c.TextColumn, c.parse)
}

func (c *intervalColumn[T]) any(row int) (any, error) {
	v, err := c.parse(row)
	return v, c.badValue(row, err)
}
