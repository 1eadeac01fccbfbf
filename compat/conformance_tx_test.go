package compat

import (
	"database/sql"
	"errors"
	"fmt"
	"testing"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
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
