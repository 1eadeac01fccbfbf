package e2e_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
	"github.com/google/go-cmp/cmp"
)

// statements returns the SQL texts that were executed, and the autocommit settings between them.
func statements(srv *exatest.Server) []string {
	var texts []string
	for _, r := range srv.Requests("") {
		switch r.Command {
		case "execute":
			texts = append(texts, r.SQL)
		case "setAttributes":
			texts = append(texts, string(r.Raw))
		}
	}
	return texts
}

const (
	autocommitOff = `{"command":"setAttributes","attributes":{"autocommit":false}}`
	autocommitOn  = `{"command":"setAttributes","attributes":{"autocommit":true}}`
)

func TestTx(t *testing.T) {
	for _, tt := range []struct {
		name       string
		autocommit bool
		end        func(context.Context, *exawire.Tx) error
		want       []string
	}{
		{
			"commit", true,
			func(ctx context.Context, tx *exawire.Tx) error { return errors.Join(tx.Commit(ctx), tx.Rollback(ctx)) },
			[]string{autocommitOff, "INSERT", "COMMIT", autocommitOn},
		},
		{
			"rollback", true,
			func(ctx context.Context, tx *exawire.Tx) error {
				return errors.Join(tx.Rollback(ctx), tx.Rollback(ctx))
			},
			[]string{autocommitOff, "INSERT", "ROLLBACK", autocommitOn},
		},
		{
			"without autocommit", false,
			func(ctx context.Context, tx *exawire.Tx) error { return tx.Commit(ctx) },
			[]string{"INSERT", "COMMIT"},
		},
		{
			"rollback after the context has ended", true,
			func(ctx context.Context, tx *exawire.Tx) error {
				ctx, cancel := context.WithCancel(ctx)
				cancel()
				return tx.Rollback(ctx)
			},
			[]string{autocommitOff, "INSERT", "ROLLBACK", autocommitOn},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			srv := exatest.NewServer(t)
			sess := connect(t, newClient(t, srv, func(c *exawire.Config) {
				c.Attributes = []exawire.Attribute{exawire.Autocommit(tt.autocommit)}
			}))
			for _, sql := range []string{"INSERT", "COMMIT", "ROLLBACK"} {
				srv.HandleSQL(sql, exatest.OK())
			}
			srv.ForgetRequests()
			tx, err := sess.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := sess.Begin(t.Context()); !errors.Is(err, exawire.ErrTxOpen) {
				t.Errorf("second Begin: %v", err)
			}
			if _, err := tx.Session().Exec(t.Context(), "INSERT"); err != nil {
				t.Fatal(err)
			}
			if err := tt.end(t.Context(), tx); err != nil {
				t.Error(err)
			}
			if err := tx.Commit(t.Context()); !errors.Is(err, exawire.ErrTxDone) {
				t.Errorf("commit after the end: %v", err)
			}
			if diff := cmp.Diff(tt.want, statements(srv)); diff != "" {
				t.Errorf("statements (-want +got):\n%s", diff)
			}
			if got := sess.Attributes().Autocommit; got != tt.autocommit {
				t.Errorf("autocommit is %v afterwards", got)
			}
			if _, err := sess.Begin(t.Context()); err != nil {
				t.Errorf("next transaction: %v", err)
			}
		})
	}
}

// A commit that fails leaves the transaction open, so that it can be rolled back.
func TestCommitFails(t *testing.T) {
	srv, sess := serve(t)
	srv.HandleSQL("COMMIT", exatest.Exception("40001", "GlobalTransactionRollback msg: Transaction collision: automatic transaction rollback."))
	srv.HandleSQL("ROLLBACK", exatest.OK())
	tx, err := sess.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(t.Context()); codeOf(err) != "40001" {
		t.Errorf("commit: %v", err)
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Errorf("rollback: %v", err)
	}
	if !sess.Attributes().Autocommit {
		t.Errorf("autocommit is off")
	}
	checkUsable(t, sess)
}

// A transaction that cannot be rolled back is not left to be committed by accident: the session is closed.
func TestRollbackFails(t *testing.T) {
	srv, sess := serve(t, exatest.WithLeniency())
	srv.HandleSQL("ROLLBACK", exatest.Exception("42000", "no"))
	tx, err := sess.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := tx.Rollback(t.Context()); codeOf(err) != "42000" {
		t.Errorf("rollback: %v", err)
	}
	if sess.Err() == nil {
		t.Errorf("the session is still usable")
	}
}

// A commit whose answer never comes ends the session, and the error does not claim to know what happened.
func TestCommitWithoutAnswer(t *testing.T) {
	bubble(t, func(c *exawire.Config) { c.CancelGrace = testGrace }, []exatest.Option{exatest.WithLeniency()},
		func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
			sess := connect(t, client)
			srv.Inject(fault.AbortIgnored())
			srv.HandleSQL("COMMIT", exatest.Hang())
			tx, err := sess.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			err = tx.Commit(ctx)
			if !errors.Is(err, exawire.ErrSessionClosed) || exawire.SafeToRetry(err) {
				t.Errorf("commit: %v", err)
			}
			if err := tx.Rollback(t.Context()); err != nil {
				t.Errorf("rollback of a session that is gone: %v", err)
			}
		})
}

// A transaction that the server has rolled back is not committed: only what came after the collision would be.
func TestCommitAfterLoss(t *testing.T) {
	for code, text := range map[string]string{"40001": "Transaction collision", "40005": "x", "40007": "x", "42000": "Transaction has been rolled back."} {
		srv, sess := serve(t)
		srv.HandleSQL("INSERT", exatest.Sequence(exatest.Exception(code, text), exatest.RowCount(1)))
		tx, err := sess.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		srv.ForgetRequests()
		if _, err := sess.Exec(t.Context(), "INSERT"); codeOf(err) != code {
			t.Errorf("insert: %v", err)
		}
		if _, err := sess.Exec(t.Context(), "INSERT"); err != nil {
			t.Errorf("insert: %v", err)
		}
		if err := tx.Commit(t.Context()); !errors.Is(err, exawire.ErrTxLost) || codeOf(err) != code || exawire.SafeToRetry(err) {
			t.Errorf("%s: commit: %v", code, err)
		}
		if err := tx.Rollback(t.Context()); err != nil {
			t.Errorf("rollback: %v", err)
		}
		if diff := cmp.Diff([]string{"INSERT", "INSERT", "ROLLBACK", autocommitOn}, statements(srv)); diff != "" {
			t.Errorf("%s: statements (-want +got):\n%s", code, diff)
		}
	}
}

// Begin leaves no session behind that takes statements and never commits them.
func TestBeginFails(t *testing.T) {
	for name, tt := range map[string]struct {
		fault  func(*exatest.Server)
		closed bool
	}{
		"setAttributes":                   {func(s *exatest.Server) { answer(s, "setAttributes", 1, exatest.Exception("42000", "no")) }, false},
		"getAttributes":                   {func(s *exatest.Server) { answer(s, "getAttributes", 1, exatest.Exception("42000", "no")) }, false},
		"setAttributes and what restores": {func(s *exatest.Server) { answer(s, "setAttributes", 2, exatest.Exception("42000", "no")) }, true},
		"getAttributes and what restores": {func(s *exatest.Server) { answer(s, "getAttributes", 2, exatest.Exception("42000", "no")) }, true},
		"not done":                        {func(s *exatest.Server) { answer(s, "getAttributes", 1, exatest.OK().Attribute("autocommit", true)) }, false},
		"cut":                             {func(s *exatest.Server) { answer(s, "setAttributes", 1, exatest.Drop()) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			srv, sess := serve(t, exatest.WithLeniency())
			tt.fault(srv)
			if tx, err := sess.Begin(t.Context()); err == nil || tx != nil || exawire.SafeToRetry(err) {
				t.Errorf("begin: %v", err)
			}
			if tt.closed != (sess.Err() != nil) {
				t.Fatalf("the session's error is %v", sess.Err())
			}
			if tt.closed {
				return
			}
			if !srv.Sessions()[0].Attributes.Autocommit || !sess.Attributes().Autocommit {
				t.Errorf("autocommit is off")
			}
			if _, err := sess.Begin(t.Context()); err != nil {
				t.Errorf("the next transaction: %v", err)
			}
		})
	}
}

// answer gives the next n requests of a command this answer.
func answer(srv *exatest.Server, command string, n int, r exatest.Response) {
	srv.Handle(command, func(*exatest.Request) exatest.Response { return r }).Times(n)
}

// A context that has ended sends nothing, and on a closed session there is nothing to begin.
func TestBeginNotSent(t *testing.T) {
	srv, sess := serve(t)
	srv.ForgetRequests()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := sess.Begin(ctx); !errors.Is(err, context.Canceled) || !exawire.SafeToRetry(err) {
		t.Errorf("begin: %v", err)
	}
	if n := len(srv.Requests("")); n != 0 {
		t.Errorf("%d commands were sent", n)
	}
	tx, err := sess.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := sess.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(t.Context()); !errors.Is(err, exawire.ErrSessionClosed) || !exawire.SafeToRetry(err) {
		t.Errorf("commit: %v", err)
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Errorf("rollback: %v", err)
	}
	if _, err := sess.Begin(t.Context()); !errors.Is(err, exawire.ErrSessionClosed) {
		t.Errorf("begin: %v", err)
	}
}

// Autocommit that cannot be switched on again closes the session: it would take statements and never commit them.
func TestRestoreFails(t *testing.T) {
	for name, end := range map[string]func(*exawire.Tx, context.Context) error{"commit": (*exawire.Tx).Commit, "rollback": (*exawire.Tx).Rollback} {
		for _, tt := range []struct {
			command string
			r       exatest.Response
		}{
			{"setAttributes", exatest.Exception("42000", "no")},
			{"getAttributes", exatest.Exception("42000", "no")},
			{"getAttributes", exatest.OK().Attribute("autocommit", false)}, // as if it had not been done
		} {
			command := tt.command
			srv, sess := serve(t, exatest.WithLeniency())
			tx, err := sess.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			srv.ForgetRequests()
			answer(srv, command, 1, tt.r)
			if err := end(tx, t.Context()); err == nil || errors.Is(err, exawire.ErrSessionClosed) || exawire.SafeToRetry(err) {
				t.Errorf("%s, %s: %v", name, command, err)
			}
			if sess.Err() == nil {
				t.Errorf("%s, %s: the session is still usable", name, command)
			}
			if err := tx.Commit(t.Context()); !errors.Is(err, exawire.ErrTxDone) {
				t.Errorf("%s, %s: commit after the end: %v", name, command, err)
			}
		}
	}
}

// A context that ends during a rollback does not end the rollback, or the session with it.
func TestRollbackOutlivesContext(t *testing.T) {
	for delay, wantErr := range map[time.Duration]bool{3 * time.Second: false, time.Hour: true} {
		bubble(t, func(c *exawire.Config) { c.CancelGrace = testGrace }, []exatest.Option{exatest.WithLeniency()},
			func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
				sess := connect(t, client)
				srv.HandleSQL("ROLLBACK", exatest.OK().After(delay))
				tx, err := sess.Begin(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				start := time.Now()
				if err := tx.Rollback(ctx); (err != nil) != wantErr {
					t.Errorf("rollback: %v", err)
				}
				if took := time.Since(start); took != min(delay, time.Second+testGrace) {
					t.Errorf("it took %v", took)
				}
				if (sess.Err() != nil) != wantErr {
					t.Errorf("the session's error is %v", sess.Err())
				}
			})
	}
}

// While autocommit is being restored another Begin waits: it would find autocommit off, and lose it half way.
func TestBeginDuringRestore(t *testing.T) {
	bubble(t, nil, nil, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
		sess := connect(t, client)
		tx, err := sess.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		srv.Inject(fault.Delay(time.Second).On("setAttributes").Once())
		done := make(chan error)
		go func() { done <- tx.Commit(t.Context()) }()
		synctest.Wait()
		start := time.Now()
		next, err := sess.Begin(t.Context())
		if err != nil || time.Since(start) != time.Second || sess.Attributes().Autocommit {
			t.Errorf("begin after %v, autocommit %t: %v", time.Since(start), sess.Attributes().Autocommit, err)
		}
		if err := <-done; err != nil {
			t.Errorf("commit: %v", err)
		}
		// The first one is over, and has no hand in the second.
		if err := tx.Rollback(t.Context()); err != nil || sess.Attributes().Autocommit {
			t.Errorf("rollback: %v", err)
		}
		if err := next.Commit(t.Context()); err != nil || !sess.Attributes().Autocommit {
			t.Errorf("commit: %v", err)
		}
		for _, r := range srv.Requests("execute") {
			if r.SQL == "ROLLBACK" {
				t.Errorf("a transaction was rolled back after its commit")
			}
		}
	})
}

// With autocommit off a transaction may be open before Begin. What it did belongs to the Tx.
func TestBeginInsideTransaction(t *testing.T) {
	srv, sess := serve(t)
	srv.HandleSQL("INSERT", exatest.RowCount(1))
	if err := sess.SetAttributes(t.Context(), exawire.Autocommit(false)); err != nil {
		t.Fatal(err)
	}
	srv.ForgetRequests()
	do(t, sess, "INSERT")
	if !sess.Attributes().OpenTransaction {
		t.Errorf("no transaction is open")
	}
	tx, err := sess.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"INSERT", "ROLLBACK"}, statements(srv)); diff != "" {
		t.Errorf("statements (-want +got):\n%s", diff)
	}
}
