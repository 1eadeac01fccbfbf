package exawire

import (
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

	// ErrNothingToAbort is returned by AbortQuery if no command is running on the session, or only one that tidies up.
	ErrNothingToAbort = errors.New("exawire: no command is running")

	// ErrNotLoggedIn is returned by all commands before the login and after Disconnect.
	ErrNotLoggedIn = errors.New("exawire: session is not logged in")

	// ErrTxDone is returned by Commit after the transaction was committed or rolled back.
	ErrTxDone = errors.New("exawire: transaction has already been committed or rolled back")

	// ErrTxOpen is returned by Begin if the session has a transaction that was neither committed nor rolled back, or parallel
	// connections, which are one.
	ErrTxOpen = errors.New("exawire: session already has an open transaction")

	// ErrTxLost is returned by Commit if the server has rolled the transaction back. Nothing was committed.
	ErrTxLost = errors.New("exawire: the server has rolled the transaction back")

	// ErrStmtClosed is returned by the methods of a Stmt after Close, and when the server has given its handle to another
	// statement.
	ErrStmtClosed = errors.New("exawire: statement is closed")

	// ErrNoRows is returned by One if the result is empty. It matches sql.ErrNoRows too.
	ErrNoRows = resultset.ErrNoRows

	// ErrTooManyRows is returned by One if the result has more than one row.
	ErrTooManyRows = resultset.ErrTooManyRows

	// ErrNull is wrapped by a *ScanError if a NULL was scanned into something that cannot hold it.
	ErrNull = resultset.ErrNull

	// ErrUsed is what an iterator yields if the rows were already read or closed.
	ErrUsed = resultset.ErrUsed
)

// Error is what the server says when a command fails. The session stays usable, unless the code means that the server
// has ended it.
type Error struct {
	SQLCode   string // five characters, "00000" if the server knows none; see AllCodes
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
	Command string // command that was answered; "" if that is not known, or if there was none
	Reason  string // what is wrong with the answer
	Err     error  // cause, may be nil
}

// Error names command, reason and cause.
func (e *ProtocolError) Error() string {
	text := "exawire: "
	if e.Command != "" {
		text += e.Command + ": "
	}
	text += "server broke the protocol: " + e.Reason
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
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
