package socket

import (
	"errors"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// rawConn is the connection that was dialed, beneath TLS. It watches the server: every byte counts as a sign of life,
// also those that never become part of a message.
type rawConn struct {
	net.Conn
	written atomic.Int64 // bytes that the network took
	closed  atomic.Bool
	kernel  *kernelView // nil if there is no way to look

	mu      sync.Mutex
	changed sync.Cond     // reading, reads or closed has changed
	idle    time.Duration // 0: not watching
	silent  time.Duration // the idle time that ran out
	reading bool          // a Read waits for the network and has taken nothing from it
	reads   uint64        // how many Reads there were
	hurried bool          // deadlines are final
}

func newRawConn(conn net.Conn) *rawConn {
	c := &rawConn{Conn: conn}
	c.changed.L = &c.mu
	c.kernel = viewOf(conn, &c.mu, func() { c.reading = false })
	return c
}

// Read renews the idle deadline whenever bytes come in.
func (c *rawConn) Read(p []byte) (int, error) {
	for {
		c.mu.Lock()
		c.reading = true
		c.reads++
		c.changed.Broadcast()
		c.mu.Unlock()

		n, err := c.receive(p)

		c.mu.Lock()
		c.reading = false
		again := false
		switch {
		case n > 0 && c.idle > 0:
			_ = c.Conn.SetReadDeadline(time.Now().Add(c.idle)) // fails only on a connection that fails anyway
		case n == 0 && errors.Is(err, os.ErrDeadlineExceeded):
			if c.idle > 0 {
				c.silent = c.idle
			}
			// The watch may have ended just after its deadline passed. Then nobody minds the silence.
			again = c.idle == 0 && !c.hurried && !c.closed.Load()
		}
		c.mu.Unlock()
		if !again {
			return n, err
		}
	}
}

// receive reads from the network.
func (c *rawConn) receive(p []byte) (int, error) {
	if c.kernel != nil {
		return c.kernel.read(p)
	}
	return c.Conn.Read(p)
}

// Write counts what left. Nothing leaves once Close was called, even if the network does not know of it yet.
func (c *rawConn) Write(p []byte) (int, error) {
	if c.closed.Load() {
		return 0, net.ErrClosed
	}
	n, err := c.Conn.Write(p)
	c.written.Add(int64(n))
	return n, err
}

// Close closes the connection the first time it is called.
func (c *rawConn) Close() error {
	if c.closed.Swap(true) {
		return nil
	}
	c.mu.Lock()
	c.changed.Broadcast()
	c.mu.Unlock()
	return c.Conn.Close()
}

// SetWriteDeadline keeps TLS, which gives its farewell five seconds, from overruling hurry.
func (c *rawConn) SetWriteDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.hurried {
		return nil
	}
	return c.Conn.SetWriteDeadline(t)
}

// hurry ends reads now and writes after d.
func (c *rawConn) hurry(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hurried = true
	c.idle = 0
	now := time.Now()
	_ = c.Conn.SetReadDeadline(now)
	_ = c.Conn.SetWriteDeadline(now.Add(d))
}

func (c *rawConn) setIdle(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.hurried || c.idle == 0 && d <= 0 {
		return
	}
	c.idle = max(d, 0)
	var deadline time.Time
	if d > 0 {
		deadline = time.Now().Add(d)
	}
	_ = c.Conn.SetReadDeadline(deadline)
}

// settleRounds and settlePatience bound settle: a server that sends without pause must not keep a request waiting, nor
// may a connection whose Read does not take what the kernel has.
const (
	settleRounds   = 100
	settlePatience = time.Second
)

// settle waits until the reader waits for bytes that have not arrived yet: it is inside Read, so everything returned
// earlier was used up, and the kernel has nothing for it.
func (c *rawConn) settle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.settled() || c.closed.Load() {
		return
	}
	late := false
	timer := time.AfterFunc(settlePatience, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		late = true
		c.changed.Broadcast()
	})
	defer timer.Stop()
	for range settleRounds {
		for before := c.reads; !c.closed.Load() && !late && (!c.reading || c.reads == before); {
			c.changed.Wait()
		}
		if c.closed.Load() || late || c.settled() {
			return
		}
	}
}

func (c *rawConn) settled() bool { return c.reading && (c.kernel == nil || !c.kernel.pending()) }

func (c *rawConn) silentFor() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.silent
}
