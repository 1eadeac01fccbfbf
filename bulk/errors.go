package bulk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"unicode"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/internal/errtext"
)

// Error is why a transfer failed: what the database said and what happened to the data on the client's side, in one. It
// unwraps to all of it, the statement's error first, so [errors.As] finds the *exawire.Error, and
// [exawire.SafeToRetry] knows whether the statement was sent. What is only the consequence of another failure is left out:
// that files were not asked for because the statement failed, that the database hung up after it had failed, and that
// tunnels were closed.
type Error struct {
	Op    string       // "import" or "export"
	SQL   error        // of the statement or its transaction; nil if it is not to blame
	Files []*FileError // what happened to single files
	Open  bool         // the caller's transaction is open, and rows of this transfer may be in it: roll it back

	// Uncertain means that all rows have come and COMMIT was sent, but the session was lost before it was certain what had
	// become of it: either all rows are in the table or none.
	Uncertain bool

	sent bool // a statement may have reached the database, whatever SQL and Files know of other commands
}

// FileError is what happened to one file, reader, writer or tunnel.
type FileError struct {
	Name string // of the file; of what has no name, its place among several, such as "number 2", or ""
	Step string // "open", "connect", "tunnel", "tls", "request", "read", "write" or "close"
	Err  error
}

// prefix is what the texts of this package's errors begin with.
const prefix = "bulk: "

// shownFiles is how many files the text of an Error names.
const shownFiles = 3

// Error has the error of the statement and those of the first files on one line.
func (e *Error) Error() string {
	var parts []string
	if e.SQL != nil {
		parts = append(parts, bare(e.SQL))
	}
	for _, f := range e.Files[:min(len(e.Files), shownFiles)] {
		parts = append(parts, f.text())
	}
	if more := len(e.Files) - shownFiles; more > 0 {
		parts = append(parts, "and "+errtext.Count(more, "more file"))
	}
	if e.Open {
		parts = append(parts, "the transaction is still open: roll it back")
	}
	if e.Uncertain {
		parts = append(parts, "the rows may be committed: look before you import them again")
	}
	return prefix + e.Op + ": " + strings.Join(parts, "; ")
}

// Unwrap returns the error of the statement and then those of the files.
func (e *Error) Unwrap() []error {
	var parts []error
	if e.SQL != nil {
		parts = append(parts, e.SQL)
	}
	for _, f := range e.Files {
		parts = append(parts, f)
	}
	if e.sent {
		return append(parts, sentMark{})
	}
	return append(parts, unsentMark{})
}

// Error names the file, the step and the cause.
func (e *FileError) Error() string { return prefix + e.text() }

func (e *FileError) text() string {
	text := e.Step
	if e.Err != nil {
		text += ": " + strings.TrimPrefix(bare(reasonOf(e.Err)), e.Step+": ")
	}
	if e.Name != "" {
		text = "file " + shown(e.Name) + ": " + text
	}
	return text
}

// Unwrap returns the cause.
func (e *FileError) Unwrap() error { return e.Err }

// shown returns the name of a file for a line of a log: in quotes if it has something in it that nobody can see.
func shown(name string) string {
	if strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(name)
	}
	return name
}

// bare returns the text of an error for a place behind the prefix, on one line.
func bare(err error) string {
	text := strings.TrimPrefix(errtext.Bare(err), prefix)
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' }), "; ")
}

// reasonOf takes the name out of an error of the file system, which stands beside it already. It is for texts.
func reasonOf(err error) error {
	switch e := err.(type) { //nolint:errorlint // only what is outermost repeats what has been said
	case *fs.PathError:
		return e.Err
	case *os.LinkError:
		return fmt.Errorf("%s: %w", e.Op, e.Err)
	}
	return err
}

// sentMark and unsentMark tell exawire.SafeToRetry what is known here, which errors of users' readers and writers must not
// change. They have that from types of the core that always mean it, and nothing else.
type (
	sentMark   struct{ whole }
	unsentMark struct{ nothing }

	whole   = *exawire.ProtocolError
	nothing = *exawire.UnsupportedError
)

func (sentMark) Error() string   { return "the statement may have been sent" }
func (sentMark) Unwrap() error   { return nil }
func (unsentMark) Error() string { return "no statement was sent" }
func (unsentMark) Is(error) bool { return false }

var (
	// errStopped is why a statement is stopped when a file has failed and the database did not notice.
	errStopped = errors.New("a file has failed")

	errNotAsked    = errors.New("the database did not ask for it")
	errNotFinished = errors.New("the statement ended before it was moved to its end")
	errBroken      = errors.New("a function has panicked or ended its goroutine")
)
