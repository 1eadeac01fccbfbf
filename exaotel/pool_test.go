package exaotel_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/trace"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exaotel"
	"github.com/exawire/exawire/exapool"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
)

// poolBubble is bubble with a pool of one session.
func poolBubble(t *testing.T, test func(ctx context.Context, t *testing.T, srv *exatest.Server, o *telemetry, pool *exapool.Pool)) {
	t.Helper()
	bubble(t, exaotel.Options{}, func(t *testing.T, srv *exatest.Server, o *telemetry, cfg *exawire.Config) {
		pool, err := exapool.New(cfg, exapool.Options{MaxSessions: 1, PingAfter: time.Minute, Tracer: o.tracer})
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := pool.Close(context.WithoutCancel(t.Context())); err != nil {
				t.Error(err)
			}
		}()
		test(called(t.Context()), t, srv, o, pool)
	})
}

func acquire(ctx context.Context, t *testing.T, pool *exapool.Pool) *exapool.Session {
	t.Helper()
	sess, err := pool.Acquire(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return sess
}

// used takes a session out of a pool and gives it back, so that the next Acquire finds it idle.
func used(ctx context.Context, t *testing.T, o *telemetry, pool *exapool.Pool) (before map[string]string) {
	t.Helper()
	acquire(ctx, t, pool).Release()
	synctest.Wait()
	o.take(t)
	return o.collect(t)
}

// acquired is the span of an Acquire below the caller.
func acquired(took time.Duration, status string, attrs ...string) span {
	attrs = append([]string{"db.client.connection.pool.name=exawire db.system.name=exasol"}, attrs...)
	return span{name: "acquire", kind: "internal", parent: "the caller", took: took, status: status, attrs: strings.Join(attrs, " ")}
}

const ofPool = "{db.client.connection.pool.name=exawire}"

func TestAcquireOpensASession(t *testing.T) {
	poolBubble(t, func(ctx context.Context, t *testing.T, _ *exatest.Server, o *telemetry, pool *exapool.Pool) {
		sess := acquire(ctx, t, pool)
		want := login(1)
		want[1].parent = "acquire"
		checkSpans(t, append(want, acquired(0, "", "exawire.session.id=n", "exawire.session.opened=true")), o.take(t))
		metrics := loginMetrics()
		metrics["db.client.connection.wait_time"+ofPool] = "1 of 0s"
		checkMetrics(t, metrics, o.changed(t, nil))

		before := o.collect(t)
		time.Sleep(7 * second)
		sess.Release()
		synctest.Wait()
		checkSpans(t, nil, o.take(t))
		checkMetrics(t, map[string]string{"db.client.connection.use_time" + ofPool: "1 of 7s"}, o.changed(t, before))
	})
}

func TestAcquireFindsASession(t *testing.T) {
	poolBubble(t, func(ctx context.Context, t *testing.T, srv *exatest.Server, o *telemetry, pool *exapool.Pool) {
		srv.HandleSQL("DELETE...", exatest.RowCount(2))
		before := used(ctx, t, o, pool)
		if _, err := pool.Exec(ctx, "DELETE FROM t"); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		checkSpans(t, []span{command("DELETE", "execute", 2, 0, "", "exawire.changed_rows=2")}, o.take(t))
		checkMetrics(t, counts([]string{"DELETE"}, map[string]string{
			"db.client.connection.use_time" + ofPool:                 "2 of 0s",
			"db.client.connection.wait_time" + ofPool:                "2 of 0s",
			"db.client.operation.duration{db.operation.name=DELETE}": "1 of 0s",
		}), o.changed(t, before))
	})
}

// What a pool does for its own sake is nobody's: it asks sessions for an answer that were idle, and says goodbye.
func TestPoolOnItsOwn(t *testing.T) {
	poolBubble(t, func(ctx context.Context, t *testing.T, srv *exatest.Server, o *telemetry, pool *exapool.Pool) {
		used(ctx, t, o, pool)
		time.Sleep(2 * time.Minute)
		srv.Inject(fault.Delay(second))
		acquire(ctx, t, pool).Release()
		synctest.Wait()
		ping := command("getAttributes", "getAttributes", 2, second, "")
		ping.parent = ""
		checkSpans(t, []span{ping, acquired(second, "", "exawire.session.id=n", "exawire.session.opened=false")}, o.take(t))
		if err := pool.Close(ctx); err != nil {
			t.Error(err)
		}
		goodbye := command("disconnect", "disconnect", 3, second, "")
		goodbye.parent = ""
		checkSpans(t, []span{goodbye}, o.take(t))
	})
}

func TestAcquireWaits(t *testing.T) {
	poolBubble(t, func(ctx context.Context, t *testing.T, _ *exatest.Server, o *telemetry, pool *exapool.Pool) {
		before := used(ctx, t, o, pool)
		first := acquire(ctx, t, pool)
		time.AfterFunc(3*second, first.Release)
		second := acquire(ctx, t, pool)
		checkSpans(t, []span{acquired(3*time.Second, "", "exawire.session.id=n", "exawire.session.opened=false")}, o.take(t))
		checkMetrics(t, map[string]string{
			"db.client.connection.use_time" + ofPool:  "2 of 3s",
			"db.client.connection.wait_time" + ofPool: "3 of 3s",
		}, o.changed(t, before))
		second.Release()
	})
}

func TestAcquireGivesUp(t *testing.T) {
	for _, test := range []struct {
		name    string
		end     func(context.Context) (context.Context, context.CancelFunc)
		want    span
		metrics map[string]string
	}{
		{
			"deadline",
			func(ctx context.Context) (context.Context, context.CancelFunc) {
				return context.WithTimeout(ctx, 2*second)
			},
			acquired(2*second, "deadline", "error.type=deadline", "exawire.session.opened=false"),
			map[string]string{"db.client.connection.timeouts" + ofPool: "1"},
		},
		{
			"cancelled",
			func(ctx context.Context) (context.Context, context.CancelFunc) {
				ctx, cancel := context.WithCancelCause(ctx)
				time.AfterFunc(2*second, func() { cancel(errOfCaller) })
				return ctx, func() { cancel(nil) }
			},
			acquired(2*second, "cancelled", "error.type=cancelled", "exawire.session.opened=false"),
			map[string]string{},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			poolBubble(t, func(ctx context.Context, t *testing.T, _ *exatest.Server, o *telemetry, pool *exapool.Pool) {
				used(ctx, t, o, pool)
				held := acquire(ctx, t, pool)
				before := o.collect(t)
				ctx, cancel := test.end(ctx)
				defer cancel()
				if _, err := pool.Acquire(ctx); !errors.Is(err, ctx.Err()) || err == nil {
					t.Error(err)
				}
				checkSpans(t, []span{test.want}, o.take(t))
				checkMetrics(t, test.metrics, o.changed(t, before))
				held.Release()
			})
		})
	}
}

// The login that a caller has begun goes on without it, below a span that has ended.
func TestLoginOutlivesAcquire(t *testing.T) {
	poolBubble(t, func(ctx context.Context, t *testing.T, srv *exatest.Server, o *telemetry, pool *exapool.Pool) {
		slow := srv.Inject(fault.Delay(3 * second))
		short, cancel := context.WithTimeout(ctx, 2*second)
		defer cancel()
		if _, err := pool.Acquire(short); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		checkSpans(t, []span{acquired(2*second, "deadline", "error.type=deadline", "exawire.session.opened=false")}, o.take(t))
		slow.Remove()
		time.Sleep(4 * second)
		want := login(1)
		want[0].took, want[1].took = 3*second, 3*second
		want[1].parent = "a span that has ended"
		checkSpans(t, want, o.take(t))
	})
}

func TestAcquireAfterAKill(t *testing.T) {
	poolBubble(t, func(ctx context.Context, t *testing.T, srv *exatest.Server, o *telemetry, pool *exapool.Pool) {
		before := used(ctx, t, o, pool)
		srv.KillSessions()
		synctest.Wait()
		checkSpans(t, nil, o.take(t))
		checkMetrics(t, map[string]string{"exawire.client.sessions.closed{exawire.error.class=connection}": "1"}, o.changed(t, before))
		acquire(ctx, t, pool).Release()
		want := login(1)
		want[1].parent = "acquire"
		checkSpans(t, append(want, acquired(0, "", "exawire.session.id=n", "exawire.session.opened=true")), o.take(t))
	})
}

func TestAcquireIsRejected(t *testing.T) {
	bubble(t, exaotel.Options{}, func(t *testing.T, _ *exatest.Server, o *telemetry, cfg *exawire.Config) {
		cfg.Password = "hunter2"
		pool, err := exapool.New(cfg, exapool.Options{Tracer: o.tracer})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := pool.Acquire(called(t.Context())); err == nil {
			t.Error("no error")
		}
		got := o.take(t)
		if len(got) != 3 {
			t.Fatalf("spans: %+v", got)
		}
		checkSpans(t, []span{acquired(0, "login", "error.type=login", "exawire.session.opened=false")}, got[2:])
		if err := pool.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// An Acquire that opens a session is worth a span even if nobody traces the login.
func TestPoolAlone(t *testing.T) {
	bubble(t, exaotel.Options{}, func(t *testing.T, _ *exatest.Server, o *telemetry, cfg *exawire.Config) {
		cfg.Tracer = nil
		pool, err := exapool.New(cfg, exapool.Options{Tracer: o.tracer})
		if err != nil {
			t.Fatal(err)
		}
		acquire(called(t.Context()), t, pool).Release()
		checkSpans(t, []span{acquired(0, "", "exawire.session.id=n", "exawire.session.opened=true")}, o.take(t))
		if err := pool.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// What begins when an Acquire is over, in its context, is below the caller's span; so is what has a span of its own there.
func TestContextOfAcquire(t *testing.T) {
	o := observe(t, exaotel.Options{})
	connect := func(ctx context.Context) {
		_, end := o.tracer.TraceConnect(ctx, exawire.ConnectStart{Addr: "exatest:8563", Attempt: 1})
		end(exawire.ConnectEnd{})
	}
	check := func(want ...string) {
		t.Helper()
		var got []string
		for _, span := range o.take(t) {
			got = append(got, span.name+" below "+span.parent)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("spans (-want +got):\n%s", diff)
		}
	}
	ctx, end := o.tracer.TraceAcquire(called(t.Context()), exapool.AcquireStart{Time: time.Now()})
	end(exapool.AcquireEnd{})
	connect(ctx)
	check("connect below the caller")

	ctx, end = o.tracer.TraceAcquire(called(t.Context()), exapool.AcquireStart{Time: time.Now()})
	inner, stop := o.traces.Tracer("github.com/exawire/exawire/exaotel", trace.WithInstrumentationVersion(exawire.Version),
		trace.WithSchemaURL("https://opentelemetry.io/schemas/1.43.0")).Start(ctx, "inner")
	connect(inner)
	stop.End()
	end(exapool.AcquireEnd{})
	check("connect below inner", "inner below the caller", "acquire below the caller")

	other := observe(t, exaotel.Options{})
	ctx, end = other.tracer.TraceAcquire(called(t.Context()), exapool.AcquireStart{Time: time.Now()})
	connect(ctx)
	end(exapool.AcquireEnd{})
	check("connect below the caller")
}

// What is observed of a pool, and no longer after Unregister.
func TestObservePool(t *testing.T) {
	poolBubble(t, func(ctx context.Context, t *testing.T, srv *exatest.Server, o *telemetry, pool *exapool.Pool) {
		opts := o.options()
		opts.PoolName = "reports"
		reg, err := exaotel.ObservePool(pool, opts)
		if err != nil {
			t.Fatal(err)
		}
		check := func(idle, used, waiting string, more ...string) {
			t.Helper()
			want := map[string]string{
				"db.client.connection.count{db.client.connection.pool.name=reports db.client.connection.state=idle}": idle,
				"db.client.connection.count{db.client.connection.pool.name=reports db.client.connection.state=used}": used,
				"db.client.connection.max{db.client.connection.pool.name=reports}":                                   "1",
				"db.client.connection.pending_requests{db.client.connection.pool.name=reports}":                      waiting,
			}
			for _, reason := range more {
				want["exawire.pool.sessions.closed{db.client.connection.pool.name=reports exawire.pool.reason="+reason+"}"] = "1"
			}
			got := o.collect(t)
			for name := range got {
				if !strings.Contains(name, "=reports") {
					delete(got, name)
				}
			}
			checkMetrics(t, want, got)
		}
		check("0", "0", "0")
		sess := acquire(ctx, t, pool)
		check("0", "1", "0")
		waiting := func() chan struct{} {
			done := make(chan struct{})
			go func() {
				defer close(done)
				acquire(ctx, t, pool).Release()
			}()
			synctest.Wait()
			return done
		}
		done := waiting()
		check("0", "1", "1")
		sess.Release()
		<-done
		synctest.Wait()
		check("1", "0", "0")
		time.Sleep(2 * time.Minute)
		slow := srv.Inject(fault.Delay(second))
		done = waiting() // for the answer of a session that was idle for long
		check("0", "1", "1")
		<-done
		slow.Remove()
		synctest.Wait()
		check("1", "0", "0")
		sess = acquire(ctx, t, pool)
		if err := sess.Session.Close(ctx); err != nil {
			t.Error(err)
		}
		sess.Release()
		synctest.Wait()
		check("0", "0", "0", "broken")
		if err := reg.Unregister(); err != nil {
			t.Error(err)
		}
		for name := range o.collect(t) {
			if strings.Contains(name, "=reports") {
				t.Errorf("%s is still observed", name)
			}
		}
	})
}
