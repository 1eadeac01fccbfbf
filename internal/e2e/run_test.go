package e2e_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
)

// ran is what became of a statement that Run ran.
type ran struct {
	Count int64
	Rows  []int64 // nil if it gave a count
}

func readRun(result *exawire.Result, err error) (got ran, _ error) {
	if err != nil {
		return got, err
	}
	got.Count = result.RowCount()
	rows, ok := result.Rows()
	if !ok {
		return got, result.Close()
	}
	got.Rows, err = exawire.Collect[int64](rows)
	return got, err
}

// Run tells rows and row counts apart, with and without arguments, on a session, in a transaction and by a statement, and
// leaves nothing open.
func TestRun(t *testing.T) {
	srv, sess := serve(t)
	number := exatest.Columns("N DECIMAL(18,0)")
	answers := map[string]exatest.Response{"SELECT": exatest.Rows(number, exatest.ValuesOf([]int64{4, 5})), "UPDATE": exatest.RowCount(3)}
	want := map[string]ran{"SELECT": {Rows: []int64{4, 5}}, "UPDATE": {Count: 3}}
	for sql, answer := range answers {
		srv.HandleSQL(sql, answer)
		srv.HandleSQL(sql+" ?", answer.Params(number...))
	}
	ctx := t.Context()
	onTx := func(run func(tx *exawire.Tx) (*exawire.Result, error)) (got ran, err error) {
		err = sess.RunTx(ctx, func(tx *exawire.Tx) error {
			got, err = readRun(run(tx))
			return err
		})
		return got, err
	}
	prepared := func(stmt *exawire.Stmt, err error) (ran, error) {
		if err != nil {
			return ran{}, err
		}
		defer stmt.Close(ctx)
		return readRun(stmt.Run(ctx, 1))
	}
	for sql, want := range want {
		for name, run := range map[string]func() (ran, error){
			"session":                  func() (ran, error) { return readRun(sess.Run(ctx, sql)) },
			"session with an argument": func() (ran, error) { return readRun(sess.Run(ctx, sql+" ?", 1)) },
			"statement":                func() (ran, error) { return prepared(sess.Prepare(ctx, sql+" ?")) },
			"transaction": func() (ran, error) {
				return onTx(func(tx *exawire.Tx) (*exawire.Result, error) { return tx.Run(ctx, sql) })
			},
			"transaction with argument": func() (ran, error) {
				return onTx(func(tx *exawire.Tx) (*exawire.Result, error) { return tx.Run(ctx, sql+" ?", 1) })
			},
			"result that is closed unread": func() (ran, error) {
				result, err := sess.Run(ctx, sql+" ?", 1)
				if err != nil {
					return ran{}, err
				}
				return want, result.Close()
			},
		} {
			for range 2 { // the second time with a kept statement
				got, err := run()
				if diff := cmp.Diff(want, got); err != nil || diff != "" {
					t.Errorf("%s by a %s: %v (-want +got):\n%s", sql, name, err, diff)
				}
			}
		}
	}
	tx, err := sess.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := tx.Rollback(ctx); err != nil {
		t.Fatal(err)
	}
	if result, err := tx.Run(ctx, "SELECT"); result != nil || !errors.Is(err, exawire.ErrTxDone) {
		t.Errorf("after the transaction: %v, %v", result, err)
	}
	if result, err := sess.Run(ctx, "SELECT ?", 1, 2); result != nil || err == nil {
		t.Errorf("two arguments for one parameter: %v, %v", result, err)
	}
	checkUsable(t, sess)
}

// The row count of a statement that Query runs is not lost.
func TestQueryOfStatementWithRowCount(t *testing.T) {
	srv, sess := serve(t)
	params := exatest.Columns("N DECIMAL(18,0)")
	srv.HandleSQL("UPDATE", exatest.RowCount(3))
	srv.HandleSQL("UPDATE ?", exatest.RowCount(4).Params(params...))
	srv.HandleSQL("SELECT", exatest.Rows(params, exatest.ValuesOf([]int64{4, 5})))
	stmt, err := sess.Prepare(t.Context(), "UPDATE ?")
	if err != nil {
		t.Fatal(err)
	}
	defer stmt.Close(context.Background())
	tx, err := sess.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(context.Background())
	for name, tt := range map[string]struct {
		query func() (*exawire.Rows, error)
		count int64
		rows  int
	}{
		"session":                  {func() (*exawire.Rows, error) { return sess.Query(t.Context(), "UPDATE") }, 3, 0},
		"session with an argument": {func() (*exawire.Rows, error) { return sess.Query(t.Context(), "UPDATE ?", 1) }, 4, 0},
		"statement":                {func() (*exawire.Rows, error) { return stmt.Query(t.Context(), 1) }, 4, 0},
		"transaction":              {func() (*exawire.Rows, error) { return tx.Query(t.Context(), "UPDATE") }, 3, 0},
		"rows":                     {func() (*exawire.Rows, error) { return sess.Query(t.Context(), "SELECT") }, 0, 2},
	} {
		rows, err := tt.query()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if n := len(rows.Columns()); n != min(tt.rows, 1) {
			t.Errorf("%s: %d columns", name, n)
		}
		if rows.RowCount() != tt.count {
			t.Errorf("%s: row count %d, want %d", name, rows.RowCount(), tt.count)
		}
		all, err := exawire.Collect[map[string]any](rows)
		if err != nil || len(all) != tt.rows {
			t.Errorf("%s: rows %v, %v", name, all, err)
		}
		if rows.RowCount() != tt.count {
			t.Errorf("%s: row count %d after the rows were closed, want %d", name, rows.RowCount(), tt.count)
		}
	}
}
