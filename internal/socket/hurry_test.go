package socket_test

import (
	"context"
	"errors"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire/internal/socket"
	"github.com/exawire/exawire/internal/socket/sockettest"
)

// TestCloseWithPatience closes a connection whose writes may stall for an hour, with one pending and without.
func TestCloseWithPatience(t *testing.T) {
	for _, pending := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			hold := make(chan struct{})
			c, wait := dialPipe(t, func(s *sockettest.Server) {
				_, _, _ = s.Receive()
				<-hold
			})
			if _, err := c.Write(socket.Text, []byte("x"), time.Hour, nil); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			if pending {
				go func() {
					_, err := c.Write(socket.Text, make([]byte, 1<<20), time.Hour, nil)
					ended <- err
				}()
				synctest.Wait()
			}
			start := time.Now()
			_ = c.Close(1000, "")
			if d := time.Since(start); d > time.Second {
				t.Errorf("pending %v: Close took %v", pending, d)
			}
			if pending && <-ended == nil {
				t.Error("the pending write: no error")
			}
			close(hold)
			wait()
		})
	}
}

// TestCloseWithReader closes while a read is pending, and the server does not reply.
func TestCloseWithReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hold := make(chan struct{})
		c, wait := dialPipe(t, func(s *sockettest.Server) {
			_, _, _ = s.Receive()
			<-hold
		})
		got := reads(c)
		synctest.Wait()
		start := time.Now()
		_ = c.Close(1000, "")
		if d := time.Since(start); d != 0 {
			t.Errorf("Close took %v", d)
		}
		for range got {
		}
		close(hold)
		wait()
	})
}

// oddWriter has Writes that end by a deadline as the contract of net.Conn allows and TCP never does.
type oddWriter struct {
	net.Conn
	write func(conn net.Conn, p []byte) (int, error) // nil: as usual
}

func (c *oddWriter) Write(p []byte) (int, error) {
	if c.write != nil {
		return c.write(c.Conn, p)
	}
	return c.Conn.Write(p)
}

func TestWriteDeadlines(t *testing.T) {
	calls := 0
	for _, tt := range []struct {
		name     string
		write    func(conn net.Conn, p []byte) (int, error)
		patience time.Duration
		ok       bool
		calls    int
	}{
		{"all was taken", func(conn net.Conn, p []byte) (int, error) {
			n, err := conn.Write(p)
			time.Sleep(time.Minute)
			return n, errors.Join(err, os.ErrDeadlineExceeded)
		}, time.Minute, true, 1},
		{"before its time", func(net.Conn, []byte) (int, error) { return 0, os.ErrDeadlineExceeded }, time.Minute, false, 1},
		{"nobody asked for it", func(net.Conn, []byte) (int, error) { return 0, os.ErrDeadlineExceeded }, 0, false, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dial, serverDone := sockettest.Pipe(sockettest.Serve(t, func(s *sockettest.Server) { _, _, _ = s.Receive() }))
				odd := &oddWriter{}
				c, err := socket.Dial(t.Context(), "exasol:8563", "", socket.Options{
					MessageLimit: messageLimit,
					DialContext: func(ctx context.Context, network, addr string) (_ net.Conn, err error) {
						odd.Conn, err = dial(ctx, network, addr)
						return odd, err
					},
				})
				if err != nil {
					t.Fatal(err)
				}
				calls = 0
				odd.write = func(conn net.Conn, p []byte) (int, error) { calls++; return tt.write(conn, p) }
				sent, err := c.Write(socket.Text, []byte("x"), tt.patience, nil)
				if sent != tt.ok || (err == nil) != tt.ok || calls != tt.calls {
					t.Errorf("Write() = %v, %v after %d calls", sent, err, calls)
				}
				c.CloseNow()
				serverDone()
			})
		})
	}
}

// TestBlocked checks who is told of a write that waits.
func TestBlocked(t *testing.T) {
	hold := make(chan struct{})
	c := dial(t, socket.Options{MessageLimit: messageLimit}, func(s *sockettest.Server) {
		_, _, _ = s.Receive()
		<-hold
	})
	told, unasked := 0, 0
	if !socket.Looks(c) {
		unasked = 1 // whether a write will wait is not known beforehand
	}
	blocked := func() { told++ }
	if _, err := c.Write(socket.Text, []byte("x"), 0, blocked); err != nil || told != unasked {
		t.Errorf("a small message: %v, told %d times", err, told)
	}
	told = 0
	if _, err := c.Write(socket.Text, make([]byte, 64<<20), 30*time.Millisecond, blocked); err == nil || told != 1 {
		t.Errorf("a message that is not taken: %v, told %d times", err, told)
	}
	close(hold)
	c.CloseNow()
}

// TestBlockedByAnother has a message wait behind another one.
func TestBlockedByAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hold := make(chan struct{})
		c, wait := dialPipe(t, func(*sockettest.Server) { <-hold })
		ended := make(chan error, 1)
		told := 0
		go func() {
			_, err := c.Write(socket.Text, []byte("x"), 0, nil)
			ended <- err
		}()
		synctest.Wait()
		go func() {
			_, err := c.Write(socket.Text, []byte("x"), 0, func() { told++ })
			ended <- err
		}()
		synctest.Wait()
		if told != 1 {
			t.Errorf("told %d times", told)
		}
		c.CloseNow()
		if err := errors.Join(<-ended, <-ended); err == nil {
			t.Error("no error")
		}
		close(hold)
		wait()
	})
}
