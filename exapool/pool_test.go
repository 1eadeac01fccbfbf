package exapool_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exapool"
	"github.com/exawire/exawire/exatest"
)

// cluster is a database of three hosts, exa1 to exa3, on a virtual network, and a configuration for all of them.
type cluster struct {
	*exatest.Server

	vn  *exatest.VirtualNetwork
	cfg *exawire.Config
}

// bubble runs a test in virtual time against a cluster.
func bubble(t *testing.T, test func(t *testing.T, db *cluster), opts ...exatest.Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		db := &cluster{vn: exatest.NewVirtualNetwork()}
		db.Server = exatest.NewServer(t, append(opts, exatest.WithNetwork(db.vn), exatest.WithNodes("exa1", "exa2", "exa3"))...)
		db.HandleSQL("SELECT 1", exatest.RowsOf([]struct{ N int64 }{{1}}))
		var err error
		if db.cfg, err = exawire.ParseDSN(db.DSN()); err != nil {
			t.Fatal(err)
		}
		db.cfg.Host, db.cfg.DialContext = "exa1..3", db.vn.DialContext
		test(t, db)
	})
}

// goDown makes all hosts refuse connections and cuts those that exist, or makes them accept connections again.
func (db *cluster) goDown(down bool) {
	for _, host := range []string{"exa1", "exa2", "exa3"} {
		db.vn.SetDown(host, down)
	}
	if down {
		db.KillSessions()
		synctest.Wait()
	}
}

// open makes a pool that is closed when the test ends, by which time all sessions must have been given back.
func open(t testing.TB, cfg *exawire.Config, opts exapool.Options) *exapool.Pool {
	t.Helper()
	pool, err := exapool.New(cfg, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if n := pool.Stats().InUse; n != 0 {
			t.Errorf("%d sessions were not given back", n)
		}
		if err := pool.Close(context.Background()); err != nil {
			t.Errorf("close pool: %v", err)
		}
	})
	return pool
}

// acquire gets a session, for which the test has to call Release.
func acquire(t testing.TB, pool *exapool.Pool) *exapool.Session {
	t.Helper()
	sess, err := pool.Acquire(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return sess
}

// acquireAll gets n sessions.
func acquireAll(t testing.TB, pool *exapool.Pool, n int) (all []*exapool.Session) {
	t.Helper()
	for range n {
		all = append(all, acquire(t, pool))
	}
	return all
}

func releaseAll(all []*exapool.Session) {
	for _, sess := range all {
		sess.Release()
	}
}

// checkPlaces fails the test unless all places of the pool can be had at the same time.
func checkPlaces(t testing.TB, pool *exapool.Pool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for range pool.Stats().Max {
		sess, err := pool.Acquire(ctx)
		if err != nil {
			t.Errorf("a place is lost: %v; %+v", err, pool.Stats())
			return
		}
		defer sess.Release()
	}
}

func TestQueriesShareASession(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		pool := open(t, db.cfg, exapool.Options{})
		for range 3 {
			got, err := exapool.Collect[int64](t.Context(), pool, "SELECT 1")
			if diff := cmp.Diff([]int64{1}, got); err != nil || diff != "" {
				t.Errorf("error %v, rows (-want +got):\n%s", err, diff)
			}
		}
		one, err := exapool.One[int64](t.Context(), pool, "SELECT 1")
		if err != nil || one != 1 {
			t.Errorf("One: %d, error %v", one, err)
		}
		for n, err := range exapool.Each[int64](t.Context(), pool, "SELECT 1") {
			if err != nil || n != 1 {
				t.Errorf("Each: %d, error %v", n, err)
			}
		}
		if err := pool.Ping(t.Context()); err != nil {
			t.Error(err)
		}
		got := pool.Stats()
		if diff := cmp.Diff([]int64{1, 0, 1, 6, 0}, []int64{got.Opened, int64(got.InUse), int64(got.Idle), got.Acquired, got.Failed}); diff != "" {
			t.Errorf("opened, in use, idle, acquired, failed (-want +got):\n%s", diff)
		}
	})
}

func TestThoseWhoWaitAreServedInOrder(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		pool := open(t, db.cfg, exapool.Options{MaxSessions: 2})
		held := acquireAll(t, pool, 2)
		var mu sync.Mutex
		var got, want []int
		var wg sync.WaitGroup
		for i := range 20 {
			want = append(want, i)
			wg.Go(func() {
				sess, err := pool.Acquire(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				got = append(got, i)
				mu.Unlock()
				time.Sleep(time.Second)
				sess.Release()
			})
			synctest.Wait()
		}
		if n := pool.Stats().Waiting; n != 20 {
			t.Errorf("%d wait", n)
		}
		held[0].Release()
		time.Sleep(time.Millisecond)
		held[1].Release()
		wg.Wait()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("order (-want +got):\n%s", diff)
		}
		st := pool.Stats()
		if st.Waited != 22 || st.WaitTime < 10*time.Second || st.Opened != 2 {
			t.Errorf("stats: %+v", st)
		}
	})
}

// TestASlowLoginDoesNotHoldUp checks that a session which is given back goes to whoever waits for longest, also if a login
// was begun for him.
func TestASlowLoginDoesNotHoldUp(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		pool := open(t, db.cfg, exapool.Options{MaxSessions: 2})
		held := acquire(t, pool)
		slow := db.Handle("login", func(r *exatest.Request) exatest.Response { return slowly(r, 8*time.Second) })
		order := make(chan string, 2)
		for _, name := range []string{"first", "second"} {
			go func() {
				sess, err := pool.Acquire(context.Background())
				if err != nil {
					t.Error(err)
					return
				}
				order <- name
				time.Sleep(time.Minute)
				sess.Release()
			}()
			synctest.Wait()
		}
		time.Sleep(time.Second)
		begin := time.Now()
		held.Release()
		if got := <-order; got != "first" || time.Since(begin) > time.Second {
			t.Errorf("%s was served after %v", got, time.Since(begin))
		}
		if got := <-order; got != "second" || time.Since(begin) > 8*time.Second {
			t.Errorf("%s was served after %v", got, time.Since(begin))
		}
		slow.Remove()
		time.Sleep(2 * time.Minute)
	})
}

func TestCancelledAcquire(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		pool := open(t, db.cfg, exapool.Options{MaxSessions: 1})
		held := acquire(t, pool)
		cause := errors.New("the user has left")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(cause) })
		_, err := pool.Acquire(ctx)
		var failure *exapool.AcquireError
		if !errors.Is(err, context.Canceled) || !errors.Is(err, cause) || !errors.As(err, &failure) || failure.Class != exawire.ClassCancelled {
			t.Errorf("cancelled: %#v", err)
		}
		ctx, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		_, err = pool.Acquire(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &failure) || failure.Class != exawire.ClassDeadline {
			t.Errorf("deadline: %#v", err)
		}
		if diff := cmp.Diff("exapool: acquire: 1 session is in use: context deadline exceeded", fmt.Sprint(err)); diff != "" {
			t.Errorf("text (-want +got):\n%s", diff)
		}
		held.Release()
		if got := pool.Stats(); got.Cancelled != 2 || got.Failed != 0 {
			t.Errorf("stats: %+v", got)
		}
		checkPlaces(t, pool)
	})
}

// TestCancelAtTheMomentOfRelease ends the context of one who waits at the moment when his turn comes.
func TestCancelAtTheMomentOfRelease(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		pool := open(t, db.cfg, exapool.Options{MaxSessions: 1, PingAfter: -1})
		var served, left int64
		for range 200 {
			held := acquire(t, pool)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			time.AfterFunc(time.Second, held.Release)
			sess, err := pool.Acquire(ctx)
			if cancel(); err == nil {
				served++
				sess.Release()
			} else {
				left++
			}
			synctest.Wait()
		}
		if served == 0 || left == 0 {
			t.Errorf("%d were served, %d left", served, left)
		}
		if got := pool.Stats(); got.Acquired != 200+served || got.Cancelled != left || got.Waited != served+1 || got.WaitTime != time.Duration(served)*time.Second {
			t.Errorf("%d were served, %d left: %+v", served, left, got)
		}
		checkPlaces(t, pool)
	})
}

func TestReleaseTwice(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		pool := open(t, db.cfg, exapool.Options{MaxSessions: 2})
		sess := acquire(t, pool)
		sess.Release()
		sess.Release()
		next := acquire(t, pool)
		sess.Release() // of a session that somebody else has
		if got := pool.Stats(); got.InUse != 1 || got.Idle != 0 {
			t.Errorf("stats: %+v", got)
		}
		if err := sess.Ping(t.Context()); !errors.Is(err, exawire.ErrSessionClosed) {
			t.Errorf("after Release: %v", err)
		}
		next.Release()
		(*exapool.Session)(nil).Release()
		new(exapool.Session).Release()
	})
}

func TestMistakes(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		pool := open(t, db.cfg, exapool.Options{})
		var none *exapool.Pool
		tests := []struct {
			name string
			err  error
			want string
		}{
			{"no context", func() error {
				_, err := pool.Acquire(nil) //nolint:staticcheck // what this is about
				return err
			}(), "exapool: acquire: the context is nil: use context.Background()"},
			{"no pool", none.Ping(t.Context()), "exapool: acquire: the pool was not made by New"},
			{"zero pool", new(exapool.Pool).Ping(t.Context()), "exapool: acquire: the pool was not made by New"},
			{"no function", pool.Do(t.Context(), nil), "exapool: acquire: the function is nil"},
			{"no transaction", pool.RunTx(t.Context(), nil), "exapool: acquire: the function is nil"},
			{"options", func() error {
				_, err := exapool.New(db.cfg, exapool.Options{MaxSessions: -1})
				return err
			}(), "exapool: options: MaxSessions is negative"},
			{"no configuration", func() error {
				_, err := exapool.New(nil, exapool.Options{})
				return err
			}(), "exawire: config: Config is nil"},
			{"no user", func() error {
				_, err := exapool.New(&exawire.Config{Host: "h"}, exapool.Options{})
				return err
			}(), "exawire: config: User is not set, and neither is a token"},
		}
		for _, test := range tests {
			if diff := cmp.Diff(test.want, fmt.Sprint(test.err)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.name, diff)
			}
		}
		if err := none.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(exapool.Stats{}, none.Stats()); diff != "" {
			t.Errorf("stats (-want +got):\n%s", diff)
		}
	})
}

func TestTextsHoldNoSecrets(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		db.cfg.Password = "hunter2hunter2"
		pool := open(t, db.cfg, exapool.Options{})
		_, err := pool.Acquire(t.Context())
		for _, text := range []string{fmt.Sprint(pool), fmt.Sprintf("%+v %#v", pool, pool), fmt.Sprint(err), fmt.Sprintf("%+v", pool.Stats())} {
			if text == "" || strings.Contains(text, "hunter2") {
				t.Errorf("text: %s", text)
			}
		}
		if want := "exapool: 0 of 10 sessions, 0 in use: exa:"; !strings.HasPrefix(fmt.Sprint(pool), want) {
			t.Errorf("text is %s", pool)
		}
	})
}
