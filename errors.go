package exawire

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/ctxerr"
	"github.com/exawire/exawire/internal/errtext"
	"github.com/exawire/exawire/internal/sqlword"
	"github.com/exawire/exawire/internal/wire"
	"github.com/exawire/exawire/resultset"
)

// Sentinels to be tested with errors.Is.
var (
	// ErrSessionClosed means that the session cannot be used any more. The error that carries it names the first cause. If a
	// command was in flight, it is not known whether it was executed, unless [SafeToRetry] says that it was never sent.
	ErrSessionClosed = errors.New("exawire: session is closed")

	// ErrQueryTimeout matches an *Error by which the server ended a statement after its queryTimeout (R0001).
	ErrQueryTimeout = errors.New("exawire: query timeout reached on the server")

	// ErrQueryAborted matches an *Error by which the server ended a statement because it was aborted (R0003, 40007), and the
	// error of a command that AbortQuery stopped before it was sent. [SafeToRetry] tells the two apart.
	ErrQueryAborted = errors.New("exawire: query aborted")

	// ErrUnsupported means that the session's protocol version lacks a command or an attribute. Nothing was sent.
	ErrUnsupported = errors.New("exawire: not supported by the session's protocol version")

	// ErrMessageTooLarge means that a request is larger than the server accepts, and nothing was sent; or that an answer is
	// larger than Config.MessageLimit. In the second case the session is closed, and the error matches ErrSessionClosed.
	ErrMessageTooLarge = wire.ErrTooLarge

	// ErrPlaintext means that a token would have crossed the network without TLS. Nothing was sent.
	ErrPlaintext = errors.New("exawire: tokens are only sent through TLS")

	// ErrNothingToAbort is returned by AbortQuery if the session runs no command, or only one that tidies up.
	ErrNothingToAbort = errors.New("exawire: no command is running")

	// ErrNotLoggedIn is returned by all commands before the login and after Disconnect.
	ErrNotLoggedIn = errors.New("exawire: session is not logged in")

	// ErrTxDone is returned by the methods of a Tx that send statements, and by Commit, after the transaction was committed
	// or rolled back. Nothing was sent.
	ErrTxDone = errors.New("exawire: transaction has already been committed or rolled back")

	// ErrTxOpen means that something would disturb a transaction that was neither committed nor rolled back; subconnections
	// are one, too. It is returned by Begin, by an assignment of autocommit, by writing with the option Atomic (while
	// autocommit is off as well), and by Parallel.Commit if the group takes part in a Tx. Nothing was sent.
	ErrTxOpen = errors.New("exawire: session already has an open transaction")

	// ErrTxLost is returned by Commit and by the methods of a Tx that send statements if the server has rolled the
	// transaction back, and by Parallel.Commit. Nothing was sent, and nothing is committed.
	ErrTxLost = errors.New("exawire: the server has rolled the transaction back")

	// ErrStmtClosed is returned by the methods of a Stmt after Close, and when the server has given its handle to another
	// statement.
	ErrStmtClosed = errors.New("exawire: statement is closed")

	// ErrNoRows is returned by One if the result is empty. It matches sql.ErrNoRows too.
	ErrNoRows = resultset.ErrNoRows

	// ErrTooManyRows is returned by One if the result has more than one row.
	ErrTooManyRows = resultset.ErrTooManyRows

	// ErrNull is wrapped by a *ScanError if a NULL was scanned into a type that cannot hold it.
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

	// SQL is how the statement begins, if it is known which one it was: on one line, without literals, comments and
	// whatever could be a secret, so that it can be logged. See docs/errors.md for what is left out.
	SQL string

	Hint string // what is probably wrong with the statement, mostly ""
}

// Error returns text and code, the beginning of the statement and the hint.
func (e *Error) Error() string {
	text := fmt.Sprintf("%s: %s (%s)", e.Command, e.Text, e.SQLCode)
	if e.SQL != "" {
		text += ", in: " + e.SQL
	}
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	return errtext.Prefix + text
}

// newError is an answer of the server that says why it refused a command. sql is the statement, "" if it is not known.
func newError(command string, x *commands.Exception, session uint64, sql string) *Error {
	e := &Error{SQLCode: x.SQLCode, Text: x.Text, Command: command, SessionID: session, SQL: sqlword.Brief(sql)}
	if strings.Contains(x.Text, "syntax error") {
		e.Hint = hintFor(command, sql)
	}
	return e
}

// hintFor returns what is probably wrong with the parameters of a statement that the server cannot read.
func hintFor(command, sql string) string {
	if mark := sqlword.Placeholder(sql); mark != "" {
		return "write ? for a parameter, not " + mark
	}
	if n := sqlword.Parameters(sql); n > 0 && command == "execute" {
		return "the statement has " + errtext.Count(n, "parameter") + ", and there are no arguments"
	}
	return ""
}

// inSQL adds the beginning of a statement to the error of one that was not sent.
func inSQL(err error, sql string) error {
	if err == nil {
		return nil // nothing is read of a statement that has been sent
	}
	if brief := sqlword.Brief(sql); brief != "" {
		return errtext.Errorf("%w, in: %s", err, brief)
	}
	return err
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

// ProtocolError means that an answer of the server makes no sense. The session is closed, because nothing that comes after
// such an answer can be trusted. It matches [ErrSessionClosed].
type ProtocolError struct {
	Command string // command that was answered; "" if that is not known, or if there was none
	Reason  string // what is wrong with the answer
	Err     error  // cause, may be nil
}

// Error names command, reason and cause.
func (e *ProtocolError) Error() string {
	text := "server broke the protocol: " + e.Reason
	if e.Command != "" {
		text = e.Command + ": " + text
	}
	if e.Err != nil {
		text += ": " + errtext.Bare(e.Err)
	}
	return errtext.Prefix + text
}

// Unwrap returns the cause and ErrSessionClosed.
func (e *ProtocolError) Unwrap() []error {
	if e.Err == nil {
		return []error{ErrSessionClosed}
	}
	return []error{e.Err, ErrSessionClosed}
}

// UnsupportedError says which protocol version a command or an attribute needs. It matches [ErrUnsupported]. Nothing was
// sent.
type UnsupportedError struct {
	What string           // command, or attribute
	Need commands.Version // first version that has it
	Have commands.Version // negotiated at login
}

// Error names both versions.
func (e *UnsupportedError) Error() string {
	return errtext.Sprintf("%s needs protocol %s, the session speaks %s", e.What, e.Need, e.Have)
}

// Is reports whether target is ErrUnsupported.
func (e *UnsupportedError) Is(target error) bool { return target == ErrUnsupported }

// ConfigError says what is wrong with a field of Config or a key of a DSN. It never holds the value.
type ConfigError struct {
	Field  string // of Config, or key of a DSN
	Reason string // what is wrong with it
}

// Error names the field and the reason.
func (e *ConfigError) Error() string { return errtext.Sprintf("config: %s %s", e.Field, e.Reason) }

// commandError is the outermost error of what every method returns: the error for people, and the one fact about the
// command that programs ask for.
type commandError struct {
	err  error
	sent wire.Sent
}

func (e *commandError) Error() string { return errtext.Text(e.err) }
func (e *commandError) Unwrap() error { return e.err }

// failed says of an error how much of its command had left by then. It keeps nil.
func failed(sent wire.Sent, err error) error {
	if err == nil {
		return nil
	}
	return &commandError{err, sent}
}

// SafeToRetry reports whether it is certain that nothing of the command reached the server, so that sending it again cannot
// make it run twice. Pass the error as a method of this module returned it, or wrapped: what errors.As takes out of it knows
// less.
//
// It is false for a nil error; for errors of other modules; for a login that was refused or whose credentials have left; for
// a [*WriteError] whose first rows were sent, even if they were rolled back; for a [*ScriptError] with statements before it;
// and for several errors joined into one if any of them belongs to a command that was sent.
func SafeToRetry(err error) bool {
	sent, known := sentBy(err)
	return known && !sent
}

// witness is an error of this module, which knows how much of its command has left by itself. What it holds is not asked.
type witness interface{ sentByNow() wire.Sent }

func (e *commandError) sentByNow() wire.Sent   { return e.sent }
func (*Error) sentByNow() wire.Sent            { return wire.Whole }
func (*ProtocolError) sentByNow() wire.Sent    { return wire.Whole }
func (*UnsupportedError) sentByNow() wire.Sent { return wire.Nothing }
func (*ConfigError) sentByNow() wire.Sent      { return wire.Nothing }

// sentBy looks for the outermost witnesses and returns whether any of their commands has left.
func sentBy(err error) (sent, known bool) {
	switch e := err.(type) { //nolint:errorlint // errors.As would find one of several errors side by side
	case witness:
		return e.sentByNow() != wire.Nothing, true
	case interface{ Unwrap() error }:
		return sentBy(e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			s, k := sentBy(inner)
			sent, known = sent || s, known || k
		}
	}
	return sent, known
}

// endedError is the error of a caller whose context has ended before anything was sent.
func endedError(ctx context.Context) error { return failed(wire.Nothing, ctxerr.Of(ctx)) }

// Codes that this module looks at. See AllCodes for all that are known.
const (
	CodeUnknown         = "00000" // the server gives no code; also for values that do not fit the type of a parameter
	CodeLoginRejected   = "08004" // the login was rejected, or needs TLS
	CodeCollision       = "40001" // the transaction collided with another one and was rolled back
	CodeAbortRolledBack = "40007" // the statement was aborted, and its transaction rolled back
	CodeSyntax          = "42000" // a syntax error, an object that is not there, and much else
	CodeQueryTimeout    = "R0001" // the server ended the statement after its queryTimeout
	CodeQueryAborted    = "R0003" // the statement was aborted, by abortQuery or an administrator
)

// ErrorClass says in a word what an error means: of a SQL code (see [CodeInfo]), and to a [Tracer] of a command, an attempt to
// connect and a session. docs/observability.md has a table.
type ErrorClass string

// The classes of errors. The class of no error is "". Codes have those that are marked with *.
const (
	ClassStatement  ErrorClass = "statement"   // * the statement is wrong or failed; the session goes on
	ClassLogin      ErrorClass = "login"       // * the login was rejected
	ClassCancelled  ErrorClass = "cancelled"   // * ended before it was done: by the caller's context, Close, or the server
	ClassDeadline   ErrorClass = "deadline"    // the deadline of the caller's context has passed
	ClassRetry      ErrorClass = "retry"       // * the transaction was rolled back and can be tried again
	ClassRolledBack ErrorClass = "rolled back" // * the session goes on, its transaction is gone
	ClassGone       ErrorClass = "gone"        // * the server has ended the session
	ClassConnection ErrorClass = "connection"  // the server could not be reached, or the connection is lost
	ClassProtocol   ErrorClass = "protocol"    // an answer made no sense, and the session is closed
	ClassArgument   ErrorClass = "argument"    // nothing was sent: the arguments, or the state of the session, do not allow it
	ClassUnknown    ErrorClass = "unknown"     // * none of these; the code is not in the table, or is 00000
)

// CodeInfo describes a known SQL code.
type CodeInfo struct {
	Code    string     // five characters
	Class   ErrorClass // what it means for the program
	Meaning string     // what has happened, in a few words
	Source  string     // what the entry rests on: "specification", "documentation", "tests of other clients" or "inference"
}

// AllCodes returns the table of known codes, ordered by code. The slice is the caller's. Exasol's codes have no classes like
// those of the SQL standard: the first characters of a code that is not in the table say nothing.
func AllCodes() []CodeInfo { return append([]CodeInfo(nil), sqlCodes...) }

// Class returns the class of the error's code.
func (e *Error) Class() ErrorClass {
	for _, c := range sqlCodes {
		if c.Code == e.SQLCode {
			return c.Class
		}
	}
	return ClassUnknown
}

// RolledBack reports whether the server says that it has rolled the session's transaction back. Some codes say so by
// themselves; for a collision (40001) and an internal error (42000) the text does. If it is false, nothing is known.
func (e *Error) RolledBack() bool {
	text := strings.ToLower(e.Text)
	switch {
	case e.Class() == ClassRolledBack, e.SQLCode == CodeAbortRolledBack:
		return true
	case e.SQLCode == CodeCollision:
		return strings.Contains(text, "rollback") || strings.Contains(text, "rolled back")
	case e.SQLCode == CodeSyntax, e.SQLCode == CodeUnknown:
		return strings.Contains(text, "transaction has been rolled back") || strings.Contains(text, "transaction was rolled back")
	}
	return false
}

// losesTransaction reports whether the transaction may be gone: a collision ends it, whatever its text says.
func (e *Error) losesTransaction() bool { return e.RolledBack() || e.SQLCode == CodeCollision }

const (
	fromSpec      = "specification"
	fromDocs      = "documentation"
	fromTests     = "tests of other clients"
	fromInference = "inference"
)

var sqlCodes = []CodeInfo{
	{"00000", ClassUnknown, "no code; also values that do not fit the type of a parameter", fromSpec},
	{"04000", ClassStatement, "virtual schema adapter produced an invalid statement", fromDocs},
	{"08001", ClassGone, "connection lost", fromDocs},
	{"08004", ClassLogin, "login rejected, or TLS required", fromTests},
	{"0A000", ClassStatement, "feature not supported", fromDocs},
	{"22001", ClassStatement, "string too long", fromDocs},
	{"22002", ClassStatement, "error in a user-defined function", fromDocs},
	{"22003", ClassStatement, "numeric value out of range", fromInference},
	{"22012", ClassStatement, "division by zero", fromInference},
	{"22018", ClassStatement, "invalid character value for cast", fromDocs},
	{"22064", ClassStatement, "script language not supported", fromDocs},
	{"22104", ClassStatement, "datetime field underflow", fromDocs},
	{"27001", ClassStatement, "NOT NULL constraint violated", fromTests},
	{"28900", ClassLogin, "authentication failed", fromDocs},
	{"40001", ClassRetry, "transaction collision, transaction rolled back", fromDocs},
	{"40002", ClassRolledBack, "transaction rolled back", fromDocs},
	{"40003", ClassRolledBack, "transaction rolled back", fromDocs},
	{"40004", ClassGone, "connection lost", fromDocs},
	{"40005", ClassRolledBack, "transaction rolled back after an internal error", fromDocs},
	{"40007", ClassCancelled, "aborted, transaction rolled back", fromTests},
	{"40008", ClassRolledBack, "transaction rolled back", fromDocs},
	{"40009", ClassGone, "connection lost after an internal error", fromDocs},
	{"40010", ClassRolledBack, "transaction rolled back", fromDocs},
	{"40011", ClassRolledBack, "transaction rolled back", fromDocs},
	{"40017", ClassRolledBack, "transaction rolled back", fromDocs},
	{"40018", ClassGone, "connection lost, out of memory", fromDocs},
	{"40019", ClassRolledBack, "transaction rolled back", fromDocs},
	{"40020", ClassGone, "connection lost, out of memory", fromDocs},
	{"42000", ClassStatement, "syntax error, object not found and most other compile errors", fromTests},
	{"42500", ClassStatement, "insufficient privileges, or name conflict", fromDocs},
	{"42636", ClassStatement, "IMPORT or EXPORT failed", fromTests},
	{"42X91", ClassStatement, "primary or foreign key violated", fromTests},
	{"43000", ClassStatement, "error in a script", fromDocs},
	{"43100", ClassStatement, "error in the SQL preprocessor script", fromDocs},
	{"R0001", ClassCancelled, "query timeout reached", fromTests},
	{"R0003", ClassCancelled, "aborted by the client, or statement killed", fromTests},
}

var errClosedByUser = errors.New("closed by Close")

// errClosing is the error of a session whose Close is under way.
var errClosing = errtext.Errorf("%w: %w", ErrSessionClosed, errClosedByUser)
