package wire_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/internal/wire"
)

func TestSentString(t *testing.T) {
	for s, want := range map[wire.Sent]string{wire.Nothing: "nothing", wire.Part: "part", wire.Whole: "whole", 9: "Sent(9)"} {
		if got := s.String(); got != want {
			t.Errorf("Sent(%d).String() = %q, want %q", s, got, want)
		}
	}
}

// TestStrangeCause ends contexts with causes that match errors of this package and of the network. What is told of a
// request must not depend on them.
func TestStrangeCause(t *testing.T) {
	for _, cause := range []error{
		errors.New("user closed the window"),
		fmt.Errorf("the other connection: %w", wire.ErrClosed),
		fmt.Errorf("the proxy: %w", net.ErrClosed),
		wire.ErrWithdrawn,
		wire.ErrTooLarge,
	} {
		t.Run(cause.Error(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, done := pipe(t, wire.Options{CancelGrace: 3 * time.Second}, func(s *server) {
					for s.receive() != "" {
					}
				})
				ctx, cancel := context.WithCancelCause(context.Background())
				cancel(cause)
				if err := c.Lock(t.Context()); err != nil {
					t.Fatal(err)
				}
				_, got, err := c.RoundTrip(ctx, wire.Request{Payload: []byte("{}"), Abort: []byte(abortText)})
				checkOutcome(t, got, wire.Outcome{Sent: wire.Nothing, GaveUp: true})
				if !errors.Is(err, context.Canceled) || !errors.Is(err, cause) || c.Err() != nil {
					t.Errorf("nothing sent: %v; connection: %v", err, c.Err())
				}

				ctx, cancel = context.WithCancelCause(context.Background())
				time.AfterFunc(time.Second, func() { cancel(cause) })
				_, got, err = c.RoundTrip(ctx, wire.Request{Payload: []byte("{}"), Abort: []byte(abortText)})
				checkOutcome(t, got, wire.Outcome{Sent: wire.Whole, Aborted: true, GaveUp: true})
				if !errors.Is(err, wire.ErrClosed) || errors.Is(err, context.Canceled) {
					t.Errorf("no answer: %v, want the error of the connection alone", err)
				}
				c.Unlock()
				done()
			})
		})
	}
}

// TestCloseByStrangeCause closes a connection because of an error that matches ErrClosed. That makes no orderly end.
func TestCloseByStrangeCause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, done := pipe(t, wire.Options{}, (*server).echo)
		cause := fmt.Errorf("the other connection: %w", wire.ErrClosed)
		c.Close(cause)
		mustBeClosed(t, c, cause)
		if diff := cmp.Diff([]string(nil), done()); diff != "" {
			t.Errorf("the server received (-want +got):\n%s", diff)
		}
	})
}

func TestCloseWithoutCause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := pipe(t, wire.Options{}, (*server).echo)
		c.Close(nil)
		mustBeClosed(t, c, nil)
		if want := wire.ErrClosed.Error(); c.Err().Error() != want {
			t.Errorf("Err() = %q, want %q", c.Err(), want)
		}
	})
}

// TestShielded has AbortNow meet a request that is none of its business.
func TestShielded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, done := pipe(t, wire.Options{}, func(s *server) {
			text := s.receive()
			time.Sleep(10 * time.Second)
			_ = s.SendText(text)
			s.echo()
		})
		go func() {
			time.Sleep(time.Second)
			if sent, err := c.AbortNow(t.Context(), []byte(abortText)); sent || err != nil {
				t.Errorf("AbortNow() = %v, %v", sent, err)
			}
		}()
		a, got, err := roundTrip(t.Context(), c, wire.Request{Payload: []byte(`{"n":1}`), Shielded: true})
		if err != nil {
			t.Fatal(err)
		}
		a.Release()
		checkOutcome(t, got, wire.Outcome{Sent: wire.Whole})
		mustEcho(t, c)
		if diff := cmp.Diff([]string{`{"n":1}`, `{"echo":1}`, "close"}, done()); diff != "" {
			t.Errorf("the server received (-want +got):\n%s", diff)
		}
	})
}

func TestWithdrawn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, done := pipe(t, wire.Options{}, (*server).echo)
		for _, withdrawn := range []bool{true, false} {
			asked := 0
			a, got, err := roundTrip(t.Context(), c, wire.Request{
				Payload:   []byte(`{"n":1}`),
				Withdrawn: func() bool { asked++; return withdrawn },
			})
			want := wire.Outcome{Sent: wire.Whole}
			if withdrawn {
				want = wire.Outcome{}
			}
			checkOutcome(t, got, want)
			if errors.Is(err, wire.ErrWithdrawn) != withdrawn || asked != 1 {
				t.Errorf("withdrawn %v: error = %v, asked %d times", withdrawn, err, asked)
			}
			a.Release()
		}
		mustEcho(t, c)
		if diff := cmp.Diff([]string{`{"n":1}`, `{"echo":1}`, "close"}, done()); diff != "" {
			t.Errorf("the server received (-want +got):\n%s", diff)
		}
	})
}

// TestNoAbortIsLost aborts at any moment of a round trip: the request is withdrawn, or the abort reaches the server.
func TestNoAbortIsLost(t *testing.T) {
	c := loopback(t, socketOptions, wire.Options{}, func(s *server) {
		for s.receive() != "" { // answers are for aborts alone
			if s.receive() == "" || s.SendText("{}") != nil {
				return
			}
		}
	})
	for i := range 500 {
		var gone atomic.Bool
		aborted := make(chan bool, 1)
		go func() {
			for range i % 50 * 20 {
				_ = c.RoundTripTime()
			}
			gone.Store(true)
			sent, err := c.AbortNow(t.Context(), []byte(abortText))
			if err != nil {
				t.Error(err)
			}
			aborted <- sent
		}()
		a, got, err := roundTrip(t.Context(), c, wire.Request{Payload: []byte("{}"), Withdrawn: gone.Load})
		sent := <-aborted
		if want := (wire.Outcome{Sent: wire.Whole, Aborted: true}); sent && (err != nil || got != want) {
			t.Fatalf("aborted: %+v, %v", got, err)
		}
		if want := (wire.Outcome{}); !sent && (!errors.Is(err, wire.ErrWithdrawn) || got != want) {
			t.Fatalf("not aborted: %+v, %v", got, err)
		}
		a.Release()
	}
}

// TestEnded says when the end of a context was noticed, and what is left of the patience then: the grace, or nothing for a
// request that is the last word of a caller who has left.
func TestEnded(t *testing.T) {
	for _, final := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			c, done := pipe(t, wire.Options{CancelGrace: 3 * time.Second}, func(s *server) {
				for s.receive() != "" {
				}
			})
			if err := c.Lock(t.Context()); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			start := time.Now()
			_, got, err := c.RoundTrip(ctx, wire.Request{Payload: []byte("{}"), Final: final})
			wait := 4 * time.Second
			if final {
				wait = time.Second
			}
			if took := time.Since(start); took != wait || !errors.Is(err, wire.ErrClosed) {
				t.Errorf("final %t: %v after %v", final, err, took)
			}
			if at := got.Ended.Sub(start); at != time.Second {
				t.Errorf("final %t: the end was noticed after %v", final, at)
			}
			if c.Cause() == nil || !errors.Is(c.Err(), c.Cause()) {
				t.Errorf("cause is %v, error is %v", c.Cause(), c.Err())
			}
			c.Unlock()
			done()
		})
	}
}
