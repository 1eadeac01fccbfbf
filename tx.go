package exawire

import (
	"context"
	"errors"
	"fmt"
)

// Tx is a transaction of a session. Exasol begins transactions by itself; what Begin does is to switch autocommit off,
// and the end of the Tx switches it on again. All statements of the session take part, whichever goroutine sends them.
type Tx struct {
	s       *Session
	restore bool // switch autocommit on at the end
	done    bool // under s.mu
}

// Begin starts a transaction. It must be ended by Commit or Rollback; deferring Rollback is right, since it does
// nothing after Commit. While the Tx is open another Begin is refused with ErrTxOpen.
func (s *Session) Begin(ctx context.Context) (*Tx, error) {
	tx := &Tx{s: s}
	s.mu.Lock()
	busy := s.tx != nil
	if !busy {
		s.tx = tx
		tx.restore = s.attributes.Autocommit
	}
	s.mu.Unlock()
	if busy {
		return nil, notSent(ErrTxOpen)
	}
	if tx.restore {
		if err := s.SetAttributes(ctx, Autocommit(false)); err != nil {
			tx.finish()
			return nil, err
		}
	}
	return tx, nil
}

// Session returns the session that the transaction belongs to.
func (tx *Tx) Session() *Session { return tx.s }

// Commit makes what was done permanent and ends the Tx. After an error the Tx is still open, and Rollback ends it; but
// if the error matches ErrSessionClosed, it is not known whether the server has committed.
func (tx *Tx) Commit(ctx context.Context) error {
	if tx.isDone() {
		return notSent(ErrTxDone)
	}
	if _, err := tx.s.Exec(ctx, "COMMIT"); err != nil {
		if tx.s.Err() != nil {
			tx.finish()
		}
		return err
	}
	tx.finish()
	if err := tx.restoreAutocommit(ctx); err != nil {
		return wasSent(fmt.Errorf("exawire: committed, but autocommit is still off: %w", err))
	}
	return nil
}

// Rollback undoes what was done and ends the Tx. After Commit or Rollback, and on a session that was closed (where the
// server has rolled back), it does nothing and returns nil. It works although ctx has ended: it then takes at most
// Config.CancelGrace.
func (tx *Tx) Rollback(ctx context.Context) error {
	if tx.isDone() {
		return nil
	}
	defer tx.finish()
	if tx.s.Err() != nil {
		return nil
	}
	ctx, cancel := tx.s.detached(ctx)
	defer cancel()
	if _, err := tx.s.Exec(ctx, "ROLLBACK"); err != nil {
		if errors.Is(err, ErrSessionClosed) {
			return nil
		}
		// A transaction that cannot be undone must not be committed by accident.
		tx.s.abandon(fmt.Errorf("rollback: %w", err))
		return err
	}
	return wasSent(tx.restoreAutocommit(ctx))
}

func (tx *Tx) restoreAutocommit(ctx context.Context) error {
	if !tx.restore {
		return nil
	}
	ctx, cancel := tx.s.detached(ctx)
	defer cancel()
	err := tx.s.SetAttributes(ctx, Autocommit(true))
	if errors.Is(err, ErrSessionClosed) {
		return nil // nothing is left to restore
	}
	return err
}

func (tx *Tx) isDone() bool {
	tx.s.mu.Lock()
	defer tx.s.mu.Unlock()
	return tx.done
}

func (tx *Tx) finish() {
	tx.s.mu.Lock()
	defer tx.s.mu.Unlock()
	tx.done = true
	if tx.s.tx == tx {
		tx.s.tx = nil
	}
}
