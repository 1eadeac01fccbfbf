package socket_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"nhooyr.io/websocket"

	"github.com/exawire/exawire/internal/socket"
	"github.com/exawire/exawire/internal/socket/sockettest"
)

// strangeConn is a connection whose Read behaves as the contract of net.Conn allows and TCP never does.
type strangeConn struct {
	net.Conn
	read func(conn net.Conn, p []byte) (int, error)
}

func (c strangeConn) Read(p []byte) (int, error) { return c.read(c.Conn, p) }

func dialStrange(t *testing.T, read func(net.Conn, []byte) (int, error), serve func(*sockettest.Server)) *socket.Conn {
	t.Helper()
	addr := sockettest.Listen(t, sockettest.Serve(t, serve))
	c, err := socket.Dial(t.Context(), addr, "", socket.Options{
		MessageLimit: messageLimit,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, addr)
			return strangeConn{conn, read}, err
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.CloseNow() })
	return c
}

// TestErrorWithBytes has the network return an error together with the last bytes: they may complete a message.
func TestErrorWithBytes(t *testing.T) {
	broken := errors.New("broken")
	for _, last := range []error{io.EOF, broken} {
		for _, complete := range []bool{true, false} {
			frame := sockettest.AppendFrame(nil, true, sockettest.OpText, []byte("hello"))
			if !complete {
				frame = frame[:len(frame)-1]
			}
			upgraded := false
			c := dialStrange(t, func(conn net.Conn, p []byte) (int, error) {
				n, err := conn.Read(p)
				if !upgraded {
					upgraded = true
					return n, err
				}
				if err != nil {
					return n, err
				}
				return n, last
			}, func(s *sockettest.Server) {
				_, _, _ = s.Receive() // so that the frame does not come with the upgrade
				_, _ = s.Write(frame)
				_, _, _ = s.Receive()
			})
			if _, err := c.Write(socket.Text, nil, 0, nil); err != nil {
				t.Fatal(err)
			}
			_, got, err := c.Read(nil, nil)
			if complete {
				if err != nil || string(got) != "hello" {
					t.Errorf("complete message, then %v: %q, %v", last, got, err)
				}
				_, _, err = c.Read(nil, nil)
			}
			want := last
			if errors.Is(last, io.EOF) && !complete {
				want = io.ErrUnexpectedEOF
			}
			if !errors.Is(err, want) {
				t.Errorf("complete %v: error = %v, want %v", complete, err, want)
			}
		}
	}
}

// TestStrayDeadline has reads end by a deadline that nobody has set. That is put up with once, until something comes or
// the watch changes.
func TestStrayDeadline(t *testing.T) {
	for _, tt := range []struct {
		script string // what reads do: d ends by a deadline, w changes the watch too, r reads a byte, and so do all others
		watch  time.Duration
		ok     bool
	}{
		{"d", 0, true},
		{"d", time.Hour, true},
		{"dd", 0, false},
		{"dd", time.Hour, false},
		{"drd", 0, true},
		{"drd", time.Hour, true},
		{"drdd", 0, false},
		{"dw", 0, true},
	} {
		t.Run(fmt.Sprintf("%s, watch %v", tt.script, tt.watch), func(t *testing.T) {
			var c *socket.Conn
			script := ""
			c = dialStrange(t, func(conn net.Conn, p []byte) (int, error) {
				if c == nil {
					return conn.Read(p)
				}
				step := byte('r')
				if script != "" {
					step, script = script[0], script[1:]
				}
				switch step {
				case 'w':
					c.SetIdleTimeout(time.Minute)
					return 0, os.ErrDeadlineExceeded
				case 'd':
					return 0, os.ErrDeadlineExceeded
				}
				return conn.Read(p[:1])
			}, echo)
			if _, err := c.Write(socket.Text, nil, 0, nil); err != nil {
				t.Fatal(err)
			}
			script = tt.script
			c.SetIdleTimeout(tt.watch)
			if _, _, err := c.Read(nil, nil); (err == nil) != tt.ok || !tt.ok && !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("Read() = %v", err)
			}
		})
	}
}

// TestTunnelLeaves has the network be a WebSocket itself, which was closed. That is no close frame of the server.
func TestTunnelLeaves(t *testing.T) {
	gone := fmt.Errorf("tunnel: %w", websocket.CloseError{Code: websocket.StatusGoingAway})
	dialed := false
	c := dialStrange(t, func(conn net.Conn, p []byte) (int, error) {
		if dialed {
			return 0, gone
		}
		return conn.Read(p)
	}, echo)
	dialed = true
	_, _, err := c.Read(nil, nil)
	if _, _, ok := socket.CloseReason(err); ok || !errors.Is(err, gone) {
		t.Errorf("Read() = %v", err)
	}
}

// TestContextEndsWithTheUpgrade ends the context when the answer to the upgrade has just been read.
func TestContextEndsWithTheUpgrade(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	dial, wait := sockettest.Pipe(sockettest.Serve(t, echo))
	c, err := socket.Dial(ctx, "exasol:8563", "", socket.Options{
		MessageLimit: messageLimit,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := dial(ctx, network, addr)
			return strangeConn{conn, func(conn net.Conn, p []byte) (int, error) {
				n, err := conn.Read(p)
				cancel()
				return n, err
			}}, err
		},
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Dial() = %v", err)
	}
	if c != nil {
		_ = c.CloseNow()
	}
	wait()
}

// TestCloseTLSDoesNotWait closes a TLS connection although the server takes nothing: TLS has a farewell of its own.
func TestCloseTLSDoesNotWait(t *testing.T) {
	cert, _ := certificate(t, "exasol.example")
	synctest.Test(t, func(t *testing.T) {
		hold := make(chan struct{})
		dial, wait := sockettest.Pipe(func(conn net.Conn) {
			secure := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{cert}})
			sockettest.Serve(t, func(*sockettest.Server) { <-hold })(secure)
		})
		// The clock of the bubble is not that of the certificate.
		o := socket.Options{DialContext: dial, TLS: &tls.Config{InsecureSkipVerify: true}, MessageLimit: messageLimit}
		c, err := socket.Dial(t.Context(), "exasol.example:8563", "", o)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		_ = c.Close(1000, "")
		if d := time.Since(start); d > time.Second {
			t.Errorf("Close took %v", d)
		}
		close(hold)
		wait()
	})
}
