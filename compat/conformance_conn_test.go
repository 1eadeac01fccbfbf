package compat

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"testing"
	"testing/synctest"

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
