package wire

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// errUnsolicited is the cause when a message comes that is no answer.
var errUnsolicited = &ProtocolError{Reason: "message from the server although no request is pending"}

// flight is a request on its way and its answer on the way back.
type flight struct {
	conn     *Conn
	shielded bool
	answer   chan *message // room for one
	began    time.Time     // when the first byte of the request left
	patience time.Duration // how long the answer may take after the end of the caller's context
	ended    time.Time     // when that was noticed, zero if it was not; known to the caller's goroutine alone

	mu      sync.Mutex
	landed  bool // the answer has come
	aborted bool // an abort was sent
	watched bool // the socket watches for silence

	graceMu   sync.Mutex
	stopWatch func() bool // ends the watch over the caller's context
	grace     *timer      // runs once that context has ended
	over      bool        // the grace does not matter any more
}

// takeOff makes a new flight the one that the next message is for. That happens before the first byte is written,
// because an answer can be faster than the return of the write. The caller holds c.writing, so no abort can overtake
// the request.
func (c *Conn) takeOff(r *Request) (*flight, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return nil, c.err
	}
	if c.flight != nil {
		panic("wire: RoundTrip without Lock")
	}
	if r.Withdrawn != nil && r.Withdrawn() {
		return nil, ErrWithdrawn
	}
	c.flight = &flight{conn: c, shielded: r.Shielded, patience: c.grace, answer: make(chan *message, 1), began: time.Now()}
	if r.Final {
		c.flight.patience = 0
	}
	return c.flight, nil
}

// land gives a message to the request that waits for it. Without one it is an error, and the message is gone.
func (c *Conn) land(msg *message) error {
	c.mu.Lock()
	f := c.flight
	c.mu.Unlock()
	if f == nil || !f.land() {
		msg.release()
		return errUnsolicited
	}
	c.mu.Lock()
	c.flight = nil
	c.mu.Unlock()
	f.answer <- msg
	return nil
}

// land marks the flight as landed: from now on it cannot be aborted, and the server may be silent. The result is false
// if it has landed before.
func (f *flight) land() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.landed {
		return false
	}
	f.landed = true
	if f.watched {
		f.conn.sock.SetIdleTimeout(0)
	}
	return true
}

// expect watches for silence until the flight has landed.
func (f *flight) expect(idle time.Duration) {
	if idle <= 0 {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.landed {
		return
	}
	f.watched = true
	f.conn.sock.SetIdleTimeout(idle)
}

// answered makes the Answer of the message.
func (f *flight) answered(msg *message) Answer {
	waited := max(msg.began.Sub(f.began), 0)
	f.conn.waited(waited)
	return Answer{Message: msg.b, Waited: waited, msg: msg}
}

// outcome is what is certain once the flight is over.
func (f *flight) outcome(sent Sent) Outcome {
	f.mu.Lock()
	defer f.mu.Unlock()
	return Outcome{Sent: sent, Aborted: f.aborted, GaveUp: !f.ended.IsZero(), Ended: f.ended}
}

// watch starts the grace as soon as ctx ends, also while the request is still being written.
func (f *flight) watch(ctx context.Context) {
	if ctx.Done() == nil {
		return
	}
	f.stopWatch = context.AfterFunc(ctx, func() {
		f.graceMu.Lock()
		defer f.graceMu.Unlock()
		if !f.over {
			f.grace = newTimer(f.patience, func() {
				f.conn.fail(fmt.Errorf("no answer within %v after the request was given up", f.patience))
			})
		}
	})
}

// unwatch makes sure that neither the end of ctx nor that of the grace has any effect from now on.
func (f *flight) unwatch() {
	if f.stopWatch == nil || f.stopWatch() {
		return
	}
	f.graceMu.Lock()
	defer f.graceMu.Unlock()
	f.over = true
	if f.grace != nil {
		f.grace.stop()
	}
}

// timer calls a function once after some time unless it is stopped before.
type timer struct {
	mu   sync.Mutex
	over bool
	t    *time.Timer
}

func newTimer(d time.Duration, fn func()) *timer {
	t := new(timer)
	t.mu.Lock() // until t.t is set
	defer t.mu.Unlock()
	t.t = time.AfterFunc(d, func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if !t.over {
			fn()
		}
	})
	return t
}

// stop waits for the function if it is running. It does not begin to run afterwards.
func (t *timer) stop() {
	t.t.Stop()
	t.mu.Lock()
	t.over = true
	t.mu.Unlock()
}
