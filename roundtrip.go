package exawire

import (
	"context"
	"errors"
	"time"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/ctxerr"
	"github.com/exawire/exawire/internal/errtext"
	"github.com/exawire/exawire/internal/grace"
	"github.com/exawire/exawire/internal/wire"
)

// do sends a command and hands its answer to its read. It waits for the session, as long as ctx lets it.
func (s *Session) do(ctx context.Context, c *call) outcome {
	if s = s.opened(); ctx == nil {
		return unsent(errNoContext)
	}
	if err := s.encode(c); err != nil {
		return unsent(err)
	}
	defer c.free()
	return s.traced(ctx, c, func(ctx context.Context) outcome {
		return s.hold(ctx, func() outcome { return s.step(ctx, c) })
	})
}

// ask sends a command that has no result set, and hands its payload to read, which may be nil.
func (s *Session) ask(ctx context.Context, cmd commands.Command, attrs []Attribute, read func(a *answer) error) error {
	c := newCall(cmd, attrs)
	c.read = read
	out := s.do(ctx, c)
	return out.err()
}

// doHeld is do for one of several steps. The lock is held. If a Tracer panics between them, the session is closed: the next
// step might be the one that ends a transaction, or switches autocommit on again.
func (s *Session) doHeld(ctx context.Context, c *call) (out outcome) {
	if err := s.encode(c); err != nil {
		return unsent(err)
	}
	defer c.free()
	returned := false
	defer func() {
		if !returned {
			s.abandon(ClassUnknown, errPanicked)
		}
	}()
	out = s.traced(ctx, c, func(ctx context.Context) outcome { return s.step(ctx, c) })
	returned = true
	return out
}

// traced runs a command between the two calls of the tracer.
func (s *Session) traced(ctx context.Context, c *call, run func(context.Context) outcome) outcome {
	t := s.cfg.Tracer
	if t == nil {
		return run(ctx)
	}
	start := s.startOf(c)
	ctx, done := traceIn(ctx, t, start, Tracer.TraceCommand)
	out := run(ctx)
	if done != nil {
		told := false
		defer func() {
			if !told {
				s.reclaim(c)
			}
		}()
		done(s.endOf(ctx, c, &out, start.Time))
		told = true
	}
	return out
}

// reclaim leaves what a command has opened to be closed, because a tracer panics and the caller will never know of it.
func (s *Session) reclaim(c *call) {
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	for i := range c.results {
		if rows, ok := c.results[i].Rows(); ok && rows.Handle() != commands.NoHandle {
			s.ledger.results--
			s.ledger.debts.OweResults(rows.Handle())
		}
	}
	if c.prepared != commands.NoHandle {
		s.ledger.debts.OweStmt(c.prepared)
	}
}

// hold runs steps that are one step for everybody else.
func (s *Session) hold(ctx context.Context, steps func() outcome) outcome {
	if s = s.opened(); ctx == nil {
		return unsent(errNoContext)
	}
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
		out.fault = errtext.Errorf("waiting for the session: %w", ctxerr.Of(ctx))
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
	return inSQL(err, c.sql)
}

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

// interpret reads the envelope of an answer.
func (s *Session) interpret(c *call, a *answer, out *outcome) {
	if err := c.parse(a); err != nil {
		out.fault = s.protocolError(c.name(), "unreadable answer", err)
		return
	}
	out.attrs = a.RawAttributes
	if x := a.Exception; x != nil {
		out.refused = newError(c.name(), x, s.Info().SessionID, c.sql)
		if out.refused.Class() == ClassGone {
			s.abandon(ClassGone, out.refused)
			out.fault = ErrSessionClosed
		}
	}
	if out.Sent == wire.Part {
		// The server may have answered something else that it took for the request.
		out.fault = errtext.Errorf("%w: %s was answered before it was complete", ErrSessionClosed, c.name())
		s.abandon(ClassConnection, out.fault)
	}
}

// enter hands the outcome to the ledger.
func (s *Session) enter(c *call, out outcome) outcome {
	if fatal := s.ledger.after(&c.intent, &out); fatal != nil {
		class := ClassCancelled                          // an abort may be under way
		if _, broken := fatal.(*ProtocolError); broken { //nolint:errorlint // the ledger does not wrap it
			class, out.fault = ClassProtocol, fatal
		}
		s.abandon(class, fatal)
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
		return errtext.Errorf("%w: %s: %w", ErrSessionClosed, c.name(), s.cause())
	case err == wire.ErrWithdrawn: //nolint:errorlint // it is not wrapped, and an error of a context may be anything
		return errWithdrawn
	}
	return err
}

var errWithdrawn = errtext.Errorf("%w before it was sent", ErrQueryAborted)

// farewell returns a context for tidying up behind a caller. It ends one grace after the caller's context has; out, if not
// nil, tells when that was. The commands that are sent with it have no further grace of their own.
func (s *Session) farewell(ctx context.Context, out *outcome) (context.Context, context.CancelFunc) {
	s, ctx = s.opened(), orBackground(ctx)
	limit := s.cfg.CancelGrace
	if ctx.Err() == nil {
		return grace.Outlive(ctx, limit)
	}
	if out != nil && !out.Ended.IsZero() {
		return context.WithDeadline(context.WithoutCancel(ctx), out.Ended.Add(limit))
	}
	return context.WithTimeout(context.WithoutCancel(ctx), limit)
}

// patience is what a call of several commands has of its one grace. Code of the caller's that comes between two of them does
// not count.
type patience struct {
	late time.Duration // after the end of the caller's context, what the server has used up
}

// note is told of every command.
func (p *patience) note(out *outcome) {
	if !out.Ended.IsZero() {
		p.late = max(p.late, time.Since(out.Ended))
	}
}

// now returns what farewell has to know at this moment.
func (p *patience) now() *outcome {
	return &outcome{Outcome: wire.Outcome{Ended: time.Now().Add(-p.late)}}
}
