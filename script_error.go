package exawire

import (
	"fmt"
	"strings"

	"github.com/exawire/exawire/internal/sqlsplit"
	"github.com/exawire/exawire/internal/wire"
)

// ErrUnterminated is matched by the *ScriptError of a script that ends in the middle of a string, an identifier or a
// comment, or before the body of a script or function. What was begun is not run.
var ErrUnterminated = sqlsplit.ErrUnterminated

// ScriptError says where a script failed. It does not hold the statement, which may have secrets in it.
type ScriptError struct {
	// Line and Column are where the first word of the statement stands that failed, where that begins which has no end,
	// or what else could not be read. They are counted from 1, columns in characters.
	Line, Column int

	// Count is the number of statements that were sent in one message (see Grouped), and LastLine where the first word of
	// the last of them stands. If Count is above 1, any of them may be the one that failed.
	Count, LastLine int

	// AtLine and AtColumn are where in the script the fault is, if the message of the server names a place, else 0.
	AtLine, AtColumn int

	// Index is the number of statements before. All of them were run, if the script was.
	Index int

	Err error
}

// Error names the place and the cause.
func (e *ScriptError) Error() string {
	switch {
	case e.Count > 1:
		return fmt.Sprintf("exawire: script: one of the %d statements of lines %d to %d, sent in one message: %v",
			e.Count, e.Line, e.LastLine, e.Err)
	case e.AtLine > 0:
		return fmt.Sprintf("exawire: script: line %d, column %d, in the statement of line %d: %v", e.AtLine, e.AtColumn, e.Line, e.Err)
	}
	return fmt.Sprintf("exawire: script: line %d, column %d: %v", e.Line, e.Column, e.Err)
}

// Unwrap returns the cause.
func (e *ScriptError) Unwrap() error { return e.Err }

// newScriptError describes the failure of statements that were sent in one message.
func newScriptError(group []sqlsplit.Piece, index int, out *outcome) error {
	first, last := group[0], group[len(group)-1]
	e := &ScriptError{
		Line: first.Word.Line, Column: first.Word.Column, Count: len(group), LastLine: last.Word.Line, Index: index, Err: out.err(),
	}
	if len(group) == 1 && out.refused != nil {
		e.AtLine, e.AtColumn = placeIn(first, out.refused.Text)
	}
	return e
}

// sentByNow says how much of the script has left.
func (e *ScriptError) sentByNow() wire.Sent {
	if sent, _ := sentBy(e.Err); sent || e.Index > 0 {
		return wire.Whole
	}
	return wire.Nothing
}

// placeIn returns the place in the script that a message like "... [line 2, column 8] (Session: 1)" means, which counts
// from the beginning of the statement's text. Messages can quote anything, so a place where nothing of the statement
// stands is none.
func placeIn(p sqlsplit.Piece, message string) (line, column int) {
	i := strings.LastIndex(message, "[line ")
	if i < 0 {
		return 0, 0
	}
	if _, err := fmt.Sscanf(message[i:], "[line %d, column %d]", &line, &column); err != nil || line < 1 || column < 1 {
		return 0, 0
	}
	if line-1 > strings.Count(p.Text, "\n") {
		return 0, 0
	}
	if line == 1 {
		column += p.Begin.Column - 1
	}
	line += p.Begin.Line - 1
	if line < p.Word.Line || line == p.Word.Line && column < p.Word.Column {
		return 0, 0
	}
	return line, column
}
