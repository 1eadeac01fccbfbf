package stdlib

import (
	"context"
	"database/sql/driver"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/bulk"
)

// stmt is a prepared statement of one connection. database/sql prepares it anew on each connection that it needs it on.
type stmt struct {
	c  *conn
	st *exawire.Stmt
}

var (
	_ driver.StmtQueryContext  = (*stmt)(nil)
	_ driver.StmtExecContext   = (*stmt)(nil)
	_ driver.NamedValueChecker = (*stmt)(nil)
)

// Prepare is PrepareContext without a context.
func (c *conn) Prepare(query string) (driver.Stmt, error) {
	return c.PrepareContext(context.Background(), query)
}

// PrepareContext prepares one statement. It outlives the transaction that it may be prepared in: database/sql does not
// always say whether it belongs to that or to the connection.
func (c *conn) PrepareContext(ctx context.Context, query string) (_ driver.Stmt, err error) {
	defer c.caught(&err)
	if bulk.IsLocal(query) {
		return nil, errLocalExec
	}
	st, err := c.sess.Prepare(ctx, query)
	if err != nil {
		return nil, c.failed(ctx, err)
	}
	return &stmt{c, st}, nil
}

// NumInput returns the number of parameters.
func (s *stmt) NumInput() int { return len(s.st.Params()) }

// CheckNamedValue is that of the connection.
func (s *stmt) CheckNamedValue(v *driver.NamedValue) error { return s.c.CheckNamedValue(v) }

// Exec is ExecContext without a context.
func (s *stmt) Exec(args []driver.Value) (driver.Result, error) {
	return s.ExecContext(context.Background(), named(args))
}

// Query is QueryContext without a context.
func (s *stmt) Query(args []driver.Value) (driver.Rows, error) {
	return s.QueryContext(context.Background(), named(args))
}

// QueryContext runs the statement and returns its rows.
func (s *stmt) QueryContext(ctx context.Context, args []driver.NamedValue) (_ driver.Rows, err error) {
	defer s.c.caught(&err)
	values, kind, err := argumentsOf(args)
	switch {
	case err != nil:
		return nil, err
	case kind == columnArguments:
		return nil, errColumnsInQuery
	case kind == scriptArgument:
		return nil, errScriptPrepared
	}
	r, err := s.now().Query(ctx, values...)
	if err != nil {
		return nil, s.c.failed(ctx, err)
	}
	return newRows(s.c, r), nil
}

// ExecContext runs the statement, once for each row if the arguments are columns.
func (s *stmt) ExecContext(ctx context.Context, args []driver.NamedValue) (_ driver.Result, err error) {
	defer s.c.caught(&err)
	values, kind, err := argumentsOf(args)
	var n int64
	switch {
	case err != nil:
		return nil, err
	case kind == scriptArgument:
		return nil, errScriptPrepared
	case kind == columnArguments:
		n, err = s.now().ExecColumns(ctx, columnsOf(values)...)
	default:
		n, err = s.now().Exec(ctx, values...)
	}
	if err != nil {
		return nil, s.c.failed(ctx, err)
	}
	return result(n), nil
}

// now returns the statement as part of the transaction that is open.
func (s *stmt) now() *exawire.Stmt {
	if s.c.tx == nil {
		return s.st
	}
	return s.c.tx.tx.Stmt(s.st)
}

// Close lets go of the statement. Nothing is sent: database/sql mostly calls Close under the lock of the whole pool, whose
// users would all wait for one server. The next command of the connection closes the statement there.
func (s *stmt) Close() error {
	s.st.CloseLater()
	return nil
}
