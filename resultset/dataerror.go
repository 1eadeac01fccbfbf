package resultset

import (
	"fmt"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/errtext"
)

// DataError says that the rows that a server sent are not the ones that it announced: the data is not valid JSON, a
// column has too few or too many values, or a value is not of the kind that its column has. A value of the right kind
// that cannot be read is a [*ValueError] instead. The server broke the protocol, so the session can no longer be
// trusted. The error never contains data.
type DataError struct {
	Column  int               // zero-based index of the column, -1 if the error is not in one
	Name    string            // name of the column, empty if the error is not in one
	Columns int               // number of columns, 0 if it is not known
	Row     int64             // zero-based row of the result set, -1 if the error is not in one
	Type    commands.DataType // type of the column
	Reason  string            // what is wrong, without data
}

// Error names the column and the row, counting from 1, and the reason.
func (e *DataError) Error() string {
	if e.Column < 0 {
		return errtext.Sprintf("result data: %s", e.Reason)
	}
	where := columnName(e.Column, e.Columns, e.Name)
	if e.Row >= 0 {
		where += fmt.Sprintf(", row %d", e.Row+1)
	}
	return errtext.Sprintf("result data: %s: %s: %s", where, e.Type, e.Reason)
}

// TypeError says that a column does not exist or is not available in the form that was asked for. It is a mistake of
// the caller; the batch stays usable.
type TypeError struct {
	Column  string            // name of the column, empty if there is no such column
	Index   int               // zero-based index that was asked for
	Columns int               // number of columns
	Type    commands.DataType // type of the column, zero if there is no such column
	Want    string            // the form that was asked for, such as "int64"
	Reason  string            // more about the cause, may be empty
}

// Error names the column, counting from 1, both types and the cause.
func (e *TypeError) Error() string {
	if e.Type.Type == "" {
		return errtext.Sprintf("there is no column %d: the batch has %d", e.Index+1, e.Columns)
	}
	msg := errtext.Sprintf("%s is %s, not available as %s", columnName(e.Index, e.Columns, e.Column), e.Type, e.Want)
	if e.Reason != "" {
		msg += ": " + e.Reason
	}
	return msg
}
