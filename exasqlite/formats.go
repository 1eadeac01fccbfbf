package exasqlite

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

const (
	defaultDateFormat     = "YYYY-MM-DD"
	defaultDatetimeFormat = "YYYY-MM-DD HH24:MI:SS.FF6"
)

// layout is a compiled NLS format: elements such as YYYY, and literal text between them.
type layout []element

type element struct {
	name    string // empty for literal text
	literal string // or the element as it was written, whose case decides that of names
}

// elements of formats, longest first.
var elements = []string{
	"MONTH", "YYYY", "IYYY", "HH24", "HH12", "YYY", "DDD", "MON", "DAY", "FF1", "FF2", "FF3", "FF4", "FF5", "FF6", "FF7",
	"FF8", "FF9", "CC", "YY", "MM", "DD", "HH", "MI", "SS", "FF", "AM", "PM", "DY", "ID", "IW", "D", "Q", "Y",
}

// named reports whether the element depends on the language.
func (el element) named() bool {
	return el.name == "MONTH" || el.name == "MON" || el.name == "DAY" || el.name == "DY"
}

var layouts sync.Map // format -> layout

// compileFormat fails for a format with an element that this package does not know.
func compileFormat(format string) (layout, error) {
	if l, ok := layouts.Load(format); ok {
		return l.(layout), nil
	}
	var l layout
next:
	for rest := format; rest != ""; {
		if rest[0] == '"' {
			if end := strings.IndexByte(rest[1:], '"'); end >= 0 {
				l = append(l, element{literal: rest[1 : end+1]})
				rest = rest[end+2:]
				continue
			}
		}
		for _, name := range elements {
			if len(rest) >= len(name) && strings.EqualFold(rest[:len(name)], name) {
				l = append(l, element{name, rest[:len(name)]})
				rest = rest[len(name):]
				continue next
			}
		}
		if c := rest[0] | 0x20; c >= 'a' && c <= 'z' && rest[0] != 'T' {
			return nil, errorf(codeUnsupported, "Feature not supported: format '%s'", format)
		}
		l = append(l, element{literal: rest[:1]})
		rest = rest[1:]
	}
	layouts.Store(format, l)
	return l, nil
}

// width is how many characters the text of a time can have.
func (l layout) width() int {
	n := 0
	for _, el := range l {
		switch {
		case el.named() || el.name == "FF":
			n += 10 // Donnerstag
		case el.name != "" && el.name[:1] == "F":
			n += el.fraction()
		default:
			n += max(len(el.name), utf8.RuneCountInString(el.literal))
		}
	}
	return n
}

// appendTime appends a stored DATE or TIMESTAMP (in local time) in a format.
func (e env) appendTime(dst []byte, text, format string) ([]byte, error) {
	l, err := compileFormat(format)
	if err != nil {
		return nil, err
	}
	c := clockOf(text)
	for _, el := range l {
		dst = el.append(dst, c, e)
	}
	return dst, nil
}

func (el element) append(dst []byte, c time.Time, e env) []byte {
	padded := func(v, width int) []byte {
		s := strconv.Itoa(v)
		for i := len(s); i < width; i++ {
			dst = append(dst, '0')
		}
		return append(dst, s...)
	}
	switch el.name {
	case "":
		return append(dst, el.literal...)
	case "YYYY":
		return padded(c.Year(), 4)
	case "YY":
		return padded(c.Year()%100, 2)
	case "MM":
		return padded(int(c.Month()), 2)
	case "MON":
		return append(dst, el.cased(monthName(c.Month(), e.german, true))...)
	case "MONTH":
		return append(dst, el.cased(monthName(c.Month(), e.german, false))...)
	case "DD":
		return padded(c.Day(), 2)
	case "DDD":
		return padded(c.YearDay(), 3)
	case "D":
		return padded((int(c.Weekday())+13-e.firstDay%7)%7+1, 1)
	case "ID":
		return padded((int(c.Weekday())+6)%7+1, 1)
	case "IW":
		_, week := c.ISOWeek()
		return padded(week, 2)
	case "IYYY":
		year, _ := c.ISOWeek()
		return padded(year, 4)
	case "CC":
		return padded((c.Year()+99)/100, 2)
	case "YYY":
		return padded(c.Year()%1000, 3)
	case "Y":
		return padded(c.Year()%10, 1)
	case "DY":
		return append(dst, el.cased(dayName(c.Weekday(), e.german, true))...)
	case "DAY":
		return append(dst, el.cased(dayName(c.Weekday(), e.german, false))...)
	case "Q":
		return padded((int(c.Month())+2)/3, 1)
	case "HH24":
		return padded(c.Hour(), 2)
	case "HH", "HH12":
		return padded((c.Hour()+11)%12+1, 2)
	case "MI":
		return padded(c.Minute(), 2)
	case "SS":
		return padded(c.Second(), 2)
	case "AM", "PM":
		if el.literal[0] >= 'a' {
			return append(dst, c.Format("pm")...)
		}
		return append(dst, c.Format("PM")...)
	}
	return append(dst, fmt.Sprintf("%09d", c.Nanosecond())[:el.fraction()]...)
}

func (el element) fraction() int {
	if el.name == "FF" {
		return 3
	}
	return int(el.name[2] - '0')
}

// parseFormat reads text by a format. Elements at the end may be missing; they are zero then.
func (e env) parseFormat(text, format string) (time.Time, error) {
	l, err := compileFormat(format)
	if err != nil {
		return time.Time{}, err
	}
	bad := func() (time.Time, error) {
		return time.Time{}, errorf(codeDatetime, "data exception - invalid date value; Value: '%s' Format: '%s'", text, format)
	}
	s := strings.TrimSpace(text)
	c := clockParts{month: 1, day: 1}
	year := false
	for _, el := range l {
		if s == "" {
			break
		}
		if el.name == "" {
			if !strings.HasPrefix(s, el.literal) {
				return bad()
			}
			s = s[len(el.literal):]
			continue
		}
		rest, ok := c.parse(el, s, e.german)
		if !ok {
			return bad()
		}
		s = rest
		year = year || el.name[0] == 'Y'
	}
	t, ok := c.time()
	if s != "" || !year || !ok {
		return bad()
	}
	return t, nil
}

// clockParts are the fields of a time while its text is read.
type clockParts struct {
	year, month, day, yearDay, hour, minute, second, nanos int
	pm, half                                               bool
}

func (c *clockParts) parse(el element, s string, german bool) (rest string, ok bool) {
	number := func(width int, into *int) (string, bool) {
		n := 0
		for n < width && n < len(s) && isDigit(s[n]) {
			n++
		}
		if n == 0 {
			return s, false
		}
		*into, _ = strconv.Atoi(s[:n])
		return s[n:], true
	}
	switch el.name {
	case "YYYY":
		return number(4, &c.year)
	case "YY":
		rest, ok = number(2, &c.year)
		c.year += 2000
		return rest, ok
	case "MM":
		return number(2, &c.month)
	case "DD":
		return number(2, &c.day)
	case "DDD":
		return number(3, &c.yearDay)
	case "HH24":
		return number(2, &c.hour)
	case "HH", "HH12":
		c.half = true
		return number(2, &c.hour)
	case "MI":
		return number(2, &c.minute)
	case "SS":
		return number(2, &c.second)
	case "MON", "MONTH":
		for m := time.January; m <= time.December; m++ {
			name := monthName(m, german, el.name == "MON")
			if len(s) >= len(name) && strings.EqualFold(s[:len(name)], name) {
				c.month = int(m)
				return s[len(name):], true
			}
		}
	case "AM", "PM":
		if len(s) >= 2 && (strings.EqualFold(s[:2], "AM") || strings.EqualFold(s[:2], "PM")) {
			c.pm = strings.EqualFold(s[:2], "PM")
			return s[2:], true
		}
	}
	if strings.HasPrefix(el.name, "FF") {
		// More digits than the format has are taken as they are: the type cuts them.
		rest, ok = number(maxFraction, &c.nanos)
		for n := len(s) - len(rest); n < maxFraction; n++ {
			c.nanos *= 10
		}
		return rest, ok
	}
	return s, false
}

func (c *clockParts) time() (time.Time, bool) {
	if c.half {
		if c.hour < 1 || c.hour > 12 {
			return time.Time{}, false
		}
		if c.hour %= 12; c.pm {
			c.hour += 12
		}
	}
	if c.yearDay > 0 {
		c.month, c.day = 1, c.yearDay
	}
	t := time.Date(c.year, time.Month(c.month), c.day, c.hour, c.minute, c.second, c.nanos, time.UTC)
	same := c.yearDay > 0 || int(t.Month()) == c.month && t.Day() == c.day
	return t, same && t.Year() == c.year && c.year >= 1 && c.hour < 24 && c.minute < 60 && c.second < 60
}
