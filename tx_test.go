package exawire_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
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
	srv, sess := serve(t, exatest.Lenient())
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
	bubble(t, func(c *exawire.Config) { c.CancelGrace = testGrace }, []exatest.Option{exatest.Lenient()},
		func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
			sess := connect(t, client)
			srv.Inject(exatest.AbortIgnored())
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
