package exawire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/exatext"
	"github.com/exawire/exawire/internal/wire"
	"github.com/exawire/exawire/resultset"
)

// Session is one session on the server. It runs one command at a time: its methods are safe for concurrent use, and a
// method that finds the session busy waits until it is free or the caller's context ends. A transaction belongs to the
// session, not to a goroutine, so goroutines that want transactions of their own need sessions of their own.
//
// When a context ends while its command runs, the command is aborted on the server and the session stays usable; if
// the server does not answer within Config.CancelGrace, the session is closed, and the error matches ErrSessionClosed.
// There is no state in between.
type Session struct {
	client *Client
	target target
	conn   *wire.Conn

	askVersion commands.Version // to ask for at login

	mu         sync.Mutex
	phase      phase
	relogin    *credentials // for subconnections, nil before the login and for those themselves
	info       SessionInfo
	attributes commands.Attributes
	initial    commands.Attributes // after the login
	formats    resultset.Formats   // of attributes, computed when they change
	tx         *Tx                 // open transaction of Begin
	suspect    bool                // an abort may still be under way to the server: see barrier

	altered bool // a parameter that is no attribute may have been changed

	stmts stmtCache
}

// phase is where a session stands between dialing and its end. Whether it is closed only the connection knows.
type phase int

const (
	stateDialed phase = iota
	stateReady
	stateDisconnected
)

func newSession(c *Client, t target, conn *wire.Conn) *Session {
	s := &Session{client: c, target: t, conn: conn, askVersion: c.cfg.ProtocolVersion}
	s.attributes = commands.DefaultAttributes()
	s.formats = formatsOf(s.attributes)
	s.stmts.size = max(c.cfg.StatementCache, 0)
	return s
}

func (s *Session) state() phase {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.phase
}

// isSub reports whether the session, which is logged in, is a subconnection.
func (s *Session) isSub() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.relogin == nil
}

// begin records a successful login.
func (s *Session) begin(info SessionInfo, c *credentials) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.phase = stateReady
	s.info, s.relogin = info, c
	s.conn.SetRequestLimit(info.MaxDataMessageSize)
	if s.attributes.Timezone == commands.DefaultAttributes().Timezone && info.TimeZone != "" {
		s.attributes.Timezone = info.TimeZone
		s.formats = formatsOf(s.attributes)
	}
}

// Info returns what the server told at login. It is the zero value before.
func (s *Session) Info() SessionInfo {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.info
}

// String names the session and its server. It holds no secrets, and neither does what package fmt prints of a Session.
func (s *Session) String() string {
	return fmt.Sprintf("session %d at %s", s.Info().SessionID, s.target.addr)
}

// Format writes what String returns, for every verb of package fmt: the fields hold secrets.
func (s *Session) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// Addr returns the address of the node that the session is connected to, as host:port.
func (s *Session) Addr() string { return s.target.addr }

// Attributes returns the session attributes as last reported by the server, without asking it. OpenTransaction in
// particular is a hint only.
func (s *Session) Attributes() Attributes {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.attributes
}

// Err returns nil while the session is usable, else an error that matches ErrSessionClosed and names the first cause.
func (s *Session) Err() error { return s.closedError(s.conn.Err()) }

// closedError makes a cause match ErrSessionClosed.
func (s *Session) closedError(cause error) error {
	switch {
	case cause == nil:
		return nil
	case errors.Is(cause, ErrSessionClosed):
		return cause
	}
	return fmt.Errorf("%w: %w", ErrSessionClosed, cause)
}

// Close ends the session: it sends disconnect if the session is idle and healthy, then closes the connection. An open
// transaction is rolled back by the server. A command in flight on another goroutine is given up; its result is lost.
// Close returns nil if the session was closed before. It says goodbye although ctx has ended, so that deferring it is
// right. The wait for the server is bounded by Config.CancelGrace, and by ctx if that ends meanwhile; the connection is
// closed in any case.
func (s *Session) Close(ctx context.Context) error {
	if s.conn.Err() != nil {
		return nil
	}
	if ctx.Err() != nil {
		ctx = context.WithoutCancel(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, s.client.cfg.CancelGrace)
	defer cancel()
	var err error
	if s.state() == stateReady && s.conn.TryLock() {
		s.conn.Unlock()
		err = s.Disconnect(ctx)
	}
	s.abandon(closedByUser{})
	if errors.Is(err, ErrSessionClosed) {
		// The server may end the connection before its answer arrives. The session is over either way.
		return nil
	}
	return err
}

// closedByUser is the cause when the user closed the session. It matches wire.ErrClosed, so that the server is told of the
// end by a close frame.
type closedByUser struct{}

func (closedByUser) Error() string        { return "closed by Close" }
func (closedByUser) Is(target error) bool { return target == wire.ErrClosed }

// abandon closes the connection, without a word to the server unless the user closed the session. The first cause is kept.
func (s *Session) abandon(cause error) { s.conn.Close(cause) }

// checkVersion returns an error before anything is sent if the session cannot do what is asked.
func (s *Session) checkVersion(cmd commands.Command, attrs []Attribute) error {
	s.mu.Lock()
	have, phase := s.info.ProtocolVersion, s.phase
	s.mu.Unlock()
	if phase != stateReady {
		if err := s.Err(); err != nil {
			return err
		}
		return ErrNotLoggedIn
	}
	if info, ok := commands.Lookup(cmd.CommandName()); ok && info.Since > have {
		return &UnsupportedError{What: info.Name, Need: info.Since, Have: have}
	}
	for _, a := range attrs {
		if since := a.Since(); since > have {
			return &UnsupportedError{What: "attribute " + a.Name(), Need: since, Have: have}
		}
	}
	return nil
}

// merge applies the attributes of an answer.
func (s *Session) merge(raw []byte) error {
	if len(raw) == 0 {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.attributes
	err := s.attributes.Merge(raw)
	if s.attributes != before {
		s.formats = formatsOf(s.attributes)
	}
	if meaningOf(s.attributes) != meaningOf(before) {
		s.stmts.attributesChanged()
	}
	return err
}

// formatsOf returns how values are written under these attributes. A zone that is not known here leaves timestamps with
// local time zone readable as text.
func formatsOf(a commands.Attributes) resultset.Formats {
	f := resultset.Formats{Date: a.DateFormat, Timestamp: a.DatetimeFormat}
	if location, err := exatext.Location(a.Timezone); err == nil {
		f.Location = location
	}
	if a.NumericCharacters != "" {
		f.DecimalPoint = a.NumericCharacters[0]
	}
	return f
}

// currentFormats returns the formats in which values travel at this moment.
func (s *Session) currentFormats() resultset.Formats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.formats
}

// peerTimeout is how long the server may be silent during a statement: a few feedback intervals, and never less than
// the configured time, since queued sessions get feedback less often.
func (s *Session) peerTimeout() time.Duration {
	interval := s.Attributes().FeedbackInterval
	if s.client.cfg.PeerTimeout < 0 || interval <= 0 {
		return 0
	}
	return max(s.client.cfg.PeerTimeout, 3*interval)
}

// protocolError closes the session because of an answer that makes no sense.
func (s *Session) protocolError(command, reason string, err error) error {
	e := &ProtocolError{Command: command, Reason: reason, Err: err}
	s.abandon(e)
	return e
}

// hostIP returns the address part of Addr, which getHosts and enterParallel want.
func (s *Session) hostIP() string {
	i := strings.LastIndexByte(s.target.addr, ':')
	return strings.Trim(s.target.addr[:max(i, 0)], "[]")
}
