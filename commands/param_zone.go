package commands

import (
	"fmt"
	"strings"
	"time"
)

var (
	errNoLocation = fmt.Errorf("%w: the session's time zone is not known", ErrParamType)
	errAmbiguous  = fmt.Errorf("%w: the hour comes twice in the session's time zone, and the server would take it for the other one", ErrParamInexact)
)

// sessionZone turns instants into the wall clock of a session's time zone. Text cannot tell the two hours apart that
// many zones repeat in autumn, and the server takes it for one of them as timeZoneBehavior says: an instant of the
// other is refused, since it would be stored an hour off.
type sessionZone struct {
	location      *time.Location
	first, second bool // which of two equal hours the server chooses, if any

	// The last period without a change of the clock that was looked up, in Unix time.
	from, to int64
	offset   int64
}

func newSessionZone(location *time.Location, behavior string) *sessionZone {
	behavior = strings.ToUpper(strings.Join(strings.Fields(behavior), " "))
	return &sessionZone{
		location: location,
		first:    strings.HasSuffix(behavior, "AMBIGUOUS DST"),
		second:   behavior == "" || strings.HasSuffix(behavior, "AMBIGUOUS ST"),
	}
}

// local returns the seconds that the wall clock shows at an instant, counted like Unix time.
func (z *sessionZone) local(sec int64) (int64, error) {
	if sec >= z.from && sec < z.to {
		return sec + z.offset, nil
	}
	if z.location == nil {
		return 0, errNoLocation
	}
	const far = 1 << 40 // seconds; beyond the year 9999, where the arithmetic below cannot overflow yet
	if sec < -far || sec > far {
		return 0, errYear
	}
	t := time.Unix(sec, 0).In(z.location)
	start, end := t.ZoneBounds()
	offset := offsetAt(t)
	from, to := int64(-far), int64(far)
	if !start.IsZero() {
		from = start.Unix()
		if repeated := offsetAt(start.Add(-time.Second)) - offset; repeated > 0 {
			if sec < from+repeated && !z.second {
				return 0, errAmbiguous
			}
			if !z.second {
				from += repeated
			}
		}
	}
	if !end.IsZero() {
		to = end.Unix()
		if repeated := offset - offsetAt(end); repeated > 0 {
			if sec >= to-repeated && !z.first {
				return 0, errAmbiguous
			}
			if !z.first {
				to -= repeated
			}
		}
	}
	z.from, z.to, z.offset = from, to, offset
	return sec + offset, nil
}

// offsetAt returns how many seconds the clock of t's location is ahead of UTC.
func offsetAt(t time.Time) int64 {
	_, offset := t.Zone()
	return int64(offset)
}
