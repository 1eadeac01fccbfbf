package wallclock

import (
	"math"
	"time"
)

// stretch is a run of times on a wall clock, [from, to), that mean the same number of instants, each at the same offset.
type stretch struct {
	from, to int64

	instants    int   // 1 for most times, 0 for those that are skipped, 2 or more for those that are repeated
	first, last int64 // offsets of the first and the last instant: the time minus the offset is the instant

	// firstDST and lastDST say whether the zone calls the time of these instants daylight saving time.
	firstDST, lastDST bool
}

// forever is earlier and later than every time, and far enough from the bounds of its type for some arithmetic.
const forever = math.MaxInt64 / 4

// farthest is more than any clock is ahead of UTC, or behind it: zone files have offsets from -25 to +26 hours.
const farthest = 27 * 3600

// stretchAt returns a stretch of the zone's wall clock that has the time in it, as long as can be told from the periods near
// by. It goes through every period in which an instant that the time means may lie: transitions may follow each other
// closely, and may set the clock by a whole day.
func stretchAt(zone *time.Location, at int64) stretch {
	s := stretch{from: -forever, to: forever}
	p := periodAt(zone, at-farthest)
	if p.from > -forever {
		if periodAt(zone, p.from).to <= at-farthest {
			p.from = at - farthest // it began later than package time says, see periodAt
		}
		s.from = p.from + farthest // earlier times may have instants in periods that are not looked at
	}
	for {
		s.add(p, at)
		if p.to > at+farthest {
			if p.to < forever {
				s.to = min(s.to, p.to-farthest)
			}
			return s
		}
		before := p.to
		p = periodAt(zone, before)
		p.from = before
	}
}

// add takes one more period into account, which is later than those before.
func (s *stretch) add(p period, at int64) {
	from, to := p.from+p.offset, p.to+p.offset
	switch {
	case at < from:
		s.to = min(s.to, from)
	case at >= to:
		s.from = max(s.from, to)
	default:
		s.from, s.to = max(s.from, from), min(s.to, to)
		if s.instants == 0 {
			s.first, s.firstDST = p.offset, p.dst
		}
		s.last, s.lastDST = p.offset, p.dst
		s.instants++
	}
}

// period is a run of instants, [from, to) in Unix time, at which the clock of a zone has one offset.
type period struct {
	from, to int64
	offset   int64
	dst      bool
}

// periodAt returns the period of an instant. Behind the last transition that a zone file lists, where a rule stands for all
// years to come, package time lets periods begin with the year at the latest: the first of them may have begun later than it
// says.
func periodAt(zone *time.Location, sec int64) period {
	t := time.Unix(sec, 0).In(zone)
	_, offset := t.Zone()
	p := period{from: -forever, to: forever, offset: int64(offset), dst: t.IsDST()}
	start, end := t.ZoneBounds()
	if !start.IsZero() {
		p.from = start.Unix()
	}
	if !end.IsZero() {
		p.to = end.Unix()
	}
	if p.to <= sec {
		// By a rule the last period of a year ends 365 days after the year's beginning, so in leap years the last day, in
		// UTC, has no good bound.
		p.to = sec - modulo(sec, 24*3600) + 24*3600
	}
	return p
}

func modulo(a, b int64) int64 { return (a%b + b) % b }
