package e2e_test

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
	"github.com/google/go-cmp/cmp"
)

// The tests that docs/testing.md shows; those with real SQL are in exasqlite/example_scripted_test.go.

type order struct {
	ID    int64
	Name  *string         `exa:"CUSTOMER"` // nil is NULL
	Total exawire.Decimal `exatype:"DECIMAL(12,2)"`
}

var anyDecimal = cmp.Comparer(func(a, b exawire.Decimal) bool { return a.String() == b.String() })

func TestScriptedRows(t *testing.T) {
	srv := exatest.NewServer(t) // closed when the test ends
	total, err := exawire.ParseDecimal("12.50")
	if err != nil {
		t.Fatal(err)
	}
	want := []order{{ID: 1, Name: new("ann"), Total: total}, {ID: 2, Total: total}}
	srv.HandleSQL("SELECT id, customer, total FROM orders...", exatest.RowsOf(want))

	sess, err := exawire.Connect(t.Context(), srv.DSN())
	if err != nil {
		t.Fatal(err)
	}
	defer sess.Close(context.Background())
	rows, err := sess.Query(t.Context(), "SELECT id, customer, total FROM orders ORDER BY id")
	if err != nil {
		t.Fatal(err)
	}
	got, err := exawire.Collect[order](rows)
	if diff := cmp.Diff(want, got, anyDecimal); err != nil || diff != "" {
		t.Errorf("error %v (-want +got):\n%s", err, diff)
	}
}

func TestScriptedColumns(t *testing.T) {
	srv, sess := serve(t)
	srv.HandleSQL("SELECT * FROM days", exatest.Rows(
		exatest.Columns(`ID INT, "Day" DATE, SEEN TIMESTAMP(6)`),
		exatest.ValuesOf([]int64{1, 2}),
		exatest.TextValues("2024-06-18", "2024-06-19"),
		exatest.ValuesOf([]*time.Time{nil, nil})))
	rows, err := sess.Query(t.Context(), "SELECT * FROM days")
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		ID   int64
		Day  time.Time
		Seen *time.Time
	}
	got, err := exawire.Collect[row](rows)
	if err != nil || len(got) != 2 || got[1].Day.Day() != 19 || got[0].Seen != nil {
		t.Errorf("got %v, error %v", got, err)
	}
}

func TestScriptedAnswers(t *testing.T) {
	srv, sess := serve(t)
	srv.HandleSQL("DELETE FROM orders...", exatest.RowCount(7))
	srv.HandleSQL("GRANT...", exatest.Exception("42500", "insufficient privileges"))
	srv.HandleSQL("MERGE...", exatest.RowCount(1).After(10*time.Millisecond))
	srv.HandleSQL("UPDATE stock...", exatest.Sequence(
		exatest.Exception("40001", "Transaction collision: automatic transaction rollback."),
		exatest.RowCount(1))) // from the second time on
	srv.HandleSQL("SELECT LENGTH...", exatest.Func(func(r *exatest.Request) exatest.Response {
		return exatest.Rows(exatest.Columns("N INT"), exatest.ValuesOf([]int{len(r.SQL)}))
	}))
	srv.Handle("getHosts", func(*exatest.Request) exatest.Response {
		return exatest.Data(map[string]any{"numNodes": 1, "nodes": []string{"10.0.0.11"}})
	})
	for _, step := range []struct {
		sql, code string
		n         int64
	}{
		{"DELETE FROM orders WHERE id < 8", "", 7},
		{"GRANT DBA TO ann", "42500", 0},
		{"MERGE INTO t USING u", "", 1},
		{"UPDATE stock SET n = 1", "40001", 0},
		{"UPDATE stock SET n = 1", "", 1},
		{"UPDATE stock SET n = 1", "", 1},
		{"SOMETHING ELSE", "0A000", 0},
	} {
		n, err := sess.Exec(t.Context(), step.sql)
		if n != step.n || codeOf(err) != step.code {
			t.Errorf("%s: %d rows, error %v", step.sql, n, err)
		}
	}
	rows, err := sess.Query(t.Context(), "SELECT LENGTH")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := exawire.One[int64](rows); err != nil || n != 13 {
		t.Errorf("got %d, error %v", n, err)
	}
	if hosts, err := sess.GetHosts(t.Context()); err != nil || hosts.Nodes[0] != "10.0.0.11" {
		t.Errorf("hosts %v, error %v", hosts, err)
	}
}

func TestScriptedMatching(t *testing.T) {
	srv, sess := serve(t)
	price := exatest.Columns(`"" DECIMAL(12,2)`)
	srv.HandleSQL("SELECT 1", exatest.RowCount(1))                                                // this text; white space does not matter
	srv.HandleSQL("INSERT INTO log...", exatest.RowCount(1))                                      // all that begin like it
	srv.HandleSQLRegexp(regexp.MustCompile(`(?i)^drop\s`), exatest.Exception("42500", "not you")) // all with a match
	srv.HandleSQL("DELETE FROM p WHERE price = ?", exatest.RowCount(0).Params(price...))          // whatever the parameter is
	srv.HandleSQL("DELETE FROM p WHERE price = ?", exatest.RowCount(3)).WithParams(7)             // for this one
	srv.HandleSQL("DELETE FROM p WHERE price = ?", exatest.Exception("22003", "too many")).When(func(r *exatest.Request) bool {
		return len(r.ParamRows()) > 1
	})
	srv.HandleSQL("COMMIT", exatest.Exception("40005", "transaction was rolled back")).Once() // then the server itself
	for _, step := range []struct {
		sql, code string
		args      []any
		n         int64
	}{
		{"SELECT\n\t1", "", nil, 1},
		{"INSERT INTO log VALUES (1)", "", nil, 1},
		{"drop table t", "42500", nil, 0},
		{"DELETE FROM p WHERE price = ?", "", []any{"8.00"}, 0},
		{"DELETE FROM p WHERE price = ?", "", []any{"7.00"}, 3},
		{"COMMIT", "40005", nil, 0},
		{"COMMIT", "", nil, 0},
	} {
		n, err := sess.Exec(t.Context(), step.sql, step.args...)
		if n != step.n || codeOf(err) != step.code {
			t.Errorf("%s: %d rows, error %v", step.sql, n, err)
		}
	}
	stmt, err := sess.Prepare(t.Context(), "DELETE FROM p WHERE price = ?")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stmt.ExecColumns(t.Context(), exawire.Values([]int{1, 2})); codeOf(err) != "22003" {
		t.Errorf("two rows: %v", err)
	}
	if err := stmt.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestScriptedExpectations(t *testing.T) {
	srv, sess := serve(t)
	srv.HandleSQL("INSERT INTO t VALUES (?, ?)", exatest.RowCount(1).Params(exatest.Columns(`"" INT, "" VARCHAR(9)`)...)).Times(2).Expect()
	srv.HandleSQL("COMMIT", exatest.OK()).Expect()                    // at least once
	srv.HandleSQL("DELETE...", exatest.RowCount(0)).Times(0).Expect() // never

	for i, name := range []string{"ann", "bob"} {
		if _, err := sess.Exec(t.Context(), "INSERT INTO t VALUES (?, ?)", i, name); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := sess.Exec(t.Context(), "COMMIT"); err != nil {
		t.Fatal(err)
	}

	want := []string{"INSERT INTO t VALUES (?, ?)", "INSERT INTO t VALUES (?, ?)", "COMMIT"}
	if diff := cmp.Diff(want, srv.Statements()); diff != "" {
		t.Errorf("statements (-want +got):\n%s", diff)
	}
	last := srv.Requests("executePreparedStatement")[1]
	if diff := cmp.Diff([][]any{{int64(1), "bob"}}, last.ParamRows()); diff != "" {
		t.Errorf("parameters (-want +got):\n%s", diff)
	}
}

func TestScriptedFault(t *testing.T) {
	srv := exatest.NewServer(t)
	srv.HandleSQL("UPDATE...", exatest.RowCount(1))
	srv.Inject(fault.CutAnswer().On("execute").Once())
	sess := connect(t, newClient(t, srv, nil))

	_, err := sess.Exec(t.Context(), "UPDATE t SET a = 1")
	if !errors.Is(err, exawire.ErrSessionClosed) || exawire.SafeToRetry(err) {
		t.Errorf("error is %v", err) // it may have been run
	}
}

func TestScriptedRelease(t *testing.T) {
	srv := exatest.NewServer(t, exatest.WithRelease("7.1.30"))
	sess := connect(t, newClient(t, srv, nil))
	_, err := sess.RequestParallelConnections(t.Context(), 2)
	if !errors.Is(err, exawire.ErrUnsupported) {
		t.Errorf("error is %v", err)
	}
}

func TestScriptedStrictness(t *testing.T) {
	srv := exatest.NewServer(t, exatest.WithLeniency()) // without it the test fails
	sess := connect(t, newClient(t, srv, nil))
	if _, err := sess.CreatePreparedStatement(t.Context(), "COMMIT"); err != nil {
		t.Fatal(err)
	}
	if err := sess.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if v := srv.Violations(); len(v) != 1 || !strings.Contains(v[0], "disconnect while the prepared statements [1] are open") {
		t.Errorf("violations %q", v)
	}
}
