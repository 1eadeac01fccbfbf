package resultset

import (
	"sync"
	"time"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/exatext"
)

// Formats says how the session writes values as text: what its attributes dateFormat, datetimeFormat, timezone and
// numericCharacters say. Formats can be compared with ==. The zero value stands for the server's defaults and an unknown
// time zone.
type Formats struct {
	// Date and Timestamp are the session's NLS formats; empty means YYYY-MM-DD and YYYY-MM-DD HH24:MI:SS.FF6. With a
	// format that cannot be parsed exactly, such as one with month names, the columns are available as text alone.
	Date, Timestamp string

	// Location is the session's time zone, in which values of type TIMESTAMP WITH LOCAL TIME ZONE are written. If it
	// is nil, the zone is not known and these columns are available as text alone. NoLocation says then why, in the words
	// of an error.
	Location   *time.Location
	NoLocation string

	// RepeatedHour says which instant a time of Location stands for that comes twice, because clocks were set back over
	// it. By default such a value is an error as a time.Time. A time that never comes, because clocks were set forward
	// over it, always is one.
	RepeatedHour commands.RepeatedHour

	// DecimalPoint is the character between the integer and the fraction of a DECIMAL; 0 means '.'.
	DecimalPoint byte
}

func (f Formats) point() byte {
	if f.DecimalPoint == 0 {
		return '.'
	}
	return f.DecimalPoint
}

// layouts keeps compiled formats. The formats come from servers, so their number is bounded.
var layouts = struct {
	sync.Mutex
	compiled map[string]*exatext.Layout // nil for a format that cannot be parsed
}{compiled: make(map[string]*exatext.Layout)}

const maxLayouts = 100

// layout returns the compiled format, nil if it cannot be parsed exactly.
func layout(format, byDefault string) *exatext.Layout {
	if format == "" {
		format = byDefault
	}
	layouts.Lock()
	defer layouts.Unlock()
	l, ok := layouts.compiled[format]
	if ok {
		return l
	}
	l, err := exatext.Compile(format)
	if err != nil {
		l = nil
	}
	if len(layouts.compiled) >= maxLayouts {
		clear(layouts.compiled)
	}
	layouts.compiled[format] = l
	return l
}
