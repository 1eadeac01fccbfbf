package exawire

import (
	"slices"

	"github.com/exawire/exawire/commands"
)

// debts are what is open on the server although its owner has let go of it. The next command of the session works them
// off. There are never more of them than were opened.
type debts struct {
	results []int // handles of result sets
	stmts   []int // handles of prepared statements
	single  bool  // the server has refused to close several results at once
}

// debt is one of them.
type debt struct {
	handle int
	stmt   bool // the handle is that of a prepared statement, else of a result set
}

// owe enters something that is to be closed.
func (l *ledger) owe(d debt) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if d.stmt {
		l.debts.oweStmt(d.handle)
	} else {
		l.debts.oweResults(d.handle)
	}
}

// givenOut enters the handles of new result sets. What was to be closed by them is gone.
func (l *ledger) givenOut(handles []int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.debts.paidResults(handles)
}

// payment returns the command that closes own, and what must go before it. It is nil if there is nothing to close any
// more.
func (l *ledger) payment(own debt) (barrier []*call, c *call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch d := &l.debts; {
	case l.phase != phaseReady:
		return nil, nil
	case own.stmt && slices.Contains(d.stmts, own.handle):
		c = errand(commands.ClosePreparedStatement{Handle: own.handle})
	case own.stmt || !slices.Contains(d.results, own.handle):
		return nil, nil
	case d.single:
		c = errand(commands.CloseResultSet{Handles: []int{own.handle}})
	default:
		c = errand(commands.CloseResultSet{Handles: slices.Clone(d.results)})
	}
	if l.suspect {
		barrier = append(barrier, barrierCall())
	}
	return barrier, c
}

// oweResults enters result sets that are to be closed.
func (d *debts) oweResults(handles ...int) {
	for _, h := range handles {
		if h != commands.NoHandle && !slices.Contains(d.results, h) {
			d.results = append(d.results, h)
		}
	}
}

// oweStmt enters a prepared statement that is to be closed.
func (d *debts) oweStmt(handle int) {
	if !slices.Contains(d.stmts, handle) {
		d.stmts = append(d.stmts, handle)
	}
}

// paidResults takes out result sets that are closed, that the server does not know, or whose handles were given out again.
func (d *debts) paidResults(handles []int) {
	d.results = slices.DeleteFunc(d.results, func(h int) bool { return slices.Contains(handles, h) })
	d.single = d.single && len(d.results) > 0
}

// paidStmt is paidResults for a prepared statement.
func (d *debts) paidStmt(handle int) {
	d.stmts = slices.DeleteFunc(d.stmts, func(h int) bool { return h == handle })
}

// calls returns the commands that work the debts off, as many as one caller may be made to wait for: one for all result
// sets and one for a statement, the one that was left last.
func (d *debts) calls() []*call {
	var calls []*call
	if n := len(d.results); n > 0 {
		first := 0
		if d.single {
			first = n - 1
		}
		calls = append(calls, errand(commands.CloseResultSet{Handles: slices.Clone(d.results[first:])}))
	}
	if n := len(d.stmts); n > 0 {
		calls = append(calls, errand(commands.ClosePreparedStatement{Handle: d.stmts[n-1]}))
	}
	return calls
}

// errand is a command that a session sends for its own sake.
func errand(cmd commands.Command) *call {
	c := newCall(cmd, nil)
	c.intent.errand, c.intent.housekeeping = true, true
	return c
}

// barrierCall is the command that swallows an abort which may still be under way.
func barrierCall() *call {
	c := errand(commands.GetAttributes{})
	c.intent.barrier = true
	return c
}
