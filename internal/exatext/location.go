package exatext

import (
	"fmt"
	"strings"
	"time"
)

// oddNames are names of zones that are not written as [zoneName] would write them, by their upper-case form.
var oddNames = map[string]string{
	"AFRICA/PORTO-NOVO":                "Africa/Porto-Novo",
	"AMERICA/ARGENTINA/COMODRIVADAVIA": "America/Argentina/ComodRivadavia",
	"AMERICA/PORT-AU-PRINCE":           "America/Port-au-Prince",
	"ANTARCTICA/DUMONTDURVILLE":        "Antarctica/DumontDUrville",
	"ANTARCTICA/MCMURDO":               "Antarctica/McMurdo",
	"AUSTRALIA/ACT":                    "Australia/ACT",
	"AUSTRALIA/LHI":                    "Australia/LHI",
	"AUSTRALIA/NSW":                    "Australia/NSW",
	"BRAZIL/DENORONHA":                 "Brazil/DeNoronha",
	"CHILE/EASTERISLAND":               "Chile/EasterIsland",
	"MEXICO/BAJANORTE":                 "Mexico/BajaNorte",
	"MEXICO/BAJASUR":                   "Mexico/BajaSur",
	"GB-EIRE":                          "GB-Eire",
}

// Location returns the time zone of a session, as the attribute timezone names it. The server writes names in upper
// case, such as EUROPE/BERLIN, while most systems store them as Europe/Berlin; the case is ignored. Offsets such as
// +02:00 are taken too. An unknown name is an error.
func Location(name string) (*time.Location, error) {
	upper := strings.ToUpper(name)
	switch upper {
	case "UTC", "UNIVERSAL", "GMT", "ZULU", "UCT", "Z", "ETC/UTC", "ETC/UNIVERSAL", "ETC/GMT":
		return time.UTC, nil
	case "", "LOCAL": // to Go these are the machine's own zones
		return nil, fmt.Errorf("%w: time zone %q", ErrSyntax, name)
	}
	if upper[0] == '+' || upper[0] == '-' {
		return fixedZone(name)
	}
	first := zoneName(upper)
	if odd, ok := oddNames[upper]; ok {
		first = odd
	}
	var firstErr error
	for _, candidate := range []string{first, name, upper, capital(upper)} {
		location, err := time.LoadLocation(candidate)
		if err == nil {
			return location, nil
		}
		if firstErr == nil {
			firstErr = err
		}
	}
	return nil, firstErr
}

// zoneName writes an upper-case name as the time zone database does: America/Argentina/Rio_Gallegos, Africa/Dar_es_Salaam,
// Etc/GMT+5, US/East-Indiana.
func zoneName(upper string) string {
	if !strings.Contains(upper, "/") {
		if title := capital(upper); len(upper) > 4 && strings.Trim(upper, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" {
			return title // a country, such as Turkey
		}
		return upper // an abbreviation, such as EST5EDT
	}
	words := strings.FieldsFunc(upper, isSeparator)
	var b strings.Builder
	rest := upper
	for i, word := range words {
		at := strings.Index(rest, word)
		b.WriteString(rest[:at])
		switch {
		case i == 0 && len(word) == 2 || strings.HasPrefix(word, "GMT") || word == "UCT": // US/..., Etc/GMT-3
			b.WriteString(word)
		case i > 0 && (word == "OF" || word == "ES"):
			b.WriteString(strings.ToLower(word))
		default:
			b.WriteString(capital(word))
		}
		rest = rest[at+len(word):]
	}
	b.WriteString(rest)
	return b.String()
}

func isSeparator(r rune) bool { return r == '/' || r == '_' || r == '-' || r == '+' }

func capital(upper string) string { return upper[:1] + strings.ToLower(upper[1:]) }

// fixedZone reads an offset of the form +02:00.
func fixedZone(name string) (*time.Location, error) {
	if len(name) != len("+02:00") || name[3] != ':' {
		return nil, fmt.Errorf("%w: time zone %q", ErrSyntax, name)
	}
	hours, minutes := twoDigits([]byte(name[1:])), twoDigits([]byte(name[4:]))
	if hours > 14 || minutes > 59 {
		return nil, fmt.Errorf("%w: time zone %q", ErrSyntax, name)
	}
	offset := hours*3600 + minutes*60
	if name[0] == '-' {
		offset = -offset
	}
	return time.FixedZone(name, offset), nil
}
