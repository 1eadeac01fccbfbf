package exawire

import (
	"context"
	"errors"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/debts"
	"github.com/exawire/exawire/internal/errtext"
)

// Stmt is a prepared statement. It belongs to its session and can be run any number of times. Its methods are safe for
// concurrent use. The caller must close it.
type Stmt struct {
	*prepared
	options writeOptions
}

// prepared is the statement on the server, which a Stmt shares with those that With made of it.
type prepared struct {
	s       *Session
	sql     string
	desc    *commands.PreparedStatement
	columns []ColumnInfo
	of      condition // that it may be run in, nil if it is not bound to anything

	open *openStmt // the ledger's entry of its handle, as long as that is its own
}

// refuse says why the statement cannot be run any more.
func (p *prepared) refuse(*intent) error {
	if !p.s.ledger.owns(p.open) {
		return ErrStmtClosed
	}
	return nil
}

// Prepare prepares one statement: the command createPreparedStatement. "?" marks a parameter. The statement must be
// closed.
func (s *Session) Prepare(ctx context.Context, sql string) (*Stmt, error) {
	st, out := s.prepareOpen(ctx, sql, nil)
	return st, out.err()
}

// prepareOpen prepares a statement that is not kept.
func (s *Session) prepareOpen(ctx context.Context, sql string, of condition) (*Stmt, outcome) {
	return s.prepare(ctx, sql, of, func(uint64) {})
}

// prepare prepares a statement. opened is called with the generation that it belongs to while no other command can run on
// the session.
func (s *Session) prepare(ctx context.Context, sql string, of condition, opened func(generation uint64)) (*Stmt, outcome) {
	c := newCall(commands.CreatePreparedStatement{SQLText: sql}, nil)
	c.intent.need(of)
	var open *openStmt
	desc, out := s.createPrepared(ctx, c, func(handle int) {
		var generation uint64
		open, generation = s.ledger.opened(handle, sql)
		opened(generation)
	})
	if !out.ok() {
		return nil, out
	}
	st := &Stmt{prepared: &prepared{s: s, sql: sql, desc: desc, of: of, open: open}}
	for _, r := range desc.Results {
		if r.ResultSet != nil {
			st.columns = r.ResultSet.Columns
			break
		}
	}
	return st, out
}

// CreatePreparedStatement prepares one statement and returns the server's description of it: the command
// createPreparedStatement (V1). The statement must be closed by its handle. [Session.Prepare] does this for you.
func (s *Session) CreatePreparedStatement(ctx context.Context, sql string, attrs ...Attribute) (*commands.PreparedStatement, error) {
	c := newCall(commands.CreatePreparedStatement{SQLText: sql}, attrs)
	desc, out := s.createPrepared(ctx, c, func(handle int) { s.ledger.opened(handle, sql) })
	return desc, out.err()
}

func (s *Session) createPrepared(ctx context.Context, c *call, opened func(handle int)) (desc *commands.PreparedStatement, out outcome) {
	c.read = func(a *answer) (err error) {
		if desc, err = commands.ParsePrepared(a.Data); err != nil {
			return err
		}
		opened(desc.Handle)
		if c.prepared = desc.Handle; a.late {
			a.dropped, a.owing, c.prepared = true, true, commands.NoHandle
			s.ledger.mu.Lock()
			defer s.ledger.mu.Unlock()
			s.ledger.debts.OweStmt(desc.Handle)
			return nil
		}
		for i := range desc.Results {
			if rs := desc.Results[i].ResultSet; rs != nil {
				rs.Data = nil // nothing is executed yet; it would alias the message
			}
		}
		return nil
	}
	if out = s.do(ctx, c); !out.ok() {
		return nil, out
	}
	return desc, out
}

// ExecutePreparedStatement runs a prepared statement by its handle: the command executePreparedStatement (V1), in one
// message. params describes the parameters as CreatePreparedStatement did, and cols has one column for each of them, all of
// the same length: the statement runs once for each row. [Stmt] also splits what is too large for one message.
func (s *Session) ExecutePreparedStatement(ctx context.Context, handle int, params []ColumnInfo, cols []ParamColumn, attrs ...Attribute) (*Result, error) {
	by := &execution{s: s, handle: handle, params: params, cols: cols, attrs: attrs}
	result, out := by.once(ctx)
	return result, out.err()
}

// execution is one run of a prepared statement with all its rows in one message.
type execution struct {
	s        *Session
	handle   int
	params   []ColumnInfo
	cols     []ParamColumn
	truncate bool
	attrs    []Attribute
	stmt     *prepared                   // nil if it is known by its handle alone
	of       condition                   // nil if it is not bound to anything
	onClose  func(context.Context) error // called when the rows of the result are closed
}

// once sends the rows. They are written before the session is waited for, since arguments run code of the caller's; if the
// session's formats have changed by then, they are written anew.
func (e *execution) once(ctx context.Context) (*Result, outcome) {
	for {
		result, out := e.attempt(ctx)
		if !out.stale {
			return result, out
		}
	}
}

func (e *execution) attempt(ctx context.Context) (*Result, outcome) {
	formats := e.s.paramFormats(e.truncate)
	chunk, err := newChunk(e.params, e.cols, nil, formats)
	if err != nil {
		return nil, misfit(err, e.sql())
	}
	defer chunk.data.Free()
	if err := chunk.takeAll(e.s.Info().MaxDataMessageSize); err != nil {
		if e.stmt != nil {
			withoutRow(err)
		}
		return nil, misfit(err, e.sql())
	}
	c := newCall(chunk.command(e.handle), e.attrs)
	c.sql, c.intent.formats = e.sql(), &formats
	if e.stmt != nil {
		c.intent.need(e.stmt)
	}
	c.intent.need(e.of)
	return e.s.one(ctx, c, e.onClose)
}

// sql returns the text of the statement, "" if only its handle is known.
func (e *execution) sql() string {
	if e.stmt == nil {
		return ""
	}
	return e.stmt.sql
}

// misfit is the outcome of a statement whose arguments do not fit.
func misfit(err error, sql string) outcome { return outcome{fault: inSQL(err, sql), misfit: true} }

// ClosePreparedStatement forgets a prepared statement: the command closePreparedStatement (V1).
func (s *Session) ClosePreparedStatement(ctx context.Context, handle int, attrs ...Attribute) error {
	return s.ask(ctx, commands.ClosePreparedStatement{Handle: handle}, attrs, nil)
}

// SQL returns the text of the statement.
func (st *Stmt) SQL() string { return st.opened().sql }

// Params describes the parameters, in the order of their "?". Their names are empty. The slice must not be changed.
func (st *Stmt) Params() []ColumnInfo { return st.opened().desc.Params }

// Columns describes the result set; it is nil if the statement gives a row count. The slice must not be changed.
func (st *Stmt) Columns() []ColumnInfo { return st.opened().columns }

// Exec runs the statement once, with one argument for each parameter, and returns the number of rows that it changed.
// Arguments are what Values takes as elements. Rows that the statement returns are closed unread and count as 0: Query and
// Run return them.
func (st *Stmt) Exec(ctx context.Context, args ...any) (rowCount int64, err error) {
	st = st.opened()
	result, out := st.runRow(ctx, st.of, args, nil)
	return countOf(result, &out)
}

// Query runs the statement once, with one argument for each parameter, and returns its rows; see [Session.Query]. If it
// gives a row count, there are no rows, and [Rows.RowCount] has the count.
func (st *Stmt) Query(ctx context.Context, args ...any) (*Rows, error) {
	st = st.opened()
	result, out := st.runRow(ctx, st.of, args, nil)
	return st.s.rowsOf(ctx, result, &out)
}

// Run runs the statement once, with one argument for each parameter, and returns its rows or its row count, whichever it
// gives; see [Session.Run].
func (st *Stmt) Run(ctx context.Context, args ...any) (*Result, error) {
	st = st.opened()
	result, out := st.runRow(ctx, st.of, args, nil)
	return resultOf(result, &out)
}

// runRow runs the statement with one row of arguments, as a part of something unless that is nil. onClose is called
// when the rows of its result are closed.
func (st *Stmt) runRow(ctx context.Context, of condition, args []any, onClose func(context.Context) error) (*Result, outcome) {
	if len(args) != len(st.desc.Params) {
		return nil, misfit(errtext.Errorf("%s for %s", errtext.Count(len(args), "argument"), errtext.Count(len(st.desc.Params), "parameter")), st.sql)
	}
	rows := commands.NewRowBuffer(st.desc.Params)
	if err := rows.Append(args); err != nil {
		return nil, misfit(err, st.sql)
	}
	by := &execution{
		s: st.s, handle: st.desc.Handle, params: st.desc.Params, cols: rows.Columns(), truncate: st.options.truncate,
		stmt: st.prepared, of: of, onClose: onClose,
	}
	return by.once(ctx)
}

// With returns a Stmt for the same prepared statement with these options for ExecColumns and ExecRows, in place of those
// that st has. [Truncate] also applies to Exec and Query. It is the same statement on the server: closing either of the two
// closes both.
func (st *Stmt) With(opts ...WriteOption) *Stmt {
	return &Stmt{st.opened().prepared, newWriteOptions(opts)}
}

// bound returns a Stmt for the same prepared statement that can be run in session s as a part of something.
func (st *Stmt) bound(s *Session, of condition) *Stmt {
	st = st.opened()
	p := *st.prepared
	if p.of = of; p.s != s {
		p.of = foreign{}
	}
	return &Stmt{&p, st.options}
}

// foreign is the condition of a statement of another session.
type foreign struct{}

var errForeign = errors.New("exawire: the statement belongs to another session than the transaction")

func (foreign) refuse(*intent) error { return errForeign }

// formats returns how the statement's parameters are written at this moment.
func (st *Stmt) formats() commands.ParamFormats { return st.s.paramFormats(st.options.truncate) }

// Close forgets the statement on the server: the command closePreparedStatement. Calling it again is harmless, and so is
// calling it on a session that was closed. It works even if ctx has ended, and then takes Config.CancelGrace at most; if
// others use the session for longer, the next command closes the statement. Runs of the statement that have not begun fail
// with [ErrStmtClosed].
func (st *Stmt) Close(ctx context.Context) error { return st.closeAfter(ctx, nil) }

// closeAfter is Close within one grace of the moment when the caller gave up in before, nil for now.
func (st *Stmt) closeAfter(ctx context.Context, before *outcome) error {
	st = st.opened()
	ctx, cancel := st.s.farewell(ctx, before)
	defer cancel()
	return st.closeWithin(ctx)
}

// closeWithin is Close with a context that is one for tidying up.
func (st *Stmt) closeWithin(ctx context.Context) error {
	if !st.letGo() || st.s.Err() != nil {
		return nil
	}
	if st.s.isSub() {
		return st.s.tidyAlone(ctx, commands.ClosePreparedStatement{Handle: st.desc.Handle})
	}
	return st.s.tidy(ctx, debts.Debt{Handle: st.desc.Handle, Stmt: true})
}

// CloseLater is Close, but sends nothing and does not wait: the next command of the session closes the statement on the
// server, or the end of the session does. The statement cannot be run any more. CloseLater is for callers who hold locks of
// their own, as package database/sql does.
func (st *Stmt) CloseLater() { st.opened().leave() }

// leave lets the next command close the statement.
func (st *Stmt) leave() {
	if !st.letGo() {
		return
	}
	st.s.ledger.owe(debts.Debt{Handle: st.desc.Handle, Stmt: true})
}

// letGo keeps the statement from being run again. It returns false if its handle is not its own any more.
func (st *Stmt) letGo() bool {
	st.s.ledger.mu.Lock()
	defer st.s.ledger.mu.Unlock()
	own := st.s.ledger.owns(st.open)
	st.open.closed = true
	return own
}

// absentStmt stands for a Stmt that nobody has prepared.
var absentStmt = &Stmt{prepared: &prepared{s: absentSession, desc: &commands.PreparedStatement{}, open: &openStmt{closed: true}}}

func (st *Stmt) opened() *Stmt {
	if st == nil || st.prepared == nil {
		return absentStmt
	}
	return st
}
