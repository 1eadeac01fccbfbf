package exasqlite

import (
	"strconv"
	"strings"
	"time"
)

// Reading times by a format. The rules are the client's: what a format does not say is the beginning of the year or of
// the day, and the end of the time of day may be missing.

// parseFormat reads text by a format. The time of day or the end of it may be missing; it is zero then.
func (e env) parseFormat(text, format string) (time.Time, error) {
	l, err := compileFormat(format)
	if err == nil {
		err = l.reading
	}
	if err != nil {
		return time.Time{}, err
	}
	c := clockParts{month: 1, day: 1, weekday: -1, german: e.german}
	if !c.parseAll(l.elements, strings.TrimSpace(text)) {
		return time.Time{}, errorf(codeDatetime, "data exception - invalid date value; Value: '%s' Format: '%s'", text, format)
	}
	t, ok := c.time()
	if !ok {
		return time.Time{}, errorf(codeDatetime, "data exception - invalid date value; Value: '%s' Format: '%s'", text, format)
	}
	return t, nil
}

// clockParts are the fields of a time while its text is read.
type clockParts struct {
	year, month, day, yearDay, hour, minute, second, nanos int

	weekday          int // -1 if it is not said
	twelve, meridian bool
	afternoon        bool
	german           bool
}

// parseAll reads a text from its beginning to its end, element by element. It may end before the time of day, or
// between two parts of it, but not after a separator.
func (c *clockParts) parseAll(elements []element, s string) bool {
	separated := true
	for i, el := range elements {
		// What is missing of the time of day is zero.
		if s == "" && !separated && onlyClock(elements[i:]) {
			break
		}
		separated = el.name == ""
		rest, ok := strings.CutPrefix(s, el.literal)
		if !separated {
			rest, ok = c.parse(el, s)
		}
		if !ok {
			return false
		}
		s = rest
	}
	return s == ""
}

// onlyClock reports whether all elements are separators and parts of the time of day.
func onlyClock(elements []element) bool {
	for _, el := range elements {
		if el.name != "" && !el.clock() {
			return false
		}
	}
	return true
}

// parse reads one element and returns what is left.
func (c *clockParts) parse(el element, s string) (rest string, ok bool) {
	switch el.name {
	case "YYYY":
		return number(s, 4, &c.year)
	case "MM":
		return number(s, 2, &c.month)
	case "DD":
		return number(s, 2, &c.day)
	case "DDD":
		rest, ok = number(s, 3, &c.yearDay)
		return rest, ok && c.yearDay > 0
	case "HH24":
		return number(s, 2, &c.hour)
	case "HH12":
		c.twelve = true
		return number(s, 2, &c.hour)
	case "MI":
		return number(s, 2, &c.minute)
	case "SS":
		return number(s, 2, &c.second)
	case "FF":
		// More digits than the format has are taken as they are: the type cuts them.
		rest, ok = number(s, maxFraction, &c.nanos)
		for n := len(s) - len(rest); n < maxFraction; n++ {
			c.nanos *= 10
		}
		return rest, ok
	}
	return c.parseName(el, s)
}

// parseName reads an element whose text is one of several words.
func (c *clockParts) parseName(el element, s string) (rest string, ok bool) {
	word := func(name string) bool {
		ok = len(s) >= len(name) && strings.EqualFold(s[:len(name)], name)
		if ok {
			rest = s[len(name):]
		}
		return ok
	}
	switch el.name {
	// Names are read in any case, in the language of the session.
	case "MON", "MONTH":
		for m := time.January; m <= time.December; m++ {
			if word(monthName(m, c.german, el.name == "MON")) {
				c.month = int(m)
				break
			}
		}
	case "DY", "DAY":
		for d := time.Sunday; d <= time.Saturday; d++ {
			if word(dayName(d, c.german, el.name == "DY")) {
				c.weekday = int(d)
				break
			}
		}
	case "AM":
		c.afternoon = word(el.meridian(true))
		c.meridian = c.afternoon || word(el.meridian(false))
	}
	return rest, ok
}

// number reads up to width digits.
func number(s string, width int, into *int) (rest string, ok bool) {
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

// time puts the fields together, if there is such a moment.
func (c *clockParts) time() (time.Time, bool) {
	// Twelve is the first hour of each half.
	if c.twelve {
		if !c.meridian || c.hour < 1 || c.hour > 12 {
			return time.Time{}, false
		}
		if c.hour %= 12; c.afternoon {
			c.hour += 12
		}
	}
	// The day of the year is a day of a very long January.
	if c.yearDay > 0 {
		c.month, c.day = 1, c.yearDay
	}
	// Date takes the 31st of April for the 1st of May: a day that has moved was none.
	t := time.Date(c.year, time.Month(c.month), c.day, c.hour, c.minute, c.second, c.nanos, time.UTC)
	same := c.yearDay > 0 || int(t.Month()) == c.month && t.Day() == c.day
	if c.weekday >= 0 && int(t.Weekday()) != c.weekday {
		return t, false
	}
	return t, same && t.Year() == c.year && c.year >= 1 && c.hour < 24 && c.minute < 60 && c.second < 60
}
