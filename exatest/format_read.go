package exatest

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// parse reads a text by the format, which must be one that can be read. What a text may leave out at its end is the time of
// day or the last parts of it; they are zero, as is the beginning of a year what the format has no element for.
func (f *timeFormat) parse(s string) (time.Time, error) {
	p := timeParser{format: f, rest: s, month: 1, day: 1}
	for i, e := range f.elements {
		if p.rest == "" && i > 0 && f.elements[i-1].kind != separator && onlyClock(f.elements[i:]) {
			break
		}
		if !p.element(e) {
			return time.Time{}, fmt.Errorf("%q does not fit the format", s)
		}
	}
	if p.rest != "" {
		return time.Time{}, fmt.Errorf("%q has more than the format asks for", s)
	}
	t, ok := p.time()
	if !ok {
		return time.Time{}, fmt.Errorf("%q is no date or time of day", s)
	}
	return t, nil
}

// onlyClock reports whether all elements are separators and parts of the time of day.
func onlyClock(elements []formatElement) bool {
	for _, e := range elements {
		if e.kind != separator && e.kind < hour24 {
			return false
		}
	}
	return true
}

type timeParser struct {
	format                                        *timeFormat
	rest                                          string
	year, month, day, hour, minute, second, nanos int
	yearDay                                       int // 1 to 366, 0 if it is not said
	weekday                                       int // 1 is Sunday, 0 if it is not said
	half                                          int // of the day: 1 in the morning, 2 from noon on, 0 if it is not said
	twelve                                        bool
}

func (p *timeParser) element(e formatElement) bool {
	names := p.format.names
	monthOf := func(short bool) func(int) string {
		return func(i int) string { return names.month(time.Month(i), short) }
	}
	dayOf := func(short bool) func(int) string {
		return func(i int) string { return names.day(time.Weekday(i-1), short) }
	}
	switch e.kind {
	case separator:
		rest, ok := strings.CutPrefix(p.rest, e.text)
		p.rest = rest
		return ok
	case year4:
		return p.number(&p.year, 4)
	case month:
		return p.number(&p.month, 2)
	case monthName:
		return p.name(&p.month, 12, monthOf(false))
	case monthShort:
		return p.name(&p.month, 12, monthOf(true))
	case day:
		return p.number(&p.day, 2)
	case dayOfYear:
		return p.number(&p.yearDay, 3) && p.yearDay > 0
	case dayName:
		return p.name(&p.weekday, 7, dayOf(false))
	case dayShort:
		return p.name(&p.weekday, 7, dayOf(true))
	case hour24:
		return p.number(&p.hour, 2)
	case hour12:
		p.twelve = true
		return p.number(&p.hour, 2)
	case minute:
		return p.number(&p.minute, 2)
	case second:
		return p.number(&p.second, 2)
	case fraction:
		return p.fraction(fractionWidth(e))
	case meridian:
		morning, afternoon := halves(e.text)
		return p.name(&p.half, 2, func(i int) string { return []string{morning, afternoon}[i-1] })
	}
	return false
}

// time puts the parts together, if there is such a moment.
func (p *timeParser) time() (time.Time, bool) {
	if p.twelve { // the hour after midnight and that after noon are called 12
		if p.half == 0 || p.hour < 1 || p.hour > 12 {
			return time.Time{}, false
		}
		p.hour = p.hour%12 + 12*(p.half-1)
	}
	if p.yearDay > 0 {
		first := time.Date(p.year, 1, p.yearDay, 0, 0, 0, 0, time.UTC)
		if first.Year() != p.year {
			return time.Time{}, false
		}
		p.month, p.day = int(first.Month()), first.Day()
	}
	t := time.Date(p.year, time.Month(p.month), p.day, p.hour, p.minute, p.second, p.nanos, time.UTC)
	same := p.year >= 1 && t.Year() == p.year && int(t.Month()) == p.month && t.Day() == p.day &&
		p.hour <= 23 && p.minute <= 59 && p.second <= 59
	return t, same && (p.weekday == 0 || int(t.Weekday()) == p.weekday-1)
}

// number reads up to width digits.
func (p *timeParser) number(n *int, width int) bool {
	digits := p.digits(width)
	v, err := strconv.Atoi(digits)
	*n = v
	return err == nil
}

// fraction reads up to width digits of a fraction; more do not fit the format.
func (p *timeParser) fraction(width int) bool {
	digits := p.digits(width)
	v, err := strconv.Atoi((digits + "000000000")[:9])
	p.nanos = v
	return digits != "" && err == nil
}

func (p *timeParser) digits(most int) string {
	i := 0
	for i < most && i < len(p.rest) && p.rest[i] >= '0' && p.rest[i] <= '9' {
		i++
	}
	digits := p.rest[:i]
	p.rest = p.rest[i:]
	return digits
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
