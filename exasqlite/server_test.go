package exasqlite_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exasqlite"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/resultset"
)

// TestServer runs a client against the test server with this backend.
func TestServer(t *testing.T) {
	b, err := exasqlite.New()
	if err != nil {
		t.Fatal(err)
	}
	srv := exatest.NewServer(t, exatest.WithBackend(b)) // which closes b
	ctx := t.Context()
	sess, err := exawire.Connect(ctx, srv.DSN())
	if err != nil {
		t.Fatal(err)
	}
	defer sess.Close(context.WithoutCancel(ctx))
	for _, sql := range []string{"CREATE SCHEMA s", "CREATE TABLE t (id INT, name VARCHAR(20), amount DECIMAL(36,2))"} {
		if _, err := sess.Exec(ctx, sql); err != nil {
			t.Fatal(err)
		}
	}
	if got := sess.Attributes().CurrentSchema; got != "S" {
		t.Errorf("current schema %q", got)
	}
	if n, err := sess.Exec(ctx, "INSERT INTO t VALUES (?, ?, ?)", 1, "one", "12345678901234567890123456789012.34"); n != 1 || err != nil {
		t.Fatalf("insert: %d, %v", n, err)
	}
	type row struct {
		ID     int64
		Name   *string
		Amount resultset.Decimal
	}
	rows, err := sess.Query(ctx, "SELECT * FROM t WHERE id = ?", 1)
	if err != nil {
		t.Fatal(err)
	}
	got, err := resultset.Collect[row](rows)
	if err != nil || len(got) != 1 {
		t.Fatalf("rows %v, error %v", got, err)
	}
	if diff := cmp.Diff("1 one 12345678901234567890123456789012.34", fmt.Sprint(got[0].ID, " ", *got[0].Name, " ", got[0].Amount)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var tables []string
	schema := "S"
	for table, err := range sess.GetTables(ctx, commands.TablesFilter{Schema: &schema}) {
		if err != nil {
			t.Fatal(err)
		}
		tables = append(tables, table.Name)
	}
	if diff := cmp.Diff([]string{"T"}, tables); diff != "" {
		t.Errorf("tables (-want +got):\n%s", diff)
	}
	const slow = `SELECT "$SLEEP"(600)`
	var e *exawire.Error
	if _, err := sess.Exec(whileRuns(t, srv, slow), slow); !errors.Is(err, context.Canceled) || !errors.As(err, &e) || e.SQLCode != "R0003" {
		t.Errorf("abort: %v", err)
	}
	if _, err := sess.Exec(ctx, "INSERT INTO t (id) VALUES (2)"); err != nil {
		t.Errorf("after the abort: %v", err)
	}
}

// TestSessionsSeeEachOther checks EXA_ALL_SESSIONS, and that the server keeps to a timeout that a statement set.
func TestSessionsSeeEachOther(t *testing.T) {
	b, err := exasqlite.New()
	if err != nil {
		t.Fatal(err)
	}
	srv := exatest.NewServer(t, exatest.WithBackend(b))
	var sess [2]*exawire.Session
	for i := range sess {
		if sess[i], err = exawire.Connect(t.Context(), srv.DSN()); err != nil {
			t.Fatal(err)
		}
		defer sess[i].Close(context.WithoutCancel(t.Context()))
	}
	mustExec(t, sess[0], "ALTER SESSION SET QUERY_TIMEOUT = 1")
	if got := sess[0].Attributes().QueryTimeout; got != time.Second {
		t.Errorf("query timeout %v", got)
	}
	var e *exawire.Error
	if _, err := sess[0].Exec(t.Context(), `SELECT "$SLEEP"(600)`); !errors.As(err, &e) || e.SQLCode != exawire.CodeQueryTimeout {
		t.Errorf("after the timeout: %v", err)
	}
	mustExec(t, sess[0], "ALTER SESSION SET QUERY_TIMEOUT = 0")
	ctx, cancel := context.WithCancel(t.Context())
	running := make(chan error, 1)
	go func() {
		_, err := sess[0].Exec(ctx, `SELECT "$SLEEP"(599)`)
		running <- err
	}()
	type row struct{ Status, SQLText string }
	for {
		rows, err := sess[1].Query(t.Context(), `SELECT status AS "Status", sql_text AS "SQLText" FROM exa_dba_sessions WHERE session_id <> CURRENT_SESSION`)
		if err != nil {
			t.Fatal(err)
		}
		got, err := resultset.One[row](rows)
		if err != nil {
			t.Fatal(err)
		}
		if got.Status == "EXECUTE SQL" && got.SQLText == `SELECT "$SLEEP"(599)` {
			break
		}
	}
	cancel()
	if err := <-running; !errors.Is(err, context.Canceled) {
		t.Errorf("after the abort: %v", err)
	}
}

// TestVirtualTime checks that a bubble's time passes while a statement sleeps.
func TestVirtualTime(t *testing.T) {
	b := newBackend(t)
	synctest.Test(t, func(t *testing.T) {
		s := connect(t, b, commands.V5)
		start := time.Now()
		run(t, s, `SELECT "$SLEEP"(3600) FROM DUAL`)
		if took := time.Since(start); took != time.Hour {
			t.Errorf("slept %v", took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := s.Execute(ctx, `SELECT "$SLEEP"(3600)`); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got error %v", err)
		}
		if took := time.Since(start); took != time.Hour+time.Minute {
			t.Errorf("aborted after %v", took)
		}
	})
}

// TestWithSQL checks what is there before the first session, and the error of a statement that fails.
func TestWithSQL(t *testing.T) {
	b := newBackend(t, exasqlite.WithSQL("CREATE SCHEMA s", "CREATE TABLE t AS SELECT 7 AS x FROM DUAL"))
	if got := show(connect(t, b, commands.V5).Execute(context.Background(), "SELECT * FROM s.t")); got != "X DECIMAL(1,0)\n7" {
		t.Error(got)
	}
	info := exatest.SessionInfo{Attributes: commands.DefaultAttributes()}
	for name, changed := range map[string]string{"S": "", "s": "\ncurrentSchema=S"} {
		info.Attributes.CurrentSchema = name
		s, err := b.Connect(context.Background(), info)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if diff := cmp.Diff("X DECIMAL(1,0)\n7"+changed, show(s.Execute(context.Background(), "SELECT * FROM t"))); diff != "" {
			t.Errorf("schema %s (-want +got):\n%s", name, diff)
		}
	}
	info.Attributes.CurrentSchema = "NOPE"
	var e *exatest.SQLError
	if _, err := b.Connect(context.Background(), info); !errors.As(err, &e) || e.Text != "schema NOPE not found" {
		t.Errorf("a schema that is missing: %v", err)
	}
	if _, err := exasqlite.New(exasqlite.WithSQL("CREATE NONSENSE")); err == nil {
		t.Error("a statement that fails is no error")
	}
}
