package exapool_test

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exapool"
	"github.com/exawire/exawire/exatest"
)

// What a pool does when it cannot be sure of its sessions, its hosts or its password.

// TestOnlyBrokenSessionsAreReplaced checks that a statement which cannot be sent at all is not tried twice.
func TestOnlyBrokenSessionsAreReplaced(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		pool := open(t, db.cfg, exapool.Options{})
		calls := []struct {
			name string
			run  func() error
		}{
			{"Exec", func() error {
				_, err := pool.Exec(t.Context(), "not UTF-8: \xff")
				return err
			}},
			{"Query", func() error {
				_, err := pool.Query(t.Context(), "not UTF-8: \xff")
				return err
			}},
		}
		for i, call := range calls {
			if err := call.run(); !exawire.SafeToRetry(err) {
				t.Errorf("%s: not what this test needs: %v", call.name, err)
			}
			if n := pool.Stats().Acquired; n != int64(i+1) {
				t.Errorf("%s: %d sessions were used for %d calls", call.name, n, i+1)
			}
		}
	})
}

// TestSessionsBesideABrokenOneHaveToAnswer breaks one session, while the other one at the host does not work either.
func TestSessionsBesideABrokenOneHaveToAnswer(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		db.cfg.Host = "exa1"
		pool := open(t, db.cfg, exapool.Options{MaxSessions: 3})
		held := acquireAll(t, pool, 2)
		silent, broken := held[0].Info().SessionID, held[1].Info().SessionID
		releaseAll(held)
		time.Sleep(time.Second)
		db.Handle("getAttributes", func(r *exatest.Request) exatest.Response {
			if r.SessionID == silent {
				return exatest.Hang()
			}
			return exatest.Pass()
		})
		db.KillSession(broken)
		synctest.Wait()
		sess := acquire(t, pool) // the one that was used last is the broken one
		if sess.Info().SessionID == silent {
			t.Error("a session was handed out without a question after one at its host broke")
		}
		sess.Release()
		time.Sleep(10 * time.Second)
	}, exatest.WithLeniency())
}

// TestFailuresAtTheSameTimeCountOnce has four logins at one host time out together.
func TestFailuresAtTheSameTimeCountOnce(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		db.cfg.Host, db.cfg.ConnectTimeout = "exa1", 10*time.Second
		pool := open(t, db.cfg, exapool.Options{MaxSessions: 20, ConnectWait: 30 * time.Second})
		held := acquireAll(t, pool, 4)
		db.Handle("login", func(*exatest.Request) exatest.Response { return exatest.Hang() })
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if _, err := pool.Acquire(context.Background()); err == nil {
					t.Error("no error")
				}
			})
		}
		synctest.Wait()
		if n := pool.Stats().Connecting; n != 4 {
			t.Fatalf("%d logins", n)
		}
		time.Sleep(10*time.Second + time.Millisecond)
		if st := pool.Stats(); st.FailedLogins != 4 || st.Nodes[0].Failures != 1 {
			t.Errorf("stats: %+v", st)
		}
		wg.Wait()
		releaseAll(held)
	}, exatest.WithLeniency())
}

// TestSlowAnswersAreForgotten has sessions answer late once. Later, one caller has one session asked.
func TestSlowAnswersAreForgotten(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		db.cfg.Host = "exa1"
		pool := open(t, db.cfg, exapool.Options{MaxSessions: 3})
		releaseAll(acquireAll(t, pool, 3))
		time.Sleep(time.Minute)
		slow := db.Handle("getAttributes", func(r *exatest.Request) exatest.Response { return slowly(r, 3*time.Second) })
		acquire(t, pool).Release()
		time.Sleep(time.Minute)
		slow.Remove()
		before := len(db.Requests("getAttributes"))
		acquire(t, pool).Release()
		synctest.Wait()
		if n := len(db.Requests("getAttributes")) - before; n != 1 {
			t.Errorf("%d sessions were asked for one caller", n)
		}
	})
}

// TestConnectWaitBeginsWithTheLoss has somebody wait for a session in use for an hour before the database is lost.
func TestConnectWaitBeginsWithTheLoss(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		pool := open(t, db.cfg, exapool.Options{MaxSessions: 1})
		held := acquire(t, pool)
		time.AfterFunc(time.Hour, func() {
			db.goDown(true)
			held.Release()
			time.Sleep(20 * time.Second)
			db.goDown(false)
		})
		acquire(t, pool).Release()
	})
}

// TestASilentHostDoesNotDelayTheReturn has two of three hosts come back while the third takes connections and is silent.
func TestASilentHostDoesNotDelayTheReturn(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		dial := db.cfg.DialContext
		var silent atomic.Bool
		db.cfg.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
			if host, _, _ := net.SplitHostPort(addr); host == "exa1" && silent.Load() {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			return dial(ctx, network, addr)
		}
		pool := open(t, db.cfg, exapool.Options{})
		for i := range 10 {
			silent.Store(true)
			db.goDown(true)
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(11+i)*time.Second)
			if _, err := pool.Acquire(ctx); err == nil {
				t.Error("no error")
			}
			cancel()
			db.goDown(false)
			begin := time.Now()
			sess := acquire(t, pool)
			if took := time.Since(begin); took > 6*time.Second {
				t.Errorf("Acquire took %v", took)
			}
			sess.Release()
			silent.Store(false)
			time.Sleep(time.Hour)
		}
	})
}

// TestAPasswordThatIsWrongAgain changes the password right after a login. What was taken to be right is not after the first
// rejection.
func TestAPasswordThatIsWrongAgain(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		wrong := wrongWhen(db)
		db.Handle("login", func(r *exatest.Request) exatest.Response { return slowly(r, 50*time.Millisecond) })
		pool := open(t, db.cfg, exapool.Options{MaxSessions: 60})
		held := acquireAll(t, pool, 30)
		wrong.Store(true)
		var logins []int
		for range 5 { // in the minute after the last that was accepted
			before := db.logins()
			acquireNone(t, pool, 30)
			logins = append(logins, db.logins()-before)
			time.Sleep(time.Until(pool.Stats().RejectedUntil))
		}
		if logins[0] > 12 {
			t.Errorf("%d logins before the first rejection is known", logins[0])
		}
		if diff := cmp.Diff([]int{1, 1, 1, 1}, logins[1:]); diff != "" {
			t.Errorf("logins with a wrong password (-want +got):\n%s", diff)
		}
		releaseAll(held)
	})
}
