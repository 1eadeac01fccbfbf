package commands

import (
	"errors"
	"fmt"

	"github.com/exawire/exawire/internal/wallclock"
)

// RepeatedHour says how to read a TIMESTAMP WITH LOCAL TIME ZONE whose text stands for two instants. The clocks of most
// time zones show one hour of autumn twice.
type RepeatedHour int

// What to make of such a text. The numbers are those of internal/wallclock.
const (
	// RepeatedHourError refuses it: as a time.Time it is an error, as text it can be read.
	RepeatedHourError RepeatedHour = iota
	// RepeatedHourFirst reads it as the first of the instants, which in most zones is that of daylight saving time.
	RepeatedHourFirst
	// RepeatedHourSecond reads it as the second of the instants, the last if there are more.
	RepeatedHourSecond
)

var (
	errRepeated = fmt.Errorf("%w: clocks show the time twice in the session's time zone, and the server would store the other instant, "+
		"or which one is not certain; in a session with TIME_ZONE 'UTC' it can be sent", ErrParamInexact)
	errReadOtherwise = fmt.Errorf("%w: clocks show the time twice in the session's time zone, and RepeatedHour would make the other instant "+
		"of it when it is read; in a session with TIME_ZONE 'UTC' it can be sent", ErrParamInexact)
)

// sessionZone turns instants into the wall clock of a session's time zone. Text cannot tell instants apart at which clocks
// show the same, and the server takes it for one of them as timeZoneBehavior says. An instant is written only if the server
// stores that very instant, and if it is not read back as another one.
type sessionZone struct {
	clock    wallclock.Clock
	missing  error // why there is no clock, nil if there is one
	behavior wallclock.Behavior
	repeated wallclock.Choice
}

func newSessionZone(f *ParamFormats) *sessionZone {
	z := &sessionZone{behavior: wallclock.ParseBehavior(f.TimeZoneBehavior), repeated: wallclock.Choice(f.RepeatedHour)}
	switch {
	case f.Location != nil:
		z.clock = wallclock.NewClock(f.Location)
	case f.NoLocation != "":
		z.missing = fmt.Errorf("%w: %s", ErrParamType, f.NoLocation)
	default:
		z.missing = fmt.Errorf("%w: the session's time zone is not known", ErrParamType)
	}
	return z
}

// local returns the seconds that the wall clock shows at an instant, counted like Unix time.
func (z *sessionZone) local(sec int64) (int64, error) {
	const far = 1 << 40 // seconds; beyond the year 9999, where the arithmetic of the clock cannot overflow yet
	switch {
	case z.missing != nil:
		return 0, z.missing
	case sec < -far || sec > far:
		return 0, errYear
	}
	local, repeated := z.clock.Local(sec)
	if !repeated {
		return local, nil
	}
	if stored, err := z.clock.Stored(local, z.behavior); err != nil || stored != sec {
		return 0, errRepeated
	}
	if read, err := z.clock.Instant(local, z.repeated); read != sec && !errors.Is(err, wallclock.ErrRepeated) {
		return 0, errReadOtherwise
	}
	return local, nil
}
