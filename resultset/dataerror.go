package resultset

import (
	"fmt"

	"github.com/exawire/exawire/commands"
)

// DataError says that the rows a server sent are not what it had announced: the data is not valid JSON, a column has too
// few or too many values, a value is not of the kind that its column has. A value of the right kind that cannot be read is
// a [*ValueError] instead. The server broke the protocol, so the session is not to be trusted any more. The error never
// contains data.
type DataError struct {
	Column int               // index of the column, -1 if the error is not in one
	Name   string            // name of the column, empty if the error is not in one
	Row    int64             // row of the result set, -1 if the error is not in one
	Type   commands.DataType // type of the column
	Reason string            // what is wrong, without data
}

// Error implements the error interface.
func (e *DataError) Error() string {
	switch {
	case e.Column < 0:
		return "exawire: result data: " + e.Reason
	case e.Row < 0:
		return fmt.Sprintf("exawire: result data: column %d %q %s: %s", e.Column, e.Name, e.Type, e.Reason)
	}
	return fmt.Sprintf("exawire: result data: column %d %q %s, row %d: %s", e.Column, e.Name, e.Type, e.Row, e.Reason)
}

// TypeError says that a column does not exist or cannot be had in the wanted form. It is a mistake of the caller; the
// batch stays usable.
type TypeError struct {
	Column string            // name of the column, empty if there is no such column
	Index  int               // index that was asked for
	Type   commands.DataType // type of the column, zero if there is no such column
	Want   string            // the form that was asked for, such as "int64"
	Reason string            // more about the cause, may be empty
}

// Error implements the error interface.
func (e *TypeError) Error() string {
	if e.Type.Type == "" {
		return fmt.Sprintf("exawire: column %d: no such column", e.Index)
	}
	msg := fmt.Sprintf("exawire: column %d %q is %s, not available as %s", e.Index, e.Column, e.Type, e.Want)
	if e.Reason != "" {
		msg += ": " + e.Reason
	}
	return msg
}
