package retention_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire"
	retention "github.com/exawire/exawire/examples/testing"
	"github.com/exawire/exawire/exasqlite"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
)

var newYear = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

// Real SQL: the statements are run, and the tables say what became of them.
func TestPurge(t *testing.T) {
	backend, err := exasqlite.New()
	if err != nil {
		t.Fatal(err)
	}
	srv := exatest.NewServer(t, exatest.WithBackend(backend))
	sess, err := exawire.Connect(t.Context(), srv.DSN())
	if err != nil {
		t.Fatal(err)
	}
	defer sess.Close(context.Background())
	for _, sql := range []string{
		"CREATE SCHEMA shop",
		"CREATE TABLE orders (id INT, placed DATE)",
		"CREATE TABLE purges (purged_before DATE, deleted INT)",
		"INSERT INTO orders VALUES (1, '2023-07-01'), (2, '2024-12-31'), (3, '2025-01-01')",
	} {
		if _, err := sess.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}

	cfg := config(t, srv)
	cfg.Schema = "SHOP"
	deleted, err := retention.Purge(t.Context(), client(t, cfg), newYear)
	if err != nil || deleted != 2 {
		t.Errorf("%d orders were deleted, error %v", deleted, err)
	}
	for sql, want := range map[string]int64{"SELECT id FROM orders": 3, "SELECT deleted FROM purges": 2} {
		rows, err := sess.Query(t.Context(), sql)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := exawire.One[int64](rows); err != nil || got != want {
			t.Errorf("%s gave %d, error %v", sql, got, err)
		}
	}
}

// What a database does rarely can be scripted: the first two transactions collide with others. The pauses between the
// attempts take no time, because the whole runs in a bubble of testing/synctest, on a network in memory.
func TestPurgeCollision(t *testing.T) {
	for name, test := range map[string]struct {
		collisions int
		wantErr    bool
		wantPauses int
	}{
		"once":       {1, false, 1},
		"twice":      {2, false, 2},
		"every time": {3, true, 2},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
				srv.HandleSQL("DELETE...", deleteOrders)
				srv.HandleSQL("DELETE...", exatest.Exception("40001", "Transaction collision")).Times(test.collisions)

				start := time.Now()
				deleted, err := retention.Purge(t.Context(), client, newYear)
				if (err != nil) != test.wantErr || err == nil && deleted != 7 {
					t.Errorf("%d orders were deleted, error %v", deleted, err)
				}
				if waited, want := time.Since(start), time.Duration(test.wantPauses)*10*time.Second; waited != want {
					t.Errorf("it waited %v instead of %v", waited, want)
				}
			})
		})
	}
}

// A connection that is lost: the transaction is never run a second time, and only a commit has an unknown outcome.
func TestPurgeConnectionLost(t *testing.T) {
	for name, test := range map[string]struct {
		fault   fault.Fault
		unknown bool
	}{
		"during the delete":     {fault.CutRequest().On("executePreparedStatement").Once(), false},
		"after the delete":      {fault.CutMiddle().On("executePreparedStatement").Once(), false},
		"before the commit ran": {fault.CutRequest().On("execute").Once(), true},
		"after the commit":      {fault.CutAnswer().On("execute").Once(), true},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
				srv.HandleSQL("DELETE...", deleteOrders)
				srv.Inject(test.fault)

				_, err := retention.Purge(t.Context(), client, newYear)
				if !errors.Is(err, exawire.ErrSessionClosed) {
					t.Errorf("error is %v", err)
				}
				if got := errors.Is(err, retention.ErrUnknownOutcome); got != test.unknown {
					t.Errorf("unknown outcome: %v, want %v; error is %v", got, test.unknown, err)
				}
				if n := len(srv.Requests("login")); n != 1 {
					t.Errorf("it connected %d times", n)
				}
			})
		})
	}
}

// A statement that takes too long is aborted on the server and rolled back, and no connection is left behind.
func TestPurgeDeadline(t *testing.T) {
	virtual(t, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
		srv.HandleSQL("DELETE...", exatest.Func(func(r *exatest.Request) exatest.Response {
			if r.Command == "createPreparedStatement" {
				return exatest.OK().Params(exatest.Columns(`"" DATE`)...)
			}
			return exatest.Hang()
		}))
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()

		start := time.Now()
		_, err := retention.Purge(ctx, client, newYear)
		if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, exawire.ErrSessionClosed) {
			t.Errorf("error is %v", err)
		}
		if took := time.Since(start); took != time.Hour {
			t.Errorf("it took %v", took)
		}
		if n := len(srv.Requests("abortQuery")); n != 1 {
			t.Errorf("%d aborts were sent", n)
		}
		last := srv.Requests("execute")
		if len(last) != 1 || last[0].SQL != "ROLLBACK" {
			t.Errorf("statements after the abort: %v", last)
		}
		synctest.Wait()
		if n := srv.Connections(); n != 0 {
			t.Errorf("%d connections are open", n)
		}
	})
}

var deleteOrders = exatest.RowCount(7).Params(exatest.Columns(`"" DATE`)...)

// virtual runs a test in virtual time, with a client of a server that can note a purge.
func virtual(t *testing.T, test func(t *testing.T, srv *exatest.Server, client *exawire.Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		network := exatest.NewVirtualNetwork()
		srv := exatest.NewServer(t, exatest.WithNetwork(network))
		srv.HandleSQL("INSERT INTO purges...", exatest.RowCount(1).Params(exatest.Columns(`"" DATE, "" DECIMAL(18,0)`)...))
		cfg := config(t, srv)
		cfg.DialContext = network.DialContext
		test(t, srv, client(t, cfg))
	})
}

func config(t *testing.T, srv *exatest.Server) *exawire.Config {
	t.Helper()
	cfg, err := exawire.ParseDSN(srv.DSN())
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func client(t *testing.T, cfg *exawire.Config) *exawire.Client {
	t.Helper()
	client, err := exawire.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return client
}
