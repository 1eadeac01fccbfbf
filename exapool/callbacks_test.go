package exapool_test

import (
	"context"
	"errors"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exapool"
	"github.com/exawire/exawire/exatest"
)

// What errors and functions of the user's must not do to a pool.

// rudeError is an error whose methods do something else first.
type rudeError struct{ do func() }

func (e *rudeError) Error() string   { e.do(); return "rude" }
func (e *rudeError) Is(error) bool   { e.do(); return false }
func (e *rudeError) Unwrap() []error { e.do(); return nil }

// checkNotLocked fails the test if somebody has kept the lock of the pool. In virtual time nobody would notice a lock that is
// held for ever, so it tries again and again instead of waiting.
func checkNotLocked(t *testing.T, pool *exapool.Pool) {
	t.Helper()
	done := make(chan exapool.Stats, 1)
	go func() { done <- pool.Stats() }()
	for range 1_000_000 {
		select {
		case <-done:
			return
		default:
			runtime.Gosched()
		}
	}
	t.Fatal("the pool is locked")
}

// TestErrorsOfTheUserAreNotAskedUnderTheLock has the cause of a context and the error of a dialer panic, and use the pool.
func TestErrorsOfTheUserAreNotAskedUnderTheLock(t *testing.T) {
	var pool *exapool.Pool
	tests := []struct {
		name string
		do   func()
	}{
		{"panics", func() { panic("rude") }},
		{"uses the pool", func() { checkNotLocked(t, pool) }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, db *cluster) {
				pool = open(t, db.cfg, exapool.Options{MaxSessions: 1})
				held := acquire(t, pool)
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(time.Second, func() { cancel(&rudeError{test.do}) })
				for range 2 { // while it waits, and before
					func() {
						defer func() { _ = recover() }()
						if _, err := pool.Acquire(ctx); !errors.Is(err, context.Canceled) {
							t.Error("no error")
						}
					}()
					checkNotLocked(t, pool)
				}
				short, stop := context.WithCancelCause(t.Context())
				stop(&rudeError{test.do})
				func() {
					defer func() { _ = recover() }()
					if err := pool.Close(short); err == nil {
						t.Error("no error")
					}
				}()
				checkNotLocked(t, pool)
				held.Release()
			})
		})
		t.Run(test.name+" as the error of a dialer", func(t *testing.T) {
			bubble(t, func(t *testing.T, db *cluster) {
				db.cfg.DialContext = func(context.Context, string, string) (net.Conn, error) {
					return nil, &rudeError{test.do}
				}
				pool = open(t, db.cfg, exapool.Options{MaxSessions: 1, ConnectWait: 5 * time.Second})
				if _, err := pool.Acquire(t.Context()); err == nil {
					t.Error("no error")
				}
				checkNotLocked(t, pool)
			})
		})
	}
}

// exiting is a tracer that ends its goroutine at one of its moments, while it is armed.
type exiting struct {
	armed atomic.Bool
	at    string
}

func (e *exiting) now(at string) {
	if e.at == at && e.armed.Load() {
		runtime.Goexit()
	}
}

func (e *exiting) TraceConnect(ctx context.Context, _ exawire.ConnectStart) (context.Context, func(exawire.ConnectEnd)) {
	e.now("connect")
	return ctx, func(exawire.ConnectEnd) { e.now("connected") }
}

func (e *exiting) TraceCommand(ctx context.Context, start exawire.CommandStart) (context.Context, func(exawire.CommandEnd)) {
	e.now(start.Command)
	return ctx, nil
}

func (e *exiting) TraceClose(exawire.SessionEnd) { e.now("close") }

func (e *exiting) TraceAcquire(ctx context.Context, _ exapool.AcquireStart) (context.Context, func(exapool.AcquireEnd)) {
	return ctx, nil
}
func (e *exiting) TraceRelease(exapool.ReleaseEnd) { e.now("release") }

// TestGoexitOfTheUsersFunctions has functions of the user's end the goroutines of the pool that call them, as t.FailNow
// does.
func TestGoexitOfTheUsersFunctions(t *testing.T) {
	for _, at := range []string{"dial", "source", "connect", "connected", "getAttributes", "setAttributes", "disconnect", "close", "release"} {
		t.Run(at, func(t *testing.T) {
			bubble(t, func(t *testing.T, db *cluster) {
				tracer := &exiting{at: at}
				db.cfg.Tracer = tracer
				dial := db.cfg.DialContext
				db.cfg.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
					tracer.now("dial")
					return dial(ctx, network, addr)
				}
				db.cfg.Password, db.cfg.PasswordSource = "", func(context.Context) (string, error) {
					tracer.now("source")
					return exatest.DefaultPassword, nil
				}
				pool := open(t, db.cfg, exapool.Options{MaxSessions: 1, IdleTime: 2 * time.Minute, Tracer: tracer})
				sess := acquire(t, pool)
				if _, err := sess.Begin(t.Context()); err != nil {
					t.Fatal(err)
				}
				tracer.armed.Store(true)
				sess.Release()
				time.Sleep(time.Minute)
				use := func() { // on a goroutine of its own, which may be the one that ends
					var wg sync.WaitGroup
					wg.Go(func() {
						ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
						defer cancel()
						if sess, err := pool.Acquire(ctx); err == nil {
							sess.Release()
						}
					})
					wg.Wait()
				}
				use()                       // which asks the session for an answer
				time.Sleep(3 * time.Minute) // until it is closed
				use()                       // which logs in
				tracer.armed.Store(false)
				time.Sleep(3 * time.Minute)
				checkPlaces(t, pool)
			}, exatest.WithLeniency())
		})
	}
}
