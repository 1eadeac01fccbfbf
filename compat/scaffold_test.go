package compat

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/resultset"
)

// connector opens sessions for database/sql: sql.OpenDB(connector{client}).
type connector struct{ client *exawire.Client }

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	sess, err := c.client.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &conn{sess}, nil
}

func (c connector) Driver() driver.Driver { return opener{} }

// opener is the part that a driver would register under a name.
type opener struct{}

func (opener) Open(dsn string) (driver.Conn, error) {
	sess, err := exawire.Connect(context.Background(), dsn)
	if err != nil {
		return nil, err
	}
	return &conn{sess}, nil
}

// conn is one session. database/sql gives it to one goroutine at a time.
type conn struct{ sess *exawire.Session }

var (
	_ driver.QueryerContext     = (*conn)(nil)
	_ driver.ExecerContext      = (*conn)(nil)
	_ driver.ConnPrepareContext = (*conn)(nil)
	_ driver.ConnBeginTx        = (*conn)(nil)
	_ driver.Pinger             = (*conn)(nil)
	_ driver.Validator          = (*conn)(nil)
	_ driver.NamedValueChecker  = (*conn)(nil)
)

// badConn makes database/sql run the call again on another connection, but only if it certainly did not run before.
func badConn(err error) error {
	if errors.Is(err, exawire.ErrSessionClosed) && exawire.SafeToRetry(err) {
		return driver.ErrBadConn
	}
	return err
}

// CheckNamedValue passes arguments on as they are: exawire knows more types than database/sql does.
func (c *conn) CheckNamedValue(v *driver.NamedValue) error {
	if v.Name != "" {
		return errors.New("parameters have no names")
	}
	return nil
}

func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	r, err := c.sess.Query(ctx, query, values(args)...)
	if err != nil {
		return nil, badConn(err)
	}
	return rows{r}, nil
}

func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	n, err := c.sess.Exec(ctx, query, values(args)...)
	return driver.RowsAffected(n), badConn(err)
}

func (c *conn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	s, err := c.sess.Prepare(ctx, query)
	if err != nil {
		return nil, badConn(err)
	}
	return stmt{s}, nil
}

func (c *conn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	if opts.Isolation != 0 || opts.ReadOnly {
		return nil, errors.New("there is one isolation level, and it can write")
	}
	tx, err := c.sess.Begin(ctx)
	if err != nil {
		return nil, badConn(err)
	}
	return transaction{tx}, nil
}

func (c *conn) Ping(ctx context.Context) error { return badConn(c.sess.Ping(ctx)) }
func (c *conn) IsValid() bool                  { return c.sess.Err() == nil }
func (c *conn) Close() error                   { return c.sess.Close(context.Background()) }

func (c *conn) Begin() (driver.Tx, error) { return c.BeginTx(context.Background(), driver.TxOptions{}) }

func (c *conn) Prepare(query string) (driver.Stmt, error) {
	return c.PrepareContext(context.Background(), query)
}

func values(args []driver.NamedValue) []any {
	v := make([]any, len(args))
	for i, a := range args {
		v[i] = a.Value
	}
	return v
}

// stmt is a prepared statement.
type stmt struct{ *exawire.Stmt }

var (
	_ driver.StmtQueryContext = stmt{}
	_ driver.StmtExecContext  = stmt{}
)

func (s stmt) Close() error  { return s.Stmt.Close(context.Background()) }
func (s stmt) NumInput() int { return len(s.Params()) }

func (s stmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	r, err := s.Stmt.Query(ctx, values(args)...)
	if err != nil {
		return nil, badConn(err)
	}
	return rows{r}, nil
}

func (s stmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	n, err := s.Stmt.Exec(ctx, values(args)...)
	return driver.RowsAffected(n), badConn(err)
}

var errOldForm = errors.New("there is a form with a context, which database/sql prefers")

func (s stmt) Exec([]driver.Value) (driver.Result, error) { return nil, errOldForm }

func (s stmt) Query([]driver.Value) (driver.Rows, error) { return nil, errOldForm }

// transaction ends without a context, so nothing limits how long that takes.
type transaction struct{ *exawire.Tx }

func (tx transaction) Commit() error   { return tx.Tx.Commit(context.Background()) }
func (tx transaction) Rollback() error { return tx.Tx.Rollback(context.Background()) }

// rows is a classic cursor.
type rows struct{ *resultset.Rows }

var _ driver.RowsColumnTypeDatabaseTypeName = rows{}

func (r rows) Columns() []string {
	names := make([]string, len(r.Rows.Columns()))
	for i, c := range r.Rows.Columns() {
		names[i] = c.Name
	}
	return names
}

func (r rows) ColumnTypeDatabaseTypeName(i int) string {
	return string(r.Rows.Columns()[i].DataType.Type)
}

// Next gives database/sql the types that it allows: decimals and intervals become text.
func (r rows) Next(dest []driver.Value) error {
	if !r.Rows.Next() {
		if err := r.Err(); err != nil {
			return err
		}
		return io.EOF
	}
	row, err := r.Values()
	if err != nil {
		return err
	}
	for i, v := range row {
		if dest[i] = v; v != nil {
			if valuer, ok := v.(driver.Valuer); ok {
				if dest[i], err = valuer.Value(); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
