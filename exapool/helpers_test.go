package exapool_test

import (
	"context"
	"database/sql/driver"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/exawire/exawire/exapool"
	"github.com/exawire/exawire/exatest"
)

// valuer is an argument that does something when it is read.
func valuer(do func()) driver.Valuer { return valuerFunc(do) }

type valuerFunc func()

func (f valuerFunc) Value() (driver.Value, error) {
	f()
	return "", nil
}

func runtimeGoexit() { runtime.Goexit() }

// slowly lets the server answer a request as it would, after some time.
func slowly(r *exatest.Request, d time.Duration) exatest.Response {
	select {
	case <-time.After(d):
	case <-r.Context().Done():
	}
	return exatest.Pass()
}

// wrongWhen has the sessions of a cluster log in with a wrong password while the flag that it returns is set.
func wrongWhen(db *cluster) *atomic.Bool {
	wrong := new(atomic.Bool)
	db.cfg.Password, db.cfg.PasswordSource = "", func(context.Context) (string, error) {
		if wrong.Load() {
			return "wrong", nil
		}
		return exatest.DefaultPassword, nil
	}
	return wrong
}

// acquireNone has n callers want a session at the same time, none of whom may get one.
func acquireNone(t *testing.T, pool *exapool.Pool, n int) {
	t.Helper()
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			if _, err := pool.Acquire(context.Background()); err == nil {
				t.Error("no error")
			}
		})
	}
	wg.Wait()
}
