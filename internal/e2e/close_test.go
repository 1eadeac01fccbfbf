package e2e_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
	"github.com/exawire/exawire/resultset"
)

// checkGoodbye fails the test unless the session was closed with one disconnect, and nothing is left of it.
func checkGoodbye(t *testing.T, srv *exatest.Server, sess *exawire.Session) {
	t.Helper()
	synctest.Wait()
	if n := len(srv.Requests("disconnect")); n != 1 {
		t.Errorf("%d times disconnect was sent", n)
	}
	if err := sess.Err(); !errors.Is(err, exawire.ErrSessionClosed) {
		t.Errorf("the session's error is %v", err)
	}
	if n := srv.Connections(); n != 0 {
		t.Errorf("%d connections are open", n)
	}
}

// Close says goodbye however far the rows of the session were read: what fetches them ahead is no use of it. A goroutine
// that is left over would keep the bubble from ending.
func TestCloseWithRowsOpen(t *testing.T) {
	stop := errors.New("enough")
	for name, read := range map[string]func(*exawire.Rows) error{
		"not touched": func(*exawire.Rows) error { return nil },
		"cursor": func(rows *exawire.Rows) error {
			for range 3 {
				rows.Next()
			}
			return rows.Err()
		},
		"batches": func(rows *exawire.Rows) error {
			for _, err := range rows.Batches() {
				return err
			}
			return nil
		},
		"all": func(rows *exawire.Rows) error {
			for _, err := range rows.All() {
				return err
			}
			return nil
		},
		"each": func(rows *exawire.Rows) error {
			for _, err := range resultset.Each[int64](rows) {
				return err
			}
			return nil
		},
		"a loop that ends in an error": func(rows *exawire.Rows) error {
			for range rows.All() {
				return nil
			}
			return stop
		},
	} {
		for _, order := range []string{"session first", "rows first"} {
			for _, args := range [][]any{nil, {1}} {
				t.Run(name+", "+order, func(t *testing.T) {
					bubble(t, func(c *exawire.Config) { c.CancelGrace = testGrace }, []exatest.Option{exatest.WithLeniency()},
						func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
							sess, err := client.Connect(t.Context())
							if err != nil {
								t.Fatal(err)
							}
							scriptSteps(srv)
							srv.Inject(fault.Delay(time.Second).On("fetch"))
							rows := openRows(t, sess, "SELECT BIG", args...)
							if err := read(rows); err != nil {
								t.Errorf("read: %v", err)
							}
							closers := []func() error{func() error { return sess.Close(t.Context()) }, rows.Close}
							if order == "rows first" {
								closers[0], closers[1] = closers[1], closers[0]
							}
							start := time.Now()
							for _, fn := range closers {
								if err := fn(); err != nil {
									t.Errorf("close: %v", err)
								}
							}
							if took := time.Since(start); took > 2*time.Second {
								t.Errorf("it took %v", took)
							}
							checkGoodbye(t, srv, sess)
						})
				})
			}
		}
	}
}

// Fetches of several results that wait for the session do not make Close wait for more than the one that is under way.
func TestCloseWhileFetchesWait(t *testing.T) {
	bubble(t, func(c *exawire.Config) { c.CancelGrace = testGrace }, []exatest.Option{exatest.WithLeniency()},
		func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
			sess, err := client.Connect(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			scriptSteps(srv)
			srv.Inject(fault.Delay(2 * time.Second).On("fetch"))
			var open []*exawire.Rows
			for range 4 {
				open = append(open, openRows(t, sess, "SELECT BIG"))
			}
			var wg sync.WaitGroup
			for _, rows := range open {
				wg.Go(func() {
					if _, err := resultset.Collect[int64](rows); !errors.Is(err, exawire.ErrSessionClosed) {
						t.Errorf("rows: %v", err)
					}
				})
			}
			synctest.Wait()
			start := time.Now()
			if err := sess.Close(t.Context()); err != nil {
				t.Errorf("close: %v", err)
			}
			if took := time.Since(start); took != 2*time.Second {
				t.Errorf("it took %v", took)
			}
			wg.Wait()
			checkGoodbye(t, srv, sess)
		})
}

// A statement of another goroutine is given up at once, also one that waits behind what is tidied up before it.
func TestCloseDuringStatement(t *testing.T) {
	for name, prepare := range map[string]func(*testing.T, *exatest.Server, *exawire.Session){
		"running": func(_ *testing.T, srv *exatest.Server, _ *exawire.Session) {},
		"behind a barrier": func(t *testing.T, srv *exatest.Server, sess *exawire.Session) {
			abortTooLate(t, srv, sess)
			srv.Handle("getAttributes", func(*exatest.Request) exatest.Response { return exatest.Hang() })
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, nil, []exatest.Option{exatest.WithLeniency()}, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
				sess := connect(t, client)
				srv.HandleSQL("MERGE", exatest.Hang())
				prepare(t, srv, sess)
				done := make(chan error, 1)
				go func() {
					_, err := sess.Exec(context.Background(), "MERGE")
					done <- err
				}()
				synctest.Wait()
				start := time.Now()
				if err := sess.Close(t.Context()); err != nil {
					t.Errorf("close: %v", err)
				}
				if err := <-done; !errors.Is(err, exawire.ErrSessionClosed) {
					t.Errorf("statement: %v", err)
				}
				if took := time.Since(start); took != 0 {
					t.Errorf("it took %v", took)
				}
				if n := len(srv.Requests("disconnect")); n != 0 {
					t.Errorf("%d times disconnect was sent", n)
				}
			})
		})
	}
}

// The context of Close does not keep it from saying goodbye: neither if it has ended before nor if it ends meanwhile.
func TestCloseOutlivesContext(t *testing.T) {
	for _, after := range []time.Duration{0, time.Second, testGrace} {
		t.Run(after.String(), func(t *testing.T) {
			bubble(t, func(c *exawire.Config) { c.CancelGrace = testGrace }, nil,
				func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
					sess, err := client.Connect(t.Context())
					if err != nil {
						t.Fatal(err)
					}
					srv.Inject(fault.Delay(2 * time.Second).On("disconnect"))
					ctx, cancel := context.WithTimeout(t.Context(), after)
					defer cancel()
					start := time.Now()
					if err := sess.Close(ctx); err != nil {
						t.Errorf("close: %v", err)
					}
					if took := time.Since(start); took != 2*time.Second {
						t.Errorf("it took %v", took)
					}
					checkGoodbye(t, srv, sess)
				})
		})
	}
}

// A session whose Close is under way is not usable any more, and says so.
func TestErrWhileClosing(t *testing.T) {
	bubble(t, nil, nil, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
		sess := connect(t, client)
		srv.Inject(fault.Delay(time.Second).On("disconnect"))
		done := make(chan error, 1)
		go func() { done <- sess.Close(t.Context()) }()
		synctest.Wait()
		if err := sess.Err(); !errors.Is(err, exawire.ErrSessionClosed) {
			t.Errorf("the session's error is %v", err)
		}
		if err := sess.Ping(t.Context()); !errors.Is(err, exawire.ErrSessionClosed) || !exawire.SafeToRetry(err) {
			t.Errorf("ping: %v", err)
		}
		if err := <-done; err != nil {
			t.Errorf("close: %v", err)
		}
	})
}

// What could not be closed while others used the session is closed before the goodbye. The server would call it a leak.
func TestCloseBehindDebts(t *testing.T) {
	bubbleDebts(t, nil, func(t *testing.T, srv *exatest.Server, sess *exawire.Session, busy func(time.Duration)) {
		first, second := openRows(t, sess, "BIG"), openRows(t, sess, "BIG")
		busy(time.Minute)
		if err := errors.Join(first.Close(), second.Close()); err != nil {
			t.Errorf("close: %v", err)
		}
		time.Sleep(time.Minute)
		srv.ForgetRequests()
		if err := sess.Close(t.Context()); err != nil {
			t.Errorf("close: %v", err)
		}
		checkCloses(t, srv, "results [1,2]")
	})
}

// Two that end a session at the same moment are both right, whichever way they do it.
func TestCloseTwiceAtOnce(t *testing.T) {
	for name, other := range map[string]func(*exawire.Session) error{
		"Close":      func(s *exawire.Session) error { return s.Close(context.Background()) },
		"Disconnect": func(s *exawire.Session) error { return s.Disconnect(context.Background()) },
	} {
		t.Run(name, func(t *testing.T) {
			for range 50 {
				bubble(t, nil, nil, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
					sess, err := client.Connect(t.Context())
					if err != nil {
						t.Fatal(err)
					}
					srv.Inject(fault.Delay(time.Second).On("disconnect"))
					var wg sync.WaitGroup
					wg.Go(func() {
						if err := other(sess); err != nil {
							t.Errorf("the first: %v", err)
						}
					})
					synctest.Wait()
					for range 3 {
						wg.Go(func() {
							if err := sess.Close(t.Context()); err != nil {
								t.Errorf("close: %v", err)
							}
						})
					}
					wg.Wait()
					checkGoodbye(t, srv, sess)
				})
			}
		})
	}
}

// panics is a Tracer that panics when a command begins or ends.
type panics struct {
	untraced
	command string
	end     bool
}

func (p panics) TraceCommand(ctx context.Context, start exawire.CommandStart) (context.Context, func(exawire.CommandEnd)) {
	if start.Command != p.command {
		return ctx, nil
	}
	if !p.end {
		panic("tracer")
	}
	return ctx, func(exawire.CommandEnd) { panic("tracer") }
}

// A Tracer that panics keeps nobody from using the session, or from closing it. Between the steps of a transaction it ends
// the session; see TestTracerPanicsAnywhere.
func TestTracerPanics(t *testing.T) {
	for _, command := range []string{"execute", "closeResultSet", "closePreparedStatement", "setAttributes", "disconnect"} {
		for _, end := range []bool{false, true} {
			bubble(t, func(c *exawire.Config) { c.Tracer = panics{command: command, end: end} }, []exatest.Option{exatest.WithLeniency()},
				func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
					sess, err := client.Connect(t.Context())
					if err != nil {
						t.Fatal(err)
					}
					scriptSteps(srv)
					func() {
						defer func() {
							if recover() == nil {
								t.Errorf("%s: the panic was swallowed", command)
							}
						}()
						switch command {
						case "execute":
							_, _ = sess.Exec(t.Context(), "INSERT 1")
						case "closeResultSet":
							_ = openRows(t, sess, "SELECT BIG ?", 1).Close()
						case "closePreparedStatement":
							_, _ = sess.Exec(t.Context(), "CREATE ?", 1)
						case "setAttributes":
							_, _ = sess.Begin(t.Context())
						case "disconnect":
							_ = sess.Close(t.Context())
						}
					}()
					switch command {
					case "disconnect":
					case "setAttributes":
						if err := sess.Err(); !errors.Is(err, exawire.ErrSessionClosed) {
							t.Errorf("the session's error is %v", err)
						}
					default:
						checkUsable(t, sess)
					}
					_ = sess.Close(canceled(t))
					synctest.Wait()
					if n := srv.Connections(); n != 0 {
						t.Errorf("%s, %t: %d connections are open", command, end, n)
					}
				})
		}
	}
}
