package stdlib_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/google/go-cmp/cmp"
)

func TestTxOptions(t *testing.T) {
	srv, db := serve(t)
	for level := sql.LevelDefault; level <= sql.LevelLinearizable; level++ {
		tx, err := db.BeginTx(t.Context(), &sql.TxOptions{Isolation: level})
		switch {
		case level == sql.LevelDefault || level == sql.LevelSerializable:
			if err != nil {
				t.Errorf("%s: %v", level, err)
			} else if err := tx.Rollback(); err != nil {
				t.Error(err)
			}
		case err == nil || !strings.Contains(err.Error(), level.String()) || !strings.Contains(err.Error(), "use sql.LevelDefault"):
			t.Errorf("%s: %v", level, err)
		}
	}
	if _, err := db.BeginTx(t.Context(), &sql.TxOptions{ReadOnly: true}); err == nil || !strings.Contains(err.Error(), "no read-only transactions") {
		t.Errorf("read-only: %v", err)
	}
	if n := len(srv.Sessions()); n != 1 {
		t.Errorf("%d sessions", n)
	}
}

// The deadline of BeginTx bounds COMMIT too, and afterwards the connection is clean.
func TestDeadlineOfCommit(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
		srv.HandleSQL("COMMIT", exatest.RowCount(0).After(time.Hour)).Once()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if err := tx.Commit(); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Commit: %v", err)
		}
		if d := time.Since(began); d != time.Minute {
			t.Errorf("Commit took %v", d)
		}
		checkClean(t, srv, db)
		if diff := cmp.Diff([]string{"COMMIT", "ROLLBACK"}, srv.Statements()); diff != "" {
			t.Error(diff)
		}
		if n := len(srv.Requests(exatest.Credentials)); n != 1 {
			t.Errorf("%d logins", n)
		}
	})
}

// When the context of BeginTx ends, database/sql rolls back from a goroutine of its own, and the connection is kept.
func TestContextOfTx(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
		srv.HandleSQL("INSERT ...", exatest.RowCount(1))
		ctx, cancel := context.WithCancel(t.Context())
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec(plain); err != nil {
			t.Fatal(err)
		}
		cancel()
		synctest.Wait()
		if err := tx.Commit(); !errors.Is(err, sql.ErrTxDone) && !errors.Is(err, context.Canceled) {
			t.Errorf("Commit: %v", err)
		}
		checkClean(t, srv, db)
		if diff := cmp.Diff([]string{plain, "ROLLBACK"}, srv.Statements()); diff != "" {
			t.Error(diff)
		}
		if n := len(srv.Requests(exatest.Credentials)); n != 1 {
			t.Errorf("%d logins", n)
		}
	})
}

// The server rolls back because of a collision. Nothing is sent in the name of that transaction any more, by whichever way,
// and Commit is an error.
func TestLostTx(t *testing.T) {
	for _, name := range []string{"Exec", "Exec with an argument", "Query", "Query with an argument", "columns", "script", "Stmt.Exec", "Stmt of the DB", "Stmt from before"} {
		t.Run(name, func(t *testing.T) {
			srv, db := serve(t)
			srv.HandleSQL("INSERT ...", exatest.RowCount(1))
			srv.HandleSQL("UPDATE t", exatest.Exception("40001", "Transaction collision: automatic transaction rollback."))
			st, err := db.Prepare(param)
			if err != nil {
				t.Fatal(err)
			}
			defer st.Close()
			tx, err := db.Begin()
			if err != nil {
				t.Fatal(err)
			}
			before, err := tx.Prepare(param)
			if err != nil {
				t.Fatal(err)
			}
			var e *exawire.Error
			if _, err := tx.Exec("UPDATE t"); !errors.As(err, &e) {
				t.Fatal(err)
			}
			sent := len(srv.Statements())
			switch name {
			case "Stmt of the DB":
				_, err = tx.Stmt(st).Exec("a")
			case "Stmt from before":
				_, err = before.Exec("a")
			default:
				err = calls[name].do(t.Context(), tx)
			}
			if !errors.Is(err, exawire.ErrTxLost) {
				t.Errorf("the statement: %v", err)
			}
			checkHarmless(t, err)
			if err := tx.Commit(); !errors.Is(err, exawire.ErrTxLost) {
				t.Errorf("Commit: %v", err)
			}
			if diff := cmp.Diff([]string{"ROLLBACK"}, srv.Statements()[sent:]); diff != "" {
				t.Error(diff)
			}
			if _, err := st.Exec("a"); err != nil {
				t.Errorf("after the transaction: %v", err)
			}
			checkClean(t, srv, db)
		})
	}
}

// Statements of a DB take part in a transaction, and those that a connection prepares in one outlive it.
func TestStmtsAndTx(t *testing.T) {
	srv, db := serve(t)
	srv.HandleSQL("INSERT ...", exatest.RowCount(1))
	conn := pinned(t, db)
	tx, err := conn.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	st, err := conn.PrepareContext(t.Context(), param)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	for _, s := range []*sql.Stmt{st, tx.Stmt(st)} {
		if _, err := s.Exec("a"); err != nil {
			t.Error(err)
		}
	}
	if _, err := conn.BeginTx(t.Context(), nil); !errors.Is(err, exawire.ErrTxOpen) {
		t.Errorf("a second transaction: %v", err)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if _, err := st.Exec("b"); err != nil {
		t.Errorf("after the transaction: %v", err)
	}
	if diff := cmp.Diff([]string{param, param, "COMMIT", param}, srv.Statements()); diff != "" {
		t.Error(diff)
	}
	if _, err := tx.Exec(plain); !errors.Is(err, sql.ErrTxDone) {
		t.Errorf("Exec of a transaction that is over: %v", err)
	}
}

// Close of a statement is called under the lock of the pool, so it must not send anything.
func TestStmtClose(t *testing.T) {
	srv, db := serve(t)
	srv.HandleSQL("INSERT ...", exatest.RowCount(1))
	for range 40 {
		st, err := db.Prepare(param)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := st.Exec("a"); err != nil {
			t.Fatal(err)
		}
		sent := len(srv.Requests(""))
		if err := st.Close(); err != nil {
			t.Fatal(err)
		}
		if n := len(srv.Requests("")) - sent; n != 0 {
			t.Errorf("Close has sent %d commands", n)
		}
		if n := len(srv.Sessions()[0].Statements); n > 2 {
			t.Fatalf("%d statements are open", n)
		}
	}
}

// The interfaces without contexts are there for those who use a driver by hand.
func TestLegacy(t *testing.T) {
	srv, db := serve(t)
	srv.HandleSQL("INSERT ...", exatest.RowCount(1))
	dc, err := db.Driver().Open(srv.DSN())
	if err != nil {
		t.Fatal(err)
	}
	tx, err := dc.Begin() //nolint:staticcheck // tested
	if err != nil {
		t.Fatal(err)
	}
	st, err := dc.Prepare(param)
	if err != nil {
		t.Fatal(err)
	}
	result, err := st.Exec([]driver.Value{"a"}) //nolint:staticcheck // tested
	if err != nil {
		t.Fatal(err)
	}
	if n, err := result.RowsAffected(); n != 1 || err != nil {
		t.Errorf("%d rows, %v", n, err)
	}
	rows, err := st.Query([]driver.Value{"a"}) //nolint:staticcheck // tested
	if err != nil {
		t.Fatal(err)
	}
	if n := len(rows.Columns()); n != 0 {
		t.Errorf("%d columns", n)
	}
	if err := errors.Join(rows.Close(), tx.Commit(), st.Close(), dc.Close(), dc.Close()); err != nil {
		t.Error(err)
	}
	// The connection is closed. None of this must panic.
	_, err = dc.Prepare(param)
	checkClosed(t, err)
	_, err = dc.Begin() //nolint:staticcheck // tested
	checkClosed(t, err)
	_, err = st.Exec([]driver.Value{"a"}) //nolint:staticcheck // tested
	if err == nil {
		t.Error("a statement of a closed connection runs")
	}
	checkClosed(t, dc.(driver.SessionResetter).ResetSession(t.Context()))
	if dc.(driver.Validator).IsValid() {
		t.Error("a closed connection is valid")
	}
}

func checkClosed(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, exawire.ErrSessionClosed) {
		t.Errorf("the error is %v", err)
	}
}
