package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
	"github.com/exawire/exawire/resultset"
)

// patientCalls are calls that send several commands. What they need is prepared without a context that ends.
func patientCalls() map[string]func(*testing.T, *exawire.Session) func(context.Context) error {
	type row struct{ A int64 }
	now := func(fn func(context.Context, *exawire.Session) error) func(*testing.T, *exawire.Session) func(context.Context) error {
		return func(_ *testing.T, s *exawire.Session) func(context.Context) error {
			return func(ctx context.Context) error { return fn(ctx, s) }
		}
	}
	prepared := func(sql string, fn func(context.Context, *exawire.Stmt) error) func(*testing.T, *exawire.Session) func(context.Context) error {
		return func(t *testing.T, s *exawire.Session) func(context.Context) error {
			stmt, err := s.Prepare(t.Context(), sql)
			if err != nil {
				t.Fatal(err)
			}
			return func(ctx context.Context) error { return fn(ctx, stmt) }
		}
	}
	begun := func(fn func(context.Context, *exawire.Tx) error) func(*testing.T, *exawire.Session) func(context.Context) error {
		return func(t *testing.T, s *exawire.Session) func(context.Context) error {
			tx, err := s.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return func(ctx context.Context) error { return fn(ctx, tx) }
		}
	}
	opened := func(fn func(*exawire.Rows) error) func(*testing.T, *exawire.Session) func(context.Context) error {
		return now(func(ctx context.Context, s *exawire.Session) error {
			rows, err := s.Query(ctx, "SELECT BIG ?", 1)
			if err != nil {
				return err
			}
			return fn(rows)
		})
	}
	rowsOf := exawire.WithoutErrors(slices.Values([][]any{{1}, {2}, {3}}))
	return map[string]func(*testing.T, *exawire.Session) func(context.Context) error{
		"Exec": now(func(ctx context.Context, s *exawire.Session) error {
			_, err := s.Exec(ctx, "INSERT ?", 1)
			return err
		}),
		"Exec, not kept": now(func(ctx context.Context, s *exawire.Session) error {
			_, err := s.Exec(ctx, "CREATE ?", 1)
			return err
		}),
		"Exec of a query": now(func(ctx context.Context, s *exawire.Session) error {
			_, err := s.Exec(ctx, "SELECT BIG ?", 1)
			return err
		}),
		"Query": now(func(ctx context.Context, s *exawire.Session) error {
			_, err := s.Query(ctx, "SELECT BIG ?", 1)
			return err
		}),
		"Prepare": now(func(ctx context.Context, s *exawire.Session) error {
			_, err := s.Prepare(ctx, "INSERT ?")
			return err
		}),
		"ExecuteBatch": now(func(ctx context.Context, s *exawire.Session) error {
			_, err := s.ExecuteBatch(ctx, []string{"SELECT BIG ?", "SELECT BIG ?"})
			return err
		}),
		"RunScript": now(func(ctx context.Context, s *exawire.Session) error {
			return last(s.RunScript(ctx, strings.NewReader("INSERT 1; SELECT BIG ?; INSERT 2; SELECT BIG ?")))
		}),
		"GetTables": calledFor("getTables"), "SetAttributes": calledFor("setAttributes"), "Disconnect": calledFor("disconnect"),
		"Reset": now(func(ctx context.Context, s *exawire.Session) error { return s.Reset(ctx) }),
		"Close": now(func(ctx context.Context, s *exawire.Session) error { return s.Close(ctx) }),
		"Begin": now(func(ctx context.Context, s *exawire.Session) error {
			_, err := s.Begin(ctx)
			return err
		}),
		"Insert": now(func(ctx context.Context, s *exawire.Session) error {
			_, err := exawire.Insert(ctx, s, "T", slices.Values([]row{{1}, {2}}), exawire.ChunkRows(1))
			return err
		}),
		"Insert, Atomic": now(func(ctx context.Context, s *exawire.Session) error {
			_, err := exawire.Insert(ctx, s, "T", slices.Values([]row{{1}, {2}, {3}}), exawire.ChunkRows(1), exawire.Atomic())
			return err
		}),
		"Stmt.Exec": prepared("INSERT ?", func(ctx context.Context, st *exawire.Stmt) error {
			_, err := st.Exec(ctx, 1)
			return err
		}),
		"Stmt.Exec of a query": prepared("SELECT BIG ?", func(ctx context.Context, st *exawire.Stmt) error {
			_, err := st.Exec(ctx, 1)
			return err
		}),
		"Stmt.Close": prepared("INSERT ?", func(ctx context.Context, st *exawire.Stmt) error { return st.Close(ctx) }),
		"ExecRows": prepared("INSERT ?", func(ctx context.Context, st *exawire.Stmt) error {
			_, err := st.With(exawire.ChunkRows(1)).ExecRows(ctx, rowsOf)
			return err
		}),
		"ExecRows, Atomic": prepared("INSERT ?", func(ctx context.Context, st *exawire.Stmt) error {
			_, err := st.With(exawire.ChunkRows(1), exawire.Atomic()).ExecRows(ctx, rowsOf)
			return err
		}),
		"ExecColumns, Atomic": prepared("INSERT ?", func(ctx context.Context, st *exawire.Stmt) error {
			_, err := st.With(exawire.ChunkRows(1), exawire.Atomic()).ExecColumns(ctx, exawire.Values([]int64{1, 2, 3}))
			return err
		}),
		"RunTx": now(func(ctx context.Context, s *exawire.Session) error {
			return s.RunTx(ctx, func(*exawire.Tx) error { return ctx.Err() }) // what its function waits for is the caller's
		}),
		"Tx.Commit":   begun(func(ctx context.Context, tx *exawire.Tx) error { return tx.Commit(ctx) }),
		"Tx.Rollback": begun(func(ctx context.Context, tx *exawire.Tx) error { return tx.Rollback(ctx) }),
		"Collect": opened(func(rows *exawire.Rows) error {
			_, err := resultset.Collect[int64](rows)
			return err
		}),
		"a cursor": opened(func(rows *exawire.Rows) error {
			for rows.Next() {
			}
			return errors.Join(rows.Err(), rows.Close())
		}),
	}
}

func calledFor(command string) func(*testing.T, *exawire.Session) func(context.Context) error {
	return func(_ *testing.T, s *exawire.Session) func(context.Context) error {
		return func(ctx context.Context) error { return calls()[command](ctx, s) }
	}
}

// scriptSteps makes the server answer what patientCalls send.
func scriptSteps(srv *exatest.Server) {
	number := exatest.Columns(`"" DECIMAL(18,0)`)
	srv.HandleSQL("INSERT...", exatest.RowCount(1).Params(number...))
	srv.HandleSQL("CREATE...", exatest.RowCount(0).Params(number...))
	cols := exatest.Columns("A DECIMAL(18,0)")
	srv.HandleSQL("SELECT * FROM T", exatest.Rows(cols))
	srv.HandleSQL("SELECT BIG...", exatest.Rows(cols, exatest.ValuesOf(make([]int64, 3000))).Params(number...))
	srv.HandleSQL("UPDATE", exatest.RowCount(1))
	srv.Inject(fault.FetchRows(1000))
}

// abortTooLate leaves an abort behind that did not end its own command, so that another command has to go before the next.
func abortTooLate(t *testing.T, srv *exatest.Server, sess *exawire.Session) {
	t.Helper()
	ignored := srv.Inject(fault.AbortIgnored())
	defer ignored.Remove()
	srv.HandleSQL("LATE", exatest.RowCount(1).After(2*time.Millisecond))
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if n, err := sess.Exec(ctx, "LATE"); n != 1 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
}

// Whatever is left to be done when a context ends, and however slow the server is, a call returns within one grace.
func TestOneGraceInAll(t *testing.T) {
	for name, call := range patientCalls() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, delay := range []time.Duration{testGrace * 3 / 10, testGrace * 7 / 10, testGrace * 2} {
				for step := range 6 {
					end := time.Duration(step)*delay + delay/2
					for how, ending := range map[string]func(context.Context) (context.Context, context.CancelFunc){
						"deadline": func(ctx context.Context) (context.Context, context.CancelFunc) { return context.WithTimeout(ctx, end) },
						"cancel": func(ctx context.Context) (context.Context, context.CancelFunc) {
							ctx, cancel := context.WithCancel(ctx)
							stop := time.AfterFunc(end, cancel)
							return ctx, func() { stop.Stop(); cancel() }
						},
					} {
						for _, late := range []bool{false, true} {
							if raceEnabled && late != (step%2 == 1) {
								continue // the race detector makes them slow
							}
							checkGrace(t, fmt.Sprintf("answers take %v, %s after %v, late abort before: %t", delay, how, end, late), call, delay, end, ending, late)
						}
					}
				}
			}
		})
	}
}

func checkGrace(t *testing.T, name string, call func(*testing.T, *exawire.Session) func(context.Context) error, delay, end time.Duration,
	ending func(context.Context) (context.Context, context.CancelFunc), late bool,
) {
	bubble(t, func(c *exawire.Config) { c.CancelGrace = testGrace }, []exatest.Option{exatest.WithLeniency()},
		func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
			sess := connect(t, client)
			scriptSteps(srv)
			run := call(t, sess)
			if late {
				abortTooLate(t, srv, sess)
			}
			slow := srv.Inject(fault.Delay(delay))
			ctx, cancel := ending(t.Context())
			defer cancel()
			start := time.Now()
			err := run(ctx)
			if over := time.Since(start) - end; over > testGrace {
				t.Errorf("%s: %v after its end: %v", name, over, err)
			}
			slow.Remove()
			if sess.Err() == nil && !errors.Is(sess.Ping(t.Context()), exawire.ErrNotLoggedIn) {
				checkUsable(t, sess)
			}
		})
}

// The command that goes between a late abort and the next one counts as well.
func TestOneGraceBehindBarrier(t *testing.T) {
	bubble(t, func(c *exawire.Config) { c.CancelGrace = testGrace }, []exatest.Option{exatest.WithLeniency()},
		func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
			sess := connect(t, client)
			scriptSteps(srv)
			const delay = testGrace * 3 / 10
			srv.Inject(fault.Delay(delay))
			ctx, cancel := context.WithTimeout(t.Context(), 3*delay+delay/2)
			defer cancel()
			start := time.Now()
			err := sess.RunTx(ctx, func(tx *exawire.Tx) error { // after 2 answers
				short, cancel := context.WithTimeout(ctx, time.Millisecond)
				defer cancel()
				_, err := tx.Exec(short, "UPDATE")
				return err
			})
			if over := time.Since(start) - 3*delay - delay/2; over > testGrace {
				t.Errorf("%v after its end: %v", over, err)
			}
		})
}
