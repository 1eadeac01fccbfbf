package exasqlite_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exasqlite"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/record"
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

// TestRecordSQL is the test that docs/testing.md shows: a transcript of a session with exasqlite.
func TestRecordSQL(t *testing.T) {
	transcript := filepath.Join(t.TempDir(), "shop.jsonl")
	count := func(t *testing.T, dsn string) {
		t.Helper()
		sess, err := exawire.Connect(t.Context(), dsn)
		if err != nil {
			t.Fatal(err)
		}
		defer sess.Close(context.Background())
		rows, err := sess.Query(t.Context(), "SELECT COUNT(*) FROM shop.products")
		if err != nil {
			t.Fatal(err)
		}
		if n, err := exawire.One[int64](rows); err != nil || n != 2 {
			t.Errorf("%d products, error %v", n, err)
		}
	}
	t.Run("record", func(t *testing.T) {
		backend, err := exasqlite.New(exasqlite.WithSQL(
			"CREATE SCHEMA shop", "CREATE TABLE products (id INT)", "INSERT INTO products VALUES (1), (2)"))
		if err != nil {
			t.Fatal(err)
		}
		srv := exatest.NewServer(t, exatest.WithBackend(backend))
		rec := record.New(t, transcript, record.Upstream{Addr: srv.Addr(), Fingerprint: srv.Fingerprint()})
		count(t, rec.DSN(exatest.DefaultUser, exatest.DefaultPassword))
	})
	t.Run("replay", func(t *testing.T) {
		count(t, record.Replay(t, transcript, record.WithAllRequests()).DSN())
	})
}
