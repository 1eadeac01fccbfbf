package exawire

import (
	"context"
	"time"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/debts"
	"github.com/exawire/exawire/internal/wire"
)

// Everything that is done on behalf of a caller who may have left goes through this file: it has one grace in all, it
// never makes others wait, and what cannot be done in that time is left on the ledger's list for the next command.

// tidy closes on the server what its caller has let go of. If others use the session until ctx ends, the next command does
// it. The error is what the server said of it.
func (s *Session) tidy(ctx context.Context, own debts.Debt) error {
	s.ledger.owe(own)
	if s.conn.Lock(ctx) != nil {
		return nil
	}
	defer s.conn.Unlock()
	return s.pay(ctx, own)
}

// tidyAlone closes something on a subconnection. All of them have to do that, each for itself, so it is left to nobody.
func (s *Session) tidyAlone(ctx context.Context, cmd commands.Command) error {
	c := newCall(cmd, nil)
	c.final = true
	out := s.do(ctx, c)
	return out.err()
}

// pay closes what is on the list for its owner, until ctx ends. What others have left there goes along if that costs
// nothing. The lock is held.
func (s *Session) pay(ctx context.Context, own debts.Debt) error {
	for shared := false; ; shared = true {
		barrier, c := s.ledger.payment(own)
		if c == nil || s.conn.Err() != nil {
			return nil // the command of somebody else has closed it, or the end of the session
		}
		if out := s.runErrands(ctx, barrier, true); !out.ok() {
			return nil // it stays on the list, or the session has broken before it was sent
		}
		c.final = true
		out := s.tracedErrand(ctx, c)
		if out.Sent == wire.Nothing {
			return nil
		}
		refused := out.refused != nil && out.fault == nil
		if refused && len(c.intent.results) > 1 {
			continue // perhaps because of another one, so once more alone
		}
		if refused && shared {
			return nil // the first time may have closed it all the same
		}
		return out.err()
	}
}

// tracedErrand is runErrand for a command that is sent for its caller.
func (s *Session) tracedErrand(ctx context.Context, c *call) outcome {
	if err := s.encode(c); err != nil {
		return unsent(err)
	}
	defer c.free()
	return s.traced(ctx, c, func(ctx context.Context) outcome { return s.exchange(ctx, c) })
}

// payAll closes what is on the list before the session ends. The server would do it by itself, so it takes no more than
// half of the grace. The lock is held.
func (s *Session) payAll(ctx context.Context) {
	soon := time.Now().Add(s.cfg.CancelGrace / 2)
	for s.conn.Err() == nil && time.Now().Before(soon) {
		errands := s.ledger.left()
		if len(errands) == 0 {
			return
		}
		if out := s.runErrands(ctx, errands, true); !out.ok() {
			return
		}
	}
}

// Close ends the session: it sends disconnect if the session is idle and healthy, and closes the connection in any case. It
// takes Config.CancelGrace at most. Deferring it is right, because it says goodbye even if ctx has ended or ends meanwhile.
// The server rolls an open transaction back. A command in flight on another goroutine is given up, and its result is lost; a
// fetch for rows that are still open is waited for. Close returns nil if the session was closed before. It waits for the
// TraceClose of a Tracer, and panics if that has.
func (s *Session) Close(ctx context.Context) error {
	s = s.opened()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(orBackground(ctx)), s.cfg.CancelGrace)
	defer cancel()
	defer s.raise()
	return s.closeWithin(ctx)
}

// closeWithin is Close with a context that is one for tidying up.
func (s *Session) closeWithin(ctx context.Context) error {
	defer s.conn.Shutdown() // also if a Tracer panics; it waits until TraceClose has returned
	if s.conn.Err() != nil {
		return nil
	}
	out := s.goodbye(ctx)
	if s.conn.Err() != nil {
		return nil // The server may end the connection before its answer arrives. The session is over either way.
	}
	return out.err()
}

// goodbye sends disconnect, unless the session is busy for somebody or somebody else has sent it.
func (s *Session) goodbye(ctx context.Context) outcome {
	if !s.ledger.close() || !s.lockForGoodbye(ctx) {
		return outcome{}
	}
	defer s.conn.Unlock()
	if !s.ledger.isReady() {
		return outcome{}
	}
	s.payAll(ctx)
	c := newCall(commands.Disconnect{}, nil)
	c.final = true
	return s.doHeld(ctx, c)
}

// lockForGoodbye gets the lock for the last command, unless the session is busy for somebody.
func (s *Session) lockForGoodbye(ctx context.Context) bool {
	return s.conn.TryLock() || !s.ledger.busy() && s.conn.Lock(ctx) == nil
}
