package commands

import (
	"errors"
	"fmt"
	"time"

	"github.com/exawire/exawire/internal/exatext"
)

const secondsPerDay = 24 * 60 * 60

var (
	errTimeOfDay = fmt.Errorf("%w: a DATE has no time of day: set it to midnight, or cut it with the option Truncate", ErrParamInexact)
	errYear      = fmt.Errorf("%w: outside of the years 1 to 9999", ErrParamRange)
	errNoPlace   = fmt.Errorf("%w: the session's format has no place for the time of day: set it to midnight, cut it with the option Truncate, "+
		"or ALTER SESSION to another NLS_TIMESTAMP_FORMAT", ErrParamInexact)
	errZonedText = fmt.Errorf("%w: a zone, which neither DATE nor TIMESTAMP has", ErrParamText)
)

func dateTarget(t *paramTarget, f ParamFormats) {
	w := newMomentWriter(f.Date, exatext.DefaultDateFormat, 9, f.Truncate)
	w.dateOnly = true
	wallClockTarget(t, w)
}

func timestampTarget(t *paramTarget, dt DataType, f ParamFormats) {
	wallClockTarget(t, newMomentWriter(f.Timestamp, exatext.DefaultTimestampFormat, orElse(dt.Precision, 9), f.Truncate))
}

// wallClockTarget serves the types without a zone.
func wallClockTarget(t *paramTarget, w *momentWriter) {
	t.instant = w.appendWallClock
	t.text = func(dst, v []byte) ([]byte, error) {
		if w.layout == nil {
			return w.quoted.append(dst, v)
		}
		m, err := w.parse(v)
		if err != nil {
			return dst, err
		}
		if m.zoned {
			return dst, errZonedText
		}
		return w.append(dst, &m.civil)
	}
}

// localTimestampTarget writes instants as the session's wall clock shows them.
func localTimestampTarget(t *paramTarget, dt DataType, f ParamFormats) {
	w := newMomentWriter(f.Timestamp, exatext.DefaultTimestampFormat, orElse(dt.Precision, 9), f.Truncate)
	zone := newSessionZone(&f)
	write := func(dst []byte, sec int64, nanos int) ([]byte, error) {
		sec, err := zone.local(sec)
		if err != nil {
			return dst, err
		}
		return w.appendSeconds(dst, sec, nanos)
	}
	t.instant = func(dst []byte, v time.Time) ([]byte, error) { return write(dst, v.Unix(), v.Nanosecond()) }
	t.text = func(dst, v []byte) ([]byte, error) {
		if w.layout == nil {
			return w.quoted.append(dst, v)
		}
		m, err := w.parse(v)
		if err != nil {
			return dst, err
		}
		if m.zoned {
			return write(dst, m.civil.Unix()-int64(m.offset), m.civil.Nanos)
		}
		return w.append(dst, &m.civil)
	}
}

// momentWriter writes dates and timestamps in a format of the session.
type momentWriter struct {
	layout    *exatext.Layout // nil if the format is not one that can be written
	formatErr error
	template  string // JSON text of the right length, if the format has its elements where ISO 8601 has them
	lossy     bool   // whether the format lacks the hours, minutes or seconds
	precision int    // digits of a second that the parameter holds
	unit      int    // nanoseconds that parameter and format can tell apart
	shown     int    // nanoseconds that the format can tell apart
	truncate  bool
	dateOnly  bool
	quoted    quotedText
	scratch   []byte
}

// newMomentWriter compiles a format. precision is how many digits of a fraction of a second the parameter holds.
func newMomentWriter(format, otherwise string, precision int, truncate bool) *momentWriter {
	if format == "" {
		format = otherwise
	}
	w := &momentWriter{precision: min(precision, 9), truncate: truncate, quoted: quotedText{max: -1}}
	layout, err := exatext.Compile(format)
	if err != nil {
		w.formatErr = fmt.Errorf("%w: %w: send text in that format, or ALTER SESSION to a format of YYYY MM DD HH24 MI SS FF1 to FF9", ErrParamType, err)
		return w
	}
	w.layout = layout
	if width := layout.ISOWidth(); width > 0 {
		w.template = `"` + "0000-00-00 00:00:00.000000000"[:width] + `"`
	}
	w.shown = int(exatext.Pow10(9 - layout.Digits()))
	w.unit = max(w.shown, int(exatext.Pow10(9-w.precision)))
	probe := exatext.Civil{Year: 2001, Month: 2, Day: 3, Hour: 14, Min: 15, Sec: 16}
	text, err := layout.Append(nil, probe)
	back, backErr := layout.Parse(text)
	w.lossy = err != nil || backErr != nil || back != probe
	return w
}

// appendWallClock writes what a clock and a calendar show in the location of v.
func (w *momentWriter) appendWallClock(dst []byte, v time.Time) ([]byte, error) {
	sec := v.Unix()
	if v.Location() != time.UTC {
		_, offset := v.Zone()
		sec += int64(offset)
	}
	return w.appendSeconds(dst, sec, v.Nanosecond())
}

// appendSeconds writes a local time that is counted like Unix time.
func (w *momentWriter) appendSeconds(dst []byte, sec int64, nanos int) ([]byte, error) {
	days, rest := sec/secondsPerDay, int32(sec%secondsPerDay)
	if rest < 0 {
		days, rest = days-1, rest+secondsPerDay
	}
	year, month, day, ok := exatext.Date(days)
	if !ok {
		return dst, errYear
	}
	return w.append(dst, &exatext.Civil{
		Year: year, Month: month, Day: day,
		Hour: int(rest / 3600), Min: int(rest / 60 % 60), Sec: int(rest % 60), Nanos: nanos,
	})
}

// fractionError says what is lost, whether the parameter or the session's format has no place for it, and how to cut it.
func (w *momentWriter) fractionError() error {
	digits, holder, or := w.precision, "the parameter holds", ""
	if shown := w.layout.Digits(); shown < digits {
		digits, holder, or = shown, "the session's format has", ", or ALTER SESSION to a format with FF9"
	}
	return fmt.Errorf("%w: it has more than the %d digits of a second that %s: cut them with t.Truncate(%s) or with the option Truncate%s",
		ErrParamInexact, digits, holder, unitName(w.unit), or)
}

// unitName writes a power of ten of nanoseconds as Go does.
func unitName(nanos int) string {
	for _, unit := range []struct {
		name  string
		nanos int
	}{{"time.Second", 1e9}, {"time.Millisecond", 1e6}, {"time.Microsecond", 1e3}, {"time.Nanosecond", 1}} {
		switch times := nanos / unit.nanos; {
		case times == 1:
			return unit.name
		case times > 1:
			return fmt.Sprintf("%d*%s", times, unit.name)
		}
	}
	return "0"
}

// append writes c, which it may change.
func (w *momentWriter) append(dst []byte, c *exatext.Civil) ([]byte, error) {
	if w.layout == nil {
		return dst, w.formatErr
	}
	if w.dateOnly && c.Hour|c.Min|c.Sec|c.Nanos != 0 {
		if !w.truncate {
			return dst, errTimeOfDay
		}
		c.Hour, c.Min, c.Sec, c.Nanos = 0, 0, 0, 0
	}
	if rest := int(uint32(c.Nanos) % uint32(w.unit)); rest != 0 {
		if !w.truncate {
			return dst, w.fractionError()
		}
		c.Nanos -= rest
	}
	if w.template != "" {
		if w.lossy && !w.truncate && c.Hour|c.Min|c.Sec != 0 {
			return dst, errNoPlace
		}
		return w.appendISO(dst, c), nil
	}
	var err error
	if w.scratch, err = w.layout.Append(w.scratch[:0], *c); err != nil {
		return dst, errYear
	}
	if w.lossy && !w.truncate {
		c.Nanos -= c.Nanos % w.shown
		if back, err := w.layout.Parse(w.scratch); err != nil || back != *c {
			return dst, errNoPlace
		}
	}
	return w.quoted.append(dst, w.scratch)
}

// appendISO is the fast path for formats like the default ones.
func (w *momentWriter) appendISO(dst []byte, c *exatext.Civil) []byte {
	start := len(dst)
	dst = append(dst, w.template...)
	text := dst[start:]
	putDigits(text[1:5], uint32(c.Year))
	putTwo(text[6:8], uint32(c.Month))
	putTwo(text[9:11], uint32(c.Day))
	if len(text) < len(`"YYYY-MM-DD HH:MI:SS"`) {
		return dst
	}
	putTwo(text[12:14], uint32(c.Hour))
	putTwo(text[15:17], uint32(c.Min))
	putTwo(text[18:20], uint32(c.Sec))
	if len(text) > len(`"YYYY-MM-DD HH:MI:SS."`) {
		value := uint32(c.Nanos)
		if w.shown == 1000 { // the usual one; dividing by what is known beforehand is faster
			value /= 1000
		} else {
			value /= uint32(w.shown)
		}
		putDigits(text[21:len(text)-1], value)
	}
	return dst
}

// parse reads text in the session's format or else in ISO 8601 form.
func (w *momentWriter) parse(text []byte) (moment, error) {
	c, err := w.layout.Parse(text)
	if err == nil {
		return moment{civil: c}, nil
	}
	if m, ok := parseISO(text); ok {
		return m, nil
	}
	if errors.Is(err, exatext.ErrRange) {
		return moment{}, fmt.Errorf("%w: no such day or time", ErrParamRange)
	}
	return moment{}, fmt.Errorf("%w: neither in the session's format nor in ISO 8601 form", ErrParamText)
}
