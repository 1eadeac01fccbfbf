package wallclock

import "strings"

// Behavior is how a server takes a time that comes twice.
type Behavior int

// The behaviors, as the words after AMBIGUOUS name them: standard time, daylight saving time, or neither of them. The words
// tell an instant where clocks go from daylight saving time to standard time. Elsewhere, as where a country changes its
// standard time or has one that is ahead of what it calls daylight saving time, it depends on the server's time zone database.
const (
	Refused      Behavior = iota // REJECT, NULL, ENSURE REVERSIBILITY, and what is not known
	StandardTime                 // ST
	DaylightTime                 // DST
)

// ParseBehavior reads the attribute timeZoneBehavior, such as INVALID SHIFT AMBIGUOUS ST. An empty text stands for that
// default. Text of any other form is Refused: nobody knows what such a server does.
func ParseBehavior(text string) Behavior {
	words := strings.Fields(strings.ToUpper(text))
	if len(words) == 0 {
		return StandardTime
	}
	if len(words) != 4 || words[0] != "INVALID" || words[2] != "AMBIGUOUS" {
		return Refused
	}
	switch words[3] {
	case "ST":
		return StandardTime
	case "DST":
		return DaylightTime
	}
	return Refused
}

// choice returns which instant it is where clocks go from daylight saving time to standard time.
func (b Behavior) choice() Choice {
	switch b {
	case StandardTime:
		return Second
	case DaylightTime:
		return First
	}
	return Neither
}
