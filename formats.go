package exawire

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/wallclock"
	"github.com/exawire/exawire/resultset"
)

// formatsOf returns how values are written under these attributes. A zone that is not known here leaves timestamps with
// local time zone readable as text.
func formatsOf(a commands.Attributes, repeated RepeatedHour) resultset.Formats {
	f := resultset.Formats{Date: a.DateFormat, Timestamp: a.DatetimeFormat, RepeatedHour: repeated}
	var err error
	if f.Location, err = wallclock.Location(a.Timezone); err != nil {
		f.NoLocation = err.Error()
	}
	if a.NumericCharacters != "" {
		f.DecimalPoint = a.NumericCharacters[0]
	}
	return f
}

// currentFormats returns the formats in which values travel at this moment.
func (s *Session) currentFormats() resultset.Formats {
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	return s.ledger.formats
}

// What Config.PinFormats sets. The numeric characters are set at every login that does not say otherwise.
const (
	pinnedNumbers   = ".,"
	pinnedDate      = "YYYY-MM-DD"
	pinnedTimestamp = "YYYY-MM-DD HH24:MI:SS.FF9"
)

// pinning says whether a login pins the formats, and which autocommit mode it ends with.
type pinning struct{ on, manual bool }

// pinningAtLogin returns the attributes to log in with if the formats are pinned behind it: with autocommit on no statement
// leaves a transaction open, whose end could take the formats back.
func pinningAtLogin(attrs []Attribute) ([]Attribute, pinning) {
	i := slices.Index(attrs, Autocommit(false))
	if i >= 0 {
		attrs[i] = Autocommit(true)
	}
	return attrs, pinning{on: true, manual: i >= 0}
}

// pinFormats sets the formats that are no attributes to set, and then the autocommit mode. It is a step of the login, before
// the attributes are read. The lock is held.
func (s *Session) pinFormats(ctx context.Context, pins pinning) outcome {
	for _, sql := range []string{
		"ALTER SESSION SET NLS_DATE_FORMAT = '" + pinnedDate + "'",
		"ALTER SESSION SET NLS_TIMESTAMP_FORMAT = '" + pinnedTimestamp + "'",
	} {
		c := newCall(commands.Execute{SQLText: sql}, nil)
		c.intent.housekeeping = true
		c.read = s.discard
		if out := s.runErrand(ctx, c); !out.ok() {
			return notPinned(out)
		}
	}
	if !pins.manual {
		return outcome{}
	}
	c := newCall(commands.SetAttributes{}, []Attribute{Autocommit(false)})
	c.intent.housekeeping = true
	return notPinned(s.runErrand(ctx, c))
}

// arePinned says which formats the server has not taken over, although it answered that it did.
func arePinned(a Attributes) error {
	for _, f := range []struct{ attribute, is, want string }{
		{"dateFormat", a.DateFormat, pinnedDate},
		{"datetimeFormat", a.DatetimeFormat, pinnedTimestamp},
		{"numericCharacters", a.NumericCharacters, pinnedNumbers},
	} {
		if !strings.EqualFold(f.is, f.want) {
			return fmt.Errorf("exawire: pin formats: the server still has the %s %q", f.attribute, f.is)
		}
	}
	return nil
}

// notPinned says in an outcome that is not ok what it was for.
func notPinned(out outcome) outcome {
	if !out.ok() {
		out.fault, out.refused = fmt.Errorf("exawire: pin formats: %w", out.text()), nil
	}
	return out
}

// repeatedHours are the values of the key repeatedhour of connection strings, by the numbers of RepeatedHour.
var repeatedHours = []string{"error", "first", "second"}

func setRepeatedHour(p *dsnParser, value string) string {
	i := slices.Index(repeatedHours, strings.ToLower(value))
	if i < 0 {
		return "is neither error, first nor second"
	}
	p.cfg.RepeatedHour = RepeatedHour(i)
	return ""
}

func getRepeatedHour(c *Config) (string, bool) {
	if c.RepeatedHour <= RepeatedHourError || int(c.RepeatedHour) >= len(repeatedHours) {
		return "", false
	}
	return repeatedHours[c.RepeatedHour], true
}
