package exawire

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/exawire/exawire/internal/ctxerr"
	"github.com/exawire/exawire/internal/wire"
)

// Defaults of RunTx.
const (
	DefaultTxAttempts = 5
	defaultTxPause    = 50 * time.Millisecond
	defaultTxMaxPause = 2 * time.Second
)

// TxOption changes how RunTx deals with collisions.
type TxOption func(*txRetry)

type txRetry struct {
	attempts    int
	first, most time.Duration
}

// TxAttempts sets how often RunTx runs its function at most. The default is DefaultTxAttempts; 1 or less means once.
func TxAttempts(n int) TxOption { return func(r *txRetry) { r.attempts = n } }

// TxBackoff sets how long RunTx waits after a collision: about first before the second attempt, doubled for each further
// one up to most, and of that a random part between half and all. The defaults are 50 ms and 2 s.
func TxBackoff(first, most time.Duration) TxOption {
	return func(r *txRetry) { r.first, r.most = max(first, 0), most }
}

// pause returns how long to wait after so many attempts.
func (r *txRetry) pause(attempts int) time.Duration {
	d := r.first
	for range attempts - 1 {
		if d >= r.most/2 {
			d = r.most
			break
		}
		d *= 2
	}
	if d = min(d, r.most); d <= 1 {
		return max(d, 0)
	}
	return d - rand.N(d/2+1) //nolint:gosec // spreads the load, guards nothing
}

// RunTx runs fn in a transaction: Begin, fn, and Commit if fn returns nil, else Rollback. It returns the error of fn as it
// is, joined with that of the rollback if that fails too. If fn panics the transaction is rolled back and the panic goes
// on. fn must not end the transaction, neither by the methods of Tx nor by statements.
//
// A transaction that collides with another one is rolled back by the server (40001). RunTx then waits and runs fn again,
// so fn must have no effect outside the database that may not happen twice. It does so only if the server has said that it
// rolled back, ROLLBACK has succeeded as well, and fn passed the server's error on, wrapped or not, or returned nil. In
// all other cases fn has run for the last time; above all if it is not known whether a commit succeeded. On a session
// whose autocommit is off there is no second attempt: the collision undid what was done before RunTx too, which fn could
// not do again.
//
// The error of the last attempt is returned when there were enough of them, and together with that of ctx when ctx ends
// during a pause.
func (s *Session) RunTx(ctx context.Context, fn func(tx *Tx) error, opts ...TxOption) error {
	r := txRetry{attempts: DefaultTxAttempts, first: defaultTxPause, most: defaultTxMaxPause}
	for _, opt := range opts {
		opt(&r)
	}
	for attempts := 1; ; attempts++ {
		again, err := s.runTxOnce(ctx, fn)
		switch {
		case !again, r.attempts <= 1:
			return err
		case attempts >= r.attempts:
			return fmt.Errorf("exawire: transaction rolled back %d times: %w", attempts, err)
		}
		if ended := sleep(ctx, r.pause(attempts)); ended != nil {
			return fmt.Errorf("%w: %w", ended, err)
		}
	}
}

// runTxOnce runs fn in a transaction. again is true if the transaction collided, and nothing is left of it.
func (s *Session) runTxOnce(ctx context.Context, fn func(tx *Tx) error) (again bool, err error) {
	tx, used := &Tx{s: s}, patience{}
	out := tx.begin(ctx)
	if used.note(&out); !out.ok() {
		return false, out.err()
	}
	returned := false
	defer func() {
		if !returned { // fn panics, or ends its goroutine
			_ = tx.Rollback(ctx)
		}
	}()
	word := fn(tx)
	returned = true
	if err = word; err == nil {
		early := s.ledger.isDone(tx)
		_, out := tx.commit(ctx)
		if used.note(&out); out.ok() {
			return false, nil
		}
		if err = out.err(); early {
			err = failed(wire.Whole, err) // nobody knows what fn has sent before it ended the transaction
		}
	}
	undone, rolledBack := tx.rollback(ctx, used.now())
	if !rolledBack.ok() {
		return false, errors.Join(err, rolledBack.err())
	}
	lost := s.ledger.collisionOf(tx)
	// What has happened says whether fn may run again; what fn returned, whether it wants to.
	return undone && lost != nil && (word == nil || errors.Is(word, lost)), err
}

// sleep waits, and returns the error of ctx if that ends before.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctxerr.Of(ctx)
	case <-ctx.Done():
		return ctxerr.Of(ctx)
	}
}
