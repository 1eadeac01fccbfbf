package wallclock

import (
	"errors"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/internal/zonedata"
)

var update = flag.Bool("update", false, "write names.txt anew from the time zone database of the Go release")

// databaseNames are the names of all zones of the database that comes with the Go release.
func databaseNames(t *testing.T) (names []string) {
	t.Helper()
	zones, err := zonedata.Zones(1)
	if err != nil {
		t.Fatal(err)
	}
	for _, zone := range zones {
		names = append(names, zone.String())
	}
	return names
}

// The list has every zone, and every zone is found by its name in upper case.
func TestNames(t *testing.T) {
	want := databaseNames(t)
	if *update {
		if err := os.WriteFile("names.txt", []byte(strings.Join(want, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, strings.Fields(names)); diff != "" {
		t.Errorf("names.txt (-database +list), write it anew with -update:\n%s", diff)
	}
	for _, name := range want {
		for _, spelling := range []string{strings.ToUpper(name), name, strings.ToLower(name)} {
			got, err := Location(spelling)
			if err != nil {
				t.Errorf("Location(%q): %v", spelling, err)
			} else if got != time.UTC && got.String() != name {
				t.Errorf("Location(%q) = %v, want %s", spelling, got, name)
			}
		}
	}
}

func TestLocation(t *testing.T) {
	for name, want := range map[string]string{
		"UTC": "UTC", "UNIVERSAL": "UTC", "gmt": "UTC", "Etc/UTC": "UTC",
		"EUROPE/BERLIN": "Europe/Berlin", "Europe/Berlin": "Europe/Berlin", "europe/berlin": "Europe/Berlin",
		"AMERICA/NEW_YORK": "America/New_York", "AMERICA/PORT-AU-PRINCE": "America/Port-au-Prince", "AMERICA/PORT_OF_SPAIN": "America/Port_of_Spain",
		"AFRICA/DAR_ES_SALAAM": "Africa/Dar_es_Salaam", "ETC/GMT+5": "Etc/GMT+5", "US/EAST-INDIANA": "US/East-Indiana", "EST5EDT": "EST5EDT", "CET": "CET",
		"AMERICA/ARGENTINA/RIO_GALLEGOS": "America/Argentina/Rio_Gallegos", "ANTARCTICA/MCMURDO": "Antarctica/McMurdo", "ASIA/UST-NERA": "Asia/Ust-Nera",
		"JAPAN": "Japan", "CUBA": "Cuba", "+02:00": "+02:00", "-09:30": "-09:30", "GB-EIRE": "GB-Eire", "NZ-CHAT": "NZ-CHAT",
		"AMERICA/KNOX_IN": "America/Knox_IN",
	} {
		got, err := Location(name)
		if err != nil {
			t.Errorf("Location(%q): %v", name, err)
		} else if got.String() != want {
			t.Errorf("Location(%q) = %v, want %s", name, got, want)
		}
	}
	if l, err := Location("-09:30"); err != nil {
		t.Error(err)
	} else if _, offset := time.Unix(0, 0).In(l).Zone(); offset != -34200 {
		t.Errorf("-09:30 is %d seconds east", offset)
	}
	for _, name := range []string{
		"", "LOCAL", "local", "EUROPE/ATLANTIS", "../../etc/passwd", "/etc/localtime", "+2", "+99:00", "+02:0x", "+:1:00", "-", "/", "_", "\x00", "\n",
	} {
		if l, err := Location(name); err == nil || !strings.Contains(err.Error(), "no such time zone") {
			t.Errorf("Location(%q) = %v, %v", name, l, err)
		}
	}
}

// Zones that the list does not have yet are found in a newer database. Where there is none, the error says so.
func TestLocationDatabases(t *testing.T) {
	defer func(before func(string) (*time.Location, error)) { load = before }(load)
	missing := errors.New("unknown time zone")
	having := func(zones ...string) func(string) (*time.Location, error) {
		return func(name string) (*time.Location, error) {
			if slices.Contains(zones, name) {
				return time.FixedZone(name, 0), nil
			}
			return nil, missing
		}
	}
	load = having("Europe/New_Atlantis-es", "Etc/UTC", "ATL5", "aBc/D")
	load = having("Europe/New_Atlantis", "Etc/UTC")
	if got, err := Location("EUROPE/NEW_ATLANTIS"); err != nil || got.String() != "Europe/New_Atlantis" {
		t.Errorf("a new zone: %v, %v", got, err)
	}
	for _, tt := range []struct {
		zones      []string
		name, want string
	}{
		{nil, "EUROPE/BERLIN", `time zone "EUROPE/BERLIN": this system has no time zone database: install all of tzdata, or import _ "time/tzdata" in the program, which embeds it`},
		{nil, "EUROPE/ATLANTIS", `time zone "EUROPE/ATLANTIS": this system has no time zone database: install all of tzdata, or import _ "time/tzdata" in the program, which embeds it`},
		{[]string{"Europe/Berlin"}, "US/EASTERN", `time zone "US/EASTERN": the time zone database of this system does not have it: install all of tzdata, or import _ "time/tzdata" in the program, which embeds it`},
		{[]string{"Europe/Berlin"}, "EUROPE/ATLANTIS", `time zone "EUROPE/ATLANTIS": there is no such time zone`},
	} {
		load = having(tt.zones...)
		if _, err := Location(tt.name); err == nil || err.Error() != tt.want {
			t.Errorf("%s in a database of %v: %v", tt.name, tt.zones, err)
		}
	}
	load = having()
	for _, name := range []string{"UTC", "UNIVERSAL", "GMT", "+02:00"} {
		if _, err := Location(name); err != nil {
			t.Errorf("Location(%q) without a database: %v", name, err)
		}
	}
}
