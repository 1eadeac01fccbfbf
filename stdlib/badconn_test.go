package stdlib_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
	"github.com/exawire/exawire/stdlib"
	"github.com/google/go-cmp/cmp"
)

// handle is what DB, Conn and Tx have in common.
type handle interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

const (
	plain = "INSERT INTO t VALUES (1)"
	param = "INSERT INTO t VALUES (?)"
)

// call is something that runs a statement once, or is a command of another kind.
type call struct {
	command string // by which the statement is sent
	runs    int    // statements
	do      func(ctx context.Context, h handle) error
}

func drain(rows *sql.Rows, err error) error {
	if err != nil {
		return err
	}
	for rows.Next() {
	}
	return errors.Join(rows.Err(), rows.Close())
}

var calls = map[string]call{
	"Exec": {"execute", 1, func(ctx context.Context, h handle) error { _, err := h.ExecContext(ctx, plain); return err }},
	"Exec with an argument": {"executePreparedStatement", 1, func(ctx context.Context, h handle) error {
		_, err := h.ExecContext(ctx, param, "a")
		return err
	}},
	"Query": {"execute", 1, func(ctx context.Context, h handle) error { return drain(h.QueryContext(ctx, plain)) }},
	"Query with an argument": {"executePreparedStatement", 1, func(ctx context.Context, h handle) error {
		return drain(h.QueryContext(ctx, param, "a"))
	}},
	"columns": {"executePreparedStatement", 1, func(ctx context.Context, h handle) error {
		_, err := h.ExecContext(ctx, param, exawire.Values([]string{"a", "b"}))
		return err
	}},
	"script": {"executeBatch", 2, func(ctx context.Context, h handle) error {
		_, err := h.ExecContext(ctx, plain+";"+plain, stdlib.Script)
		return err
	}},
	"Prepare": {"createPreparedStatement", 0, func(ctx context.Context, h handle) error {
		st, err := h.PrepareContext(ctx, param)
		if err == nil {
			_ = st.Close()
		}
		return err
	}},
	"Stmt.Exec": {"executePreparedStatement", 1, func(ctx context.Context, h handle) error {
		st, err := h.PrepareContext(ctx, param)
		if err != nil {
			return err
		}
		defer st.Close()
		_, err = st.ExecContext(ctx, "a")
		return err
	}},
	"Begin": {"setAttributes", 0, func(ctx context.Context, h handle) error {
		tx, err := h.(interface {
			BeginTx(ctx context.Context, opts *sql.TxOptions) (*sql.Tx, error)
		}).BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		return tx.Rollback()
	}},
	"Ping": {"getAttributes", 0, func(ctx context.Context, h handle) error {
		return h.(interface {
			PingContext(ctx context.Context) error
		}).PingContext(ctx)
	}},
}

// inserts returns how many INSERTs have arrived.
func inserts(srv *exatest.Server) (n int) {
	for _, sql := range srv.Statements() {
		if strings.HasPrefix(sql, "INSERT") {
			n++
		}
	}
	return n
}

// A session that died in the pool is replaced, and the statement runs once.
func TestDeathInPool(t *testing.T) {
	for name, c := range calls {
		t.Run(name, func(t *testing.T) {
			bubble(t, nil, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
				srv.HandleSQL("INSERT ...", exatest.RowCount(1))
				if err := db.PingContext(t.Context()); err != nil {
					t.Fatal(err)
				}
				srv.KillSessions()
				synctest.Wait()
				if err := c.do(t.Context(), db); err != nil {
					t.Error(err)
				}
				if n := inserts(srv); n != c.runs {
					t.Errorf("%d statements arrived instead of %d", n, c.runs)
				}
				if n := len(srv.Requests(exatest.Credentials)); n != 2 {
					t.Errorf("%d logins", n)
				}
			})
		})
	}
}

// A session that died under the hands of its user: database/sql may run the call again.
func TestDeathBeforeUse(t *testing.T) {
	for name, c := range calls {
		t.Run(name, func(t *testing.T) {
			bubble(t, nil, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
				conn := pinned(t, db)
				srv.KillSessions()
				synctest.Wait()
				err := c.do(t.Context(), conn)
				if !errors.Is(err, driver.ErrBadConn) || !errors.Is(err, exawire.ErrSessionClosed) || !exawire.SafeToRetry(err) {
					t.Errorf("the error is %q", err)
				}
				if !strings.Contains(err.Error(), "session is closed") {
					t.Errorf("%q does not say why", err)
				}
			})
		})
	}
}

// The same if the caller has left: it is not run again.
func TestDeathAfterCaller(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
		dc := raw(t, pinned(t, db))
		srv.KillSessions()
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := dc.(driver.ExecerContext).ExecContext(ctx, plain, nil)
		checkHarmless(t, err)
	})
}

// breakable is a network whose connections do not take a single byte from some moment on.
type breakable struct {
	dial   func(ctx context.Context, network, addr string) (net.Conn, error)
	broken atomic.Bool
}

type breakableConn struct {
	net.Conn
	broken *atomic.Bool
}

func (c breakableConn) Write(p []byte) (int, error) {
	if c.broken.Load() {
		return 0, errors.New("no byte is taken")
	}
	return c.Conn.Write(p)
}

func (b *breakable) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	c, err := b.dial(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	b.broken.Store(false) // a new connection works; the old one is closed by now
	return breakableConn{c, &b.broken}, nil
}

// A connection breaks between the look at it and the first byte of a command.
func TestBreakAtFirstByte(t *testing.T) {
	for name, c := range calls {
		t.Run(name, func(t *testing.T) {
			network := &breakable{}
			bubble(t, func(cfg *exawire.Config) {
				network.dial = cfg.DialContext
				cfg.DialContext = network.Dial
			}, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
				srv.HandleSQL("INSERT ...", exatest.RowCount(1))
				if err := db.PingContext(t.Context()); err != nil {
					t.Fatal(err)
				}
				network.broken.Store(true)
				err := c.do(t.Context(), db)
				if name == "Ping" { // which database/sql does not do again
					if !errors.Is(err, driver.ErrBadConn) {
						t.Errorf("the error is %v", err)
					}
					err = db.PingContext(t.Context())
				}
				if err != nil {
					t.Errorf("the call was not made on another connection: %v", err)
				}
				if n := inserts(srv); n != c.runs {
					t.Errorf("%d statements arrived instead of %d", n, c.runs)
				}
			}, exatest.WithPlaintext(), exatest.WithLeniency())
		})
	}
}

// A session dies when the command has arrived: before it runs, and after that. Nobody knows, so it is not run again.
func TestDeathOfCommand(t *testing.T) {
	for name, c := range calls {
		for when, cut := range map[string]fault.Fault{"before": fault.CutRequest(), "after": fault.CutAnswer(), "middle": fault.CutMiddle()} {
			t.Run(name+"/"+when, func(t *testing.T) {
				bubble(t, nil, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
					srv.HandleSQL("INSERT ...", exatest.RowCount(1))
					if err := db.PingContext(t.Context()); err != nil {
						t.Fatal(err)
					}
					injected := srv.Inject(cut.On(c.command).Once())
					err := c.do(t.Context(), db)
					checkHarmless(t, err)
					if !errors.Is(err, exawire.ErrSessionClosed) || exawire.SafeToRetry(err) {
						t.Errorf("the error is %q", err)
					}
					if injected.Count() != 1 {
						t.Errorf("the connection was cut %d times", injected.Count())
					}
					if n := inserts(srv); n != c.runs {
						t.Errorf("%d statements arrived instead of %d", n, c.runs)
					}
					if err := c.do(t.Context(), db); err != nil {
						t.Errorf("the pool has not recovered: %v", err)
					}
				})
			})
		}
	}
}

func TestDeathOfRows(t *testing.T) {
	bubble(t, func(c *exawire.Config) { c.Prefetch = -1; c.FetchBytes = 1 << 10 }, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
		srv.HandleSQL("SELECT n FROM t", exatest.Rows(exatest.Columns("N DECIMAL(18,0)"), exatest.ValuesOf(make([]int, 5000))))
		rows, err := db.QueryContext(t.Context(), "SELECT n FROM t")
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for ; rows.Next(); n++ {
			if n == 0 {
				srv.KillSessions()
				synctest.Wait()
			}
		}
		checkHarmless(t, rows.Err())
		if n == 0 || n == 5000 || !errors.Is(rows.Err(), exawire.ErrSessionClosed) {
			t.Errorf("%d rows, then %v", n, rows.Err())
		}
		if err := db.PingContext(t.Context()); err != nil {
			t.Error(err)
		}
		if got := srv.Statements(); len(got) != 1 {
			t.Errorf("%q arrived", got)
		}
	}, exatest.WithInlineRows(0))
}

// In a transaction nothing can be run again, so no error asks for it.
func TestDeathInTransaction(t *testing.T) {
	names := []string{"Exec", "Exec with an argument", "Query", "Query with an argument", "columns", "script", "Prepare", "Stmt.Exec"}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			bubble(t, nil, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
				tx, err := db.BeginTx(t.Context(), nil)
				if err != nil {
					t.Fatal(err)
				}
				srv.KillSessions()
				synctest.Wait()
				err = calls[name].do(t.Context(), tx)
				checkHarmless(t, err)
				if !errors.Is(err, exawire.ErrSessionClosed) {
					t.Errorf("the error is %q", err)
				}
				err = tx.Commit()
				checkHarmless(t, err)
				if !errors.Is(err, exawire.ErrSessionClosed) {
					t.Errorf("Commit: %q", err)
				}
				if err := db.PingContext(t.Context()); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestDeathOfCommit(t *testing.T) {
	for when, cut := range map[string]fault.Fault{"before": fault.CutRequest(), "after": fault.CutAnswer()} {
		t.Run(when, func(t *testing.T) {
			bubble(t, nil, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
				srv.HandleSQL("INSERT ...", exatest.RowCount(1))
				tx, err := db.BeginTx(t.Context(), nil)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := tx.Exec(plain); err != nil {
					t.Fatal(err)
				}
				srv.Inject(cut.On("execute").Once())
				err = tx.Commit()
				checkHarmless(t, err)
				if !errors.Is(err, exawire.ErrSessionClosed) || exawire.SafeToRetry(err) {
					t.Errorf("the error is %q", err)
				}
				if diff := cmp.Diff([]string{plain, "COMMIT"}, srv.Statements()); diff != "" {
					t.Error(diff)
				}
				if err := tx.Rollback(); !errors.Is(err, sql.ErrTxDone) {
					t.Errorf("Rollback after Commit: %v", err)
				}
				checkClean(t, srv, db)
			})
		})
	}
}

func TestDeathBeforeRollback(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
		tx, err := db.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		srv.KillSessions()
		synctest.Wait()
		if err := tx.Rollback(); err != nil {
			t.Errorf("the server has rolled back, and Rollback says %v", err)
		}
		checkClean(t, srv, db)
	})
}

// The prepared statement of a DB moves on to another connection; its old one is not used again.
func TestDeathOfStmt(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
		srv.HandleSQL("INSERT ...", exatest.RowCount(1))
		st, err := db.Prepare(param)
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if _, err := st.ExecContext(t.Context(), "a"); err != nil {
				t.Fatal(err)
			}
			srv.KillSessions()
			synctest.Wait()
		}
		if n := inserts(srv); n != 3 {
			t.Errorf("%d statements arrived", n)
		}
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
}

// A statement that the server has forgotten is an error of the core, and the next statement works.
func TestForgottenStmt(t *testing.T) {
	srv, db := serve(t, exatest.WithLeniency())
	srv.HandleSQL("INSERT ...", exatest.RowCount(1))
	conn := pinned(t, db)
	st, err := conn.PrepareContext(t.Context(), param)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if err := conn.Raw(func(dc any) error {
		sess, err := stdlib.SessionOf(dc)
		if err != nil {
			return err
		}
		return sess.ClosePreparedStatement(t.Context(), srv.Sessions()[0].Statements[0])
	}); err != nil {
		t.Fatal(err)
	}
	_, err = st.Exec("a")
	checkHarmless(t, err)
	if err := conn.PingContext(t.Context()); err != nil {
		t.Error(err)
	}
}
