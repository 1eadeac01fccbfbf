package exasqlite

import (
	"strings"
	"time"
	"unicode"
)

// Names of months and days, in the two languages that the database has.

// The short name of the German March is MÄR. Nothing documents that, it is this package's choice.
var (
	germanMonths = strings.Fields("Januar Februar M\u00e4rz April Mai Juni Juli August September Oktober November Dezember")
	germanDays   = strings.Fields("Sonntag Montag Dienstag Mittwoch Donnerstag Freitag Samstag")
)

// monthName is a month in the session's language; the short form has three letters.
func monthName(m time.Month, german, short bool) string {
	name := m.String()
	if german {
		name = germanMonths[m-1]
	}
	if short {
		return runeSlice(name, 0, 3)
	}
	return name
}

// dayName is a day of the week; the short form has three letters, in German two.
func dayName(d time.Weekday, german, short bool) string {
	name, letters := d.String(), 3
	if german {
		name, letters = germanDays[d], 2
	}
	if short {
		return name[:letters]
	}
	return name
}

// cased gives a name the case in which its element is written: the first letter follows the first one, the others follow
// the second. DAY, Day, day.
func (el element) cased(name string) string {
	as := func(model byte, s string) string {
		if unicode.IsLower(rune(model)) {
			return strings.ToLower(s)
		}
		return strings.ToUpper(s)
	}
	return as(el.literal[0], name[:1]) + as(el.literal[1], name[1:])
}
