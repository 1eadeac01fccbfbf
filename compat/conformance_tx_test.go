package compat

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
)

// A transaction commits or rolls back all of it, while autocommit is on for everything else.
func TestConformanceTx(t *testing.T) {
	eachVersion(t, func(t *testing.T, db *sql.DB) {
		exec(t, db, "CREATE TABLE t (n INT)")
		for _, tt := range []struct {
			name string
			end  func(*sql.Tx) error
			want []string
		}{
			{"commit", (*sql.Tx).Commit, []string{"1", "2", "3"}},
			{"rollback", (*sql.Tx).Rollback, nil},
		} {
			t.Run(tt.name, func(t *testing.T) {
				exec(t, db, "DELETE FROM t")
				tx, err := db.BeginTx(t.Context(), nil)
				if err != nil {
					t.Fatal(err)
				}
				exec(t, tx, "INSERT INTO t VALUES (1)")
				exec(t, tx, "INSERT INTO t VALUES (?)", 2)
				stmt, err := tx.PrepareContext(t.Context(), "INSERT INTO t VALUES (?)")
				if err != nil {
					t.Fatal(err)
				}
				if _, err := stmt.ExecContext(t.Context(), 3); err != nil {
					t.Fatal(err)
				}
				wantTexts(t, tx, "SELECT n FROM t ORDER BY n", "1", "2", "3")
				wantTexts(t, db, "SELECT n FROM t") // another connection does not see it
				if err := tt.end(tx); err != nil {
					t.Fatal(err)
				}
				wantTexts(t, db, "SELECT n FROM t ORDER BY n", tt.want...)
				for name, err := range map[string]error{
					"Commit": tx.Commit(), "Rollback": tx.Rollback(),
					"Exec":    second(tx.ExecContext(t.Context(), "INSERT INTO t VALUES (4)")),
					"Query":   second(tx.QueryContext(t.Context(), "SELECT 1")),
					"Prepare": second(tx.PrepareContext(t.Context(), "SELECT 1")),
					"Stmt":    second(stmt.ExecContext(t.Context(), 4)),
				} {
					if err == nil {
						t.Errorf("%s works after the transaction is over", name)
					} else if name != "Stmt" && !errors.Is(err, sql.ErrTxDone) {
						t.Errorf("%s after the end: %v", name, err)
					}
				}
				wantTexts(t, db, "SELECT n FROM t ORDER BY n", tt.want...)
				// Autocommit is on again.
				exec(t, db, "INSERT INTO t VALUES (5)")
				if n := texts(t, db, "SELECT COUNT(*) FROM t WHERE n = 5"); n[0] != "1" {
					t.Errorf("after the transaction a statement did not commit: %v", n)
				}
			})
		}
	})
}

func second[T any](_ T, err error) error { return err }

// Exasol has one isolation level. Everything that it is not is refused, and the connection is as good as new.
func TestConformanceTxOptions(t *testing.T) {
	eachVersion(t, func(t *testing.T, db *sql.DB) {
		db.SetMaxOpenConns(1)
		id := sessionID(t, db)
		for level := sql.LevelDefault; level <= sql.LevelLinearizable; level++ {
			tx, err := db.BeginTx(t.Context(), &sql.TxOptions{Isolation: level})
			switch level {
			case sql.LevelDefault, sql.LevelSerializable:
				if err != nil {
					t.Errorf("%s: %v", level, err)
					continue
				}
				if err := tx.Rollback(); err != nil {
					t.Error(err)
				}
			default:
				wantError(t, err, nil, "isolation level "+level.String())
			}
		}
		_, err := db.BeginTx(t.Context(), &sql.TxOptions{ReadOnly: true})
		wantError(t, err, nil, "read-only")
		if now := sessionID(t, db); now != id {
			t.Errorf("session %s instead of %s", now, id)
		}
	})
}

// DDL is a part of the transaction, and a statement that fails does not end it.
func TestConformanceTxStatementFails(t *testing.T) {
	eachVersion(t, func(t *testing.T, db *sql.DB) {
		tx, err := db.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		exec(t, tx, "CREATE TABLE d (n INT)")
		exec(t, tx, "INSERT INTO d VALUES (1)")
		var e *exawire.Error
		if _, err := tx.ExecContext(t.Context(), "INSERT INTO nosuch VALUES (1)"); !errors.As(err, &e) || e.SQLCode != "42000" {
			t.Errorf("error %v", err)
		}
		exec(t, tx, "INSERT INTO d VALUES (2)")
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
		wantTexts(t, db, "SELECT n FROM d ORDER BY n", "1", "2")
		if tx, err = db.BeginTx(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		exec(t, tx, "DROP TABLE d")
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
		wantTexts(t, db, "SELECT COUNT(*) FROM d", "2")
	})
}

// A collision rolls back on the server: statements of the transaction and its commit fail from then on, nothing of it is
// there, and the connection is used again.
func TestConformanceTxCollision(t *testing.T) {
	eachBubble(t, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
		db.SetMaxOpenConns(1)
		srv.HandleSQL("SECOND", exatest.Exception("40001", "GlobalTransactionRollback msg: Transaction collision: automatic transaction rollback.")).Once()
		srv.HandleSQL("FIRST", exatest.RowCount(1))
		third := srv.HandleSQL("THIRD", exatest.RowCount(1))
		tx, err := db.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		exec(t, tx, "FIRST")
		_, err = tx.ExecContext(t.Context(), "SECOND")
		var e *exawire.Error
		if !errors.As(err, &e) || e.SQLCode != exawire.CodeCollision {
			t.Errorf("the collision is %v", err)
		}
		_, err = tx.ExecContext(t.Context(), "THIRD")
		wantError(t, err, exawire.ErrTxLost)
		_, err = tx.QueryContext(t.Context(), "THIRD")
		wantError(t, err, exawire.ErrTxLost)
		stmt, err := tx.PrepareContext(t.Context(), "THIRD")
		if err == nil {
			_, err = stmt.ExecContext(t.Context())
		}
		wantError(t, err, exawire.ErrTxLost)
		wantError(t, tx.Commit(), exawire.ErrTxLost)
		if n := third.Calls(); n != 0 {
			t.Errorf("a statement of the lost transaction was sent %d times", n)
		}
		for _, text := range srv.Statements() {
			if text == "COMMIT" {
				t.Error("a part of the transaction was committed")
			}
		}
		exec(t, db, "FIRST")
		if n := len(srv.Sessions()); n != 1 || !srv.Sessions()[0].Attributes.Autocommit {
			t.Errorf("%d sessions; autocommit has to be on", n)
		}
	})
}

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
			for rows.Next() { //nolint:revive // to the end
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

// Prepared statements of the pool take part in a transaction by Tx.Stmt, and are usable after it.
func TestConformanceTxStmt(t *testing.T) {
	eachVersion(t, func(t *testing.T, db *sql.DB) {
		exec(t, db, "CREATE TABLE s (n INT)")
		stmt, err := db.PrepareContext(t.Context(), "INSERT INTO s VALUES (?)")
		if err != nil {
			t.Fatal(err)
		}
		defer stmt.Close()
		for i, end := range []func(*sql.Tx) error{(*sql.Tx).Commit, (*sql.Tx).Rollback, (*sql.Tx).Commit} {
			tx, err := db.BeginTx(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			for range 3 {
				if _, err := tx.StmtContext(t.Context(), stmt).ExecContext(t.Context(), i); err != nil {
					t.Fatal(err)
				}
			}
			if err := end(tx); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := stmt.ExecContext(t.Context(), 9); err != nil {
			t.Fatal(err)
		}
		wantTexts(t, db, "SELECT n, COUNT(*) FROM s GROUP BY n ORDER BY n", "0 3", "2 3", "9 1")
	})
}

// Two transactions write to different rows one after the other, each on its own connection.
func TestConformanceTxSideBySide(t *testing.T) {
	eachVersion(t, func(t *testing.T, db *sql.DB) {
		exec(t, db, "CREATE TABLE w (n INT)")
		a, err := db.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		b, err := db.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if idA, idB := sessionID(t, a), sessionID(t, b); idA == idB {
			t.Errorf("both transactions have session %s", idA)
		}
		if err := b.Rollback(); err != nil {
			t.Fatal(err)
		}
		exec(t, a, "INSERT INTO w VALUES (1)")
		if err := a.Commit(); err != nil {
			t.Fatal(err)
		}
		wantTexts(t, db, "SELECT n FROM w", "1")
		if n := fmt.Sprint(db.Stats().InUse); n != "0" {
			t.Errorf("%s connections are in use", n)
		}
	})
}
