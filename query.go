package exawire

import (
	"context"
	"strings"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/debts"
	"github.com/exawire/exawire/internal/settings"
	"github.com/exawire/exawire/internal/sqlword"
	"github.com/exawire/exawire/internal/stmtcache"
	"github.com/exawire/exawire/internal/wire"
)

// Query runs a statement and returns its rows. The context governs the statement and the rows, until they are closed. The
// caller must close the rows, or read them to the end through an iterator or one of [Each], [Collect] and [One]. A
// statement that gives a row count yields rows without columns, and [Rows.RowCount] has the count. [Session.Exec] returns
// the count alone, and [Session.Run] tells rows and counts apart.
//
// Without arguments it is one round trip (the command execute). With arguments, one for each "?", the statement is prepared:
// one round trip prepares it, one runs it and, when the rows are closed, one closes it or an older one. The session keeps
// the statements that it has prepared, up to Config.StatementCache of them, so that a statement takes one round trip from
// its second run on.
//
// A kept statement is used only for the same text under the same schema, formats, time zone and other attributes that its
// meaning may depend on. Statements of this session other than queries, changes of data and COMMIT empty the cache, and so
// does an error by which the server rolls the transaction back. What other sessions do to a table is not noticed: an
// argument is then encoded for the type that the column had, and the server converts or refuses it. After a failure the
// statement is prepared anew the next time. If an argument does not fit a kept statement, or the server has forgotten its
// handle, the call prepares the statement once more before it fails. It is never run twice.
func (s *Session) Query(ctx context.Context, sql string, args ...any) (*Rows, error) {
	return s.query(ctx, sql, args, nil)
}

// query is Query for a statement that is a part of something, unless that is nil.
func (s *Session) query(ctx context.Context, sql string, args []any, of condition) (*Rows, error) {
	result, out := s.run(ctx, sql, args, of)
	return s.rowsOf(ctx, result, &out)
}

// Run runs any statement, whether it gives rows or a count, and returns a Result that has the one or the other. See
// [Session.Query] for arguments and for what the context governs. The caller must close the Result, or read its rows to
// the end. Query and [Session.Exec] are for statements of which it is known what they give.
func (s *Session) Run(ctx context.Context, sql string, args ...any) (*Result, error) {
	result, out := s.run(ctx, sql, args, nil)
	return resultOf(result, &out)
}

// Exec runs a statement and returns the number of rows that it changed. See [Session.Query] for arguments. Rows that the
// statement returns are closed unread and count as 0: Query and [Session.Run] return them.
func (s *Session) Exec(ctx context.Context, sql string, args ...any) (rowCount int64, err error) {
	return s.exec(ctx, sql, args, nil)
}

// exec is Exec for a statement that is a part of something, unless that is nil.
func (s *Session) exec(ctx context.Context, sql string, args []any, of condition) (rowCount int64, err error) {
	result, out := s.run(ctx, sql, args, of)
	return countOf(result, &out)
}

// run runs a statement, by a prepared one if there are arguments.
func (s *Session) run(ctx context.Context, sql string, args []any, of condition) (*Result, outcome) {
	if s = s.opened(); ctx == nil {
		return nil, unsent(errNoContext)
	}
	if len(args) > 0 {
		return s.runPrepared(ctx, sql, args, of)
	}
	c := newCall(commands.Execute{SQLText: sql}, nil)
	c.intent.need(of)
	return s.one(ctx, c, nil)
}

// Statements with arguments, which are prepared, run, and kept or closed.

// keptStmt is a statement with the attributes that it was prepared under. Whatever may change its meaning without a change
// of these flushes the cache: see ledger.observe.
type keptStmt = stmtcache.Entry[*Stmt, Attributes]

// keeps reports whether the session keeps a statement. Subconnections keep none: all of them have to prepare and close
// together.
func (s *Session) keeps(sql string) bool {
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	if s.ledger.kept.Size == 0 || s.ledger.sub {
		return false
	}
	return sqlword.Read(sql).Prepared == sqlword.None
}

// runPrepared runs a statement with arguments, by a handle that was kept if it is one that the session keeps.
func (s *Session) runPrepared(ctx context.Context, sql string, args []any, of condition) (*Result, outcome) {
	if s.keeps(sql) {
		return s.runKept(ctx, sql, args, of)
	}
	return s.runOnce(ctx, sql, args, of)
}

// runOnce runs a statement with arguments that is not kept.
func (s *Session) runOnce(ctx context.Context, sql string, args []any, of condition) (*Result, outcome) {
	stmt, out := s.prepareOpen(ctx, sql, of)
	if stmt.tooLate(ctx, &out); !out.ok() {
		return nil, out
	}
	closing := false
	defer func() {
		if !closing {
			stmt.leave() // an argument panics
		}
	}()
	result, out := stmt.runRow(ctx, of, args, stmt.closeWithin)
	closing = true
	if out.ok() && result.rows != nil {
		return result, out // its Close closes the statement
	}
	// The outcome counts, not whether the server could forget the statement: that dies with the session anyway.
	_ = stmt.closeAfter(ctx, &out)
	return result, out
}

// runKept runs a statement with arguments by a handle that was kept, or prepares one to keep.
func (s *Session) runKept(ctx context.Context, sql string, args []any, of condition) (*Result, outcome) {
	if st := s.takeKept(sql); st != nil {
		result, out := s.lease(ctx, st, of, args, false)
		// What has changed since the statement was prepared may be why the arguments do not fit, or why the server does not
		// know the handle. In both cases nothing was run, so a statement that is prepared now may be.
		if !out.misfit && !out.forgotten() || ctx.Err() != nil {
			return result, out
		}
	}
	st := &keptStmt{}
	var out outcome
	st.Stmt, out = s.prepare(ctx, sql, of, func(generation uint64) {
		st.Generation, st.Meaning = generation, settings.MeaningOf(s.Attributes())
	})
	if st.Stmt.tooLate(ctx, &out); !out.ok() {
		return nil, out
	}
	st.SQL, st.Handle = sql, st.Stmt.desc.Handle
	s.ledger.keep(st.Stmt.open)
	return s.lease(ctx, st, of, args, true)
}

// tooLate ends what an abort was meant for that came when the preparation was done: the statement is not run.
func (st *Stmt) tooLate(ctx context.Context, out *outcome) {
	if out.ok() && out.Aborted {
		_ = st.closeAfter(ctx, out)
		out.Sent, out.fault = wire.Nothing, errWithdrawn
	}
}

func (s *Session) takeKept(sql string) *keptStmt {
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	return s.ledger.kept.Take(sql, settings.MeaningOf(s.ledger.attributes))
}

// lease runs a statement and puts it back, at once or when there is nothing more to fetch by its rows. A statement that
// failed is closed: it may have failed because it is out of date. Whoever prepares a statement, or puts back one too many,
// closes one that is not kept, if nobody else uses the session. So no call takes more round trips than without keeping, and
// what is open on the server stays bounded.
func (s *Session) lease(ctx context.Context, st *keptStmt, of condition, args []any, fresh bool) (*Result, outcome) {
	l := &lease{st: st, owing: fresh}
	defer l.giveUp()
	result, out := st.Stmt.runRow(ctx, of, args, l.rowsClosed)
	switch {
	case out.forgotten():
		l.forget()
	case out.Sent == wire.Nothing && !out.misfit && !out.ok():
		l.putBack() // it was not even tried
	case !out.ok():
		// The outcome counts, not whether the server could forget the statement: that dies with the session anyway.
		l.over = true
		_ = st.Stmt.closeAfter(ctx, &out)
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
	s := l.st.Stmt.s
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	if !l.over && s.ledger.kept.Put(l.st) {
		l.owing = true
	}
	l.over = true
}

// giveUp leaves the statement to others to close if an argument panics.
func (l *lease) giveUp() {
	if !l.lent && !l.over {
		l.over = true
		l.st.Stmt.leave()
	}
}

// forget is called when the server does not know the statement: it may have forgotten the others as well.
func (l *lease) forget() {
	s := l.st.Stmt.s
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	l.over = true
	s.ledger.kept.Flush()
	delete(s.ledger.prepared, l.st.Handle)
}

// payBehind is pay for a caller who may have left.
func (l *lease) payBehind(ctx context.Context, out *outcome) {
	if !l.owing {
		return
	}
	ctx, cancel := l.st.Stmt.s.farewell(ctx, out)
	defer cancel()
	l.pay(ctx, out.GaveUp)
}

// pay closes one statement that is not kept, with a context that is one for tidying up. Nobody waits for the session
// because of that: if others use it, or the caller has left, the next command closes the statement. Failing costs nothing
// but memory on the server until the session ends.
func (l *lease) pay(ctx context.Context, left bool) {
	s := l.st.Stmt.s
	if !l.owing {
		return
	}
	s.ledger.mu.Lock()
	st := s.ledger.kept.Release(l.st)
	s.ledger.mu.Unlock()
	if st == nil {
		return
	}
	st.Stmt.leave()
	if !left && s.conn.TryLock() {
		defer s.conn.Unlock()
		_ = s.pay(ctx, debts.Debt{Handle: st.Handle, Stmt: true})
	}
}

// forgotten recognises a server that does not know a handle, so that it cannot have run anything. Texts that users can
// make, such as those of scripts, never begin like this.
func (o *outcome) forgotten() bool {
	e := o.refused
	return e != nil && e.Command == "executePreparedStatement" && !e.losesTransaction() &&
		strings.HasPrefix(e.Text, "Statement handle not found")
}
