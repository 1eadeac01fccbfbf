package e2e_test

import (
	"testing"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
)

// Statements that change data or read it, however they begin, leave the kept ones alone; anything else may have changed
// what they mean.
func TestWhatKeptStatementsSurvive(t *testing.T) {
	for sql, survive := range map[string]bool{
		"SELECT 1": true, "(SELECT 1)": true, "WITH x AS (SELECT 1) SELECT * FROM x": true, "VALUES 1": true, "EXPORT t INTO CSV": true,
		"INSERT x": true, "UPDATE t SET a = 1": true, "DELETE FROM t": true, "MERGE INTO t": true, "TRUNCATE TABLE t": true,
		"truncate table t": true, "IMPORT INTO t FROM CSV": true, "COMMIT": true, "/* x */ DESCRIBE t": true,
		"ROLLBACK": false, "CREATE TABLE t (a INT)": false, "DROP TABLE t": false, "ALTER TABLE t ADD b INT": false,
		"EXECUTE SCRIPT s": false, "RENAME TABLE t TO u": false, "IMPERSONATE u": false, "": false,
	} {
		t.Run(sql, func(t *testing.T) {
			bubble(t, nil, nil, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
				srv.HandleSQL("...", exatest.RowCount(1))
				srv.HandleSQL("INSERT ?", exatest.RowCount(1).Params(oneNumber...))
				sess := connect(t, client)
				exec(t, sess, "INSERT ?")
				if _, err := sess.Exec(t.Context(), sql); err != nil && sql != "" {
					t.Fatal(err)
				}
				srv.ForgetRequests()
				exec(t, sess, "INSERT ?")
				if prepared := len(srv.Requests("createPreparedStatement")) > 0; prepared == survive {
					t.Errorf("prepared again: %t", prepared)
				}
			})
		})
	}
}
