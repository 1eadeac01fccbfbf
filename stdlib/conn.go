package stdlib

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/exawire/exawire"
)

// conn is one session. database/sql calls its methods, and those of its statements, rows and transactions, under one lock.
type conn struct {
	manual bool // the configuration has autocommit off: transactions end where the program says so
	sess   *exawire.Session
	tx     *tx // nil if none is open
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
// error it would use the connection as it is. A connection whose configuration has autocommit off is left as it is: to reset
// it would undo what was reported as done.
func (c *conn) ResetSession(ctx context.Context) error {
	c.tx = nil
	reset := c.sess.Reset
	if c.manual {
		reset = func(context.Context) error { return c.sess.Err() }
	}
	if err := reset(ctx); err != nil {
		return &connError{err}
	}
	return nil
}

// Close ends the session.
func (c *conn) Close() error { return harmless(c.sess.Close(context.Background())) }

// Begin is BeginTx without a context and options.
func (c *conn) Begin() (driver.Tx, error) { return c.BeginTx(context.Background(), driver.TxOptions{}) }

var errReadOnly = errors.New("stdlib: there are no read-only transactions: begin one without TxOptions.ReadOnly")

// BeginTx starts a transaction. Exasol has one isolation level.
func (c *conn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	switch level := sql.IsolationLevel(opts.Isolation); {
	case level != sql.LevelDefault && level != sql.LevelSerializable:
		return nil, fmt.Errorf("stdlib: isolation level %s: every transaction is serializable: use sql.LevelDefault or sql.LevelSerializable", level)
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
func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (_ driver.Rows, err error) {
	defer caught(&err)
	values, kind, err := argumentsOf(args)
	var r *exawire.Rows
	switch {
	case err != nil:
		return nil, err
	case kind == columnArguments:
		return nil, errColumnsInQuery
	case kind == scriptArgument:
		return c.queryScript(ctx, query)
	case c.tx != nil:
		r, err = c.tx.tx.Query(ctx, query, values...)
	default:
		r, err = c.sess.Query(ctx, query, values...)
	}
	if err != nil {
		return nil, c.failed(ctx, err)
	}
	return newRows(r), nil
}

// ExecContext runs a statement, once for each row if the arguments are columns.
func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (_ driver.Result, err error) {
	defer caught(&err)
	values, kind, err := argumentsOf(args)
	var n int64
	switch {
	case err != nil:
		return nil, err
	case kind == scriptArgument:
		return c.execScript(ctx, query)
	case kind == columnArguments:
		n, err = c.execColumns(ctx, query, columnsOf(values))
	case c.tx != nil:
		n, err = c.tx.tx.Exec(ctx, query, values...)
	default:
		n, err = c.sess.Exec(ctx, query, values...)
	}
	if err != nil {
		return nil, c.failed(ctx, err)
	}
	return result(n), nil
}

// execColumns prepares a statement for one run.
func (c *conn) execColumns(ctx context.Context, query string, cols []exawire.ParamColumn) (int64, error) {
	prepare := c.sess.Prepare
	if c.tx != nil {
		prepare = c.tx.tx.Prepare
	}
	st, err := prepare(ctx, query)
	if err != nil {
		return 0, err
	}
	defer st.Close(ctx) //nolint:errcheck // the outcome counts, not whether the server could forget the statement
	return st.ExecColumns(ctx, cols...)
}

// result is the number of rows that a statement has changed.
type result int64

var errNoInsertID = errors.New("stdlib: there is no last insert id: query for the identity value, or give the rows keys of your own")

// LastInsertId fails: the server does not report it.
func (result) LastInsertId() (int64, error) { return 0, errNoInsertID }

// RowsAffected returns the number.
func (n result) RowsAffected() (int64, error) { return int64(n), nil }
