package compat

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
)

// The context of BeginTx ends in each state of a transaction: it is rolled back, the connection goes back to the pool with
// autocommit on, and it is the same session.
func TestConformanceTxContextEnds(t *testing.T) {
	states := map[string]func(t *testing.T, srv *exatest.Server, ctx context.Context, cancel func(), tx *sql.Tx) error{
		"idle": func(t *testing.T, _ *exatest.Server, ctx context.Context, cancel func(), tx *sql.Tx) error {
			cancel()
			return second(tx.ExecContext(ctx, "WRITE"))
		},
		"during a statement": func(t *testing.T, srv *exatest.Server, ctx context.Context, cancel func(), tx *sql.Tx) error {
			srv.HandleSQL("SLOW", exatest.Hang())
			time.AfterFunc(time.Second, cancel)
			return second(tx.ExecContext(ctx, "SLOW"))
		},
		"with open rows": func(t *testing.T, srv *exatest.Server, ctx context.Context, cancel func(), tx *sql.Tx) error {
			srv.HandleSQL("ROWS", exatest.Rows(exatest.Columns("N INT"), exatest.ValuesOf(make([]int, 5000))))
			rows, err := tx.QueryContext(ctx, "ROWS")
			if err != nil {
				t.Fatal(err)
			}
			defer rows.Close()
			rows.Next()
			cancel()
			for rows.Next() {
			}
			return rows.Err()
		},
		"before the commit": func(t *testing.T, _ *exatest.Server, ctx context.Context, cancel func(), tx *sql.Tx) error {
			cancel()
			return tx.Commit()
		},
		"during the commit": func(t *testing.T, srv *exatest.Server, ctx context.Context, cancel func(), tx *sql.Tx) error {
			srv.HandleSQL("COMMIT", exatest.Hang()).Once()
			time.AfterFunc(time.Second, cancel)
			return tx.Commit()
		},
	}
	for name, state := range states {
		t.Run(name, func(t *testing.T) {
			eachBubble(t, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
				db.SetMaxOpenConns(1)
				srv.HandleSQL("WRITE", exatest.RowCount(1))
				exec(t, db, "WRITE")
				before := srv.Sessions()[0].ID
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				tx, err := db.BeginTx(ctx, nil)
				if err != nil {
					t.Fatal(err)
				}
				exec(t, tx, "WRITE")
				err = state(t, srv, ctx, cancel, tx)
				if !errors.Is(err, context.Canceled) && !errors.Is(err, sql.ErrTxDone) {
					t.Errorf("error %v", err)
				}
				if err := tx.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
					t.Errorf("rollback: %v", err)
				}
				synctest.Wait()
				exec(t, db, "WRITE")
				sessions := srv.Sessions()
				if len(sessions) != 1 || sessions[0].ID != before {
					t.Fatalf("sessions %v instead of %d", sessions, before)
				}
				if a := sessions[0].Attributes; !a.Autocommit {
					t.Error("autocommit is off")
				}
				rollbacks := 0
				for _, text := range srv.Statements() {
					if text == "ROLLBACK" {
						rollbacks++
					}
				}
				if rollbacks != 1 {
					t.Errorf("%d rollbacks in %v", rollbacks, srv.Statements())
				}
			})
		})
	}
}

// A commit whose answer is lost is an error that does not say that nothing was done, and is not repeated.
func TestConformanceTxCommitLost(t *testing.T) {
	for name, cut := range map[string]fault.Fault{"before it ran": fault.CutRequest(), "before its answer": fault.CutAnswer(), "in its answer": fault.CutMiddle()} {
		t.Run(name, func(t *testing.T) {
			eachBubble(t, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
				srv.HandleSQL("WRITE", exatest.RowCount(1))
				commits := 0
				srv.HandleSQL("COMMIT", exatest.Func(func(*exatest.Request) exatest.Response {
					commits++
					return exatest.Pass()
				}))
				tx, err := db.BeginTx(t.Context(), nil)
				if err != nil {
					t.Fatal(err)
				}
				exec(t, tx, "WRITE")
				srv.Inject(cut.Once())
				err = tx.Commit()
				wantError(t, err, exawire.ErrSessionClosed)
				if exawire.SafeToRetry(err) {
					t.Errorf("%v claims that nothing was sent", err)
				}
				if commits > 1 {
					t.Errorf("%d commits", commits)
				}
				exec(t, db, "WRITE")
				if n := len(srv.Sessions()); n != 1 {
					t.Errorf("%d sessions", n)
				}
			})
		})
	}
}

// A commit that the server refuses leaves nothing behind: the transaction is rolled back before anybody else gets the
// connection, at once, so that it holds no locks.
func TestConformanceTxCommitRefused(t *testing.T) {
	eachBubble(t, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
		db.SetMaxOpenConns(1)
		srv.HandleSQL("WRITE", exatest.RowCount(1))
		srv.HandleSQL("COMMIT", exatest.Exception("42000", "not now")).Once()
		tx, err := db.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		exec(t, tx, "WRITE")
		var e *exawire.Error
		if err := tx.Commit(); !errors.As(err, &e) || e.Text == "" {
			t.Errorf("error %v", err)
		}
		if diff := cmp.Diff([]string{"WRITE", "COMMIT", "ROLLBACK"}, srv.Statements()); diff != "" {
			t.Errorf("statements (-want +got):\n%s", diff)
		}
		if s := srv.Sessions(); len(s) != 1 || !s[0].Attributes.Autocommit {
			t.Errorf("%d sessions; autocommit has to be on", len(s))
		}
		exec(t, db, "WRITE")
	})
}

// Nothing of a transaction on a connection that is lost is done on another one.
func TestConformanceTxConnectionLost(t *testing.T) {
	eachBubble(t, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
		write := srv.HandleSQL("WRITE", exatest.RowCount(1))
		tx, err := db.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		exec(t, tx, "WRITE")
		stmt, err := tx.PrepareContext(t.Context(), "WRITE")
		if err != nil {
			t.Fatal(err)
		}
		srv.KillSessions()
		synctest.Wait()
		for i, err := range []error{
			second(tx.ExecContext(t.Context(), "WRITE")), second(tx.QueryContext(t.Context(), "WRITE")),
			second(tx.PrepareContext(t.Context(), "WRITE")), second(stmt.ExecContext(t.Context())), tx.Commit(),
		} {
			if err == nil {
				t.Errorf("call %d worked in a transaction whose connection is lost", i)
			}
			if errors.Is(err, driver.ErrBadConn) {
				t.Errorf("call %d: %v asks for a repetition outside of the transaction", i, err)
			}
		}
		if n := write.Calls(); n != 1 {
			t.Errorf("%d writes instead of 1", n)
		}
		for _, text := range srv.Statements() {
			if text == "COMMIT" {
				t.Error("a COMMIT was sent")
			}
		}
	})
}

// Begin on a connection that died while it was idle takes another one.
func TestConformanceTxBeginAfterKill(t *testing.T) {
	eachBubble(t, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
		srv.HandleSQL("WRITE", exatest.RowCount(1))
		exec(t, db, "WRITE")
		srv.KillSessions()
		synctest.Wait()
		tx, err := db.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		exec(t, tx, "WRITE")
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"WRITE", "WRITE", "COMMIT"}, srv.Statements()); diff != "" {
			t.Errorf("statements (-want +got):\n%s", diff)
		}
	})
}

// A transaction begun in Raw and left open is rolled back before the next user gets the connection.
func TestConformanceTxLeftOpenInRaw(t *testing.T) {
	eachVersion(t, func(t *testing.T, db *sql.DB) {
		db.SetMaxOpenConns(1)
		exec(t, db, "CREATE TABLE l (n INT)")
		conn, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.Raw(func(driverConn any) error {
			sess := session(t, driverConn)
			tx, err := sess.Begin(t.Context())
			if err != nil {
				return err
			}
			_, err = tx.Exec(t.Context(), "INSERT INTO l VALUES (1)")
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if err := conn.Close(); err != nil {
			t.Fatal(err)
		}
		wantTexts(t, db, "SELECT COUNT(*) FROM l", "0")
		exec(t, db, "INSERT INTO l VALUES (2)")
		tx, err := db.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
		wantTexts(t, db, "SELECT n FROM l", "2")
	})
}
