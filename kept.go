package exawire

import (
	"context"
	"slices"
	"strings"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/wire"
)

// keptStmts keeps the statements that Query and Exec have prepared for their arguments. Whoever runs a statement takes it
// out and puts it back, so that a handle never has two users and is never closed under one: whether a handle may be run
// while rows of its last run are open is not documented.
//
// A statement is found by its text and by the attributes under which it was prepared. Whatever may change its meaning
// without a change of these attributes empties it: see ledger.observe. It is a part of the ledger, under its mutex.
type keptStmts struct {
	size       int         // most statements that are idle; 0 for none
	generation uint64      // counts how often it was emptied
	idle       []*keptStmt // the least recently used first
	condemned  []*keptStmt // to be closed on the server
}

// keptStmt is a statement with all that it was prepared under.
type keptStmt struct {
	*Stmt
	meaning    commands.Attributes
	generation uint64
}

// take returns an idle statement and makes the caller its owner, nil if there is none.
func (k *keptStmts) take(sql string, meaning commands.Attributes) *keptStmt {
	i := k.find(sql, meaning)
	if i < 0 {
		return nil
	}
	st := k.idle[i]
	k.idle = slices.Delete(k.idle, i, i+1)
	return st
}

func (k *keptStmts) find(sql string, meaning commands.Attributes) int {
	return slices.IndexFunc(k.idle, func(st *keptStmt) bool { return st.sql == sql && st.meaning == meaning })
}

// put gives a statement back. It returns true if there is one too many now, which waits to be closed: this one, or the one
// that was used least recently.
func (k *keptStmts) put(st *keptStmt) (tooMany bool) {
	if st.generation != k.generation || k.find(st.sql, st.meaning) >= 0 {
		k.condemn(st)
		return true
	}
	k.idle = append(k.idle, st)
	if len(k.idle) <= k.size {
		return false
	}
	k.condemn(k.idle[0])
	k.idle = slices.Delete(k.idle, 0, 1)
	return true
}

func (k *keptStmts) condemn(st *keptStmt) { k.condemned = append(k.condemned, st) }

// release takes out a statement that waits to be closed, preferably one with this text. It returns nil if there is none.
func (k *keptStmts) release(sql string) *keptStmt {
	if len(k.condemned) == 0 {
		return nil
	}
	i := max(0, slices.IndexFunc(k.condemned, func(st *keptStmt) bool { return st.sql == sql }))
	st := k.condemned[i]
	k.condemned = slices.Delete(k.condemned, i, i+1)
	return st
}

// flush empties it. Statements that are in use are not put back.
func (k *keptStmts) flush() {
	k.generation++
	k.condemned = append(k.condemned, k.idle...)
	clear(k.idle)
	k.idle = k.idle[:0]
}

// forget takes out the statements of a handle that was given out again.
func (k *keptStmts) forget(handle int) {
	same := func(st *keptStmt) bool { return st.desc.Handle == handle }
	k.idle = slices.DeleteFunc(k.idle, same)
	k.condemned = slices.DeleteFunc(k.condemned, same)
}

// keeps reports whether the session keeps a statement. Subconnections keep none: all of them have to prepare and close
// together.
func (s *Session) keeps(sql string) bool {
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	if s.ledger.kept.size == 0 || s.ledger.sub {
		return false
	}
	var in intent
	in.read(sql)
	return in.effect == effectNone
}

// runKept runs a statement with arguments by a handle that was kept, or prepares one to keep.
func (s *Session) runKept(ctx context.Context, sql string, args []any, tx *Tx) (*Result, outcome) {
	if st := s.takeKept(sql); st != nil {
		result, out := s.lease(ctx, st, tx, args, false)
		// What has changed since the statement was prepared may be why the arguments do not fit, or why the server does not
		// know the handle. In both cases nothing was run, so a statement that is prepared now may be.
		if !out.misfit && !out.forgotten() || ctx.Err() != nil {
			return result, out
		}
	}
	st := &keptStmt{}
	var out outcome
	st.Stmt, out = s.prepare(ctx, sql, tx, func(handle int) {
		st.generation = s.ledger.opened(handle, sql)
		st.meaning = meaningOf(s.Attributes())
	})
	if !out.ok() {
		return nil, out
	}
	return s.lease(ctx, st, tx, args, true)
}

func (s *Session) takeKept(sql string) *keptStmt {
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	return s.ledger.kept.take(sql, meaningOf(s.ledger.attributes))
}

// lease runs a statement and puts it back, at once or when there is nothing more to fetch by its rows. A statement that
// failed is closed: it may have failed because it is out of date. Whoever prepares a statement, or puts back one too many,
// closes one that is not kept, if nobody else uses the session. So no call takes more round trips than without keeping, and
// what is open on the server stays bounded.
func (s *Session) lease(ctx context.Context, st *keptStmt, tx *Tx, args []any, fresh bool) (*Result, outcome) {
	l := &lease{st: st, owing: fresh}
	defer l.giveUp()
	result, out := st.runRow(ctx, tx, args, l.rowsClosed)
	switch {
	case out.forgotten():
		l.forget()
	case out.GaveUp && out.Sent == wire.Nothing && !fresh:
		l.putBack() // it was not even tried
	case !out.ok():
		// The outcome counts, not whether the server could forget the statement: that dies with the session anyway.
		l.over = true
		_ = st.closeAfter(ctx, &out)
	case result.rows == nil:
		l.putBack()
		l.payBehind(ctx, &out)
	case result.rows.Handle() == commands.NoHandle:
		l.putBack() // all rows are here; what there is to clean up can wait for Close
	default:
		l.lent = true
	}
	return result, out
}

// lease is the use of a kept statement by one caller.
type lease struct {
	st    *keptStmt
	lent  bool // to the rows of its result
	over  bool // the statement was put back or closed
	owing bool // this use has to close one statement that is not kept
}

// rowsClosed is called when the rows are closed.
func (l *lease) rowsClosed(ctx context.Context) error {
	l.putBack()
	l.pay(ctx, ctx.Err() != nil)
	return nil
}

// putBack gives the statement back, once.
func (l *lease) putBack() {
	s := l.st.s
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	if !l.over && s.ledger.kept.put(l.st) {
		l.owing = true
	}
	l.over = true
}

// giveUp leaves the statement to others to close if an argument panics.
func (l *lease) giveUp() {
	if !l.lent && !l.over {
		l.over = true
		l.st.leave()
	}
}

// forget is called when the server does not know the statement: it may have forgotten the others as well.
func (l *lease) forget() {
	s := l.st.s
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	l.over = true
	s.ledger.kept.flush()
	delete(s.ledger.prepared, l.st.desc.Handle)
}

// payBehind is pay for a caller who may have left.
func (l *lease) payBehind(ctx context.Context, out *outcome) {
	if !l.owing {
		return
	}
	ctx, cancel := l.st.s.farewell(ctx, out)
	defer cancel()
	l.pay(ctx, out.GaveUp)
}

// pay closes one statement that is not kept, with a context that is one for tidying up. Nobody waits for the session
// because of that: if others use it, or the caller has left, the next command closes the statement. Failing costs nothing
// but memory on the server until the session ends.
func (l *lease) pay(ctx context.Context, left bool) {
	s := l.st.s
	if !l.owing {
		return
	}
	s.ledger.mu.Lock()
	st := s.ledger.kept.release(l.st.sql)
	s.ledger.mu.Unlock()
	if st == nil {
		return
	}
	st.leave()
	if !left && s.conn.TryLock() {
		defer s.conn.Unlock()
		_ = s.pay(ctx, debt{st.desc.Handle, true})
	}
}

// forgotten recognises a server that does not know a handle, so that it cannot have run anything. Texts that users can
// make, such as those of scripts, never begin like this.
func (o *outcome) forgotten() bool {
	e := o.refused
	return e != nil && e.Command == "executePreparedStatement" && !e.losesTransaction() &&
		strings.HasPrefix(e.Text, "Statement handle not found")
}
