package exapool_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exapool"
	"github.com/exawire/exawire/exatest"
)

func TestIdleSessionsAreClosed(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		pool := open(t, db.cfg, exapool.Options{Lifetime: -1})
		releaseAll(acquireAll(t, pool, 3))
		time.Sleep(20 * time.Minute)
		acquire(t, pool).Release()
		time.Sleep(11 * time.Minute)
		if n := len(db.Sessions()); n != 1 {
			t.Errorf("%d sessions are open", n)
		}
		time.Sleep(20 * time.Minute)
		if n := len(db.Sessions()); n != 0 {
			t.Errorf("%d sessions are open", n)
		}
		if diff := cmp.Diff(map[string]int64{exapool.ClosedIdle: 3}, pool.Stats().Closed); diff != "" {
			t.Errorf("closed (-want +got):\n%s", diff)
		}
	})
}

// TestSessionsKeepTheirPlacesWhileTheyAreClosed replaces sessions all the time, on a server that takes its time to say goodbye.
func TestSessionsKeepTheirPlacesWhileTheyAreClosed(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		db.Handle("disconnect", func(r *exatest.Request) exatest.Response { return slowly(r, time.Second) })
		pool := open(t, db.cfg, exapool.Options{MaxSessions: 3, Lifetime: time.Second})
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				for range 10 {
					sess := acquire(t, pool)
					if n := len(db.Sessions()); n > 3 {
						t.Errorf("%d sessions are open", n)
					}
					time.Sleep(300 * time.Millisecond)
					sess.Release()
				}
			})
		}
		wg.Wait()
		if n := pool.Stats().Closed[exapool.ClosedLifetime]; n < 10 {
			t.Errorf("%d sessions were replaced", n)
		}
	})
}

func TestSessionsDoNotEndTogether(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		pool := open(t, db.cfg, exapool.Options{MaxSessions: 20, IdleTime: -1, PingAfter: -1})
		held := acquireAll(t, pool, 20)
		releaseAll(held[1:])
		time.Sleep(54*time.Minute - time.Second)
		if n := pool.Stats().Open; n != 20 {
			t.Errorf("%d sessions are open before the first may end", n)
		}
		minutes, before := 0, 20
		for range 7 {
			time.Sleep(time.Minute)
			if n := pool.Stats().Open; n < before {
				minutes, before = minutes+1, n
			}
		}
		if minutes < 3 || before != 1 {
			t.Errorf("the sessions ended in %d of 6 minutes, %d are left", minutes, before)
		}
		held[0].Release()
		synctest.Wait()
		if got := pool.Stats(); got.Open != 0 || got.Closed[exapool.ClosedLifetime] != 20 {
			t.Errorf("stats: %+v", got)
		}
	})
}

func TestIdleSessionsHaveToAnswer(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		pool := open(t, db.cfg, exapool.Options{MaxSessions: 5})
		pings := func() int { return len(db.Requests("getAttributes")) }
		releaseAll(acquireAll(t, pool, 5))
		logins := pings()
		time.Sleep(29 * time.Second)
		acquire(t, pool).Release()
		if n := pings() - logins; n != 0 {
			t.Errorf("%d pings after 29 s", n)
		}
		time.Sleep(31 * time.Second)
		acquire(t, pool).Release()
		if n := pings() - logins; n != 1 {
			t.Errorf("%d pings after 31 s", n)
		}
	})
}

func TestSessionsThatDoNotAnswer(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		db.cfg.Host = "exa1"
		pool := open(t, db.cfg, exapool.Options{MaxSessions: 5})
		releaseAll(acquireAll(t, pool, 5))
		time.Sleep(time.Minute)
		old := map[uint64]bool{}
		for _, s := range db.Sessions() {
			old[s.ID] = true
		}
		db.Handle("getAttributes", func(r *exatest.Request) exatest.Response {
			if old[r.SessionID] {
				return exatest.Hang()
			}
			return exatest.Pass()
		})
		begin := time.Now()
		sess := acquire(t, pool)
		if took := time.Since(begin); took > 6*time.Second { // all places are taken by sessions that may answer yet
			t.Errorf("Acquire took %v", took)
		}
		if old[sess.Info().SessionID] {
			t.Error("a session that does not answer was handed out")
		}
		sess.Release()
		time.Sleep(time.Minute)
		if got := pool.Stats(); got.Closed[exapool.ClosedPing] != 5 {
			t.Errorf("stats: %+v", got)
		}
	}, exatest.WithLeniency())
}

func TestDeadSessionsAreNeverHandedOut(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		pool := open(t, db.cfg, exapool.Options{MaxSessions: 5})
		releaseAll(acquireAll(t, pool, 5))
		db.KillSessions()
		synctest.Wait()
		for range 10 {
			if _, err := exapool.Collect[int64](t.Context(), pool, "SELECT 1"); err != nil {
				t.Error(err)
			}
		}
		if got := pool.Stats(); got.Closed[exapool.ClosedBroken] != 5 || got.Opened != 6 {
			t.Errorf("stats: %+v", got)
		}
	})
}

// TestTimesThatAreTooShort has sessions that are over as soon as they are opened. Each is of use once all the same. This is not
// in virtual time, which does not go on between a login and its end.
func TestTimesThatAreTooShort(t *testing.T) {
	for _, opts := range []exapool.Options{{IdleTime: 1}, {Lifetime: 1}, {PingAfter: 1}, {IdleTime: 1, Lifetime: 1, PingAfter: 1}} {
		srv := exatest.NewServer(t)
		cfg, err := exawire.ParseDSN(srv.DSN())
		if err != nil {
			t.Fatal(err)
		}
		pool := open(t, cfg, opts)
		for range 3 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			sess, err := pool.Acquire(ctx)
			cancel()
			if err != nil {
				t.Fatal(err)
			}
			sess.Release()
		}
		if n := pool.Stats().Opened; n > 3 {
			t.Errorf("%d logins for 3 callers, with %+v", n, opts)
		}
	}
}
