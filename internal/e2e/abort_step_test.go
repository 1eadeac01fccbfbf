package e2e_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
)

// suspectSession opens a session to which an abort may still be under way: its next command waits behind a getAttributes,
// which takes a second.
func suspectSession(t *testing.T, srv *exatest.Server, client *exawire.Client, prepare func(*exawire.Session)) *exawire.Session {
	t.Helper()
	srv.HandleSQL("INSERT ?", exatest.RowCount(1).Params(exatest.Columns(`"" DECIMAL(18,0)`)...))
	srv.HandleSQL("INSERT", exatest.RowCount(1))
	sess := connect(t, client)
	if prepare != nil {
		prepare(sess)
	}
	missed := srv.Inject(fault.AbortIgnored())
	srv.HandleSQL("MISSED", exatest.RowCount(1).After(2*testDeadline))
	ctx, cancel := context.WithTimeout(t.Context(), testDeadline)
	defer cancel()
	if _, err := sess.Exec(ctx, "MISSED"); err != nil {
		t.Fatal(err)
	}
	missed.Remove()
	srv.Inject(fault.Delay(time.Second).On("getAttributes").Once())
	srv.ForgetRequests()
	return sess
}

// names returns the commands that were sent.
func names(srv *exatest.Server) []string {
	var list []string
	for _, r := range srv.Requests("") {
		list = append(list, r.Command)
	}
	return list
}

// meanwhile runs a command and aborts it as soon as everybody waits. It returns the errors of both.
func meanwhile(t *testing.T, sess *exawire.Session, run func(context.Context) error) (err, abort error) {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- run(context.Background()) }()
	synctest.Wait()
	abort = sess.AbortQuery(t.Context())
	return <-done, abort
}

// An abort that comes while a statement waits for the end of an earlier one gives all of the statement up.
func TestAbortAtTheBarrier(t *testing.T) {
	exec := func(sess *exawire.Session, sql string, args ...any) func(context.Context) error {
		return func(ctx context.Context) error { _, err := sess.Exec(ctx, sql, args...); return err }
	}
	for name, tt := range map[string]struct {
		prepared bool
		cache    int
		run      func(*exawire.Session) func(context.Context) error
	}{
		"statement":              {false, 4, func(s *exawire.Session) func(context.Context) error { return exec(s, "INSERT") }},
		"kept statement":         {true, 4, func(s *exawire.Session) func(context.Context) error { return exec(s, "INSERT ?", 1) }},
		"statement to be kept":   {false, 4, func(s *exawire.Session) func(context.Context) error { return exec(s, "INSERT ?", 1) }},
		"statement without keep": {false, -1, func(s *exawire.Session) func(context.Context) error { return exec(s, "INSERT ?", 1) }},
		"transaction": {false, 4, func(s *exawire.Session) func(context.Context) error {
			return func(ctx context.Context) error {
				return s.RunTx(ctx, func(tx *exawire.Tx) error { _, err := tx.Exec(ctx, "INSERT"); return err })
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(c *exawire.Config) { c.StatementCache = tt.cache }, nil, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
				sess := suspectSession(t, srv, client, func(sess *exawire.Session) {
					if tt.prepared {
						if _, err := sess.Exec(t.Context(), "INSERT ?", 1); err != nil {
							t.Fatal(err)
						}
					}
				})
				err, abort := meanwhile(t, sess, tt.run(sess))
				if abort != nil {
					t.Errorf("abort: %v", abort)
				}
				if !errors.Is(err, exawire.ErrQueryAborted) || !exawire.SafeToRetry(err) {
					t.Errorf("the statement: %v", err)
				}
				for _, name := range names(srv) {
					if name != "getAttributes" && name != "closePreparedStatement" {
						t.Errorf("%s was sent", name)
					}
				}
				if _, err := sess.Exec(t.Context(), "INSERT ?", 1); err != nil {
					t.Errorf("the next one: %v", err)
				}
				checkUsable(t, sess)
			})
		})
	}
}

// A statement that was aborted while it was being prepared is not run, although the server has prepared it.
func TestAbortWhilePreparing(t *testing.T) {
	for name, cache := range map[string]int{"kept": 4, "not kept": -1} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(c *exawire.Config) { c.StatementCache = cache }, nil, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
				srv.HandleSQL("INSERT ?", exatest.RowCount(1).Params(exatest.Columns(`"" DECIMAL(18,0)`)...))
				srv.Inject(fault.AbortIgnored())
				srv.Inject(fault.Delay(time.Second).On("createPreparedStatement").Once())
				sess := connect(t, client)
				err, abort := meanwhile(t, sess, func(ctx context.Context) error {
					_, err := sess.Exec(ctx, "INSERT ?", 1)
					return err
				})
				if abort != nil || !errors.Is(err, exawire.ErrQueryAborted) {
					t.Errorf("abort: %v, the statement: %v", abort, err)
				}
				if n := len(srv.Requests("executePreparedStatement")); n != 0 {
					t.Errorf("it was run %d times", n)
				}
				checkNothingLeft(t, srv, sess, 0)
			})
		})
	}
}

// What tidies up is not given up because somebody aborts, be it under way or waiting for the end of an earlier abort. There
// is nothing to abort, and the session goes on.
func TestAbortMeetsCleanup(t *testing.T) {
	type cleanup = func(context.Context) error
	for name, tt := range map[string]struct {
		command string // that tidies up
		open    func(t *testing.T, sess *exawire.Session) cleanup
	}{
		"rows": {"closeResultSet", func(t *testing.T, sess *exawire.Session) cleanup {
			t.Helper()
			rows, err := sess.Query(t.Context(), "SELECT")
			if err != nil {
				t.Fatal(err)
			}
			return func(context.Context) error { return rows.Close() }
		}},
		"result set by its handle": {"closeResultSet", func(t *testing.T, sess *exawire.Session) cleanup {
			t.Helper()
			rows, err := sess.Query(t.Context(), "SELECT")
			if err != nil {
				t.Fatal(err)
			}
			return func(ctx context.Context) error { return sess.CloseResultSet(ctx, []int{rows.Handle()}) }
		}},
		"statement": {"closePreparedStatement", func(t *testing.T, sess *exawire.Session) cleanup {
			t.Helper()
			st, err := sess.Prepare(t.Context(), "INSERT ?")
			if err != nil {
				t.Fatal(err)
			}
			return st.Close
		}},
		"rollback": {"execute", func(t *testing.T, sess *exawire.Session) cleanup {
			t.Helper()
			tx, err := sess.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return tx.Rollback
		}},
		"autocommit after the rollback": {"setAttributes", func(t *testing.T, sess *exawire.Session) cleanup {
			t.Helper()
			tx, err := sess.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return tx.Rollback
		}},
		"autocommit after the commit": {"setAttributes", func(t *testing.T, sess *exawire.Session) cleanup {
			t.Helper()
			tx, err := sess.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return tx.Commit
		}},
		"reset": {"execute", func(t *testing.T, sess *exawire.Session) cleanup {
			t.Helper()
			if err := sess.SetAttributes(t.Context(), exawire.Autocommit(false)); err != nil {
				t.Fatal(err)
			}
			return sess.Reset
		}},
	} {
		for _, suspect := range []bool{false, true} {
			if suspect && tt.command == "setAttributes" {
				continue // its barrier comes before another command
			}
			t.Run(name, func(t *testing.T) {
				bubble(t, nil, nil, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
					ids := make([]int, 3000)
					srv.HandleSQL("SELECT", exatest.Rows(exatest.Columns("A DECIMAL(18,0)"), exatest.ValuesOf(ids)))
					srv.HandleSQL("INSERT ?", exatest.RowCount(1).Params(exatest.Columns(`"" DECIMAL(18,0)`)...))
					var clean cleanup
					var sess *exawire.Session
					if suspect {
						sess = suspectSession(t, srv, client, func(sess *exawire.Session) { clean = tt.open(t, sess) })
					} else {
						sess = connect(t, client)
						clean = tt.open(t, sess)
						srv.Inject(fault.Delay(time.Second).On(tt.command).Once())
						srv.ForgetRequests()
					}
					err, abort := meanwhile(t, sess, clean)
					if err != nil {
						t.Errorf("cleanup: %v", err)
					}
					if !errors.Is(abort, exawire.ErrNothingToAbort) || !exawire.SafeToRetry(abort) {
						t.Errorf("abort: %v", abort)
					}
					if sent := names(srv); !slices.Contains(sent, tt.command) || slices.Contains(sent, "abortQuery") {
						t.Errorf("sent %v", sent)
					}
					checkUsable(t, sess)
				})
			})
		}
	}
}

// An abort of COMMIT that came too late leaves one more command before autocommit is on again. A second abort finds nothing.
func TestAbortTwiceDuringCommit(t *testing.T) {
	bubble(t, nil, nil, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
		sess := connect(t, client)
		tx, err := sess.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		srv.Inject(fault.AbortIgnored())
		srv.HandleSQL("COMMIT", exatest.OK().After(time.Second))
		srv.Inject(fault.Delay(time.Second).On("getAttributes").Once())
		done := make(chan error, 1)
		go func() { done <- tx.Commit(context.Background()) }()
		synctest.Wait()
		if err := sess.AbortQuery(t.Context()); err != nil {
			t.Errorf("first abort: %v", err)
		}
		time.Sleep(time.Second + time.Second/2)
		if err := sess.AbortQuery(t.Context()); !errors.Is(err, exawire.ErrNothingToAbort) {
			t.Errorf("second abort: %v", err)
		}
		if err := <-done; err != nil {
			t.Errorf("commit: %v", err)
		}
		if !sess.Attributes().Autocommit {
			t.Errorf("autocommit is off")
		}
		checkUsable(t, sess)
	})
}

// The last round trip of a login, which reads the attributes, is a part of it.
func TestAbortDuringTheAttributesOfALogin(t *testing.T) {
	bubble(t, nil, nil, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
		srv.Inject(fault.Delay(time.Second).On("getAttributes").Once())
		sess, err := client.Dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer sess.Close(context.Background())
		err, abort := meanwhile(t, sess, func(ctx context.Context) error {
			_, err := sess.Login(ctx, commands.Login{Username: exatest.DefaultUser, Password: exatest.DefaultPassword})
			return err
		})
		if err != nil || !errors.Is(abort, exawire.ErrNotLoggedIn) || !exawire.SafeToRetry(abort) {
			t.Errorf("login: %v, abort: %v", err, abort)
		}
		if n := len(srv.Requests("getAttributes")); n != 1 {
			t.Errorf("the attributes were read %d times", n)
		}
		if n := len(srv.Requests("abortQuery")); n != 0 {
			t.Errorf("%d aborts were sent", n)
		}
		checkUsable(t, sess)
	})
}
