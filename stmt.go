package exawire

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"

	"github.com/exawire/exawire/commands"
)

// Stmt is a prepared statement. It belongs to its session and can be run as often as wanted. Its methods are safe for
// concurrent use. The caller must close it.
type Stmt struct {
	*prepared
	batch batchOptions
}

// prepared is the statement on the server, which a Stmt shares with those that With made of it.
type prepared struct {
	s       *Session
	sql     string
	desc    *commands.PreparedStatement
	columns []Column

	mu     sync.Mutex
	closed bool
}

// Prepare prepares one statement: the command createPreparedStatement. "?" marks a parameter. The statement must be
// closed.
func (s *Session) Prepare(ctx context.Context, sql string) (*Stmt, error) {
	return s.prepare(ctx, sql, func(handle int) { s.stmts.opened(handle, sql) })
}

// prepare prepares a statement. opened is called with its handle while no other command can run on the session.
func (s *Session) prepare(ctx context.Context, sql string, opened func(handle int)) (*Stmt, error) {
	desc, err := s.createPrepared(ctx, sql, nil, opened)
	if err != nil {
		return nil, err
	}
	st := &Stmt{prepared: &prepared{s: s, sql: sql, desc: desc}}
	for _, r := range desc.Results {
		if r.ResultSet != nil {
			st.columns = r.ResultSet.Columns
			break
		}
	}
	return st, nil
}

// CreatePreparedStatement prepares one statement and returns the server's description of it: the command
// createPreparedStatement (V1). The statement must be closed by its handle. People use Prepare.
func (s *Session) CreatePreparedStatement(ctx context.Context, sql string, attrs ...Attribute) (*commands.PreparedStatement, error) {
	return s.createPrepared(ctx, sql, attrs, func(handle int) { s.stmts.opened(handle, sql) })
}

func (s *Session) createPrepared(ctx context.Context, sql string, attrs []Attribute, opened func(handle int)) (desc *commands.PreparedStatement, err error) {
	err = s.do(ctx, commands.CreatePreparedStatement{SQLText: sql}, attrs, func(a *answer) (err error) {
		if desc, err = commands.ParsePrepared(a.Data); err != nil {
			return err
		}
		if a.late != nil {
			s.sendLocked(ctx, commands.ClosePreparedStatement{Handle: desc.Handle})
			return fmt.Errorf("exawire: createPreparedStatement: %w: %w", a.late, errLate)
		}
		for i := range desc.Results {
			if rs := desc.Results[i].ResultSet; rs != nil {
				rs.Data = nil // nothing is executed yet; it would alias the message
			}
		}
		opened(desc.Handle)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return desc, nil
}

// ExecutePreparedStatement runs a prepared statement by its handle: the command executePreparedStatement (V1), one
// message. params describes the parameters as CreatePreparedStatement did, and cols has one column for each of them,
// all of the same length: the statement runs once for each row. People use Stmt, which also splits what is too large
// for one message.
func (s *Session) ExecutePreparedStatement(ctx context.Context, handle int, params []Column, cols []ParamColumn, attrs ...Attribute) (*Result, error) {
	return s.executeOnce(ctx, handle, params, cols, s.paramFormats(false), attrs, nil)
}

// executeOnce sends all rows of the columns in one message.
func (s *Session) executeOnce(
	ctx context.Context, handle int, params []Column, cols []ParamColumn, formats commands.ParamFormats, attrs []Attribute,
	onClose func(context.Context) error,
) (*Result, error) {
	batch, err := newParamBatch(params, cols, nil, formats)
	if err != nil {
		return nil, notSent(err)
	}
	defer batch.free()
	if err := batch.takeAll(s.Info().MaxDataMessageSize); err != nil {
		return nil, notSent(err)
	}
	return s.one(ctx, batch.command(handle), attrs, onClose)
}

// ClosePreparedStatement forgets a prepared statement: the command closePreparedStatement (V1).
func (s *Session) ClosePreparedStatement(ctx context.Context, handle int) error {
	err := s.do(ctx, commands.ClosePreparedStatement{Handle: handle}, nil, nil)
	if err == nil {
		s.stmts.closed(handle)
	}
	return err
}

// SQL returns the text of the statement.
func (st *Stmt) SQL() string { return st.sql }

// Params describes the parameters, in the order of their "?". Their names are empty. The slice must not be changed.
func (st *Stmt) Params() []Column { return st.desc.Params }

// Columns describes the result set, nil if the statement gives a row count. The slice must not be changed.
func (st *Stmt) Columns() []Column { return st.columns }

// Exec runs the statement once, with one argument for each parameter, and returns the number of rows that it changed.
// Arguments are what Values takes as elements. Rows that the statement returns are closed unread and count as 0.
func (st *Stmt) Exec(ctx context.Context, args ...any) (rowCount int64, err error) {
	result, err := st.runRow(ctx, args, nil)
	if err != nil {
		return 0, err
	}
	return result.RowCount(), wasSent(result.Close())
}

// Query runs the statement once, with one argument for each parameter, and returns its rows; see Session.Query.
func (st *Stmt) Query(ctx context.Context, args ...any) (*Rows, error) {
	result, err := st.runRow(ctx, args, nil)
	if err != nil {
		return nil, err
	}
	if rows, ok := result.Rows(); ok {
		return rows, nil
	}
	return st.s.noRows(ctx), nil
}

// runRow runs the statement with one row of arguments. onClose is called when the rows of its result are closed.
func (st *Stmt) runRow(ctx context.Context, args []any, onClose func(context.Context) error) (*Result, error) {
	if err := st.usable(); err != nil {
		return nil, err
	}
	rows := commands.NewRowBuffer(st.desc.Params)
	if len(args) != len(st.desc.Params) {
		return nil, notSent(fmt.Errorf("exawire: %d arguments for %d parameters", len(args), len(st.desc.Params)))
	}
	if err := rows.Append(args); err != nil {
		return nil, notSent(fmt.Errorf("exawire: %w", err))
	}
	return st.s.executeOnce(ctx, st.desc.Handle, st.desc.Params, rows.Columns(), st.formats(), nil, onClose)
}

// With returns a Stmt for the same prepared statement with options for ExecColumns and ExecRows, in place of those that st
// has; Truncate also applies to Exec and Query. It is the same statement on the server: closing either of the two closes
// both.
func (st *Stmt) With(opts ...BatchOption) *Stmt { return &Stmt{st.prepared, newBatchOptions(opts)} }

// formats returns how the statement's parameters are written at this moment.
func (st *Stmt) formats() commands.ParamFormats { return st.s.paramFormats(st.batch.truncate) }

// ExecColumns runs the statement once for each row of cols, which has one column for each parameter, all of the same
// length, and returns the number of rows that it changed. Columns are sent as they are, without being turned into rows.
//
// What does not fit one message of the server is split into several, and so several statements: with autocommit on,
// each of them commits by itself. If one of them fails, the error is a *BatchError that says what was done before. The
// option Atomic, see With, gives all rows or none, and so does a transaction of the caller's. No rows at all is no error:
// nothing is sent.
func (st *Stmt) ExecColumns(ctx context.Context, cols ...ParamColumn) (rowCount int64, err error) {
	w, err := st.newBatchWriter(cols, nil, false)
	if err != nil {
		return 0, err
	}
	if len(cols) == 0 {
		return st.Exec(ctx)
	}
	return w.run(ctx, func() error {
		n := w.batch.rows()
		if st.columns != nil && n > 1 {
			return notSent(errReturnsRows)
		}
		return w.write(ctx, n, false)
	})
}

// ExecRows runs the statement once for each row, which has one argument for each parameter, and returns the number of
// rows that it changed. The rows are streamed: some thousands are encoded, sent as ExecColumns does, and so on until
// the sequence ends, so memory stays bounded however long it is. A row may be used again by the sequence after it was
// taken; what its values refer to, as []byte and pointers do, must not change before 128 more rows were taken. The
// sequence may use the session itself.
//
// Splitting and errors are as for ExecColumns, and ChunkRows and ChunkBytes say how much is sent at a time. When ctx
// ends, the error is a *BatchError that matches the context's. Insert does the same for structs, without an interface for
// each value.
func (st *Stmt) ExecRows(ctx context.Context, rows iter.Seq[[]any]) (rowCount int64, err error) {
	if len(st.desc.Params) == 0 {
		return 0, notSent(errors.New("exawire: a statement without parameters takes no rows: use Exec"))
	}
	if st.columns != nil {
		return 0, notSent(errReturnsRows)
	}
	buffer := commands.NewRowBuffer(st.desc.Params)
	w, err := st.newStreamWriter(buffer, maxBufferRows, nil)
	if err != nil {
		return 0, err
	}
	return w.run(ctx, func() error {
		for row := range rows {
			if err := w.ended(ctx); err != nil {
				return err
			}
			if err := buffer.Append(row); err != nil {
				n := w.number()
				return w.failed(n+1, notSent(fmt.Errorf("exawire: row %d: %w", n, err)))
			}
			if err := w.added(ctx); err != nil {
				return err
			}
		}
		return w.drain(ctx, false)
	})
}

// Close forgets the statement on the server: the command closePreparedStatement. It is harmless to call it again, and
// on a session that was closed. It works although ctx has ended: it then takes at most Config.CancelGrace.
func (st *Stmt) Close(ctx context.Context) error {
	st.mu.Lock()
	closed := st.closed
	st.closed = true
	st.mu.Unlock()
	if closed || st.s.Err() != nil {
		return nil
	}
	ctx, cancel := st.s.outlive(ctx)
	defer cancel()
	return st.s.ClosePreparedStatement(ctx, st.desc.Handle)
}

// closeDetached closes the statement although the caller's context may have ended.
func (st *Stmt) closeDetached(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), st.s.client.cfg.CancelGrace)
	defer cancel()
	return st.Close(ctx)
}

func (st *Stmt) usable() error {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.closed {
		return notSent(ErrStmtClosed)
	}
	return nil
}
