package compat

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/bulk"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
	"github.com/exawire/exawire/stdlib"
)

// Schema, table, rows, with and without arguments, with and without a context, prepared or not.
func TestDriverGoExecAndQuery(t *testing.T) {
	eachRelease(t, func(t *testing.T, srv *exatest.Server) {
		db := official(t, srv, insecure)
		exec(t, db, "CREATE SCHEMA test_schema")
		exec(t, db, "CREATE TABLE test_schema.test_table(x INT)")
		exec(t, db, "INSERT INTO test_schema.test_table VALUES (15)")
		n, err := exec(t, db, "INSERT INTO test_schema.test_table VALUES (?)", 16).RowsAffected()
		if n != 1 || err != nil {
			t.Errorf("%d rows, %v", n, err)
		}
		for _, text := range []string{"INSERT INTO test_schema.test_table VALUES (17)", "SELECT x FROM test_schema.test_table WHERE x = 17"} {
			stmt, err := db.Prepare(text)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := stmt.Exec(); err != nil {
				t.Fatal(err)
			}
			if err := stmt.Close(); err != nil {
				t.Fatal(err)
			}
		}
		wantTexts(t, db, "SELECT x FROM test_schema.test_table ORDER BY x", "15", "16", "17")
		var x string
		if err := db.QueryRow("SELECT x FROM test_schema.test_table WHERE x = ?", 15).Scan(&x); err != nil || x != "15" {
			t.Errorf("%q, %v", x, err)
		}
	})
}

// An error of the server is an *exawire.Error with its code and text.
func TestDriverGoErrors(t *testing.T) {
	eachRelease(t, func(t *testing.T, srv *exatest.Server) {
		db := official(t, srv, insecure)
		var e *exawire.Error
		if _, err := db.Exec("CREATE SCHEMAA test_schema"); !errors.As(err, &e) || e.SQLCode != "42000" {
			t.Errorf("error %v", err)
		}
		_, err := db.Exec("CREATE SCHEMAA test_schema")
		wantError(t, err, nil, "syntax error")
		exec(t, db, "CREATE SCHEMA test_schema")
		_, err = db.Query("SELECT x FROM test_schema.test_table")
		wantError(t, err, nil, "object TEST_SCHEMA.TEST_TABLE not found")
	})
}

// With autocommit=0 transactions work as they do with the official driver.
func TestDriverGoAutocommitOff(t *testing.T) {
	eachRelease(t, func(t *testing.T, srv *exatest.Server) {
		for name, end := range map[string]func(*sql.Tx) error{"commit": (*sql.Tx).Commit, "rollback": (*sql.Tx).Rollback} {
			db := official(t, srv, insecure+";autocommit=0")
			tx, err := db.Begin()
			if err != nil {
				t.Fatal(err)
			}
			exec(t, tx, "CREATE SCHEMA "+name+"_it")
			exec(t, tx, "CREATE TABLE "+name+"_it.test_table(x INT)")
			exec(t, tx, "INSERT INTO "+name+"_it.test_table VALUES (15)")
			if err := end(tx); err != nil {
				t.Fatal(err)
			}
			rows, err := db.Query("SELECT x FROM " + name + "_it.test_table")
			if name == "rollback" {
				wantError(t, err, nil, "not found")
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := drain(t, rows); len(got) != 1 || got[0] != "15" {
				t.Errorf("rows %v", got)
			}
		}
	})
}

// With autocommit=0, what is done outside of a transaction stays open on its connection until a commit there.
func TestDriverGoAutocommitOffOutsideOfTx(t *testing.T) {
	eachRelease(t, func(t *testing.T, srv *exatest.Server) {
		db := official(t, srv, insecure+";autocommit=0")
		db.SetMaxOpenConns(1)
		other := official(t, srv, insecure)
		exec(t, db, "CREATE SCHEMA open_it")
		exec(t, db, "CREATE TABLE open_it.t (x INT)")
		exec(t, db, "INSERT INTO open_it.t VALUES (?)", 1)
		wantTexts(t, db, "SELECT x FROM open_it.t", "1") // a later statement on the connection sees it
		if _, err := other.Query("SELECT x FROM open_it.t"); err == nil {
			t.Error("another connection sees it before the commit")
		}
		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
		wantTexts(t, other, "SELECT x FROM open_it.t", "1")
		exec(t, db, "INSERT INTO open_it.t VALUES (2)")
		exec(t, db, "ROLLBACK")
		exec(t, db, "INSERT INTO open_it.t VALUES (3)")
		exec(t, db, "COMMIT")
		wantTexts(t, other, "SELECT x FROM open_it.t ORDER BY x", "1", "3")
	})
}

// Begin works with autocommit on.
func TestDriverGoBeginWithAutocommit(t *testing.T) {
	eachRelease(t, func(t *testing.T, srv *exatest.Server) {
		db := official(t, srv, insecure)
		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		exec(t, tx, "CREATE SCHEMA undone")
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
		wantTexts(t, db, "SELECT COUNT(*) FROM EXA_ALL_SCHEMAS WHERE schema_name = 'UNDONE'", "0")
	})
}

// A transaction whose context was cancelled takes no further statement, and does not commit.
func TestDriverGoBeginCancelled(t *testing.T) {
	eachRelease(t, func(t *testing.T, srv *exatest.Server) {
		db := official(t, srv, insecure+";autocommit=0")
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		exec(t, tx, "CREATE SCHEMA cancelled")
		cancel()
		_, err = tx.ExecContext(ctx, "CREATE TABLE cancelled.t (x INT)")
		wantError(t, err, context.Canceled)
		if err := tx.Commit(); err == nil {
			t.Error("the commit worked")
		}
		wantTexts(t, official(t, srv, insecure), "SELECT COUNT(*) FROM EXA_ALL_SCHEMAS WHERE schema_name = 'CANCELLED'", "0")
	})
}

// The context of Query ends: its rows end too.
func TestDriverGoCancelAfterQuery(t *testing.T) {
	eachRelease(t, func(t *testing.T, srv *exatest.Server) {
		db := official(t, srv, insecure)
		ctx, cancel := context.WithCancel(t.Context())
		rows, err := db.QueryContext(ctx, "SELECT n FROM VALUES BETWEEN 1 AND 5000 AS v(n)")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		cancel()
		for rows.Next() {
		}
		wantError(t, rows.Err(), context.Canceled)
	})
}

// One call writes many rows by columns, not by a multiple of the parameters.
func TestDriverGoManyRows(t *testing.T) {
	eachRelease(t, func(t *testing.T, srv *exatest.Server) {
		db := official(t, srv, insecure)
		exec(t, db, "CREATE SCHEMA many")
		exec(t, db, "CREATE TABLE many.t (x INT, y VARCHAR(10))")
		if _, err := db.Exec("INSERT INTO many.t VALUES (?, ?)", 1, "a", 2, "b"); err == nil {
			t.Error("four arguments for two parameters are no error")
		}
		exec(t, db, "INSERT INTO many.t VALUES (?, ?)", exawire.Values([]int{1, 2}), exawire.Values([]string{"a", "b"}))
		wantTexts(t, db, "SELECT * FROM many.t ORDER BY x", "1 a", "2 b")
	})
}

// Parameters have no names, and there is no last insert id.
func TestDriverGoNamesAndIDs(t *testing.T) {
	eachRelease(t, func(t *testing.T, srv *exatest.Server) {
		db := official(t, srv, insecure)
		_, err := db.Query("SELECT :x FROM DUAL", sql.Named("x", 1))
		wantError(t, err, nil, "parameters have no names")
		_, err = exec(t, db, "CREATE SCHEMA ids").LastInsertId()
		wantError(t, err, nil, "no last insert id")
	})
}

// A schema that a statement opens is closed when the connection goes back to the pool.
func TestDriverGoOpenSchemaIsReset(t *testing.T) {
	eachRelease(t, func(t *testing.T, srv *exatest.Server) {
		db := official(t, srv, insecure)
		db.SetMaxOpenConns(1)
		exec(t, db, "CREATE SCHEMA opened") // opens it too
		wantTexts(t, db, "SELECT CURRENT_SCHEMA FROM DUAL", "<nil>")
		wantTexts(t, official(t, srv, insecure+";schema=OPENED"), "SELECT CURRENT_SCHEMA FROM DUAL", "OPENED")
		conn, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		exec(t, conn, "OPEN SCHEMA opened")
		wantTexts(t, conn, "SELECT CURRENT_SCHEMA FROM DUAL", "OPENED")
		if err := conn.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// A local file is imported if the DB was opened for it, and not read otherwise. A text that only speaks of it is a text.
func TestDriverGoLocalImport(t *testing.T) {
	file := filepath.Join(t.TempDir(), "it's data.csv")
	if err := os.WriteFile(file, []byte("a;1\nb;2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	statement := "IMPORT INTO imp.t FROM LOCAL CSV FILE '" + strings.ReplaceAll(file, "'", "''") + "' COLUMN SEPARATOR = ';'"
	eachRelease(t, func(t *testing.T, srv *exatest.Server) {
		db := official(t, srv, insecure)
		exec(t, db, "CREATE SCHEMA imp")
		exec(t, db, "CREATE TABLE imp.t (s VARCHAR(200), n INT)")
		if _, err := db.Exec(statement); err == nil {
			t.Error("IMPORT from a local file works without being asked for")
		}
		cfg, err := exawire.ParseDSN("exa:" + srv.Addr() + ";user=sys;password=exasol" + insecure)
		if err != nil {
			t.Fatal(err)
		}
		local, err := stdlib.OpenDB(cfg, stdlib.LocalFiles(bulk.Encrypt(bulk.EncryptionOff)))
		if err != nil {
			t.Fatal(err)
		}
		defer local.Close()
		result := exec(t, local, statement)
		if n, err := result.RowsAffected(); n != 2 || err != nil {
			t.Errorf("%d rows, %v", n, err)
		}
		wantTexts(t, db, "SELECT s FROM imp.t WHERE n = 2", "b")
		exec(t, local, "INSERT INTO imp.t VALUES ('import into t from local csv file ''data.csv'' ', 3)")
		wantTexts(t, db, "SELECT s FROM imp.t WHERE n = 3", "import into t from local csv file 'data.csv' ")
	})
}

// A query for a statement that has no rows has none, and the statement was run once.
func TestDriverGoQueryWithoutRows(t *testing.T) {
	eachRelease(t, func(t *testing.T, srv *exatest.Server) {
		db := official(t, srv, insecure)
		exec(t, db, "CREATE SCHEMA norows")
		exec(t, db, "CREATE TABLE norows.t (x INT)")
		rows, err := db.Query("INSERT INTO norows.t VALUES (1)")
		if err != nil {
			t.Fatal(err)
		}
		if rows.Next() {
			t.Error("an INSERT has rows")
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Error(err)
		}
		wantTexts(t, db, "SELECT COUNT(*) FROM norows.t", "1")
	})
}

// A connection that is lost while a statement runs is an error: the statement is not run again.
func TestDriverGoStatementRunsOnce(t *testing.T) {
	eachBubble(t, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
		runs := counted(srv)
		exec(t, db, "QUICK")
		srv.Inject(fault.CutAnswer().On("execute"))
		_, err := db.Exec("INSERT")
		wantError(t, err, exawire.ErrSessionClosed)
		if n := runs(); n != 1 {
			t.Errorf("run %d times", n)
		}
	})
}

// A statement that was cancelled leaves the connection as it was.
func TestDriverGoCancelledStatement(t *testing.T) {
	eachBubble(t, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
		db.SetMaxOpenConns(1)
		srv.HandleSQL("ONE", exatest.Rows(exatest.Columns("N INT"), exatest.ValuesOf([]int{1})))
		srv.HandleSQL("TWO", exatest.Rows(exatest.Columns("N INT"), exatest.ValuesOf([]int{2})).After(time.Minute))
		for range 3 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			_, err := db.QueryContext(ctx, "TWO")
			cancel()
			wantError(t, err, context.DeadlineExceeded)
			wantTexts(t, db, "ONE", "1") // not the answer to TWO
		}
		if n := len(srv.Requests(exatest.Credentials)); n != 1 {
			t.Errorf("%d logins", n)
		}
	})
}

// The statements that db.Query and db.Exec prepare are kept.
func TestDriverGoKeptStatements(t *testing.T) {
	eachBubble(t, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
		db.SetMaxOpenConns(1)
		runs := counted(srv)
		for i := range 3 {
			exec(t, db, "INSERT ?", i)
		}
		if n := len(srv.Requests("createPreparedStatement")); n != 1 || runs() != 3 {
			t.Errorf("prepared %d times, run %d times", n, runs())
		}
	})
}

// Ping makes a round trip also if there is a connection already.
func TestDriverGoPing(t *testing.T) {
	eachBubble(t, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		for range 2 {
			before := len(srv.Requests(""))
			if err := db.PingContext(ctx); err != nil || len(srv.Requests("")) == before {
				t.Errorf("%d requests, %v", len(srv.Requests(""))-before, err)
			}
		}
		srv.Handle("getAttributes", func(*exatest.Request) exatest.Response { return exatest.Hang() })
		srv.Inject(fault.CutRequest())
		synctest.Wait()
		if err := db.PingContext(ctx); err == nil {
			t.Error("a server that does not answer can be pinged")
		}
	})
}
