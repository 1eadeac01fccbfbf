package socket

import (
	"errors"
	"net"
	"os"
	"time"
)

// stallSteps is how often in the time of its patience a blocked write is looked at, which ends it and lets it go on. So
// a server that has stopped reading is found out when that time, and at most one step more, has passed. Only TCP is
// known to survive being looked at: for all else there is one step.
const stallSteps = 4

// Write counts what left. Nothing leaves once Close was called, even if the network does not know of it yet.
func (c *rawConn) Write(p []byte) (n int, err error) {
	if c.closed.Load() {
		return 0, net.ErrClosed
	}
	if c.kernel != nil {
		// Mostly the kernel takes all of it at once, and a watch is not needed.
		n, err = c.kernel.write(p)
		c.written.Add(int64(n))
		if err != nil || n == len(p) {
			return n, err
		}
	}
	if err := c.beginWrite(); err != nil {
		return n, err
	}
	for {
		m, err := c.Conn.Write(p[n:])
		n += m
		c.written.Add(int64(m))
		switch {
		case err == nil || !errors.Is(err, os.ErrDeadlineExceeded):
			return n, err
		case n == len(p):
			return n, nil // by a hair
		case !c.writeOn(m):
			return n, err
		}
	}
}

// expectWrite says how long writes may stall from now on, 0 for as long as they like, and whom to tell when the first of
// them waits.
func (c *rawConn) expectWrite(patience time.Duration, blocked func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.patience, c.blocked = max(patience, 0), blocked
}

// beginWrite starts the watch of a write, if there is to be one.
func (c *rawConn) beginWrite() error {
	c.mu.Lock()
	blocked := c.blocked
	c.blocked = nil
	c.mu.Unlock()
	if blocked != nil {
		blocked()
	}

	c.mu.Lock()
	defer c.mu.Unlock()
	w := &c.stall
	w.patience = c.patience
	if c.hurried || w.patience == 0 && w.deadline.IsZero() {
		return nil
	}
	now := time.Now()
	w.since = now
	if c.kernel != nil && w.patience > 0 && w.timely(now) {
		return nil
	}
	return c.watchWrites(now)
}

// writeOn says whether to go on with a write after a deadline, until which the network has taken n bytes more.
func (c *rawConn) writeOn(n int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	w := &c.stall
	if c.hurried || c.closed.Load() || w.patience == 0 {
		return false
	}
	now := time.Now()
	if n > 0 {
		w.since = now
	}
	if w.due(now) {
		c.stalled = w.patience
		return false
	}
	if now.Before(w.deadline) {
		return false // none of ours
	}
	return c.watchWrites(now) == nil
}

// watchWrites tells the connection when to look at a write again. The lock is held.
func (c *rawConn) watchWrites(now time.Time) error {
	w := &c.stall
	w.deadline = time.Time{}
	if w.patience > 0 {
		w.deadline = w.since.Add(w.patience)
		if step := now.Add(w.patience / stallSteps); c.kernel != nil && step.Before(w.deadline) {
			w.deadline = step
		}
	}
	return c.Conn.SetWriteDeadline(w.deadline)
}

// SetWriteDeadline keeps TLS, which gives its farewell five seconds, from overruling hurry.
func (c *rawConn) SetWriteDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.hurried {
		return nil
	}
	c.stall.patience, c.patience = 0, 0
	c.stall.deadline = t
	return c.Conn.SetWriteDeadline(t)
}

// stallError returns the error of a write that the server did not take, or nil.
func (c *rawConn) stallError() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stalled == 0 {
		return nil
	}
	return &StallError{After: c.stalled}
}
