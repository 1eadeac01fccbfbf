package wire_test

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire/internal/socket"
	"github.com/exawire/exawire/internal/wire"
)

// muteSocket takes every message and never answers.
type muteSocket struct {
	*fakeSocket
	blocks bool
}

func (s muteSocket) Write(_ socket.Kind, _ []byte, _ time.Duration, blocked func()) (bool, error) {
	if s.blocks && blocked != nil {
		blocked()
	}
	return true, nil
}

// TestGrace gives up a request that is never answered, whether or not its write had to wait.
func TestGrace(t *testing.T) {
	for _, blocks := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			c := wire.New(muteSocket{newFake(nil), blocks}, wire.Options{CancelGrace: 3 * time.Second})
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			start := time.Now()
			_, got, err := roundTrip(ctx, c, wire.Request{Payload: []byte("{}")})
			checkOutcome(t, got, wire.Outcome{Sent: wire.Whole, GaveUp: true})
			if d := time.Since(start); !errors.Is(err, wire.ErrClosed) || d != 4*time.Second {
				t.Errorf("error = %v after %v", err, d)
			}
			c.Shutdown()
		})
	}
}

// quietContext has ended once it says so, and tells nobody.
type quietContext struct {
	context.Context
	ended atomic.Bool
}

func (c *quietContext) Err() error {
	if c.ended.Load() {
		return context.Canceled
	}
	return nil
}

// TestContextEndsWithTheConnection has both end at once, and the connection win.
func TestContextEndsWithTheConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := wire.New(muteSocket{newFake(nil), false}, wire.Options{})
		ctx := &quietContext{Context: t.Context()}
		time.AfterFunc(time.Second, func() {
			ctx.ended.Store(true)
			c.Close(errors.New("broken"))
		})
		_, got, err := roundTrip(ctx, c, wire.Request{Payload: []byte("{}")})
		checkOutcome(t, got, wire.Outcome{Sent: wire.Whole, GaveUp: true})
		if !errors.Is(err, wire.ErrClosed) || errors.Is(err, context.Canceled) {
			t.Errorf("error = %v", err)
		}
	})
}

// hookContext calls a function the first time it is asked for its error.
type hookContext struct {
	context.Context
	hook func()
}

func (c *hookContext) Err() error {
	if hook := c.hook; hook != nil {
		c.hook = nil
		hook()
	}
	return c.Context.Err()
}

// TestAbortOfAnOldRequest has AbortNow find one request, and take so long that the next one is in flight when it is
// about to abort.
func TestAbortOfAnOldRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, done := pipe(t, wire.Options{}, func(s *server) {
			for range 2 {
				text := s.receive()
				time.Sleep(time.Second)
				_ = s.SendText(text)
			}
			s.receive()
		})
		ctx := &hookContext{Context: t.Context(), hook: func() { time.Sleep(1500 * time.Millisecond) }}
		time.AfterFunc(100*time.Millisecond, func() {
			if sent, err := c.AbortNow(ctx, []byte(abortText)); sent || err != nil {
				t.Errorf("AbortNow() = %v, %v", sent, err)
			}
		})
		for range 2 {
			a, got, err := roundTrip(t.Context(), c, wire.Request{Payload: []byte("{}")})
			if err != nil {
				t.Fatal(err)
			}
			a.Release()
			checkOutcome(t, got, wire.Outcome{Sent: wire.Whole})
		}
		done()
	})
}

// eagerCodec reads whatever it is given.
type eagerCodec struct{ asked bool }

func (*eagerCodec) Compress(dst, src []byte) ([]byte, error) { return append(dst, src...), nil }

func (c *eagerCodec) Decompress(dst, _ []byte, _ int64) ([]byte, error) {
	c.asked = true
	return append(dst, "{}"...), nil
}

// TestZlibHeader checks which binary messages are taken for compressed.
func TestZlibHeader(t *testing.T) {
	// header makes the second byte fit the first.
	header := func(first, flags byte) []byte {
		b := []byte{first, flags}
		for (int(b[0])<<8|int(b[1]))%31 != 0 {
			b[1]++
		}
		return b
	}
	for _, tt := range []struct {
		name string
		b    []byte
		ok   bool
	}{
		{"fastest", []byte{0x78, 0x01}, true},
		{"default", []byte{0x78, 0x9c}, true},
		{"small window", header(0x18, 0), true},
		{"preset dictionary", header(0x78, 0x20), false},
		{"window too large", header(0x88, 0), false},
		{"another method", header(0x77, 0), false},
		{"wrong check", []byte{0x78, 0x02}, false},
		{"one byte", []byte{0x78}, false},
	} {
		fake := newFake(func(socket.Kind, []byte) (socket.Kind, []byte) { return socket.Binary, bytes.Clone(tt.b) })
		codec := &eagerCodec{}
		c := wire.New(fake, wire.Options{Codec: codec})
		a, _, err := roundTrip(t.Context(), c, wire.Request{Payload: []byte("{}")})
		if codec.asked != tt.ok || (err == nil) != tt.ok || !tt.ok && !isProtocolError(err) {
			t.Errorf("%s (%x): codec asked: %v, %v", tt.name, tt.b, codec.asked, err)
		}
		a.Release()
		c.Shutdown()
	}
}

// OnClose is called once, whoever closes the connection, before anybody who waits for that goes on, and with no lock held.
func TestOnClose(t *testing.T) {
	for name, end := range map[string]func(*wire.Conn, *fakeSocket){
		"Shutdown": func(c *wire.Conn, _ *fakeSocket) { c.Shutdown() },
		"Close":    func(c *wire.Conn, _ *fakeSocket) { c.Close(errCause) },
		"all at once": func(c *wire.Conn, s *fakeSocket) {
			var wg sync.WaitGroup
			wg.Go(c.Shutdown)
			wg.Go(func() { c.Close(errCause) })
			wg.Go(func() { _ = s.CloseNow() })
			wg.Wait()
		},
		"the server": func(_ *wire.Conn, s *fakeSocket) { _ = s.CloseNow(); synctest.Wait() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var c *wire.Conn
				var calls int
				s := newFake(nil)
				ready := make(chan struct{})
				c = wire.New(s, wire.Options{OnClose: func() {
					<-ready
					calls++
					if err := c.Err(); !errors.Is(err, wire.ErrClosed) {
						t.Errorf("Err() = %v", err)
					}
					if name == "Close" && !errors.Is(c.Cause(), errCause) {
						t.Errorf("Cause() = %v", c.Cause())
					}
					if c.TryLock() || c.Lock(t.Context()) == nil {
						t.Error("the lock was given away")
					}
				}})
				close(ready)
				end(c, s)
				if calls != 1 {
					t.Errorf("OnClose was called %d times", calls)
				}
				c.Shutdown()
			})
		})
	}
}

var errCause = errors.New("cause")
