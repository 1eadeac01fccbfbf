package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/resultset"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const insertSQL = "INSERT INTO t VALUES (?, ?)"

// insertServer answers an insert of two columns and counts the rows.
func insertServer(t testing.TB, opts ...exatest.Option) (*exatest.Server, *exawire.Session, *exawire.Stmt) {
	t.Helper()
	srv, sess := serve(t, opts...)
	params := exatest.Columns("ID DECIMAL(18,0), NAME VARCHAR(100) UTF8")
	srv.HandleSQL(insertSQL, exatest.Func(func(r *exatest.Request) exatest.Response {
		n := 0
		if len(r.Params) > 0 {
			n = r.Params[0].Len()
		}
		return exatest.RowCount(int64(n)).Params(params...)
	}))
	stmt, err := sess.Prepare(t.Context(), insertSQL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stmt.Close(context.Background()); err != nil {
			t.Errorf("close statement: %v", err)
		}
	})
	return srv, sess, stmt
}

// sent returns the rows that arrived, message by message.
func sent(srv *exatest.Server) [][]string {
	var messages [][]string
	for _, r := range srv.Requests("executePreparedStatement") {
		var rows []string
		for i := range r.Params[0].Len() {
			var row []string
			for _, p := range r.Params {
				text, null := p.AppendText(nil, i)
				if null {
					text = []byte("NULL")
				}
				row = append(row, string(text))
			}
			rows = append(rows, strings.Join(row, "|"))
		}
		messages = append(messages, rows)
	}
	return messages
}

func TestStmtDescribes(t *testing.T) {
	_, _, stmt := insertServer(t)
	if n := len(stmt.Params()); n != 2 {
		t.Errorf("%d parameters", n)
	}
	if stmt.Columns() != nil {
		t.Errorf("an insert has columns %v", stmt.Columns())
	}
	if stmt.SQL() != insertSQL {
		t.Errorf("SQL is %q", stmt.SQL())
	}
}

func TestExecColumns(t *testing.T) {
	srv, _, stmt := insertServer(t)
	a, b := "a", ""
	n, err := stmt.ExecColumns(t.Context(), exawire.Values([]int64{1, math.MaxInt64 / 100}), exawire.Values([]*string{&a, nil}))
	if err != nil || n != 2 {
		t.Fatalf("%d, %v", n, err)
	}
	if n, err := stmt.Exec(t.Context(), nil, b); err != nil || n != 1 {
		t.Fatalf("%d, %v", n, err)
	}
	want := [][]string{{"1|a", "92233720368547758|NULL"}, {"NULL|NULL"}}
	if diff := cmp.Diff(want, sent(srv)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

// What does not fit one message is split, no row is lost, doubled or moved, and no message passes the limit.
func TestExecColumnsSplits(t *testing.T) {
	const rows, limit = 3000, 20_000
	srv, _, stmt := insertServer(t, exatest.WithMaxMessageSize(limit))
	ids, names, want := make([]int64, rows), make([]string, rows), make([]string, rows)
	for i := range rows {
		ids[i] = int64(i)
		names[i] = strings.Repeat("x", i%100)
		want[i] = fmt.Sprintf("%d|%s", i, names[i])
		if names[i] == "" {
			want[i] = fmt.Sprintf("%d|NULL", i)
		}
	}
	n, err := stmt.ExecColumns(t.Context(), exawire.Values(ids), exawire.Values(names))
	if err != nil || n != rows {
		t.Fatalf("%d rows, %v", n, err)
	}
	var got []string
	for _, message := range sent(srv) {
		got = append(got, message...)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	requests := srv.Requests("executePreparedStatement")
	for _, r := range requests {
		if len(r.Raw) > limit {
			t.Errorf("a message has %d bytes", len(r.Raw))
		}
	}
	if most := 16; len(requests) > most {
		t.Errorf("%d messages were sent where %d are enough", len(requests), most)
	}
}

// A row that fits no message is an error that names it; the rows before it have been sent.
func TestExecColumnsRowTooLarge(t *testing.T) {
	srv, sess := serve(t, exatest.WithMaxMessageSize(5000))
	srv.HandleSQL("INSERT INTO w VALUES (?)", exatest.RowCount(2).Params(exatest.Columns("A VARCHAR(10000) UTF8")...))
	stmt, err := sess.Prepare(t.Context(), "INSERT INTO w VALUES (?)")
	if err != nil {
		t.Fatal(err)
	}
	defer stmt.Close(t.Context())
	n, err := stmt.ExecColumns(t.Context(), exawire.Values([]string{"a", "b", strings.Repeat("x", 6000), "c"}))
	var batch *exawire.WriteError
	if !errors.Is(err, exawire.ErrMessageTooLarge) || !errors.As(err, &batch) || batch.First != 2 || batch.Last != 3 || n != 2 {
		t.Errorf("%d rows, error %v", n, err)
	}
	if n := len(srv.Requests("executePreparedStatement")); n != 1 {
		t.Errorf("%d messages were sent", n)
	}
	if _, err := sess.Exec(t.Context(), strings.Repeat("x", 6000)); !errors.Is(err, exawire.ErrMessageTooLarge) || !exawire.SafeToRetry(err) {
		t.Errorf("error is %v", err)
	}
	checkUsable(t, sess)
}

func TestExecColumnsBadInput(t *testing.T) {
	srv, sess, stmt := insertServer(t)
	nan := math.NaN()
	for name, cols := range map[string][]exawire.ParamColumn{
		"too few columns":    {exawire.Values([]int{1})},
		"too many columns":   {exawire.Values([]int{1}), exawire.Values([]string{"a"}), exawire.Values([]string{"a"})},
		"nil column":         {exawire.Values([]int{1}), nil},
		"different lengths":  {exawire.Values([]int{1, 2}), exawire.Values([]string{"a"})},
		"wrong type":         {exawire.Values([]time.Time{time.Now()}), exawire.Values([]string{"a"})},
		"number that is NaN": {exawire.Values([]float64{nan}), exawire.Values([]string{"a"})},
		"fraction":           {exawire.Values([]float64{1.5}), exawire.Values([]string{"a"})},
		"too many digits":    {exawire.Values([]int64{math.MaxInt64}), exawire.Values([]string{"a"})},
		"text too long":      {exawire.Values([]int{1}), exawire.Values([]string{strings.Repeat("\u00e9", 101)})},
		"text not UTF-8":     {exawire.Values([]int{1}), exawire.Values([]string{"a\xffb"})},
	} {
		srv.ForgetRequests()
		_, err := stmt.ExecColumns(t.Context(), cols...)
		if err == nil || !exawire.SafeToRetry(err) {
			t.Errorf("%s: error is %v", name, err)
		}
		if n := len(srv.Requests("")); n != 0 {
			t.Errorf("%s: %d messages were sent", name, n)
		}
	}
	_, err := stmt.ExecColumns(t.Context(), exawire.Values([]int{1, 2}), exawire.Values([]string{"ok", strings.Repeat("x", 101)}))
	var param *exawire.ParamError
	if !errors.As(err, &param) || param.Column != 1 || param.Row != 1 {
		t.Errorf("error %v does not name column 1, row 1", err)
	}
	for name, args := range map[string][]any{"too few": {1}, "too many": {1, "a", 2}, "none": nil} {
		if _, err := stmt.Exec(t.Context(), args...); err == nil || !exawire.SafeToRetry(err) {
			t.Errorf("%s arguments: %v", name, err)
		}
	}
	if _, err := sess.Exec(t.Context(), "SELECT '\xff'"); err == nil || !exawire.SafeToRetry(err) {
		t.Errorf("SQL that is not UTF-8: %v", err)
	}
	if n, err := stmt.ExecColumns(t.Context(), exawire.Values([]int{}), exawire.Values([]string{})); n != 0 || err != nil {
		t.Errorf("no rows: %d, %v", n, err)
	}
	checkUsable(t, sess)
}

// failingRows yields n rows, and then errSource.
func failingRows(n int) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for i := range n {
			if !yield([]any{i, fmt.Sprint(i)}, nil) {
				return
			}
		}
		yield([]any{-1, "of no use"}, errSource)
	}
}

// What was sent before a source fails stays, and the error says so.
func TestExecRowsOfSourceThatFails(t *testing.T) {
	srv, sess, stmt := insertServer(t)
	for _, tt := range []struct{ rows, sent int }{{0, 0}, {5, 0}, {10_000, 10_000}, {25_000, 20_000}} {
		srv.ForgetRequests()
		n, err := stmt.ExecRows(t.Context(), failingRows(tt.rows))
		var write *exawire.WriteError
		if !errors.As(err, &write) || !errors.Is(err, errSource) || n != int64(tt.sent) {
			t.Fatalf("%d rows: %d, %v", tt.rows, n, err)
		}
		want := exawire.WriteError{First: n, Last: int64(tt.rows), RowCount: n, Autocommit: true, Stopped: "source", Err: write.Err}
		if diff := cmp.Diff(want, *write, cmpopts.EquateErrors()); diff != "" {
			t.Errorf("%d rows: error (-want +got):\n%s", tt.rows, diff)
		}
		if text := fmt.Sprintf("%d rows were changed before and committed", n); n > 0 && !strings.Contains(err.Error(), text) {
			t.Errorf("%d rows: error %v does not say: %s", tt.rows, err, text)
		}
		if n == 0 && !exawire.SafeToRetry(err) {
			t.Errorf("%d rows: %v is not safe to retry, though nothing was sent", tt.rows, err)
		}
		arrived := 0
		for _, message := range sent(srv) {
			arrived += len(message)
		}
		if arrived != tt.sent {
			t.Errorf("%d rows: %d arrived, want %d", tt.rows, arrived, tt.sent)
		}
	}
	checkUsable(t, sess)
}

// An error in the middle says which rows are affected, and what was done before.
func TestBatchError(t *testing.T) {
	const rows = 2000
	srv, sess, stmt := insertServer(t, exatest.WithMaxMessageSize(20_000))
	calls := 0
	srv.HandleSQL(insertSQL, exatest.Func(func(r *exatest.Request) exatest.Response {
		if calls++; calls == 3 {
			return exatest.Exception("27001", "constraint violation - not null (column ID in table T)")
		}
		return exatest.Pass()
	}))
	ids, names := make([]int, rows), make([]string, rows)
	for i := range names {
		names[i] = strings.Repeat("x", 50)
	}
	n, err := stmt.ExecColumns(t.Context(), exawire.Values(ids), exawire.Values(names))
	var batch *exawire.WriteError
	if !errors.As(err, &batch) || codeOf(err) != "27001" {
		t.Fatalf("error is %v", err)
	}
	if batch.RowCount != n || batch.First != n || batch.Last <= batch.First || n == 0 {
		t.Errorf("%d rows were inserted, the error says %+v", n, batch)
	}
	checkUsable(t, sess)
}

func TestExecRows(t *testing.T) {
	const rows = 25_000
	srv, sess, stmt := insertServer(t)
	seq := func(n, bad int) iter.Seq2[[]any, error] {
		return exawire.WithoutErrors(func(yield func([]any) bool) {
			row := make([]any, 2)
			for i := range n {
				row[0], row[1] = i, fmt.Sprint(i)
				if i == bad {
					row[0] = "not a number"
				}
				if !yield(row) {
					return
				}
			}
		})
	}
	n, err := stmt.ExecRows(t.Context(), seq(rows, -1))
	if err != nil || n != rows {
		t.Fatalf("%d, %v", n, err)
	}
	next := 0
	for _, message := range sent(srv) {
		for _, row := range message {
			if want := fmt.Sprintf("%d|%d", next, next); row != want {
				t.Fatalf("row %d is %q", next, row)
			}
			next++
		}
	}
	if next != rows {
		t.Errorf("%d rows arrived", next)
	}
	n, err = stmt.ExecRows(t.Context(), seq(rows, 12_345))
	var param *exawire.ParamError
	var batch *exawire.WriteError
	if !errors.As(err, &param) || param.Row != 12_345 || !errors.As(err, &batch) || batch.RowCount != n || n != 10_000 {
		t.Errorf("%d rows, error %v", n, err)
	}
	if _, err := stmt.ExecRows(t.Context(), exawire.WithoutErrors(func(yield func([]any) bool) { yield([]any{1}) })); err == nil {
		t.Errorf("a row of one value was taken for two parameters")
	}
	checkUsable(t, sess)
}

// Without a cache Query with arguments prepares, runs and closes; the statement lives as long as the rows.
func TestQueryWithArguments(t *testing.T) {
	srv := exatest.NewServer(t)
	sess := connect(t, newClient(t, srv, func(c *exawire.Config) { c.StatementCache = -1 }))
	const sql = "SELECT id FROM t WHERE id > ?"
	ids := make([]int64, 2000)
	cols := exatest.Columns("ID DECIMAL(18,0)")
	srv.HandleSQL(sql, exatest.Rows(cols, exatest.ValuesOf(ids)).Params(cols...))
	rows, err := sess.Query(t.Context(), sql, 5)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(srv.Requests("closePreparedStatement")); n != 0 {
		t.Errorf("the statement was closed before its rows")
	}
	got, err := resultset.Collect[int64](rows)
	if err != nil || len(got) != 2000 {
		t.Fatalf("%d rows, %v", len(got), err)
	}
	for _, command := range []string{"createPreparedStatement", "executePreparedStatement", "closePreparedStatement", "closeResultSet"} {
		if n := len(srv.Requests(command)); n != 1 {
			t.Errorf("%d %s were sent", n, command)
		}
	}
}

// Exec closes what a statement returns, and Query takes a statement that returns nothing.
func TestExecOfRowsAndQueryOfNone(t *testing.T) {
	srv, sess := serve(t)
	srv.HandleSQL("SELECT...", exatest.Rows(exatest.Columns("A DECIMAL(18,0)"), exatest.ValuesOf(make([]int64, 5000))))
	srv.HandleSQL("DELETE", exatest.RowCount(3))
	if n, err := sess.Exec(t.Context(), "SELECT a FROM t"); n != 0 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if n := len(srv.Requests("closeResultSet")); n != 1 {
		t.Errorf("%d result sets were closed", n)
	}
	rows, err := sess.Query(t.Context(), "DELETE")
	if err != nil {
		t.Fatal(err)
	}
	if rows.Next() || rows.Err() != nil || len(rows.Columns()) != 0 {
		t.Errorf("a row count became rows: %v", rows.Err())
	}
	if err := rows.Close(); err != nil {
		t.Error(err)
	}
}

func TestExecuteBatch(t *testing.T) {
	srv, sess := serve(t)
	cols := exatest.Columns("A DECIMAL(18,0)")
	srv.HandleSQL("INSERT", exatest.RowCount(3))
	srv.HandleSQL("SELECT small", exatest.Rows(cols, exatest.ValuesOf([]int64{1, 2})))
	srv.HandleSQL("SELECT large", exatest.Rows(cols, exatest.ValuesOf(make([]int64, 3000))))
	results, err := sess.ExecuteBatch(t.Context(), []string{"INSERT", "SELECT small", "SELECT large"})
	if err != nil {
		t.Fatal(err)
	}
	if n := results[0].RowCount(); n != 3 {
		t.Errorf("row count %d", n)
	}
	for i, want := range map[int]int{1: 2, 2: 3000} {
		rows, ok := results[i].Rows()
		if !ok {
			t.Fatalf("result %d has no rows", i)
		}
		got, err := resultset.Collect[int64](rows)
		if err != nil || len(got) != want {
			t.Errorf("result %d has %d rows, %v", i, len(got), err)
		}
	}
	srv.HandleSQL("BAD", exatest.Exception("42000", "syntax error"))
	if _, err := sess.ExecuteBatch(t.Context(), []string{"INSERT", "BAD"}); codeOf(err) != "42000" {
		t.Errorf("error is %v", err)
	}
}

// A deferred Close often comes when the caller's context has ended. The server must forget the statement all the same.
func TestStmtCloseAfterContext(t *testing.T) {
	srv, _, stmt := insertServer(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := stmt.Close(ctx); err != nil {
		t.Errorf("close: %v", err)
	}
	if n := len(srv.Requests("closePreparedStatement")); n != 1 {
		t.Errorf("%d statements were closed on the server", n)
	}
}
