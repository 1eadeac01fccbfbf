package resultset

import (
	"errors"
	"fmt"
	"time"

	"github.com/exawire/exawire/internal/wallclock"
)

// localZone makes instants of what the wall clock of a session shows.
type localZone struct {
	location *time.Location
	missing  string // why it is not known; empty if it is
	clock    wallclock.Clock
	repeated wallclock.Choice

	errRepeated, errSkipped error // once they have happened
}

func newLocalZone(f Formats) *localZone {
	z := &localZone{location: f.Location, repeated: wallclock.Choice(f.RepeatedHour)}
	switch {
	case f.Location != nil:
		z.clock = wallclock.NewClock(f.Location)
	case f.NoLocation != "":
		z.missing = f.NoLocation
	default:
		z.missing = "the time zone of the session is not known"
	}
	return z
}

// instant returns the instant, in Unix time, at which the wall clock shows a certain time; that time is given in the
// same form, as if it were UTC.
func (z *localZone) instant(local int64) (int64, error) { return z.clock.Instant(local, z.repeated) }

// explain says what is wrong with a time that is not one instant, and how to avoid it.
func (z *localZone) explain(err error) error {
	if errors.Is(err, wallclock.ErrRepeated) {
		return setOnce(&z.errRepeated, "the time is two instants in the time zone %s, since clocks were set back over it: read it as text, "+
			"set the session's TIME_ZONE to UTC, or choose the first or the second of them with the option RepeatedHour", z.location)
	}
	return setOnce(&z.errSkipped, "the time is no instant in the time zone %s, since clocks were set forward over it: read it as text, "+
		"or set the session's TIME_ZONE to UTC", z.location)
}

// setOnce makes an error that is the same for all values of a column only once.
func setOnce(err *error, format string, args ...any) error {
	if *err == nil {
		*err = fmt.Errorf(format, args...)
	}
	return *err
}
