package exasqlite

import (
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// NLS formats of dates and times. The client and exatest have code of their own for the same formats, so that a mistake
// in one does not hide in the others; a table of cases in internal/formatcases holds the three together.

const (
	defaultDateFormat     = "YYYY-MM-DD"
	defaultDatetimeFormat = "YYYY-MM-DD HH24:MI:SS.FF6"
)

// layout is a compiled NLS format: elements such as YYYY, and separators between them.
type layout struct {
	elements []element
	session  error // why the format is for TO_CHAR alone; nil if it can be one of the session
	reading  error // why no text is read by the format; nil if one is
}

// element is a part of a format: something that is written, or a separator, which stands for itself.
type element struct {
	name    string // in upper case, empty for a separator; AM for every form of the meridian, HH24 for HH too
	literal string // as it is written, whose case decides that of names
}

// elements of formats, longest first.
var elements = []string{
	"MONTH", "YYYY", "IYYY", "HH24", "HH12", "A.M.", "P.M.", "YYY", "DDD", "MON", "DAY", "FF1", "FF2", "FF3", "FF4", "FF5", "FF6",
	"FF7", "FF8", "FF9", "CC", "YY", "MM", "DD", "HH", "MI", "SS", "AM", "PM", "DY", "ID", "IW", "D", "Q", "Y",
}

// sameElement has the elements that are another one by a second name.
var sameElement = map[string]string{
	"HH": "HH24", "PM": "AM", "A.M.": "AM", "P.M.": "AM",
	"FF1": "FF", "FF2": "FF", "FF3": "FF", "FF4": "FF", "FF5": "FF", "FF6": "FF", "FF7": "FF", "FF8": "FF", "FF9": "FF",
}

// writtenOnly are the elements of which nothing says how a text is read.
var writtenOnly = []string{"YYY", "YY", "Y", "IYYY", "CC", "Q", "IW", "ID", "D"}

// named reports whether the element depends on the language.
func (el element) named() bool {
	return el.name == "MONTH" || el.name == "MON" || el.name == "DAY" || el.name == "DY"
}

// clock reports whether the element is part of the time of day.
func (el element) clock() bool {
	switch el.name {
	case "HH24", "HH12", "MI", "SS", "FF", "AM":
		return true
	}
	return false
}

// layouts has formats that were compiled: those of a session are needed for each value.
var layouts sync.Map // format -> layout

// errFormat is the error for a format with something that no documentation explains.
func errFormat(format string) error {
	return errorf(codeUnsupported, "Feature not supported: format '%s'", format)
}

// compileFormat fails for a format with an element that this package does not know.
func compileFormat(format string) (layout, error) {
	if l, ok := layouts.Load(format); ok {
		return l.(layout), nil
	}
	var l layout
	count := map[string]int{}
	for rest := format; rest != ""; {
		el, ok := nextElement(rest)
		if !ok {
			return layout{}, errFormat(format)
		}
		if el.name != "" {
			count[el.name]++
		}
		l.elements = append(l.elements, el)
		rest = rest[len(el.literal):]
	}
	// A format of a session has to be read again, so nothing may come twice in it, and 12 hours need their half of the
	// day.
	most := 0
	for _, n := range count {
		most = max(most, n)
	}
	if most != 1 || count["HH12"] != count["AM"] {
		l.session = errFormat(format)
	}
	if l.reading = l.session; l.reading == nil && !readable(count) {
		l.reading = errorf(codeUnsupported, "Feature not supported: text in the format '%s'", format)
	}
	layouts.Store(format, l)
	return l, nil
}

// nextElement takes the longest element that the rest of a format begins with.
func nextElement(format string) (element, bool) {
	if strings.IndexByte(`-:;./_\ `, format[0]) >= 0 {
		return element{literal: format[:1]}, true
	}
	// Longest first, so that MON is not found in MONTH.
	for _, name := range elements {
		if len(format) < len(name) || !strings.EqualFold(format[:len(name)], name) {
			continue
		}
		el := element{name, format[:len(name)]}
		if same, ok := sameElement[name]; ok {
			el.name = same
		}
		if el.name == "AM" && el.literal != strings.ToUpper(el.literal) && el.literal != strings.ToLower(el.literal) {
			return element{}, false // in two cases
		}
		return el, true
	}
	return element{}, false
}

// readable reports whether a format says which moment a text means, by how often it has which elements: the year is
// whole, and nothing is said twice.
func readable(count map[string]int) bool {
	for _, name := range writtenOnly {
		if count[name] > 0 {
			return false
		}
	}
	months := count["MM"] + count["MON"] + count["MONTH"]
	return count["YYYY"] == 1 && months <= 1 && count["DAY"]+count["DY"] <= 1 && count["HH24"]+count["HH12"] <= 1 &&
		(count["DDD"] == 0 || months+count["DD"] == 0)
}

// width is how many characters the text of a time can have.
func (l layout) width() int {
	n := 0
	for _, el := range l.elements {
		switch {
		case el.named():
			n += 10 // Donnerstag
		case el.name == "FF":
			n += el.fraction()
		default:
			n += utf8.RuneCountInString(el.literal)
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
	for _, el := range l.elements {
		dst = el.append(dst, c, e)
	}
	return dst, nil
}

// append writes the element of a time.
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
	// The last digits of the year, as many as there are letters.
	case "YYYY", "YYY", "YY", "Y":
		return padded(c.Year()%int(pow10i64(len(el.name))), len(el.name))
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
	// The number of the day depends on which day the week of the session begins with.
	case "D":
		return padded((int(c.Weekday())+7-e.firstDay%7)%7+1, 1)
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
	case "DY":
		return append(dst, el.cased(dayName(c.Weekday(), e.german, true))...)
	case "DAY":
		return append(dst, el.cased(dayName(c.Weekday(), e.german, false))...)
	case "Q":
		return padded((int(c.Month())+2)/3, 1)
	case "HH24":
		return padded(c.Hour(), 2)
	case "HH12":
		return padded((c.Hour()+11)%12+1, 2)
	case "MI":
		return padded(c.Minute(), 2)
	case "SS":
		return padded(c.Second(), 2)
	case "AM":
		return append(dst, el.meridian(c.Hour() >= 12)...)
	case "FF":
		return padded(c.Nanosecond()/int(pow10i64(maxFraction-el.fraction())), el.fraction())
	}
	return dst
}

// fraction is how many digits of a second the element FF1 to FF9 has.
func (el element) fraction() int { return int(el.literal[2] - '0') }

// meridian is AM or PM, in the case and with the dots of the element.
func (el element) meridian(afternoon bool) string {
	half := "A"
	if afternoon {
		half = "P"
	}
	if el.literal[0] >= 'a' {
		half = strings.ToLower(half)
	}
	return half + el.literal[1:]
}
