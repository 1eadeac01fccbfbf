package e2e_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
)

// A statement that is closed later sends nothing by itself. The next command closes it, or the end of the session.
func TestCloseLater(t *testing.T) {
	srv, sess := serve(t)
	srv.HandleSQL("INSERT ...", exatest.RowCount(1))
	for range 3 {
		st, err := sess.Prepare(t.Context(), "INSERT ?")
		if err != nil {
			t.Fatal(err)
		}
		sent := len(srv.Requests(""))
		st.CloseLater()
		st.CloseLater()
		if n := len(srv.Requests("")); n != sent {
			t.Errorf("%d commands were sent", n-sent)
		}
		if _, err := st.Exec(t.Context(), 1); !errors.Is(err, exawire.ErrStmtClosed) {
			t.Errorf("a closed statement: %v", err)
		}
		if err := st.Close(t.Context()); err != nil {
			t.Error(err)
		}
		checkUsable(t, sess)
		if open := srv.Sessions()[0].Statements; len(open) > 0 {
			t.Errorf("statements %v are open", open)
		}
	}
	st, err := sess.Prepare(t.Context(), "INSERT ?")
	if err != nil {
		t.Fatal(err)
	}
	st.CloseLater() // the end of the session closes it, or the server reports a violation
	(*exawire.Stmt)(nil).CloseLater()
	new(exawire.Stmt).CloseLater()
}

// A statement takes part in a transaction, and goes on to work afterwards.
func TestStmtInTx(t *testing.T) {
	srv, sess := serve(t)
	srv.HandleSQL("INSERT ...", exatest.RowCount(1))
	srv.HandleSQL("UPDATE", exatest.Exception("40001", "Transaction collision: automatic transaction rollback."))
	st, err := sess.Prepare(t.Context(), "INSERT ?")
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close(t.Context())
	tx, err := sess.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	in := tx.Stmt(st)
	if _, err := in.Exec(t.Context(), 1); err != nil {
		t.Error(err)
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := in.Exec(t.Context(), 2); !errors.Is(err, exawire.ErrTxDone) {
		t.Errorf("after the transaction: %v", err)
	}
	if _, err := st.Exec(t.Context(), 3); err != nil {
		t.Error(err)
	}
	if tx, err = sess.Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "UPDATE"); err == nil {
		t.Fatal("no collision")
	}
	if _, err := tx.Stmt(st).Exec(t.Context(), 4); !errors.Is(err, exawire.ErrTxLost) {
		t.Errorf("in a transaction that is lost: %v", err)
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{"INSERT ?", "COMMIT", "INSERT ?", "UPDATE", "ROLLBACK"}, srv.Statements()); diff != "" {
		t.Error(diff)
	}

	other := connect(t, newClient(t, srv, nil))
	tx, err = other.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(t.Context()) //nolint:errcheck // nothing was done
	if _, err := tx.Stmt(st).Exec(t.Context(), 5); err == nil || !strings.Contains(err.Error(), "another session") || !exawire.SafeToRetry(err) {
		t.Errorf("a statement of another session: %v", err)
	}
	for _, none := range []*exawire.Stmt{nil, {}} {
		if _, err := tx.Stmt(none).Exec(t.Context()); err == nil {
			t.Error("a statement that was never prepared runs")
		}
	}
	if _, err := (*exawire.Tx)(nil).Stmt(st).Exec(t.Context(), 6); err == nil {
		t.Error("a transaction that was never begun runs a statement")
	}
}
