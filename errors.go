package exawire

import (
	"context"
	"errors"
	"fmt"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/wire"
	"github.com/exawire/exawire/resultset"
)

// Sentinels, to be tested with errors.Is.
var (
	// ErrSessionClosed means that the session cannot be used any more. The error that carries it names the first cause.
	// Whether a command that was in flight was executed is unknown, unless SafeToRetry says that it was never sent.
	ErrSessionClosed = errors.New("exawire: session is closed")

	// ErrQueryTimeout matches an *Error by which the server ended a statement after its queryTimeout (R0001).
	ErrQueryTimeout = errors.New("exawire: query timeout reached on the server")

	// ErrQueryAborted matches an *Error by which the server ended a statement because it was aborted (R0003, 40007), and the
	// error of a command that AbortQuery gave up before it was sent; SafeToRetry tells the two apart.
	ErrQueryAborted = errors.New("exawire: query aborted")

	// ErrUnsupported means that the session's protocol version lacks a command or an attribute. Nothing was sent.
	ErrUnsupported = errors.New("exawire: not supported by the session's protocol version")

	// ErrMessageTooLarge means that a request is larger than the server accepts, and nothing was sent; or that an answer is
	// larger than Config.MessageLimit, which closes the session: the error matches ErrSessionClosed then.
	ErrMessageTooLarge = wire.ErrTooLarge

	// ErrPlaintext means that a token would have crossed the network without TLS. Nothing was sent.
	ErrPlaintext = errors.New("exawire: tokens are only sent through TLS")

	// ErrNothingToAbort is returned by AbortQuery if no command is running on the session.
	ErrNothingToAbort = errors.New("exawire: no command is running")

	// ErrNotLoggedIn is returned by all commands before the login and after Disconnect.
	ErrNotLoggedIn = errors.New("exawire: session is not logged in")

	// ErrTxDone is returned by Commit after the transaction was committed or rolled back.
	ErrTxDone = errors.New("exawire: transaction has already been committed or rolled back")

	// ErrTxOpen is returned by Begin if the session has a transaction that was neither committed nor rolled back.
	ErrTxOpen = errors.New("exawire: session already has an open transaction")

	// ErrTxLost is returned by Commit if the server has rolled the transaction back. Nothing was committed.
	ErrTxLost = errors.New("exawire: the server has rolled the transaction back")

	// ErrStmtClosed is returned by the methods of a Stmt after Close.
	ErrStmtClosed = errors.New("exawire: statement is closed")

	// ErrNoRows is returned by One if the result is empty. It matches sql.ErrNoRows too.
	ErrNoRows = resultset.ErrNoRows

	// ErrTooManyRows is returned by One if the result has more than one row.
	ErrTooManyRows = resultset.ErrTooManyRows

	// ErrNull is wrapped by a *ScanError if a NULL was scanned into something that cannot hold it.
	ErrNull = resultset.ErrNull
)

// Error is what the server says when a command fails. The session stays usable, unless the code means that the server
// has ended it.
type Error struct {
	SQLCode   string // five characters, "00000" if the server knows none; see SQLCodes
	Text      string // for people; mostly ends with the number of the session
	Command   string // protocol command that failed
	SessionID uint64 // 0 during the login
}

// Error returns code and text.
func (e *Error) Error() string {
	return fmt.Sprintf("exawire: %s: %s (%s)", e.Command, e.Text, e.SQLCode)
}

// Is makes the codes of a timeout and of an abort match ErrQueryTimeout and ErrQueryAborted.
func (e *Error) Is(target error) bool {
	switch target {
	case ErrQueryTimeout:
		return e.SQLCode == CodeQueryTimeout
	case ErrQueryAborted:
		return e.SQLCode == CodeQueryAborted || e.SQLCode == CodeAbortRolledBack
	}
	return false
}

// ConnectError says at which step a session could not be opened.
type ConnectError struct {
	Addr string // host:port
	Op   string // "resolve", "dial", "tls", "upgrade" or "login"
	Err  error  // the cause; an *Error if the server rejected the login
}

// Error names address, step and cause.
func (e *ConnectError) Error() string {
	return fmt.Sprintf("exawire: connect to %s: %s: %v", e.Addr, e.Op, e.Err)
}

// Unwrap returns the cause.
func (e *ConnectError) Unwrap() error { return e.Err }

// ProtocolError means that an answer of the server makes no sense. The session is closed, because nothing that comes
// after such an answer can be trusted.
type ProtocolError struct {
	Command string // command that was answered
	Reason  string // what is wrong with the answer
	Err     error  // cause, may be nil
}

// Error names command, reason and cause.
func (e *ProtocolError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("exawire: %s: server broke the protocol: %s", e.Command, e.Reason)
	}
	return fmt.Sprintf("exawire: %s: server broke the protocol: %s: %v", e.Command, e.Reason, e.Err)
}

// Unwrap returns the cause and ErrSessionClosed.
func (e *ProtocolError) Unwrap() []error {
	if e.Err == nil {
		return []error{ErrSessionClosed}
	}
	return []error{e.Err, ErrSessionClosed}
}

// UnsupportedError says which version a command or attribute needs. It matches ErrUnsupported. Nothing was sent.
type UnsupportedError struct {
	What string           // command, or attribute
	Need commands.Version // first version that has it
	Have commands.Version // negotiated at login
}

// Error names both versions.
func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("exawire: %s needs protocol %s, the session speaks %s", e.What, e.Need, e.Have)
}

// Is reports whether target is ErrUnsupported.
func (e *UnsupportedError) Is(target error) bool { return target == ErrUnsupported }

// ConfigError says what is wrong with a field of Config or a key of a DSN. It never holds the value.
type ConfigError struct {
	Field  string // of Config, or key of a DSN
	Reason string // what is wrong with it
}

// Error names the field and the reason.
func (e *ConfigError) Error() string { return fmt.Sprintf("exawire: config: %s %s", e.Field, e.Reason) }

// notSentError marks an error of which it is certain that no byte of the request has left.
type notSentError struct{ err error }

func (e *notSentError) Error() string { return e.err.Error() }
func (e *notSentError) Unwrap() error { return e.err }

func notSent(err error) error {
	if err == nil {
		return nil
	}
	return &notSentError{err}
}

// sentError marks an error that came after the command had been sent, whatever the error itself says: that the result
// of a statement could not be closed does not undo the statement.
type sentError struct{ err error }

func (e *sentError) Error() string { return e.err.Error() }
func (e *sentError) Unwrap() error { return e.err }

func wasSent(err error) error {
	if err == nil {
		return nil
	}
	return &sentError{err}
}

// SafeToRetry reports whether it is certain that nothing of the command reached the server, so that sending it again
// cannot make it run twice. It is false for a nil error, for errors of other modules, for a *BatchError whose first rows
// were sent, for a *ScriptError with statements before it, and for several errors joined into one if any of them may come
// from a command that was sent.
func SafeToRetry(err error) bool { return fateOf(err) == fateNotSent }

// fate is what an error tells about the command that it belongs to.
type fate int

const (
	fateUnknown fate = iota // nothing
	fateNotSent             // nothing of it has left
	fateSent                // it may have reached the server
)

// fateOf walks the tree of err from the outside in; the first error on a path that knows decides. Errors side by side may
// belong to different commands, so one that was sent outweighs the others.
func fateOf(err error) fate {
	switch e := err.(type) { //nolint:errorlint // errors.As would find inner errors first, and only one of those side by side
	case *notSentError, *ConnectError, *UnsupportedError, *ConfigError:
		return fateNotSent
	case *sentError, *Error, *ProtocolError:
		return fateSent
	case *BatchError:
		if e.First > 0 {
			return fateSent
		}
		return fateOf(e.Err)
	case *ScriptError:
		if e.Index > 0 {
			return fateSent
		}
		return fateOf(e.Err)
	case *wire.Error:
		if e.Sent {
			return fateSent
		}
		return fateNotSent
	case interface{ Unwrap() error }:
		return fateOf(e.Unwrap())
	case interface{ Unwrap() []error }:
		fates := fateUnknown
		for _, inner := range e.Unwrap() {
			fates = max(fates, fateOf(inner))
		}
		return fates
	}
	if errors.Is(err, ErrUnsupported) || errors.Is(err, ErrPlaintext) || errors.Is(err, ErrMessageTooLarge) {
		return fateNotSent
	}
	return fateUnknown
}

// contextError returns why ctx ended, in a form that matches both the context's error and its cause.
func contextError(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if err == nil || cause == nil || errors.Is(cause, err) {
		return cause
	}
	return fmt.Errorf("%w: %w", err, cause)
}
