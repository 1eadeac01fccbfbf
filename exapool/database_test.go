package exapool_test

import (
	"context"
	"os"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exapool"
	"github.com/exawire/exawire/exatest"
)

// TestOnADatabase uses only what every database has, on that of EXAWIRE_TEST_DSN or else on the test server.
func TestOnADatabase(t *testing.T) {
	dsn := os.Getenv("EXAWIRE_TEST_DSN")
	if dsn == "" {
		srv := exatest.NewServer(t)
		srv.HandleSQL("SELECT 1", exatest.RowsOf([]struct{ N int64 }{{1}}))
		dsn = srv.DSN()
	}
	cfg, err := exawire.ParseDSN(dsn)
	if err != nil {
		t.Fatal(err)
	}
	pool := open(t, cfg, exapool.Options{MaxSessions: 3})
	first := acquire(t, pool)
	clean := first.Attributes()
	first.Release()
	leave := []string{
		"ALTER SESSION SET NLS_DATE_FORMAT = 'DD.MM.YYYY'", "ALTER SESSION SET TIME_ZONE = 'EUROPE/BERLIN'",
		"ALTER SESSION SET NLS_FIRST_DAY_OF_WEEK = 1", "ALTER SESSION SET QUERY_TIMEOUT = 60",
	}
	var wg sync.WaitGroup
	for i := range 12 {
		wg.Go(func() {
			for range 3 {
				err := pool.Do(context.Background(), func(ctx context.Context, sess *exawire.Session) error {
					now, err := sess.GetAttributes(ctx)
					if diff := cmp.Diff(clean, now); err != nil || diff != "" {
						t.Errorf("error %v, attributes (-want +got):\n%s", err, diff)
					}
					if i%4 == 0 {
						if _, err := sess.Begin(ctx); err != nil {
							return err
						}
					}
					_, err = sess.Exec(ctx, leave[i%len(leave)])
					return err
				})
				if err != nil {
					t.Error(err)
				}
				if n, err := exapool.One[int64](context.Background(), pool, "SELECT 1"); n != 1 || err != nil {
					t.Errorf("%d, error %v", n, err)
				}
			}
		})
	}
	wg.Wait()
	if got := pool.Stats(); got.Open > 3 || got.Closed[exapool.ClosedBroken]+got.Closed[exapool.ClosedLeftOpen] > 0 {
		t.Errorf("stats: %+v", got)
	}
	checkPlaces(t, pool)
}
