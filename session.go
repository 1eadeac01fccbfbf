package exawire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/errtext"
	"github.com/exawire/exawire/internal/hostlist"
	"github.com/exawire/exawire/internal/settings"
	"github.com/exawire/exawire/internal/wire"
	"github.com/exawire/exawire/resultset"
)

// Session is one session on the server. It runs one command at a time. Its methods are safe for concurrent use: a method
// that finds the session busy waits until it is free or the caller's context ends. A transaction belongs to the session, not
// to a goroutine; goroutines that want transactions of their own need sessions of their own.
//
// If a context ends while its command runs, the command is aborted on the server and the session stays usable. If the server
// does not answer within Config.CancelGrace, the session is closed, and the error matches [ErrSessionClosed]. There is no
// state in between.
type Session struct {
	cfg    *Config // of the client; never changed
	target hostlist.Target
	conn   *wire.Conn

	askVersion commands.Version // to ask for at login

	ledger ledger
	start  func() bool // of the ledger
	life   life
}

// newSession makes a Session that needs a connection.
func newSession(cfg *Config, t hostlist.Target) *Session {
	s := &Session{cfg: cfg, target: t, askVersion: cfg.ProtocolVersion}
	s.start = s.ledger.start
	s.ledger.attributes = commands.DefaultAttributes()
	s.ledger.formats = settings.FormatsOf(s.ledger.attributes, cfg.RepeatedHour)
	s.ledger.kept.Size = max(cfg.StatementCache, 0)
	return s
}

// isSub reports whether the session is a subconnection.
func (s *Session) isSub() bool {
	s = s.opened()
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	return s.ledger.sub
}

// paramFormats returns how parameters are written at this moment.
func (s *Session) paramFormats(truncate bool) commands.ParamFormats {
	s = s.opened()
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	return s.ledger.paramFormats(truncate || s.cfg.Truncate)
}

// currentFormats returns the formats in which values travel at this moment.
func (s *Session) currentFormats() resultset.Formats {
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	return s.ledger.formats
}

// Info returns what the server said at login. Before the login it is the zero value.
func (s *Session) Info() SessionInfo {
	s = s.opened()
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	return s.ledger.info
}

// String names the session and its server. It holds no secrets, and neither does what package fmt prints of a Session.
func (s *Session) String() string {
	return fmt.Sprintf("session %d at %s", s.Info().SessionID, s.Addr())
}

// Format writes what String returns, for every verb of package fmt: the fields hold secrets.
func (s *Session) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// Addr returns the address of the node that the session is connected to, as host:port.
func (s *Session) Addr() string { return s.opened().target.Addr }

// Config returns a copy of the configuration that the session was opened with, with the defaults filled in: that of its
// [Client]. It has the secrets of the configuration too.
func (s *Session) Config() *Config { return s.opened().cfg.Clone() }

// Attributes returns the session attributes as the server last reported them, without asking it. OpenTransaction in
// particular is only a hint.
func (s *Session) Attributes() Attributes {
	s = s.opened()
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	return s.ledger.attributes
}

// Err returns nil while the session is usable. After that it returns an error that matches [ErrSessionClosed] and names the
// first cause.
func (s *Session) Err() error {
	s = s.opened()
	switch {
	case s.conn.Err() != nil:
		return errtext.Errorf("%w: %w", ErrSessionClosed, s.cause())
	case s.ledger.isClosing():
		return errClosing
	}
	return nil
}

// cause returns why the session was closed.
func (s *Session) cause() error {
	switch cause := s.conn.Cause().(type) { //nolint:errorlint // the connection's own, not one in a caller's tree
	case nil:
		return errClosedByUser
	case *wire.ProtocolError:
		return &ProtocolError{Reason: cause.Reason, Err: cause.Err}
	case *ending:
		return cause.err
	default:
		return cause
	}
}

// ending is what a session gives its connection for a cause. The class is a fact, which the error may not tell: it can hold
// the cause of a caller's context.
type ending struct {
	class ErrorClass
	err   error
}

func (e *ending) Error() string { return e.err.Error() }
func (e *ending) Unwrap() error { return e.err }

// endClass returns the class of what closed the connection, "" if that was Close.
func (s *Session) endClass() ErrorClass {
	switch cause := s.conn.Cause().(type) { //nolint:errorlint // the connection's own, not one in a caller's tree
	case nil:
		return ""
	case *wire.ProtocolError:
		return ClassProtocol
	case *ending:
		return cause.class
	}
	return ClassConnection
}

// over reports whether nothing can be sent any more, or only the goodbye.
func (s *Session) over() bool { return s.conn.Err() != nil || s.ledger.isClosing() }

// abandon closes the connection without a word to the server. The first cause is kept.
func (s *Session) abandon(class ErrorClass, cause error) { s.conn.Close(&ending{class, cause}) }

// feedbackMissed is how many feedbacks in a row may fail to come.
const feedbackMissed = 3

// silence returns how long the server may be silent during a command: the configured time, and during a statement at least
// some feedback intervals, since queued sessions get feedback less often. An interval that the command itself sets is in
// force before its answer says so. It is 0, for ever, if the server was asked to be silent.
func (s *Session) silence(c *call) time.Duration {
	limit := max(s.cfg.PeerTimeout, 0)
	if !c.runs {
		return limit
	}
	s.ledger.mu.Lock()
	interval := s.ledger.attributes.FeedbackInterval
	s.ledger.mu.Unlock()
	limit = silenceBetween(limit, interval)
	for _, a := range c.attrs {
		if a.Name() != "feedbackInterval" {
			continue
		}
		if n, err := strconv.ParseInt(a.JSON(), 10, 32); err == nil {
			limit = silenceBetween(limit, time.Duration(n)*time.Second)
		}
	}
	return limit
}

// silenceBetween makes limit, 0 for none, long enough for feedback that comes once in an interval, 0 for never.
func silenceBetween(limit, interval time.Duration) time.Duration {
	if limit == 0 || interval <= 0 {
		return 0
	}
	return max(limit, feedbackMissed*interval)
}

// protocolError closes the session because of an answer that makes no sense.
func (s *Session) protocolError(command, reason string, err error) error {
	e := &ProtocolError{Command: command, Reason: reason, Err: err}
	s.abandon(ClassProtocol, e)
	return e
}

// hostIP returns the address part of Addr, which getHosts and enterParallel want.
func (s *Session) hostIP() string {
	addr := s.Addr()
	i := strings.LastIndexByte(addr, ':')
	return strings.Trim(addr[:max(i, 0)], "[]")
}

// What a caller can come with who has overlooked an error: a nil pointer, the zero value of a type that a function makes, no
// context, no sequence, no function. None of them is looked for where something is done. The few functions that all methods
// go through ask opened for the receiver, which is a stand-in then that behaves as one that was closed. The others are
// refused by what takes them, before it does anything.

var (
	errNoContext  = errors.New("exawire: the context is nil: use context.Background()")
	errNoRows     = errors.New("exawire: the sequence of rows is nil")
	errNoFunction = errors.New("exawire: the function is nil")
	errNoReader   = errors.New("exawire: the reader is nil")

	errNotOpened = errors.New("it was never opened: look at the error of Connect")
)

// absentSession stands for a Session that nobody has opened. Nothing in it changes what the next one gets to see.
var absentSession = newAbsentSession()

func newAbsentSession() *Session {
	cfg, err := (&Config{Host: "absent", Plaintext: true}).withDefaults()
	if err != nil {
		panic(err)
	}
	s := newSession(cfg, hostlist.Target{})
	s.conn = wire.Closed(errNotOpened)
	return s
}

func (s *Session) opened() *Session {
	if s == nil || s.conn == nil {
		return absentSession
	}
	return s
}

// orBackground returns a context for what has to be done in any case, such as closing.
func orBackground(ctx context.Context) context.Context {
	if ctx == nil {
		return context.Background()
	}
	return ctx
}
