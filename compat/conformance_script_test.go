package compat

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
	"github.com/exawire/exawire/stdlib"
)

// A script has several results, one after the other.
func TestConformanceScript(t *testing.T) {
	eachServer(t, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
		script := `
			CREATE TABLE n (id INT, name VARCHAR(20)); -- a comment; with a semicolon
			INSERT INTO n VALUES (1, 'one;'), (2, 'two');
			SELECT id FROM n ORDER BY id;
			SELECT name FROM n WHERE id = 0;
			INSERT INTO n VALUES (3, 'three');
			SELECT v.n, 'more' FROM VALUES BETWEEN 1 AND 3000 AS v(n) ORDER BY 1`
		rows, err := db.QueryContext(t.Context(), script, stdlib.Script)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for more := true; more; more = rows.NextResultSet() {
			names, err := rows.Columns()
			if err != nil {
				t.Fatal(err)
			}
			types, err := rows.ColumnTypes()
			if err != nil || len(types) != len(names) {
				t.Fatal(len(types), err)
			}
			lines := drain(t, rows)
			if len(lines) > 3 {
				lines = []string{fmt.Sprint(len(lines), " lines to ", lines[len(lines)-1])}
			}
			got = append(got, strings.Join(names, ",")+": "+strings.Join(lines, "|"))
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Error(err)
		}
		want := []string{"ID: 1|2", "NAME: ", "N,'more': 3000 lines to 3000 more"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		// Results that are skipped, and those that are left, are closed.
		if rows, err = db.QueryContext(t.Context(), "SELECT n FROM VALUES BETWEEN 1 AND 3000 AS v(n); SELECT 2; SELECT n FROM VALUES BETWEEN 1 AND 3000 AS v(n)", stdlib.Script); err != nil {
			t.Fatal(err)
		}
		rows.Next()
		if !rows.NextResultSet() {
			t.Fatal(rows.Err())
		}
		if diff := cmp.Diff([]string{"2"}, drain(t, rows)); diff != "" {
			t.Error(diff)
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
		result := exec(t, db, "INSERT INTO n VALUES (4, 'four'); SELECT * FROM n; DELETE FROM n WHERE id < 3", stdlib.Script)
		if n, err := result.RowsAffected(); n != 3 || err != nil {
			t.Errorf("%d rows, %v", n, err)
		}
		for _, s := range srv.Sessions() {
			if len(s.ResultSets) > 0 {
				t.Errorf("result sets %v are open", s.ResultSets)
			}
		}
	})
}

// A script that fails says where, what came before it stays, and what comes after it is not run. In a transaction all of it
// can be undone.
func TestConformanceScriptFails(t *testing.T) {
	eachVersion(t, func(t *testing.T, db *sql.DB) {
		exec(t, db, "CREATE TABLE f (n INT)")
		const script = "INSERT INTO f VALUES (1); INSERT INTO nosuch VALUES (2); INSERT INTO f VALUES (3)"
		var e *exawire.Error
		if _, err := db.ExecContext(t.Context(), script, stdlib.Script); !errors.As(err, &e) || !strings.Contains(e.Text, "NOSUCH") {
			t.Errorf("error %v", err)
		}
		wantTexts(t, db, "SELECT n FROM f", "1")
		tx, err := db.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.QueryContext(t.Context(), script, stdlib.Script); !errors.As(err, &e) {
			t.Errorf("error %v", err)
		}
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
		wantTexts(t, db, "SELECT n FROM f", "1")
		for _, bad := range []string{"", " ; ", "-- nothing", "SELECT 'unterminated"} {
			if _, err := db.ExecContext(t.Context(), bad, stdlib.Script); err == nil {
				t.Errorf("the script %q is no error", bad)
			}
			if _, err := db.QueryContext(t.Context(), bad, stdlib.Script); err == nil {
				t.Errorf("the script %q is no error of a query", bad)
			}
		}
		if _, err := db.ExecContext(t.Context(), "INSERT INTO f VALUES (?)", stdlib.Script, 1); err == nil {
			t.Error("a script with an argument is no error")
		}
		if _, err := db.ExecContext(t.Context(), "INSERT INTO f VALUES (?)", 1, stdlib.Script); err == nil {
			t.Error("an argument and a script are no error")
		}
		// Without the option a text is one statement.
		if _, err := db.ExecContext(t.Context(), "DELETE FROM f; DELETE FROM f"); err == nil {
			t.Error("two statements without Script are no error")
		}
		wantTexts(t, db, "SELECT n FROM f", "1")
	})
}

// A script without rows has no columns, and NextResultSet ends.
func TestConformanceScriptWithoutRows(t *testing.T) {
	eachVersion(t, func(t *testing.T, db *sql.DB) {
		rows, err := db.QueryContext(t.Context(), "CREATE TABLE o (n INT); INSERT INTO o VALUES (1)", stdlib.Script)
		if err != nil {
			t.Fatal(err)
		}
		if rows.Next() || rows.NextResultSet() || rows.Err() != nil {
			t.Errorf("there are rows, or an error: %v", rows.Err())
		}
		if err := rows.Close(); err != nil {
			t.Error(err)
		}
		wantTexts(t, db, "SELECT n FROM o", "1")
		if err := db.QueryRowContext(t.Context(), "INSERT INTO o VALUES (2)", stdlib.Script).Scan(new(int)); !errors.Is(err, sql.ErrNoRows) {
			t.Errorf("a row of a script without rows: %v", err)
		}
	})
}

// A script whose context ends is aborted at the statement that runs, and the session is the same afterwards.
func TestConformanceScriptCancel(t *testing.T) {
	eachBubble(t, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
		db.SetMaxOpenConns(1)
		slowServer(srv)
		exec(t, db, "QUICK")
		before := srv.Sessions()[0].ID
		for name, call := range map[string]func(ctx context.Context) error{
			"Exec": func(ctx context.Context) error {
				return second(db.ExecContext(ctx, "QUICK; SLOW; QUICK", stdlib.Script))
			},
			"Query": func(ctx context.Context) error {
				return second(db.QueryContext(ctx, "QUICK; SLOW; QUICK", stdlib.Script))
			},
		} {
			srv.ForgetRequests()
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			wantError(t, call(ctx), context.DeadlineExceeded)
			cancel()
			if diff := cmp.Diff([]string{"QUICK", "SLOW", "QUICK"}, srv.Statements()); diff != "" {
				t.Errorf("%s asked for (-want +got):\n%s", name, diff)
			}
			wantSame(t, srv, db, before)
		}
	})
}

// The context ends between the results of a script: reading ends, and all of them are closed on the server.
func TestConformanceScriptRowsCancel(t *testing.T) {
	eachBubble(t, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
		db.SetMaxOpenConns(1)
		slowServer(srv)
		exec(t, db, "QUICK")
		before := srv.Sessions()[0].ID
		srv.HandleSQL("ROWS", exatest.Rows(exatest.Columns("N INT"), exatest.ValuesOf(make([]int, 3000))))
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		rows, err := db.QueryContext(ctx, "ROWS; ROWS; ROWS", stdlib.Script)
		if err != nil {
			t.Fatal(err)
		}
		rows.Next()
		if !rows.NextResultSet() || !rows.Next() {
			t.Fatal(rows.Err())
		}
		cancel()
		synctest.Wait()
		for rows.Next() {
			_ = rows
		}
		if rows.NextResultSet() {
			t.Error("there is a third result after the end of the context")
		}
		wantError(t, rows.Err(), context.Canceled)
		_ = rows.Close()
		wantSame(t, srv, db, before)
		if s := srv.Sessions(); len(s[0].ResultSets) > 0 {
			t.Errorf("result sets %v are open", s[0].ResultSets)
		}
	})
}

// An error of the second result is not taken for its end.
func TestConformanceScriptRowsFail(t *testing.T) {
	eachBubble(t, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
		srv.HandleSQL("ROWS", exatest.Rows(exatest.Columns("N INT"), exatest.ValuesOf(make([]int, 3000))))
		srv.Inject(fault.CutMiddle().On("fetch").Skip(1).Once())
		rows, err := db.QueryContext(t.Context(), "ROWS; ROWS; ROWS", stdlib.Script)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for more := true; more; more = rows.NextResultSet() {
			for rows.Next() {
				n++
			}
			if rows.Err() != nil {
				break
			}
		}
		wantError(t, rows.Err(), exawire.ErrSessionClosed)
		if n != 3000 {
			t.Errorf("%d rows", n)
		}
		_ = rows.Close()
	})
}
