package resultset

import (
	"sync"
	"time"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/exatext"
)

// Formats describes how the session writes values as text, as its attributes dateFormat, datetimeFormat, timezone and
// numericCharacters say. Formats can be compared with ==. The zero value stands for the server's defaults and an
// unknown time zone.
type Formats struct {
	// Date and Timestamp are the session's NLS formats; empty means YYYY-MM-DD and YYYY-MM-DD HH24:MI:SS.FF6. Formats of
	// YYYY, MM, DD, HH24 (also HH), HH12 with AM, PM, A.M. or P.M., MI, SS and FF1 to FF9, each of them once, with blanks
	// and - : ; . / _ \ between them, can be parsed. With any other format, such as one with names of months, the columns
	// are available only as text.
	Date, Timestamp string

	// Location is the session's time zone, in which values of type TIMESTAMP WITH LOCAL TIME ZONE are written. If it is
	// nil, the zone is not known and these columns are available only as text. NoLocation then says why, in the words of
	// an error.
	Location   *time.Location
	NoLocation string

	// RepeatedHour says which instant is meant by a time that comes twice in Location because clocks were set back. By
	// default such a value is an error when it is read as a time.Time. A time that never comes, because clocks were set
	// forward, is always an error.
	RepeatedHour commands.RepeatedHour

	// DecimalPoint is the character between the integer and the fraction of a DECIMAL that comes as text; 0 means '.'. A
	// point and a comma are always understood as well, because a DECIMAL is never written with its digits in groups.
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
	compiled map[string]compiledFormat
}{compiled: make(map[string]compiledFormat)}

const maxLayouts = 100

type compiledFormat struct {
	layout *exatext.Layout // nil for a format that cannot be read exactly
	reason string          // why, and what to do about it
}

// compileFormat returns what is known of a format.
func compileFormat(format string) compiledFormat {
	layouts.Lock()
	defer layouts.Unlock()
	c, ok := layouts.compiled[format]
	if ok {
		return c
	}
	var err error
	if c.layout, err = exatext.Compile(format); err != nil {
		c.reason = err.Error() + ": read the column as text, or ALTER SESSION to a format of YYYY MM DD HH24 MI SS FF1 to FF9"
	}
	if len(layouts.compiled) >= maxLayouts {
		clear(layouts.compiled)
	}
	layouts.compiled[format] = c
	return c
}

// layout returns the compiled format, nil if it cannot be read exactly.
func layout(format, byDefault string) *exatext.Layout {
	if format == "" {
		format = byDefault
	}
	return compileFormat(format).layout
}
