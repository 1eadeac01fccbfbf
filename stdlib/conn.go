package stdlib

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/bulk"
)

// conn is one session. database/sql calls its methods, and those of its statements, rows and transactions, under one lock.
type conn struct {
	sess  *exawire.Session
	tx    *tx           // nil if none is open
	grace time.Duration // how long a reset may take
	local *localFiles   // nil if statements must not use files
	open  bool          // a transaction outlives each use: the configuration has autocommit off

	panicked bool // code of the user, in the middle of a call
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
func (c *conn) Ping(ctx context.Context) (err error) {
	defer c.caught(&err)
	return c.failed(ctx, c.sess.Ping(ctx))
}

// IsValid reports whether the connection may go back to the pool.
func (c *conn) IsValid() bool { return !c.panicked && c.sess.Err() == nil }

// ResetSession makes the connection fit for its next user. database/sql looks for driver.ErrBadConn alone: after any other
// error it would use the connection as it is. If the configuration has autocommit off, what was done may have to be
// committed by the next use, and a reset would roll it back.
func (c *conn) ResetSession(ctx context.Context) error {
	c.tx = nil
	if err := c.reset(ctx); err != nil {
		return &connError{err}
	}
	return nil
}

// reset is for whoever comes next, not only for the caller whose context it is: if that ends meanwhile, the connection is
// not to be lost. It takes no longer than what else is done after a caller has left.
func (c *conn) reset(ctx context.Context) (err error) {
	defer c.caught(&err)
	if c.open {
		return c.sess.Err()
	}
	if ctx != nil { // the session says what is wrong with nil
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), c.grace)
		defer cancel()
	}
	return c.sess.Reset(ctx)
}

// Close ends the session.
func (c *conn) Close() (err error) {
	defer c.caught(&err)
	return harmless(c.sess.Close(context.Background()))
}

// Begin is BeginTx without a context and options.
func (c *conn) Begin() (driver.Tx, error) { return c.BeginTx(context.Background(), driver.TxOptions{}) }

var errReadOnly = errors.New("stdlib: there are no read-only transactions: begin one without TxOptions.ReadOnly")

// BeginTx starts a transaction. Exasol has one isolation level.
func (c *conn) BeginTx(ctx context.Context, opts driver.TxOptions) (_ driver.Tx, err error) {
	defer c.caught(&err)
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
	defer c.caught(&err)
	values, kind, err := argumentsOf(args)
	var r *exawire.Rows
	switch {
	case err != nil:
		return nil, err
	case bulk.IsLocal(query):
		return nil, errLocalExec
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
	return newRows(c, r), nil
}

// ExecContext runs a statement, once for each row if the arguments are columns. It may read or write files of the client.
func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (_ driver.Result, err error) {
	defer c.caught(&err)
	values, kind, err := argumentsOf(args)
	var n int64
	switch {
	case err != nil:
		return nil, err
	case bulk.IsLocal(query):
		n, err = c.execLocal(ctx, query, len(args))
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
