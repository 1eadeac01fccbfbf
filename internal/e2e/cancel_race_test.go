package e2e_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
)

// valve is a connection whose writes wait while it is shut.
type valve struct {
	net.Conn
	mu     sync.Mutex
	open   chan struct{} // closed while writes pass
	before int           // bytes that pass before they wait
	closed chan struct{}
	once   sync.Once
	last   []byte // what was written last
	broken chan struct{}
}

func newValve(conn net.Conn) *valve {
	v := &valve{Conn: conn, open: make(chan struct{}), closed: make(chan struct{}), broken: make(chan struct{})}
	close(v.open)
	return v
}

// shut lets n more bytes pass.
func (v *valve) shut(n int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.open, v.before = make(chan struct{}), n
}

func (v *valve) release() {
	v.mu.Lock()
	defer v.mu.Unlock()
	close(v.open)
}

func (v *valve) Write(p []byte) (int, error) {
	v.mu.Lock()
	open, n := v.open, min(v.before, len(p))
	v.before -= n
	v.last = append([]byte(nil), p...)
	v.mu.Unlock()
	if n > 0 {
		if n, err := v.Conn.Write(p[:n]); err != nil {
			return n, err
		}
	}
	select {
	case <-open:
		m, err := v.Conn.Write(p[n:])
		return n + m, err
	case <-v.closed:
		return n, net.ErrClosed
	case <-v.broken:
		return n, io.ErrClosedPipe
	}
}

// failWrites ends the write that waits.
func (v *valve) failWrites() { close(v.broken) }

func (v *valve) Close() error {
	v.once.Do(func() { close(v.closed) })
	return v.Conn.Close()
}

// through makes the client dial through valves and returns the one that was dialed last.
func through(c *exawire.Config) func() *valve {
	var last *valve
	dial := c.DialContext
	c.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		last = newValve(conn)
		return last, nil
	}
	return func() *valve { return last }
}

// An abort that gives up because the request that it is for has not been written yet says nothing of the session, which
// goes on; a statement whose context ends meanwhile is written to its end, aborted, and answered.
func TestAbortWhileWriting(t *testing.T) {
	var line func() *valve
	bubble(t, func(c *exawire.Config) { line = through(c); c.CancelGrace = testGrace }, nil,
		func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
			sess := connect(t, client)
			srv.HandleSQL("X...", exatest.Hang())
			line().shut(1000)
			done := make(chan error, 1)
			ctx, cancel := context.WithTimeout(t.Context(), 2*testDeadline)
			defer cancel()
			go func() {
				_, err := sess.Exec(ctx, "X"+strings.Repeat(" ", 1<<20))
				done <- err
			}()
			synctest.Wait()
			short, cancel := context.WithTimeout(t.Context(), testDeadline)
			defer cancel()
			err := sess.AbortQuery(short)
			if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, exawire.ErrSessionClosed) || !exawire.SafeToRetry(err) {
				t.Errorf("abort: %v", err)
			}
			time.Sleep(2 * testDeadline)
			line().release()
			if err := <-done; !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, exawire.ErrQueryAborted) {
				t.Errorf("statement: %v", err)
			}
			if n := len(srv.Requests("abortQuery")); n != 1 {
				t.Errorf("%d aborts were sent", n)
			}
			checkUsable(t, sess)
		})
}

// A server that does not read the request of a caller who gave up is left when the grace is over. Whether it has the
// statement is known only if not one byte has left.
func TestCancelStalledWrite(t *testing.T) {
	for name, before := range map[string]int{"nothing has left": 0, "a part has left": 1000} {
		t.Run(name, func(t *testing.T) {
			var line func() *valve
			bubble(t, func(c *exawire.Config) { line = through(c); c.CancelGrace = testGrace }, []exatest.Option{exatest.WithLeniency()},
				func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
					sess := connect(t, client)
					line().shut(before)
					ctx, cancel := context.WithTimeout(t.Context(), testDeadline)
					defer cancel()
					start := time.Now()
					_, err := sess.Exec(ctx, "X"+strings.Repeat(" ", 1<<20))
					if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, exawire.ErrSessionClosed) {
						t.Errorf("error is %v", err)
					}
					if exawire.SafeToRetry(err) != (before == 0) {
						t.Errorf("SafeToRetry is %v", exawire.SafeToRetry(err))
					}
					if took := time.Since(start); took != testDeadline+testGrace {
						t.Errorf("it took %v", took)
					}
				})
		})
	}
}

// The answer to an abort takes its time: within the grace the session goes on, later it is closed.
func TestCancelAnsweredLate(t *testing.T) {
	for name, delay := range map[string]time.Duration{"in time": testGrace - 1, "too late": testGrace + 1} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(c *exawire.Config) { c.CancelGrace = testGrace }, []exatest.Option{exatest.WithLeniency()},
				func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
					sess := connect(t, client)
					srv.Inject(fault.AbortDelayed(delay))
					srv.HandleSQL("X", exatest.Hang())
					ctx, cancel := context.WithTimeout(t.Context(), testDeadline)
					defer cancel()
					_, err := sess.Exec(ctx, "X")
					inTime := delay < testGrace
					if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, exawire.ErrQueryAborted) != inTime ||
						errors.Is(err, exawire.ErrSessionClosed) == inTime {
						t.Errorf("error is %v", err)
					}
					if inTime {
						checkUsable(t, sess)
					}
				})
		})
	}
}

// AbortQuery that meets the command which goes between a late abort and the next statement gives that statement up. It is
// not sent, and the command goes before the one after it too.
func TestAbortMeetsTheBarrier(t *testing.T) {
	bubble(t, nil, nil, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
		sess := connect(t, client)
		srv.Inject(fault.AbortIgnored())
		srv.HandleSQL("FIRST", exatest.RowCount(1).After(2*testDeadline))
		srv.HandleSQL("SECOND", exatest.RowCount(2))
		ctx, cancel := context.WithTimeout(t.Context(), testDeadline)
		defer cancel()
		if _, err := sess.Exec(ctx, "FIRST"); err != nil {
			t.Errorf("first: %v", err)
		}
		srv.ForgetRequests()
		srv.Handle("getAttributes", func(*exatest.Request) exatest.Response { return exatest.OK().After(testDeadline) }).Once()
		done := make(chan error, 1)
		go func() {
			_, err := sess.Exec(t.Context(), "SECOND")
			done <- err
		}()
		synctest.Wait()
		if err := sess.AbortQuery(t.Context()); err != nil {
			t.Errorf("abort: %v", err)
		}
		if err := <-done; !errors.Is(err, exawire.ErrQueryAborted) || !exawire.SafeToRetry(err) {
			t.Errorf("aborted statement: %v", err)
		}
		if n := len(srv.Requests("execute")); n != 0 {
			t.Errorf("the aborted statement was sent %d times", n)
		}
		if n, err := sess.Exec(t.Context(), "SECOND"); n != 2 || err != nil {
			t.Errorf("next statement: %d, %v", n, err)
		}
		if n := len(srv.Requests("getAttributes")); n != 1 { // the abort was not sent, so one is enough
			t.Errorf("%d commands went between", n)
		}
	})
}

// Nobody gets between setting attributes and reading them back: a transaction that has begun is reported as such, however
// long the statements take that wait for the session.
func TestSetAttributesIsOnePiece(t *testing.T) {
	bubble(t, func(c *exawire.Config) { c.CancelGrace = testGrace }, nil,
		func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
			sess := connect(t, client)
			srv.HandleSQL("SHORT", exatest.OK().After(time.Second))
			srv.HandleSQL("LONG", exatest.OK().After(2*testGrace))
			srv.HandleSQL("ROLLBACK", exatest.OK())
			var wg sync.WaitGroup
			exec := func(sql string) {
				wg.Go(func() {
					if _, err := sess.Exec(t.Context(), sql); err != nil {
						t.Errorf("%s: %v", sql, err)
					}
				})
				synctest.Wait()
			}
			exec("SHORT")
			wg.Go(func() {
				tx, err := sess.Begin(t.Context())
				if err != nil {
					t.Errorf("begin: %v", err)
					return
				}
				if err := tx.Rollback(t.Context()); err != nil {
					t.Errorf("rollback: %v", err)
				}
			})
			synctest.Wait()
			exec("LONG")
			wg.Wait()
			if !sess.Attributes().Autocommit {
				t.Errorf("autocommit is off")
			}
		})
}

// Close while other goroutines use the session, and give up, in every way: each call returns, with a result or an error
// that says why there is none, and nothing is left running.
func TestCloseAmongOthers(t *testing.T) {
	for round := range 20 {
		bubble(t, func(c *exawire.Config) { c.CancelGrace = testGrace; c.Compression = round%2 == 0 }, []exatest.Option{exatest.WithLeniency()},
			func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
				sess := connect(t, client)
				scriptWorkload(srv)
				srv.HandleSQL("SLOW", exatest.RowCount(1).After(300*time.Millisecond))
				check := func(what string, err error) {
					if err != nil && sess.Err() == nil && !errors.Is(err, context.DeadlineExceeded) &&
						!errors.Is(err, exawire.ErrQueryAborted) && !errors.Is(err, exawire.ErrNothingToAbort) && !errors.Is(err, exawire.ErrNotLoggedIn) {
						t.Errorf("%s: %v", what, err)
					}
				}
				var wg sync.WaitGroup
				for i := range 8 {
					wg.Go(func() {
						for sess.Err() == nil {
							ctx, cancel := context.WithTimeout(t.Context(), time.Duration(50+100*i)*time.Millisecond)
							_, err := sess.Exec(ctx, "SLOW")
							check("exec", err)
							check("workload", workload(ctx, sess))
							cancel()
							time.Sleep(time.Millisecond)
						}
					})
				}
				wg.Go(func() {
					for sess.Err() == nil {
						check("abort", sess.AbortQuery(t.Context()))
						time.Sleep(70 * time.Millisecond)
					}
				})
				time.Sleep(time.Duration(round) * 137 * time.Millisecond)
				for range 2 {
					wg.Go(func() {
						if err := sess.Close(t.Context()); err != nil && !errors.Is(err, exawire.ErrQueryAborted) {
							t.Errorf("close: %v", err)
						}
					})
				}
				wg.Wait()
				if err := sess.Ping(t.Context()); !errors.Is(err, exawire.ErrSessionClosed) && !errors.Is(err, exawire.ErrNotLoggedIn) {
					t.Errorf("ping: %v", err)
				}
			})
	}
}
