package wire_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/internal/socket"
	"github.com/exawire/exawire/internal/socket/sockettest"
	"github.com/exawire/exawire/internal/wire"
)

func TestLockIsFair(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, done := pipe(t, wire.Options{}, (*server).echo)
		if err := c.Lock(t.Context()); err != nil {
			t.Fatal(err)
		}
		var (
			order []int
			wg    sync.WaitGroup
		)
		for i := range 10 {
			wg.Go(func() {
				if err := c.Lock(t.Context()); err != nil {
					t.Error(err)
					return
				}
				order = append(order, i)
				c.Unlock()
			})
			synctest.Wait() // i is in line
		}
		c.Unlock()
		wg.Wait()
		if diff := cmp.Diff([]int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, order); diff != "" {
			t.Errorf("order (-want +got):\n%s", diff)
		}
		done()
	})
}

func TestLockGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := pipe(t, wire.Options{}, (*server).echo)
		if err := c.Lock(t.Context()); err != nil {
			t.Fatal(err)
		}

		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		start := time.Now()
		err := c.Lock(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, wire.ErrClosed) {
			t.Errorf("Lock with a deadline: %v", err)
		}
		if d := time.Since(start); d != 3*time.Second {
			t.Errorf("gave up after %v", d)
		}

		// A context that has ended does not get a free lock either.
		c.Unlock()
		if err := c.Lock(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Lock with a context that has ended: %v", err)
		}
		if err := c.Lock(t.Context()); err != nil {
			t.Fatal(err)
		}

		cause := errors.New("enough")
		go func() {
			time.Sleep(time.Second)
			c.Close(cause)
		}()
		if err := c.Lock(t.Context()); !errors.Is(err, wire.ErrClosed) || !errors.Is(err, cause) {
			t.Errorf("Lock of a connection that is closed meanwhile: %v", err)
		}
	})
}

func TestMisuse(t *testing.T) {
	mustPanic := func(what string, f func()) {
		defer func() {
			if recover() == nil {
				t.Errorf("%s: no panic", what)
			}
		}()
		f()
	}
	synctest.Test(t, func(t *testing.T) {
		c, _ := pipe(t, wire.Options{}, func(s *server) { s.receive(); time.Sleep(time.Hour) })
		mustPanic("Unlock without Lock", c.Unlock)
		go func() { _, _, _ = roundTrip(t.Context(), c, wire.Request{Payload: []byte("{}")}) }()
		synctest.Wait()
		mustPanic("RoundTrip without Lock", func() { _, _, _ = c.RoundTrip(t.Context(), wire.Request{Payload: []byte("{}")}) })
	})
}

func TestClose(t *testing.T) {
	t.Run("idle", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c, done := pipe(t, wire.Options{}, (*server).echo)
			if err := c.Err(); err != nil {
				t.Errorf("Err() = %v", err)
			}
			c.Shutdown()
			c.Close(errors.New("second"))
			if got := c.Err(); !errors.Is(got, wire.ErrClosed) {
				t.Errorf("Err() = %v", got)
			}
			mustBeClosed(t, c, nil)
			if diff := cmp.Diff([]string{"close"}, done()); diff != "" {
				t.Errorf("the server received (-want +got):\n%s", diff)
			}
		})
	})
	for _, cause := range []error{nil, errors.New("the user gave up")} {
		t.Run(fmt.Sprintf("request pending, cause %v", cause), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, done := pipe(t, wire.Options{}, func(s *server) {
					for s.receive() != "" {
					}
				})
				go func() {
					time.Sleep(time.Second)
					if cause == nil {
						c.Shutdown()
					} else {
						c.Close(cause)
					}
				}()
				start := time.Now()
				_, got, err := roundTrip(t.Context(), c, wire.Request{Payload: []byte("{}"), Abort: []byte(abortText)})
				checkOutcome(t, got, wire.Outcome{Sent: wire.Whole})
				if !errors.Is(err, wire.ErrClosed) || cause != nil && !errors.Is(err, cause) {
					t.Errorf("error = %v", err)
				}
				if d := time.Since(start); d != time.Second {
					t.Errorf("took %v", d)
				}
				mustBeClosed(t, c, cause)
				if diff := cmp.Diff([]string{"{}"}, done()); diff != "" {
					t.Errorf("the server received (-want +got):\n%s", diff)
				}
			})
		})
	}
	t.Run("write pending", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c, _ := pipe(t, wire.Options{}, func(*server) { time.Sleep(time.Hour) })
			go func() {
				time.Sleep(time.Second)
				c.Shutdown()
			}()
			if _, _, err := roundTrip(t.Context(), c, wire.Request{Payload: []byte(bigDocument(1 << 20))}); !errors.Is(err, wire.ErrClosed) {
				t.Errorf("error = %v", err)
			}
		})
	})
}

// TestServerLeaves ends the connection while it is idle: the next request must be known not to have been sent.
func TestServerLeaves(t *testing.T) {
	tests := []struct {
		name   string
		server func(*server)
		check  func(error) bool
	}{
		{"without notice", func(*server) {}, func(err error) bool { return errors.Is(err, io.EOF) }},
		{
			"with a close frame",
			func(s *server) { _ = s.SendClose(1001, "shutdown"); s.receive() },
			func(err error) bool {
				code, text, ok := socket.CloseReason(err)
				return ok && code == 1001 && text == "shutdown"
			},
		},
		{
			"in a message",
			func(s *server) { _, _ = s.Write([]byte{0x81, 5, '{'}) },
			func(err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) },
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, _ := pipe(t, wire.Options{}, tt.server)
				synctest.Wait()
				mustBeClosed(t, c, nil)
				if err := c.Err(); !tt.check(err) {
					t.Errorf("Err() = %v", err)
				}
			})
		})
	}
	t.Run("a moment ago", func(t *testing.T) {
		// The end has reached the kernel and not yet the reader.
		fake := newFake(func(socket.Kind, []byte) (socket.Kind, []byte) {
			t.Error("something was sent")
			return socket.Text, []byte("{}")
		})
		c := wire.New(&settlingSocket{fakeSocket: fake}, wire.Options{})
		defer c.Shutdown()
		mustBeClosed(t, c, net.ErrClosed)
	})
}

// settlingSocket ends the connection when it is asked to settle, and returns after the reader has noticed.
type settlingSocket struct {
	*fakeSocket
	noticed sync.WaitGroup
}

func (s *settlingSocket) Settle() bool {
	s.noticed.Add(1)
	s.ended.Do(func() { close(s.end) })
	s.noticed.Wait()
	return true
}

func (s *settlingSocket) CloseNow() error {
	defer s.noticed.Done()
	return s.fakeSocket.CloseNow()
}

// TestUnsolicited has the server send what nobody asked for. The next request must not take it for its answer.
func TestUnsolicited(t *testing.T) {
	t.Run("idle", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c, _ := pipe(t, wire.Options{}, func(s *server) {
				s.receive()
				_ = s.SendText(`{"n":1}`)
				time.Sleep(time.Minute)
				_ = s.SendText(`{"n":2}`)
				s.receive()
			})
			a, _, err := roundTrip(t.Context(), c, wire.Request{Payload: []byte(`{"n":1}`)})
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(2 * time.Minute)
			mustBeClosed(t, c, nil)
			if !isProtocolError(c.Err()) {
				t.Errorf("Err() = %v", c.Err())
			}
			if string(a.Message) != `{"n":1}` {
				t.Errorf("answer = %q", a.Message)
			}
			a.Release()
		})
	})
	t.Run("status words and pongs are fine", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c, _ := pipe(t, wire.Options{}, func(s *server) {
				_ = s.SendText("EXECUTING")
				_ = s.Send(true, sockettest.OpPong, []byte("FETCHING"))
				s.echo()
			})
			mustEcho(t, c)
		})
	})
	t.Run("a message has begun", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c, _ := pipe(t, wire.Options{}, func(s *server) {
				_, _ = s.Write([]byte{0x81, 5, '{'})
				s.receive()
			})
			synctest.Wait()
			mustBeClosed(t, c, nil)
			if !isProtocolError(c.Err()) {
				t.Errorf("Err() = %v", c.Err())
			}
		})
	})
	// Here the second message is in the kernel before the client can ask again, but perhaps not yet read.
	for _, second := range []struct {
		name string
		b    []byte
	}{
		{"right behind the answer", sockettest.AppendFrame(nil, true, sockettest.OpText, []byte(`{"n":0}`))},
		{"right behind the answer, large", sockettest.AppendFrame(nil, true, sockettest.OpText, []byte(bigDocument(100_000)))},
		{"right behind the answer, its beginning", []byte{0x81, 9, '{'}},
	} {
		t.Run(second.name, func(t *testing.T) {
			for i := range 100 {
				c := loopback(t, socketOptions, wire.Options{}, func(s *server) {
					s.receive()
					_, _ = s.Write(append(sockettest.AppendFrame(nil, true, sockettest.OpText, []byte(`{"n":0}`)), second.b...))
					for s.receive() != "" {
					}
				})
				if err := c.Lock(t.Context()); err != nil {
					t.Fatal(err)
				}
				a, _, err := c.RoundTrip(t.Context(), wire.Request{Payload: []byte(`{"n":0}`)})
				if err != nil {
					t.Fatal(err)
				}
				a.Release()
				b, got, err := c.RoundTrip(t.Context(), wire.Request{Payload: []byte(`{"n":1}`)})
				if err == nil {
					t.Fatalf("round %d: request 1 got %.20q", i, b.Message)
				}
				if !isProtocolError(err) || got.Sent != wire.Nothing {
					t.Fatalf("round %d: %v, %v sent", i, err, got.Sent)
				}
				c.Unlock()
				c.Shutdown()
			}
		})
	}
}

func TestAbortNow(t *testing.T) {
	t.Run("idle", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c, done := pipe(t, wire.Options{}, (*server).echo)
			for range 2 {
				if sent, err := c.AbortNow(t.Context(), []byte(abortText)); sent || err != nil {
					t.Errorf("AbortNow() = %v, %v", sent, err)
				}
				mustEcho(t, c)
			}
			if diff := cmp.Diff([]string{`{"echo":1}`, `{"echo":1}`, "close"}, done()); diff != "" {
				t.Errorf("the server received (-want +got):\n%s", diff)
			}
			if sent, err := c.AbortNow(t.Context(), []byte(abortText)); sent || !errors.Is(err, wire.ErrClosed) {
				t.Errorf("AbortNow() after Close = %v, %v", sent, err)
			}
		})
	})
	t.Run("in flight, and then the context ends too", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c, done := pipe(t, wire.Options{CancelGrace: 10 * time.Second}, func(s *server) {
				s.receive()
				s.receive()
				time.Sleep(10 * time.Second)
				_ = s.SendText(`{"status":"error"}`)
				s.echo()
			})
			go func() {
				time.Sleep(time.Second)
				for i := range 3 {
					if sent, err := c.AbortNow(t.Context(), []byte(abortText)); sent != (i == 0) || err != nil {
						t.Errorf("AbortNow() = %v, %v", sent, err)
					}
				}
			}()
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			a, got, err := roundTrip(ctx, c, wire.Request{Payload: []byte(`{"n":1}`), Abort: []byte(abortText)})
			if err != nil {
				t.Fatal(err)
			}
			checkOutcome(t, got, wire.Outcome{Sent: wire.Whole, Aborted: true, GaveUp: true})
			a.Release()
			mustEcho(t, c)
			if diff := cmp.Diff([]string{`{"n":1}`, abortText, `{"echo":1}`, "close"}, done()); diff != "" {
				t.Errorf("the server received (-want +got):\n%s", diff)
			}
		})
	})
	t.Run("while the request is being written", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c, done := pipe(t, wire.Options{}, func(s *server) {
				time.Sleep(time.Minute)
				s.receive()
				s.receive()
				_ = s.SendText(`{"status":"error"}`)
				s.echo()
			})
			answered := make(chan wire.Outcome)
			go func() {
				a, got, err := roundTrip(t.Context(), c, wire.Request{Payload: []byte(bigDocument(1 << 20))})
				if err != nil {
					t.Error(err)
				}
				a.Release()
				answered <- got
			}()
			synctest.Wait()
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if sent, err := c.AbortNow(ctx, []byte(abortText)); sent || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("AbortNow() before all was sent = %v, %v", sent, err)
			}
			if sent, err := c.AbortNow(t.Context(), []byte(abortText)); !sent || err != nil {
				t.Errorf("AbortNow() = %v, %v", sent, err)
			}
			checkOutcome(t, <-answered, wire.Outcome{Sent: wire.Whole, Aborted: true})
			mustEcho(t, c)
			if diff := cmp.Diff([]string{"1048590 bytes", abortText, `{"echo":1}`, "close"}, done()); diff != "" {
				t.Errorf("the server received (-want +got):\n%s", diff)
			}
		})
	})
	t.Run("the server does not take it", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c, _ := pipe(t, wire.Options{CancelGrace: 3 * time.Second}, func(s *server) {
				s.receive()
				time.Sleep(time.Hour)
			})
			go func() {
				time.Sleep(time.Second)
				if sent, err := c.AbortNow(t.Context(), []byte(abortText)); sent || !errors.Is(err, wire.ErrClosed) {
					t.Errorf("AbortNow() = %v, %v", sent, err)
				}
			}()
			start := time.Now()
			_, _, err := roundTrip(t.Context(), c, wire.Request{Payload: []byte("{}")})
			if !errors.Is(err, wire.ErrClosed) || time.Since(start) != 4*time.Second {
				t.Errorf("error = %v after %v", err, time.Since(start))
			}
		})
	})
}

// TestStorm mixes requests, contexts that end at random and aborts from elsewhere, on a real network. Every answer must
// belong to its request, and between two requests the server must see at most one abort, and only behind a request.
func TestStorm(t *testing.T) {
	const callers, rounds = 4, 150
	var aborts atomic.Int64
	c := loopback(t, socketOptions, wire.Options{}, func(s *server) {
		messages := make(chan string)
		go func() {
			defer close(messages)
			for {
				text := s.receive()
				if text == "" || text == "close" {
					return
				}
				messages <- text
			}
		}()
		aborted := true // nothing to abort yet
		for text := range messages {
			if text == abortText {
				if aborted {
					t.Error("second abort for a request")
				}
				aborted = true
				aborts.Add(1)
				continue
			}
			aborted = false
			var n int
			_, _ = fmt.Sscanf(text, `{"n":%d`, &n)
			if n%3 == 0 { // answer late, or when aborted
				select {
				case text, ok := <-messages:
					if !ok {
						return
					}
					if text != abortText {
						t.Errorf("the client sent %s instead of waiting", text)
					}
					aborted = true
					aborts.Add(1)
				case <-time.After(time.Duration(n%7) * time.Millisecond):
				}
			}
			if s.SendText(fmt.Sprintf(`{"answer":%d}`, n)) != nil {
				break
			}
		}
		for range messages {
		}
	})

	stop := make(chan struct{})
	var aborting, asking sync.WaitGroup
	aborting.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(100 * time.Microsecond):
				if _, err := c.AbortNow(t.Context(), []byte(abortText)); err != nil {
					t.Errorf("AbortNow: %v", err)
				}
			}
		}
	})
	var answers, ended atomic.Int64
	for i := range callers {
		asking.Go(func() {
			for j := range rounds {
				n := i*rounds + j
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(n%11)*300*time.Microsecond)
				payload := fmt.Sprintf(`{"n":%d,"pad":"%s"}`, n, strings.Repeat("x", n%5*20_000))
				a, got, err := roundTrip(ctx, c, wire.Request{Payload: []byte(payload), Abort: []byte(abortText), IdleTimeout: time.Minute})
				cancel()
				switch {
				case err == nil:
					answers.Add(1)
					if want := fmt.Sprintf(`{"answer":%d}`, n); string(a.Message) != want {
						t.Errorf("request %d got %s", n, a.Message)
					}
					a.Release()
				case got.Sent == wire.Nothing && errors.Is(err, context.DeadlineExceeded):
					ended.Add(1)
				default:
					t.Errorf("request %d: %v", n, err)
				}
			}
		})
	}
	asking.Wait()
	close(stop)
	aborting.Wait()
	t.Logf("%d answers, %d not sent, %d aborts", answers.Load(), ended.Load(), aborts.Load())
	if answers.Load() == 0 || aborts.Load() == 0 {
		t.Error("the storm was too calm")
	}
}

// lingeringSocket has a Read that takes its time to notice that the connection was closed.
type lingeringSocket struct{ *fakeSocket }

func (s lingeringSocket) Read(dst []byte, grow func([]byte, int) []byte) (socket.Kind, []byte, error) {
	kind, b, err := s.fakeSocket.Read(dst, grow)
	if err != nil {
		time.Sleep(time.Second)
	}
	return kind, b, err
}

// TestCloseWaitsForTheReader checks that no goroutine is left when Close returns.
func TestCloseWaitsForTheReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := wire.New(lingeringSocket{newFake(nil)}, wire.Options{})
		start := time.Now()
		c.Shutdown()
		if d := time.Since(start); d != time.Second {
			t.Errorf("Close returned after %v", d)
		}
	})
}

// TestNoAbortAfterTheAnswer ends the context when the answer has been read and its caller does not know yet.
func TestNoAbortAfterTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var sent []string
		fake := newFake(nil)
		fake.answer = func(kind socket.Kind, p []byte) (socket.Kind, []byte) {
			sent = append(sent, string(p))
			return socket.Text, []byte(`{"status":"ok"}`)
		}
		c := wire.New(&hookSocket{fakeSocket: fake, afterWrite: func() {
			synctest.Wait() // the reader has the answer
			cancel()
		}}, wire.Options{})
		defer c.Shutdown()
		a, got, err := roundTrip(ctx, c, wire.Request{Payload: []byte("{}"), Abort: []byte(abortText)})
		if err != nil || got.Aborted {
			t.Errorf("RoundTrip() = %+v, %v", got, err)
		}
		a.Release()
		if diff := cmp.Diff([]string{"{}"}, sent); diff != "" {
			t.Errorf("sent (-want +got):\n%s", diff)
		}
	})
}

// hookSocket calls a function when a message has been written.
type hookSocket struct {
	*fakeSocket
	afterWrite func()
}

func (s *hookSocket) Write(kind socket.Kind, p []byte, d time.Duration, blocked func()) (bool, error) {
	sent, err := s.fakeSocket.Write(kind, p, d, blocked)
	s.afterWrite()
	return sent, err
}
