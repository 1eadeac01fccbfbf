package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/google/go-cmp/cmp"
)

// witness is a Tracer that notes every event in a few words, and calls functions of the test at some of them.
type witness struct {
	mu       sync.Mutex
	events   []string
	ends     []exawire.SessionEnd
	connects []exawire.ConnectEnd

	name    string
	onEvent func(event string)                                              // called with every event, nil for nothing
	derive  func(ctx context.Context, event string) (context.Context, bool) // returns the context to go on with, nil for the given one
}

func (w *witness) note(format string, args ...any) {
	event := w.name + fmt.Sprintf(format, args...)
	w.mu.Lock()
	w.events = append(w.events, event)
	w.mu.Unlock()
	if w.onEvent != nil {
		w.onEvent(event)
	}
}

// take returns the events since the last call.
func (w *witness) take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	events := w.events
	w.events = nil
	return events
}

func (w *witness) context(ctx context.Context, event string) context.Context {
	if w.derive == nil {
		return ctx
	}
	derived, ok := w.derive(ctx, event)
	if !ok {
		return ctx
	}
	return derived
}

func (w *witness) TraceConnect(ctx context.Context, start exawire.ConnectStart) (context.Context, func(exawire.ConnectEnd)) {
	w.note("connect %d", start.Attempt)
	return w.context(ctx, "connect"), func(end exawire.ConnectEnd) {
		w.mu.Lock()
		w.connects = append(w.connects, end)
		w.mu.Unlock()
		w.note("connected %s%s", end.Op, end.Class)
	}
}

func (w *witness) TraceCommand(ctx context.Context, start exawire.CommandStart) (context.Context, func(exawire.CommandEnd)) {
	w.note("%s", start.Command)
	return w.context(ctx, start.Command), func(end exawire.CommandEnd) { w.note("%s done %s", start.Command, end.Class) }
}

func (w *witness) TraceClose(end exawire.SessionEnd) {
	w.mu.Lock()
	w.ends = append(w.ends, end)
	w.mu.Unlock()
	w.note("close %s", end.Class)
}

// balanced fails the test unless each session that was opened was closed, once.
func (w *witness) balanced(t *testing.T, want int) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	var opened, closed []uint64
	for _, c := range w.connects {
		if c.Err == nil {
			opened = append(opened, c.SessionID)
		}
	}
	for _, e := range w.ends {
		closed = append(closed, e.SessionID)
	}
	slices.Sort(opened)
	slices.Sort(closed)
	if diff := cmp.Diff(opened, closed); diff != "" || len(opened) != want {
		t.Errorf("%d sessions were opened, want %d; closed (-want +got):\n%s", len(opened), want, diff)
	}
}

// bubbleWitness is bubble with a client whose tracer is w.
func bubbleWitness(t *testing.T, w exawire.Tracer, test func(t *testing.T, srv *exatest.Server, client *exawire.Client)) {
	t.Helper()
	bubble(t, func(c *exawire.Config) { c.Tracer, c.CancelGrace = w, testGrace }, []exatest.Option{exatest.WithLeniency()}, test)
}

// The node that refuses and the one that accepts leave an attempt each, and only the second a session.
func TestTraceFailover(t *testing.T) {
	bubbleNodes(t, func(t *testing.T, vn *exatest.VirtualNetwork, _ *exatest.Server, cfg *exawire.Config) {
		vn.SetDown("exa1", true)
		cfg.Host = "exa1,exa2"
		for range 100 { // until exa1 comes first
			log := newLogbook()
			cfg.Tracer = exawire.SlogTracer(log.logger(0), exawire.SlogOptions{})
			client, err := exawire.New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			sess, err := client.Connect(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if err := sess.Close(t.Context()); err != nil {
				t.Error(err)
			}
			got := log.take()
			if len(got) == 2 {
				continue
			}
			want := []string{
				`at=0s level=WARN msg="exawire connect" node=exa1:8563 attempt=1 duration=0s op=dial class=connection`,
				`at=0s level=INFO msg="exawire connect" session=1 node=exa2:8563 attempt=2 duration=0s`,
				`at=0s level=INFO msg="exawire close" session=1 node=exa2:8563 duration=0s commands=2`,
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("records (-want +got):\n%s", diff)
			}
			return
		}
		t.Error("exa1 never came first")
	})
}

// A name that has no address is an attempt, too.
func TestTraceResolve(t *testing.T) {
	w := &witness{}
	client, err := exawire.New(&exawire.Config{Host: unresolvable, User: "sys", Tracer: w})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.Connect(t.Context())
	if diff := cmp.Diff([]string{"connect 1", "connected resolveconnection"}, w.take()); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	var connect *exawire.ConnectError
	if end := w.connects[0]; !errors.As(err, &connect) || !errors.Is(end.Err, error(connect)) || end.Duration < 0 {
		t.Errorf("the end is %+v, the error %v", end, err)
	}
	w.balanced(t, 0)
}

// Subconnections are sessions of their own to a tracer.
func TestTraceParallel(t *testing.T) {
	w := &witness{}
	bubbleNodes(t, func(t *testing.T, vn *exatest.VirtualNetwork, _ *exatest.Server, cfg *exawire.Config) {
		cfg.Tracer = w
		sess, group := connectGroup(t, cfg, 3)
		if err := group.Close(t.Context()); err != nil {
			t.Error(err)
		}
		vn.SetDown("exa2", true)
		if _, err := sess.Parallel(t.Context(), 3); err == nil {
			t.Error("a group without one of its nodes")
		}
	})
	opened := 0
	for _, c := range w.connects {
		if c.Err == nil {
			opened++
		}
	}
	if opened < 4 {
		t.Errorf("%d sessions were opened", opened)
	}
	w.balanced(t, opened)
	for _, e := range w.ends {
		if e.Class != "" || e.Err != nil {
			t.Errorf("a session that was closed ended with %+v", e)
		}
	}
}

// The context of an attempt is that of dialing and of the commands of the login; the one of a command is its own.
func TestTraceContexts(t *testing.T) {
	type key struct{}
	path := func(ctx context.Context) string { text, _ := ctx.Value(key{}).(string); return text }
	var got []string
	w := &witness{derive: func(ctx context.Context, event string) (context.Context, bool) {
		text := path(ctx) + "/" + event
		got = append(got, text)
		return context.WithValue(ctx, key{}, text), true
	}}
	bubbleWitness(t, w, func(t *testing.T, _ *exatest.Server, client *exawire.Client) {
		cfg := client.Config()
		dial := cfg.DialContext
		cfg.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
			got = append(got, path(ctx)+"/dial")
			return dial(ctx, network, addr)
		}
		client, err := exawire.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		sess, err := client.Connect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := sess.Ping(t.Context()); err != nil {
			t.Error(err)
		}
		if err := sess.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
	if diff := cmp.Diff([]string{"/connect", "/connect/dial", "/connect/login", "/getAttributes", "/disconnect"}, got); diff != "" {
		t.Errorf("contexts (-want +got):\n%s", diff)
	}
}

// A tracer may return no context.
func TestTraceNilContext(t *testing.T) {
	none := &witness{derive: func(context.Context, string) (context.Context, bool) { return nil, true }}
	for name, tracer := range map[string]exawire.Tracer{"alone": none, "joined": exawire.JoinTracers(none, &witness{}, none)} {
		t.Run(name, func(t *testing.T) {
			bubbleWitness(t, tracer, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
				sess := connect(t, client)
				if err := hang(t, srv, sess, deadlineSoon); err != nil {
					t.Error(err)
				}
				checkUsable(t, sess)
			})
		})
	}
}

// Whoever ends a session, and however many at once: TraceClose is called once, and not after Close has returned. The tracer
// may ask the session.
func TestTraceCloseOnce(t *testing.T) {
	w := &witness{}
	for i := range 20 {
		var sess *exawire.Session
		var closed bool
		w.onEvent = func(event string) {
			if !strings.HasPrefix(event, "close ") {
				return
			}
			if closed {
				t.Error("TraceClose after Close")
			}
			if err := sess.Err(); !errors.Is(err, exawire.ErrSessionClosed) {
				t.Errorf("the error of the session is %v", err)
			}
			if id := sess.Info().SessionID; id == 0 || sess.Addr() == "" || sess.String() == "" {
				t.Errorf("session %d", id)
			}
		}
		bubbleWitness(t, w, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
			var err error
			if sess, err = client.Connect(t.Context()); err != nil {
				t.Fatal(err)
			}
			srv.HandleSQL("HANG", exatest.Hang())
			var wg sync.WaitGroup
			for range 2 {
				wg.Go(func() { _ = sess.Ping(t.Context()) })
			}
			if i%2 == 0 {
				wg.Go(func() { _, _ = sess.Exec(t.Context(), "HANG") })
			}
			wg.Go(srv.KillSessions)
			for range 3 {
				wg.Go(func() {
					if err := sess.Close(t.Context()); err != nil {
						t.Errorf("close: %v", err)
					}
				})
			}
			wg.Wait()
			closed = true
			synctest.Wait()
		})
	}
	w.balanced(t, 20)
}

// A connection that breaks before the tracer knows of the session ends the session all the same, behind its beginning.
func TestTraceCloseAtOnce(t *testing.T) {
	w := &witness{}
	bubbleWitness(t, w, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
		w.onEvent = func(event string) {
			if event == "connected " {
				srv.KillSessions()
				synctest.Wait()
			}
		}
		sess, err := client.Connect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"connect 1", "login", "login done ", "connected ", "close connection"}, w.take()); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
		if err := sess.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
	w.balanced(t, 1)
}

// panicking returns what fn panics with.
func panicking(fn func()) (value any) {
	defer func() { value = recover() }()
	fn()
	return nil
}

// A tracer that panics leaves no session open, and nobody untold. The panic goes to a caller, never to a goroutine of the
// session.
func TestTracerPanicsAtTheEnds(t *testing.T) {
	for _, test := range []struct {
		event string
		run   func(t *testing.T, srv *exatest.Server, client *exawire.Client)
		open  int
	}{
		{"connect 1", func(t *testing.T, _ *exatest.Server, client *exawire.Client) {
			if v := panicking(func() { _, _ = client.Connect(t.Context()) }); v != "connect 1" {
				t.Errorf("Connect panicked with %v", v)
			}
		}, 0},
		{"connected ", func(t *testing.T, _ *exatest.Server, client *exawire.Client) {
			if v := panicking(func() { _, _ = client.Connect(t.Context()) }); v != "connected " {
				t.Errorf("Connect panicked with %v", v)
			}
		}, 1},
		{"login done ", func(t *testing.T, _ *exatest.Server, client *exawire.Client) {
			if v := panicking(func() { _, _ = client.Connect(t.Context()) }); v != "login done " {
				t.Errorf("Connect panicked with %v", v)
			}
		}, 0},
		{"close ", func(t *testing.T, _ *exatest.Server, client *exawire.Client) {
			sess, err := client.Connect(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if v := panicking(func() { _ = sess.Close(t.Context()) }); v != "close " {
				t.Errorf("Close panicked with %v", v)
			}
			if err := sess.Close(t.Context()); err != nil {
				t.Errorf("the second Close: %v", err)
			}
		}, 1},
		{"close connection", func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
			sess, err := client.Connect(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			srv.KillSessions()
			synctest.Wait()
			if err := sess.Ping(t.Context()); !errors.Is(err, exawire.ErrSessionClosed) {
				t.Errorf("ping: %v", err)
			}
			if v := panicking(func() { _ = sess.Close(t.Context()) }); v != "close connection" {
				t.Errorf("Close panicked with %v", v)
			}
		}, 1},
	} {
		t.Run(test.event, func(t *testing.T) {
			before, behind := &witness{}, &witness{}
			breaks := &witness{onEvent: func(event string) {
				if event == test.event {
					panic(event)
				}
			}}
			bubbleWitness(t, exawire.JoinTracers(before, breaks, behind), func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
				test.run(t, srv, client)
				synctest.Wait()
				if n := srv.Connections(); n != 0 {
					t.Errorf("%d connections are open", n)
				}
			})
			before.balanced(t, test.open)
			breaks.balanced(t, test.open)
			behind.balanced(t, test.open)
		})
	}
}

// A tracer that panics when a group is closed leaves no session behind whose transaction could go on.
func TestTracerPanicsInParallelClose(t *testing.T) {
	w := &witness{}
	bubbleNodes(t, func(t *testing.T, _ *exatest.VirtualNetwork, srv *exatest.Server, cfg *exawire.Config) {
		cfg.Tracer = w
		sess, group := connectGroup(t, cfg, 2)
		w.onEvent = func(event string) {
			if event == "disconnect" {
				panic(event)
			}
		}
		if v := panicking(func() { _ = group.Close(t.Context()) }); v != "disconnect" {
			t.Errorf("Close panicked with %v", v)
		}
		w.onEvent = nil
		if err := sess.Err(); !errors.Is(err, exawire.ErrSessionClosed) {
			t.Errorf("the session's error is %v", err)
		}
		synctest.Wait()
		if n := srv.Connections(); n != 0 {
			t.Errorf("%d connections are open", n)
		}
	}, exatest.WithLeniency())
	w.balanced(t, 3)
}

// A function of the caller's that panics ends the attempt for the tracer as well.
func TestTraceConnectPanics(t *testing.T) {
	w := &witness{}
	bubble(t, func(c *exawire.Config) {
		c.Tracer = w
		c.Password, c.PasswordSource = "", func(context.Context) (string, error) { panic("source") }
	}, nil, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
		if v := panicking(func() { _, _ = client.Connect(t.Context()) }); v != "source" {
			t.Errorf("Connect panicked with %v", v)
		}
	})
	if diff := cmp.Diff([]string{"connect 1", "connected unknown"}, w.take()); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// Joined tracers begin in order and end in reverse.
func TestJoinTracers(t *testing.T) {
	if got := exawire.JoinTracers(nil, nil); got != nil {
		t.Errorf("of none it is %v", got)
	}
	only := &witness{}
	if got := exawire.JoinTracers(nil, only, nil); got != exawire.Tracer(only) {
		t.Errorf("of one it is %v", got)
	}
	var mu sync.Mutex
	var events []string
	witnesses := make([]exawire.Tracer, 3)
	for i, name := range []string{"a ", "b ", "c "} {
		witnesses[i] = &witness{name: name, onEvent: func(event string) {
			mu.Lock()
			defer mu.Unlock()
			events = append(events, event)
		}}
	}
	joined := exawire.JoinTracers(exawire.JoinTracers(witnesses[0], witnesses[1]), nil, witnesses[2])
	bubbleWitness(t, joined, func(t *testing.T, _ *exatest.Server, client *exawire.Client) {
		sess, err := client.Connect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if err := sess.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
	want := []string{
		"a connect 1", "b connect 1", "c connect 1", "a login", "b login", "c login", "c login done ", "b login done ", "a login done ",
		"c connected ", "b connected ", "a connected ", "a disconnect", "b disconnect", "c disconnect",
		"c disconnect done ", "b disconnect done ", "a disconnect done ", "c close ", "b close ", "a close ",
	}
	if diff := cmp.Diff(want, events); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// connectGroup opens a session and n subconnections of it.
func connectGroup(t *testing.T, cfg *exawire.Config, n int) (*exawire.Session, *exawire.Parallel) {
	t.Helper()
	client, err := exawire.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	sess := connect(t, client)
	group, err := sess.Parallel(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	return sess, group
}
