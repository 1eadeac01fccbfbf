package resultset_test

import (
	"slices"
	"testing"
	"time"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/zonedata"
	"github.com/exawire/exawire/resultset"
)

// momentsOf returns instants around every change of the clocks of a zone, in order of the changes, and all its offsets.
func momentsOf(zone *time.Location) (all []time.Time, offsets []int) {
	changes, offsets := zonedata.Changes(zone)
	for _, at := range changes {
		for _, d := range []time.Duration{
			-25 * time.Hour, -2 * time.Hour, -time.Hour, -30 * time.Minute, -time.Microsecond, 0, time.Microsecond,
			30*time.Minute - time.Microsecond, time.Hour - time.Microsecond, time.Hour, 25 * time.Hour,
		} {
			all = append(all, time.Unix(at, 0).In(zone).Add(d))
		}
	}
	return all, offsets
}

// sameClock returns the instants at which the clocks of a zone show what they show at another one, first of all the first:
// slow and obvious, every offset is tried.
func sameClock(at time.Time, offsets []int) (all []time.Time) {
	const layout = "2006-01-02 15:04:05.000000"
	shown := at.Format(layout)
	utc, err := time.Parse(layout, shown)
	if err != nil {
		panic(err)
	}
	for _, offset := range offsets {
		if other := utc.Add(-time.Duration(offset) * time.Second).In(at.Location()); other.Format(layout) == shown {
			all = append(all, other)
		}
	}
	slices.SortFunc(all, time.Time.Compare)
	return all
}

// storedInstant is what a server makes of a text that stands for these instants; zero if nobody can tell.
func storedInstant(all []time.Time, behavior string) time.Time {
	switch {
	case len(all) == 1:
		return all[0]
	case len(all) != 2 || !all[0].IsDST() || all[1].IsDST():
		return time.Time{}
	case behavior == "INVALID SHIFT AMBIGUOUS ST":
		return all[1]
	case behavior == "INVALID SHIFT AMBIGUOUS DST":
		return all[0]
	}
	return time.Time{}
}

// readInstant is what an option makes of it; zero for an error.
func readInstant(all []time.Time, option commands.RepeatedHour) time.Time {
	switch {
	case len(all) == 1 || option == commands.RepeatedHourFirst:
		return all[0]
	case option == commands.RepeatedHourSecond:
		return all[len(all)-1]
	}
	return time.Time{}
}

// Around every transition of every zone, under every behavior and option: an instant is refused, or its text is stored as
// that very instant and read back as it, or not at all.
func TestInstantsAgree(t *testing.T) {
	step := slowdown
	if testing.Short() {
		step = 17
	}
	zones, err := zonedata.Zones(step)
	if err != nil {
		t.Fatal(err)
	}
	points, repeated := 0, 0
	for _, zone := range zones {
		moments, offsets := momentsOf(zone)
		meanings := make([][]time.Time, len(moments))
		for i, at := range moments {
			meanings[i] = sameClock(at, offsets)
			points++
			if len(meanings[i]) > 1 {
				repeated++
			}
		}
		for _, behavior := range []string{"INVALID SHIFT AMBIGUOUS ST", "INVALID SHIFT AMBIGUOUS DST", "ENSURE REVERSIBILITY"} {
			for _, option := range []commands.RepeatedHour{commands.RepeatedHourError, commands.RepeatedHourFirst, commands.RepeatedHourSecond} {
				instantsAgree(t, moments, meanings, behavior, option)
			}
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("%d points, %d of them repeated", points, repeated)
	if points < 10000 || repeated < 1000 {
		t.Errorf("only %d points, %d of them repeated", points, repeated)
	}
}

func instantsAgree(t *testing.T, moments []time.Time, meanings [][]time.Time, behavior string, option commands.RepeatedHour) {
	t.Helper()
	if len(moments) == 0 {
		return // a zone without transitions
	}
	zone, column := moments[0].Location(), typedCol("A", commands.TimestampLTZ)
	encoder, err := commands.NewParamEncoder(commands.Values(moments), 0, column,
		commands.ParamFormats{Location: zone, TimeZoneBehavior: behavior, RepeatedHour: option})
	if err != nil {
		t.Fatal(err)
	}
	text, sent := []byte("[["), []int(nil)
	for i, at := range moments {
		stored, read := storedInstant(meanings[i], behavior), readInstant(meanings[i], option)
		before := len(text)
		if len(sent) > 0 {
			text = append(text, ',')
		}
		start := len(text)
		text, err = encoder.Append(text, i, i+1)
		if want := stored.Equal(at) && (read.IsZero() || read.Equal(at)); (err == nil) != want {
			t.Errorf("%v, %s, option %d: sent as %s, %v, stored as %v, read as %v", at, behavior, option, text[start:], err, stored, read)
		}
		if err != nil {
			text = text[:before]
			continue
		}
		if shown := at.Format(`"2006-01-02 15:04:05.000000"`); string(text[start:]) != shown {
			t.Errorf("%v: sent as %s", at, text[start:])
		}
		sent = append(sent, i)
	}
	var b resultset.Batch
	decoder := resultset.NewDecoder([]commands.ColumnInfo{column}, resultset.Formats{Location: zone, RepeatedHour: option})
	if _, err := decoder.Decode(&b, append(text, "]]"...), 0, int64(len(sent))); err != nil {
		t.Fatal(err)
	}
	for row, i := range sent {
		v, err := b.Value(0, row)
		got, _ := v.(time.Time)
		if want := readInstant(meanings[i], option); (err != nil) != want.IsZero() || err == nil && !got.Equal(want) {
			t.Errorf("%v, %s, option %d: read as %v, %v, want %v", moments[i], behavior, option, got, err, want)
		}
	}
}
