package wire_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/internal/socket"
	"github.com/exawire/exawire/internal/socket/sockettest"
	"github.com/exawire/exawire/internal/wire"
)

// TestRoundTripAndContext goes through everything that can happen when the context of a caller ends, in virtual time.
// The context ends after 5 seconds unless a row says otherwise, and the grace is 10 seconds.
func TestRoundTripAndContext(t *testing.T) {
	const (
		request   = `{"command":"execute"}`
		aborted   = `{"status":"error","exception":{"sqlCode":"R0003"}}`
		timeout   = 5 * time.Second
		grace     = 10 * time.Second
		never     = time.Duration(-1)
		resultSet = `{"status":"ok","responseData":{"resultSetHandle":7}}`
	)
	large := bigDocument(1 << 20)
	waits := func(d time.Duration, answer string) func(*server) {
		return func(s *server) {
			s.receive()
			time.Sleep(d)
			_ = s.SendText(answer)
			s.echo()
		}
	}
	answersAbort := func(after time.Duration, answer string) func(*server) {
		return func(s *server) {
			s.receive()
			s.receive()
			time.Sleep(after)
			_ = s.SendText(answer)
			s.echo()
		}
	}
	tests := []struct {
		name    string
		timeout time.Duration // 0: 5 seconds
		payload string        // "": request
		noAbort bool
		server  func(*server)

		answer  string // "": an error
		sent    wire.Sent
		aborted bool
		gaveUp  bool
		after   time.Duration
		log     []string // what the server received
	}{
		{
			name:   "answer in time",
			server: waits(time.Second, resultSet),
			sent:   wire.Whole, answer: resultSet, after: time.Second, log: []string{request},
		},
		{
			name: "no deadline", timeout: never,
			server: waits(time.Hour, resultSet),
			sent:   wire.Whole, answer: resultSet, after: time.Hour, log: []string{request},
		},
		{
			name: "ended before it is sent", timeout: time.Nanosecond,
			server: (*server).echo,
			gaveUp: true,
		},
		{
			name:   "abort succeeds",
			server: answersAbort(time.Second, aborted),
			sent:   wire.Whole, answer: aborted, aborted: true, gaveUp: true, after: timeout + time.Second, log: []string{request, abortText},
		},
		{
			name:   "abort succeeds at the last moment",
			server: answersAbort(grace-time.Nanosecond, aborted),
			sent:   wire.Whole, answer: aborted, aborted: true, gaveUp: true, after: timeout + grace - 1, log: []string{request, abortText},
		},
		{
			name:   "abort, but another error",
			server: answersAbort(0, `{"status":"error","exception":{"sqlCode":"42000"}}`),
			answer: `{"status":"error","exception":{"sqlCode":"42000"}}`, aborted: true, gaveUp: true,
			sent: wire.Whole, after: timeout, log: []string{request, abortText},
		},
		{
			name:   "abort, but a result",
			server: answersAbort(0, resultSet),
			sent:   wire.Whole, answer: resultSet, aborted: true, gaveUp: true, after: timeout, log: []string{request, abortText},
		},
		{
			name: "answer and abort cross",
			server: func(s *server) {
				s.receive()
				time.Sleep(timeout)
				synctest.Wait() // the client is writing the abort
				_ = s.SendText(resultSet)
				s.echo2()
			},
			sent: wire.Whole, answer: resultSet, aborted: true, gaveUp: true, after: timeout, log: []string{request, abortText},
		},
		{
			name: "no answer to the abort",
			server: func(s *server) {
				for s.receive() != "" {
				}
			},
			sent: wire.Whole, aborted: true, gaveUp: true, after: timeout + grace, log: []string{request, abortText},
		},
		{
			name: "abort is not taken",
			server: func(s *server) {
				s.receive()
				time.Sleep(time.Hour)
			},
			sent: wire.Whole, gaveUp: true, after: timeout + grace, log: []string{request},
		},
		{
			name: "connection ends instead of an answer to the abort",
			server: func(s *server) {
				s.receive()
				s.receive()
				time.Sleep(time.Second)
			},
			sent: wire.Whole, aborted: true, gaveUp: true, after: timeout + time.Second, log: []string{request, abortText},
		},
		{
			name: "connection ends before",
			server: func(s *server) {
				s.receive()
				time.Sleep(time.Second)
			},
			sent: wire.Whole, after: time.Second, log: []string{request},
		},
		{
			name: "not abortable, answer within the grace", noAbort: true,
			server: waits(timeout+time.Second, resultSet),
			sent:   wire.Whole, answer: resultSet, gaveUp: true, after: timeout + time.Second, log: []string{request},
		},
		{
			name: "not abortable, no answer", noAbort: true,
			server: func(s *server) {
				for s.receive() != "" {
				}
			},
			sent: wire.Whole, gaveUp: true, after: timeout + grace, log: []string{request},
		},
		{
			name: "ends during a large write", payload: large,
			server: func(s *server) {
				time.Sleep(timeout + time.Second)
				s.receive()
				s.receive()
				time.Sleep(time.Second)
				_ = s.SendText(aborted)
				s.echo()
			},
			sent: wire.Whole, answer: aborted, aborted: true, gaveUp: true, after: timeout + 2*time.Second, log: []string{"1048590 bytes", abortText},
		},
		{
			name: "ends during a large write that does not get through", payload: large,
			server: func(s *server) {
				_, _ = io.ReadFull(s.Conn, make([]byte, 1000))
				time.Sleep(time.Hour)
			},
			sent: wire.Part, gaveUp: true, after: timeout + grace,
		},
		{
			name: "ends during a large write of which nothing is taken", payload: large,
			server: func(*server) { time.Sleep(time.Hour) },
			gaveUp: true, after: timeout + grace,
		},
		{
			name: "large write, no answer within the grace that began while writing", payload: large,
			server: func(s *server) {
				time.Sleep(timeout + time.Second)
				for s.receive() != "" {
				}
			},
			sent: wire.Whole, aborted: true, gaveUp: true, after: timeout + grace, log: []string{"1048590 bytes", abortText},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, done := pipe(t, wire.Options{CancelGrace: grace}, tt.server)
				if err := c.Lock(t.Context()); err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithCancel(context.Background())
				switch tt.timeout {
				case 0:
					ctx, cancel = context.WithTimeout(ctx, timeout)
				case never:
				default:
					ctx, cancel = context.WithTimeout(ctx, tt.timeout)
					<-ctx.Done()
				}
				defer cancel()

				r := wire.Request{Payload: []byte(request), Abort: []byte(abortText)}
				if tt.payload != "" {
					r.Payload = []byte(tt.payload)
				}
				if tt.noAbort {
					r.Abort = nil
				}
				start := time.Now()
				a, got, err := c.RoundTrip(ctx, r)
				if d := time.Since(start); d != tt.after {
					t.Errorf("took %v, want %v", d, tt.after)
				}
				c.Unlock()

				if tt.answer != "" {
					if err != nil {
						t.Fatal(err)
					}
					if string(a.Message) != tt.answer {
						t.Errorf("answer = %s", a.Message)
					}
					a.Release()
				} else {
					if err == nil {
						t.Fatalf("answer = %q, want an error", a.Message)
					}
					usable := tt.sent == wire.Nothing && tt.after == 0
					if errors.Is(err, context.DeadlineExceeded) != usable {
						t.Errorf("error = %v; matches the context's: %v", err, !usable)
					}
					if errors.Is(err, wire.ErrClosed) == usable {
						t.Errorf("error = %v; matches ErrClosed: %v", err, usable)
					}
				}
				checkOutcome(t, got, wire.Outcome{Sent: tt.sent, Aborted: tt.aborted, GaveUp: tt.gaveUp})

				// Whatever happened: nothing comes later, and the next answer is the right one.
				cancel()
				time.Sleep(2 * grace)
				if c.Err() == nil {
					mustEcho(t, c)
					tt.log = append(tt.log, `{"echo":1}`, "close")
				} else {
					mustBeClosed(t, c, nil)
				}
				if tt.answer != "" != (len(tt.log) > 0 && tt.log[len(tt.log)-1] == "close") && tt.sent != wire.Nothing {
					t.Errorf("connection: %v", c.Err())
				}
				if diff := cmp.Diff(tt.log, done()); diff != "" {
					t.Errorf("the server received (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// echo2 is echo for a server that is still owed an abort.
func (s *server) echo2() {
	s.receive()
	s.echo()
}

// TestLateContext ends the context after the answer: nothing may happen then.
func TestLateContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, done := pipe(t, wire.Options{}, (*server).echo)
		ctx, cancel := context.WithCancel(context.Background())
		a, _, err := roundTrip(ctx, c, wire.Request{Payload: []byte("{}"), Abort: []byte(abortText)})
		if err != nil {
			t.Fatal(err)
		}
		a.Release()
		cancel()
		time.Sleep(time.Hour)
		mustEcho(t, c)
		if diff := cmp.Diff([]string{"{}", `{"echo":1}`, "close"}, done()); diff != "" {
			t.Errorf("the server received (-want +got):\n%s", diff)
		}
	})
}

func TestRequestLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, done := pipe(t, wire.Options{MessageLimit: 1000}, (*server).echo)
		try := func(n int, ok bool) {
			t.Helper()
			a, got, err := roundTrip(t.Context(), c, wire.Request{Payload: fmt.Appendf(nil, "{%*s}", n-2, "")})
			if ok != (err == nil) || !ok && (!errors.Is(err, wire.ErrTooLarge) || got.Sent != wire.Nothing || c.Err() != nil) {
				t.Errorf("%d bytes: %v", n, err)
			}
			a.Release()
		}
		try(1000, true)
		try(1001, false)
		c.SetRequestLimit(0)
		try(1001, false)
		c.SetRequestLimit(99)
		try(99, true)
		try(100, false)
		done()
	})
}

func TestRelease(t *testing.T) {
	c := wire.New(newFake(func(_ socket.Kind, p []byte) (socket.Kind, []byte) { return socket.Text, p }), wire.Options{})
	defer c.Shutdown()
	payload := []byte(bigDocument(100_000))
	for range 20 {
		a, _, err := roundTrip(t.Context(), c, wire.Request{Payload: payload})
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a.Message, payload) {
			t.Fatal("the answer was overwritten")
		}
		copied := a
		a.Release()
		a.Release()
		// If this gave the memory back once more, two later answers would share it.
		copied.Release()
		first, _, err := roundTrip(t.Context(), c, wire.Request{Payload: payload})
		if err != nil {
			t.Fatal(err)
		}
		second, _, err := roundTrip(t.Context(), c, wire.Request{Payload: payload})
		if err != nil {
			t.Fatal(err)
		}
		if &first.Message[0] == &second.Message[0] {
			t.Fatal("two answers share their memory")
		}
		second.Release()
		if !bytes.Equal(first.Message, payload) {
			t.Fatal("an answer was overwritten before its release")
		}
		first.Release()
	}
}

// TestNoGoroutinesPerRoundTrip checks that a round trip leaves nothing behind, also in the caller's context.
func TestNoGoroutinesPerRoundTrip(t *testing.T) {
	c := loopback(t, socketOptions, wire.Options{}, (*server).echo)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	before := runtime.NumGoroutine()
	for range 100 {
		a, _, err := roundTrip(ctx, c, wire.Request{Payload: []byte("{}"), Abort: []byte(abortText), IdleTimeout: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		a.Release()
	}
	if after := runtime.NumGoroutine(); after > before+1 {
		t.Errorf("%d goroutines before, %d after", before, after)
	}
}

func TestErrorTexts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, done := pipe(t, wire.Options{CancelGrace: 3 * time.Second}, func(s *server) {
			for s.receive() != "" {
			}
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, _, err := roundTrip(ctx, c, wire.Request{Payload: []byte(`{"password":"secret"}`)})
		const want = "exawire: connection closed: no answer within 3s after the request was given up"
		if err == nil || err.Error() != want {
			t.Errorf("error = %v\nwant    %v", err, want)
		}
		if strings.Contains(fmt.Sprintf("%+v", err), "secret") {
			t.Errorf("error = %+v", err)
		}
		done()
	})
}

// TestAnswerBeforeTheEndOfTheRequest has a server that answers and leaves without reading all of the request.
func TestAnswerBeforeTheEndOfTheRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const rejected = `{"status":"error","exception":{"text":"message too large"}}`
		c, _ := pipe(t, wire.Options{}, func(s *server) {
			_, _ = io.ReadFull(s.Conn, make([]byte, 1000))
			_ = s.SendText(rejected)
		})
		a, got, err := roundTrip(t.Context(), c, wire.Request{Payload: []byte(bigDocument(1 << 20))})
		if err != nil || string(a.Message) != rejected {
			t.Errorf("answer = %q, %v; want what the server said", a.Message, err)
		}
		checkOutcome(t, got, wire.Outcome{Sent: wire.Part})
		a.Release()
		mustBeClosed(t, c, nil)
	})
}

// TestCompressedAbort checks that an abort is framed as the request is.
func TestCompressedAbort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type frame struct {
			Op   byte
			Text string
		}
		var got []frame
		c, done := pipe(t, wire.Options{}, func(s *server) {
			for range 2 {
				op, payload, err := s.Receive()
				if err != nil {
					t.Error(err)
					return
				}
				got = append(got, frame{op, inflate(t, payload)})
			}
			_ = s.Send(true, sockettest.OpBinary, deflate(t, `{"status":"error"}`))
			s.receive()
		})
		c.EnableCompression()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		a, _, err := roundTrip(ctx, c, wire.Request{Payload: []byte(`{"n":1}`), Abort: []byte(abortText)})
		if err != nil {
			t.Fatal(err)
		}
		a.Release()
		done()
		want := []frame{{sockettest.OpBinary, `{"n":1}`}, {sockettest.OpBinary, abortText}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the server received (-want +got):\n%s", diff)
		}
	})
}
