package wire

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// errUnsolicited is the cause when a message comes that is no answer.
var errUnsolicited = &ProtocolError{Reason: "message from the server although no request is pending"}

// flight is a request on its way and its answer on the way back. A connection has one, which is used again and again:
// turn tells the requests apart.
type flight struct {
	turn     uint64 // under Conn.mu and mu
	shielded bool   // under Conn.mu

	// Known to the goroutine of the caller alone.
	ctx      context.Context
	began    time.Time     // when the first byte of the request left
	patience time.Duration // how long the answer may take after the end of the context
	ended    time.Time     // when that was noticed, zero if it was not
	grace    *grace        // nil until there is a reason

	mu      sync.Mutex
	landed  bool // the answer has come
	aborted bool // an abort was sent
	watched bool // the socket watches for silence
}

// takeOff makes the request the one that the next message is for. That happens before the first byte is written,
// because an answer can be faster than the return of the write. The caller holds c.writing, so no abort can overtake
// the request.
func (c *Conn) takeOff(ctx context.Context, r *Request) (*flight, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return nil, c.err
	}
	if c.flying {
		panic("wire: RoundTrip without Lock")
	}
	if r.Withdrawn != nil && r.Withdrawn() {
		return nil, ErrWithdrawn
	}
	f := &c.flight
	f.ctx, f.began, f.patience, f.ended, f.shielded = ctx, time.Now(), c.grace, time.Time{}, r.Shielded
	if r.Final {
		f.patience = 0
	}
	f.mu.Lock()
	f.turn++
	f.landed, f.aborted, f.watched = false, false, false
	f.mu.Unlock()
	c.flying = true
	return f, nil
}

// over forgets what belongs to the caller.
func (f *flight) over() {
	if f.grace != nil {
		f.grace.end()
	}
	f.ctx, f.grace = nil, nil
}

// land gives a message to the request that waits for it. Without one it is an error, and the message is gone.
func (c *Conn) land(msg *message) error {
	c.mu.Lock()
	flying := c.flying
	c.mu.Unlock()
	if !flying {
		msg.release()
		return errUnsolicited
	}
	// From now on it cannot be aborted, and the server may be silent.
	f := &c.flight
	f.mu.Lock()
	f.landed = true
	if f.watched {
		c.sock.SetIdleTimeout(0)
	}
	f.mu.Unlock()

	c.mu.Lock()
	c.flying = false
	c.mu.Unlock()
	c.answer <- msg
	return nil
}

// expect watches for silence until the flight has landed.
func (c *Conn) expect(f *flight, idle time.Duration) {
	if idle <= 0 {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.landed {
		f.watched = true
		c.sock.SetIdleTimeout(idle)
	}
}

// answered makes the Answer of the message.
func (c *Conn) answered(f *flight, msg *message) Answer {
	waited := max(msg.began.Sub(f.began), 0)
	c.waited(waited)
	return Answer{Message: msg.b, Waited: waited, msg: msg}
}

// outcome is what is certain once the flight is over.
func (f *flight) outcome(sent Sent) Outcome {
	f.mu.Lock()
	defer f.mu.Unlock()
	return Outcome{Sent: sent, Aborted: f.aborted, GaveUp: !f.ended.IsZero(), Ended: f.ended}
}

// writeBlocks is called by the socket, in the goroutine of the caller, before a write waits. Whoever waits for an answer
// sees the end of the context by himself; whoever waits for a write does not.
func (c *Conn) writeBlocks() {
	f := &c.flight
	if f.ctx.Done() == nil {
		return
	}
	g := &grace{conn: c, patience: f.patience}
	g.stop = context.AfterFunc(f.ctx, func() { g.begin() }) // f may be another request by then
	f.grace = g
}

// giveUp begins the grace unless it has begun.
func (c *Conn) giveUp(f *flight) {
	if f.grace == nil {
		f.grace = &grace{conn: c, patience: f.patience}
	}
	f.ended = f.grace.begin()
}

// grace closes the connection if a request that was given up is not answered in time.
type grace struct {
	conn     *Conn
	patience time.Duration
	stop     func() bool // ends the watch over the context, nil if there is none

	mu    sync.Mutex
	began time.Time
	ended bool
	timer *timer
}

// begin begins the grace unless it has begun or does not matter any more, and returns when it began.
func (g *grace) begin() time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.began.IsZero() {
		g.began = time.Now()
	}
	if !g.ended && g.timer == nil {
		g.timer = newTimer(g.patience, func() {
			g.conn.fail(fmt.Errorf("no answer within %v after the request was given up", g.patience))
		})
	}
	return g.began
}

// end makes sure that neither the end of the context nor that of the grace has any effect from now on.
func (g *grace) end() {
	if g.stop != nil {
		g.stop()
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.ended = true
	if g.timer != nil {
		g.timer.stop()
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
