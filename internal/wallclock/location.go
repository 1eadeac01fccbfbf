package wallclock

import (
	_ "embed" // for names.txt
	"fmt"
	"strings"
	"time"
)

// names are the names of all zones of the time zone database as it spells them, one a line. Package time finds a zone only
// by this spelling, and it does not tell which zones there are. The test of this file holds the list to the database of the
// Go release, and writes it anew with -update.
//
//go:embed names.txt
var names string

// load is time.LoadLocation.
var load = time.LoadLocation

// Location returns the time zone of a session, as the attribute timezone names it. The server writes names in upper
// case, such as EUROPE/BERLIN, while the time zone database has them as Europe/Berlin; the case is ignored. Offsets such as
// +02:00 are taken too. UTC by its usual names and offsets need no database. The error says whether there is no such zone
// or no database, and what to do about it.
func Location(name string) (*time.Location, error) {
	upper := strings.ToUpper(name)
	switch upper {
	case "UTC", "UNIVERSAL", "GMT", "ZULU", "UCT", "Z", "ETC/UTC", "ETC/UNIVERSAL", "ETC/GMT":
		return time.UTC, nil
	case "", "LOCAL": // to Go these are the machine's own zones
		return nil, unknown(name)
	}
	if upper[0] == '+' || upper[0] == '-' {
		return fixedZone(name)
	}
	spelling, known := spelled(upper)
	if known {
		if location, err := load(spelling); err == nil {
			return location, nil
		}
	} else {
		// The database may be newer than the list.
		for _, candidate := range []string{name, titled(upper), upper} {
			if location, err := load(candidate); err == nil {
				return location, nil
			}
		}
	}
	switch {
	case !hasDatabase():
		return nil, fmt.Errorf("time zone %q: this system has no time zone database: %s", name, remedy)
	case known:
		return nil, fmt.Errorf("time zone %q: the time zone database of this system does not have it: %s", name, remedy)
	}
	return nil, unknown(name)
}

// remedy gives a program the database, which most systems have and containers made from nothing lack.
const remedy = `install all of tzdata, or import _ "time/tzdata" in the program, which embeds it`

func unknown(name string) error { return fmt.Errorf("time zone %q: there is no such time zone", name) }

// hasDatabase reports whether any zone can be found.
func hasDatabase() bool {
	for _, name := range []string{"Etc/UTC", "Europe/Berlin", "America/New_York"} {
		if _, err := load(name); err == nil {
			return true
		}
	}
	return false
}

// spelled returns a name as the database spells it.
func spelled(upper string) (name string, known bool) {
	for name := range strings.Lines(names) {
		if name = strings.TrimSpace(name); strings.EqualFold(name, upper) {
			return name, true
		}
	}
	return "", false
}

// titled writes each word of a name with a capital letter, as the database does most: America/New_York.
func titled(upper string) string {
	b := []byte(strings.ToLower(upper))
	for i, c := range b {
		if 'a' <= c && c <= 'z' && (i == 0 || strings.IndexByte("/_-+", b[i-1]) >= 0) {
			b[i] = c - 'a' + 'A'
		}
	}
	return string(b)
}

// fixedZone reads an offset of the form +02:00.
func fixedZone(name string) (*time.Location, error) {
	var hours, minutes int
	if len(name) != len("+02:00") || name[3] != ':' || !twoDigits(name[1:3], &hours) || !twoDigits(name[4:6], &minutes) || hours > 14 || minutes > 59 {
		return nil, unknown(name)
	}
	offset := hours*3600 + minutes*60
	if name[0] == '-' {
		offset = -offset
	}
	return time.FixedZone(name, offset), nil
}

func twoDigits(text string, value *int) bool {
	high, low := text[0]-'0', text[1]-'0'
	*value = int(high)*10 + int(low)
	return high <= 9 && low <= 9
}
