package exawire

import (
	"fmt"

	"github.com/exawire/exawire/internal/wire"
)

// WriteError says how far rows came before writing them failed. What became of the rows before First follows from
// Autocommit and RolledBack: they are in the table, or undone, or else in the open transaction, whose end decides. The
// rows from Last on were not sent. Of the rows in between none was written, unless the error matches ErrSessionClosed and
// SafeToRetry is false for Err: then it is not known.
type WriteError struct {
	First, Last int64 // zero-based rows [First, Last) of the statement that failed, or could not be sent
	RowCount    int64 // rows changed by the statements before it
	Autocommit  bool  // each of these statements was committed by itself
	RolledBack  bool  // what these statements did was undone, because of the option Atomic
	Err         error
}

// Error names the rows, what became of those before, and the cause.
func (e *WriteError) Error() string {
	what := fmt.Sprintf("rows %d to %d", e.First, e.Last-1)
	switch {
	case e.Last <= e.First:
		what = fmt.Sprintf("rows from %d on", e.First)
	case e.Last == e.First+1:
		what = fmt.Sprintf("row %d", e.First)
	}
	return fmt.Sprintf("exawire: %s failed%s: %v", what, e.before(), e.Err)
}

// before says what became of the rows before.
func (e *WriteError) before() string {
	end := " in the open transaction"
	switch {
	case e.First == 0:
		return ""
	case e.RolledBack:
		end = " and rolled back"
	case e.Autocommit:
		end = " and committed"
	}
	return fmt.Sprintf(", %d rows were changed before%s", e.RowCount, end)
}

// Unwrap returns the cause.
func (e *WriteError) Unwrap() error { return e.Err }

// sentByNow says how much of all rows has left, also if that was undone.
func (e *WriteError) sentByNow() wire.Sent {
	if sent, _ := sentBy(e.Err); sent || e.First > 0 || e.RolledBack {
		return wire.Whole
	}
	return wire.Nothing
}

// rowOf returns the row that an error of an encoder is about, or -1, and adds base to the number that the error names.
func rowOf(err error, base int64) int64 {
	param, ok := err.(*ParamError) //nolint:errorlint // the encoder's own, not one that a value has made
	if !ok || param.Row < 0 {
		return -1
	}
	param.Row += base
	return param.Row
}
