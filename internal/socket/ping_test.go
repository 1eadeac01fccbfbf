package socket_test

import (
	"context"
	"errors"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/internal/socket"
	"github.com/exawire/exawire/internal/socket/sockettest"
)

// TestPingDuringWrite has a server send pings while it takes its time over a large message. It gets the message whole,
// and behind it the answer to the last ping.
func TestPingDuringWrite(t *testing.T) {
	cert, _ := certificate(t, "exasol.example")
	for _, secure := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			var pong string
			c, wait := dialPipeTLS(t, secure, cert, func(s *sockettest.Server, conn net.Conn) {
				for _, text := range []string{"first", "second", "third"} {
					time.Sleep(20 * time.Second)
					_ = s.Send(true, sockettest.OpPing, []byte(text))
				}
				time.Sleep(time.Minute)
				if op, payload, err := s.Receive(); err != nil || op != sockettest.OpBinary || len(payload) != 1<<20 {
					t.Errorf("Receive() = %d, %d bytes, %v", op, len(payload), err)
				}
				op, payload, err := s.Receive()
				if err != nil || op != sockettest.OpPong {
					t.Errorf("Receive() = %d, %v, want a pong", op, err)
				}
				pong = string(payload)
				_ = s.SendText("done")
				_, _, _ = s.Receive()
			})
			got := reads(c)
			if _, err := c.Write(socket.Binary, make([]byte, 1<<20), 0, nil); err != nil {
				t.Error(err)
			}
			if text := <-got; text != "done" {
				t.Errorf("got %q", text)
			}
			if pong != "third" {
				t.Errorf("pong = %q", pong)
			}
			wait()
			for range got {
			}
		})
	}
}

// TestPongIsNotTaken has a server send a ping and take nothing. The reader must not be deaf meanwhile, and in the end
// the connection is.
func TestPongIsNotTaken(t *testing.T) {
	for _, tt := range []struct{ patience, after time.Duration }{
		{0, 10 * time.Minute},
		{5 * time.Second, 5 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			c, wait := dialPipe(t, func(s *sockettest.Server) {
				_, _, _ = s.Receive()
				_ = s.Send(true, sockettest.OpPing, []byte("x"))
				_ = s.SendText("hello")
				time.Sleep(time.Hour)
			})
			if _, err := c.Write(socket.Text, []byte("x"), tt.patience, nil); err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			if _, got, err := c.Read(nil, nil); err != nil || string(got) != "hello" {
				t.Errorf("Read() = %q, %v", got, err)
			}
			_, _, err := c.Read(nil, nil)
			var stall *socket.StallError
			if !errors.As(err, &stall) || stall.After != tt.after || !strings.Contains(err.Error(), "pong") {
				t.Errorf("Read() = %v, want a StallError of %v", err, tt.after)
			}
			if d := time.Since(start); d != tt.after {
				t.Errorf("took %v", d)
			}
			if sent, err := c.Write(socket.Text, []byte("x"), time.Second, nil); sent || err == nil {
				t.Errorf("Write() = %v, %v", sent, err)
			}
			wait()
		})
	}
}

// TestManyPings has pings come in faster than they can be answered. That costs one goroutine.
func TestManyPings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, wait := dialPipe(t, func(s *sockettest.Server) {
			for range 100 {
				_ = s.Send(true, sockettest.OpPing, []byte("x"))
			}
			time.Sleep(time.Hour)
		})
		got := reads(c)
		before := runtime.NumGoroutine()
		synctest.Wait()
		if after := runtime.NumGoroutine(); after > before+1 {
			t.Errorf("%d goroutines before, %d after", before, after)
		}
		c.CloseNow()
		for range got {
		}
		wait()
	})
}

// TestPings sends pings of all sizes, masked and in pieces, between and inside messages.
func TestPings(t *testing.T) {
	long := strings.Repeat("p", 125)
	masked := []byte{0x89, 0x83, 1, 2, 3, 4, 'a' ^ 1, 'b' ^ 2, 'c' ^ 3}
	stream := sockettest.AppendFrame(nil, false, sockettest.OpText, []byte("hel"))
	stream = sockettest.AppendFrame(stream, true, sockettest.OpPing, nil)
	stream = sockettest.AppendFrame(stream, true, sockettest.OpContinuation, []byte("lo"))
	for _, size := range []int{1, 2, 7, len(stream)} {
		synctest.Test(t, func(t *testing.T) {
			var pongs []string
			c, wait := dialPipe(t, func(s *sockettest.Server) {
				for _, b := range [][]byte{sockettest.AppendFrame(nil, true, sockettest.OpPing, []byte(long)), masked, stream} {
					for len(b) > 0 {
						n := min(size, len(b))
						_, _ = s.Write(b[:n])
						b = b[n:]
					}
					op, payload, err := s.Receive()
					if err != nil || op != sockettest.OpPong {
						t.Errorf("Receive() = %d, %v", op, err)
					}
					pongs = append(pongs, string(payload))
				}
				_, _, _ = s.Receive()
			})
			if _, got, err := c.Read(nil, nil); err != nil || string(got) != "hello" {
				t.Errorf("Read() = %q, %v", got, err)
			}
			synctest.Wait()
			wait()
			if diff := cmp.Diff([]string{long, "abc", ""}, pongs); diff != "" {
				t.Errorf("pongs (-want +got):\n%s", diff)
			}
		})
	}
}

// TestControlFrameTooLong has control frames with more than they may carry.
func TestControlFrameTooLong(t *testing.T) {
	for _, op := range []byte{sockettest.OpPing, sockettest.OpPong} {
		c := dial(t, socket.Options{MessageLimit: messageLimit}, func(s *sockettest.Server) {
			_ = s.Send(true, op, make([]byte, 126))
			_, _, _ = s.Receive()
		})
		if _, got, err := c.Read(nil, nil); !isFrameError(err) {
			t.Errorf("Read() = %q, %v, want a FrameError", got, err)
		}
	}
}

// slowWriter returns from a Write only when the connection was closed, although the network took all of it.
type slowWriter struct {
	net.Conn
	slow   bool
	closed chan struct{}
}

func (c *slowWriter) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	if c.slow {
		<-c.closed
	}
	return n, err
}

func (c *slowWriter) Close() error {
	close(c.closed)
	return c.Conn.Close()
}

// TestWriteEndsWithTheConnection has the server answer and leave before the write returns. The message has left whole.
func TestWriteEndsWithTheConnection(t *testing.T) {
	for _, size := range []int{10, 5000} {
		synctest.Test(t, func(t *testing.T) {
			dial, serverDone := sockettest.Pipe(sockettest.Serve(t, func(s *sockettest.Server) {
				_, _, _ = s.Receive()
				_ = s.SendText("answer")
				_ = s.SendClose(1000, "")
				_, _ = io.Copy(io.Discard, s.Conn)
			}))
			conn := &slowWriter{closed: make(chan struct{})}
			c, err := socket.Dial(t.Context(), "exasol:8563", "", socket.Options{
				MessageLimit: messageLimit,
				DialContext: func(ctx context.Context, network, addr string) (_ net.Conn, err error) {
					conn.Conn, err = dial(ctx, network, addr)
					return conn, err
				},
			})
			if err != nil {
				t.Fatal(err)
			}
			got := reads(c)
			conn.slow = true
			if sent, err := c.Write(socket.Text, make([]byte, size), 0, nil); err != nil || !sent {
				t.Errorf("Write() = %v, %v", sent, err)
			}
			if text := <-got; text != "answer" {
				t.Errorf("got %q", text)
			}
			for range got {
			}
			c.CloseNow()
			serverDone()
		})
	}
}
