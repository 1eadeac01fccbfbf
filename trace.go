package exawire

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/wire"
)

// Tracer sees what the sessions of a Client do: the attempts to connect, the commands that a method sends for its caller,
// such as the fetches of Rows, and the end of each session. It does not see what a session sends on its own account, such
// as abortQuery (see CommandEnd.Aborted) and the getAttributes that ends a login.
//
// It must be safe for concurrent use, and should be quick: the session waits for it. If it returns a nil context, the one
// that it was given is used. A panic goes to the caller of the method that the tracer was called for, and a panic of
// TraceClose to the next Close of the session.
type Tracer interface {
	// TraceConnect is called before an attempt to open a session at one address: dialing, TLS, the WebSocket and the login.
	// The context that it returns is used for all of these; the function, if not nil, is called once with the outcome.
	TraceConnect(ctx context.Context, start ConnectStart) (context.Context, func(ConnectEnd))

	// TraceCommand is called before a command is sent. The context that it returns is used for the command; the
	// function, if not nil, is called once with the outcome.
	TraceCommand(ctx context.Context, start CommandStart) (context.Context, func(CommandEnd))

	// TraceClose is called once for each session whose ConnectEnd had no error, when the session is over, whoever ended it. It
	// may be called on a goroutine of the session. It must not call Close of the session, which waits for it.
	TraceClose(end SessionEnd)
}

// ConnectStart is what is known of an attempt to connect before it is made.
type ConnectStart struct {
	Addr    string    // host:port
	Attempt int       // from 1 within one Connect, Dial, or login of a subconnection
	Time    time.Time // when it began
}

// ConnectEnd is the outcome of an attempt to connect.
type ConnectEnd struct {
	SessionID uint64        // 0 if there is no session, and after Dial
	Duration  time.Duration // since ConnectStart.Time
	Op        string        // step that did not succeed, as ConnectError.Op; "" if all did
	Class     ErrorClass    // "" if there is no error
	SQLCode   string        // of the server's refusal, else ""
	Err       error         // a *ConnectError, or nil
}

// CommandStart is what is known of a command before it is sent. SQL text can hold secrets: take care when you log it. The
// second messages of logins, which hold the secrets, are never shown.
type CommandStart struct {
	Command   string    // protocol command
	SessionID uint64    // 0 before the login is complete
	Addr      string    // node that the session is connected to, host:port
	Number    int64     // of the command among those of its session that are traced, from 1
	SQL       []string  // statements that are run or prepared; nil if only their handle is known
	Handle    int       // of commands on one prepared statement or one result set, else -1
	Rows      int       // rows of parameters
	Bytes     int       // of the request, before compression
	Time      time.Time // when it began, waiting for the session included; the steps of a transaction wait before they begin
}

// CommandEnd is the outcome of a command.
type CommandEnd struct {
	Bytes    int           // of the answer, after inflating
	Duration time.Duration // since CommandStart.Time
	Rows     int64         // rows of the result sets that the answer announces, or rows in the answer to a fetch
	RowCount int64         // rows that were changed; the sum, if there are several statements
	Aborted  bool          // an abortQuery was sent for it
	Class    ErrorClass    // "" if there is no error
	SQLCode  string        // of the server's refusal, else ""
	Err      error         // as returned to the caller
}

// SessionEnd says how a session ended.
type SessionEnd struct {
	SessionID uint64        // 0 if there was no login after Dial
	Addr      string        // node that it was connected to, host:port
	Duration  time.Duration // since its ConnectEnd
	Commands  int64         // that were traced
	Class     ErrorClass    // "" if the user closed it
	Err       error         // as Session.Err returns it, nil if the user closed it
}

// JoinTracers makes one Tracer of several: each gets the context that the one before it returned, and the ends are told in
// reverse order. A nil Tracer is left out. If no other is left, the result is nil.
func JoinTracers(tracers ...Tracer) Tracer {
	joined := make(joinedTracers, 0, len(tracers))
	for _, t := range tracers {
		switch t := t.(type) {
		case nil:
		case joinedTracers:
			joined = append(joined, t...)
		default:
			joined = append(joined, t)
		}
	}
	switch len(joined) {
	case 0:
		return nil
	case 1:
		return joined[0]
	}
	return joined
}

// joinedTracers are several tracers, at least two.
type joinedTracers []Tracer

func (j joinedTracers) TraceConnect(ctx context.Context, start ConnectStart) (context.Context, func(ConnectEnd)) {
	return begin(ctx, j, start, Tracer.TraceConnect)
}

func (j joinedTracers) TraceCommand(ctx context.Context, start CommandStart) (context.Context, func(CommandEnd)) {
	return begin(ctx, j, start, Tracer.TraceCommand)
}

func (j joinedTracers) TraceClose(end SessionEnd) {
	for _, t := range j {
		defer t.TraceClose(end)
	}
}

// begin calls one method of all tracers, and returns a function that tells all of them the end. A tracer that panics then
// keeps the others from nothing.
func begin[Start, End any](
	ctx context.Context, tracers []Tracer, start Start, method func(Tracer, context.Context, Start) (context.Context, func(End)),
) (context.Context, func(End)) {
	ends := make([]func(End), 0, len(tracers))
	for _, t := range tracers {
		var end func(End)
		if ctx, end = traceIn(ctx, t, start, method); end != nil {
			ends = append(ends, end)
		}
	}
	return ctx, func(end End) {
		for _, tell := range ends {
			defer tell(end)
		}
	}
}

// traceIn calls one method of a tracer. A context that is nil counts as none of its own.
func traceIn[Start, End any](
	ctx context.Context, t Tracer, start Start, method func(Tracer, context.Context, Start) (context.Context, func(End)),
) (context.Context, func(End)) {
	inner, end := method(t, ctx, start)
	if inner == nil {
		inner = ctx
	}
	return inner, end
}

// errPanicked is the error of an attempt to connect, or of a session, that a function of the caller's has ended.
var errPanicked = errors.New("exawire: a function of the caller panicked")

// tracedOpen runs an attempt to connect between the two calls of the tracer, which may be nil. What open returns is closed
// if it is not returned.
func tracedOpen(ctx context.Context, t Tracer, start ConnectStart, open func(context.Context) (*Session, ConnectEnd)) (*Session, error) {
	if t == nil {
		s, end := open(ctx)
		return s, end.Err
	}
	ctx, done := traceIn(ctx, t, start, Tracer.TraceConnect)
	var s *Session
	end := ConnectEnd{Class: ClassUnknown, Err: errPanicked}
	defer func() {
		if end.Err == errPanicked { //nolint:errorlint // it is not wrapped
			tellConnect(done, nil, start, end)
		}
	}()
	s, end = open(ctx)
	if ended := ctx.Err(); ended != nil && end.Err != nil && end.SQLCode == "" {
		end.Class = classOfContext(ended)
	}
	tellConnect(done, s, start, end)
	return s, end.Err
}

// tellConnect tells the end of an attempt to connect. The session, nil for none, is closed if the tracer panics.
func tellConnect(done func(ConnectEnd), s *Session, start ConnectStart, end ConnectEnd) {
	end.Duration = time.Since(start.Time)
	told := false
	if s != nil {
		end.SessionID = s.Info().SessionID
		defer func() {
			if s.begin(); !told {
				s.abandon(ClassUnknown, errPanicked)
			}
		}()
	}
	if done != nil {
		done(end)
	}
	told = true
}

// startOf returns what a tracer is shown of a command.
func (s *Session) startOf(c *call) CommandStart {
	shown := shown(c.cmd)
	start := CommandStart{
		Command: c.name(), SessionID: s.Info().SessionID, Addr: s.Addr(), Number: s.life.commands.Add(1),
		SQL: textsOf(shown), Handle: commands.NoHandle, Bytes: len(c.request.payload), Time: time.Now(),
	}
	if start.SQL == nil && c.sql != "" {
		start.SQL = []string{c.sql}
	}
	switch cmd := shown.(type) {
	case commands.ExecutePreparedStatement:
		start.Handle, start.Rows = cmd.Handle, cmd.NumRows
	case commands.ClosePreparedStatement:
		start.Handle = cmd.Handle
	case commands.Fetch:
		start.Handle = cmd.Handle
	case commands.GetOffset:
		start.Handle = cmd.Handle
	case commands.CloseResultSet:
		start.Handle = only(cmd.Handles)
	case commands.GetResultSetHeader:
		start.Handle = only(cmd.Handles)
	}
	return start
}

// only returns the handle if there is just one.
func only(handles []int) int {
	if len(handles) != 1 {
		return commands.NoHandle
	}
	return handles[0]
}

// endOf returns what a tracer is told of the outcome of a command.
func (s *Session) endOf(ctx context.Context, c *call, out *outcome, began time.Time) CommandEnd {
	end := CommandEnd{
		Bytes: out.bytes, Duration: time.Since(began), Aborted: out.Aborted, Class: s.classOf(ctx, out), Err: out.err(),
	}
	if refusal := out.refusal(); refusal != nil {
		end.SQLCode = refusal.SQLCode
	}
	if !out.ok() {
		return end
	}
	end.Rows = c.fetched
	for i := range c.answer.Results {
		end.RowCount += c.answer.Results[i].RowCount
		if rs := c.answer.Results[i].ResultSet; rs != nil {
			end.Rows += rs.NumRows
		}
	}
	return end
}

// classOf returns the class of an outcome. What the server refuses has the class of its code. Otherwise, if the session is
// closed, that counts: a caller who gives up does not end a session. ctx is that of the command.
func (s *Session) classOf(ctx context.Context, out *outcome) ErrorClass {
	refusal := out.refusal()
	closed := s.conn.Err() != nil
	switch {
	case out.ok():
		return ""
	case out.GaveUp && !closed:
		return classOfContext(ctx.Err())
	case refusal != nil:
		return refusal.Class()
	case closed:
		return s.classClosed(out)
	case out.fault == errWithdrawn: //nolint:errorlint // it is not wrapped
		return ClassCancelled
	case out.Sent == wire.Nothing:
		return ClassArgument
	}
	return ClassUnknown
}

// classClosed is classOf for a session that is closed. Its user may have done that.
func (s *Session) classClosed(out *outcome) ErrorClass {
	switch class := s.endClass(); {
	case class != "":
		return class
	case out.Sent == wire.Nothing:
		return ClassArgument
	}
	return ClassCancelled
}

// classOfContext returns the class of the end of a context with this Err.
func classOfContext(ended error) ErrorClass {
	if errors.Is(ended, context.DeadlineExceeded) {
		return ClassDeadline
	}
	return ClassCancelled
}

// life is what a tracer is told of a session when it ends. Without a tracer it is not used.
type life struct {
	commands atomic.Int64 // that were traced

	mu     sync.Mutex
	opened time.Time // zero if the tracer has not been told that there is a session
	over   bool      // the connection is closed
	panic  any       // of TraceClose
}

// begin is called when the tracer knows that there is a session. The connection may be closed by then.
func (s *Session) begin() {
	s.life.mu.Lock()
	s.life.opened = time.Now()
	over := s.life.over
	s.life.mu.Unlock()
	if over {
		s.tellClose()
	}
}

// closed is called when the connection is closed. Nobody has been told of a session that had no time to begin.
func (s *Session) closed() {
	s.life.mu.Lock()
	s.life.over = true
	told := !s.life.opened.IsZero()
	s.life.mu.Unlock()
	if told {
		s.tellClose()
	}
}

// tellClose calls TraceClose. A panic is kept for Close: there may be no caller now who could hear of it.
func (s *Session) tellClose() {
	end := SessionEnd{
		SessionID: s.Info().SessionID, Addr: s.Addr(), Duration: time.Since(s.life.opened), Commands: s.life.commands.Load(),
	}
	if class := s.endClass(); class != "" && !s.ledger.isLeaving() {
		end.Class, end.Err = class, s.Err()
	}
	defer func() {
		s.life.mu.Lock()
		defer s.life.mu.Unlock()
		s.life.panic = recover()
	}()
	s.cfg.Tracer.TraceClose(end)
}

// raise panics with what TraceClose has panicked with, once.
func (s *Session) raise() {
	s.life.mu.Lock()
	value := s.life.panic
	s.life.panic = nil
	s.life.mu.Unlock()
	if value != nil {
		panic(value)
	}
}
