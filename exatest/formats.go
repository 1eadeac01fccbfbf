package exatest

import (
	"fmt"
	"strings"
	"time"
	"unicode"
)

// timeFormat is an NLS format such as "DD.MM.YYYY HH24:MI:SS.FF3", taken apart.
type timeFormat struct {
	elements []formatElement
	names    *dateNames
	firstDay int    // of the week, 1 is Monday
	unknown  string // why the server does not know the format, empty if it does
	silent   string // why no text can be read by the format, empty if one can
}

type formatElement struct {
	kind elementKind
	text string // as it stands in the format
}

type elementKind int

const (
	separator elementKind = iota
	year4
	year3
	year2
	year1
	isoYear
	century
	quarter
	month
	monthName
	monthShort
	isoWeek
	dayOfYear
	day
	dayName
	dayShort
	dayOfWeek
	isoDay
	hour24
	hour12
	minute
	second
	fraction
	meridian
)

// formatNames are the elements that the server knows, but for the meridian; the longer of two with the same beginning
// comes first.
var formatNames = []struct {
	name string
	kind elementKind
}{
	{"YYYY", year4},
	{"YYY", year3},
	{"YY", year2},
	{"Y", year1},
	{"IYYY", isoYear},
	{"CC", century},
	{"Q", quarter},
	{"MONTH", monthName},
	{"MON", monthShort},
	{"MM", month},
	{"MI", minute},
	{"IW", isoWeek},
	{"ID", isoDay},
	{"DDD", dayOfYear},
	{"DD", day},
	{"DAY", dayName},
	{"DY", dayShort},
	{"D", dayOfWeek},
	{"HH24", hour24},
	{"HH12", hour12},
	{"HH", hour24},
	{"SS", second},
	{"FF1", fraction},
	{"FF2", fraction},
	{"FF3", fraction},
	{"FF4", fraction},
	{"FF5", fraction},
	{"FF6", fraction},
	{"FF7", fraction},
	{"FF8", fraction},
	{"FF9", fraction},
}

// meridianNames are the forms of AM and PM: the documentation has them in one case, with both dots or none.
var meridianNames = []string{"AM", "PM", "am", "pm", "A.M.", "P.M.", "a.m.", "p.m."}

// parseFormat takes a format apart. The server knows what the documentation of format models says: elements that come
// once at most, with separators between them. All else is unknown to it, text in quotes and FF without digits among that.
func parseFormat(format, language string, firstDay int) timeFormat {
	f := timeFormat{names: namesOf(language), firstDay: firstDay}
	seen := map[elementKind]bool{}
	for rest := format; rest != ""; {
		e, ok := nextElement(rest)
		if !ok || e.kind != separator && seen[e.kind] {
			f.unknown = fmt.Sprintf("format '%s' at '%s'", format, rest)
			return f
		}
		seen[e.kind] = true
		f.elements = append(f.elements, e)
		rest = rest[len(e.text):]
	}
	switch {
	case format == "":
		f.unknown = "empty format"
	case seen[meridian] && !seen[hour12]:
		f.unknown = fmt.Sprintf("format '%s' with a meridian and without HH12", format)
	case seen[hour12] && !seen[meridian]:
		f.unknown = fmt.Sprintf("format '%s' with HH12 and without a meridian", format)
	case !readable(seen):
		f.silent = fmt.Sprintf("text in the format '%s'", format)
	}
	return f
}

func nextElement(format string) (formatElement, bool) {
	if strings.IndexByte(`-:;./_\ `, format[0]) >= 0 {
		return formatElement{separator, format[:1]}, true
	}
	for _, name := range meridianNames {
		if strings.HasPrefix(format, name) {
			return formatElement{meridian, name}, true
		}
	}
	for _, e := range formatNames {
		if len(format) >= len(e.name) && strings.EqualFold(format[:len(e.name)], e.name) {
			return formatElement{e.kind, format[:len(e.name)]}, true
		}
	}
	return formatElement{}, false
}

// readable reports whether a format with these elements says which moment a text means: it has the whole year, nothing
// twice, and no element of which it is not documented how it is read.
func readable(seen map[elementKind]bool) bool {
	for _, kind := range []elementKind{year3, year2, year1, isoYear, century, quarter, isoWeek, isoDay, dayOfWeek} {
		if seen[kind] {
			return false
		}
	}
	count := func(kinds ...elementKind) (n int) {
		for _, kind := range kinds {
			if seen[kind] {
				n++
			}
		}
		return n
	}
	months := count(month, monthName, monthShort)
	return seen[year4] && months <= 1 && count(dayName, dayShort) <= 1 && count(hour24, hour12) <= 1 &&
		(!seen[dayOfYear] || months == 0 && !seen[day])
}

func (f *timeFormat) append(dst []byte, t time.Time) []byte {
	for _, e := range f.elements {
		dst = f.appendElement(dst, e, t)
	}
	return dst
}

func (f *timeFormat) appendElement(dst []byte, e formatElement, t time.Time) []byte {
	switch e.kind {
	case separator:
		return append(dst, e.text...)
	case year4, year3, year2, year1:
		return appendPadded(dst, t.Year(), len(e.text))
	case isoYear:
		year, _ := t.ISOWeek()
		return appendPadded(dst, year, 4)
	case century:
		return appendPadded(dst, (t.Year()+99)/100, 2)
	case quarter:
		return appendPadded(dst, (int(t.Month())+2)/3, 1)
	case month:
		return appendPadded(dst, int(t.Month()), 2)
	case monthName:
		return append(dst, inCaseOf(e.text, f.names.month(t.Month(), false))...)
	case monthShort:
		return append(dst, inCaseOf(e.text, f.names.month(t.Month(), true))...)
	case isoWeek:
		_, week := t.ISOWeek()
		return appendPadded(dst, week, 2)
	case dayOfYear:
		return appendPadded(dst, t.YearDay(), 3)
	case day:
		return appendPadded(dst, t.Day(), 2)
	case dayName:
		return append(dst, inCaseOf(e.text, f.names.day(t.Weekday(), false))...)
	case dayShort:
		return append(dst, inCaseOf(e.text, f.names.day(t.Weekday(), true))...)
	case dayOfWeek:
		return appendPadded(dst, (int(t.Weekday())-f.firstDay+7)%7+1, 1)
	case isoDay:
		return appendPadded(dst, (int(t.Weekday())+6)%7+1, 1)
	}
	return appendClock(dst, e, t)
}

// appendClock appends an element of the time of day.
func appendClock(dst []byte, e formatElement, t time.Time) []byte {
	switch e.kind {
	case hour24:
		return appendPadded(dst, t.Hour(), 2)
	case hour12:
		return appendPadded(dst, (t.Hour()+11)%12+1, 2)
	case minute:
		return appendPadded(dst, t.Minute(), 2)
	case second:
		return appendPadded(dst, t.Second(), 2)
	case fraction:
		width := fractionWidth(e)
		return appendPadded(dst, t.Nanosecond()/pow10(9-width), width)
	case meridian:
		morning, afternoon := halves(e.text)
		if t.Hour() < 12 {
			return append(dst, morning...)
		}
		return append(dst, afternoon...)
	}
	return dst
}

// appendPadded appends the last digits of n, which is not negative: as many as the width says.
func appendPadded(dst []byte, n, width int) []byte {
	var b [9]byte
	for i := width - 1; i >= 0; i-- {
		b[i] = byte('0' + n%10)
		n /= 10
	}
	return append(dst, b[:width]...)
}

func fractionWidth(e formatElement) int { return int(e.text[2] - '0') }

// halves returns how a meridian writes the two halves of the day: AM and PM stand for each other.
func halves(element string) (morning, afternoon string) {
	if element[0] >= 'a' {
		return "a" + element[1:], "p" + element[1:]
	}
	return "A" + element[1:], "P" + element[1:]
}

// inCaseOf gives a name the case of its element: the first letter that of the first one, the others that of the second.
func inCaseOf(element, name string) string {
	as := func(model byte, s string) string {
		if unicode.IsLower(rune(model)) {
			return strings.ToLower(s)
		}
		return strings.ToUpper(s)
	}
	return as(element[0], name[:1]) + as(element[1], name[1:])
}
