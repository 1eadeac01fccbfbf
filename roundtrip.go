package exawire

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/wire"
)

// command is one request on its way.
type command struct {
	name    string
	payload []byte
	abort   bool             // send abortQuery if the caller gives up
	runs    bool             // runs a statement: the server gives feedback meanwhile
	shown   commands.Command // what a tracer is shown of it
}

// answer is an answer that was read and is not an exception. Its slices alias the message, which goes back to the pool
// when the function that got the answer returns, unless it was kept.
type answer struct {
	commands.Response
	message []byte
	waited  time.Duration // until it began
	kept    bool
	release func()

	// late is set if the caller gave up and the command succeeded all the same.
	late error
}

// keep takes the message over: the caller must call the function that keep returns when it is done with it.
func (a *answer) keep() (release func()) {
	a.kept = true
	return a.release
}

// do sends a command and hands its answer to read, which may be nil. It checks versions and sizes before anything is
// sent, waits for the session, merges attributes and turns exceptions into *Error. An error of read closes the
// session: what it cannot read is a broken answer. If the caller's context ended but the command succeeded, read is
// called with late set.
func (s *Session) do(ctx context.Context, cmd commands.Command, attrs []Attribute, read func(*answer) error) error {
	if err := s.checkVersion(cmd, attrs); err != nil {
		return notSent(err)
	}
	r, err := newRequest(cmd, attrs, s.Info().MaxDataMessageSize)
	if err != nil {
		return notSent(err)
	}
	defer r.free()
	cmd = r.cmd
	info, known := commands.Lookup(cmd.CommandName())
	c := command{name: cmd.CommandName(), payload: r.payload, abort: info.Abortable || !known, shown: cmd}
	c.runs = c.abort && info.Family != commands.FamilyResultSet
	if !known {
		c.runs = false // nothing is known of the feedback of commands that are not in the table
	}
	return s.traced(ctx, &c, func(ctx context.Context, end *CommandEnd) error {
		if err := s.conn.Lock(ctx); err != nil {
			return s.lockError(err)
		}
		defer s.conn.Unlock()
		if err := s.barrier(ctx); err != nil {
			return err
		}
		s.stmts.observe(effectNone, nil) // fetches and the barrier may have brought attributes
		s.noteCommit(cmd, attrs)
		before := s.Attributes()
		err := s.exchangeTraced(ctx, c, end, read)
		s.stmts.observe(s.stmts.effectOf(cmd, attrs), err)
		s.noteAlteration(cmd, before, err)
		return err
	})
}

// lockError describes why the session could not be had. Nothing was sent.
func (s *Session) lockError(err error) error {
	if errors.Is(err, wire.ErrClosed) {
		err = s.closedError(err)
	}
	return notSent(err)
}

// exchange sends one request and reads its answer. The lock is held.
func (s *Session) exchange(ctx context.Context, c command, read func(*answer) error) error {
	return s.exchangeTraced(ctx, c, &CommandEnd{}, read)
}

func (s *Session) exchangeTraced(ctx context.Context, c command, end *CommandEnd, read func(*answer) error) error {
	request := wire.Request{Payload: c.payload}
	if c.abort {
		request.Abort = abortPayload
	}
	if c.runs {
		request.IdleTimeout = s.peerTimeout()
	}
	got, err := s.conn.RoundTrip(ctx, request)
	end.Aborted = got.Aborted
	if err != nil {
		return s.transportError(ctx, c, err)
	}
	end.Bytes = len(got.Message)
	a := answer{message: got.Message, waited: got.Waited, release: got.Release}
	defer func() {
		if !a.kept {
			a.release()
		}
	}()
	if got.CtxErr != nil {
		a.late = got.CtxErr
	}
	err = s.interpret(c, &a, read)
	if got.Aborted && !errors.Is(err, ErrQueryAborted) {
		// The abort did not end this command, so the server may still be about to act on it.
		s.mu.Lock()
		s.suspect = true
		s.mu.Unlock()
	}
	return err
}

var (
	abortPayload         = []byte(`{"command":"abortQuery"}`)
	getAttributesPayload = []byte(`{"command":"getAttributes"}`)
)

// interpret reads an answer: the envelope first, then what the command makes of its payload.
func (s *Session) interpret(c command, a *answer, read func(*answer) error) (err error) {
	if c.name != "fetch" {
		if a.Response, err = commands.ParseResponse(a.message); err != nil {
			return s.protocolError(c.name, "unreadable answer", err)
		}
		if err := s.settle(c.name, a); err != nil {
			return err
		}
	}
	if read == nil {
		return nil
	}
	return s.readError(c.name, read(a))
}

// settle applies the attributes of an answer and returns its exception, if it has one.
func (s *Session) settle(name string, a *answer) error {
	if err := s.merge(a.RawAttributes); err != nil {
		return s.protocolError(name, "unreadable attributes", err)
	}
	if a.Exception == nil {
		return nil
	}
	e := &Error{SQLCode: a.Exception.SQLCode, Text: a.Exception.Text, Command: name, SessionID: s.Info().SessionID}
	if e.Class() == ClassGone {
		s.abandon(e)
		return errors.Join(a.late, fmt.Errorf("%w: %w", ErrSessionClosed, e))
	}
	s.noteLoss(e)
	if a.late != nil {
		return fmt.Errorf("%w: %w", a.late, e)
	}
	return e
}

// readError classifies an error of the function that read the payload. Errors of this module and of the caller's
// context are passed on; all else means that the payload made no sense.
func (s *Session) readError(name string, err error) error {
	if err == nil {
		return nil
	}
	var server *Error
	var protocol *ProtocolError
	switch {
	case errors.As(err, &server), errors.As(err, &protocol), errors.Is(err, errCredentials), errors.Is(err, errLate):
		return err
	}
	return s.protocolError(name, "unreadable answer", err)
}

// errLate marks the error of a read function that drops a result because the caller has gone.
var errLate = errors.New("the result came after the caller gave up")

// transportError describes a connection that broke, or a request that was not sent. In the latter case the session is
// still usable.
func (s *Session) transportError(ctx context.Context, c command, err error) error {
	cause := s.conn.Err()
	if cause == nil {
		return notSent(err)
	}
	err = fmt.Errorf("exawire: %s: %w", c.name, err)
	if ended := contextError(ctx); ended != nil && !errors.Is(err, ended) {
		err = fmt.Errorf("%w: %w", ended, err)
	}
	return s.closedError(err)
}

// barrier keeps an abort from hitting the wrong command. Whether a server drops an abort that finds nothing to abort, or
// keeps it for the next command, is not documented. So after an abort that did not end its own command one harmless
// command goes first; what it is answered does not matter.
func (s *Session) barrier(ctx context.Context) error {
	s.mu.Lock()
	suspect := s.suspect
	s.mu.Unlock()
	if !suspect {
		return nil
	}
	var end CommandEnd
	var refused *Error
	err := s.exchangeTraced(ctx, command{name: "getAttributes", payload: getAttributesPayload}, &end, nil)
	if err != nil && !errors.As(err, &refused) {
		return err
	}
	if end.Aborted {
		// AbortQuery met the barrier, meaning the command behind it: that is given up, and the next one needs a barrier too.
		return notSent(fmt.Errorf("%w before it was sent", ErrQueryAborted))
	}
	s.mu.Lock()
	s.suspect = false
	s.mu.Unlock()
	return nil
}

// traced runs a command between the two calls of the tracer.
func (s *Session) traced(ctx context.Context, c *command, run func(context.Context, *CommandEnd) error) error {
	var end CommandEnd
	t := s.client.cfg.Tracer
	if t == nil {
		return run(ctx, &end)
	}
	start := startOf(c.shown)
	start.Command, start.SessionID, start.Bytes, start.Time = c.name, s.Info().SessionID, len(c.payload), time.Now()
	ctx, done := t.TraceCommand(ctx, start)
	err := run(ctx, &end)
	if done != nil {
		end.Err, end.Duration = err, time.Since(start.Time)
		done(end)
	}
	return err
}

// startOf returns what a tracer is shown of a command, which may be nil.
func startOf(cmd commands.Command) CommandStart {
	start := CommandStart{SQL: textsOf(cmd), Handle: commands.NoHandle}
	switch c := cmd.(type) {
	case commands.ExecutePreparedStatement:
		start.Handle, start.Rows = c.Handle, c.NumRows
	case commands.ClosePreparedStatement:
		start.Handle = c.Handle
	case commands.Fetch:
		start.Handle = c.Handle
	}
	return start
}
