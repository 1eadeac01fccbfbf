package exawire

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/ctxerr"
	"github.com/exawire/exawire/internal/errtext"
	"github.com/exawire/exawire/internal/wire"
)

// Tx is a transaction of a session. Exasol begins transactions by itself; [Session.Begin] switches autocommit off, and the
// end of the Tx switches it on again. All statements of the session take part, whichever goroutine sends them. Once the Tx
// is over, statements sent by its methods fail, and those sent by the Session run on their own. The methods are safe for
// concurrent use.
type Tx struct {
	s *Session
	*transaction
}

func newTx(s *Session) *Tx { return &Tx{s, &transaction{}} }

// Begin starts a transaction. It must be ended by [Tx.Commit] or [Tx.Rollback]; deferring Rollback is right, since it does
// nothing after Commit. While the Tx is open, another Begin is refused with [ErrTxOpen], and so is an assignment of
// autocommit.
//
// If autocommit is off, a transaction may be open already, and what it has done becomes part of the Tx. A session whose
// autocommit cannot be brought into a known state is closed.
func (s *Session) Begin(ctx context.Context) (*Tx, error) {
	tx := newTx(s)
	if out := tx.begin(ctx); !out.ok() {
		return nil, out.err()
	}
	return tx, nil
}

// begin is Begin.
func (tx *Tx) begin(ctx context.Context) outcome {
	return tx.s.hold(ctx, func() outcome { return tx.beginHeld(ctx) })
}

// beginHeld switches autocommit off. The lock is held.
func (tx *Tx) beginHeld(ctx context.Context) outcome {
	s := tx.s
	if err := s.ledger.openTx(tx.transaction); err != nil {
		return s.refused(err)
	}
	if !tx.restore {
		return outcome{}
	}
	out := s.setAutocommit(ctx, tx, false)
	if out.ok() {
		return out
	}
	if out.Sent != wire.Nothing {
		// It may be off all the same, and later statements would never be committed.
		restored := s.restoreAutocommit(ctx, tx, &out)
		if restored.refused != nil || restored.fault != nil {
			out.fault = errtext.Join(out.fault, restored.text())
		}
	}
	s.ledger.closeTx(tx.transaction)
	return out
}

// Session returns the session that the transaction belongs to.
func (tx *Tx) Session() *Session { return tx.opened().s }

// refuse says why a command of the transaction may not be sent any more.
func (tx *Tx) refuse(in *intent) error {
	switch {
	case tx.done:
		return ErrTxDone
	case tx.lost != nil && !in.ending:
		return errtext.Errorf("%w: %w", ErrTxLost, tx.lost)
	}
	return nil
}

// Query is [Session.Query] for a statement of this transaction. It fails with [ErrTxDone] when the transaction is over, and
// with [ErrTxLost] when the server has rolled it back. Nothing is sent then.
func (tx *Tx) Query(ctx context.Context, sql string, args ...any) (*Rows, error) {
	tx = tx.opened()
	return tx.s.query(ctx, sql, args, tx)
}

// Exec is Session.Exec for a statement of this transaction; see Tx.Query.
func (tx *Tx) Exec(ctx context.Context, sql string, args ...any) (rowCount int64, err error) {
	tx = tx.opened()
	return tx.s.exec(ctx, sql, args, tx)
}

// Run is Session.Run for a statement of this transaction; see Tx.Query.
func (tx *Tx) Run(ctx context.Context, sql string, args ...any) (*Result, error) {
	tx = tx.opened()
	result, out := tx.s.run(ctx, sql, args, tx)
	return resultOf(result, &out)
}

// Prepare is Session.Prepare for a statement of this transaction: running it fails when the transaction is over; see
// Tx.Query. The statement must be closed.
func (tx *Tx) Prepare(ctx context.Context, sql string) (*Stmt, error) {
	tx = tx.opened()
	st, out := tx.s.prepareOpen(ctx, sql, tx)
	if !out.ok() {
		return nil, out.err()
	}
	return st, nil
}

// ExecuteBatch is Session.ExecuteBatch for statements of this transaction; see Tx.Query.
func (tx *Tx) ExecuteBatch(ctx context.Context, sqls []string, attrs ...Attribute) ([]*Result, error) {
	tx = tx.opened()
	results, out := tx.s.batch(ctx, sqls, attrs, tx)
	return results, out.err()
}

// Stmt returns a Stmt for the same prepared statement that takes part in this transaction: running it fails when the
// transaction is over; see Tx.Query. It is the same statement on the server, so closing either of the two closes both. A
// statement that was prepared before the transaction can be run in it, and still works after it. A statement of another
// session cannot be run.
func (tx *Tx) Stmt(st *Stmt) *Stmt {
	tx = tx.opened()
	return st.bound(tx.s, tx)
}

// Commit makes permanent what was done and ends the Tx, in one step: no command of another goroutine comes between COMMIT
// and autocommit on. After an error the Tx is still open, and Rollback ends it. But if the error matches [ErrSessionClosed],
// it is not known whether the server has committed.
//
// If the server has rolled the transaction back meanwhile, as it does after a collision, a COMMIT would commit only what
// came after that. So nothing is sent, and the error wraps [ErrTxLost] and the [*Error] by which the server said so.
//
// If autocommit cannot be switched on again, the transaction is committed all the same. The error says so, and the session
// is closed. If the connection is lost after the answer to COMMIT, there is no error: the next command reports it.
func (tx *Tx) Commit(ctx context.Context) error {
	tx = tx.opened()
	_, out := tx.commit(ctx)
	return out.err()
}

// commit is Commit. committed is true if the transaction was committed, whatever else went wrong.
func (tx *Tx) commit(ctx context.Context) (committed bool, out outcome) {
	if tx.s.ledger.isDone(tx.transaction) {
		return false, unsent(ErrTxDone)
	}
	out = tx.s.hold(ctx, func() outcome {
		if lost := tx.s.ledger.lossOf(tx.transaction); lost != nil {
			return lostOutcome(lost)
		}
		out := tx.end(ctx, "COMMIT", false)
		if !out.ok() {
			if tx.s.Err() != nil {
				tx.s.ledger.closeTx(tx.transaction)
			}
			return out
		}
		committed = true
		restored := tx.s.restoreAutocommit(ctx, tx, &out)
		tx.s.ledger.closeTx(tx.transaction)
		if !restored.ok() {
			restored.Sent = wire.Whole
			restored.fault = errtext.Errorf("committed, but autocommit is still off: %w", restored.text())
			restored.refused, restored.ended = nil, nil
		}
		return restored
	})
	return committed, out
}

// end sends the statement that ends the transaction. The lock is held.
func (tx *Tx) end(ctx context.Context, sql string, final bool) outcome {
	c := newCall(commands.Execute{SQLText: sql}, nil)
	c.intent.ending, c.final = true, final
	c.intent.need(tx)
	c.read = tx.s.discard
	return tx.s.doHeld(ctx, c)
}

// Rollback undoes what was done and ends the Tx, in one step as Commit does. After Commit or Rollback it does nothing and
// returns nil; so it does on a session that was closed, where the server has rolled back. If ctx has ended or ends
// meanwhile, Rollback goes on for Config.CancelGrace. If the transaction cannot be rolled back in that time, or autocommit
// cannot be switched on again, the session is closed, and the error says why.
func (tx *Tx) Rollback(ctx context.Context) error {
	tx = tx.opened()
	_, out := tx.rollback(ctx, nil)
	return out.err()
}

// rollback is Rollback within one grace of the moment when the caller gave up in before, nil for now. undone is true if it
// was this call that rolled back.
func (tx *Tx) rollback(ctx context.Context, before *outcome) (undone bool, out outcome) {
	ctx, cancel := tx.s.farewell(ctx, before)
	defer cancel()
	return tx.rollbackWithin(ctx)
}

// rollbackWithin is rollback with a context that is one for tidying up.
func (tx *Tx) rollbackWithin(ctx context.Context) (undone bool, out outcome) {
	s := tx.s
	if s.ledger.isDone(tx.transaction) || s.Err() != nil {
		s.ledger.closeTx(tx.transaction)
		return false, outcome{}
	}
	held := false
	out = s.hold(ctx, func() outcome {
		held = true
		if s.ledger.isDone(tx.transaction) {
			return outcome{}
		}
		defer s.ledger.closeTx(tx.transaction)
		undone, out = s.rollbackHeld(ctx, tx)
		if undone {
			out = s.restoreNow(ctx, tx)
		}
		return out
	})
	if !held && s.Err() == nil {
		s.ledger.closeTx(tx.transaction)
		// A transaction that cannot be undone must not be committed by accident.
		s.abandon(s.classOf(ctx, &out), fmt.Errorf("rollback: %w", out.text()))
	}
	return undone && s.Err() == nil, out
}

// rollbackHeld sends ROLLBACK. On a session that is closed, or whose connection breaks meanwhile, the server rolls back by
// itself, which is no error but is not undone either. The lock is held.
func (s *Session) rollbackHeld(ctx context.Context, tx *Tx) (undone bool, out outcome) {
	ending := tx
	if ending == nil {
		ending = newTx(s)
	}
	out = ending.end(ctx, "ROLLBACK", true)
	switch {
	case out.ok():
		return true, out
	case s.over() && !out.GaveUp:
		return false, outcome{}
	}
	// A transaction that cannot be undone must not be committed by accident.
	s.abandon(s.classOf(ctx, &out), fmt.Errorf("rollback: %w", out.text()))
	return false, out
}

// restoreAutocommit switches autocommit on if it was on before, within one grace of the moment when the caller of the
// command before it gave up. If that fails the session is closed: it would take statements and never commit them. The
// lock is held.
func (s *Session) restoreAutocommit(ctx context.Context, tx *Tx, before *outcome) outcome {
	ctx, cancel := s.farewell(ctx, before)
	defer cancel()
	return s.restoreNow(ctx, tx)
}

// restoreNow is restoreAutocommit with a context that is one for tidying up.
func (s *Session) restoreNow(ctx context.Context, tx *Tx) outcome {
	if !tx.restore {
		return outcome{}
	}
	out := s.setAutocommit(ctx, tx, true)
	switch {
	case out.ok():
		return out
	case s.over():
		return outcome{} // nothing is left to restore
	}
	s.abandon(s.classOf(ctx, &out), fmt.Errorf("restore autocommit: %w", out.text()))
	return out
}

// setAutocommit switches autocommit and makes sure that the server did. The lock is held.
func (s *Session) setAutocommit(ctx context.Context, tx *Tx, on bool) outcome {
	out := s.assign(ctx, []Attribute{commands.Autocommit(on)}, tx, on)
	if out.ok() && s.Attributes().Autocommit != on {
		out.fault = errtext.Errorf("the server did not set autocommit to %t", on)
	}
	return out
}

// Defaults of RunTx.
const (
	DefaultTxAttempts = 5                     // of TxAttempts
	DefaultTxPause    = 50 * time.Millisecond // of TxBackoff: before the second attempt
	DefaultTxMaxPause = 2 * time.Second       // of TxBackoff: before any attempt
)

// TxOption changes how RunTx deals with collisions.
type TxOption func(*txRetry)

type txRetry struct {
	attempts    int
	first, most time.Duration
}

// TxAttempts sets how many times RunTx runs its function at most. The default is [DefaultTxAttempts]; 1 or less means once.
func TxAttempts(n int) TxOption { return func(r *txRetry) { r.attempts = n } }

// TxBackoff sets how long RunTx waits after a collision: first before the second attempt, and twice as long before each
// further one, up to most. At least half of that is waited for, at random. Defaults: [DefaultTxPause], [DefaultTxMaxPause].
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

// RunTx runs fn in a transaction: Begin, fn, and Commit if fn returns nil, or else Rollback. It returns the error of fn as
// it is, joined with that of the rollback if that fails too. If fn panics, the transaction is rolled back and the panic goes
// on. fn must not end the transaction, neither by the methods of Tx nor by statements.
//
// A transaction that collides with another one is rolled back by the server (40001). RunTx then waits and runs fn again, so
// fn must have no effects outside the database that must not happen twice. It does so only if the server has said that it
// rolled back, ROLLBACK has succeeded as well, and fn passed the server's error on, wrapped or not, or returned nil. In all
// other cases fn has run for the last time, above all if it is not known whether a commit succeeded. If autocommit was off,
// there is no second attempt: the collision also undid what was done before RunTx, which fn could not do again.
//
// When there were enough attempts, the error of the last one is returned. If ctx ends during a pause, its error is added.
func (s *Session) RunTx(ctx context.Context, fn func(tx *Tx) error, opts ...TxOption) error {
	if fn == nil {
		return failed(wire.Nothing, errNoFunction)
	}
	r := txRetry{attempts: DefaultTxAttempts, first: DefaultTxPause, most: DefaultTxMaxPause}
	for _, opt := range opts {
		opt(&r)
	}
	for attempts := 1; ; attempts++ {
		again, err := s.runTxOnce(ctx, fn)
		switch {
		case !again, r.attempts <= 1:
			return err
		case attempts >= r.attempts:
			return errtext.Errorf("transaction rolled back %d times: %w", attempts, err)
		}
		if ended := ctxerr.Sleep(ctx, r.pause(attempts)); ended != nil {
			return errtext.Errorf("waiting to repeat the transaction: %w: %w", ended, err)
		}
	}
}

// runTxOnce runs fn in a transaction. again is true if the transaction collided, and nothing is left of it.
func (s *Session) runTxOnce(ctx context.Context, fn func(tx *Tx) error) (again bool, err error) {
	tx, used := newTx(s), patience{}
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
		early := s.ledger.isDone(tx.transaction)
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
		return false, errtext.Join(err, rolledBack.err())
	}
	lost := s.ledger.collisionOf(tx.transaction)
	// What has happened says whether fn may run again; what fn returned, whether it wants to.
	return undone && lost != nil && (word == nil || errors.Is(word, lost)), err
}

func (tx *Tx) opened() *Tx {
	if tx == nil || tx.s == nil {
		return &Tx{absentSession, &transaction{done: true}}
	}
	return tx
}
