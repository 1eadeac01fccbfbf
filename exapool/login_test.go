package exapool_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exapool"
	"github.com/exawire/exawire/exatest"
)

func (db *cluster) logins() int { return len(db.Requests(exatest.Credentials)) }

// TestRejectedLoginsAreRare uses a pool for ten minutes whose password is wrong.
func TestRejectedLoginsAreRare(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		db.cfg.Password = "wrong"
		pool := open(t, db.cfg, exapool.Options{})
		var wg sync.WaitGroup
		var failed atomic.Int64
		for range 20 {
			wg.Go(func() {
				for range 1000 {
					begin := time.Now()
					_, err := pool.Acquire(context.Background())
					var failure *exapool.AcquireError
					var refused *exawire.Error
					if !errors.As(err, &failure) || failure.Class != exawire.ClassLogin || !errors.As(err, &refused) || refused.SQLCode != exawire.CodeLoginRejected {
						t.Errorf("error: %#v", err)
					}
					if took := time.Since(begin); took > time.Second {
						t.Errorf("Acquire took %v", took)
					}
					failed.Add(1)
					time.Sleep(600 * time.Millisecond)
				}
			})
		}
		wg.Wait()
		if n := db.logins(); n < 5 || n > 16 {
			t.Errorf("%d logins with a wrong password in 10 minutes", n)
		}
		if n := failed.Load(); n != 20_000 {
			t.Errorf("%d calls failed", n)
		}
	})
}

func TestTheErrorOfARejectedLogin(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		var password atomic.Value
		password.Store("wrong")
		db.cfg.Password, db.cfg.PasswordSource = "", func(context.Context) (string, error) { return password.Load().(string), nil }
		pool := open(t, db.cfg, exapool.Options{})
		begin := time.Now()
		_, err := pool.Acquire(t.Context())
		_, again := pool.Acquire(t.Context())
		if err == nil || fmt.Sprint(err) != fmt.Sprint(again) {
			t.Errorf("first %v, then %v", err, again)
		}
		var failure *exapool.AcquireError
		if !errors.As(err, &failure) || !failure.Since.Equal(begin) || failure.RetryAt.Sub(begin) > time.Second || failure.RetryAt.Sub(begin) < time.Second/2 {
			t.Errorf("error: %+v", failure)
		}
		text := "exapool: acquire: connect to exa?:8563: login: Connection exception - authentication failed. (08004)"
		if got := fmt.Sprint(err); len(got) < len(text) || !strings.Contains(got, "no login since 2000-01-01T00:00:00Z, the next one after 2000-01-01T00:00:0") {
			t.Errorf("text: %s", got)
		}
		if st := pool.Stats(); !st.RejectedSince.Equal(begin) || !st.RejectedUntil.Equal(failure.RetryAt) || st.FailedLogins != 1 || st.Failed != 2 {
			t.Errorf("stats: %+v", st)
		}
		password.Store(exatest.DefaultPassword)
		time.Sleep(time.Second)
		acquire(t, pool).Release()
		if st := pool.Stats(); !st.RejectedSince.IsZero() {
			t.Errorf("stats: %+v", st)
		}
	})
}

// TestIdleSessionsAreHandedOutDuringAPause changes the password while a session is open.
func TestIdleSessionsAreHandedOutDuringAPause(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		wrong := wrongWhen(db)
		pool := open(t, db.cfg, exapool.Options{MaxSessions: 2, PingAfter: -1})
		held := acquire(t, pool)
		wrong.Store(true)
		if _, err := pool.Acquire(t.Context()); err == nil {
			t.Error("the second session was opened")
		}
		held.Release()
		for range 100 {
			acquire(t, pool).Release()
		}
		if n := db.logins(); n != 2 {
			t.Errorf("%d logins", n)
		}
	})
}

// TestFirstLoginGoesAlone checks that a wrong password is not sent by several logins at once.
func TestFirstLoginGoesAlone(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		db.cfg.Password = "wrong"
		pool := open(t, db.cfg, exapool.Options{MaxSessions: 50})
		acquireNone(t, pool, 50)
		if n := db.logins(); n != 1 {
			t.Errorf("%d logins", n)
		}
	})
}

// TestALoginGoesOnForOthers has the one leave for whom a session is opened.
func TestALoginGoesOnForOthers(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		db.Handle("login", func(r *exatest.Request) exatest.Response { return slowly(r, 3*time.Second) })
		pool := open(t, db.cfg, exapool.Options{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin := time.Now()
		if _, err := pool.Acquire(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error: %v", err)
		}
		acquire(t, pool).Release()
		if took := time.Since(begin); took != 3*time.Second || db.logins() != 1 {
			t.Errorf("after %v and %d logins", took, db.logins())
		}
	})
}

// TestCredentialsAreProvenAgain changes the password while nothing is to be done.
func TestCredentialsAreProvenAgain(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		wrong := wrongWhen(db)
		pool := open(t, db.cfg, exapool.Options{MaxSessions: 50})
		releaseAll(acquireAll(t, pool, 50))
		time.Sleep(2 * time.Hour)
		wrong.Store(true)
		before := db.logins()
		acquireNone(t, pool, 50)
		if n := db.logins() - before; n != 1 {
			t.Errorf("%d logins with the wrong password", n)
		}
	})
}

// TestASilentNodeAtTheBeginning checks that the first login, which goes alone, does not hold up all others for long.
func TestASilentNodeAtTheBeginning(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		silent := ""
		var mu sync.Mutex
		db.Handle("login", func(r *exatest.Request) exatest.Response {
			mu.Lock()
			defer mu.Unlock()
			if silent == "" {
				silent = r.Node
			}
			if r.Node == silent {
				return exatest.Hang()
			}
			return exatest.Pass()
		})
		pool := open(t, db.cfg, exapool.Options{})
		begin := time.Now()
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() { acquire(t, pool).Release() })
		}
		wg.Wait()
		if took := time.Since(begin); took > 3*time.Second {
			t.Errorf("5 callers waited for %v", took)
		}
	})
}

func TestSourceOfCredentialsFails(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		// What the error matches decides nothing: it is the user's.
		sealed := errors.Join(errors.New("the vault is sealed"), context.Canceled, exapool.ErrClosed)
		asked := 0
		db.cfg.Password, db.cfg.PasswordSource = "", func(context.Context) (string, error) {
			asked++
			return "", sealed
		}
		pool := open(t, db.cfg, exapool.Options{})
		for range 60 {
			begin := time.Now()
			_, err := pool.Acquire(t.Context())
			var failure *exapool.AcquireError
			if !errors.Is(err, sealed) || !errors.As(err, &failure) || failure.Class != exawire.ClassLogin || time.Since(begin) > 0 {
				t.Errorf("after %v: %#v", time.Since(begin), err)
			}
			time.Sleep(time.Second)
		}
		if asked < 3 || asked > 9 {
			t.Errorf("the source was asked %d times in a minute", asked)
		}
	})
}

// panicking is a source of credentials, a dialer and a tracer that panic while they are armed.
type panicking struct{ armed atomic.Bool }

func (p *panicking) now() {
	if p.armed.Load() {
		panic("hunter2")
	}
}

func TestPanicsOfTheUsersFunctions(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		var source panicking
		source.armed.Store(true)
		db.cfg.Password, db.cfg.PasswordSource = "", func(context.Context) (string, error) {
			source.now()
			return exatest.DefaultPassword, nil
		}
		pool := open(t, db.cfg, exapool.Options{MaxSessions: 2, ConnectWait: time.Second})
		_, err := pool.Acquire(t.Context())
		if text := fmt.Sprint(err); !strings.HasPrefix(text, "exapool: acquire: panic with a string; no login since ") || strings.Contains(text, "hunter2") {
			t.Errorf("text: %s", text)
		}
		source.armed.Store(false)
		time.Sleep(time.Minute)
		checkPlaces(t, pool)
	})
}

func TestPanicInDo(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		pool := open(t, db.cfg, exapool.Options{MaxSessions: 1})
		tests := []struct {
			name string
			run  func()
		}{
			{"Do", func() {
				_ = pool.Do(t.Context(), func(context.Context, *exawire.Session) error { panic("boom") })
			}},
			{"RunTx", func() { _ = pool.RunTx(t.Context(), func(*exawire.Tx) error { panic("boom") }) }},
			{"Query", func() { _, _ = pool.Query(t.Context(), "SELECT ?", valuer(func() { panic("boom") })) }},
			{"Exec", func() { _, _ = pool.Exec(t.Context(), "SELECT ?", valuer(func() { panic("boom") })) }},
		}
		db.HandleSQL("SELECT ?", exatest.RowCount(0).Params(exatest.Columns("A VARCHAR(10)")...))
		for i, test := range tests {
			func() {
				defer func() {
					if value := recover(); value != "boom" {
						t.Errorf("%s: recovered %v", test.name, value)
					}
				}()
				test.run()
			}()
			synctest.Wait()
			if got := pool.Stats(); got.Closed[exapool.ClosedPanic] != int64(i+1) || got.InUse != 0 {
				t.Errorf("%s: %+v", test.name, got)
			}
		}
		checkPlaces(t, pool)
	}, exatest.WithLeniency())
}

func TestGoexitInDo(t *testing.T) {
	bubble(t, func(t *testing.T, db *cluster) {
		pool := open(t, db.cfg, exapool.Options{MaxSessions: 1})
		var wg sync.WaitGroup
		wg.Go(func() {
			_ = pool.Do(t.Context(), func(context.Context, *exawire.Session) error {
				runtimeGoexit()
				return nil
			})
		})
		wg.Wait()
		checkPlaces(t, pool)
	})
}
