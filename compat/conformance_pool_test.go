package compat

import (
	"context"
	"database/sql"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
)

// A connection comes back to the pool as it was after the login, whatever its last user has done to it.
func TestConformanceReset(t *testing.T) {
	eachVersion(t, func(t *testing.T, db *sql.DB) {
		db.SetMaxOpenConns(1)
		schema := texts(t, db, "SELECT CURRENT_SCHEMA FROM DUAL")
		exec(t, db, "CREATE TABLE q (n INT)")
		date := texts(t, db, "SELECT CAST(DATE '2024-06-18' AS VARCHAR(20)) FROM DUAL")
		const parameters = "SELECT parameter_name, session_value FROM EXA_PARAMETERS WHERE parameter_name IN ('TIME_ZONE', 'NLS_FIRST_DAY_OF_WEEK') ORDER BY 1"
		before := texts(t, db, parameters)
		for name, dirty := range map[string]func(conn *sql.Conn) error{
			"a format": func(c *sql.Conn) error {
				return second(c.ExecContext(t.Context(), "ALTER SESSION SET NLS_DATE_FORMAT = 'DD.MM.YYYY'"))
			},
			"a time zone": func(c *sql.Conn) error {
				return second(c.ExecContext(t.Context(), "ALTER SESSION SET TIME_ZONE = 'EUROPE/BERLIN'"))
			},
			"a schema": func(c *sql.Conn) error { return second(c.ExecContext(t.Context(), "CLOSE SCHEMA")) },
			"autocommit off and a row": func(c *sql.Conn) error {
				return c.Raw(func(driverConn any) error {
					sess := session(t, driverConn)
					if err := sess.SetAttributes(t.Context(), exawire.Autocommit(false)); err != nil {
						return err
					}
					_, err := sess.Exec(t.Context(), "INSERT INTO q VALUES (1)")
					return err
				})
			},
			"a parameter that cannot be read": func(c *sql.Conn) error {
				return second(c.ExecContext(t.Context(), "ALTER SESSION SET NLS_FIRST_DAY_OF_WEEK = 1"))
			},
			"another user": func(c *sql.Conn) error { return second(c.ExecContext(t.Context(), "IMPERSONATE other")) },
		} {
			if name == "another user" && onDatabase(t) {
				continue // which may have no such user
			}
			t.Run(name, func(t *testing.T) {
				conn, err := db.Conn(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				user := texts(t, conn, "SELECT CURRENT_USER FROM DUAL")
				if err := dirty(conn); err != nil {
					t.Fatal(err)
				}
				if err := conn.Close(); err != nil {
					t.Fatal(err)
				}
				wantTexts(t, db, "SELECT CURRENT_SCHEMA FROM DUAL", schema...)
				wantTexts(t, db, "SELECT CURRENT_USER FROM DUAL", user...)
				wantTexts(t, db, "SELECT CAST(DATE '2024-06-18' AS VARCHAR(20)) FROM DUAL", date...)
				wantTexts(t, db, "SELECT COUNT(*) FROM q", "0")
				wantTexts(t, db, parameters, before...)
			})
		}
	})
}

// Resetting a connection that has only worked costs nothing.
func TestConformanceResetIsFree(t *testing.T) {
	eachBubble(t, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
		db.SetMaxOpenConns(1)
		srv.HandleSQL("INSERT INTO t VALUES (1)", exatest.RowCount(1))
		srv.HandleSQL("SELECT 1", exatest.Rows(exatest.Columns("N INT"), exatest.ValuesOf([]int{1})))
		exec(t, db, "INSERT INTO t VALUES (1)")
		srv.ForgetRequests()
		for range 3 {
			exec(t, db, "INSERT INTO t VALUES (1)")
			wantTexts(t, db, "SELECT 1", "1")
		}
		var commands []string
		for _, r := range srv.Requests("") {
			commands = append(commands, r.Command)
		}
		if diff := cmp.Diff([]string{"execute", "execute", "execute", "execute", "execute", "execute"}, commands); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// The limits of the pool hold: connections, their number, their age and how long they are idle.
func TestConformancePoolLimits(t *testing.T) {
	eachBubble(t, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
		srv.HandleSQL("SLOW", exatest.RowCount(0).After(time.Minute))
		ids := func() (ids []uint64) {
			for _, s := range srv.Sessions() {
				ids = append(ids, s.ID)
			}
			return ids
		}
		db.SetMaxOpenConns(3)
		db.SetMaxIdleConns(2)
		done := make(chan error)
		for range 9 {
			go func() { done <- second(db.ExecContext(t.Context(), "SLOW")) }()
		}
		synctest.Wait()
		if n := len(ids()); n != 3 {
			t.Errorf("%d sessions for 9 statements instead of 3", n)
		}
		waiting, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		wantError(t, db.PingContext(waiting), context.DeadlineExceeded)
		for range 9 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		synctest.Wait()
		if n := len(ids()); n != 2 {
			t.Errorf("%d sessions are idle instead of 2", n)
		}
		db.SetConnMaxIdleTime(time.Minute)
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if n := len(ids()); n != 0 {
			t.Errorf("%d sessions have been idle for too long", n)
		}
		db.SetConnMaxIdleTime(0)
		db.SetConnMaxLifetime(time.Hour)
		if err := db.PingContext(t.Context()); err != nil {
			t.Fatal(err)
		}
		first := ids()
		time.Sleep(2 * time.Hour)
		if err := db.PingContext(t.Context()); err != nil {
			t.Fatal(err)
		}
		if now := ids(); len(now) != 1 || now[0] == first[0] {
			t.Errorf("session %v after two hours, %v before", now, first)
		}
		if n := len(srv.Requests("disconnect")); n != 4 {
			t.Errorf("%d sessions said goodbye instead of 4", n)
		}
	})
}

// What is closed says so, whichever way it is used.
func TestConformanceClosed(t *testing.T) {
	eachVersion(t, func(t *testing.T, open *sql.DB) {
		conn, err := open.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		stmt, err := open.PrepareContext(t.Context(), "SELECT 1 FROM DUAL WHERE 1 = ?")
		if err != nil {
			t.Fatal(err)
		}
		rows, err := stmt.QueryContext(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := rows.Close(); err != nil {
				t.Error(err)
			}
		}
		if rows.Next() || rows.Err() != nil || rows.NextResultSet() {
			t.Errorf("closed rows go on: %v", rows.Err())
		}
		if err := rows.Scan(new(int)); err == nil {
			t.Error("closed rows can be scanned")
		}
		if _, err := rows.Columns(); err == nil {
			t.Error("closed rows have columns")
		}
		for range 2 {
			if err := stmt.Close(); err != nil {
				t.Error(err)
			}
		}
		if _, err := stmt.ExecContext(t.Context(), 1); err == nil {
			t.Error("a closed statement can be run")
		}
		if _, err := stmt.QueryContext(t.Context(), 1); err == nil {
			t.Error("a closed statement can be queried")
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	})
	eachBubble(t, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
		srv.HandleSQL("WRITE", exatest.RowCount(1))
		stmt, err := db.PrepareContext(t.Context(), "WRITE")
		if err != nil {
			t.Fatal(err)
		}
		tx, err := db.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		}
		exec(t, tx, "WRITE") // goes on to its end
		if err := tx.Commit(); err != nil {
			t.Error(err)
		}
		for name, err := range map[string]error{
			"Ping": db.PingContext(t.Context()), "Exec": second(db.ExecContext(t.Context(), "WRITE")),
			"Query": second(db.QueryContext(t.Context(), "WRITE")), "Begin": second(db.BeginTx(t.Context(), nil)),
			"Conn": second(db.Conn(t.Context())), "Stmt": second(stmt.ExecContext(t.Context())),
		} {
			if err == nil {
				t.Errorf("%s works on a closed pool", name)
			}
		}
		if err := stmt.Close(); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if n := srv.Connections(); n != 0 {
			t.Errorf("%d connections are open", n)
		}
	})
}
