package exawire_test

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
)

// A script is read as far as it was asked for. A ";" counts neither in strings and comments nor in the bodies of scripts.
func ExampleSplitSQL() {
	script := `-- Names with a semicolon are fine.
INSERT INTO shops VALUES ('Nuts; bolts');

CREATE OR REPLACE LUA SCRIPT count_shops() RETURNS TABLE AS
  local shops = query([[SELECT COUNT(*) AS n FROM shops]]);
  return shops;
/
EXECUTE SCRIPT count_shops()`
	for st, err := range exawire.SplitSQL(strings.NewReader(script)) {
		if err != nil {
			fmt.Println(err)
			return
		}
		first, _, _ := strings.Cut(st.SQL, "\n")
		fmt.Printf("line %d: %s\n", st.Line, first)
	}
	// Output:
	// line 2: -- Names with a semicolon are fine.
	// line 4: CREATE OR REPLACE LUA SCRIPT count_shops() RETURNS TABLE AS
	// line 8: EXECUTE SCRIPT count_shops()
}

// Each statement has its result, which is there for one turn of the loop. The first error ends the script and says where
// it is.
func ExampleSession_RunScript() {
	onSession(func(ctx context.Context, srv *exatest.Server, sess *exawire.Session) error {
		srv.HandleSQL("INSERT INTO shops...", exatest.RowCount(2))
		srv.HandleSQL("SELECT name FROM shops", exatest.Rows(exatest.Columns("NAME VARCHAR(100)"), exatest.TextValues("Nuts; bolts", "Lamps")))
		srv.HandleSQL("DELETE...", exatest.Exception("42000", "object SHOP not found [line 1, column 13]"))

		script := strings.NewReader(`INSERT INTO shops VALUES ('Nuts; bolts'), ('Lamps');
SELECT name FROM shops;
DELETE FROM shop;
DROP TABLE shops;`)
		for res, err := range sess.RunScript(ctx, script) {
			var scriptErr *exawire.ScriptError
			var exaErr *exawire.Error
			if errors.As(err, &scriptErr) && errors.As(err, &exaErr) {
				fmt.Printf("line %d: %s\n", scriptErr.Line, exaErr.SQLCode)
				return nil
			}
			if err != nil {
				return err
			}
			if rows, ok := res.Rows(); ok {
				names, err := exawire.Collect[string](rows)
				if err != nil {
					return err
				}
				fmt.Printf("line %d: %q\n", res.Line, names)
				continue
			}
			fmt.Printf("line %d: %d rows\n", res.Line, res.RowCount())
		}
		return nil
	})
	// Output:
	// line 1: 2 rows
	// line 2: ["Nuts; bolts" "Lamps"]
	// line 3: 42000
}

// All of a script or nothing: a transaction around it. Statements whose results do not matter one by one can share
// messages.
func ExampleGrouped() {
	onSession(func(ctx context.Context, srv *exatest.Server, sess *exawire.Session) error {
		srv.HandleSQL("INSERT INTO shops...", exatest.RowCount(1))
		tx, err := sess.Begin(ctx)
		if err != nil {
			return err
		}
		defer tx.Rollback(ctx)
		script := strings.NewReader(strings.Repeat("INSERT INTO shops VALUES ('Lamps');\n", 250))
		var inserted int64
		for res, err := range sess.RunScript(ctx, script, exawire.Grouped(100)) {
			if err != nil {
				return err
			}
			inserted += res.RowCount()
		}
		if err := tx.Commit(ctx); err != nil {
			return err
		}
		fmt.Println(inserted, "rows in", len(srv.Requests("executeBatch")), "messages")
		return nil
	})
	// Output:
	// 250 rows in 3 messages
}
