package exapool_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exapool"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
)

// TestReleaseDoesNotWait checks that Release returns at once, and that the session is nobody's until Reset is done.
func TestReleaseDoesNotWait(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		pool := open(t, db.cfg, exapool.Options{MaxSessions: 1})
		sess := acquire(t, pool)
		if _, err := sess.Begin(t.Context()); err != nil {
			t.Fatal(err)
		}
		db.HandleSQL("ROLLBACK", exatest.Func(func(r *exatest.Request) exatest.Response { return slowly(r, 3*time.Second) }))
		begin := time.Now()
		sess.Release()
		if took := time.Since(begin); took != 0 {
			t.Errorf("Release took %v", took)
		}
		if got := pool.Stats(); got.Resetting != 1 || got.Idle != 0 {
			t.Errorf("stats: %+v", got)
		}
		next := acquire(t, pool)
		if took := time.Since(begin); took < 3*time.Second {
			t.Errorf("the session was handed out after %v", took)
		}
		if !next.Attributes().Autocommit {
			t.Error("autocommit is off")
		}
		next.Release()
		if n := db.logins(); n != 1 {
			t.Errorf("%d logins", n)
		}
	})
}

func TestResetIsBounded(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		pool := open(t, db.cfg, exapool.Options{MaxSessions: 1})
		sess := acquire(t, pool)
		if _, err := sess.Exec(t.Context(), "ALTER SESSION SET NLS_DATE_FORMAT = 'DD.MM.YYYY'"); err != nil {
			t.Fatal(err)
		}
		silent := db.Handle("execute", func(*exatest.Request) exatest.Response { return exatest.Hang() })
		begin := time.Now()
		sess.Release()
		next := acquire(t, pool)
		if took := time.Since(begin); took > 11*time.Second {
			t.Errorf("the next session came after %v", took)
		}
		silent.Remove()
		next.Release()
		if diff := cmp.Diff(map[string]int64{exapool.ClosedReset: 1}, pool.Stats().Closed); diff != "" {
			t.Errorf("closed (-want +got):\n%s", diff)
		}
	}, exatest.WithLeniency())
}

// TestWhatUsersLeave is the list of what a session is closed for, and of what is put right.
func TestWhatUsersLeave(t *testing.T) {
	type left func(t *testing.T, db *cluster, sess *exapool.Session)
	tests := []struct {
		name   string
		leave  left
		reason string // "" if the session is kept
	}{
		{"nothing", func(*testing.T, *cluster, *exapool.Session) {}, ""},
		{"a query", func(t *testing.T, _ *cluster, sess *exapool.Session) {
			rows, err := sess.Query(t.Context(), "SELECT 1")
			if err == nil {
				_, err = exawire.Collect[int64](rows)
			}
			if err != nil {
				t.Error(err)
			}
		}, ""},
		{"rows that all came with the answer", func(t *testing.T, _ *cluster, sess *exapool.Session) {
			if _, err := sess.Query(t.Context(), "SELECT 1"); err != nil {
				t.Error(err)
			}
		}, ""},
		{"rows", func(t *testing.T, _ *cluster, sess *exapool.Session) {
			if _, err := sess.Query(t.Context(), "SELECT many"); err != nil {
				t.Error(err)
			}
		}, exapool.ClosedLeftOpen},
		{"rows whose context has ended", func(t *testing.T, _ *cluster, sess *exapool.Session) {
			ctx, cancel := context.WithCancel(t.Context())
			if _, err := sess.Query(ctx, "SELECT many"); err != nil {
				t.Error(err)
			}
			cancel()
		}, exapool.ClosedLeftOpen},
		{"rows of a statement with arguments", func(t *testing.T, _ *cluster, sess *exapool.Session) {
			if _, err := sess.Query(t.Context(), "SELECT many WHERE ?", 1); err != nil {
				t.Error(err)
			}
		}, exapool.ClosedLeftOpen},
		{"kept statements", func(t *testing.T, _ *cluster, sess *exapool.Session) {
			if _, err := sess.Exec(t.Context(), "DELETE WHERE ?", 1); err != nil {
				t.Error(err)
			}
		}, ""},
		{"a statement", func(t *testing.T, _ *cluster, sess *exapool.Session) {
			if _, err := sess.Prepare(t.Context(), "DELETE WHERE ?"); err != nil {
				t.Error(err)
			}
		}, exapool.ClosedLeftOpen},
		{"a statement that was closed", func(t *testing.T, _ *cluster, sess *exapool.Session) {
			st, err := sess.Prepare(t.Context(), "DELETE WHERE ?")
			if err == nil {
				err = st.Close(t.Context())
			}
			if err != nil {
				t.Error(err)
			}
		}, ""},
		{"a transaction", func(t *testing.T, _ *cluster, sess *exapool.Session) {
			if _, err := sess.Begin(t.Context()); err != nil {
				t.Error(err)
			}
		}, ""},
		{"a command that is running", func(t *testing.T, _ *cluster, sess *exapool.Session) {
			raw := sess.Session
			go func() { _, _ = raw.Exec(context.Background(), "UPDATE slow") }()
			time.Sleep(time.Second)
		}, exapool.ClosedLeftOpen},
		{"another user", func(t *testing.T, db *cluster, sess *exapool.Session) {
			if _, err := sess.Exec(t.Context(), "IMPERSONATE other"); err != nil {
				t.Error(err)
			}
		}, exapool.ClosedReset},
		{"a parameter without an attribute", func(t *testing.T, db *cluster, sess *exapool.Session) {
			if _, err := sess.Exec(t.Context(), "ALTER SESSION SET NLS_FIRST_DAY_OF_WEEK = 1"); err != nil {
				t.Error(err)
			}
		}, exapool.ClosedReset},
		{"another user, and the attributes were read", func(t *testing.T, db *cluster, sess *exapool.Session) {
			_, err := sess.Exec(t.Context(), "IMPERSONATE other")
			if err == nil {
				_, err = sess.GetAttributes(t.Context())
			}
			if err != nil {
				t.Error(err)
			}
		}, exapool.ClosedReset},
		{"a parameter without an attribute, and the attributes were read", func(t *testing.T, db *cluster, sess *exapool.Session) {
			_, err := sess.Exec(t.Context(), "ALTER SESSION SET NLS_FIRST_DAY_OF_WEEK = 1")
			if err == nil {
				_, err = sess.GetAttributes(t.Context())
			}
			if err != nil {
				t.Error(err)
			}
		}, exapool.ClosedReset},
		{"subconnections", func(t *testing.T, db *cluster, sess *exapool.Session) {
			p, err := sess.Parallel(t.Context(), 2)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = p.Close(context.Background()) })
		}, exapool.ClosedLeftOpen},
		{"a session that was closed", func(t *testing.T, db *cluster, sess *exapool.Session) {
			if err := sess.Close(t.Context()); err != nil {
				t.Error(err)
			}
		}, exapool.ClosedBroken},
		{"a session that was killed", func(t *testing.T, db *cluster, sess *exapool.Session) {
			db.KillSession(sess.Info().SessionID)
			synctest.Wait()
		}, exapool.ClosedBroken},
	}
	many := make([]struct{ N int64 }, 3000)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, db *cluster) {
				db.HandleSQL("SELECT many", exatest.RowsOf(many))
				db.HandleSQL("SELECT many WHERE ?", exatest.RowsOf(many).Params(exatest.Columns("A DECIMAL(18,0)")...))
				db.HandleSQL("DELETE WHERE ?", exatest.RowCount(1).Params(exatest.Columns("A DECIMAL(18,0)")...))
				db.HandleSQL("UPDATE slow", exatest.RowCount(0).After(time.Hour))
				db.HandleSQL("IMPERSONATE other", exatest.OK())
				db.HandleSQL("ALTER SESSION SET NLS_FIRST_DAY_OF_WEEK = 1", exatest.RowCount(0))
				pool := open(t, db.cfg, exapool.Options{MaxSessions: 1})
				sess := acquire(t, pool)
				id := sess.Info().SessionID
				test.leave(t, db, sess)
				sess.Release()
				time.Sleep(time.Minute)
				next := acquire(t, pool)
				if kept := next.Info().SessionID == id; kept != (test.reason == "") {
					t.Errorf("session is used again: %t", kept)
				}
				next.Release()
				want := map[string]int64{}
				if test.reason != "" {
					want[test.reason] = 1
				}
				if diff := cmp.Diff(want, pool.Stats().Closed); diff != "" {
					t.Errorf("closed (-want +got):\n%s", diff)
				}
			}, exatest.WithLeniency())
		})
	}
}

// TestATxIsOverAfterRelease checks that what was begun by one user is not continued for the next.
func TestATxIsOverAfterRelease(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		pool := open(t, db.cfg, exapool.Options{MaxSessions: 1})
		sess := acquire(t, pool)
		tx, err := sess.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		sess.Release()
		next := acquire(t, pool)
		if _, err := tx.Exec(t.Context(), "SELECT 1"); !errors.Is(err, exawire.ErrTxDone) {
			t.Errorf("error: %v", err)
		}
		next.Release()
	})
}

// sabotage is a tracer that breaks sessions just before something is sent.
type sabotage struct {
	quiet

	command string
	times   atomic.Int64
	breaks  func(session uint64)
}

func (s *sabotage) TraceCommand(ctx context.Context, start exawire.CommandStart) (context.Context, func(exawire.CommandEnd)) {
	if start.Command == s.command && s.times.Add(-1) >= 0 {
		s.breaks(start.SessionID)
		time.Sleep(time.Millisecond) // until the client has noticed
	}
	return ctx, nil
}

// quiet is a tracer that does nothing.
type quiet struct{}

func (quiet) TraceConnect(ctx context.Context, _ exawire.ConnectStart) (context.Context, func(exawire.ConnectEnd)) {
	return ctx, nil
}

func (quiet) TraceCommand(ctx context.Context, _ exawire.CommandStart) (context.Context, func(exawire.CommandEnd)) {
	return ctx, nil
}
func (quiet) TraceClose(exawire.SessionEnd) {}

// TestOnceMoreOnAnotherSession breaks sessions before something of a statement is sent, which is the only case in which it
// is sent on another one.
func TestOnceMoreOnAnotherSession(t *testing.T) {
	calls := []struct {
		name    string
		command string
		run     func(ctx context.Context, pool *exapool.Pool) error
	}{
		{"Query", "execute", func(ctx context.Context, pool *exapool.Pool) error {
			_, err := exapool.Collect[int64](ctx, pool, "SELECT 1")
			return err
		}},
		{"Exec", "execute", func(ctx context.Context, pool *exapool.Pool) error {
			_, err := pool.Exec(ctx, "DELETE")
			return err
		}},
		{"Exec with arguments", "createPreparedStatement", func(ctx context.Context, pool *exapool.Pool) error {
			_, err := pool.Exec(ctx, "DELETE WHERE ?", 1)
			return err
		}},
		{"RunTx", "setAttributes", func(ctx context.Context, pool *exapool.Pool) error {
			return pool.RunTx(ctx, func(tx *exawire.Tx) error {
				_, err := tx.Exec(ctx, "DELETE")
				return err
			})
		}},
		{"Ping", "getAttributes", func(ctx context.Context, pool *exapool.Pool) error { return pool.Ping(ctx) }},
	}
	for _, call := range calls {
		for _, broken := range []int{0, 1, 2} {
			t.Run(call.name, func(t *testing.T) {
				bubble(t, func(t *testing.T, db *cluster) {
					db.HandleSQL("DELETE", exatest.RowCount(1))
					db.HandleSQL("DELETE WHERE ?", exatest.RowCount(1).Params(exatest.Columns("A DECIMAL(18,0)")...))
					saboteur := &sabotage{command: call.command, breaks: func(id uint64) { db.KillSession(id) }}
					db.cfg.Tracer = saboteur
					pool := open(t, db.cfg, exapool.Options{})
					acquire(t, pool).Release()
					saboteur.times.Store(int64(broken))
					err := call.run(t.Context(), pool)
					if (err != nil) != (broken == 2) {
						t.Errorf("%d sessions broken: %v", broken, err)
					}
					if err != nil && !exawire.SafeToRetry(err) {
						t.Errorf("the statement was sent: %v", err)
					}
				})
			})
		}
	}
}

// TestAStatementThatWasSentIsNotSentAgain breaks sessions after the statement has left.
func TestAStatementThatWasSentIsNotSentAgain(t *testing.T) {
	for _, cut := range []struct {
		name string
		when func() fault.Fault
	}{{"before it runs", fault.CutRequest}, {"before its answer", fault.CutAnswer}} {
		t.Run(cut.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, db *cluster) {
				db.HandleSQL("DELETE", exatest.RowCount(1))
				pool := open(t, db.cfg, exapool.Options{})
				acquire(t, pool).Release()
				db.Inject(cut.when().On("execute").Once())
				if _, err := pool.Exec(t.Context(), "DELETE"); !errors.Is(err, exawire.ErrSessionClosed) {
					t.Errorf("error: %v", err)
				}
				if n := len(db.Requests("execute")); n != 1 {
					t.Errorf("the statement was sent %d times", n)
				}
				db.Inject(cut.when().On("execute").Once())
				if _, err := pool.Query(t.Context(), "SELECT 1"); !errors.Is(err, exawire.ErrSessionClosed) {
					t.Errorf("error: %v", err)
				}
				if n := len(db.Requests("execute")); n != 2 {
					t.Errorf("the query was sent %d times", n-1)
				}
			})
		})
	}
}

// TestWhatFnReturnsDecidesNothing has a transaction fail with an error that looks like one before its beginning.
func TestWhatFnReturnsDecidesNothing(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		pool := open(t, db.cfg, exapool.Options{})
		_, unsent := new(exawire.Session).Exec(t.Context(), "")
		if !exawire.SafeToRetry(unsent) {
			t.Fatal("not what this test needs")
		}
		calls := 0
		err := pool.RunTx(t.Context(), func(tx *exawire.Tx) error {
			calls++
			_ = tx.Session().Close(t.Context())
			return unsent
		})
		if calls != 1 || !errors.Is(err, unsent) {
			t.Errorf("%d calls, error %v", calls, err)
		}
	})
}
