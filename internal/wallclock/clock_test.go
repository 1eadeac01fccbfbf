package wallclock

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/exawire/exawire/internal/zonedata"
)

func ExampleClock() {
	newYork, err := Location("AMERICA/NEW_YORK")
	if err != nil {
		fmt.Println(err)
		return
	}
	clock := NewClock(newYork)
	local := time.Date(2024, 11, 3, 1, 30, 0, 0, time.UTC).Unix() // as if the clock were one of UTC
	for _, choice := range []Choice{Neither, First, Second} {
		sec, err := clock.Instant(local, choice)
		fmt.Println(time.Unix(sec, 0).UTC().Format(time.TimeOnly), err)
	}
	// Output:
	// 00:00:00 exawire: the time comes twice in the time zone
	// 05:30:00 <nil>
	// 06:30:00 <nil>
}

// instantsOf is slow and obvious: every offset of a zone is tried.
func instantsOf(zone *time.Location, offsets []int, local int64) (all []int64) {
	for _, offset := range offsets {
		sec := local - int64(offset)
		if _, is := time.Unix(sec, 0).In(zone).Zone(); is == offset {
			all = append(all, sec)
		}
	}
	if len(all) == 2 && all[0] > all[1] {
		all[0], all[1] = all[1], all[0]
	}
	return all
}

// Around every transition of every zone from 1990 to 2037 the clock finds the instants that there are, reads by either choice
// the first or the second, and what it shows at an instant reads as that instant or is known to be repeated.
func TestEveryTransition(t *testing.T) {
	step := 1
	if testing.Short() {
		step = 11
	}
	zones, err := zonedata.Zones(step)
	if err != nil {
		t.Fatal(err)
	}
	points := 0
	for _, zone := range zones {
		changes, offsets := zonedata.Changes(zone)
		clock := NewClock(zone)
		for _, at := range changes {
			_, before := time.Unix(at-1, 0).In(zone).Zone()
			for _, d := range []int64{-90000, -7200, -3600, -1800, -1, 0, 1, 1799, 1800, 3599, 3600, 7200, 90000} {
				points++
				checkTime(t, &clock, instantsOf(zone, offsets, at+int64(before)+d), at+int64(before)+d)
				checkInstant(t, &clock, at+d)
			}
		}
	}
	t.Logf("%d points", points)
	if points < 10000 {
		t.Errorf("only %d points", points)
	}
}

func checkTime(t *testing.T, c *Clock, want []int64, local int64) {
	t.Helper()
	for _, choice := range []Choice{Neither, First, Second} {
		got, err := c.Instant(local, choice)
		switch {
		case len(want) == 1 && (err != nil || got != want[0]),
			len(want) == 0 && !errors.Is(err, ErrSkipped),
			len(want) == 2 && choice == Neither && !errors.Is(err, ErrRepeated),
			len(want) == 2 && choice == First && (err != nil || got != want[0]),
			len(want) == 2 && choice == Second && (err != nil || got != want[1]),
			len(want) > 2:
			t.Errorf("%v, local %d, choice %d: %d, %v, want %v", c.zone, local, choice, got, err, want)
		}
	}
}

func checkInstant(t *testing.T, c *Clock, sec int64) {
	t.Helper()
	local, repeated := c.Local(sec)
	read, err := c.Instant(local, Neither)
	if repeated && !errors.Is(err, ErrRepeated) || !repeated && (err != nil || read != sec) {
		t.Errorf("%v, %d: local %d, repeated %t, reads as %d, %v", c.zone, sec, local, repeated, read, err)
	}
	if !repeated {
		return
	}
	first, err1 := c.Instant(local, First)
	second, err2 := c.Instant(local, Second)
	if err1 != nil || err2 != nil || first >= second || sec != first && sec != second {
		t.Errorf("%v, %d: first %d, %v, second %d, %v", c.zone, sec, first, err1, second, err2)
	}
	st, errST := c.Stored(local, StandardTime)
	dst, errDST := c.Stored(local, DaylightTime)
	if (errST == nil) != (errDST == nil) || errST == nil && (st != second || dst != first) {
		t.Errorf("%v, %d: stored as %d, %v, and %d, %v", c.zone, sec, st, errST, dst, errDST)
	}
	if _, err := c.Stored(local, Refused); err == nil {
		t.Errorf("%v, %d: stored by a server that refuses it", c.zone, sec)
	}
}
