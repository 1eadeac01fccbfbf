package exasqlite_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/commands"
)

// TestReplaceBySelf replaces a table by rows of its own, with a transaction for each statement and in one of several.
func TestReplaceBySelf(t *testing.T) {
	for _, autocommit := range []bool{true, false} {
		t.Run(fmt.Sprint("autocommit ", autocommit), func(t *testing.T) {
			s := connect(t, newBackend(t), commands.V5)
			set(t, s, "autocommit", autocommit)
			run(t, s, "CREATE SCHEMA q")
			run(t, s, "CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(10) DEFAULT 'x' NOT NULL)")
			run(t, s, "INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c')")
			run(t, s, "CREATE VIEW w AS SELECT * FROM t")
			for _, tt := range []struct{ sql, want string }{
				{"CREATE OR REPLACE TABLE t AS SELECT id, 1/(id - 3) AS q FROM t", "error 22012 data exception - division by zero"},
				{"SELECT * FROM t ORDER BY id", "1 | a; 2 | b; 3 | c"},
				{"CREATE OR REPLACE TABLE t AS SELECT id, nosuch FROM t", "error 42000 object NOSUCH not found [line 1, column 41]"},
				{"CREATE OR REPLACE TABLE t (id INT, id INT)", "error 42000 column ID is specified more than once [line 1, column 25]"},
				{"INSERT INTO t VALUES (3, 'd')", "error 42X91 constraint violation - primary key (SYS_PK_T in table T)"},
				{"CREATE OR REPLACE TABLE t AS SELECT id + 10 AS id, v || v AS vv FROM t WHERE id > (SELECT MIN(id) FROM t)", "count 0"},
				{"SELECT * FROM t ORDER BY id", "12 | bb; 13 | cc"},
				{"SELECT id FROM w ORDER BY id", "12; 13"},
				{"CREATE OR REPLACE TABLE t AS SELECT * FROM w UNION ALL SELECT 1, 'z' ORDER BY 1", "count 0"},
				{"SELECT * FROM t ORDER BY id", "1 | z; 12 | bb; 13 | cc"},
				{"CREATE OR REPLACE TABLE t AS SELECT id FROM t WITH NO DATA", "count 0"},
				{"SELECT COUNT(*) FROM t", "0"},
				{"CREATE OR REPLACE TABLE w AS SELECT * FROM w", "error 42500 object W already exists [line 1, column 25]"},
				{"CREATE OR REPLACE TABLE t LIKE t", "count 0"},
				{"SELECT COUNT(*), COUNT(id) FROM t", "0 | 0"},
			} {
				res, err := s.Execute(context.Background(), tt.sql)
				got := show(res, err)
				if err == nil && res.Columns != nil {
					got = rowsOf(res)
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", tt.sql, diff)
				}
			}
		})
	}
}
