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

// FormatError says why an NLS format is not one that [Compile] knows. It matches [ErrFormat], and its text has no prefix.
type FormatError struct {
	Format string
	Reason string // what stands in the way, as the end of a sentence about the format
}

// Error names the format and the reason.
func (e *FormatError) Error() string {
	return fmt.Sprintf("NLS format %q %s", e.Format, e.Reason)
}

// Is reports whether target is ErrFormat.
func (e *FormatError) Is(target error) bool { return target == ErrFormat }

// Layout is an NLS format made ready for parsing and writing dates and timestamps. It is immutable.
type Layout struct {
	elements []element
	fraction int // digits of the fraction, 0 without one
	iso      int // how many bytes the text has if the format is ISO 8601 with a blank; 0 if it is another
}

// element is one piece of a format.
type element struct {
	field     field
	width     int    // bytes of its text
	text      string // of a literal, or of a meridian before noon
	afternoon string // of a meridian from noon on
}

type field uint8

const (
	literal field = iota
	year
	month
	day
	hour24
	hour12
	meridian
	minute
	second
	fraction
)

// fieldNames are what messages call the fields.
var fieldNames = [...]string{year: "YYYY", month: "MM", day: "DD", hour24: "HH24", hour12: "HH12", meridian: "AM", minute: "MI", second: "SS", fraction: "FF"}

// separators may stand between elements, any number of them.
const separators = `-:;./_\ `

// names are the elements that can be read and written exactly, without meridian and fraction. A name that is the beginning
// of another stands after it.
var names = []struct {
	name  string
	field field // literal for an element that is not exact
}{
	{"YYYY", year},
	{"MM", month},
	{"DDD", literal}, // day of the year
	{"DD", day},
	{"HH24", hour24},
	{"HH12", hour12},
	{"HH", hour24},
	{"MI", minute},
	{"SS", second},
}

// meridians are the forms of AM and PM that the documentation lists: in one case, with both dots or none.
var meridians = []struct{ name, morning, afternoon string }{
	{"AM", "AM", "PM"},
	{"PM", "AM", "PM"},
	{"am", "am", "pm"},
	{"pm", "am", "pm"},
	{"A.M.", "A.M.", "P.M."},
	{"P.M.", "A.M.", "P.M."},
	{"a.m.", "a.m.", "p.m."},
	{"p.m.", "a.m.", "p.m."},
}

// Compile makes a Layout of an NLS format, if the format says exactly what a text means. It knows the elements YYYY, MM,
// DD, HH24 (also HH), HH12 with AM, PM, A.M. or P.M., MI, SS and FF1 to FF9, in any case, a meridian in one case, with any
// of the separators - : ; . / _ \ and blank between them. Each may come once; year, month and day are required, and a part
// of the time that is not in the format is zero. Everything else is a [*FormatError]: elements that do not say everything,
// such as years of two digits and weeks, those that depend on more than the text, such as names of months, and those of
// which the documentation does not say what they mean, such as FF without a digit and text in quotes.
func Compile(format string) (*Layout, error) {
	l := new(Layout)
	var seen [fraction + 1]bool
	for rest := format; rest != ""; {
		e, n := nextElement(rest)
		switch {
		case n == 0:
			return nil, &FormatError{format, fmt.Sprintf("has %s, which cannot be read and written exactly", unknownElement(rest))}
		case e.field != literal && seen[e.field]:
			return nil, &FormatError{format, fmt.Sprintf("has two elements for %s", fieldNames[e.field])}
		}
		seen[e.field] = true
		if e.field == fraction {
			l.fraction = e.width
		}
		l.elements = append(l.elements, e)
		rest = rest[n:]
	}
	switch {
	case !seen[year] || !seen[month] || !seen[day]:
		return nil, &FormatError{format, "does not have all of YYYY, MM and DD"}
	case seen[hour12] != seen[meridian]:
		return nil, &FormatError{format, "has one of HH12 and AM without the other"}
	case seen[hour12] && seen[hour24]:
		return nil, &FormatError{format, "has two elements for the hour"}
	}
	l.iso = isoWidth(strings.ToUpper(format), l.fraction)
	return l, nil
}

// nextElement returns the element that the format begins with and the number of its bytes, 0 if it is not one we know.
func nextElement(format string) (e element, n int) {
	if strings.IndexByte(separators, format[0]) >= 0 {
		return element{width: 1, text: format[:1]}, 1
	}
	for _, m := range meridians {
		if strings.HasPrefix(format, m.name) {
			return element{field: meridian, width: len(m.name), text: m.morning, afternoon: m.afternoon}, len(m.name)
		}
	}
	upper := strings.ToUpper(format[:min(len(format), len("HH24"))])
	for _, known := range names {
		switch {
		case !strings.HasPrefix(upper, known.name):
		case known.field == literal:
			return element{}, 0
		case known.field == year:
			return element{field: year, width: 4}, len(known.name)
		default:
			return element{field: known.field, width: 2}, len(known.name)
		}
	}
	if strings.HasPrefix(upper, "FF") && len(upper) > 2 && '1' <= upper[2] && upper[2] <= '9' {
		return element{field: fraction, width: int(upper[2] - '0')}, 3
	}
	return element{}, 0
}

// unknownElement quotes what a format begins with, for a message: all letters and digits, or one other character.
func unknownElement(format string) string {
	end := strings.IndexFunc(format, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
	switch {
	case end < 0:
		end = len(format)
	case end == 0:
		for _, r := range format {
			return strconv.Quote(string(r))
		}
	}
	return format[:end]
}

// isoWidth returns the length of a text in the format, if it is one of those for which there is a fast path.
func isoWidth(format string, digits int) int {
	switch format {
	case "YYYY-MM-DD":
		return len("YYYY-MM-DD")
	case "YYYY-MM-DD HH24:MI:SS":
		return len("YYYY-MM-DD HH:MI:SS")
	case "YYYY-MM-DD HH24:MI:SS.FF" + strconv.Itoa(digits):
		return len("YYYY-MM-DD HH:MI:SS.") + digits
	}
	return 0
}

// Digits returns how many digits of a fraction of a second the format has.
func (l *Layout) Digits() int { return l.fraction }

// ISOWidth returns the length of every text of the format if that is YYYY-MM-DD, alone or followed by HH24:MI:SS with or
// without a fraction after a point. For other formats it returns 0.
func (l *Layout) ISOWidth() int { return l.iso }
