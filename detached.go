package exawire

import (
	"context"
	"sync"
	"time"

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

// tidy closes on the server what owe enters into the debts. If others use the session until ctx ends, the next command
// does it. The error is what the server said.
func (s *Session) tidy(ctx context.Context, owe func(*debts)) error {
	s.ledger.mu.Lock()
	owe(&s.ledger.debts)
	s.ledger.mu.Unlock()
	if s.conn.Lock(ctx) != nil {
		return nil
	}
	defer s.conn.Unlock()
	return s.workOff(ctx)
}

// workOff closes what is on the list, until ctx ends. The lock is held.
func (s *Session) workOff(ctx context.Context) error {
	var refused *Error
	for {
		s.ledger.mu.Lock()
		errands := s.ledger.due()
		s.ledger.mu.Unlock()
		if len(errands) == 0 || s.conn.Err() != nil {
			break
		}
		for _, c := range errands {
			c.final = true
			out := s.runErrand(ctx, c)
			if out.Sent == wire.Nothing || out.fault != nil {
				return out.err()
			}
			if refused == nil {
				refused = out.refused
			}
		}
	}
	if refused != nil {
		return failed(wire.Whole, refused)
	}
	return nil
}
