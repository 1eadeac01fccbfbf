package resultset

import (
	"database/sql"
	"database/sql/driver"
	"encoding"
	"fmt"
	"math"
	"time"

	"github.com/exawire/exawire/internal/errtext"
	"github.com/exawire/exawire/internal/exatext"
)

// ErrIntervalSyntax and ErrIntervalRange say why something is not an interval: it is malformed, or it has more than
// nine digits of years or days. They are for errors.Is.
var (
	ErrIntervalSyntax = exatext.ErrSyntax
	ErrIntervalRange  = exatext.ErrRange
)

// YearMonth is a value of Exasol's type INTERVAL YEAR TO MONTH. It can be compared with ==.
type YearMonth struct {
	Months int64 // the whole interval: +05-03 is 63, -00-11 is -11
}

// DaySecond is a value of Exasol's type INTERVAL DAY TO SECOND. It is the sum of its two parts. Values made by this
// package have less than a day in Nanos and the same sign in both parts, so that == compares intervals.
type DaySecond struct {
	Days  int64 // whole days
	Nanos int64 // the rest, in nanoseconds
}

var (
	_ encoding.TextAppender    = YearMonth{}
	_ encoding.TextMarshaler   = YearMonth{}
	_ encoding.TextUnmarshaler = (*YearMonth)(nil)
	_ driver.Valuer            = YearMonth{}
	_ sql.Scanner              = (*YearMonth)(nil)

	_ encoding.TextAppender    = DaySecond{}
	_ encoding.TextMarshaler   = DaySecond{}
	_ encoding.TextUnmarshaler = (*DaySecond)(nil)
	_ driver.Valuer            = DaySecond{}
	_ sql.Scanner              = (*DaySecond)(nil)
)

// ParseYearMonth parses an interval such as +05-03 or 5-3. The sign belongs to the whole interval. Errors match
// [ErrIntervalSyntax] or [ErrIntervalRange].
func ParseYearMonth(s string) (YearMonth, error) {
	var v YearMonth
	err := v.UnmarshalText([]byte(s))
	return v, err
}

// String returns the interval with a sign and at least two digits of years, such as +05-03. An interval that is out of
// range has no text in SQL; it is written as a number of months.
func (v YearMonth) String() string {
	text, err := v.MarshalText()
	if err != nil {
		return fmt.Sprintf("%d months", v.Months)
	}
	return string(text)
}

// AppendText implements [encoding.TextAppender]. The text is that of [YearMonth.String]; more than nine digits of years
// are an error.
func (v YearMonth) AppendText(b []byte) ([]byte, error) {
	b, err := exatext.AppendYearMonth(b, v.Months, 2)
	if err != nil {
		return b, fmt.Errorf("interval year to month: %w", err)
	}
	return b, nil
}

// MarshalText implements [encoding.TextMarshaler].
func (v YearMonth) MarshalText() ([]byte, error) { return v.AppendText(nil) }

// UnmarshalText implements [encoding.TextUnmarshaler] by the rules of [ParseYearMonth].
func (v *YearMonth) UnmarshalText(text []byte) error {
	months, err := exatext.ParseYearMonth(text)
	if err != nil {
		return fmt.Errorf("parse interval year to month: %w", err)
	}
	v.Months = months
	return nil
}

// Value implements [driver.Valuer]. Drivers get an interval as text.
func (v YearMonth) Value() (driver.Value, error) { return textValue(v) }

// Scan implements [sql.Scanner]. It takes text, but not NULL.
func (v *YearMonth) Scan(src any) error {
	if same, ok := src.(YearMonth); ok {
		*v = same
		return nil
	}
	return scanText(v, src)
}

// ParseDaySecond parses an interval such as +02 12:50:10.123 or 2 12:50:10. The sign belongs to the whole interval: -00
// 00:00:01.000 is minus one second. Errors match [ErrIntervalSyntax] or [ErrIntervalRange].
func ParseDaySecond(s string) (DaySecond, error) {
	var v DaySecond
	err := v.UnmarshalText([]byte(s))
	return v, err
}

// NewDaySecond returns the interval that lasts as long as d.
func NewDaySecond(d time.Duration) DaySecond {
	const day = 24 * time.Hour
	return DaySecond{Days: int64(d / day), Nanos: int64(d % day)}
}

// Duration returns the interval as a [time.Duration]. ok is false if it is longer than a duration can be, which is
// about 292 years.
func (v DaySecond) Duration() (d time.Duration, ok bool) {
	days, nanos, ok := exatext.NormalDaySecond(v.Days, v.Nanos)
	const day = int64(24 * time.Hour)
	if !ok || days > math.MaxInt64/day || days < math.MinInt64/day {
		return 0, false
	}
	sum := days*day + nanos // both have the same sign: an overflow changes it
	if sum != 0 && (sum < 0) != (days < 0 || nanos < 0) {
		return 0, false
	}
	return time.Duration(sum), true
}

// String returns the interval with a sign, at least two digits of days and at least three of a second's fraction, such
// as +02 12:50:10.123. An interval that is out of range has no text in SQL; it is written as its parts.
func (v DaySecond) String() string {
	text, err := v.MarshalText()
	if err != nil {
		return fmt.Sprintf("%d days %d ns", v.Days, v.Nanos)
	}
	return string(text)
}

// AppendText implements [encoding.TextAppender]. The text is that of [DaySecond.String]; more than nine digits of days
// are an error.
func (v DaySecond) AppendText(b []byte) ([]byte, error) {
	fraction := 3
	for step := int64(1e6); fraction < 9 && v.Nanos%step != 0; step /= 1000 {
		fraction += 3
	}
	b, err := exatext.AppendDaySecond(b, v.Days, v.Nanos, 2, fraction)
	if err != nil {
		return b, fmt.Errorf("interval day to second: %w", err)
	}
	return b, nil
}

// MarshalText implements [encoding.TextMarshaler].
func (v DaySecond) MarshalText() ([]byte, error) { return v.AppendText(nil) }

// UnmarshalText implements [encoding.TextUnmarshaler] by the rules of [ParseDaySecond].
func (v *DaySecond) UnmarshalText(text []byte) error {
	days, nanos, err := exatext.ParseDaySecond(text)
	if err != nil {
		return fmt.Errorf("parse interval day to second: %w", err)
	}
	v.Days, v.Nanos = days, nanos
	return nil
}

// Value implements [driver.Valuer]. Drivers get an interval as text.
func (v DaySecond) Value() (driver.Value, error) { return textValue(v) }

// Scan implements [sql.Scanner]. It takes text and [time.Duration], but not NULL.
func (v *DaySecond) Scan(src any) error {
	switch src := src.(type) {
	case DaySecond:
		*v = src
		return nil
	case time.Duration:
		*v = NewDaySecond(src)
		return nil
	}
	return scanText(v, src)
}

func textValue(v encoding.TextMarshaler) (driver.Value, error) {
	text, err := v.MarshalText()
	if err != nil {
		return nil, err
	}
	return string(text), nil
}

func scanText(v encoding.TextUnmarshaler, src any) error {
	switch src := src.(type) {
	case string:
		return v.UnmarshalText([]byte(src))
	case []byte:
		return v.UnmarshalText(src)
	case nil:
		return fmt.Errorf("scan NULL into %s: use sql.Null or a pointer", errtext.NameOfType(v))
	}
	return fmt.Errorf("scan %T into %s", src, errtext.NameOfType(v))
}
