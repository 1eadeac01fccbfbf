package exawire

import "fmt"

// What the ledger knows of the open transaction.

// openTx makes tx the open transaction.
func (l *ledger) openTx(tx *Tx) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.phase != phaseReady:
		return ErrNotLoggedIn
	case l.tx != nil:
		return ErrTxOpen
	}
	l.tx, tx.restore = tx, l.attributes.Autocommit
	return nil
}

// closeTx ends tx, and lets the session begin another one.
func (l *ledger) closeTx(tx *Tx) {
	l.mu.Lock()
	defer l.mu.Unlock()
	tx.done = true
	if l.tx == tx {
		l.tx = nil
	}
}

func (l *ledger) isDone(tx *Tx) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return tx.done
}

// lossOf returns the error by which the server has rolled tx back, if it is open and the server has.
func (l *ledger) lossOf(tx *Tx) *Error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if tx.done {
		return nil
	}
	return tx.lost
}

// collisionOf returns the error by which the server has rolled tx back because of a collision, nil if it has not, or if tx
// was not all that this undid.
func (l *ledger) collisionOf(tx *Tx) *Error {
	l.mu.Lock()
	defer l.mu.Unlock()
	lost := tx.lost
	if lost == nil || !tx.restore || tx.mixed || lost.SQLCode != CodeCollision || !lost.RolledBack() {
		return nil
	}
	return lost
}

// mayBegin says why a transaction cannot be begun and ended here without touching what others have done.
func (l *ledger) mayBegin() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.tx != nil:
		return fmt.Errorf("%w: write without Atomic, its Rollback takes the rows back, too", ErrTxOpen)
	case !l.attributes.Autocommit:
		return fmt.Errorf("%w: autocommit is off, so Atomic would commit or undo more than its rows", ErrTxOpen)
	}
	return nil
}
