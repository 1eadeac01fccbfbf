package exatest

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// timeFormat is an NLS format such as "DD.MM.YYYY HH24:MI:SS.FF3", taken apart.
type timeFormat []formatElement

type formatElement struct {
	kind   elementKind
	text   string // of a literal
	digits int    // of a fraction
}

type elementKind int

const (
	literal elementKind = iota
	year4
	year2
	month
	monthName
	monthShort
	day
	dayName
	dayShort
	hour24
	hour12
	minute
	second
	fraction
	meridiem
)

// formatNames are the elements that the server knows; the longer of two with the same beginning comes first.
var formatNames = []struct {
	name string
	kind elementKind
}{
	{"YYYY", year4},
	{"YY", year2},
	{"MONTH", monthName},
	{"MON", monthShort},
	{"MM", month},
	{"MI", minute},
	{"DD", day},
	{"DAY", dayName},
	{"DY", dayShort},
	{"HH24", hour24},
	{"HH12", hour12},
	{"HH", hour12},
	{"SS", second},
	{"AM", meridiem},
	{"PM", meridiem},
}

// parseFormat takes a format apart. Letters that are no element are literals: a format that makes no sense shows in what
// it produces.
func parseFormat(format string) timeFormat {
	var f timeFormat
	rest := format
next:
	for rest != "" {
		upper := strings.ToUpper(rest)
		for _, e := range formatNames {
			if strings.HasPrefix(upper, e.name) {
				f = append(f, formatElement{kind: e.kind})
				rest = rest[len(e.name):]
				continue next
			}
		}
		if strings.HasPrefix(upper, "FF") {
			digits := 6
			rest = rest[2:]
			if rest != "" && rest[0] >= '0' && rest[0] <= '9' {
				digits = int(rest[0] - '0')
				rest = rest[1:]
			}
			f = append(f, formatElement{kind: fraction, digits: digits})
			continue
		}
		f = append(f, formatElement{kind: literal, text: rest[:1]})
		rest = rest[1:]
	}
	return f
}

func (f timeFormat) append(dst []byte, t time.Time) []byte {
	for _, e := range f {
		switch e.kind {
		case literal:
			dst = append(dst, e.text...)
		case year4:
			dst = appendPadded(dst, t.Year(), 4)
		case year2:
			dst = appendPadded(dst, t.Year()%100, 2)
		case month:
			dst = appendPadded(dst, int(t.Month()), 2)
		case monthName:
			dst = append(dst, strings.ToUpper(t.Month().String())...)
		case monthShort:
			dst = append(dst, strings.ToUpper(t.Month().String()[:3])...)
		case day:
			dst = appendPadded(dst, t.Day(), 2)
		case dayName:
			dst = append(dst, strings.ToUpper(t.Weekday().String())...)
		case dayShort:
			dst = append(dst, strings.ToUpper(t.Weekday().String()[:3])...)
		case hour24:
			dst = appendPadded(dst, t.Hour(), 2)
		case hour12:
			dst = appendPadded(dst, (t.Hour()+11)%12+1, 2)
		case minute:
			dst = appendPadded(dst, t.Minute(), 2)
		case second:
			dst = appendPadded(dst, t.Second(), 2)
		case fraction:
			if e.digits > 0 {
				dst = append(dst, fmt.Sprintf("%09d", t.Nanosecond())[:e.digits]...)
			}
		case meridiem:
			if t.Hour() < 12 {
				dst = append(dst, "AM"...)
			} else {
				dst = append(dst, "PM"...)
			}
		}
	}
	return dst
}

// appendPadded appends n, which is not negative, with zeros before it up to the width.
func appendPadded(dst []byte, n, width int) []byte {
	var b [20]byte
	digits := strconv.AppendInt(b[:0], int64(n), 10)
	for i := len(digits); i < width; i++ {
		dst = append(dst, '0')
	}
	return append(dst, digits...)
}

// parse reads a text by the format. A text may leave out the time of day at its end, or the last parts of it; they are
// zero. Parts that the format does not have are those of the first moment of the year 1.
func (f timeFormat) parse(s string) (time.Time, error) {
	p := timeParser{rest: s, year: 1, month: 1, day: 1}
	for i, e := range f {
		if p.rest == "" && i > 0 && f[i-1].kind != literal && f[i:].onlyClock() {
			break
		}
		if !p.element(e) {
			return time.Time{}, fmt.Errorf("%q does not fit the format", s)
		}
	}
	if p.rest != "" {
		return time.Time{}, fmt.Errorf("%q has more than the format asks for", s)
	}
	if p.half > 0 { // the hour after midnight and that after noon are called 12
		p.hour = p.hour%12 + 12*(p.half-1)
	}
	t := time.Date(p.year, time.Month(p.month), p.day, p.hour, p.minute, p.second, p.nanos, time.UTC)
	if p.year < 1 || t.Year() != p.year || int(t.Month()) != p.month || t.Day() != p.day || p.hour > 23 || p.minute > 59 || p.second > 59 {
		return time.Time{}, fmt.Errorf("%q is no date or time of day", s)
	}
	return t, nil
}

// onlyClock reports whether the format has nothing but parts of the time of day, and what stands between them.
func (f timeFormat) onlyClock() bool {
	for _, e := range f {
		if e.kind != literal && e.kind < hour24 {
			return false
		}
	}
	return true
}

type timeParser struct {
	rest                                          string
	year, month, day, hour, minute, second, nanos int
	half                                          int // of the day: 1 for AM, 2 for PM, 0 if it is not said
}

func (p *timeParser) element(e formatElement) bool {
	switch e.kind {
	case literal:
		rest, ok := strings.CutPrefix(p.rest, e.text)
		p.rest = rest
		return ok
	case year4:
		return p.number(&p.year, 4)
	case year2:
		if !p.number(&p.year, 2) {
			return false
		}
		p.year += 2000
		return true
	case month:
		return p.number(&p.month, 2)
	case monthName:
		return p.name(&p.month, 12, func(i int) string { return time.Month(i).String() })
	case monthShort:
		return p.name(&p.month, 12, func(i int) string { return time.Month(i).String()[:3] })
	case day:
		return p.number(&p.day, 2)
	case dayName, dayShort:
		var ignored int
		return p.name(&ignored, 7, func(i int) string {
			name := time.Weekday(i % 7).String()
			if e.kind == dayShort {
				name = name[:3]
			}
			return name
		})
	case hour24, hour12:
		return p.number(&p.hour, 2)
	case minute:
		return p.number(&p.minute, 2)
	case second:
		return p.number(&p.second, 2)
	case fraction:
		return p.fraction(e.digits)
	case meridiem:
		return p.name(&p.half, 2, func(i int) string { return []string{"AM", "PM"}[i-1] })
	}
	return false
}

// number reads up to width digits.
func (p *timeParser) number(n *int, width int) bool {
	i := 0
	for i < width && i < len(p.rest) && p.rest[i] >= '0' && p.rest[i] <= '9' {
		i++
	}
	v, err := strconv.Atoi(p.rest[:i])
	if err != nil {
		return false
	}
	*n, p.rest = v, p.rest[i:]
	return true
}

// fraction reads up to width digits of a fraction; more do not fit the format.
func (p *timeParser) fraction(width int) bool {
	i := 0
	for i < width && i < len(p.rest) && p.rest[i] >= '0' && p.rest[i] <= '9' {
		i++
	}
	if i == 0 {
		return width == 0
	}
	v, err := strconv.Atoi((p.rest[:i] + "000000000")[:9])
	if err != nil {
		return false
	}
	p.nanos, p.rest = v, p.rest[i:]
	return true
}

// name reads one of the names that of gives for 1 to most.
func (p *timeParser) name(n *int, most int, of func(int) string) bool {
	for i := 1; i <= most; i++ {
		name := of(i)
		if len(p.rest) >= len(name) && strings.EqualFold(p.rest[:len(name)], name) {
			*n, p.rest = i, p.rest[len(name):]
			return true
		}
	}
	return false
}
