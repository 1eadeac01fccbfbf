package stdlib

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"

	"github.com/exawire/exawire"
)

// Every error that leaves the driver goes through this file. database/sql acts on some errors: it runs a statement again
// after driver.ErrBadConn and takes io.EOF for the end of the rows. What the core returns may match any of these, because
// the cause of a context and the error of a driver.Valuer are whatever the caller made of them.

// words are the errors that mean something to database/sql.
var words = [...]error{driver.ErrBadConn, driver.ErrSkip, driver.ErrRemoveArgument}

// harmless returns an error that database/sql takes for nothing but an error.
func harmless(err error) error {
	if err == nil {
		return nil
	}
	bad := err == io.EOF //nolint:errorlint // database/sql compares it like this
	for _, word := range words {
		bad = bad || errors.Is(err, word)
	}
	switch {
	case !bad:
		return err
	case exawire.SafeToRetry(err):
		return &hiddenUnsent{hidden: hidden{err}}
	}
	return &hidden{err}
}

// hidden is an error that does not match the words of database/sql, although it holds one of them. Everything else is found
// in it.
type hidden struct{ err error }

func (e *hidden) Error() string { return e.err.Error() }

// Is finds what the error holds, but for those words.
func (e *hidden) Is(target error) bool {
	for _, word := range words {
		if target == word {
			return false
		}
	}
	return errors.Is(e.err, target)
}

// As finds what the error holds.
func (e *hidden) As(target any) bool { return errors.As(e.err, target) }

// hiddenUnsent is a hidden error of a command of which nothing was sent. It has the mark by which exawire.SafeToRetry
// knows that, from a type that always means it.
type hiddenUnsent struct {
	unsent
	hidden hidden
}

type unsent = *exawire.UnsupportedError

// Everything that the mark's type says besides is said by hidden.

func (e *hiddenUnsent) Error() string        { return e.hidden.Error() }
func (e *hiddenUnsent) Is(target error) bool { return e.hidden.Is(target) }
func (e *hiddenUnsent) As(target any) bool   { return e.hidden.As(target) }
func (e *hiddenUnsent) Unwrap() error        { return nil }

// connError is the error of a call that has sent nothing because its session was over. It makes database/sql do it again
// on another connection.
type connError struct{ err error }

func (e *connError) Error() string        { return e.err.Error() }
func (e *connError) Unwrap() error        { return e.err }
func (e *connError) Is(target error) bool { return target == driver.ErrBadConn }

// failed returns what database/sql is told of an error of the core. It may run the call again only if nothing was sent, the
// session is over, and the caller still waits. That is decided on facts and never on what err matches.
func (c *conn) failed(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case c.tx == nil && exawire.SafeToRetry(err) && c.sess.Err() != nil && ctx != nil && ctx.Err() == nil:
		return &connError{err}
	}
	return harmless(err)
}
