package stdlib_test

import (
	"database/sql"
	"testing"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/stdlib"
	"github.com/google/go-cmp/cmp"
)

// With autocommit off nothing is rolled back between two uses of a connection: what was reported as done would be lost.
func TestAutocommitOff(t *testing.T) {
	for _, off := range []bool{true, false} {
		t.Run(map[bool]string{true: "in the configuration", false: "by a user"}[off], func(t *testing.T) {
			change := func(c *exawire.Config) { c.Attributes = append(c.Attributes, exawire.Autocommit(!off)) }
			bubble(t, change, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
				srv.HandleSQL("INSERT ...", exatest.RowCount(1))
				db.SetMaxOpenConns(1)
				conn := pinned(t, db)
				if !off {
					if err := conn.Raw(func(dc any) error {
						sess, err := stdlib.SessionOf(dc)
						if err != nil {
							return err
						}
						return sess.SetAttributes(t.Context(), exawire.Autocommit(false))
					}); err != nil {
						t.Fatal(err)
					}
				}
				if _, err := conn.ExecContext(t.Context(), "INSERT INTO t VALUES (1)"); err != nil {
					t.Fatal(err)
				}
				if err := conn.Close(); err != nil {
					t.Fatal(err)
				}
				if _, err := db.Exec("COMMIT"); err != nil {
					t.Fatal(err)
				}
				want := []string{"INSERT INTO t VALUES (1)", "COMMIT"}
				if !off {
					want = []string{"INSERT INTO t VALUES (1)", "ROLLBACK", "COMMIT"}
				}
				if diff := cmp.Diff(want, srv.Statements()); diff != "" {
					t.Errorf("statements (-want +got):\n%s", diff)
				}
			})
		})
	}
}
