package resultset

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/errtext"
	"github.com/exawire/exawire/internal/sqlword"
)

// These are errors that a caller may want to tell apart with errors.Is.
var (
	// ErrNull is wrapped by a [*ScanError] when a NULL meets a destination that cannot be NULL.
	ErrNull = errors.New("exawire: NULL into a destination that cannot hold it")

	// ErrNoRows is returned by [One] if there is no row. It also matches sql.ErrNoRows.
	ErrNoRows error = noRowsError{}

	// ErrTooManyRows is returned by [One] if there is more than one row.
	ErrTooManyRows = errors.New("exawire: more than one row")

	// ErrUsed is yielded by an iterator if the rows were already read by another one, or were closed.
	ErrUsed = errors.New("exawire: rows were already read or closed")
)

var (
	errNotOpened  = errors.New("exawire: there are no rows: look at the error of what was to return them")
	errNoContext  = errors.New("exawire: the context is nil: use context.Background()")
	errNoRow      = errors.New("exawire: no row to read: Next was not called or returned false")
	errRowOver    = errors.New("exawire: the row is not valid any more: a Row is for one turn of the loop")
	errBatchOver  = errors.New("exawire: the batch is not valid any more: it is for one turn of the loop, and Clone keeps one")
	errPanicked   = errors.New("exawire: a function of the caller panicked during a fetch")
	errEndedEarly = errors.New("exawire: rows ended early")
	errNoSource   = errors.New("exawire: a result set with a handle needs a source")
)

type noRowsError struct{}

func (noRowsError) Error() string        { return "exawire: no rows" }
func (noRowsError) Is(target error) bool { return target == sql.ErrNoRows }

// ScanError says that a value cannot be stored in its destination: the type does not fit, digits would be lost, or the
// value is NULL. It is a mistake of the caller or a surprise in the data; the session is not affected. The error names
// the place, never the value.
type ScanError struct {
	Column  string            // name of the column
	Index   int               // zero-based index of the column, -1 if the error is not about one
	Columns int               // number of columns, 0 if it is not known
	Row     int64             // zero-based row within the result set, -1 if the error is not about one
	Type    commands.DataType // SQL type of the column
	Go      string            // Go type of the destination, empty if the error is not about one
	Err     error             // ErrNull or a *ValueError, for example
}

// Error names the column and the row, counting from 1, and the two types.
func (e *ScanError) Error() string {
	switch {
	case e.Index < 0 && e.Go == "":
		return errtext.Sprintf("scan: %v", e.Err)
	case e.Index < 0:
		return errtext.Sprintf("scan into %s: %v", e.Go, e.Err)
	}
	where := columnName(e.Index, e.Columns, e.Column)
	if e.Row >= 0 {
		where += fmt.Sprintf(", row %d", e.Row+1)
	}
	var reason any = e.Err
	switch bad, ok := e.Err.(*ValueError); { //nolint:errorlint // the place is named already
	case ok:
		reason = bad.Reason
	case e.Err == ErrNull: //nolint:errorlint // not one of a Scan method, which knows better
		reason = errtext.Errorf("%w: use *%s or sql.Null[%s]", ErrNull, e.Go, e.Go)
	}
	return errtext.Sprintf("scan %s: %s into %s: %v", where, e.Type, e.Go, reason)
}

// Unwrap returns the cause.
func (e *ScanError) Unwrap() error { return e.Err }

// columnName names a column as people count: column 3 of 7 "PRICE".
func columnName(index, columns int, name string) string {
	name = sqlword.BriefColumn(name)
	if columns == 0 {
		return fmt.Sprintf("column %d %q", index+1, name)
	}
	return fmt.Sprintf("column %d of %d %q", index+1, columns, name)
}
