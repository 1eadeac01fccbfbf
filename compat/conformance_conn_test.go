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
	"github.com/exawire/exawire/stdlib"
)

// session returns the session of a connection in Raw.
func session(t *testing.T, driverConn any) *exawire.Session {
	t.Helper()
	sess, err := stdlib.SessionOf(driverConn)
	if err != nil {
		t.Fatal(err)
	}
	return sess
}

// The connection has every optional interface that database/sql makes use of, and so have its parts.
func TestConformanceInterfaces(t *testing.T) {
	eachVersion(t, func(t *testing.T, db *sql.DB) {
		if _, ok := db.Driver().(driver.DriverContext); !ok {
			t.Error("the driver is no DriverContext")
		}
		conn, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if err := conn.Raw(func(c any) error {
			has := map[string]bool{}
			_, has["Pinger"] = c.(driver.Pinger)
			_, has["ExecerContext"] = c.(driver.ExecerContext)
			_, has["QueryerContext"] = c.(driver.QueryerContext)
			_, has["ConnPrepareContext"] = c.(driver.ConnPrepareContext)
			_, has["ConnBeginTx"] = c.(driver.ConnBeginTx)
			_, has["SessionResetter"] = c.(driver.SessionResetter)
			_, has["Validator"] = c.(driver.Validator)
			_, has["NamedValueChecker"] = c.(driver.NamedValueChecker)
			stmt, err := c.(driver.ConnPrepareContext).PrepareContext(t.Context(), "SELECT 1 FROM DUAL")
			if err != nil {
				return err
			}
			defer stmt.Close()
			_, has["StmtExecContext"] = stmt.(driver.StmtExecContext)
			_, has["StmtQueryContext"] = stmt.(driver.StmtQueryContext)
			rows, err := stmt.(driver.StmtQueryContext).QueryContext(t.Context(), nil)
			if err != nil {
				return err
			}
			defer rows.Close()
			_, has["RowsNextResultSet"] = rows.(driver.RowsNextResultSet)
			_, has["RowsColumnTypeScanType"] = rows.(driver.RowsColumnTypeScanType)
			_, has["RowsColumnTypeDatabaseTypeName"] = rows.(driver.RowsColumnTypeDatabaseTypeName)
			_, has["RowsColumnTypeLength"] = rows.(driver.RowsColumnTypeLength)
			_, has["RowsColumnTypeNullable"] = rows.(driver.RowsColumnTypeNullable)
			_, has["RowsColumnTypePrecisionScale"] = rows.(driver.RowsColumnTypePrecisionScale)
			for name, ok := range has {
				if !ok {
					t.Errorf("%s is missing", name)
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	})
}

// The driver is registered, and what is wrong with a connection string is the error of Open.
func TestConformanceOpen(t *testing.T) {
	eachServer(t, func(t *testing.T, srv *exatest.Server, _ *sql.DB) {
		db, err := sql.Open("exawire", srv.DSN("schema=S"))
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		wantTexts(t, db, "SELECT CURRENT_SCHEMA FROM DUAL", "S")
		_, err = sql.Open("exawire", "exa:h:8563;autocomit=0;user=u")
		var config *exawire.ConfigError
		if !errors.As(err, &config) {
			t.Errorf("error %v is no ConfigError", err)
		}
		wantError(t, err, nil, "did you mean autocommit?")
		_, err = stdlib.OpenDB(&exawire.Config{})
		wantError(t, err, nil, "Host is not set")
		_, err = stdlib.OpenDB(nil)
		wantError(t, err, nil, "exawire: ")
		_, err = (&stdlib.Driver{}).Open("nonsense")
		wantError(t, err, nil, "exawire: config: ")
		absent := sql.OpenDB(stdlib.NewConnector(nil))
		defer absent.Close()
		if err := absent.PingContext(t.Context()); err == nil {
			t.Error("a client that is nil can be pinged")
		}
	})
}

// Ping asks the server each time.
func TestConformancePing(t *testing.T) {
	eachBubble(t, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
		for range 2 {
			before := len(srv.Requests(""))
			if err := db.PingContext(t.Context()); err != nil {
				t.Fatal(err)
			}
			if len(srv.Requests("")) == before {
				t.Error("nothing was sent")
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		wantError(t, db.PingContext(ctx), context.Canceled)
		srv.KillSessions()
		synctest.Wait()
		if err := db.PingContext(t.Context()); err != nil {
			t.Errorf("after a kill: %v", err)
		}
		if n := len(srv.Sessions()); n != 1 {
			t.Errorf("%d sessions", n)
		}
	})
}

// A login that fails is an error that says what the server said, each time, and leaks no connection.
func TestConformanceLoginFails(t *testing.T) {
	eachBubble(t, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
		srv.Handle(exatest.Credentials, func(*exatest.Request) exatest.Response {
			return exatest.Exception("08004", "Connection exception - authentication failed.")
		}).Times(2)
		for range 2 {
			var e *exawire.Error
			if err := db.PingContext(t.Context()); !errors.As(err, &e) || e.SQLCode != exawire.CodeLoginRejected {
				t.Errorf("error %v", err)
			}
		}
		synctest.Wait()
		if n := srv.Connections(); n != 0 {
			t.Errorf("%d connections are open", n)
		}
		if n := len(srv.Requests(exatest.Credentials)); n != 2 {
			t.Errorf("%d logins instead of 2: a password that is refused is not tried again", n)
		}
		if err := db.PingContext(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// A pinned connection is one session, for everything.
func TestConformanceConn(t *testing.T) {
	eachVersion(t, func(t *testing.T, db *sql.DB) {
		conn, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		id := sessionID(t, conn)
		for range 3 {
			wantTexts(t, conn, "SELECT CURRENT_SESSION FROM DUAL", id)
			if err := conn.PingContext(t.Context()); err != nil {
				t.Fatal(err)
			}
			tx, err := conn.BeginTx(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			wantTexts(t, tx, "SELECT CURRENT_SESSION FROM DUAL", id)
			if err := tx.Commit(); err != nil {
				t.Fatal(err)
			}
			stmt, err := conn.PrepareContext(t.Context(), "SELECT CURRENT_SESSION FROM DUAL")
			if err != nil {
				t.Fatal(err)
			}
			var got string
			if err := stmt.QueryRowContext(t.Context()).Scan(&got); err != nil || got != id {
				t.Errorf("session %s instead of %s, %v", got, id, err)
			}
			if err := stmt.Close(); err != nil {
				t.Fatal(err)
			}
		}
		// What it has set holds as long as it is pinned.
		exec(t, conn, "CREATE SCHEMA IF NOT EXISTS other")
		exec(t, conn, "OPEN SCHEMA other")
		wantTexts(t, conn, "SELECT CURRENT_SCHEMA FROM DUAL", "OTHER")
		exec(t, conn, "DROP SCHEMA other")
		if err := conn.Close(); err != nil {
			t.Fatal(err)
		}
		wantError(t, conn.PingContext(t.Context()), sql.ErrConnDone)
		wantError(t, conn.Close(), sql.ErrConnDone)
		wantError(t, conn.Raw(func(any) error { return nil }), sql.ErrConnDone)
	})
}

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

// Raw gives the session, and only to those who have one.
func TestConformanceSessionOf(t *testing.T) {
	eachVersion(t, func(t *testing.T, db *sql.DB) {
		conn, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		exec(t, conn, "CREATE TABLE m (id INT, name VARCHAR(20))")
		type row struct {
			ID   int
			Name string
		}
		if err := conn.Raw(func(driverConn any) error {
			sess := session(t, driverConn)
			if n, err := exawire.Insert(t.Context(), sess, "m", func(yield func(row) bool) {
				_ = yield(row{1, "one"}) && yield(row{2, "two"})
			}); n != 2 || err != nil {
				t.Errorf("%d rows, %v", n, err)
			}
			rows, err := sess.Query(t.Context(), "SELECT id, name FROM m ORDER BY id")
			if err != nil {
				return err
			}
			got, err := exawire.Collect[row](rows)
			if diff := cmp.Diff([]row{{1, "one"}, {2, "two"}}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		wantTexts(t, conn, "SELECT COUNT(*) FROM m", "2")
		for _, wrong := range []any{nil, 1, conn, (*sql.Conn)(nil), struct{}{}} {
			if sess, err := stdlib.SessionOf(wrong); err == nil || sess != nil {
				t.Errorf("a %T has a session", wrong)
			}
		}
		// An error of Raw's function comes back as it is, and costs no connection.
		errOwn := errors.New("own")
		if err := conn.Raw(func(any) error { return errOwn }); !errors.Is(err, errOwn) {
			t.Errorf("error %v", err)
		}
		wantTexts(t, conn, "SELECT COUNT(*) FROM m", "2")
	})
}

// A session that was closed in Raw, or that panicked there, is not used again.
func TestConformanceSessionOfMisused(t *testing.T) {
	eachBubble(t, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
		srv.HandleSQL("WRITE", exatest.RowCount(1))
		for name, misuse := range map[string]func(c any) error{
			"closed": func(c any) error { return session(t, c).Close(t.Context()) },
			"ended":  func(c any) error { return session(t, c).Disconnect(t.Context()) },
			"panic":  func(any) error { panic("own") },
		} {
			conn, err := db.Conn(t.Context())
			if err != nil {
				t.Fatal(name, err)
			}
			func() {
				defer func() { _ = recover() }()
				_ = conn.Raw(misuse)
			}()
			_ = conn.Close()
			exec(t, db, "WRITE")
			if n := db.Stats(); n.InUse != 0 || n.OpenConnections != 1 {
				t.Errorf("%s: %d in use, %d open", name, n.InUse, n.OpenConnections)
			}
		}
		if n := len(srv.Statements()); n != 3 {
			t.Errorf("statements %v", srv.Statements())
		}
	})
}
