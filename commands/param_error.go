package commands

import (
	"errors"
	"fmt"

	"github.com/exawire/exawire/internal/errtext"
	"github.com/exawire/exawire/internal/sqlword"
)

// Why a value cannot be sent as a parameter. A [ParamError] wraps one of them.
var (
	// ErrParamType: no value of the Go type makes a value of the SQL type.
	ErrParamType = errors.New("exawire: Go type does not fit the parameter")

	// ErrParamRange: the value is too large or too long for the parameter, or outside of what Exasol can hold.
	ErrParamRange = errors.New("exawire: value out of range")

	// ErrParamInexact: digits, fractions of a second or a time of day would be lost. [ParamFormats.Truncate] drops
	// them, but not those that only [ParamFormats.DecimalPoint] is in the way of.
	ErrParamInexact = errors.New("exawire: value does not fit exactly")

	// ErrParamText: the text does not spell a value of the SQL type, or is not UTF-8.
	ErrParamText = errors.New("exawire: malformed text")
)

// ParamError says which value cannot be sent as a parameter, and why. Nothing has been sent. It holds no part of the
// value, which may be a secret, only the bound that the value breaks.
type ParamError struct {
	Column  int      // zero-based position of the parameter
	Columns int      // number of parameters, 0 if it is not known
	Name    string   // name of the parameter, which servers leave empty
	Row     int64    // zero-based row, or -1 if no row of the column can be sent, or if there is but one row of arguments
	GoType  string   // such as "time.Time"; of the value itself in a column of mixed values
	SQLType DataType // type of the parameter
	Err     error    // wraps one of ErrParamType, ErrParamRange, ErrParamInexact, ErrParamText, or is the value's own
}

// Error names the parameter and the row, counting from 1, both types and the reason.
func (e *ParamError) Error() string {
	where := fmt.Sprintf("parameter %d", e.Column+1)
	if e.Columns > 0 {
		where += fmt.Sprintf(" of %d", e.Columns)
	}
	if e.Name != "" {
		where += fmt.Sprintf(" %q", sqlword.BriefColumn(e.Name))
	}
	if e.Row >= 0 {
		where += fmt.Sprintf(", row %d", e.Row+1)
	}
	return errtext.Sprintf("%s: %s to %s: %v", where, e.GoType, e.SQLType, e.Err)
}

// Unwrap returns the reason.
func (e *ParamError) Unwrap() error { return e.Err }
