package bulk

import (
	"context"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/internal/errtext"
)

// inTransaction calls fn with what runs its statements. If autocommit is on, they run in a transaction of their own, which
// is committed if fn returns nil, and rolled back if it returns an error, panics or ends its goroutine: that goes on for
// Config.CancelGrace when ctx has ended. If autocommit is off, which it is as well while a Tx is open, they run in the
// transaction of the caller, who ends it, and open is true.
//
// An error of fn is returned as it is, joined with that of the rollback if that fails too.
func inTransaction(ctx context.Context, s *exawire.Session, fn func(exec execFunc) error) (open bool, err error) {
	open, err, undone := inOneTransaction(ctx, s, fn)
	if undone != nil {
		err = errtext.Join(err, undone)
	}
	return open, err
}

// inOneTransaction is inTransaction with the error of the rollback by itself.
func inOneTransaction(ctx context.Context, s *exawire.Session, fn func(exec execFunc) error) (open bool, err, undone error) {
	if !s.Attributes().Autocommit {
		return true, fn(func(ctx context.Context, sql string) (int64, error) { return s.Exec(ctx, sql) }), nil
	}
	tx, err := s.Begin(ctx)
	if err != nil {
		return false, err, nil
	}
	ended := false
	defer func() {
		if !ended { // fn panics, or ends its goroutine
			_ = tx.Rollback(ctx)
		}
	}()
	err = fn(func(ctx context.Context, sql string) (int64, error) { return tx.Exec(ctx, sql) })
	if err == nil {
		err = tx.Commit(ctx)
	}
	ended = true
	if err == nil {
		return false, nil, nil
	}
	return false, err, tx.Rollback(ctx)
}
