package socket_test

import (
	"crypto/tls"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire/internal/socket"
	"github.com/exawire/exawire/internal/socket/sockettest"
)

// cutConn lets the first bytes of a write through and the rest some time later, once it is told to.
type cutConn struct {
	net.Conn
	mu    sync.Mutex
	first int // 0: do not cut
	delay time.Duration
}

func (c *cutConn) cut(first int, delay time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.first, c.delay = first, delay
}

func (c *cutConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	first, delay := c.first, c.delay
	c.mu.Unlock()
	if first == 0 {
		return c.Conn.Write(p)
	}
	if n, err := c.Conn.Write(p[:first]); err != nil {
		return n, err
	}
	time.Sleep(delay)
	n, err := c.Conn.Write(p[first:])
	return first + n, err
}

// TestSettleInsideARecord has part of a TLS record arrive. What is in it is known only when the rest is there.
func TestSettleInsideARecord(t *testing.T) {
	cert, _ := certificate(t, "exasol.example")
	text := sockettest.AppendFrame(nil, true, sockettest.OpText, []byte("x"))
	pong := sockettest.AppendFrame(nil, true, sockettest.OpPong, []byte("EXECUTING"))
	for _, tt := range []struct {
		name  string
		send  []byte
		first int
		delay time.Duration
		want  bool
		after time.Duration
	}{
		{"part of a header", text, 3, time.Minute, false, time.Second},
		{"a header", text, 5, time.Minute, false, time.Second},
		{"all but a byte", text, 5 + 3 + 17 - 1, time.Minute, false, time.Second},
		{"part of a frame follows", text[:2], 5, 100 * time.Millisecond, false, 100 * time.Millisecond},
		{"the rest of a pong follows", pong, 5, 100 * time.Millisecond, true, 100 * time.Millisecond},
		{"the rest of a pong does not", pong, 20, time.Minute, false, time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var cutter *cutConn
				dial, serverDone := sockettest.Pipe(func(conn net.Conn) {
					cutter = &cutConn{Conn: conn}
					secure := tls.Server(cutter, &tls.Config{Certificates: []tls.Certificate{cert}})
					sockettest.Serve(t, func(s *sockettest.Server) {
						cutter.cut(tt.first, tt.delay)
						_, _ = s.Write(tt.send)
						cutter.cut(0, 0)
						_, _, _ = s.Receive()
					})(secure)
				})
				c, err := socket.Dial(t.Context(), "exasol.example:8563", "", socket.Options{
					DialContext:  dial,
					MessageLimit: messageLimit,
					TLS:          &tls.Config{InsecureSkipVerify: true},
				})
				if err != nil {
					t.Fatal(err)
				}
				got := reads(c)
				synctest.Wait()
				start := time.Now()
				if settled := c.Settle(); settled != tt.want {
					t.Errorf("Settle() = %v, want %v", settled, tt.want)
				}
				if d := time.Since(start); d != tt.after {
					t.Errorf("took %v, want %v", d, tt.after)
				}
				c.CloseNow()
				serverDone()
				for range got {
				}
			})
		})
	}
}

// dripConn writes byte by byte.
type dripConn struct{ net.Conn }

func (c dripConn) Write(p []byte) (int, error) {
	for i := range p {
		if n, err := c.Conn.Write(p[i : i+1]); err != nil {
			return i + n, err
		}
	}
	return len(p), nil
}

// TestSettleWithTickets uses TLS 1.3, whose servers send tickets behind the handshake: records without data.
func TestSettleWithTickets(t *testing.T) {
	cert, roots := certificate(t, "exasol.example")
	for _, drip := range []bool{false, true} {
		cache := &countingCache{ClientSessionCache: tls.NewLRUClientSessionCache(1)}
		addr := sockettest.Listen(t, func(conn net.Conn) {
			if drip {
				conn = dripConn{conn}
			}
			secure := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS13})
			sockettest.Serve(t, echo)(secure)
		})
		for range 2 { // the second time with a ticket of the first
			c, err := socket.Dial(t.Context(), addr, "exasol.example", socket.Options{
				MessageLimit: messageLimit,
				TLS:          &tls.Config{RootCAs: roots, ClientSessionCache: cache},
			})
			if err != nil {
				t.Fatal(err)
			}
			got := reads(c)
			for range 10 {
				if !c.Settle() {
					t.Fatal("Settle() = false")
				}
				if _, err := c.Write(socket.Text, []byte("hello"), 0, nil); err != nil {
					t.Fatal(err)
				}
				if text := <-got; text != "hello" {
					t.Fatalf("got %q", text)
				}
			}
			c.CloseNow()
			for range got {
			}
		}
		if cache.puts == 0 {
			t.Error("there were no tickets")
		}
	}
}

type countingCache struct {
	tls.ClientSessionCache
	puts int
}

func (c *countingCache) Put(key string, s *tls.ClientSessionState) {
	c.puts++
	c.ClientSessionCache.Put(key, s)
}
