package socket_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire/internal/socket"
	"github.com/exawire/exawire/internal/socket/sockettest"
)

// messageLimit is more than any message here.
const messageLimit = 65 << 20

// dial connects to a server on the loopback network.
func dial(tb testing.TB, o socket.Options, serve func(*sockettest.Server)) *socket.Conn {
	tb.Helper()
	c, err := socket.Dial(tb.Context(), sockettest.Listen(tb, sockettest.Serve(tb, serve)), "", o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { c.CloseNow() })
	return c
}

// dialPipe connects to a server in memory. wait closes the connection and waits for the server.
func dialPipe(t *testing.T, serve func(*sockettest.Server)) (c *socket.Conn, wait func()) {
	t.Helper()
	dial, serverDone := sockettest.Pipe(sockettest.Serve(t, serve))
	c, err := socket.Dial(t.Context(), "exasol:8563", "", socket.Options{DialContext: dial, MessageLimit: messageLimit})
	if err != nil {
		t.Fatal(err)
	}
	return c, func() {
		c.CloseNow()
		serverDone()
	}
}

func randomBytes(n int) []byte {
	src := rand.NewChaCha8([32]byte{byte(n), byte(n >> 8), byte(n >> 16)})
	b := make([]byte, n)
	_, _ = src.Read(b)
	return b
}

// fragments returns a message in frames of size bytes with an unsolicited pong, and an empty frame, before each.
func fragments(op byte, payload []byte, size int) []byte {
	var b []byte
	for {
		n := min(size, len(payload))
		b = sockettest.AppendFrame(b, true, sockettest.OpPong, []byte("EXECUTING"))
		b = sockettest.AppendFrame(b, n == len(payload), op, payload[:n])
		if payload = payload[n:]; len(payload) == 0 {
			return b
		}
		op = sockettest.OpContinuation
		b = sockettest.AppendFrame(b, false, op, nil)
	}
}

func TestRead(t *testing.T) {
	tests := []struct {
		name    string
		payload []byte
		size    int // of the fragments
	}{
		{"empty", nil, 1},
		{"small", []byte("hello"), 100},
		{"one byte frames", randomBytes(2000), 1},
		{"one buffer", randomBytes(4 << 10), 1 << 20},
		{"one buffer and one byte", randomBytes(4<<10 + 1), 1 << 20},
		{"medium frames", randomBytes(300_000), 16384},
		{"one huge frame", randomBytes(20 << 20), 32 << 20},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := dial(t, socket.Options{MessageLimit: messageLimit}, func(s *sockettest.Server) {
				for range 2 { // so that a message left half read would show
					_, _ = s.Write(fragments(sockettest.OpBinary, tt.payload, tt.size))
				}
				_, _, _ = s.Receive()
			})
			for range 2 {
				kind, got, err := c.Read([]byte("before"), nil)
				if err != nil || kind != socket.Binary {
					t.Fatalf("Read() = %v, %d bytes, %v", kind, len(got), err)
				}
				if !bytes.Equal(got, append([]byte("before"), tt.payload...)) {
					t.Fatalf("got %d other bytes, want %d", len(got)-6, len(tt.payload))
				}
			}
		})
	}
}

// TestReadCut ends the connection where the library takes the end of the connection for that of the message.
func TestReadCut(t *testing.T) {
	payload := bytes.Repeat([]byte("x"), 9000)
	frame := sockettest.AppendFrame(nil, true, sockettest.OpText, payload)
	first := sockettest.AppendFrame(nil, false, sockettest.OpText, payload)
	header := len(frame) - len(payload)
	tests := []struct {
		name   string
		send   []byte
		inside bool // the connection ends inside a message
	}{
		{"before a frame", nil, false},
		{"in a frame header", frame[:2], false},
		{"after a frame header", frame[:header], true},
		{"in a frame", frame[:header+5000], true},
		{"in a frame, at the first buffer's end", frame[:header+4096], true},
		{"in a frame, at the library's buffer's end", frame[:4096], true},
		{"one byte before the end", frame[:len(frame)-1], true},
		{"between fragments", first, true},
		{"after a pong between fragments", sockettest.AppendFrame(first, true, sockettest.OpPong, nil), true},
		{"after an empty fragment", sockettest.AppendFrame(first, false, sockettest.OpContinuation, nil), true},
	}
	for _, secure := range []bool{false, true} {
		for _, tt := range tests {
			name := tt.name
			if secure {
				name += ", TLS"
			}
			t.Run(name, func(t *testing.T) {
				c := dialMaybeTLS(t, secure, func(s *sockettest.Server) { _, _ = s.Write(tt.send) })
				_, got, err := c.Read(nil, nil)
				if err == nil {
					t.Fatalf("%d bytes were taken for a message", len(got))
				}
				if want := io.ErrUnexpectedEOF; errors.Is(err, want) != tt.inside {
					t.Errorf("error = %v; matches %v: %v", err, want, !tt.inside)
				}
				if want := io.EOF; errors.Is(err, want) == tt.inside {
					t.Errorf("error = %v; matches %v: %v", err, want, tt.inside)
				}
			})
		}
	}
}

// TestReadThenCut checks that a complete message counts although the connection ends right behind it.
func TestReadThenCut(t *testing.T) {
	for _, secure := range []bool{false, true} {
		for range 20 {
			c := dialMaybeTLS(t, secure, func(s *sockettest.Server) { _ = s.SendText("complete") })
			if _, got, err := c.Read(nil, nil); err != nil || string(got) != "complete" {
				t.Fatalf("Read() = %q, %v", got, err)
			}
			if _, _, err := c.Read(nil, nil); !errors.Is(err, io.EOF) {
				t.Fatalf("second Read: %v, want io.EOF", err)
			}
		}
	}
}

func dialMaybeTLS(t *testing.T, secure bool, serve func(*sockettest.Server)) *socket.Conn {
	t.Helper()
	if !secure {
		return dial(t, socket.Options{MessageLimit: messageLimit}, serve)
	}
	cert, roots := certificate(t, "exasol.example")
	addr := sockettest.Listen(t, func(conn net.Conn) {
		secure := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{cert}})
		defer secure.Close() // with a farewell, which the client sees as io.EOF
		sockettest.Serve(t, serve)(secure)
	})
	c, err := socket.Dial(t.Context(), addr, "exasol.example", socket.Options{TLS: &tls.Config{RootCAs: roots}, MessageLimit: messageLimit})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.CloseNow() })
	return c
}

func TestReadLimit(t *testing.T) {
	const limit = 10_000
	for _, tt := range []struct {
		size int
		ok   bool
	}{{limit - 1, true}, {limit, true}, {limit + 1, false}, {20 * limit, false}} {
		for _, fragment := range []int{1000, 1 << 20} {
			c := dial(t, socket.Options{MessageLimit: limit}, func(s *sockettest.Server) {
				_, _ = s.Write(fragments(sockettest.OpText, randomBytes(tt.size), fragment))
				_, _, _ = s.Receive()
			})
			_, got, err := c.Read(nil, nil)
			var tooLarge *socket.TooLargeError
			switch {
			case tt.ok && (err != nil || len(got) != tt.size):
				t.Errorf("%d bytes: %v", tt.size, err)
			case !tt.ok && (!errors.As(err, &tooLarge) || tooLarge.Limit != limit):
				t.Errorf("%d bytes: %v, want a TooLargeError", tt.size, err)
			case !tt.ok && len(got) > limit+1:
				t.Errorf("%d bytes: %d were read", tt.size, len(got))
			}
		}
	}
}

// TestReadAnnounced announces far more than comes, and counts what is asked for.
func TestReadAnnounced(t *testing.T) {
	c := dial(t, socket.Options{MessageLimit: messageLimit}, func(s *sockettest.Server) {
		_, _ = s.Write(append(sockettest.AppendHeader(nil, true, sockettest.OpText, 60<<20), make([]byte, 3000)...))
	})
	asked := 0
	_, _, err := c.Read(nil, func(b []byte, n int) []byte {
		asked += n
		return append(make([]byte, 0, len(b)+n), b...)
	})
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("error = %v", err)
	}
	if asked > 8192 {
		t.Errorf("asked for %d bytes, 3000 came", asked)
	}
}

func TestReadErrors(t *testing.T) {
	tests := []struct {
		name  string
		send  []byte
		check func(error) bool
	}{
		{"reserved bits", []byte{0xf1, 0x01, 'x'}, isFrameError},
		{"unknown opcode", []byte{0x83, 0x01, 'x'}, isFrameError},
		{"continuation of nothing", []byte{0x80, 0x01, 'x'}, isFrameError},
		{"message inside a message", []byte{0x01, 0x01, 'x', 0x81, 0x01, 'y'}, isFrameError},
		{"negative length", []byte{0x81, 127, 0xff, 0, 0, 0, 0, 0, 0, 0}, isFrameError},
		{"fragmented pong", []byte{0x0a, 0x01, 'x'}, isFrameError},
		{"invalid close code", []byte{0x88, 0x02, 0, 1}, isFrameError},
		{"close frame", sockettest.AppendFrame(nil, true, sockettest.OpClose, []byte("\x03\xe9maintenance")), func(err error) bool {
			code, text, ok := socket.CloseReason(err)
			return ok && code == 1001 && text == "maintenance"
		}},
		{"close frame inside a message", append([]byte{0x01, 0x01, 'x'}, 0x88, 0x00), func(err error) bool {
			code, text, ok := socket.CloseReason(err)
			return ok && code == 1005 && text == ""
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := dial(t, socket.Options{MessageLimit: messageLimit}, func(s *sockettest.Server) {
				_, _ = s.Write(tt.send)
				_, _, _ = s.Receive()
			})
			if _, got, err := c.Read(nil, nil); err == nil || !tt.check(err) {
				t.Errorf("Read() = %q, %v", got, err)
			}
		})
	}
	if _, _, ok := socket.CloseReason(io.EOF); ok {
		t.Error("io.EOF has a close reason")
	}
}

func isFrameError(err error) bool {
	var fe *socket.FrameError
	return errors.As(err, &fe)
}

func TestPing(t *testing.T) {
	got := make(chan string, 1)
	c := dial(t, socket.Options{MessageLimit: messageLimit}, func(s *sockettest.Server) {
		_ = s.Send(true, sockettest.OpPing, []byte("are you there"))
		op, payload, err := s.Receive()
		if err != nil || op != sockettest.OpPong {
			t.Errorf("Receive() = %d, %v", op, err)
		}
		got <- string(payload)
		_ = s.SendText("done")
		_, _, _ = s.Receive()
	})
	if _, _, err := c.Read(nil, nil); err != nil {
		t.Fatal(err)
	}
	if text := <-got; text != "are you there" {
		t.Errorf("pong = %q", text)
	}
}

// TestWriteBesideRead sends messages of all sizes from two goroutines while answers and pings come in.
func TestWriteBesideRead(t *testing.T) {
	for _, secure := range []bool{false, true} {
		c := dialMaybeTLS(t, secure, func(s *sockettest.Server) {
			for {
				op, payload, err := s.Receive()
				if err != nil {
					return
				}
				if op == sockettest.OpPong {
					continue
				}
				b := sockettest.AppendFrame(nil, true, sockettest.OpPing, []byte("x"))
				if _, err := s.Write(sockettest.AppendFrame(b, true, op, payload)); err != nil {
					return
				}
			}
		})
		sizes := []int{0, 1, 125, 126, 4095, 4096, 4097, 65535, 65536, 131072 - 8, 131072, 1 << 20}
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				for _, n := range sizes {
					if sent, err := c.Write(socket.Binary, randomBytes(n), 0, nil); err != nil || !sent {
						t.Errorf("write %d bytes: %v, %v", n, sent, err)
					}
				}
			})
		}
		for range 2 * len(sizes) {
			_, got, err := c.Read(nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, randomBytes(len(got))) {
				t.Fatalf("%d bytes came back changed", len(got))
			}
		}
		wg.Wait()
	}
}

func TestClosed(t *testing.T) {
	c := dial(t, socket.Options{MessageLimit: messageLimit}, echo)
	exchange(t, c, "hello")
	if err := c.CloseNow(); err != nil {
		t.Error(err)
	}
	if err := c.CloseNow(); err != nil {
		t.Error(err)
	}
	if _, _, err := c.Read(nil, nil); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Read: %v", err)
	}
	for _, n := range []int{1, 1 << 20} {
		if sent, err := c.Write(socket.Text, make([]byte, n), 0, nil); sent || !errors.Is(err, net.ErrClosed) {
			t.Errorf("Write of %d bytes = %v, %v", n, sent, err)
		}
	}
	c.SetIdleTimeout(time.Second)
	if !c.Settle() {
		t.Error("Settle() = false")
	}
}

// TestCloseNowUnblocks closes while a write of more than the network takes, and a read, are pending.
func TestCloseNowUnblocks(t *testing.T) {
	for _, secure := range []bool{false, true} {
		reached := make(chan struct{})
		hold := make(chan struct{})
		c := dialMaybeTLS(t, secure, func(s *sockettest.Server) {
			_, _ = io.ReadFull(s.Conn, make([]byte, 1000))
			close(reached)
			<-hold
		})
		var wg sync.WaitGroup
		wg.Go(func() {
			if sent, err := c.Write(socket.Text, make([]byte, 64<<20), 0, nil); !sent || err == nil {
				t.Errorf("Write() = %v, %v", sent, err)
			}
		})
		wg.Go(func() {
			if _, _, err := c.Read(nil, nil); !errors.Is(err, net.ErrClosed) {
				t.Errorf("Read() = %v", err)
			}
		})
		<-reached
		c.CloseNow()
		wg.Wait()
		close(hold)
	}
}

func TestClose(t *testing.T) {
	for _, secure := range []bool{false, true} {
		for _, reading := range []bool{false, true} {
			got := make(chan []byte, 1)
			c := dialMaybeTLS(t, secure, func(s *sockettest.Server) {
				op, payload, err := s.Receive()
				if err != nil || op != sockettest.OpClose {
					t.Errorf("Receive() = %d, %v; want a close frame", op, err)
				}
				got <- payload
			})
			var wg sync.WaitGroup
			if reading {
				wg.Go(func() {
					if _, _, err := c.Read(nil, nil); err == nil {
						t.Error("Read: no error")
					}
				})
				c.Settle() // the read is pending
			}
			c.Close(1000, "bye")
			if want := "\x03\xe8bye"; string(<-got) != want {
				t.Errorf("close frame without code and reason")
			}
			wg.Wait()
		}
	}
}

// TestCloseDoesNotWait closes although the server takes nothing: a pipe has no buffer.
func TestCloseDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hold := make(chan struct{})
		c, wait := dialPipe(t, func(*sockettest.Server) { <-hold })
		start := time.Now()
		c.Close(1000, "")
		if d := time.Since(start); d > time.Second {
			t.Errorf("Close took %v", d)
		}
		close(hold)
		wait()
	})
}

func TestIdleTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, wait := dialPipe(t, func(s *sockettest.Server) {
			time.Sleep(time.Hour) // nobody watches yet
			_ = s.SendText("first")
			for range 10 {
				time.Sleep(4 * time.Second)
				_ = s.Send(true, sockettest.OpPong, []byte("EXECUTING"))
			}
			for _, b := range sockettest.AppendFrame(nil, true, sockettest.OpText, []byte("second")) {
				time.Sleep(4 * time.Second)
				_, _ = s.Write([]byte{b})
			}
			time.Sleep(time.Hour)
			_ = s.SendText("third")
			_, _, _ = s.Receive()
		})
		defer wait()
		for _, want := range []string{"first", "second", "third"} {
			_, got, err := c.Read(nil, nil)
			if err != nil || string(got) != want {
				t.Fatalf("Read() = %q, %v; want %q", got, err, want)
			}
			switch want {
			case "first":
				c.SetIdleTimeout(5 * time.Second)
			case "second":
				c.SetIdleTimeout(0)
			}
		}

		// Now for a read that is already pending.
		start := time.Now()
		go func() {
			time.Sleep(time.Minute)
			c.SetIdleTimeout(5 * time.Second)
		}()
		_, _, err := c.Read(nil, nil)
		var silence *socket.SilenceError
		if !errors.As(err, &silence) || silence.After != 5*time.Second {
			t.Errorf("error = %v, want a SilenceError", err)
		}
		if d := time.Since(start); d != time.Minute+5*time.Second {
			t.Errorf("the read failed after %v", d)
		}
	})
}

// TestIdleTimeoutEnds ends the watch at the very moment at which it fires, again and again.
func TestIdleTimeoutEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, wait := dialPipe(t, func(s *sockettest.Server) {
			time.Sleep(time.Hour)
			_ = s.SendText("late")
			_, _, _ = s.Receive()
		})
		defer wait()
		stop := make(chan struct{})
		go func() {
			defer close(stop)
			for range 100 {
				c.SetIdleTimeout(time.Second)
				time.Sleep(time.Second - time.Nanosecond)
				c.SetIdleTimeout(0)
				time.Sleep(2 * time.Nanosecond)
			}
		}()
		if _, got, err := c.Read(nil, nil); err != nil || string(got) != "late" {
			t.Errorf("Read() = %q, %v", got, err)
		}
		<-stop
	})
}

// TestIdleTimeoutOnTheNetwork does the same in real time, where reading takes another way.
func TestIdleTimeoutOnTheNetwork(t *testing.T) {
	for _, secure := range []bool{false, true} {
		c := dialMaybeTLS(t, secure, func(s *sockettest.Server) { _, _, _ = s.Receive() })
		c.SetIdleTimeout(30 * time.Millisecond)
		_, _, err := c.Read(nil, nil)
		var silence *socket.SilenceError
		if !errors.As(err, &silence) {
			t.Errorf("error = %v, want a SilenceError", err)
		}
	}
}

func TestKindString(t *testing.T) {
	for kind, want := range map[socket.Kind]string{socket.Text: "text", socket.Binary: "binary", 9: "Kind(9)"} {
		if got := kind.String(); got != want {
			t.Errorf("Kind(%d).String() = %q, want %q", int(kind), got, want)
		}
	}
}
