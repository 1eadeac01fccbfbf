package exatext

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

// ParseUnix is Parse for texts that stand for UTC. It returns the seconds since 1970-01-01 and the nanoseconds after.
func (l *Layout) ParseUnix(text []byte) (seconds, nanos int64, err error) {
	if l.iso == 0 {
		c, err := l.Parse(text)
		return c.Unix(), int64(c.Nanos), err
	}
	year, month, day, hour, minute, second, n, ok := parseISO(text, l.iso)
	switch {
	case !ok:
		return 0, 0, ErrSyntax
	case year == 0 || uint(month-1) >= 12 || uint(day-1) >= 28 && (day == 0 || day > daysIn(year, month)) || hour > 23 || minute > 59 || second > 59:
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
		if len(text) < e.width {
			return Civil{}, false
		}
		switch e.field {
		case literal:
			if text[0] != e.text[0] {
				return Civil{}, false
			}
		case meridian:
			afternoon = equalFold(text[:e.width], e.afternoon)
			if !afternoon && !equalFold(text[:e.width], e.text) {
				return Civil{}, false
			}
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

// equalFold compares a text with a form of the meridian, whatever its case. Both have the same length.
func equalFold(text []byte, form string) bool {
	for i, c := range text {
		if c != form[i] && (form[i] == '.' || c|0x20 != form[i]|0x20) {
			return false
		}
	}
	return true
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
			dst = append(dst, e.text...)
		case meridian:
			if c.Hour < 12 {
				dst = append(dst, e.text...)
			} else {
				dst = append(dst, e.afternoon...)
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
