package stdlib_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/stdlib"
	"github.com/google/go-cmp/cmp"
)

// A script's results come one after the other.
func TestScript(t *testing.T) {
	srv, db := serve(t)
	srv.HandleSQL("SELECT 1 FROM t", exatest.Rows(exatest.Columns("A DECIMAL(18,0)"), exatest.ValuesOf([]int{1, 2})))
	srv.HandleSQL("SELECT 2 FROM t", exatest.Rows(exatest.Columns("B VARCHAR(10), C BOOLEAN"), exatest.ValuesOf([]string{"x"}), exatest.ValuesOf([]bool{true})))
	srv.HandleSQL("INSERT ...", exatest.RowCount(3))
	srv.HandleSQL("BAD", exatest.Exception("42000", "bad"))
	const script = "SELECT 1 FROM t;\nINSERT INTO t VALUES (';');\nSELECT 2 FROM t"

	rows, err := db.Query(script, stdlib.Script)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for more := true; more; more = rows.NextResultSet() {
		cols, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for rows.Next() {
			dest := []any{new(any), new(any)}[:len(cols)]
			if err := rows.Scan(dest...); err != nil {
				t.Fatal(err)
			}
			n++
		}
		got = append(got, fmt.Sprint(cols, " ", n))
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"[A] 2", "[B C] 1"}, got); diff != "" {
		t.Error(diff)
	}
	if n := len(srv.Requests("executeBatch")); n != 1 {
		t.Errorf("%d messages", n)
	}

	result, err := db.Exec(script+"; INSERT INTO t VALUES (1)", stdlib.Script)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := result.RowsAffected(); n != 6 || err != nil {
		t.Errorf("%d rows, %v", n, err)
	}

	// Results that nobody reads, and results without rows.
	rows, err = db.Query(script, stdlib.Script)
	if err != nil {
		t.Fatal(err)
	}
	if err := rows.Close(); err != nil {
		t.Error(err)
	}
	if rows, err = db.Query("INSERT INTO t VALUES (1)", stdlib.Script); err != nil || rows.Next() || rows.NextResultSet() || rows.Err() != nil {
		t.Errorf("rows of a script without rows: %v", err)
	}

	var e *exawire.Error
	if _, err := db.Exec("INSERT INTO t VALUES (1); BAD; INSERT INTO t VALUES (2)", stdlib.Script); !errors.As(err, &e) {
		t.Errorf("the error is %v", err)
	}
	for text, want := range map[string]string{" -- nothing": "no statements", "SELECT 'a": "ends too early"} {
		if _, err := db.Exec(text, stdlib.Script); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := db.Exec(script); err == nil {
		t.Error("several statements without Script are no error")
	}
	st, err := db.Prepare(param)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	for _, err := range []error{drain(st.Query(stdlib.Script)), func() error { _, err := st.Exec(stdlib.Script); return err }()} {
		if err == nil || !strings.Contains(err.Error(), "cannot be prepared") {
			t.Errorf("a prepared script: %v", err)
		}
	}
}
