package bulk

import (
	"context"

	"github.com/exawire/exawire"
)

// txEnd is how a transaction has ended.
type txEnd struct {
	err       error
	undone    error // of the rollback, if that failed too
	open      bool  // it is the caller's, who ends it
	uncertain bool  // it was to be committed, and nobody can say whether it was
}

// inTransaction calls fn with what runs its statements. If autocommit is on, they run in a transaction of their own, which
// is committed if fn returns nil, and rolled back if it returns an error, panics or ends its goroutine: that goes on for
// Config.CancelGrace when ctx has ended. If autocommit is off, which it is as well while a Tx is open, they run in the
// transaction of the caller, who ends it. An error of fn is returned as it is. Another import of the session comes before or
// after all that.
func inTransaction(ctx context.Context, s *exawire.Session, fn func(exec execFunc) error) (end txEnd) {
	leave, err := takeTurn(ctx, s)
	if err != nil {
		return txEnd{err: err}
	}
	defer leave()
	if !s.Attributes().Autocommit {
		err := fn(func(ctx context.Context, sql string) (int64, error) { return s.Exec(ctx, sql) })
		return txEnd{err: err, open: true}
	}
	tx, err := s.Begin(ctx)
	if err != nil {
		return txEnd{err: err}
	}
	ended := false
	defer func() {
		if !ended { // fn panics, or ends its goroutine
			_ = tx.Rollback(ctx)
		}
	}()
	end.err = fn(func(ctx context.Context, sql string) (int64, error) { return tx.Exec(ctx, sql) })
	if end.err == nil {
		end.err = tx.Commit(ctx)
		end.uncertain = end.err != nil && s.Err() != nil && !exawire.SafeToRetry(end.err)
	}
	ended = true
	if end.err != nil {
		end.undone = tx.Rollback(ctx)
	}
	return end
}
