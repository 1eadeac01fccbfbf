package stdlib_test

import (
	"testing"

	"github.com/exawire/exawire/exatest"
)

func TestSmoke(t *testing.T) {
	srv, db := serve(t)
	srv.HandleSQL("SELECT n, s FROM t WHERE n > ?", exatest.Rows(exatest.Columns("N DECIMAL(18,0), S VARCHAR(10)"), exatest.ValuesOf([]int{1, 2}), exatest.ValuesOf([]string{"a", "b"})))
	srv.HandleSQL("INSERT INTO t VALUES (?)", exatest.RowCount(1))
	rows, err := db.Query("SELECT n, s FROM t WHERE n > ?", 0)
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		var n int
		var s string
		if err := rows.Scan(&n, &s); err != nil {
			t.Fatal(err)
		}
		t.Log(n, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	st, err := tx.Prepare("INSERT INTO t VALUES (?)")
	if err != nil {
		t.Fatal(err)
	}
	res, err := st.Exec("x")
	if err != nil {
		t.Fatal(err)
	}
	t.Log(res.RowsAffected())
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}
