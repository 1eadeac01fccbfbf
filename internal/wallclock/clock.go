package wallclock

import (
	"errors"
	"time"
)

var (
	// ErrRepeated says that a time means two instants, since clocks are set back over it.
	ErrRepeated = errors.New("exawire: the time comes twice in the time zone")

	// ErrSkipped says that a time means no instant, since clocks are set forward over it.
	ErrSkipped = errors.New("exawire: the time is skipped in the time zone")
)

// Choice says which instant a time stands for that comes twice.
type Choice int

// The choices. Of times that come more than twice, Second is the last.
const (
	Neither Choice = iota
	First
	Second
)

// Clock is the wall clock of a time zone. It remembers what it has found out about the times around the last one, so it is
// fast for times that lie near each other, and not safe for concurrent use. Nothing is allocated.
type Clock struct {
	zone *time.Location
	last stretch // of no length in a new Clock
}

// NewClock returns the clock of a zone, which must not be nil.
func NewClock(zone *time.Location) Clock { return Clock{zone: zone} }

// at returns the stretch that a time lies in.
func (c *Clock) at(local int64) *stretch {
	if local < c.last.from || local >= c.last.to {
		c.last = stretchAt(c.zone, local)
	}
	return &c.last
}

// Instant returns the instant, in Unix time, at which the clock shows a time. Of a time that comes twice it is the chosen
// one, ErrRepeated for Neither. A time that is skipped is ErrSkipped.
func (c *Clock) Instant(local int64, choice Choice) (sec int64, err error) {
	s := c.at(local)
	switch {
	case s.instants == 1, s.instants > 1 && choice == First:
		return local - s.first, nil
	case s.instants == 0:
		return 0, ErrSkipped
	case choice == Second:
		return local - s.last, nil
	}
	return 0, ErrRepeated
}

// Local returns the time that the clock shows at an instant, and whether it shows the same time at another one.
func (c *Clock) Local(sec int64) (local int64, repeated bool) {
	// Where the clock has shown a time that means one instant, the others around it do as well.
	if s := &c.last; s.instants == 1 {
		if local = sec + s.first; local >= s.from && local < s.to {
			return local, false
		}
	}
	_, offset := time.Unix(sec, 0).In(c.zone).Zone()
	local = sec + int64(offset)
	return local, c.at(local).instants > 1
}

// Stored returns the instant that a server of the given behavior stores for a time. An error says that the server stores
// none, or that nobody can tell which.
func (c *Clock) Stored(local int64, b Behavior) (sec int64, err error) {
	s := c.at(local)
	choice := Neither
	if s.instants == 2 && s.firstDST && !s.lastDST {
		choice = b.choice()
	}
	return c.Instant(local, choice)
}
