package exaotel_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exaotel"
	"github.com/exawire/exawire/exapool"
	"github.com/exawire/exawire/exatest"
)

// newPool returns a pool of so many sessions that is closed at the end of the test.
func newPool(t *testing.T, o *telemetry, cfg *exawire.Config, most int) *exapool.Pool {
	t.Helper()
	pool, err := exapool.New(cfg, exapool.Options{MaxSessions: most, Tracer: o.tracer})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := pool.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return pool
}

func acquire(t *testing.T, ctx context.Context, pool *exapool.Pool) *exapool.Session { //nolint:revive // a test comes first
	t.Helper()
	sess, err := pool.Acquire(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return sess
}

// acquired is the span of an Acquire below the caller.
func acquired(took time.Duration, attrs, status string) span {
	return span{name: "acquire", kind: "internal", parent: "the caller", took: took, status: status,
		attrs: "db.client.connection.pool.name=exawire db.system.name=exasol " + attrs}
}

func TestPool(t *testing.T) {
	bubble(t, exaotel.Options{}, func(t *testing.T, srv *exatest.Server, o *telemetry, cfg *exawire.Config) {
		pool := newPool(t, o, cfg, 1)
		ctx := called(t.Context())
		sess := acquire(t, ctx, pool)
		t.Log(o.take(t))
		t.Log(o.changed(t, nil))
		before := o.collect(t)
		time.Sleep(7 * second)
		sess.Release()
		synctest.Wait()
		t.Log(o.take(t))
		t.Log(o.changed(t, before))
		sess = acquire(t, ctx, pool)
		t.Log(o.take(t))
		time.AfterFunc(3*second, func() { sess.Release() })
		sess2 := acquire(t, ctx, pool)
		t.Log(o.take(t))
		short, cancel := context.WithTimeout(ctx, 2*second)
		defer cancel()
		_, err := pool.Acquire(short)
		t.Log(err)
		t.Log(o.take(t))
		sess2.Release()
	})
	_ = errors.New
}
