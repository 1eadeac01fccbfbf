package exawire

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/exawire/exawire/commands"
)

// Tx is a transaction of a session. Exasol begins transactions by itself; what Begin does is to switch autocommit off,
// and the end of the Tx switches it on again. All statements of the session take part, whichever goroutine sends them.
// The methods are safe for concurrent use.
type Tx struct {
	s       *Session
	restore bool          // switch autocommit on at the end
	ending  chan struct{} // full while somebody commits or rolls back

	// Under s.mu.
	done       bool
	committing bool   // by Commit
	mixed      bool   // something may have been committed by other means than Commit
	lost       *Error // by which the server has rolled the transaction back, nil if it has not
}

// Begin starts a transaction. It must be ended by Commit or Rollback; deferring Rollback is right, since it does
// nothing after Commit. While the Tx is open another Begin is refused with ErrTxOpen.
//
// On a session whose autocommit is off a transaction may be open already, and what it has done becomes part of the Tx.
// A session whose autocommit cannot be brought into a known state is closed.
func (s *Session) Begin(ctx context.Context) (*Tx, error) {
	if err := errors.Join(s.Err(), contextError(ctx)); err != nil {
		return nil, notSent(err) // with autocommit off nothing is sent that would find out
	}
	tx := &Tx{s: s, ending: make(chan struct{}, 1)}
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
		if err := tx.setAutocommit(ctx, false); err != nil {
			if !SafeToRetry(err) {
				// It may be off all the same, and later statements would never be committed.
				err = errors.Join(err, tx.restoreAutocommit(ctx))
			}
			tx.release()
			return nil, err
		}
	}
	return tx, nil
}

// Session returns the session that the transaction belongs to.
func (tx *Tx) Session() *Session { return tx.s }

// Commit makes what was done permanent and ends the Tx. After an error the Tx is still open, and Rollback ends it; but
// if the error matches ErrSessionClosed, it is not known whether the server has committed.
//
// If the server has rolled the transaction back meanwhile, as it does after a collision, only what came after that would
// be committed. Nothing is sent then, and the error wraps ErrTxLost and the *Error by which the server said so.
//
// If autocommit cannot be switched on again, the transaction is committed all the same. The error says so, and the
// session is closed.
func (tx *Tx) Commit(ctx context.Context) error {
	if err := tx.enter(ctx); err != nil {
		return notSent(fmt.Errorf("exawire: commit: %w", err))
	}
	defer tx.leave()
	switch done, lost := tx.state(); {
	case done:
		return notSent(ErrTxDone)
	case lost != nil:
		return wasSent(fmt.Errorf("%w: %w", ErrTxLost, lost)) // what was sent before it must not be taken for unsent
	}
	if err := tx.sendCommit(ctx); err != nil {
		if tx.s.Err() != nil {
			tx.release()
		}
		return err
	}
	tx.finish()
	defer tx.release()
	if err := tx.restoreAutocommit(ctx); err != nil {
		return wasSent(fmt.Errorf("exawire: %w: %w", errCommitted, err))
	}
	return nil
}

// errCommitted marks the error of a Commit that has committed all the same.
var errCommitted = errors.New("committed, but autocommit is still off")

// sendCommit sends the statement.
func (tx *Tx) sendCommit(ctx context.Context) error {
	set := func(on bool) {
		tx.s.mu.Lock()
		defer tx.s.mu.Unlock()
		tx.committing = on
	}
	set(true)
	defer set(false)
	_, err := tx.s.Exec(ctx, "COMMIT")
	return err
}

// Rollback undoes what was done and ends the Tx. After Commit or Rollback, and on a session that was closed (where the
// server has rolled back), it does nothing and returns nil. If ctx has ended, or ends meanwhile, each of the commands that
// Rollback sends still has Config.CancelGrace. A session whose transaction could not be rolled back, or whose autocommit
// could not be switched on again, is closed, and the error says why.
func (tx *Tx) Rollback(ctx context.Context) error {
	_, err := tx.rollback(ctx)
	return err
}

// rollback is Rollback. undone is true if it was this call that rolled back.
func (tx *Tx) rollback(ctx context.Context) (undone bool, err error) {
	ctx, cancel := tx.s.outlive(ctx)
	defer cancel()
	if err := tx.enter(ctx); err != nil {
		return false, notSent(fmt.Errorf("exawire: rollback: %w", err))
	}
	defer tx.leave()
	if done, _ := tx.state(); done {
		return false, nil
	}
	tx.finish()
	defer tx.release()
	if err := tx.s.rollback(ctx); err != nil || tx.s.Err() != nil {
		return false, err
	}
	if err := tx.restoreAutocommit(ctx); err != nil {
		return true, wasSent(err)
	}
	return tx.s.Err() == nil, nil
}

// rollback sends ROLLBACK. On a session that is closed, or is closed by that, the server rolls back by itself.
func (s *Session) rollback(ctx context.Context) error {
	_, err := s.Exec(ctx, "ROLLBACK")
	switch {
	case err == nil, errors.Is(err, ErrSessionClosed):
		return nil
	}
	// A transaction that cannot be undone must not be committed by accident.
	s.abandon(fmt.Errorf("rollback: %w", err))
	return err
}

// outlive returns a context that ends the grace after ctx.
func (s *Session) outlive(ctx context.Context) (context.Context, context.CancelFunc) {
	grace := s.client.cfg.CancelGrace
	if ctx.Err() != nil {
		return context.WithTimeout(context.WithoutCancel(ctx), grace)
	}
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
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

// restoreAutocommit switches autocommit on if it was on before. If that fails the session is closed: it would take
// statements and never commit them.
func (tx *Tx) restoreAutocommit(ctx context.Context) error {
	if !tx.restore {
		return nil
	}
	ctx, cancel := tx.s.outlive(ctx)
	defer cancel()
	err := tx.setAutocommit(ctx, true)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrSessionClosed):
		return nil // nothing is left to restore
	}
	tx.s.abandon(fmt.Errorf("restore autocommit: %w", err))
	return err
}

// setAutocommit switches autocommit and makes sure that the server did.
func (tx *Tx) setAutocommit(ctx context.Context, on bool) error {
	if err := tx.s.SetAttributes(ctx, Autocommit(on)); err != nil {
		return err
	}
	if tx.s.Attributes().Autocommit != on {
		return wasSent(fmt.Errorf("exawire: the server did not set autocommit to %t", on))
	}
	return nil
}

// enter waits until nobody else is ending the transaction.
func (tx *Tx) enter(ctx context.Context) error {
	select {
	case tx.ending <- struct{}{}:
		return nil
	default:
	}
	select {
	case tx.ending <- struct{}{}:
		return nil
	case <-ctx.Done():
		return contextError(ctx)
	}
}

func (tx *Tx) leave() { <-tx.ending }

func (tx *Tx) state() (done bool, lost *Error) {
	tx.s.mu.Lock()
	defer tx.s.mu.Unlock()
	return tx.done, tx.lost
}

// finish ends the Tx for its owner.
func (tx *Tx) finish() {
	tx.s.mu.Lock()
	defer tx.s.mu.Unlock()
	tx.done = true
}

// release lets the session begin another transaction, once autocommit is what it was.
func (tx *Tx) release() {
	tx.s.mu.Lock()
	defer tx.s.mu.Unlock()
	tx.done = true
	if tx.s.tx == tx {
		tx.s.tx = nil
	}
}

// noteLoss remembers the error by which the server has rolled the open transaction back.
func (s *Session) noteLoss(e *Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tx != nil && !s.tx.done && s.tx.lost == nil && e.losesTransaction() {
		s.tx.lost = e
	}
}

// noteCommit remembers that a part of the open transaction may have been committed by a statement, or by autocommit.
func (s *Session) noteCommit(cmd commands.Command, attrs []Attribute) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tx != nil && !s.tx.done && !s.tx.committing && (commits(cmd) || slices.Contains(attrs, Autocommit(true))) {
		s.tx.mixed = true
	}
}

func commits(cmd commands.Command) bool {
	if _, ok := cmd.(commands.Raw); ok {
		return true // nobody knows
	}
	return slices.ContainsFunc(textsOf(cmd), func(sql string) bool {
		word, _ := cutKeyword(sql)
		return word == "COMMIT"
	})
}
