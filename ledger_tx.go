package exawire

import (
	"errors"
	"fmt"
)

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

// openGroup makes p the group of subconnections of the session. owns is true if nobody else has a transaction, so that the
// group has one of its own.
func (l *ledger) openGroup(p *Parallel) (owns bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.phase != phaseReady:
		return false, ErrNotLoggedIn
	case l.sub:
		return false, errors.New("exawire: a subconnection cannot have parallel connections")
	case l.group != nil:
		return false, errors.New("exawire: the session has parallel connections already")
	}
	l.group = p
	return l.attributes.Autocommit && l.tx == nil, nil
}

func (l *ledger) closeGroup(p *Parallel) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.group == p {
		l.group = nil
	}
}

// again returns the source of credentials for subconnections.
func (l *ledger) again() credentialSource {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.relogin
}

// written counts the commands so far that may have written something.
func (l *ledger) written() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.changes
}
