package exawire

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/debts"
	"github.com/exawire/exawire/internal/wire"
)

// Everything that is done on behalf of a caller who may have left goes through this file: it has one grace in all, it
// never makes others wait, and what cannot be done in that time is left on the ledger's list for the next command.

// farewell returns a context for tidying up behind a caller. It ends one grace after the caller's context has; out, if not
// nil, tells when that was. The commands that are sent with it have no further grace of their own.
func (s *Session) farewell(ctx context.Context, out *outcome) (context.Context, context.CancelFunc) {
	grace := s.client.cfg.CancelGrace
	if ctx.Err() == nil {
		return outlive(ctx, grace)
	}
	if out != nil && !out.Ended.IsZero() {
		return context.WithDeadline(context.WithoutCancel(ctx), out.Ended.Add(grace))
	}
	return context.WithTimeout(context.WithoutCancel(ctx), grace)
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

// watchEnd returns a function that tells when ctx has ended, the zero Time if it goes on. stop must be called.
func watchEnd(ctx context.Context) (ended func() time.Time, stop func() bool) {
	var at atomic.Int64
	stop = context.AfterFunc(ctx, func() { at.Store(time.Now().UnixNano()) })
	return func() time.Time {
		if n := at.Load(); n != 0 {
			return time.Unix(0, n)
		}
		return time.Time{}
	}, stop
}

// outlive returns a context that ends the grace after ctx.
func outlive(ctx context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	if ctx.Done() == nil {
		return longer, cancel
	}
	var ended sync.WaitGroup
	ended.Add(1)
	stop := context.AfterFunc(ctx, func() {
		defer ended.Done()
		timer := time.NewTimer(grace)
		defer timer.Stop()
		select {
		case <-timer.C:
			cancel()
		case <-longer.Done():
		}
	})
	return longer, sync.OnceFunc(func() {
		cancel()
		if !stop() {
			ended.Wait()
		}
	})
}

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
	soon := time.Now().Add(s.client.cfg.CancelGrace / 2)
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
