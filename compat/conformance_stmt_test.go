package compat

import (
	"database/sql"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
)

// A prepared statement of the pool runs on every connection that there is, each time with the right parameters.
func TestConformanceStmtAcrossConnections(t *testing.T) {
	eachServer(t, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
		exec(t, db, "CREATE TABLE p (n INT, name VARCHAR(20))")
		exec(t, db, "INSERT INTO p SELECT n, 'name ' || n FROM VALUES BETWEEN 1 AND 100 AS v(n)")
		db.SetMaxIdleConns(4)
		stmt, err := db.PrepareContext(t.Context(), "SELECT name, CURRENT_SESSION FROM p WHERE n = ?")
		if err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		sessions := map[string]bool{}
		var wg sync.WaitGroup
		for g := range 4 {
			wg.Go(func() {
				conn, err := db.Conn(t.Context()) // so that there are four
				if err != nil {
					t.Error(err)
					return
				}
				for i := range 25 {
					n := g*25 + i + 1
					var name, session string
					if err := stmt.QueryRowContext(t.Context(), n).Scan(&name, &session); err != nil || name != fmt.Sprint("name ", n) {
						t.Errorf("row %d: %q, %v", n, name, err)
					}
					mu.Lock()
					sessions[session] = true
					mu.Unlock()
				}
				if err := conn.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if len(sessions) == 0 {
			t.Error("no session has run anything")
		}
		if err := stmt.Close(); err != nil {
			t.Fatal(err)
		}
		// What could not be closed at once is closed by the next command of each connection.
		var conns []*sql.Conn
		for range db.Stats().OpenConnections {
			conn, err := db.Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if err := conn.PingContext(t.Context()); err != nil {
				t.Fatal(err)
			}
			conns = append(conns, conn)
		}
		for _, s := range srv.Sessions() {
			if len(s.Statements) > 0 {
				t.Errorf("statements %v are open in session %d", s.Statements, s.ID)
			}
		}
		for _, conn := range conns {
			if err := conn.Close(); err != nil {
				t.Error(err)
			}
		}
	})
}

// A statement that was prepared before its connection died is prepared again, and runs once.
func TestConformanceStmtAfterKill(t *testing.T) {
	eachBubble(t, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
		runs := 0
		srv.HandleSQL("INSERT INTO t VALUES (?)", exatest.Func(func(r *exatest.Request) exatest.Response {
			if r.Command == "executePreparedStatement" {
				runs++
			}
			return exatest.RowCount(1)
		}))
		stmt, err := db.PrepareContext(t.Context(), "INSERT INTO t VALUES (?)")
		if err != nil {
			t.Fatal(err)
		}
		defer stmt.Close()
		for i := range 5 {
			if _, err := stmt.ExecContext(t.Context(), i); err != nil {
				t.Fatal(err)
			}
			srv.KillSessions()
			synctest.Wait()
		}
		if runs != 5 {
			t.Errorf("%d runs instead of 5", runs)
		}
	})
}

// What is wrong with a statement is the error of Prepare, or of the run if a server says so only then. The connection goes
// on.
func TestConformanceStmtFails(t *testing.T) {
	eachVersion(t, func(t *testing.T, db *sql.DB) {
		db.SetMaxOpenConns(1)
		id := sessionID(t, db)
		for _, text := range []string{"SELEKT 1", "SELECT * FROM nosuch", "INSERT INTO nosuch VALUES (?)", ""} {
			var e *exawire.Error
			stmt, err := db.PrepareContext(t.Context(), text)
			if err == nil {
				stmt.Close()
				t.Errorf("%q can be prepared", text)
			} else if text != "" && !errors.As(err, &e) {
				t.Errorf("%q: error %v is not the server's", text, err)
			}
			if err := second(db.ExecContext(t.Context(), text)); err == nil {
				t.Errorf("%q can be run", text)
			}
			if err := second(db.QueryContext(t.Context(), text)); err == nil {
				t.Errorf("%q can be queried", text)
			}
		}
		if now := sessionID(t, db); now != id {
			t.Errorf("session %s instead of %s", now, id)
		}
	})
}

// A prepared statement follows the table that it reads.
func TestConformanceStmtTableAltered(t *testing.T) {
	eachVersion(t, func(t *testing.T, db *sql.DB) {
		db.SetMaxOpenConns(1)
		exec(t, db, "CREATE TABLE x (n INT)")
		exec(t, db, "INSERT INTO x VALUES (1)")
		const query = "SELECT * FROM x WHERE n = ?"
		if diff := cmp.Diff([]string{"1"}, texts(t, db, query, 1)); diff != "" {
			t.Error(diff)
		}
		exec(t, db, "ALTER TABLE x ADD COLUMN m VARCHAR(10)")
		if diff := cmp.Diff([]string{"1 <nil>"}, texts(t, db, query, 1)); diff != "" {
			t.Errorf("kept statement after ALTER TABLE (-want +got):\n%s", diff)
		}
	})
}

// Exec and Query take any statement: Exec drops rows, and Query of what has no rows has none.
func TestConformanceExecOfQuery(t *testing.T) {
	eachServer(t, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
		exec(t, db, "CREATE TABLE k (n INT)")
		exec(t, db, "SELECT n FROM VALUES BETWEEN 1 AND 5000 AS v(n)")
		exec(t, db, "SELECT n FROM VALUES BETWEEN 1 AND 5000 AS v(n) WHERE n > ?", 1)
		for _, s := range srv.Sessions() {
			if len(s.ResultSets) > 0 {
				t.Errorf("result sets %v are open", s.ResultSets)
			}
		}
		rows, err := db.QueryContext(t.Context(), "INSERT INTO k VALUES (1)")
		if err == nil {
			if rows.Next() {
				t.Error("an INSERT has rows")
			}
			err = errors.Join(rows.Err(), rows.Close())
		}
		if err != nil {
			t.Logf("Query of an INSERT: %v", err)
		}
		// Whatever Query says: it was sent once.
		n := 0
		for _, text := range srv.Statements() {
			if text == "INSERT INTO k VALUES (1)" {
				n++
			}
		}
		if n != 1 {
			t.Errorf("the INSERT was sent %d times", n)
		}
		wantTexts(t, db, "SELECT COUNT(*) FROM k", "1")
	})
}

// Rows that were changed are counted; there is no last insert id.
func TestConformanceResult(t *testing.T) {
	eachVersion(t, func(t *testing.T, db *sql.DB) {
		for _, tt := range []struct {
			query string
			args  []any
			want  int64
		}{
			{"CREATE TABLE r (id INT IDENTITY, n INT)", nil, 0},
			{"INSERT INTO r (n) VALUES (1), (2), (3)", nil, 3},
			{"INSERT INTO r (n) VALUES (?)", []any{4}, 1},
			{"UPDATE r SET n = n + 1 WHERE n > ?", []any{2}, 2},
			{"UPDATE r SET n = n WHERE n < 0", nil, 0},
			{"DELETE FROM r", nil, 4},
			{"SELECT 1 FROM DUAL", nil, 0},
		} {
			result := exec(t, db, tt.query, tt.args...)
			if n, err := result.RowsAffected(); err != nil || n != tt.want {
				t.Errorf("%s: %d rows instead of %d, %v", tt.query, n, tt.want, err)
			}
			_, err := result.LastInsertId()
			wantError(t, err, nil, "no last insert id")
		}
	})
}

// The end of the rows is told from an error of them.
func TestConformanceRowsFail(t *testing.T) {
	eachBubble(t, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
		db.SetMaxOpenConns(1)
		srv.HandleSQL("ROWS", exatest.Rows(exatest.Columns("N INT"), exatest.ValuesOf(make([]int, 3000))))
		srv.HandleSQL("WRITE", exatest.RowCount(1))
		exec(t, db, "WRITE")
		srv.Handle("fetch", func(*exatest.Request) exatest.Response { return exatest.Exception("22003", "value out of range") }).Once()
		rows, err := db.QueryContext(t.Context(), "ROWS")
		n := 0
		if err == nil {
			for rows.Next() {
				n++
			}
			err = rows.Err()
		}
		var e *exawire.Error
		if !errors.As(err, &e) || e.SQLCode != "22003" || errors.Is(err, io.EOF) {
			t.Errorf("%d rows, then %v", n, err)
		}
		if rows != nil {
			if err := rows.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		}
		exec(t, db, "WRITE")
		if s := srv.Sessions(); len(s) != 1 || len(s[0].ResultSets) > 0 {
			t.Errorf("sessions %v", s)
		}
	})
}
