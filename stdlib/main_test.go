package stdlib_test

import (
	"context"
	"database/sql"
	"testing"
	"testing/synctest"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/internal/leakcheck"
	"github.com/exawire/exawire/stdlib"
)

func TestMain(m *testing.M) { leakcheck.Main(m) }

// serve starts a server and opens a DB on it, over a real socket.
func serve(t testing.TB, opts ...exatest.Option) (*exatest.Server, *sql.DB) {
	t.Helper()
	srv := exatest.NewServer(t, opts...)
	return srv, open(t, configOf(t, srv))
}

// bubble runs a test in virtual time against a server on a virtual network. change, if not nil, adapts the configuration.
func bubble(t *testing.T, change func(*exawire.Config), test func(t *testing.T, srv *exatest.Server, db *sql.DB), opts ...exatest.Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		vn := exatest.NewVirtualNetwork()
		srv := exatest.NewServer(t, append([]exatest.Option{exatest.WithNetwork(vn)}, opts...)...)
		cfg := configOf(t, srv)
		cfg.DialContext = vn.DialContext
		if change != nil {
			change(cfg)
		}
		test(t, srv, open(t, cfg))
	})
}

func configOf(t testing.TB, srv *exatest.Server) *exawire.Config {
	t.Helper()
	cfg, err := exawire.ParseDSN(srv.DSN())
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// open returns a DB that is closed when the test ends.
func open(t testing.TB, cfg *exawire.Config) *sql.DB {
	t.Helper()
	db, err := stdlib.OpenDB(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return db
}

// pinned returns a connection of its own, which goes back to the pool when the test ends.
func pinned(t testing.TB, db *sql.DB) *sql.Conn {
	t.Helper()
	c, err := db.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}
