package socket

import (
	"net"
	"sync"
	"sync/atomic"
)

const (
	// gatherFrom is the size from which a message is gathered: smaller ones leave in one piece anyway.
	gatherFrom = 4 << 10

	// gatherSize is how much is gathered before it goes to the network.
	gatherSize = 128 << 10
)

var gatherBuffers = sync.Pool{New: func() any { return new([gatherSize]byte) }}

// gatherConn is what the WebSocket library reads from and writes to. The library hands over large messages in pieces of
// 4 KiB; between begin and end they are put together, which saves system calls and, above TLS, records. It also
// remembers what the network said, because the library hides it.
type gatherConn struct {
	net.Conn

	// late is an error that came together with bytes, returned once they have been used. So an error that was
	// returned came when the reader needed more than there was.
	late error
	rerr atomic.Pointer[error] // the first that was returned; not under mu, which a blocked Write holds

	mu   sync.Mutex
	werr error
	buf  *[gatherSize]byte // nil when not gathering
	n    int
	size int // of the message's frame
	left int // how much of it is still to come
}

// Read remembers the first error.
func (c *gatherConn) Read(p []byte) (n int, err error) {
	if err = c.late; err == nil {
		n, err = c.Conn.Read(p)
		if n > 0 {
			c.late, err = err, nil
		}
	}
	if err != nil {
		first := err // so that err itself stays off the heap
		c.rerr.CompareAndSwap(nil, &first)
	}
	return n, err
}

// Write gathers or writes; what is left goes out with the end of the message's frame. It is called with one frame at a
// time, but control frames may come between begin and end.
func (c *gatherConn) Write(p []byte) (n int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.werr != nil {
		return 0, c.werr // a frame may have been cut: nothing can follow it
	}
	n, err = c.put(p)
	if c.left == c.size && len(p) > 0 && p[0]&opBits >= opClose {
		return n, err // a control frame before the message
	}
	if c.left -= n; c.left == 0 && c.buf != nil && err == nil {
		err = c.flush()
	}
	return n, err
}

// put gathers or writes.
func (c *gatherConn) put(p []byte) (int, error) {
	if c.buf == nil {
		return c.write(p)
	}
	if c.n+len(p) > gatherSize {
		if err := c.flush(); err != nil {
			return 0, err
		}
	}
	if len(p) > gatherSize {
		return c.write(p)
	}
	c.n += copy(c.buf[c.n:], p)
	return len(p), nil
}

// begin announces a message.
func (c *gatherConn) begin(size int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if size >= gatherFrom {
		c.buf = gatherBuffers.Get().(*[gatherSize]byte)
		c.n = 0
	}
	c.size = frameSize(size)
	c.left = c.size
}

// end reports whether all of the message has left.
func (c *gatherConn) end() (whole bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.buf != nil {
		gatherBuffers.Put(c.buf)
		c.buf = nil
	}
	return c.left <= 0 && c.werr == nil
}

// frameSize returns the size of a client's frame.
func frameSize(payload int) int {
	const header = 2 + 4 // with the mask
	switch {
	case payload < 126:
		return header + payload
	case payload <= 0xffff:
		return header + 2 + payload
	}
	return header + 8 + payload
}

func (c *gatherConn) flush() error {
	_, err := c.write(c.buf[:c.n])
	c.n = 0
	return err
}

func (c *gatherConn) write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	n, err := c.Conn.Write(p)
	if err != nil && c.werr == nil {
		c.werr = err
	}
	return n, err
}

func (c *gatherConn) readErr() error {
	if err := c.rerr.Load(); err != nil {
		return *err
	}
	return nil
}

func (c *gatherConn) writeErr() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.werr
}
