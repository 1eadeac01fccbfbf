package stdlib_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
	"github.com/exawire/exawire/stdlib"
	"github.com/google/go-cmp/cmp"
)

// The names of columns belong to whoever asked for them.
func TestColumnsAreOwned(t *testing.T) {
	srv, db := serve(t)
	srv.HandleSQL("SELECT * FROM t", allTypes)
	rows, err := db.Query("SELECT * FROM t")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for i := range names {
		names[i] = strings.ToLower(names[i]) + "!"
	}
	types, err := rows.ColumnTypes()
	if err != nil {
		t.Fatal(err)
	}
	again, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"I", "I"}, []string{types[0].Name(), again[0]}); diff != "" {
		t.Errorf("after the names were changed (-want +got):\n%s", diff)
	}
}

// Columns that take several statements break in the second. What the first wrote stays, and nothing is written again.
func TestColumnsBreakInTheMiddle(t *testing.T) {
	values := make([]string, 400)
	for i := range values {
		values[i] = strings.Repeat("x", 400)
	}
	for name, cut := range map[string]fault.Fault{"before": fault.CutRequest(), "after": fault.CutAnswer()} {
		for _, prepared := range []bool{false, true} {
			t.Run(fmt.Sprint(name, " ", prepared), func(t *testing.T) {
				bubble(t, nil, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
					srv.HandleSQL("INSERT ...", exatest.Func(func(r *exatest.Request) exatest.Response {
						return exatest.RowCount(int64(len(r.ParamRows())))
					}))
					srv.Inject(cut.On("executePreparedStatement").Skip(1).Once())
					st, err := db.Prepare(param)
					if err != nil {
						t.Fatal(err)
					}
					defer st.Close()
					if prepared {
						_, err = st.ExecContext(t.Context(), exawire.Values(values))
					} else {
						_, err = db.ExecContext(t.Context(), param, exawire.Values(values))
					}
					checkHarmless(t, err)
					var e *exawire.WriteError
					if !errors.As(err, &e) || e.First == 0 || exawire.SafeToRetry(err) {
						t.Errorf("the error is %v", err)
					}
					if n := inserts(srv); n != 2 {
						t.Errorf("%d statements arrived", n)
					}
				}, exatest.WithMaxMessageSize(64<<10))
			})
		}
	}
}

// Nothing that package fmt prints shows a secret.
func TestPrintedSecrets(t *testing.T) {
	cfg := &exawire.Config{Host: "h", User: "u", Password: "s3cret"}
	client, err := exawire.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	srv, db := serve(t)
	srv.HandleSQL("INSERT ...", exatest.RowCount(1))
	dc := raw(t, pinned(t, db))
	st, err := dc.Prepare(param)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	unused := sql.OpenDB(stdlib.NewConnector(client))
	defer unused.Close()
	for _, v := range []any{stdlib.NewConnector(client), unused, dc, st, client, cfg} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%q", "%x"} {
			if text := fmt.Sprintf(verb, v); strings.Contains(text, "s3cret") || strings.Contains(text, "733363726574") {
				t.Errorf("%s of %T: %s", verb, v, text)
			}
		}
	}
	for _, dsn := range []string{
		"exa://sys:s3cret%zz@host", "exa://sys:s3cret@host:port", "exa://sys:s3cret@ho st", "exa:host:x;user=a;password=s3cret", "exa:;password=s3cret",
		"exa://sys:s3cret@[::1", "//sys:s3cret@host", "exa://sys:s3c%20\x00s3cret@host", "s3cret", "exa:host:8563;s3cret", "exa:host:8563;user=sys;password=a;s3cret",
		"exa:host:8563;user=sys;password=a;s3cret;b", "exa://sys:a/s3cret@host", "exa://sys:a#s3cret@host", "exa://sys:a?s3cret@host", "exa://sys:a@s3cret@host:x",
	} {
		db, err := sql.Open("exawire", dsn)
		if err == nil {
			db.Close()
		} else if strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%q: %v", dsn, err)
		}
	}
}

// Rows of a script whose context ends between two of them.
func TestScriptContextBetweenResults(t *testing.T) {
	srv, db := serve(t, exatest.WithInlineRows(0))
	srv.HandleSQL("SELECT ...", exatest.Rows(exatest.Columns("A DECIMAL(18,0)"), exatest.ValuesOf(make([]int, 5000))))
	ctx, cancel := context.WithCancel(t.Context())
	rows, err := db.QueryContext(ctx, "SELECT 1; SELECT 2; SELECT 3", stdlib.Script)
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
	}
	cancel()
	n := 0
	for more := rows.NextResultSet(); more; more = rows.NextResultSet() {
		for rows.Next() {
			n++
		}
	}
	if !errors.Is(rows.Err(), context.Canceled) {
		t.Errorf("%d rows, %v", n, rows.Err())
	}
	if err := rows.Close(); err != nil {
		t.Error(err)
	}
	if err := db.Ping(); err != nil {
		t.Error(err)
	}
	for _, s := range srv.Sessions() {
		if len(s.ResultSets) > 0 {
			t.Errorf("open %v", s.ResultSets)
		}
	}
}
