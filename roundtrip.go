package exawire

import (
	"context"
	"errors"
	"fmt"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/ctxerr"
	"github.com/exawire/exawire/internal/wire"
)

// call is one command on its way.
type call struct {
	cmd    commands.Command
	attrs  []Attribute
	intent intent

	// parse reads the envelope of the answer, and of the payload what it reads along with it.
	parse func(a *answer) error

	// read makes something of the payload, nil if it is of no interest. It is called under the lock, after the ledger has
	// learned what the envelope says. An error means that the payload makes no sense, which closes the session.
	read func(*answer) error

	request request
	answer  answer
	results []Result // what read has opened
	abort   []byte   // what is sent if the caller gives up, nil for nothing
	runs    bool     // runs a statement: the server gives feedback meanwhile, if it is asked to
	final   bool     // the caller has left already: the end of the context is the end of all patience
}

// newCall prepares a command to be sent.
func newCall(cmd commands.Command, attrs []Attribute) *call {
	c := &call{cmd: cmd, attrs: attrs, intent: intentOf(shown(cmd), attrs), parse: (*answer).parse}
	in := &c.intent
	known := in.info.Method != ""
	if (in.info.Abortable || !known) && !in.housekeeping {
		c.abort = abortPayload
	}
	c.runs = in.info.Abortable // nothing is known of the feedback of commands that are not in the table
	return c
}

// name returns the name of the command.
func (c *call) name() string { return c.intent.info.Name }

// answer is an answer that was read and is not an exception. Its slices alias the message, which goes back to the pool
// when the function that got the answer returns, unless it was kept.
type answer struct {
	commands.ResultsAnswer // only its Response, unless the call reads results
	wire.Answer
	late    bool // the caller has given up
	dropped bool // by read, because of that
	owing   bool // read has left something to be closed
	kept    bool
}

// parse reads the envelope alone.
func (a *answer) parse() (err error) {
	a.Response, err = commands.ParseResponse(a.Message)
	return err
}

// parseResults reads the results of so many statements, at most, along with the envelope.
func (a *answer) parseResults(most int) (err error) {
	a.ResultsAnswer, err = commands.ParseResultsAnswer(a.Message, most)
	return err
}

// parseOne is parseResults for one statement.
func (a *answer) parseOne() error { return a.parseResults(mostResults) }

// keep takes the message over: the caller must call the function that keep returns when it is done with it.
func (a *answer) keep() (release func()) {
	a.kept = true
	return a.Keep()
}

// do sends a command and hands its answer to its read. It waits for the session, as long as ctx lets it.
func (s *Session) do(ctx context.Context, c *call) outcome {
	if err := s.encode(c); err != nil {
		return unsent(err)
	}
	defer c.free()
	return s.traced(ctx, c, func(ctx context.Context) outcome {
		return s.hold(ctx, func() outcome { return s.step(ctx, c) })
	})
}

// doHeld is do for one of several steps. The lock is held.
func (s *Session) doHeld(ctx context.Context, c *call) outcome {
	if err := s.encode(c); err != nil {
		return unsent(err)
	}
	defer c.free()
	return s.traced(ctx, c, func(ctx context.Context) outcome { return s.step(ctx, c) })
}

// hold runs steps that are one step for everybody else.
func (s *Session) hold(ctx context.Context, steps func() outcome) outcome {
	if err := s.conn.Lock(ctx); err != nil {
		return s.notHeld(ctx)
	}
	defer s.conn.Unlock()
	return steps()
}

// notHeld says why the session could not be had.
func (s *Session) notHeld(ctx context.Context) outcome {
	out := outcome{Outcome: wire.Outcome{GaveUp: ctx.Err() != nil}}
	if out.fault = s.Err(); out.fault == nil {
		out.fault = fmt.Errorf("exawire: waiting for the session: %w", ctxerr.Of(ctx))
	}
	return out
}

// step sends one command, behind those that must go first. The lock is held.
func (s *Session) step(ctx context.Context, c *call) outcome {
	first, err := s.ledger.before(&c.intent)
	var before outcome
	if len(first) > 0 {
		if before = s.runErrands(ctx, first, c.final); !before.ok() {
			return s.enter(c, before)
		}
		_, err = s.ledger.before(&c.intent)
	}
	if err != nil {
		return s.refused(err)
	}
	out := s.exchange(ctx, c)
	if !before.Ended.IsZero() {
		out.Ended = before.Ended
	}
	if out.owing {
		ctx, cancel := s.farewell(ctx, &out)
		defer cancel()
		s.runErrands(ctx, s.ledger.owed(), true) // what could not be closed now stays on the list
	}
	return out
}

// encode writes the request.
func (s *Session) encode(c *call) (err error) {
	c.request, err = newRequest(c.cmd, c.attrs, s.ledger.mostBytes())
	return err
}

// free gives the memory of the request back.
func (c *call) free() { c.request.free() }

// runErrands runs commands that the session sends for its own sake, before one that its caller is waiting for. What the
// server answers does not matter, as long as it answers. final is that of the command which comes behind them.
func (s *Session) runErrands(ctx context.Context, errands []*call, final bool) (all outcome) {
	for _, c := range errands {
		c.final = final
		out := s.runErrand(ctx, c)
		if all.Ended.IsZero() {
			all.Ended = out.Ended
		}
		if out.fault != nil {
			out.Sent, out.Ended = wire.Nothing, all.Ended // of the command that is still waiting
			return out
		}
	}
	return all
}

// runErrand is step for a command that the session sends for its own sake.
func (s *Session) runErrand(ctx context.Context, c *call) outcome {
	if err := s.encode(c); err != nil {
		return unsent(err)
	}
	defer c.free()
	return s.exchange(ctx, c)
}

// refused is the outcome of a command that the ledger does not let go.
func (s *Session) refused(err error) outcome {
	out := unsent(err)
	out.stale = errors.Is(err, errStale)
	if closed := s.Err(); closed != nil {
		out.fault = closed
	}
	return out
}

// exchange sends one request, reads its answer and enters the outcome. The lock is held.
func (s *Session) exchange(ctx context.Context, c *call) outcome {
	got, sent, err := s.conn.RoundTrip(ctx, s.request(c))
	out := outcome{Outcome: sent, bytes: len(got.Message)}
	a := &c.answer
	*a = answer{Answer: got, late: sent.GaveUp}
	if err == nil {
		defer a.free()
		s.interpret(c, a, &out)
	} else {
		out.fault = s.transportError(c, &out, err)
	}
	if sent.GaveUp && (sent.Sent != wire.Nothing || s.conn.Err() != nil) {
		out.ended = ctxerr.Of(ctx)
	}
	out = s.enter(c, out)
	if out.ok() && c.read != nil {
		s.deliver(c, a, &out)
	}
	return out
}

// free gives the message back unless somebody keeps it.
func (a *answer) free() {
	if !a.kept {
		a.Release()
	}
}

// request is what the connection has to know of a command.
func (s *Session) request(c *call) wire.Request {
	r := wire.Request{Payload: c.request.payload, Abort: c.abort, Final: c.final, IdleTimeout: s.silence(c)}
	if c.intent.errand || c.intent.housekeeping {
		r.Shielded = true
	} else {
		r.Withdrawn = s.start
	}
	return r
}

var abortPayload = []byte(`{"command":"abortQuery"}`)

// interpret reads the envelope of an answer.
func (s *Session) interpret(c *call, a *answer, out *outcome) {
	if err := c.parse(a); err != nil {
		out.fault = s.protocolError(c.name(), "unreadable answer", err)
		return
	}
	out.attrs = a.RawAttributes
	if x := a.Exception; x != nil {
		out.refused = &Error{SQLCode: x.SQLCode, Text: x.Text, Command: c.name(), SessionID: s.Info().SessionID}
		if out.refused.Class() == ClassGone {
			s.abandon(out.refused)
			out.fault = ErrSessionClosed
		}
	}
	if out.Sent == wire.Part {
		// The server may have answered something else that it took for the request.
		out.fault = fmt.Errorf("%w: %s was answered before it was complete", ErrSessionClosed, c.name())
		s.abandon(out.fault)
	}
}

// enter hands the outcome to the ledger.
func (s *Session) enter(c *call, out outcome) outcome {
	if fatal := s.ledger.after(&c.intent, &out); fatal != nil {
		s.abandon(fatal)
		if _, broken := fatal.(*ProtocolError); broken { //nolint:errorlint // the ledger does not wrap it
			out.fault = fatal
		}
	}
	return out
}

// deliver hands the payload to the command's read.
func (s *Session) deliver(c *call, a *answer, out *outcome) {
	if err := c.read(a); err != nil {
		out.fault = s.protocolError(c.name(), "unreadable answer", err)
	}
	out.dropped, out.owing = a.dropped, a.owing
}

// transportError describes a connection that broke, or a request that was not sent. In the latter case the session is
// still usable.
func (s *Session) transportError(c *call, out *outcome, err error) error {
	closed := s.conn.Err() != nil
	fault, broken := s.conn.Cause().(*wire.ProtocolError) //nolint:errorlint // the connection's own, not one in a caller's tree
	switch {
	case closed && out.Sent == wire.Nothing:
		return s.Err()
	case broken:
		return &ProtocolError{Command: c.name(), Reason: fault.Reason, Err: fault.Err}
	case closed:
		return fmt.Errorf("%w: %s: %w", ErrSessionClosed, c.name(), s.cause())
	case err == wire.ErrWithdrawn: //nolint:errorlint // it is not wrapped, and an error of a context may be anything
		return errWithdrawn
	}
	return err
}

var errWithdrawn = fmt.Errorf("%w before it was sent", ErrQueryAborted)
