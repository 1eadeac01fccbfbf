package stdlib

import (
	"context"
	"database/sql/driver"

	"github.com/exawire/exawire"
)

// stmt is a prepared statement of one connection.
type stmt struct {
	c  *conn
	st *exawire.Stmt
}

var (
	_ driver.StmtQueryContext  = (*stmt)(nil)
	_ driver.StmtExecContext   = (*stmt)(nil)
	_ driver.NamedValueChecker = (*stmt)(nil)
)

// Close forgets the statement.
func (s *stmt) Close() error { return harmless(s.st.Close(context.Background())) }

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
func (s *stmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	values, kind, err := argumentsOf(args)
	switch {
	case err != nil:
		return nil, err
	case kind == columnArguments:
		return nil, errColumnsInQuery
	case kind == scriptArgument:
		return nil, errScriptArgs
	}
	r, err := s.st.Query(ctx, values...)
	if err != nil {
		return nil, s.c.failed(ctx, err)
	}
	return newRows(r), nil
}

// ExecContext runs the statement, once for each row if the arguments are columns.
func (s *stmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	values, kind, err := argumentsOf(args)
	var n int64
	switch {
	case err != nil:
		return nil, err
	case kind == scriptArgument:
		return nil, errScriptArgs
	case kind == columnArguments:
		n, err = s.st.ExecColumns(ctx, columnsOf(values)...)
	default:
		n, err = s.st.Exec(ctx, values...)
	}
	if err != nil {
		return nil, s.c.failed(ctx, err)
	}
	return result(n), nil
}
