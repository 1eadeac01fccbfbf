package exapool

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/exawire/exawire"
)

// ErrClosed is wrapped by the error of everything that wants a session of a pool that was closed.
var ErrClosed = errors.New("exapool: the pool is closed")

var (
	errNotMade    = errors.New("exapool: the pool was not made by New")
	errNoContext  = errors.New("exapool: the context is nil: use context.Background()")
	errNoFunction = errors.New("exapool: the function is nil")
)

// AcquireError says why there is no session. The statement that it was wanted for was not sent, and the function was not
// called.
type AcquireError struct {
	// Class is ClassCancelled or ClassDeadline if the caller's context has ended, ClassLogin if the server refuses the login
	// or there are no credentials, ClassConnection if no host can be reached, and ClassArgument if the pool is closed or an
	// argument is missing.
	Class exawire.ErrorClass

	// Since is when the login was refused for the first time, or the last host was lost; zero if that is not the reason.
	Since time.Time
	// RetryAt is when the next login is tried at the earliest; until then Acquire fails at once if no session is idle and
	// fewer than Options.MaxSessions are in use. Zero if the login was not refused.
	RetryAt time.Time

	// Err is the reason: the error of the context, ErrClosed, or that of the last attempt to open a session. The latter holds a
	// *exawire.ConnectError, unless a function of the configuration has panicked. If the context has ended while no host could
	// be reached, Err joins both.
	Err error

	before, after string // around the text of Err
}

// Error says why there is no session.
func (e *AcquireError) Error() string {
	text := "exapool: acquire: " + e.before
	if e.Err != nil {
		text += bare(e.Err)
	}
	return text + e.after
}

// Unwrap returns the reason.
func (e *AcquireError) Unwrap() error { return e.Err }

// bare returns the text of an error for a place behind "exapool: ".
func bare(err error) string {
	return strings.TrimPrefix(strings.TrimPrefix(err.Error(), "exawire: "), "exapool: ")
}

// utc writes a time in an error.
func utc(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// refusal is the error of an Acquire that cannot be right.
func refusal(err error) *AcquireError {
	return &AcquireError{Class: exawire.ClassArgument, Err: err}
}

// endedError is the error of an Acquire whose context has ended. It matches ctx.Err() and the cause of ctx. What the cause is
// asked for may be functions of the user's, so the lock must not be held.
func endedError(ctx context.Context, why string, last error) *AcquireError {
	e := &AcquireError{Class: exawire.ClassCancelled, Err: ctx.Err()}
	if e.Err == context.DeadlineExceeded { //nolint:errorlint // what Err returns, not a tree
		e.Class = exawire.ClassDeadline
	}
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, e.Err) {
		e.Err = fmt.Errorf("%w: %w", e.Err, cause)
	} else if cause != nil {
		e.Err = cause
	}
	if why != "" {
		e.before = why + ": "
	}
	if last != nil {
		e.Err = &unservedError{e.Err, last}
	}
	return e
}

// unservedError joins the end of a context and the last attempt to open a session.
type unservedError struct{ end, last error }

func (e *unservedError) Error() string {
	return bare(e.end) + "; the last attempt to open one: " + bare(e.last)
}

func (e *unservedError) Unwrap() []error { return []error{e.end, e.last} }

// panicError stands for a panic of a function of the user's on a goroutine of the pool, or for its end by runtime.Goexit. It
// does not show the value.
type panicError struct {
	value  any
	exited bool
}

func (e *panicError) Error() string {
	if e.exited {
		return "exapool: a function has ended its goroutine"
	}
	if err, ok := e.value.(interface {
		error
		RuntimeError()
	}); ok {
		return "exapool: panic: " + err.Error()
	}
	return fmt.Sprintf("exapool: panic with a %T", e.value)
}
