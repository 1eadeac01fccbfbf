package stdlib

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"

	"github.com/exawire/exawire"
)

// conn is one session. database/sql gives it to one goroutine at a time.
type conn struct {
	sess *exawire.Session
	tx   *tx // nil if none is open
}

var (
	_ driver.QueryerContext     = (*conn)(nil)
	_ driver.ExecerContext      = (*conn)(nil)
	_ driver.ConnPrepareContext = (*conn)(nil)
	_ driver.ConnBeginTx        = (*conn)(nil)
	_ driver.Pinger             = (*conn)(nil)
	_ driver.SessionResetter    = (*conn)(nil)
	_ driver.Validator          = (*conn)(nil)
	_ driver.NamedValueChecker  = (*conn)(nil)
)

// Ping makes a round trip.
func (c *conn) Ping(ctx context.Context) error { return c.failed(ctx, c.sess.Ping(ctx)) }

// IsValid reports whether the connection may go back to the pool.
func (c *conn) IsValid() bool { return c.sess.Err() == nil }

// ResetSession makes the connection fit for its next user. database/sql looks for driver.ErrBadConn alone: after any other
// error it would use the connection all the same.
func (c *conn) ResetSession(ctx context.Context) error {
	if err := c.sess.Reset(ctx); err != nil {
		return &connError{err}
	}
	return nil
}

// Close ends the session.
func (c *conn) Close() error { return harmless(c.sess.Close(context.Background())) }

// Prepare is PrepareContext without a context.
func (c *conn) Prepare(query string) (driver.Stmt, error) {
	return c.PrepareContext(context.Background(), query)
}

// PrepareContext prepares one statement.
func (c *conn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	st, err := c.sess.Prepare(ctx, query)
	if err != nil {
		return nil, c.failed(ctx, err)
	}
	return &stmt{c, st}, nil
}

// Begin is BeginTx without a context and options.
func (c *conn) Begin() (driver.Tx, error) { return c.BeginTx(context.Background(), driver.TxOptions{}) }

// BeginTx starts a transaction. Exasol has one isolation level.
func (c *conn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	switch level := sql.IsolationLevel(opts.Isolation); {
	case level != sql.LevelDefault && level != sql.LevelSerializable:
		return nil, fmt.Errorf("stdlib: isolation level %s: transactions are always serializable: use sql.LevelDefault or sql.LevelSerializable", level)
	case opts.ReadOnly:
		return nil, errReadOnly
	}
	t, err := c.sess.Begin(ctx)
	if err != nil {
		return nil, c.failed(ctx, err)
	}
	c.tx = &tx{c: c, tx: t, ctx: ctx}
	return c.tx, nil
}

// QueryContext runs a statement and returns its rows.
func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	values, kind, err := argumentsOf(args)
	switch {
	case err != nil:
		return nil, err
	case kind == columnArguments:
		return nil, errColumnsInQuery
	case kind == scriptArgument:
		return c.queryScript(ctx, query)
	}
	r, err := c.sess.Query(ctx, query, values...)
	if err != nil {
		return nil, c.failed(ctx, err)
	}
	return newRows(r), nil
}

// ExecContext runs a statement, or one for each row of columns.
func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	values, kind, err := argumentsOf(args)
	switch {
	case err != nil:
		return nil, err
	case kind == scriptArgument:
		return c.execScript(ctx, query)
	case kind == columnArguments:
		return c.execColumns(ctx, query, columnsOf(values))
	}
	n, err := c.sess.Exec(ctx, query, values...)
	if err != nil {
		return nil, c.failed(ctx, err)
	}
	return result(n), nil
}

// execColumns prepares a statement for one run.
func (c *conn) execColumns(ctx context.Context, query string, cols []exawire.ParamColumn) (driver.Result, error) {
	st, err := c.sess.Prepare(ctx, query)
	if err != nil {
		return nil, c.failed(ctx, err)
	}
	defer st.Close(ctx)
	n, err := st.ExecColumns(ctx, cols...)
	if err != nil {
		return nil, c.failed(ctx, err)
	}
	return result(n), nil
}
