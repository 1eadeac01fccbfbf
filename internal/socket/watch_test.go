package socket_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire/internal/socket"
	"github.com/exawire/exawire/internal/socket/sockettest"
)

// dialPipeTLS is dialPipe with TLS for secure. conn is the server's end beneath TLS.
func dialPipeTLS(t *testing.T, secure bool, cert tls.Certificate, serve func(s *sockettest.Server, conn net.Conn)) (c *socket.Conn, wait func()) {
	t.Helper()
	dial, serverDone := sockettest.Pipe(func(conn net.Conn) {
		top := conn
		if secure {
			top = tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{cert}})
		}
		sockettest.Serve(t, func(s *sockettest.Server) { serve(s, conn) })(top)
	})
	o := socket.Options{DialContext: dial, MessageLimit: messageLimit}
	if secure {
		o.TLS = &tls.Config{InsecureSkipVerify: true} // the clock of the bubble is not that of the certificate
	}
	c, err := socket.Dial(t.Context(), "exasol.example:8563", "", o)
	if err != nil {
		t.Fatal(err)
	}
	return c, func() {
		c.CloseNow()
		serverDone()
	}
}

// TestStall has a server take a message slowly, and then perhaps no further. A pipe has no buffer.
func TestStall(t *testing.T) {
	const patience = 5 * time.Second
	cert, _ := certificate(t, "exasol.example")
	for _, tt := range []struct {
		name  string
		size  int
		takes int           // bytes of the message, one piece every 4 seconds
		after time.Duration // 0: the message arrives
		sent  bool
	}{
		{name: "nothing is taken", size: 100, after: patience},
		{name: "nothing is taken of a large message", size: 1 << 20, after: patience},
		{name: "part is taken", size: 1 << 20, takes: 1, after: 4*time.Second + patience + 1, sent: true},
		{name: "more is taken", size: 1 << 20, takes: 7, after: 28*time.Second + patience + 1, sent: true},
		{name: "all is taken", size: 100_000, takes: 1 << 20},
	} {
		for _, secure := range []bool{false, true} {
			name := tt.name
			if secure {
				name += ", TLS"
			}
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					hold := make(chan struct{})
					c, wait := dialPipeTLS(t, secure, cert, func(_ *sockettest.Server, conn net.Conn) {
						for range tt.takes {
							time.Sleep(4 * time.Second)
							if _, err := conn.Read(make([]byte, 1000)); err != nil {
								break
							}
						}
						<-hold
					})
					start := time.Now()
					sent, err := c.Write(socket.Binary, make([]byte, tt.size), patience, nil)
					var stall *socket.StallError
					switch d := time.Since(start); {
					case tt.after == 0:
						if err != nil || !sent {
							t.Errorf("Write() = %v, %v after %v", sent, err, d)
						}
					case !errors.As(err, &stall) || stall.After != patience || sent != tt.sent:
						t.Errorf("Write() = %v, %v; want %v and a StallError", sent, err, tt.sent)
					case d < tt.after-1 || d > tt.after+patience: // it may be noticed late by the whole patience
						t.Errorf("Write took %v, want %v", d, tt.after)
					}
					close(hold)
					wait()
				})
			})
		}
	}
}

// TestNoPatience writes without patience behind a message with, to a server that takes its time.
func TestNoPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, wait := dialPipe(t, func(s *sockettest.Server) {
			_, _, _ = s.Receive()
			time.Sleep(time.Hour)
			_, _, _ = s.Receive()
		})
		defer wait()
		for _, patience := range []time.Duration{time.Second, 0} {
			if _, err := c.Write(socket.Binary, make([]byte, 10_000), patience, nil); err != nil {
				t.Errorf("patience %v: %v", patience, err)
			}
		}
	})
}

// TestPatienceIsNotSpent writes again when a deadline of the last write has passed.
func TestPatienceIsNotSpent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, wait := dialPipe(t, func(s *sockettest.Server) {
			for {
				if _, _, err := s.Receive(); err != nil {
					return
				}
			}
		})
		defer wait()
		for range 3 {
			if _, err := c.Write(socket.Binary, make([]byte, 10_000), time.Second, nil); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
		}
	})
}

// TestStallOnTheNetwork has the kernel's buffers fill up.
func TestStallOnTheNetwork(t *testing.T) {
	const patience = 40 * time.Millisecond
	for _, secure := range []bool{false, true} {
		hold := make(chan struct{})
		c := dialMaybeTLS(t, secure, func(*sockettest.Server) { <-hold })
		start := time.Now()
		sent, err := c.Write(socket.Binary, make([]byte, 64<<20), patience, nil)
		var stall *socket.StallError
		if !errors.As(err, &stall) || stall.After != patience || !sent {
			t.Errorf("Write() = %v, %v; want a StallError", sent, err)
		}
		if d := time.Since(start); d < patience {
			t.Errorf("Write took %v", d)
		}
		close(hold)
		c.CloseNow()
	}
}

// TestWriteAfterAWait writes when the deadline of an earlier write, which had to wait, has passed.
func TestWriteAfterAWait(t *testing.T) {
	const patience = 400 * time.Millisecond
	for _, secure := range []bool{false, true} {
		waits := make(chan struct{})
		c := dialMaybeTLS(t, secure, func(s *sockettest.Server) {
			<-waits
			_, _ = io.Copy(io.Discard, s.Conn)
		})
		if _, err := c.Write(socket.Binary, make([]byte, 16<<20), patience, func() { close(waits) }); err != nil {
			t.Fatal(err)
		}
		<-time.After(patience)
		for _, patience := range []time.Duration{patience, 0} {
			if _, err := c.Write(socket.Text, []byte("x"), patience, nil); err != nil {
				t.Errorf("patience %v: %v", patience, err)
			}
		}
		c.CloseNow()
	}
}

// TestIdleTimeoutMoves has the deadline of an earlier watch pass during a later one, and when nobody watches.
func TestIdleTimeoutMoves(t *testing.T) {
	const short, long = 20 * time.Millisecond, 80 * time.Millisecond
	for _, secure := range []bool{false, true} {
		ask := make(chan struct{})
		c := dialMaybeTLS(t, secure, func(s *sockettest.Server) {
			<-ask
			_ = s.SendText("hello")
			<-ask
		})
		c.SetIdleTimeout(short)
		c.SetIdleTimeout(0)
		time.AfterFunc(long, func() { ask <- struct{}{} })
		if _, got, err := c.Read(nil, nil); err != nil || string(got) != "hello" {
			t.Errorf("without a watch: Read() = %q, %v", got, err)
		}
		c.SetIdleTimeout(short)
		c.SetIdleTimeout(long)
		start := time.Now()
		_, _, err := c.Read(nil, nil)
		var silence *socket.SilenceError
		if !errors.As(err, &silence) || silence.After != long {
			t.Errorf("error = %v, want a SilenceError", err)
		}
		if d := time.Since(start); d < long-time.Millisecond {
			t.Errorf("the read failed after %v", d)
		}
		close(ask)
		c.CloseNow()
	}
}

// TestIdleTimeoutShrinks has the deadline of an earlier watch lie behind that of a later one.
func TestIdleTimeoutShrinks(t *testing.T) {
	c := dial(t, socket.Options{MessageLimit: messageLimit}, func(s *sockettest.Server) { _, _, _ = s.Receive() })
	c.SetIdleTimeout(time.Hour)
	c.SetIdleTimeout(0)
	c.SetIdleTimeout(20 * time.Millisecond)
	var silence *socket.SilenceError
	if _, _, err := c.Read(nil, nil); !errors.As(err, &silence) || silence.After != 20*time.Millisecond {
		t.Errorf("error = %v, want a SilenceError", err)
	}
}

// deadlineConn is a connection of a dialer with its own ideas of deadlines.
type deadlineConn struct {
	net.Conn
	readErr, writeErr error
}

func (c deadlineConn) SetReadDeadline(t time.Time) error {
	return errors.Join(c.readErr, c.Conn.SetReadDeadline(t))
}

func (c deadlineConn) SetWriteDeadline(t time.Time) error {
	return errors.Join(c.writeErr, c.Conn.SetWriteDeadline(t))
}

func TestDialWithoutDeadlines(t *testing.T) {
	unsupported := errors.New("deadline not supported")
	for _, secure := range []bool{false, true} {
		for _, read := range []bool{false, true} {
			dial, wait := sockettest.Pipe(func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })
			closed := make(chan struct{})
			o := socket.Options{
				MessageLimit: messageLimit,
				DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
					conn, err := dial(ctx, network, addr)
					d := deadlineConn{Conn: &closeSpy{Conn: conn, closed: closed}}
					if read {
						d.readErr = unsupported
					} else {
						d.writeErr = unsupported
					}
					return d, err
				},
			}
			if secure {
				o.TLS = &tls.Config{}
			}
			_, err := socket.Dial(t.Context(), "exasol:8563", "", o)
			var de *socket.DialError
			if !errors.As(err, &de) || de.Op != socket.OpDial || !errors.Is(err, unsupported) {
				t.Errorf("Dial() = %v", err)
			}
			<-closed
			wait()
		}
	}
}

// TestDialClearsDeadlines has a dialer leave deadlines behind.
func TestDialClearsDeadlines(t *testing.T) {
	addr := sockettest.Listen(t, sockettest.Serve(t, echo))
	c, err := socket.Dial(t.Context(), addr, "", socket.Options{
		MessageLimit: messageLimit,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, addr)
			if err == nil {
				err = conn.SetDeadline(time.Now().Add(-time.Second))
			}
			return conn, err
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseNow()
	exchange(t, c, "hello")
}

func TestDialWithoutLimit(t *testing.T) {
	addr := sockettest.Listen(t, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })
	_, err := socket.Dial(t.Context(), addr, "", socket.Options{})
	var de *socket.DialError
	if !errors.As(err, &de) || de.Op != socket.OpDial {
		t.Errorf("Dial() = %v, want a DialError", err)
	}
}
