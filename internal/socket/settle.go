package socket

import (
	"runtime"
	"time"
)

// settleRounds and settlePatience bound settle: a server that sends without pause must not keep a request waiting, nor
// may a connection whose Read does not take what the kernel has, or a server that does not send the rest of a record.
const (
	settleRounds   = 100
	settlePatience = time.Second
)

// Settle waits until a Read that is pending in another goroutine has seen every byte that has arrived so far, and
// reports whether no part of a message is among them: not even of its header, nor of the TLS record it comes in. Asked
// before a request is sent, it tells that nothing on its way up from the network can be mistaken for the answer. Pings
// and pongs do not count. It returns at once after the connection was closed.
func (c *Conn) Settle() bool {
	whole := c.raw.settle()
	return whole && !c.frames.begun.Load()
}

// settle waits until the reader waits for bytes that have not arrived yet: it is inside Read, so everything returned
// earlier was used up, and the kernel has nothing for it. The result is false if part of a TLS record is left: what is
// in it cannot be told. The rest of a record mostly comes at once, and often it is nothing to worry about.
func (c *rawConn) settle() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.settled() || c.closed.Load() {
		return true
	}
	// A caller mostly has its answer a moment before the reader is back, which is too short a time for a timer.
	c.mu.Unlock()
	runtime.Gosched()
	c.mu.Lock()
	if c.settled() || c.closed.Load() {
		return true
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
		if c.closed.Load() || c.settled() {
			return true
		}
		if late {
			break
		}
	}
	return !c.cut()
}

func (c *rawConn) settled() bool {
	return c.reading && !c.cut() && (c.kernel == nil || !c.kernel.pending())
}

// cut reports whether the beginning of a TLS record has come and not its end. The lock is held.
func (c *rawConn) cut() bool { return c.records != nil && c.records.partial() }
