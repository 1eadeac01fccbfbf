package exatest

import (
	"strings"
	"time"
)

// dateNames are the names of months and days in one language.
type dateNames struct {
	months   []string // from January on
	days     []string // from Sunday on
	dayShort int      // letters of a short name of a day; those of months have three
}

var (
	englishNames = &dateNames{
		months:   strings.Fields("January February March April May June July August September October November December"),
		days:     strings.Fields("Sunday Monday Tuesday Wednesday Thursday Friday Saturday"),
		dayShort: 3,
	}
	germanNames = &dateNames{
		months:   strings.Fields("Januar Februar M\u00e4rz April Mai Juni Juli August September Oktober November Dezember"),
		days:     strings.Fields("Sonntag Montag Dienstag Mittwoch Donnerstag Freitag Samstag"),
		dayShort: 2,
	}
)

// dateLanguages are the values that NLS_DATE_LANGUAGE can be set to, and the names under which it is reported.
var dateLanguages = map[string]string{"ENG": "ENG", "ENGLISH": "ENG", "DEU": "DEU", "DEUTSCH": "DEU", "GERMAN": "DEU"}

// namesOf returns the names in a language as the session reports it. Those of a language that the server does not know
// are English.
func namesOf(language string) *dateNames {
	if dateLanguages[strings.ToUpper(language)] == "DEU" {
		return germanNames
	}
	return englishNames
}

func (n *dateNames) month(m time.Month, short bool) string {
	name := n.months[m-1]
	if short {
		return string([]rune(name)[:3])
	}
	return name
}

func (n *dateNames) day(d time.Weekday, short bool) string {
	name := n.days[d]
	if short {
		return name[:n.dayShort]
	}
	return name
}
