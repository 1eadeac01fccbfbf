package exasqlite_test

import (
	"context"
	"errors"
	"testing"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exasqlite"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/resultset"
)

// TestScriptedSQL is the test that docs/testing.md shows: handlers are asked first, the backend answers the rest.
func TestScriptedSQL(t *testing.T) {
	backend, err := exasqlite.New()
	if err != nil {
		t.Fatal(err)
	}
	srv := exatest.NewServer(t, exatest.WithBackend(backend)) // closes the backend too
	srv.HandleSQL("DELETE...", exatest.Exception("42500", "insufficient privileges"))

	sess, err := exawire.Connect(t.Context(), srv.DSN())
	if err != nil {
		t.Fatal(err)
	}
	defer sess.Close(context.Background())
	for _, sql := range []string{"CREATE SCHEMA s", "CREATE TABLE t (id INT)", "INSERT INTO t VALUES (1), (2)"} {
		if _, err := sess.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	var e *exawire.Error
	if _, err := sess.Exec(t.Context(), "DELETE FROM t"); !errors.As(err, &e) || e.SQLCode != "42500" {
		t.Errorf("error is %v", err)
	}
	rows, err := sess.Query(t.Context(), "SELECT COUNT(*) FROM t")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := resultset.One[int64](rows); err != nil || n != 2 {
		t.Errorf("%d rows, error %v", n, err)
	}
}
