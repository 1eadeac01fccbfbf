package compat

import (
	"database/sql"
	"testing"

	"github.com/jmoiron/sqlx"
)

func TestSQLX(t *testing.T) {
	everywhere(t, func(t *testing.T, plain *sql.DB) {
		db := sqlx.NewDb(plain, "exawire")
		var n int64
		if err := db.GetContext(t.Context(), &n, "SELECT 9007199254740993 FROM DUAL"); err != nil || n != 9007199254740993 {
			t.Fatal(n, err)
		}
	})
}
