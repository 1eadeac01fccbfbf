package exawire

import (
	"errors"
	"fmt"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/debts"
	"github.com/exawire/exawire/internal/sqlword"
)

// What the ledger knows of the session, of the open transaction and of what is to be closed.

// isBegun reports whether a login has been tried.
func (l *ledger) isBegun() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.phase != phaseDialed
}

// expectCompression notes what the login asks for. The answer may say otherwise.
func (l *ledger) expectCompression(on bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.attributes.CompressionEnabled = on
}

// settle takes over what the login has agreed on. It reports whether messages are compressed from now on.
func (l *ledger) settle(info SessionInfo, login *login) (compressed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.info, l.relogin, l.sub = info, login.again, login.sub
	if l.attributes.Timezone == commands.DefaultAttributes().Timezone && info.TimeZone != "" {
		l.attributes.Timezone = info.TimeZone
		l.formats = formatsOf(l.attributes, l.formats.RepeatedHour)
	}
	return l.attributes.CompressionEnabled
}

// begin makes the session ready for commands.
func (l *ledger) begin() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.phase, l.initial = phaseReady, l.attributes
}

// close lets nothing but disconnect be sent from now on. It reports whether there is a session to end.
func (l *ledger) close() (ready bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closing = true
	return l.phase == phaseReady
}

// isReady reports whether the session has logged in and not been ended.
func (l *ledger) isReady() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.phase == phaseReady
}

// mostBytes returns the size of the largest request that the server accepts, 0 before the login.
func (l *ledger) mostBytes() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.info.MaxDataMessageSize
}

// isClosing reports whether close was called.
func (l *ledger) isClosing() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closing
}

// busy reports whether somebody waits for what the session is doing.
func (l *ledger) busy() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.current != nil && !l.current.background()
}

// nothingToAbort says why there is no command that could be aborted. What an abort does to a login is not defined.
func (l *ledger) nothingToAbort() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.phase == phaseDialed {
		return ErrNotLoggedIn
	}
	return ErrNothingToAbort
}

// openTx makes tx the open transaction.
func (l *ledger) openTx(tx *Tx) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.phase != phaseReady:
		return ErrNotLoggedIn
	case l.sub:
		return fmt.Errorf("%w: a subconnection takes part in that of its session", ErrTxOpen)
	case l.tx != nil:
		return ErrTxOpen
	case l.group != nil && l.group.tx != tx:
		return fmt.Errorf("%w: the session has parallel connections", ErrTxOpen)
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

// unsettled reports whether something was written that was neither committed nor rolled back.
func (l *ledger) unsettled() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.changes != l.settled
}

// noteWork enters what a command did to the data and to the open transaction.
func (l *ledger) noteWork(did sqlword.Effects, in *intent, out *outcome) {
	// Of a batch that was refused, some statements were run.
	if did.Changes && (out.refused == nil || in.info.Name == "executeBatch") {
		l.changes++
	}
	tx := l.tx
	if tx == nil || tx.done {
		return
	}
	if did.Commits && !in.ending {
		tx.mixed = true
	}
	if out.refused != nil && tx.lost == nil && out.refused.losesTransaction() {
		tx.lost = out.refused
	}
}

// noteSub is noteWork for a command of a subconnection, which takes part in the transaction of its session.
func (l *ledger) noteSub(did sqlword.Effects, in *intent, out *outcome) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.noteWork(did, in, out)
}

// join makes the session a subconnection of main's. It is the same session to the server, which nobody asks a subconnection
// for the attributes of: values are read and written as main does at this moment.
func (l *ledger) join(main *ledger) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.main = main
	main.mu.Lock()
	defer main.mu.Unlock()
	compressed := l.attributes.CompressionEnabled
	l.attributes, l.formats = main.attributes, main.formats
	l.attributes.CompressionEnabled = compressed
	l.initial = l.attributes
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
	case l.sub:
		return fmt.Errorf("%w: that of the session with these parallel connections; write without Atomic", ErrTxOpen)
	case l.tx != nil || l.group != nil:
		return fmt.Errorf("%w: write without Atomic, its Rollback takes the rows back, too", ErrTxOpen)
	case !l.attributes.Autocommit:
		return fmt.Errorf("%w: autocommit is off, so Atomic would commit or undo more than its rows", ErrTxOpen)
	}
	return nil
}

var errSubGroup = errors.New("exawire: a subconnection cannot have parallel connections")

// openGroup makes p the group of subconnections of the session. owns is true if nobody else has a transaction, so that the
// group has one of its own.
func (l *ledger) openGroup(p *Parallel) (owns bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.phase != phaseReady:
		return false, ErrNotLoggedIn
	case l.sub:
		return false, errSubGroup
	case l.group != nil:
		return false, errors.New("exawire: the session has parallel connections already")
	}
	l.group, l.settled = p, l.changes
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

// owe enters something that is to be closed.
func (l *ledger) owe(d debts.Debt) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.debts.Owe(d)
}

// givenOut enters the handles of new result sets. What was to be closed by them is gone.
func (l *ledger) givenOut(handles []int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.debts.PaidResults(handles)
}

// payment returns the command that closes own, and what must go before it. It is nil if there is nothing to close any
// more.
func (l *ledger) payment(own debts.Debt) (barrier []*call, c *call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	results, owed := l.debts.With(own)
	switch {
	case l.phase != phaseReady || !owed:
		return nil, nil
	case own.Stmt:
		c = errand(commands.ClosePreparedStatement{Handle: own.Handle})
	default:
		c = errand(commands.CloseResultSet{Handles: results})
	}
	if l.suspect {
		barrier = append(barrier, barrierCall())
	}
	return barrier, c
}

// repayments returns the commands that work off what is to be closed, as many as one caller may be made to wait for.
func (l *ledger) repayments() []*call {
	var calls []*call
	results, stmt, hasStmt := l.debts.Next()
	if len(results) > 0 {
		calls = append(calls, errand(commands.CloseResultSet{Handles: results}))
	}
	if hasStmt {
		calls = append(calls, errand(commands.ClosePreparedStatement{Handle: stmt}))
	}
	return calls
}
