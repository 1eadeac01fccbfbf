package exawire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/exawire/exawire/internal/errtext"
	"github.com/exawire/exawire/internal/sqlsplit"
	"github.com/exawire/exawire/internal/wire"
)

// ScriptStatement is one statement of a script.
type ScriptStatement struct {
	SQL    string // as it stands in the script, comments before it included, without the ";" or "/" that ends it
	Offset int64  // of SQL in the script, in bytes

	// Line and Column are where the first word of the statement stands, behind its comments. They are counted from 1,
	// columns in characters.
	Line, Column int
}

// MaxStatementSize is the largest statement, in bytes, that [SplitSQL] accepts. Servers accept messages of about this size.
const MaxStatementSize = 64 << 20

// SplitSQL returns an iterator over the statements of a script. It reads as the loop goes on: each statement is there as
// soon as its end was read, and only one is kept in memory. docs/scripts.md says where statements end. Comments without a
// statement are skipped.
//
// An error is yielded once, as the last pair: a *ScriptError that says where. It matches ErrUnterminated if the script
// ends in the middle of a string, an identifier or a comment, or before the body of a script or function;
// ErrMessageTooLarge if a statement has more than MaxStatementSize bytes; or the error of r. A statement that is not
// UTF-8 is an error, since a message could not carry it unchanged. The iterator can be used once.
func SplitSQL(r io.Reader) iter.Seq2[ScriptStatement, error] {
	s := newScriptReader(r, MaxStatementSize)
	return func(yield func(ScriptStatement, error) bool) {
		if err := s.start(); err != nil {
			yield(ScriptStatement{}, err)
			return
		}
		for {
			piece, ok, err := s.next()
			if err != nil {
				yield(ScriptStatement{}, err)
			}
			if !ok || !yield(statementOf(piece), nil) {
				return
			}
		}
	}
}

func statementOf(p sqlsplit.Piece) ScriptStatement {
	return ScriptStatement{SQL: p.Text, Offset: p.Begin.Offset, Line: p.Word.Line, Column: p.Word.Column}
}

// scriptReader reads the statements of a script once.
type scriptReader struct {
	splitter *sqlsplit.Splitter
	used     bool
	read     int // statements so far
}

func newScriptReader(r io.Reader, limit int) *scriptReader {
	if r == nil {
		return &scriptReader{}
	}
	return &scriptReader{splitter: sqlsplit.New(r, limit)}
}

var errScriptUsed = errors.New("exawire: script was already read")

// start begins a loop. Only the first one gets anything.
func (s *scriptReader) start() error {
	switch {
	case s.splitter == nil:
		return failed(wire.Nothing, errNoReader)
	case s.used:
		return failed(wire.Nothing, errScriptUsed)
	}
	s.used = true
	return nil
}

// next returns the next statement. ok is false at the end, and if there is an error, a *ScriptError for those of the script.
func (s *scriptReader) next() (p sqlsplit.Piece, ok bool, err error) {
	for err == nil {
		if p, err = s.splitter.Next(); p.Statement {
			s.read++
			return p, true, nil
		}
	}
	return p, false, s.scriptError(err)
}

// scriptError describes an error of the splitter. The end of the script is none.
func (s *scriptReader) scriptError(err error) error {
	at, ok := err.(*sqlsplit.Error) //nolint:errorlint // the splitter does not wrap it; the reader's own error is inside
	if !ok {
		return nil
	}
	cause := at.Err
	if errors.Is(cause, sqlsplit.ErrTooLarge) { // only adds to what the error matches
		cause = errtext.Errorf("%w: %w", ErrMessageTooLarge, cause)
	}
	return &ScriptError{Line: at.At.Line, Column: at.At.Column, Index: s.read, Err: failed(wire.Nothing, cause)}
}

// ScriptResult is the outcome of one statement of a script.
type ScriptResult struct {
	ScriptStatement
	*Result
}

// ScriptOption changes how RunScript works.
type ScriptOption func(*scriptRun)

// Grouped makes RunScript send up to n statements in one message, with the command executeBatch (V1), and yield their
// results when the last of them is done. That saves round trips, and has three drawbacks:
//
//   - If a statement fails, it is not known which one of the message it was. The *ScriptError names the lines between
//     which it stands. The ones before it took effect, the ones behind it were not run; the results of all are lost.
//   - Leaving the loop stops the script behind the message, not behind the statement.
//   - All results of a message are open at the same time.
//
// So use it for scripts that can be run again as a whole, or that run in a transaction.
func Grouped(n int) ScriptOption { return func(r *scriptRun) { r.most = max(n, 1) } }

// RunScript runs the statements of a script one after the other, each with the command execute (V1), and yields their
// results. See [SplitSQL] for how the script is read. Statements are read, sent and answered as the loop goes on, so leaving
// it stops the script after the current statement. The rows of a result are closed at the end of the loop turn.
//
// The first error ends the script. It is yielded once, as the last pair: a [*ScriptError] that says where, and wraps what
// Execute returns. No statement is sent twice. The statements take part in the session's transaction like all others:
// RunScript neither begins nor ends one, and what the statements before the error did stays as it is, committed if
// autocommit is on. Commands of other goroutines can come between the statements.
//
// The context governs the statements and their rows. Reading from r is not interrupted when it ends. To check a script
// before anything of it is run, read it twice: with SplitSQL, then with RunScript. The iterator can be used once.
func (s *Session) RunScript(ctx context.Context, r io.Reader, opts ...ScriptOption) iter.Seq2[ScriptResult, error] {
	limit := MaxStatementSize
	if most := s.Info().MaxDataMessageSize; most > 0 {
		limit = int(min(most, MaxStatementSize))
	}
	run := &scriptRun{s: s, script: newScriptReader(r, limit), most: 1}
	for _, opt := range opts {
		opt(run)
	}
	return func(yield func(ScriptResult, error) bool) {
		err := run.script.start()
		if err != nil {
			yield(ScriptResult{}, err)
			return
		}
		for more := true; more; {
			if more, err = run.message(ctx, yield); err != nil {
				yield(ScriptResult{}, err)
				return
			}
		}
	}
}

// scriptRun is a script on its way through a session.
type scriptRun struct {
	s      *Session
	script *scriptReader
	most   int // statements in a message

	waiting sqlsplit.Piece // a statement that was read, and did not fit into the message before
	sent    int            // statements in messages before
}

// message runs the statements that go into the next message and yields their results. more is false at the end of the
// script, and if the loop was left. What was read before an error of the script is run before that is returned.
func (r *scriptRun) message(ctx context.Context, yield func(ScriptResult, error) bool) (more bool, err error) {
	group, more, end := r.gather()
	if len(group) == 0 {
		return more, end
	}
	results, out := r.send(ctx, group)
	if !out.ok() {
		return false, newScriptError(group, r.sent, &out)
	}
	defer func() {
		for _, result := range results {
			_ = result.Close() // all but those behind an error or the end of the loop are closed
		}
	}()
	for i, result := range results {
		if !yield(ScriptResult{statementOf(group[i]), result}, nil) {
			return false, nil
		}
		if err := result.Close(); err != nil {
			return false, newScriptError(group[i:i+1], r.sent+i, &outcome{Outcome: out.Outcome, fault: err})
		}
	}
	r.sent += len(group)
	return more, end
}

// encodedByte bounds what a byte of a statement takes in a message: \u001f.
const encodedByte = 6

// gather reads the statements of the next message. more is false if the script has no more of them, or an error.
func (r *scriptRun) gather() (group []sqlsplit.Piece, more bool, err error) {
	room := r.s.Info().MaxDataMessageSize/encodedByte - 1<<10
	for len(group) < r.most {
		piece, ok := r.waiting, r.waiting.Statement
		if r.waiting = (sqlsplit.Piece{}); !ok {
			if piece, ok, err = r.script.next(); !ok {
				return group, false, err
			}
		}
		if room -= int64(len(piece.Text)) + 1; room < 0 && len(group) > 0 {
			r.waiting = piece
			break
		}
		group = append(group, piece)
	}
	return group, true, nil
}

func (r *scriptRun) send(ctx context.Context, group []sqlsplit.Piece) ([]*Result, outcome) {
	if len(group) == 1 {
		result, out := r.s.run(ctx, group[0].Text, nil, nil)
		return []*Result{result}, out
	}
	texts := make([]string, len(group))
	for i, p := range group {
		texts[i] = p.Text
	}
	return r.s.batch(ctx, texts, nil, nil)
}

// ErrUnterminated is matched by the *ScriptError of a script that ends in the middle of a string, an identifier or a
// comment, or before the body of a script or function. What was begun is not run.
var ErrUnterminated = sqlsplit.ErrUnterminated

// ScriptError says where a script failed. Of the statement, which may have secrets in it, it holds only what is in
// Error.SQL.
type ScriptError struct {
	// Line and Column are the place of the error: the first word of the failed statement, or the beginning of what is not
	// closed, or of what could not be read. They are counted from 1, columns in characters.
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
		return errtext.Sprintf("script: one of the %d statements of lines %d to %d, sent in one message: %v",
			e.Count, e.Line, e.LastLine, e.Err)
	case e.AtLine > 0 && e.AtLine == e.Line:
		return errtext.Sprintf("script: line %d, column %d: %v", e.AtLine, e.AtColumn, e.Err)
	case e.AtLine > 0:
		return errtext.Sprintf("script: line %d, column %d, in the statement of line %d: %v", e.AtLine, e.AtColumn, e.Line, e.Err)
	}
	return errtext.Sprintf("script: line %d, column %d: %v", e.Line, e.Column, e.Err)
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
