package wire_test

import (
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire/internal/socket"
	"github.com/exawire/exawire/internal/socket/sockettest"
	"github.com/exawire/exawire/internal/wire"
)

func TestIdleTimeout(t *testing.T) {
	const size = 1 << 20
	tests := []struct {
		name   string
		server func(*server)
		size   int // of the request
		ok     bool
		after  time.Duration
		sent   wire.Sent
		stall  bool // ended by what the server does not take
	}{
		{
			name:   "silence",
			server: func(s *server) { s.receive(); time.Sleep(time.Hour) },
			after:  5 * time.Second, sent: wire.Whole,
		},
		{
			name: "feedback, then silence",
			server: func(s *server) {
				s.receive()
				for range 10 {
					time.Sleep(4 * time.Second)
					_ = s.Send(true, sockettest.OpPong, []byte("EXECUTING"))
				}
				time.Sleep(time.Hour)
			},
			after: 45 * time.Second, sent: wire.Whole,
		},
		{
			name: "feedback, then the answer",
			server: func(s *server) {
				s.receive()
				for range 10 {
					time.Sleep(4 * time.Second)
					_ = s.Send(true, sockettest.OpPong, []byte("EXECUTING"))
					_ = s.SendText("EXECUTING")
				}
				_ = s.SendText("{}")
				s.echo()
			},
			ok: true, sent: wire.Whole, after: 40 * time.Second,
		},
		{
			name:   "the server does not read the request",
			server: func(*server) { time.Sleep(time.Hour) },
			after:  5 * time.Second, stall: true,
		},
		{
			name: "the server does not read the rest of the request", size: size,
			server: func(s *server) { _, _ = io.ReadFull(s.Conn, make([]byte, 1000)); time.Sleep(time.Hour) },
			after:  10 * time.Second, sent: wire.Part, stall: true, // seen at the second look
		},
		{
			name: "pongs, but the server does not read the request",
			server: func(s *server) {
				for range 20 {
					time.Sleep(time.Second)
					_ = s.Send(true, sockettest.OpPong, []byte("EXECUTING"))
				}
			},
			after: 5 * time.Second, stall: true,
		},
		{
			name: "the server takes its time to read the request", size: size,
			server: func(s *server) {
				left := size + 14 // with the header of the frame
				for range 10 {
					time.Sleep(4 * time.Second)
					n, _ := io.ReadFull(s.Conn, make([]byte, 10_000))
					left -= n
				}
				_, _ = io.ReadFull(s.Conn, make([]byte, left))
				_ = s.SendText("{}")
				s.echo()
			},
			ok: true, sent: wire.Whole, after: 40 * time.Second,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, done := pipe(t, wire.Options{}, tt.server)
				payload := []byte("{}")
				if tt.size > 0 {
					payload = make([]byte, tt.size)
				}
				start := time.Now()
				a, got, err := roundTrip(t.Context(), c, wire.Request{Payload: payload, IdleTimeout: 5 * time.Second})
				if d := time.Since(start); d != tt.after {
					t.Errorf("took %v, want %v", d, tt.after)
				}
				checkOutcome(t, got, wire.Outcome{Sent: tt.sent})
				if !tt.ok {
					var silence *socket.SilenceError
					var stall *socket.StallError
					switch {
					case !errors.Is(err, wire.ErrClosed):
						t.Errorf("error = %v, want ErrClosed", err)
					case tt.stall && (!errors.As(err, &stall) || stall.After != 5*time.Second):
						t.Errorf("error = %v, want a StallError", err)
					case !tt.stall && (!errors.As(err, &silence) || silence.After != 5*time.Second):
						t.Errorf("error = %v, want a SilenceError", err)
					}
					mustBeClosed(t, c, nil)
					done()
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				a.Release()
				time.Sleep(time.Hour) // an idle server may be silent
				mustEcho(t, c)
				done()
			})
		})
	}
}

// TestStallIsNotForgiven has a server that has answered before it stopped reading.
func TestStallIsNotForgiven(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, done := pipe(t, wire.Options{}, func(s *server) {
			_, _ = io.ReadFull(s.Conn, make([]byte, 1000))
			_ = s.SendText(`{"status":"error"}`)
			time.Sleep(time.Hour)
		})
		start := time.Now()
		a, got, err := roundTrip(t.Context(), c, wire.Request{Payload: make([]byte, 1<<20), IdleTimeout: 5 * time.Second})
		if err != nil || string(a.Message) != `{"status":"error"}` {
			t.Errorf("answer = %q, %v", a.Message, err)
		}
		a.Release()
		checkOutcome(t, got, wire.Outcome{Sent: wire.Part})
		if d := time.Since(start); d != 10*time.Second {
			t.Errorf("took %v", d)
		}
		mustBeClosed(t, c, nil)
		done()
	})
}

// TestPingDuringRequest has a server ping for a minute before it reads a large request.
func TestPingDuringRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, done := pipe(t, wire.Options{}, func(s *server) {
			for range 10 {
				_ = s.Send(true, sockettest.OpPing, []byte("x"))
				time.Sleep(6 * time.Second)
			}
			frames := map[byte]string{}
			for len(frames) < 2 { // the first pong may have been faster than the request
				op, payload, err := s.Receive()
				if err != nil {
					t.Errorf("Receive: %v", err)
					return
				}
				frames[op] = string(payload)
			}
			if _, ok := frames[sockettest.OpPong]; !ok {
				t.Error("no pong")
			}
			_ = s.SendText(frames[sockettest.OpText])
			for { // there may be another pong
				op, payload, err := s.Receive()
				if err != nil {
					return
				}
				if op == sockettest.OpText {
					_ = s.SendText(string(payload))
				}
			}
		})
		payload := bigDocument(1 << 20)
		a, got, err := roundTrip(t.Context(), c, wire.Request{Payload: []byte(payload)})
		if err != nil || string(a.Message) != payload {
			t.Fatalf("%d bytes, %v", len(a.Message), err)
		}
		a.Release()
		checkOutcome(t, got, wire.Outcome{Sent: wire.Whole})
		mustEcho(t, c)
		done()
	})
}
