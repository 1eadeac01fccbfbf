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

// notebook is a tracer that writes down what it sees.
type notebook struct {
	mu       sync.Mutex
	acquires []exapool.AcquireEnd
	releases []exapool.ReleaseEnd
	explode  bool
}

type traceKey struct{}

func (n *notebook) TraceAcquire(ctx context.Context, _ exapool.AcquireStart) (context.Context, func(exapool.AcquireEnd)) {
	return context.WithValue(ctx, traceKey{}, "traced"), func(end exapool.AcquireEnd) {
		n.mu.Lock()
		defer n.mu.Unlock()
		end.Err = nil
		n.acquires = append(n.acquires, end)
		if n.explode {
			panic("boom")
		}
	}
}

func (n *notebook) TraceRelease(end exapool.ReleaseEnd) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.releases = append(n.releases, end)
}

func TestTracer(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		notes := &notebook{}
		var seen any
		db.cfg.Password, db.cfg.PasswordSource = "", func(ctx context.Context) (string, error) {
			seen = ctx.Value(traceKey{})
			return exatest.DefaultPassword, nil
		}
		pool := open(t, db.cfg, exapool.Options{MaxSessions: 1, Tracer: notes})
		sess := acquire(t, pool)
		id := sess.Info().SessionID
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := pool.Acquire(ctx); err == nil {
			t.Error("no error")
		}
		if _, err := sess.Begin(t.Context()); err != nil {
			t.Error(err)
		}
		sess.Release()
		sess = acquire(t, pool)
		if err := sess.Close(t.Context()); err != nil {
			t.Error(err)
		}
		sess.Release()
		synctest.Wait()
		if diff := cmp.Diff([]exapool.AcquireEnd{
			{SessionID: id, Opened: true}, {Duration: time.Second, Class: exawire.ClassDeadline}, {SessionID: id},
		}, notes.acquires); diff != "" {
			t.Errorf("acquires (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]exapool.ReleaseEnd{
			{SessionID: id, Held: time.Second}, {SessionID: id, Destroyed: exapool.ClosedBroken},
		}, notes.releases); diff != "" {
			t.Errorf("releases (-want +got):\n%s", diff)
		}
		if seen != "traced" {
			t.Error("the login does not have the context of its Acquire")
		}
	})
}

func TestTracerPanics(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		notes := &notebook{explode: true}
		pool := open(t, db.cfg, exapool.Options{MaxSessions: 1, Tracer: notes})
		func() {
			defer func() {
				if value := recover(); value != "boom" {
					t.Errorf("recovered %v", value)
				}
			}()
			_, _ = pool.Acquire(t.Context())
		}()
		notes.explode = false
		checkPlaces(t, pool)
	})
}
