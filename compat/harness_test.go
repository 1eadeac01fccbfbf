package compat

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"testing"
	"testing/synctest"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exasqlite"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/internal/leakcheck"
	"github.com/exawire/exawire/stdlib"
)

// GORM's store of prepared statements has a goroutine that nothing ends.
func TestMain(m *testing.M) { leakcheck.Main(m, "gorm.io/gorm/internal/lru.NewLRU") }

// everywhere runs a test against exasqlite by every version of the protocol and, with EXAWIRE_TEST_DSN set, against that
// database. Each run has an empty schema of its own, which is open on all connections.
func everywhere(t *testing.T, test func(t *testing.T, db *sql.DB)) {
	t.Helper()
	everywhereAs(t, "", test)
}

// everywhereAs is everywhere for a test that runs in several ways, of which this one adds something to the names.
func everywhereAs(t *testing.T, way string, test func(t *testing.T, db *sql.DB)) {
	t.Helper()
	for v := commands.V1; v <= commands.Latest; v++ {
		if slow && v != commands.Latest {
			continue
		}
		t.Run(v.String()+way, func(t *testing.T) { test(t, open(t, v)) })
		if dsn := os.Getenv("EXAWIRE_TEST_DSN"); dsn != "" {
			t.Run("database/"+v.String()+way, func(t *testing.T) { test(t, openDSN(t, dsn, v)) })
		}
	}
}

// open starts a test server with SQL that speaks the protocol up to a version, and returns a pool of connections to it. The
// current schema is new and empty. The pool is closed and the server stopped when the test ends.
func open(t testing.TB, version commands.Version) *sql.DB {
	t.Helper()
	backend, err := exasqlite.New()
	if err != nil {
		t.Fatal(err)
	}
	srv := exatest.NewServer(t, exatest.WithBackend(backend), exatest.WithProtocolVersion(int(version)))
	return openDSN(t, srv.DSN(), 0)
}

// bubble runs a test in virtual time, against a test server with SQL on a virtual network.
func bubble(t *testing.T, test func(t *testing.T, db *sql.DB)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		backend, err := exasqlite.New()
		if err != nil {
			t.Fatal(err)
		}
		vn := exatest.NewVirtualNetwork()
		srv := exatest.NewServer(t, exatest.WithBackend(backend), exatest.WithNetwork(vn))
		cfg, err := exawire.ParseDSN(srv.DSN())
		if err != nil {
			t.Fatal(err)
		}
		cfg.DialContext = vn.DialContext
		test(t, openConfig(t, cfg))
	})
}

// openDSN returns a pool of connections to a database, in a schema that is dropped when the test ends. version is the
// highest version of the protocol to ask for, 0 for the latest.
func openDSN(t testing.TB, dsn string, version commands.Version) *sql.DB {
	t.Helper()
	cfg, err := exawire.ParseDSN(dsn)
	if err != nil {
		t.Fatal(err)
	}
	cfg.ProtocolVersion = version
	return openConfig(t, cfg)
}

func openConfig(t testing.TB, cfg *exawire.Config) *sql.DB {
	t.Helper()
	cfg.Schema = makeSchema(t, cfg)
	db, err := stdlib.OpenDB(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// makeSchema creates a schema with a new name, and drops it when the test ends.
func makeSchema(t testing.TB, cfg *exawire.Config) string {
	t.Helper()
	client, err := exawire.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	sess, err := client.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("EXAWIRE_TEST_%d", sess.Info().SessionID)
	if _, err := sess.Exec(t.Context(), "CREATE SCHEMA "+name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := sess.Exec(context.Background(), "DROP SCHEMA "+name+" CASCADE"); err != nil {
			t.Error(err)
		}
		if err := sess.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return name
}
