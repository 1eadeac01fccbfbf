package exapool_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exapool"
	"github.com/exawire/exawire/exatest"
)

// bubble runs a test in virtual time against a cluster of three hosts, exa1 to exa3, with a configuration for all of them.
func bubble(t *testing.T, test func(t *testing.T, vn *exatest.VirtualNetwork, srv *exatest.Server, cfg *exawire.Config), opts ...exatest.Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		vn := exatest.NewVirtualNetwork()
		srv := exatest.NewServer(t, append(opts, exatest.WithNetwork(vn), exatest.WithNodes("exa1", "exa2", "exa3"))...)
		cfg, err := exawire.ParseDSN(srv.DSN())
		if err != nil {
			t.Fatal(err)
		}
		cfg.Host, cfg.DialContext = "exa1..3", vn.DialContext
		test(t, vn, srv, cfg)
	})
}

// open makes a pool that is closed when the test ends.
func open(t testing.TB, cfg *exawire.Config, opts exapool.Options) *exapool.Pool {
	t.Helper()
	pool, err := exapool.New(cfg, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := pool.Close(context.Background()); err != nil {
			t.Errorf("close pool: %v", err)
		}
	})
	return pool
}

func TestQueriesShareASession(t *testing.T) {
	bubble(t, func(t *testing.T, _ *exatest.VirtualNetwork, srv *exatest.Server, cfg *exawire.Config) {
		srv.HandleSQL("SELECT 1", exatest.RowsOf([]struct{ N int64 }{{1}}))
		pool := open(t, cfg, exapool.Options{})
		for range 3 {
			got, err := exapool.Collect[int64](t.Context(), pool, "SELECT 1")
			if diff := cmp.Diff([]int64{1}, got); err != nil || diff != "" {
				t.Errorf("error %v, rows (-want +got):\n%s", err, diff)
			}
		}
		if got := pool.Stats(); got.Opened != 1 || got.InUse != 0 || got.Acquired != 3 {
			t.Errorf("stats: %+v", got)
		}
	})
}
