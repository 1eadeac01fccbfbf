package exapool_test

import (
	"context"
	"errors"
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/exawire/exawire/exapool"
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
