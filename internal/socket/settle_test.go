package socket_test

import (
	"net"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire/internal/socket"
	"github.com/exawire/exawire/internal/socket/sockettest"
)

// reads starts a reader and returns what it reads, until the connection ends.
func reads(c *socket.Conn) <-chan string {
	got := make(chan string, 100)
	go func() {
		defer close(got)
		for {
			_, b, err := c.Read(nil, nil)
			if err != nil {
				_ = c.CloseNow()
				return
			}
			got <- string(b)
		}
	}()
	return got
}

// TestSettleSeesWhatArrived has the kernel hold a message when Settle is called. Afterwards the reader must have it.
func TestSettleSeesWhatArrived(t *testing.T) {
	for _, secure := range []bool{false, true} {
		ask, sent := make(chan struct{}), make(chan struct{})
		c := dialMaybeTLS(t, secure, func(s *sockettest.Server) {
			for range ask {
				_ = s.SendText("unasked")
				sent <- struct{}{}
			}
		})
		if !socket.Looks(c) {
			close(ask)
			_ = c.CloseNow()
			t.Skip("this system does not tell what has arrived before it is read")
		}
		got := reads(c)
		for range 1000 {
			ask <- struct{}{}
			<-sent
			for !socket.Arrived(c) && len(got) == 0 {
				runtime.Gosched()
			}
			if !c.Settle() {
				t.Error("Settle() = false after a complete message")
				break
			}
			if len(got) == 0 {
				t.Error("Settle returned before the reader had what was there")
				break
			}
			<-got
		}
		close(ask)
		c.CloseNow()
		for range got {
		}
	}
}

// TestSettleSeesTheEnd has the kernel know of the end of the connection when Settle is called.
func TestSettleSeesTheEnd(t *testing.T) {
	for range 50 {
		ended := make(chan struct{})
		c := dial(t, socket.Options{MessageLimit: messageLimit}, func(s *sockettest.Server) {
			_ = s.Conn.(*net.TCPConn).CloseWrite()
			close(ended)
			_, _, _ = s.Receive()
		})
		if !socket.Looks(c) {
			_ = c.CloseNow()
			t.Skip("this system does not tell what has arrived before it is read")
		}
		got := reads(c)
		<-ended
		for !socket.Arrived(c) {
			runtime.Gosched()
		}
		c.Settle()
		if sent, err := c.Write(socket.Text, []byte("x"), 0, nil); sent || err == nil {
			t.Fatalf("Write() = %v, %v on a connection that has ended", sent, err)
		}
		<-got
	}
}

func TestSettleInsideAMessage(t *testing.T) {
	for _, tt := range []struct {
		name string
		send []byte
		want bool
	}{
		{"nothing", nil, true},
		{"pong", sockettest.AppendFrame(nil, true, sockettest.OpPong, []byte("EXECUTING")), true},
		{"a message and a pong", append(sockettest.AppendFrame(nil, true, sockettest.OpText, []byte("x")), 0x8a, 0), true},
		{"part of a pong", []byte{0x8a, 5, 'E'}, true},
		{"part of a pong's header", []byte{0x8a}, true},
		{"part of a ping", []byte{0x89, 5, 'E'}, true},
		{"beginning of a frame", []byte{0x81, 5, 'h', 'e'}, false},
		{"first byte", []byte{0x81}, false},
		{"first byte of a close frame", []byte{0x88}, false},
		{"part of an extended length", []byte{0x82, 126, 1}, false},
		{"a pong and a first byte", []byte{0x8a, 2, 'h', 'e', 0x82}, false},
		{"a message and a first byte", []byte{0x81, 1, 'h', 0x82}, false},
		{"empty first fragment", []byte{0x01, 0}, false},
		{"first fragment and part of a pong", []byte{0x01, 2, 'h', 'e', 0x8a}, false},
		{"frame header", []byte{0x81, 5}, false},
		{"first fragment", []byte{0x01, 2, 'h', 'e'}, false},
		{"first fragment and a pong", []byte{0x01, 2, 'h', 'e', 0x8a, 0}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, wait := dialPipe(t, func(s *sockettest.Server) {
					_, _ = s.Write(tt.send)
					_, _, _ = s.Receive()
				})
				got := reads(c)
				synctest.Wait()
				if settled := c.Settle(); settled != tt.want {
					t.Errorf("Settle() = %v, want %v", settled, tt.want)
				}
				wait()
				for range got {
				}
			})
		})
	}
}

// TestSettleWaitsForTheReader calls Settle while no Read is pending.
func TestSettleWaitsForTheReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, wait := dialPipe(t, func(s *sockettest.Server) { _, _, _ = s.Receive() })
		start := time.Now()
		begun := make(chan (<-chan string), 1)
		go func() {
			time.Sleep(100 * time.Millisecond)
			begun <- reads(c)
		}()
		c.Settle()
		if d := time.Since(start); d != 100*time.Millisecond {
			t.Errorf("Settle returned after %v", d)
		}
		wait()
		for range <-begun {
		}
	})
}

// TestSettleGivesUp calls Settle although nobody reads.
func TestSettleGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, wait := dialPipe(t, func(s *sockettest.Server) { _, _, _ = s.Receive() })
		start := time.Now()
		c.Settle()
		if d := time.Since(start); d != time.Second {
			t.Errorf("Settle returned after %v", d)
		}
		wait()
	})
}

func TestSettleAfterFlood(t *testing.T) {
	stop := make(chan struct{})
	c := dial(t, socket.Options{MessageLimit: messageLimit}, func(s *sockettest.Server) {
		for {
			select {
			case <-stop:
				return
			default:
				if s.Send(true, sockettest.OpPong, []byte("EXECUTING")) != nil {
					return
				}
			}
		}
	})
	got := reads(c)
	if !c.Settle() { // must return
		t.Error("Settle() = false")
	}
	close(stop)
	c.CloseNow()
	for range got {
	}
}
