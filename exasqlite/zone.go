package exasqlite

import (
	"strings"
	"time"
)

// Civil times that a zone has twice or not at all. The database lets each session choose what becomes of them.

// zoneBehaviors are the values of TIME_ZONE_BEHAVIOR.
var zoneBehaviors = map[string]bool{
	"INVALID SHIFT AMBIGUOUS ST": true, "INVALID SHIFT AMBIGUOUS DST": true,
	"INVALID ADJUST AMBIGUOUS ST": true, "INVALID ADJUST AMBIGUOUS DST": true,
	"INVALID NULL AMBIGUOUS ST": true, "INVALID NULL AMBIGUOUS DST": true, "INVALID NULL AMBIGUOUS NULL": true,
	"INVALID REJECT AMBIGUOUS ST": true, "INVALID REJECT AMBIGUOUS DST": true, "INVALID REJECT AMBIGUOUS REJECT": true,
	"ENSURE REVERSIBILITY": true, // the same as rejecting both
}

// resolve returns the instant at which clocks in a zone show the civil time c. Of a time that comes twice the words after
// AMBIGUOUS choose one, standard time or daylight saving time; of a time that is skipped the words after INVALID make
// another one; ok is false for NULL.
func resolve(c time.Time, zone *time.Location, behavior string) (at time.Time, ok bool, err error) {
	before, after, found := around(c, zone)
	invalid, ambiguous, _ := strings.Cut(strings.TrimPrefix(behavior, "INVALID "), " AMBIGUOUS ")
	word := ambiguous
	switch {
	case len(found) == 1:
		return found[0], true, nil
	case len(found) == 0:
		word = invalid
	case found[0].IsDST() == found[1].IsDST(): // the words do not tell: taken as if they did
	case found[1].IsDST():
		found[0], found[1] = found[1], found[0]
	}
	switch word {
	case "SHIFT": // by as much as the clocks are set forward
		return c.Add(-before).In(zone), true, nil
	case "ADJUST": // to the first time after the gap
		_, end := c.Add(-after).In(zone).ZoneBounds()
		return end, true, nil
	case "ST":
		return found[1], true, nil
	case "DST":
		return found[0], true, nil
	case "NULL":
		return time.Time{}, false, nil
	}
	return time.Time{}, false, errorf(codeDatetime, "data exception - invalid or ambiguous time in the session's time zone")
}

// around returns the instants at which clocks show c, the first two, and how far the clocks of the zone are ahead of UTC
// before and after a transition near by.
func around(c time.Time, zone *time.Location) (before, after time.Duration, found []time.Time) {
	ahead := func(t time.Time) time.Duration {
		_, offset := t.In(zone).Zone()
		return time.Duration(offset) * time.Second
	}
	// No clock is further than this from UTC.
	before, after = ahead(c.Add(-27*time.Hour)), ahead(c.Add(27*time.Hour))
	for _, offset := range []time.Duration{before, after} {
		if t := c.Add(-offset).In(zone); ahead(t) == offset && (len(found) == 0 || !found[0].Equal(t)) {
			found = append(found, t)
		}
	}
	return before, after, found
}
