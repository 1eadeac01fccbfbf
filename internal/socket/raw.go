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
// also those that never become part of a message. Deadlines are for the watch and never seen above.
type rawConn struct {
	net.Conn
	written atomic.Int64 // bytes that the network took
	closed  atomic.Bool
	kernel  *kernelView // nil if there is no way to look

	mu      sync.Mutex
	changed sync.Cond // reading, reads or closed has changed
	reading bool      // a Read waits for the network and has taken nothing from it
	reads   uint64    // how many Reads there were
	records *records  // nil if there is no TLS above
	hurried bool      // deadlines are final
	cause   error     // why the connection was closed from here

	silence  watch         // of what is read
	silent   time.Duration // the idle time that ran out
	stray    bool          // a read ended by a deadline that is not the watch's
	stall    watch         // of what is written
	stalled  time.Duration // the patience that ran out
	patience time.Duration // how long the next write may stall
	blocked  func()        // to call before the next write waits, or nil
}

// watch is a deadline that may fire early: each sign of life moves the end of the patience, but the deadline itself
// only if it has to, because that costs.
type watch struct {
	patience time.Duration // 0: not watching
	since    time.Time     // the last sign of life
	deadline time.Time     // what the connection was told, zero for nothing
}

// due reports whether the patience has run out.
func (w *watch) due(now time.Time) bool { return w.patience > 0 && now.Sub(w.since) >= w.patience }

// timely reports whether the deadline can stay: it fires neither before now nor after the end of the patience.
func (w *watch) timely(now time.Time) bool {
	return w.deadline.After(now) && !w.deadline.After(now.Add(w.patience))
}

func newRawConn(conn net.Conn) *rawConn {
	c := &rawConn{Conn: conn}
	c.changed.L = &c.mu
	c.kernel = viewOf(conn, &c.mu, func() { c.reading = false })
	return c
}

// Read takes note of whatever comes in.
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
		case n > 0:
			c.heard(p[:n])
		case errors.Is(err, os.ErrDeadlineExceeded):
			again = c.readOn()
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

// heard notes that something came in. The lock is held.
func (c *rawConn) heard(p []byte) {
	c.stray = false
	if c.records != nil {
		c.records.pass(p)
	}
	if c.silence.patience > 0 {
		c.silence.since = time.Now()
		if c.kernel == nil {
			c.watchReads() // what is beneath may not survive a deadline
		}
	}
}

// readOn says whether to read on after a deadline. The lock is held.
func (c *rawConn) readOn() bool {
	if c.hurried || c.closed.Load() {
		return false
	}
	now := time.Now()
	if c.silence.due(now) {
		c.silent = c.silence.patience
		return false
	}
	if c.silence.deadline.IsZero() || now.Before(c.silence.deadline) {
		// Not the watch's own. Once it may be one that has just been moved.
		if c.stray {
			return false
		}
		c.stray = true
	}
	return c.watchReads() == nil
}

// setIdle begins or ends the watch of what is read.
func (c *rawConn) setIdle(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stray = false
	if c.hurried || c.silence.patience == 0 && d <= 0 {
		return
	}
	c.silence.patience = max(d, 0)
	now := time.Now()
	c.silence.since = now
	if c.kernel != nil && (d <= 0 || c.silence.timely(now)) {
		return // readOn deals with a deadline that fires early, or when nobody watches any more
	}
	_ = c.watchReads() // fails only on a connection that fails anyway
}

// watchReads tells the connection the deadline of the watch. The lock is held.
func (c *rawConn) watchReads() error {
	c.silence.deadline = time.Time{}
	if c.silence.patience > 0 {
		c.silence.deadline = c.silence.since.Add(c.silence.patience)
	}
	return c.Conn.SetReadDeadline(c.silence.deadline)
}

// hurry ends reads now and writes after d.
func (c *rawConn) hurry(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hurried = true
	c.silence.patience = 0
	now := time.Now()
	_ = c.Conn.SetReadDeadline(now)
	_ = c.Conn.SetWriteDeadline(now.Add(d))
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

// fail is Close with a cause, which readers are told.
func (c *rawConn) fail(cause error) {
	c.mu.Lock()
	if !c.closed.Load() {
		c.cause = cause
	}
	c.mu.Unlock()
	_ = c.Close()
}

// ended returns the errors that end reads and are known here: a cause, or silence.
func (c *rawConn) ended() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.cause != nil:
		return c.cause
	case c.silent > 0:
		return &SilenceError{After: c.silent}
	}
	return nil
}
