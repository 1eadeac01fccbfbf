package exawire

import (
	"slices"

	"github.com/exawire/exawire/commands"
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

// release takes out a statement that waits to be closed, nil if there is none. The best is one with the text and meaning of a
// statement that was prepared again: the same statement is then never open twice. The next best has the same text.
func (k *keptStmts) release(again *keptStmt) *keptStmt {
	if len(k.condemned) == 0 {
		return nil
	}
	best := 0
	for i, st := range k.condemned {
		switch {
		case st.sql != again.sql:
		case st.meaning == again.meaning:
			best = i
		case k.condemned[best].sql != again.sql:
			best = i
		}
	}
	st := k.condemned[best]
	k.condemned = slices.Delete(k.condemned, best, best+1)
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
