package exatext

import (
	"fmt"
	"strconv"
	"strings"
)

// The server's default formats.
const (
	DefaultDateFormat      = "YYYY-MM-DD"
	DefaultTimestampFormat = "YYYY-MM-DD HH24:MI:SS.FF6"
)

// Layout is an NLS format made ready for parsing and writing dates and timestamps. It is immutable.
type Layout struct {
	elements []element
	fraction int // digits of the fraction, 0 without one
	iso      int // how many bytes the text has if the format is ISO 8601 with a blank; 0 if it is another
}

// element is one piece of a format.
type element struct {
	field   field
	width   int    // digits
	literal string // for the field literal
}

type field uint8

const (
	literal field = iota
	year
	month
	day
	hour24
	hour12
	meridiem
	minute
	second
	fraction
)

// names are the elements that can be read and written exactly. A name that is the beginning of another stands behind it.
var names = []struct {
	name  string
	field field
	width int
}{
	{"YYYY", year, 4},
	{"MM", month, 2},
	{"DDD", 0, 0}, // day of the year
	{"DD", day, 2},
	{"HH24", hour24, 2},
	{"HH12", hour12, 2},
	{"HH", hour24, 2},
	{"MI", minute, 2},
	{"SSSSS", 0, 0}, // seconds since midnight
	{"SS", second, 2},
	{"AM", meridiem, 2},
	{"PM", meridiem, 2},
}

// Compile makes a Layout of an NLS format. It knows the elements YYYY, MM, DD, HH24 (also HH), HH12 with AM or PM, MI, SS
// and FF1 to FF9 (FF alone is FF6), in any case, between punctuation, blanks and text in double quotes. Year, month and
// day are required; a part of the time that is not in the format is zero. Everything else, like names of months and years
// of two digits, is ErrFormat.
func Compile(format string) (*Layout, error) {
	l := new(Layout)
	var seen [fraction + 1]bool
	for rest := format; rest != ""; {
		e, n := nextElement(rest)
		if n == 0 || e.field != literal && seen[e.field] {
			return nil, fmt.Errorf("%w %q", ErrFormat, format)
		}
		seen[e.field] = true
		if e.field == fraction {
			l.fraction = e.width
		}
		l.elements = append(l.elements, e)
		rest = rest[n:]
	}
	if !seen[year] || !seen[month] || !seen[day] || seen[hour12] != seen[meridiem] || seen[hour12] && seen[hour24] {
		return nil, fmt.Errorf("%w %q", ErrFormat, format)
	}
	l.iso = isoWidth(strings.ToUpper(format), l.fraction)
	return l, nil
}

// nextElement returns the element that the format begins with and the number of its bytes, 0 if it is not one we know.
func nextElement(format string) (e element, n int) {
	if c := format[0]; strings.IndexByte(" -/:.,;_", c) >= 0 {
		return element{literal: format[:1]}, 1
	}
	if format[0] == '"' {
		text, _, closed := strings.Cut(format[1:], `"`)
		if !closed {
			return element{}, 0
		}
		return element{literal: text}, len(text) + 2
	}
	upper := strings.ToUpper(format[:min(len(format), 5)])
	for _, known := range names {
		if strings.HasPrefix(upper, known.name) {
			if known.width == 0 {
				return element{}, 0
			}
			return element{field: known.field, width: known.width}, len(known.name)
		}
	}
	if strings.HasPrefix(upper, "FF") {
		if len(upper) > 2 && '1' <= upper[2] && upper[2] <= '9' {
			return element{field: fraction, width: int(upper[2] - '0')}, 3
		}
		return element{field: fraction, width: 6}, 2
	}
	return element{}, 0
}

// isoWidth returns the length of a text in the format, if it is one of those for which there is a fast path.
func isoWidth(format string, digits int) int {
	switch format {
	case "YYYY-MM-DD":
		return len("YYYY-MM-DD")
	case "YYYY-MM-DD HH24:MI:SS":
		return len("YYYY-MM-DD HH:MI:SS")
	case "YYYY-MM-DD HH24:MI:SS.FF", "YYYY-MM-DD HH24:MI:SS.FF" + strconv.Itoa(digits):
		return len("YYYY-MM-DD HH:MI:SS.") + digits
	}
	return 0
}

// Digits returns how many digits of a fraction of a second the format has.
func (l *Layout) Digits() int { return l.fraction }

// ISOWidth returns the length of every text of the format if that is YYYY-MM-DD, alone or followed by HH24:MI:SS with or
// without a fraction behind a point. For other formats it returns 0.
func (l *Layout) ISOWidth() int { return l.iso }

// Parse reads a date or timestamp in the format of l. ErrSyntax is returned if the text has another form, ErrRange if it
// names a day or a time that does not exist.
func (l *Layout) Parse(text []byte) (Civil, error) {
	var c Civil
	var ok bool
	if l.iso > 0 {
		c.Year, c.Month, c.Day, c.Hour, c.Min, c.Sec, c.Nanos, ok = parseISO(text, l.iso)
	} else {
		c, ok = l.parse(text)
	}
	if !ok {
		return Civil{}, ErrSyntax
	}
	if !c.Valid() {
		return Civil{}, ErrRange
	}
	return c, nil
}

// ParseUnix is Parse for texts that stand for UTC. It returns the seconds since 1970-01-01 and the nanoseconds behind.
func (l *Layout) ParseUnix(text []byte) (seconds, nanos int64, err error) {
	if l.iso == 0 {
		c, err := l.Parse(text)
		return c.Unix(), int64(c.Nanos), err
	}
	year, month, day, hour, minute, second, n, ok := parseISO(text, l.iso)
	switch {
	case !ok:
		return 0, 0, ErrSyntax
	case year == 0 || uint(month-1) >= 12 || day == 0 || day > daysIn(year, month) || hour > 23 || minute > 59 || second > 59:
		return 0, 0, ErrRange
	}
	return Days(year, month, day)*86400 + int64(hour*3600+minute*60+second), int64(n), nil
}

// scales turns digits of a fraction into nanoseconds.
var scales = [10]int{1e9, 1e8, 1e7, 1e6, 1e5, 1e4, 1e3, 1e2, 1e1, 1}

// parse reads a text element by element.
func (l *Layout) parse(text []byte) (c Civil, ok bool) {
	afternoon := false
	for _, e := range l.elements {
		if len(text) < e.width+len(e.literal) {
			return Civil{}, false
		}
		switch e.field {
		case literal:
			if string(text[:len(e.literal)]) != e.literal {
				return Civil{}, false
			}
			text = text[len(e.literal):]
			continue
		case meridiem:
			if text[1]|0x20 != 'm' || text[0]|0x20 != 'a' && text[0]|0x20 != 'p' {
				return Civil{}, false
			}
			afternoon = text[0]|0x20 == 'p'
		default:
			value, count := leadingNumber(text[:e.width], e.width)
			if count != e.width {
				return Civil{}, false
			}
			c.set(e, int(value))
		}
		text = text[e.width:]
	}
	if afternoon {
		c.Hour += 12
	}
	return c, len(text) == 0
}

// set stores the value that a text has for an element of its format.
func (c *Civil) set(e element, value int) {
	switch e.field {
	case year:
		c.Year = value
	case month:
		c.Month = value
	case day:
		c.Day = value
	case hour24:
		c.Hour = value
	case hour12:
		if c.Hour = value % 12; value > 12 || value == 0 {
			c.Hour = 100 // no such hour; Valid refuses it
		}
	case minute:
		c.Min = value
	case second:
		c.Sec = value
	case fraction:
		c.Nanos = value * scales[e.width]
	}
}

// Append appends the date or timestamp in the format of l. Digits of the fraction that the format has no place for are
// cut off. ErrRange is returned if there is no such day or time.
func (l *Layout) Append(dst []byte, c Civil) ([]byte, error) {
	if !c.Valid() {
		return dst, ErrRange
	}
	for _, e := range l.elements {
		switch e.field {
		case literal:
			dst = append(dst, e.literal...)
		case meridiem:
			if c.Hour < 12 {
				dst = append(dst, "AM"...)
			} else {
				dst = append(dst, "PM"...)
			}
		default:
			dst = appendPadded(dst, uint64(c.get(e)), e.width)
		}
	}
	return dst, nil
}

// get returns the value that an element of a format stands for.
func (c Civil) get(e element) int {
	switch e.field {
	case year:
		return c.Year
	case month:
		return c.Month
	case day:
		return c.Day
	case hour24:
		return c.Hour
	case hour12:
		return (c.Hour+11)%12 + 1
	case minute:
		return c.Min
	case second:
		return c.Sec
	}
	return c.Nanos / scales[e.width]
}
