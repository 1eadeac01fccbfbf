package exapool_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
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

// countDials counts the attempts to connect to each host.
func (db *cluster) countDials() func() map[string]int {
	var mu sync.Mutex
	dials := map[string]int{}
	dial := db.cfg.DialContext
	db.cfg.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		host, _, _ := net.SplitHostPort(addr)
		mu.Lock()
		dials[host]++
		mu.Unlock()
		return dial(ctx, network, addr)
	}
	return func() map[string]int {
		mu.Lock()
		defer mu.Unlock()
		got := dials
		dials = map[string]int{}
		return got
	}
}

// perNode counts the sessions at each host.
func (db *cluster) perNode() map[string]int {
	nodes := map[string]int{}
	for _, s := range db.Sessions() {
		nodes[s.Node]++
	}
	return nodes
}

func TestSessionsAreSpread(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		pool := open(t, db.cfg, exapool.Options{MaxSessions: 9})
		held := acquireAll(t, pool, 9)
		want := map[string]int{"exa1": 3, "exa2": 3, "exa3": 3}
		if diff := cmp.Diff(want, db.perNode()); diff != "" {
			t.Errorf("sessions (-want +got):\n%s", diff)
		}
		got := map[string]int{}
		for _, n := range pool.Stats().Nodes {
			host, _, _ := net.SplitHostPort(n.Addr)
			got[host] = n.Sessions
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("stats (-want +got):\n%s", diff)
		}
		releaseAll(held)
	})
}

func TestTheFirstNodeIsRandom(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		nodes := map[string]int{}
		for range 60 {
			pool := open(t, db.cfg, exapool.Options{})
			acquire(t, pool).Release()
			for node, n := range db.perNode() {
				nodes[node] += n
			}
			if err := pool.Close(t.Context()); err != nil {
				t.Error(err)
			}
		}
		if len(nodes) != 3 {
			t.Errorf("60 pools began at %v", nodes)
		}
	})
}

func TestANodeThatIsDownIsLeftAlone(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		db.vn.SetDown("exa2", true)
		dials := db.countDials()
		pool := open(t, db.cfg, exapool.Options{MaxSessions: 60, IdleTime: -1, Lifetime: -1, PingAfter: -1})
		held := acquireAll(t, pool, 12)
		if diff := cmp.Diff(map[string]int{"exa1": 6, "exa3": 6}, db.perNode()); diff != "" {
			t.Errorf("sessions (-want +got):\n%s", diff)
		}
		if n := dials()["exa2"]; n > 1 {
			t.Errorf("%d attempts at a node that is down", n)
		}
		// One session more every 10 s for 5 minutes.
		for range 30 {
			time.Sleep(10 * time.Second)
			held = append(held, acquire(t, pool))
		}
		if n := dials()["exa2"]; n < 5 || n > 20 {
			t.Errorf("%d attempts in 5 minutes at a node that is down", n)
		}
		db.vn.SetDown("exa2", false)
		time.Sleep(time.Minute)
		releaseAll(held)
		held = acquireAll(t, pool, 60)
		if db.perNode()["exa2"] == 0 {
			t.Errorf("the node that is back is not used: %v", db.perNode())
		}
		releaseAll(held)
	})
}

// TestASilentNodeHoldsNobodyUp checks that a node which was lost is not tried at the expense of those who wait.
func TestASilentNodeHoldsNobodyUp(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		pool := open(t, db.cfg, exapool.Options{MaxSessions: 60, PingAfter: -1, Lifetime: -1})
		held := acquireAll(t, pool, 3)
		silent := db.Handle("login", func(r *exatest.Request) exatest.Response {
			if r.Node == "exa1" {
				return exatest.Hang()
			}
			return exatest.Pass()
		})
		slow := 0
		for range 40 {
			begin := time.Now()
			held = append(held, acquire(t, pool))
			if time.Since(begin) > time.Second {
				slow++
			}
			time.Sleep(4 * time.Second)
		}
		if slow > 1 {
			t.Errorf("%d callers waited for a node that is silent", slow)
		}
		silent.Remove()
		releaseAll(held)
	})
}

func TestDatabaseIsDown(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		dials := db.countDials()
		pool := open(t, db.cfg, exapool.Options{MaxSessions: 20})
		releaseAll(acquireAll(t, pool, 20))
		db.goDown(true)
		dials()
		begin := time.Now()
		_, err := pool.Acquire(t.Context())
		var failure *exapool.AcquireError
		var refused *exawire.ConnectError
		if took := time.Since(begin); took != exapool.DefaultConnectWait || !errors.As(err, &failure) || failure.Class != exawire.ClassConnection || !errors.As(err, &refused) {
			t.Errorf("after %v: %#v", took, err)
		}
		if text := fmt.Sprint(err); !strings.HasPrefix(text, "exapool: acquire: no host can be reached since 2000-01-01T00:00:00Z: connect to exa") {
			t.Errorf("text: %s", text)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		if _, err = pool.Acquire(ctx); !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &refused) {
			t.Errorf("with a deadline: %v", err)
		}
		total := 0
		for _, n := range dials() {
			total += n
		}
		if total > 3*15 {
			t.Errorf("%d attempts in 33 s", total)
		}

		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				sess, err := pool.Acquire(context.Background())
				if err != nil {
					t.Error(err)
					return
				}
				time.Sleep(10 * time.Millisecond)
				sess.Release()
			})
		}
		synctest.Wait()
		time.Sleep(20 * time.Second)
		h := db.watchLogins(50 * time.Millisecond)
		db.goDown(false)
		wg.Wait()
		if h.most() > 4 || h.first() > 1 {
			t.Errorf("%d logins at one node at the same time, %d before the first success", h.most(), h.first())
		}
	})
}

func TestConnectWaitIsNotForSessionsInUse(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		pool := open(t, db.cfg, exapool.Options{MaxSessions: 1, ConnectWait: time.Second})
		held := acquire(t, pool)
		time.AfterFunc(time.Hour, held.Release)
		acquire(t, pool).Release()
		down := open(t, &exawire.Config{Host: "nowhere", User: "u", Password: "p", DialContext: db.vn.DialContext}, exapool.Options{ConnectWait: -1})
		begin := time.Now()
		if _, err := down.Acquire(t.Context()); err == nil || time.Since(begin) != 0 {
			t.Errorf("after %v: %v", time.Since(begin), err)
		}
	})
}

// loginWatch sees how many logins are under way at each node.
type loginWatch struct {
	mu       sync.Mutex
	now      map[string]int
	peak     int
	early    int             // the most at one node before its first success
	accepted map[string]bool // nodes
}

// watchLogins makes logins take some time and counts them.
func (db *cluster) watchLogins(take time.Duration) *loginWatch {
	w := &loginWatch{now: map[string]int{}, accepted: map[string]bool{}}
	db.Handle("login", func(r *exatest.Request) exatest.Response {
		w.mu.Lock()
		w.now[r.Node]++
		w.peak = max(w.peak, w.now[r.Node])
		if !w.accepted[r.Node] {
			w.early = max(w.early, w.now[r.Node])
		}
		w.mu.Unlock()
		return slowly(r, take)
	})
	db.Handle(exatest.Credentials, func(r *exatest.Request) exatest.Response {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.now[r.Node]--
		w.accepted[r.Node] = true
		return exatest.Pass()
	})
	return w
}

func (w *loginWatch) most() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.peak
}

func (w *loginWatch) first() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.early
}

// TestLoginsBeginSlowly opens many sessions of a new pool at once.
func TestLoginsBeginSlowly(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		h := db.watchLogins(100 * time.Millisecond)
		pool := open(t, db.cfg, exapool.Options{MaxSessions: 60})
		var wg sync.WaitGroup
		for range 60 {
			wg.Go(func() {
				sess := acquire(t, pool)
				time.Sleep(time.Minute)
				sess.Release()
			})
		}
		wg.Wait()
		if h.first() != 1 || h.most() != 4 {
			t.Errorf("%d logins at one node before the first success, %d afterwards", h.first(), h.most())
		}
		if n := pool.Stats().Opened; n != 60 {
			t.Errorf("%d sessions were opened", n)
		}
	})
}

// TestRestartOfTheDatabase breaks all sessions at once.
func TestRestartOfTheDatabase(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		pool := open(t, db.cfg, exapool.Options{MaxSessions: 60})
		releaseAll(acquireAll(t, pool, 60))
		h := db.watchLogins(100 * time.Millisecond)
		db.KillSessions()
		synctest.Wait()
		begin := time.Now()
		var wg sync.WaitGroup
		for range 200 {
			wg.Go(func() {
				if _, err := exapool.Collect[int64](context.Background(), pool, "SELECT 1"); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if h.first() != 1 || h.most() > 4 {
			t.Errorf("%d logins at one node before the first success, %d afterwards", h.first(), h.most())
		}
		if took := time.Since(begin); took > 2*time.Second {
			t.Errorf("200 queries took %v", took)
		}
	})
}

// TestANodeIsTriedWhileAllSessionsAreInUse restarts a node while more callers than sessions want all of the pool.
func TestANodeIsTriedWhileAllSessionsAreInUse(t *testing.T) {
	for _, test := range []struct {
		name  string
		login func(r *exatest.Request) exatest.Response
		back  bool
	}{
		{"it is back", func(r *exatest.Request) exatest.Response { return slowly(r, 50*time.Millisecond) }, true},
		{"it is silent", func(r *exatest.Request) exatest.Response {
			if r.Node == "exa2" {
				return exatest.Hang()
			}
			return slowly(r, 50*time.Millisecond)
		}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, db *cluster) {
				db.cfg.Host = "exa1..2"
				pool := open(t, db.cfg, exapool.Options{MaxSessions: 4, Lifetime: 10 * time.Minute})
				ctx, cancel := context.WithTimeout(context.Background(), 2*time.Hour)
				defer cancel()
				var wg sync.WaitGroup
				var longest atomic.Int64
				for range 8 {
					wg.Go(func() {
						for ctx.Err() == nil {
							begin := time.Now()
							sess, err := pool.Acquire(context.Background())
							if err != nil {
								t.Error(err)
								return
							}
							for took := int64(time.Since(begin)); took > longest.Load(); {
								longest.Store(took)
							}
							time.Sleep(time.Second)
							sess.Release()
						}
					})
				}
				time.Sleep(time.Minute)
				db.vn.SetDown("exa2", true)
				for _, s := range db.Sessions() {
					if s.Node == "exa2" {
						db.KillSession(s.ID)
					}
				}
				time.Sleep(5 * time.Minute)
				db.Handle("login", test.login)
				db.vn.SetDown("exa2", false)
				longest.Store(0)
				time.Sleep(time.Hour)
				if n := db.perNode()["exa2"]; (n == 2) != test.back {
					t.Errorf("%d sessions at exa2: %+v", n, pool.Stats())
				}
				if took := time.Duration(longest.Load()); took > 5*time.Second {
					t.Errorf("somebody waited for %v", took)
				}
				wg.Wait()
			}, exatest.WithLeniency())
		})
	}
}

// TestATrialGivesWay has the login at a node that could not be reached take the place of a caller whom nobody serves.
func TestATrialGivesWay(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		db.cfg.Host = "exa1..2"
		pool := open(t, db.cfg, exapool.Options{MaxSessions: 2, Lifetime: -1, PingAfter: -1})
		held := acquireAll(t, pool, 2)
		db.Handle("login", func(r *exatest.Request) exatest.Response {
			if r.Node == "exa2" {
				return exatest.Hang()
			}
			return exatest.Pass()
		})
		for _, s := range db.Sessions() {
			if s.Node == "exa2" {
				db.KillSession(s.ID)
			}
		}
		synctest.Wait()
		for _, s := range held {
			if s.Err() != nil {
				s.Release()
			}
		}
		for i := range 5 {
			begin := time.Now()
			sess := acquire(t, pool)
			if took := time.Since(begin); i > 0 && took > 3*time.Second { // that exa2 is silent is found out at first
				t.Errorf("Acquire took %v", took)
			}
			if err := sess.Close(t.Context()); err != nil {
				t.Error(err)
			}
			sess.Release()
			time.Sleep(time.Minute)
		}
		releaseAll(held)
	}, exatest.WithLeniency())
}

// TestStatsSayWhenANodeIsTriedAgain compares RetryAt with what happens while no host can be reached.
func TestStatsSayWhenANodeIsTriedAgain(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		db.cfg.Host = "exa1"
		dials := db.countDials()
		pool := open(t, db.cfg, exapool.Options{ConnectWait: 10 * time.Minute})
		db.goDown(true)
		go func() {
			if _, err := pool.Acquire(context.Background()); err == nil {
				t.Error("no error")
			}
		}()
		synctest.Wait()
		for range 30 {
			dials()
			at := pool.Stats().Nodes[0].RetryAt
			time.Sleep(time.Until(at) - time.Nanosecond)
			synctest.Wait()
			early := dials()["exa1"]
			time.Sleep(time.Nanosecond)
			synctest.Wait()
			if now := dials()["exa1"]; early != 0 || now != 1 {
				t.Errorf("%d attempts before RetryAt, %d then", early, now)
			}
		}
		time.Sleep(10 * time.Minute)
	})
}
