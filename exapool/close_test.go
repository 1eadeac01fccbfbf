package exapool_test

import (
	"context"
	"errors"
	"fmt"
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

func newPool(t *testing.T, db *cluster, opts exapool.Options) *exapool.Pool {
	t.Helper()
	pool, err := exapool.New(db.cfg, opts)
	if err != nil {
		t.Fatal(err)
	}
	return pool
}

// checkClosed fails the test unless nothing is left of a pool.
func checkClosed(t *testing.T, db *cluster, pool *exapool.Pool) {
	t.Helper()
	synctest.Wait()
	if n := db.Connections(); n != 0 {
		t.Errorf("%d connections are open", n)
	}
	st := pool.Stats()
	if n := st.Open + st.Closing + st.Connecting + st.Waiting; n != 0 {
		t.Errorf("stats: %+v", st)
	}
	_, err := pool.Acquire(t.Context())
	if diff := cmp.Diff("exapool: acquire: the pool is closed", fmt.Sprint(err)); diff != "" || !errors.Is(err, exapool.ErrClosed) {
		t.Errorf("text (-want +got):\n%s", diff)
	}
	if err := pool.Close(t.Context()); err != nil {
		t.Errorf("second Close: %v", err)
	}
}

func TestCloseOfAnUnusedPool(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		pool := newPool(t, db, exapool.Options{})
		if err := pool.Close(nil); err != nil { //nolint:staticcheck // what this is about
			t.Error(err)
		}
		checkClosed(t, db, pool)
	})
}

func TestCloseWaitsForSessions(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		pool := newPool(t, db, exapool.Options{MaxSessions: 3})
		held := acquireAll(t, pool, 3)
		held[0].Release()
		waiting := make(chan error, 1)
		sess := acquire(t, pool)
		go func() {
			_, err := pool.Acquire(context.Background())
			waiting <- err
		}()
		synctest.Wait()
		time.AfterFunc(time.Minute, held[1].Release)
		time.AfterFunc(time.Hour, held[2].Release)
		time.AfterFunc(time.Second, sess.Release)
		begin := time.Now()
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				if err := pool.Close(context.Background()); err != nil || time.Since(begin) != time.Hour {
					t.Errorf("after %v: %v", time.Since(begin), err)
				}
			})
		}
		if err := <-waiting; !errors.Is(err, exapool.ErrClosed) || time.Since(begin) != 0 {
			t.Errorf("after %v: %v", time.Since(begin), err)
		}
		wg.Wait()
		checkClosed(t, db, pool)
		if diff := cmp.Diff(map[string]int64{exapool.ClosedPool: 3}, pool.Stats().Closed); diff != "" {
			t.Errorf("closed (-want +got):\n%s", diff)
		}
	})
}

func TestCloseGivesUp(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		pool := newPool(t, db, exapool.Options{MaxSessions: 3})
		held := acquireAll(t, pool, 3)
		held[0].Release()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		begin := time.Now()
		err := pool.Close(ctx)
		if diff := cmp.Diff("exapool: close: 2 sessions are still in use: context deadline exceeded", fmt.Sprint(err)); diff != "" || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("text (-want +got):\n%s", diff)
		}
		if took := time.Since(begin); took != time.Minute {
			t.Errorf("Close took %v", took)
		}
		if n := len(db.Sessions()); n != 2 {
			t.Errorf("%d sessions are open", n)
		}
		held[1].Release()
		if n := len(db.Sessions()); n != 1 {
			t.Errorf("%d sessions are open", n)
		}
		held[2].Release()
		checkClosed(t, db, pool)
	})
}

// TestCloseDuringEverything closes a pool while sessions are opened, asked, reset and closed.
func TestCloseDuringEverything(t *testing.T) {
	tests := []struct {
		name  string
		doing func(t *testing.T, db *cluster, pool *exapool.Pool) (wait func())
	}{
		{"login", func(t *testing.T, db *cluster, pool *exapool.Pool) func() {
			db.Handle("login", func(r *exatest.Request) exatest.Response { return slowly(r, time.Hour) })
			return failing(t, pool)
		}},
		{"backoff", func(t *testing.T, db *cluster, pool *exapool.Pool) func() {
			db.goDown(true)
			return failing(t, pool)
		}},
		{"ping", func(t *testing.T, db *cluster, pool *exapool.Pool) func() {
			acquire(t, pool).Release()
			time.Sleep(time.Minute)
			db.Handle("getAttributes", func(r *exatest.Request) exatest.Response { return slowly(r, time.Hour) })
			return failing(t, pool)
		}},
		{"reset", func(t *testing.T, db *cluster, pool *exapool.Pool) func() {
			sess := acquire(t, pool)
			if _, err := sess.Begin(t.Context()); err != nil {
				t.Error(err)
			}
			db.HandleSQL("ROLLBACK", exatest.RowCount(0).After(time.Hour))
			sess.Release()
			return func() {}
		}},
		{"disconnect", func(t *testing.T, db *cluster, pool *exapool.Pool) func() {
			acquire(t, pool).Release()
			db.Handle("disconnect", func(r *exatest.Request) exatest.Response { return slowly(r, time.Hour) })
			time.Sleep(30 * time.Minute)
			return func() {}
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, db *cluster) {
				pool := newPool(t, db, exapool.Options{})
				wait := test.doing(t, db, pool)
				synctest.Wait()
				begin := time.Now()
				ctx, cancel := context.WithCancel(t.Context())
				cancel()
				if err := pool.Close(ctx); err != nil {
					t.Error(err)
				}
				if took := time.Since(begin); took > 5*time.Second {
					t.Errorf("Close took %v", took)
				}
				wait()
				checkClosed(t, db, pool)
			}, exatest.WithLeniency())
		})
	}
}

// failing begins an Acquire and returns a function that waits for its end.
func failing(t *testing.T, pool *exapool.Pool) (wait func()) {
	done := make(chan error, 1)
	go func() {
		_, err := pool.Acquire(context.Background())
		done <- err
	}()
	return func() {
		if err := <-done; !errors.Is(err, exapool.ErrClosed) {
			t.Errorf("Acquire: %v", err)
		}
	}
}

// slowWitness is a tracer that takes its time to hear of the end of sessions.
type slowWitness struct {
	quiet

	heard atomic.Int64
}

func (s *slowWitness) TraceClose(exawire.SessionEnd) {
	time.Sleep(time.Second)
	s.heard.Add(1)
}

// TestCloseWaitsForTheTracer breaks sessions, of which the Tracer is told on goroutines that Close must not leave behind.
func TestCloseWaitsForTheTracer(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		tracer := &slowWitness{}
		db.cfg.Tracer = tracer
		pool := newPool(t, db, exapool.Options{MaxSessions: 3})
		held := acquireAll(t, pool, 3)
		releaseAll(held[1:])
		db.KillSessions()
		synctest.Wait()
		held[0].Release()
		if err := pool.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if n := tracer.heard.Load(); n != 3 {
			t.Errorf("Close returned when the Tracer had heard of %d of 3 sessions", n)
		}
		checkClosed(t, db, pool)
	})
}
