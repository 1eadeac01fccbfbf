package commands

import (
	"errors"
	"fmt"
	"time"

	"github.com/exawire/exawire/internal/exatext"
)

// maxIntervalPrecision is the largest number of digits of the years or the days of an interval.
const maxIntervalPrecision = 9

func yearToMonthTarget(t *paramTarget, dt DataType) {
	precision := min(orElse(dt.Precision, maxIntervalPrecision), maxIntervalPrecision)
	limit := 12 * int64(exatext.Pow10(precision)) // months
	t.text = func(dst, v []byte) ([]byte, error) {
		months, err := exatext.ParseYearMonth(v)
		switch {
		case err != nil:
			return dst, intervalError(err)
		case months <= -limit || months >= limit:
			return dst, fmt.Errorf("%w: more than %d digits for the years", ErrParamRange, precision)
		}
		dst = append(dst, '"')
		if dst, err = exatext.AppendYearMonth(dst, months, orElse(dt.Precision, 2)); err != nil {
			return dst, intervalError(err)
		}
		return append(dst, '"'), nil
	}
}

func dayToSecondTarget(t *paramTarget, dt DataType, truncate bool) {
	precision := min(orElse(dt.Precision, maxIntervalPrecision), maxIntervalPrecision)
	limit := int64(exatext.Pow10(precision)) // days
	fraction := orElse(dt.Fraction, 9)
	unit := int64(exatext.Pow10(9 - fraction)) // nanoseconds
	write := func(dst []byte, days, nanos int64) ([]byte, error) {
		if days <= -limit || days >= limit {
			return dst, fmt.Errorf("%w: more than %d digits for the days", ErrParamRange, precision)
		}
		if rest := nanos % unit; rest != 0 {
			if !truncate {
				return dst, fmt.Errorf("%w: more than %d digits for the fraction of a second: cut them with the option Truncate", ErrParamInexact, fraction)
			}
			nanos -= rest
		}
		dst = append(dst, '"')
		dst, err := exatext.AppendDaySecond(dst, days, nanos, orElse(dt.Precision, 2), fraction)
		if err != nil {
			return dst, intervalError(err)
		}
		return append(dst, '"'), nil
	}
	t.duration = func(dst []byte, v time.Duration) ([]byte, error) {
		const day = 24 * time.Hour
		return write(dst, int64(v/day), int64(v%day))
	}
	t.text = func(dst, v []byte) ([]byte, error) {
		days, nanos, err := exatext.ParseDaySecond(v)
		if err != nil {
			return dst, intervalError(err)
		}
		return write(dst, days, nanos)
	}
}

func intervalError(err error) error {
	if errors.Is(err, exatext.ErrRange) {
		return fmt.Errorf("%w: no such interval", ErrParamRange)
	}
	return fmt.Errorf("%w: not an interval", ErrParamText)
}

// appendIntervalText appends a duration as an INTERVAL DAY TO SECOND for a parameter that says nothing of its digits:
// three behind the point, as Exasol has by default, or nine if they are needed.
func appendIntervalText(dst []byte, v time.Duration) ([]byte, error) {
	const day = 24 * time.Hour
	fraction := 3
	if v%time.Millisecond != 0 {
		fraction = 9
	}
	return exatext.AppendDaySecond(dst, int64(v/day), int64(v%day), 2, fraction)
}
