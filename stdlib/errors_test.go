package stdlib_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
	"github.com/exawire/exawire/stdlib"
	"github.com/google/go-cmp/cmp"
)

// sentinels are the errors that mean something to database/sql, bare and in company.
var sentinels = map[string]error{
	"ErrBadConn":           driver.ErrBadConn,
	"ErrSkip":              driver.ErrSkip,
	"ErrRemoveArgument":    driver.ErrRemoveArgument,
	"EOF":                  io.EOF,
	"wrapped ErrBadConn":   fmt.Errorf("my cause: %w", driver.ErrBadConn),
	"joined with ErrSkip":  errors.Join(errors.New("first"), driver.ErrSkip),
	"ErrBadConn and Error": errors.Join(driver.ErrBadConn, &exawire.Error{SQLCode: "12345"}),
}

// checkHarmless fails the test unless err is an error that database/sql makes nothing of.
func checkHarmless(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		t.Error("no error")
		return
	}
	for _, word := range []error{driver.ErrBadConn, driver.ErrSkip, driver.ErrRemoveArgument} {
		if errors.Is(err, word) || errors.Is(fmt.Errorf("wrapped: %w", err), word) {
			t.Errorf("%q matches %q", err, word)
		}
	}
	if err == io.EOF { //nolint:errorlint // the comparison of database/sql
		t.Error("the error is io.EOF")
	}
}

// raw returns the driver's connection of c. What is done with it is seen without database/sql in between.
func raw(t testing.TB, c *sql.Conn) (dc driver.Conn) {
	t.Helper()
	if err := c.Raw(func(d any) error { dc = d.(driver.Conn); return nil }); err != nil {
		t.Fatal(err)
	}
	return dc
}

// Every call ends by a context whose cause is one of the errors that database/sql acts on: before it is sent, while its
// command runs, and while the server is silent for so long that the session is given up.
func TestCauses(t *testing.T) {
	const insert = "INSERT INTO t VALUES (1)"
	calls := map[string]func(ctx context.Context, dc driver.Conn) error{
		"Exec": func(ctx context.Context, dc driver.Conn) error {
			_, err := dc.(driver.ExecerContext).ExecContext(ctx, insert, nil)
			return err
		},
		"Query": func(ctx context.Context, dc driver.Conn) error {
			_, err := dc.(driver.QueryerContext).QueryContext(ctx, insert, nil)
			return err
		},
		"Exec with arguments": func(ctx context.Context, dc driver.Conn) error {
			_, err := dc.(driver.ExecerContext).ExecContext(ctx, "INSERT INTO t VALUES (?)", []driver.NamedValue{{Ordinal: 1, Value: "a"}})
			return err
		},
		"Script": func(ctx context.Context, dc driver.Conn) error {
			_, err := dc.(driver.ExecerContext).ExecContext(ctx, insert+"; "+insert, []driver.NamedValue{{Ordinal: 1, Value: stdlib.Script}})
			return err
		},
		"columns": func(ctx context.Context, dc driver.Conn) error {
			_, err := dc.(driver.ExecerContext).ExecContext(ctx, "INSERT INTO t VALUES (?)", []driver.NamedValue{{Ordinal: 1, Value: exawire.Values([]string{"a"})}})
			return err
		},
		"Prepare": func(ctx context.Context, dc driver.Conn) error {
			st, err := dc.(driver.ConnPrepareContext).PrepareContext(ctx, insert)
			if err == nil {
				_ = st.Close()
			}
			return err
		},
		"Begin": func(ctx context.Context, dc driver.Conn) error {
			_, err := dc.(driver.ConnBeginTx).BeginTx(ctx, driver.TxOptions{})
			return err
		},
		"Ping": func(ctx context.Context, dc driver.Conn) error { return dc.(driver.Pinger).Ping(ctx) },
	}
	for name, cause := range sentinels {
		for call, do := range calls {
			for _, when := range []string{"before", "meanwhile", "silent"} {
				t.Run(name+"/"+call+"/"+when, func(t *testing.T) {
					bubble(t, nil, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
						srv.HandleSQL("INSERT ...", exatest.RowCount(1).After(time.Second))
						c := pinned(t, db)
						dc := raw(t, c)
						if when == "silent" {
							defer srv.Inject(fault.Delay(time.Hour)).Remove()
						}
						ctx, cancel := context.WithCancelCause(t.Context())
						defer cancel(nil)
						if when == "before" {
							cancel(cause)
						} else {
							time.AfterFunc(time.Second/2, func() { cancel(cause) })
						}
						err := do(ctx, dc)
						if err == nil && when == "meanwhile" && (call == "Prepare" || call == "Begin" || call == "Ping") {
							return // done before the context ended
						}
						checkHarmless(t, err)
						if !errors.Is(err, context.Canceled) {
							t.Errorf("%q does not match the context's error", err)
						}
						if n := len(srv.Statements()); n > 2 || when == "before" && n > 0 {
							t.Errorf("%d statements arrived", n)
						}
						if unsent := exawire.SafeToRetry(err); when == "before" && !unsent {
							t.Error("nothing was sent, and SafeToRetry does not say so")
						}
						if e := new(exawire.Error); name == "ErrBadConn and Error" && !errors.As(err, &e) {
							t.Errorf("%q has lost the cause", err)
						}
						if err := c.PingContext(t.Context()); err != nil && when != "silent" {
							t.Errorf("the connection is gone: %v", err)
						}
					})
				})
			}
		}
	}
}

// The same through database/sql, which would run a statement a second time.
func TestCausesInPool(t *testing.T) {
	for name, cause := range sentinels {
		t.Run(name, func(t *testing.T) {
			bubble(t, nil, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
				srv.HandleSQL("INSERT ...", exatest.RowCount(1).After(time.Second))
				st, err := db.Prepare("INSERT INTO t VALUES (?)")
				if err != nil {
					t.Fatal(err)
				}
				defer st.Close()
				for i, call := range []func(ctx context.Context) error{
					func(ctx context.Context) error { _, err := db.ExecContext(ctx, "INSERT INTO t VALUES (0)"); return err },
					func(ctx context.Context) error {
						_, err := db.QueryContext(ctx, "INSERT INTO t VALUES (1)")
						return err
					},
					func(ctx context.Context) error {
						_, err := db.ExecContext(ctx, "INSERT INTO t VALUES (?)", "2")
						return err
					},
					func(ctx context.Context) error { _, err := st.ExecContext(ctx, "3"); return err },
					func(ctx context.Context) error { _, err := st.QueryContext(ctx, "4"); return err },
				} {
					before := len(srv.Statements())
					ctx, cancel := context.WithCancelCause(t.Context())
					time.AfterFunc(time.Second/2, func() { cancel(cause) })
					checkHarmless(t, call(ctx))
					cancel(nil)
					if n := len(srv.Statements()) - before; n != 1 {
						t.Errorf("call %d: the statement arrived %d times", i, n)
					}
				}
				if n := db.Stats().OpenConnections; n != 1 {
					t.Errorf("%d connections are open", n)
				}
			})
		})
	}
}

// COMMIT is bounded by the context of BeginTx.
func TestCausesOfCommit(t *testing.T) {
	for name, cause := range sentinels {
		t.Run(name, func(t *testing.T) {
			bubble(t, nil, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
				srv.HandleSQL("COMMIT", exatest.RowCount(0).After(10*time.Second)).Once()
				ctx, cancel := context.WithCancelCause(t.Context())
				tx, err := db.BeginTx(ctx, nil)
				if err != nil {
					t.Fatal(err)
				}
				time.AfterFunc(time.Second, func() { cancel(cause) })
				began := time.Now()
				checkHarmless(t, tx.Commit())
				if d := time.Since(began); d > 2*time.Second {
					t.Errorf("Commit took %v", d)
				}
				checkClean(t, srv, db)
			})
		})
	}
}

// checkClean fails the test unless the only connection is as good as new.
func checkClean(t *testing.T, srv *exatest.Server, db *sql.DB) {
	t.Helper()
	if err := db.PingContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, s := range srv.Sessions() {
		if !s.Attributes.Autocommit || s.Attributes.OpenTransaction {
			t.Errorf("a session in the pool: autocommit %t, open transaction %t", s.Attributes.Autocommit, s.Attributes.OpenTransaction)
		}
	}
}

func TestCausesOfRows(t *testing.T) {
	for name, cause := range sentinels {
		t.Run(name, func(t *testing.T) {
			bubble(t, nil, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
				srv.HandleSQL("SELECT n FROM t", exatest.Rows(exatest.Columns("N DECIMAL(18,0)"), exatest.ValuesOf(make([]int, 5000))))
				c := pinned(t, db)
				dc := raw(t, c)
				ctx, cancel := context.WithCancelCause(t.Context())
				rows, err := dc.(driver.QueryerContext).QueryContext(ctx, "SELECT n FROM t", nil)
				if err != nil {
					t.Fatal(err)
				}
				dest := make([]driver.Value, 1)
				if err := rows.Next(dest); err != nil {
					t.Fatal(err)
				}
				cancel(cause)
				for err == nil {
					err = rows.Next(dest)
				}
				checkHarmless(t, err)
				if !errors.Is(err, context.Canceled) {
					t.Errorf("the rows end with %q", err)
				}
				if err := rows.Close(); err != nil {
					checkHarmless(t, err)
				}
				if err := c.PingContext(t.Context()); err != nil {
					t.Error(err)
				}
			}, exatest.WithInlineRows(0))
		})
	}
}

// valuer is an argument whose method fails.
type valuer struct{ err error }

func (v valuer) Value() (driver.Value, error) { return nil, v.err }

func TestErrorsOfArguments(t *testing.T) {
	for name, cause := range sentinels {
		t.Run(name, func(t *testing.T) {
			srv, db := serve(t)
			srv.HandleSQL("INSERT ...", exatest.RowCount(1))
			st, err := db.Prepare("INSERT INTO t VALUES (?)")
			if err != nil {
				t.Fatal(err)
			}
			defer st.Close()
			for what, call := range map[string]func() error{
				"Exec":  func() error { _, err := db.Exec("INSERT INTO t VALUES (?)", valuer{cause}); return err },
				"Query": func() error { _, err := db.Query("INSERT INTO t VALUES (?)", valuer{cause}); return err },
				"columns": func() error {
					_, err := db.Exec("INSERT INTO t VALUES (?)", exawire.Values([]valuer{{cause}}))
					return err
				},
				"Stmt.Exec":    func() error { _, err := st.Exec(valuer{cause}); return err },
				"Stmt.Query":   func() error { _, err := st.Query(valuer{cause}); return err },
				"Stmt.columns": func() error { _, err := st.Exec(exawire.Values([]valuer{{cause}})); return err },
			} {
				err := call()
				checkHarmless(t, err)
				if !exawire.SafeToRetry(err) {
					t.Errorf("%s: SafeToRetry is false for %q", what, err)
				}
			}
			if got := srv.Statements(); len(got) > 0 {
				t.Errorf("%q arrived", got)
			}
			if n := len(srv.Sessions()); n != 1 {
				t.Errorf("%d sessions were opened", n)
			}
		})
	}
}

// An argument that panics takes no connection out of the pool.
func TestPanicOfArgument(t *testing.T) {
	srv, db := serve(t)
	srv.HandleSQL("INSERT ...", exatest.RowCount(1))
	db.SetMaxOpenConns(1)
	st, err := db.Prepare("INSERT INTO t VALUES (?)")
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	for range 3 {
		for _, call := range []func() error{
			func() error { _, err := db.Exec("INSERT INTO t VALUES (?)", panics{}); return err },
			func() error { _, err := db.Query("INSERT INTO t VALUES (?)", panics{}); return err },
			func() error { _, err := st.Exec(panics{}); return err },
			func() error { _, err := st.Query(panics{}); return err },
		} {
			err := call()
			var e *stdlib.PanicError
			if !errors.As(err, &e) || e.Value != "secret" || len(e.Stack) == 0 {
				t.Errorf("the error is %v", err)
			}
			if diff := cmp.Diff("stdlib: an argument or a callback panicked: see PanicError.Value", fmt.Sprint(err)); diff != "" {
				t.Error(diff)
			}
		}
	}
	if _, err := db.Exec("INSERT INTO t VALUES (?)", "a"); err != nil {
		t.Error(err)
	}
	if n := db.Stats().InUse; n != 0 {
		t.Errorf("%d connections are lost", n)
	}
}

type panics struct{}

func (panics) Value() (driver.Value, error) { panic("secret") }

// A login whose context ends, or whose source of tokens fails, with any error.
func TestCausesOfConnect(t *testing.T) {
	for name, cause := range sentinels {
		t.Run(name, func(t *testing.T) {
			srv := exatest.NewServer(t)
			cfg := configOf(t, srv)
			cfg.User, cfg.Password = "", ""
			calls := 0
			cfg.TokenSource = func(context.Context) (exawire.Token, error) { calls++; return exawire.Token{}, cause }
			checkHarmless(t, open(t, cfg).PingContext(t.Context()))
			if calls != 1 {
				t.Errorf("the source was asked %d times", calls)
			}
			cfg = configOf(t, srv)
			dials := 0
			cfg.DialContext = func(context.Context, string, string) (net.Conn, error) { dials++; return nil, cause }
			checkHarmless(t, open(t, cfg).PingContext(t.Context()))
			if dials != 1 {
				t.Errorf("it was dialled %d times", dials)
			}
		})
	}
}
