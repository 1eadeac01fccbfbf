package exawire

import (
	"errors"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/debts"
	"github.com/exawire/exawire/internal/errtext"
	"github.com/exawire/exawire/internal/settings"
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
func (l *ledger) settle(info SessionInfo, again credentialSource, sub bool) (compressed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.info, l.relogin, l.sub = info, again, sub
	if l.attributes.Timezone == commands.DefaultAttributes().Timezone && info.TimeZone != "" {
		l.attributes.Timezone = info.TimeZone
		l.formats = settings.FormatsOf(l.attributes, l.formats.RepeatedHour)
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

// isLeaving reports whether the session ends because its user wants it to.
func (l *ledger) isLeaving() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closing || l.leaving
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
func (l *ledger) openTx(tx *transaction) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.phase != phaseReady:
		return ErrNotLoggedIn
	case l.sub:
		return errtext.Errorf("%w: a subconnection takes part in that of its session", ErrTxOpen)
	case l.tx != nil:
		return ErrTxOpen
	case l.group != nil && l.group.tx != tx:
		return errtext.Errorf("%w: the session has parallel connections", ErrTxOpen)
	}
	l.tx, tx.restore = tx, l.attributes.Autocommit
	return nil
}

// closeTx ends tx, and lets the session begin another one.
func (l *ledger) closeTx(tx *transaction) {
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

func (l *ledger) isDone(tx *transaction) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return tx.done
}

// lossOf returns the error by which the server has rolled tx back, if it is open and the server has.
func (l *ledger) lossOf(tx *transaction) *Error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if tx.done {
		return nil
	}
	return tx.lost
}

// collisionOf returns the error by which the server has rolled tx back because of a collision, nil if it has not, or if tx
// was not all that this undid.
func (l *ledger) collisionOf(tx *transaction) *Error {
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
		return errtext.Errorf("%w: that of the session with these parallel connections; write without Atomic", ErrTxOpen)
	case l.tx != nil || l.group != nil:
		return errtext.Errorf("%w: write without Atomic, its Rollback takes the rows back, too", ErrTxOpen)
	case !l.attributes.Autocommit:
		return errtext.Errorf("%w: autocommit is off, so Atomic would commit or undo more than its rows", ErrTxOpen)
	}
	return nil
}

var errSubGroup = errors.New("exawire: a subconnection cannot have parallel connections")

// openGroup makes g the group of subconnections of the session. owns is true if nobody else has a transaction, so that the
// group has one of its own.
func (l *ledger) openGroup(g *group) (owns bool, err error) {
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
	l.group, l.settled = g, l.changes
	return l.attributes.Autocommit && l.tx == nil, nil
}

func (l *ledger) closeGroup(g *group) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.group == g {
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

// lend enters n more result sets that are open for Rows, or so many fewer.
func (l *ledger) lend(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.results += n
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

// start is asked when the command becomes visible to an abort, and returns whether one came before.
func (l *ledger) start() (withdrawn bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.started = true
	return l.withdrawn
}

// withdraw keeps the command that its caller is waiting for from being sent, if it has not been. early is false if it
// has, and running is false if there is none that may be aborted.
func (l *ledger) withdraw() (early, running bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.current == nil || l.current.housekeeping:
		return false, false
	case l.started:
		return false, true
	}
	l.withdrawn = true
	return true, true
}

// opened enters a prepared statement with its handle. It returns the entry, and the generation that the statement belongs
// to. A handle that is given out again is no longer that of an older statement, whatever became of it: running or closing
// the older one would run or close the new one.
func (l *ledger) opened(handle int, sql string) (st *openStmt, generation uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kept.Forget(handle)
	l.debts.PaidStmt(handle)
	st = &openStmt{handle: handle, effects: sqlword.Read(sql)}
	st.effects.Parameter, st.effects.Identity = "", false // have counted when it was prepared
	if l.prepared == nil {
		l.prepared = map[int]*openStmt{}
	}
	l.prepared[handle] = st
	return st, l.kept.Generation()
}

// keep notes that the owner of a prepared statement is the session.
func (l *ledger) keep(st *openStmt) {
	l.mu.Lock()
	defer l.mu.Unlock()
	st.kept = true
}

// owns reports whether a statement is open and its handle still stands for it.
func (l *ledger) owns(st *openStmt) bool { return !st.closed && l.prepared[st.handle] == st }
