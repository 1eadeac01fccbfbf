// Package debts lists what is open on a server although its owner has let go of it.
package debts

import "slices"

// Debt is the handle of something that is to be closed.
type Debt struct {
	Handle int
	Stmt   bool // the handle is that of a prepared statement, else of a result set
}

// List is what is to be closed. The next command of the session works it off. There are never more entries than were
// opened. The zero value is an empty list. It is not safe for concurrent use.
type List struct {
	results []int // handles of result sets
	stmts   []int // handles of prepared statements
	single  bool  // the server has refused to close several results at once
}

// noHandle is the handle of a result set that is not open on the server.
const noHandle = -1

// Owe enters something that is to be closed, once.
func (l *List) Owe(d Debt) {
	if d.Stmt {
		l.OweStmt(d.Handle)
	} else {
		l.OweResults(d.Handle)
	}
}

// OweResults enters result sets that are to be closed.
func (l *List) OweResults(handles ...int) {
	for _, h := range handles {
		if h != noHandle && !slices.Contains(l.results, h) {
			l.results = append(l.results, h)
		}
	}
}

// OweStmt enters a prepared statement that is to be closed.
func (l *List) OweStmt(handle int) {
	if !slices.Contains(l.stmts, handle) {
		l.stmts = append(l.stmts, handle)
	}
}

// PaidResults takes out result sets that are closed, that the server does not know, or whose handles were given out again.
func (l *List) PaidResults(handles []int) {
	l.results = slices.DeleteFunc(l.results, func(h int) bool { return slices.Contains(handles, h) })
	l.single = l.single && len(l.results) > 0
}

// PaidStmt is PaidResults for a prepared statement.
func (l *List) PaidStmt(handle int) {
	l.stmts = slices.DeleteFunc(l.stmts, func(h int) bool { return h == handle })
}

// OneByOne is called when the server has refused to close several result sets at once: one that it does not know must not
// keep the others open.
func (l *List) OneByOne() { l.single = true }

// With reports whether own is still to be closed, and returns the result sets that are closed along with it, itself among
// them: none if it is a statement.
func (l *List) With(own Debt) (results []int, owed bool) {
	switch {
	case own.Stmt:
		return nil, slices.Contains(l.stmts, own.Handle)
	case !slices.Contains(l.results, own.Handle):
		return nil, false
	case l.single:
		return []int{own.Handle}, true
	}
	return slices.Clone(l.results), true
}

// Next returns what one caller may be made to wait for: result sets that are closed by one command, and a statement, the
// one that was left last.
func (l *List) Next() (results []int, stmt int, hasStmt bool) {
	if n := len(l.results); n > 0 {
		first := 0
		if l.single {
			first = n - 1
		}
		results = slices.Clone(l.results[first:])
	}
	if n := len(l.stmts); n > 0 {
		return results, l.stmts[n-1], true
	}
	return results, 0, false
}
