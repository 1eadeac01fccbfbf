package wire

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/exawire/exawire/internal/socket"
)

// Request is a message to send and how to treat it.
type Request struct {
	// Payload is the document to send. It is not kept.
	Payload []byte

	// Abort is the document that asks the server to give the request up, sent when the caller's context ends. Nil if
	// the server would not react to it.
	Abort []byte

	// IdleTimeout, if above 0, closes the connection when the server takes nothing of the request for that long, or
	// sends nothing, not even a pong, while the answer is awaited.
	IdleTimeout time.Duration

	// Final makes the end of the caller's context the end of all patience: the connection is closed then, without a
	// further CancelGrace. It is for requests that tidy up after a caller who has used up the grace already.
	Final bool

	// Shielded keeps AbortNow away from the request.
	Shielded bool

	// Withdrawn, if not nil, is asked once whether the request shall not be sent after all. It is asked at the moment
	// from which AbortNow can find the request, and before the first byte: whoever first sets what Withdrawn looks at
	// and then calls AbortNow misses no request. It must not call methods of the Conn.
	Withdrawn func() bool
}

// Sent says how much of a request has left.
type Sent uint8

// How much of a request has left.
const (
	Nothing Sent = iota // not one byte
	Part                // perhaps all, perhaps not: the write ended in an error
	Whole               // all of it
)

// String returns the name of the constant in small letters.
func (s Sent) String() string {
	switch s {
	case Nothing:
		return "nothing"
	case Part:
		return "part"
	case Whole:
		return "whole"
	}
	return fmt.Sprintf("Sent(%d)", uint8(s))
}

// Outcome is what is certain about a request, whether RoundTrip returned an answer or an error. It holds facts of this
// request alone.
type Outcome struct {
	Sent    Sent
	Aborted bool // an abort was sent before the answer came, because the context ended or by AbortNow
	GaveUp  bool // the caller's context ended before the answer came

	// Ended is when the end of the caller's context was noticed, the zero Time if GaveUp is false.
	Ended time.Time
}

// Answer is what the server said.
type Answer struct {
	// Message is the document. It begins with '{' and ends with '}', apart from white space; bufpool.Padding bytes follow
	// its end. The caller may change it and must Release it.
	Message []byte

	// Waited is how long the answer took to begin, counted from the first byte of the request. Unlike the whole round trip
	// it says nothing of sizes.
	Waited time.Duration

	msg *message
}

// Release gives the memory of Message back. Nobody may use any part of it afterwards. Only the first call for an answer
// counts, whichever copy it is made on.
func (a *Answer) Release() {
	a.msg.release()
	a.Message = nil
}

// Keep returns a function that does what Release does, for whoever takes the memory over.
func (a *Answer) Keep() (release func()) { return a.msg.release }

// RoundTrip sends a request and waits for its answer. The caller holds the lock.
//
// When ctx ends before anything was sent, that is the end of it, and the connection is as good as before. Afterwards
// the answer is waited for in any case, because the next message from the server is going to be that one:
//
//   - The request is written to its end. Then r.Abort is sent, if the request has one and nobody else has aborted it.
//   - The answer is returned. It may be an error that reports the abort, or a success that was faster; the caller has to
//     look.
//   - If it does not come within the CancelGrace after the end of ctx, the connection is closed; at once if r.Final.
//
// A server may answer a request before it has read all of it. Then the answer is returned with Sent being Part, and the
// connection is closed.
//
// The error is for people; what happened is in the Outcome. It matches ErrClosed, with the first cause, if the connection
// is closed, ErrTooLarge and ErrWithdrawn, and if nothing was sent because ctx has ended, ctx's error and its cause.
func (c *Conn) RoundTrip(ctx context.Context, r Request) (Answer, Outcome, error) {
	if err := c.Err(); err != nil {
		return unsent(ctx, err)
	}
	out, err := c.encode(r.Payload)
	if err != nil {
		return unsent(ctx, err)
	}
	defer out.release()
	// What has arrived by now cannot be the answer.
	if !c.sock.Settle() {
		c.fail(errUnsolicited)
	}
	if err := c.acquire(ctx, c.writing); err != nil { // an abort of the previous request may still be checking
		return unsent(ctx, err)
	}
	f, err := c.takeOff(ctx, &r)
	if err != nil {
		release(c.writing)
		return unsent(ctx, err)
	}
	defer f.over()

	begun, err := c.sock.Write(out.kind, out.b, r.IdleTimeout, c.blocked)
	release(c.writing)
	if err != nil {
		return c.lastWords(ctx, f, begun, err)
	}
	c.expect(f, r.IdleTimeout)
	a, err := c.await(ctx, f, r.Abort)
	return a, f.outcome(Whole), err
}

// unsent is what RoundTrip returns if nothing has left.
func unsent(ctx context.Context, err error) (Answer, Outcome, error) {
	o := Outcome{Sent: Nothing, GaveUp: ctx.Err() != nil}
	if o.GaveUp {
		o.Ended = time.Now()
	}
	return Answer{}, o, err
}

// lastWordsPatience is how long the server may still be heard after a write has failed.
const lastWordsPatience = time.Second

// lastWords ends a request that could not be written to its end. A server that rejects a request may answer before it
// has read all of it, and leave, or say in a close frame why it leaves. The connection is closed in any case.
func (c *Conn) lastWords(ctx context.Context, f *flight, begun bool, err error) (Answer, Outcome, error) {
	cause := fmt.Errorf("send request: %w", err)
	// A server that has taken nothing for that long has had its time.
	_, stalled := err.(*socket.StallError) //nolint:errorlint // the socket's own error, not what a network may wrap
	if stalled || !begun {
		c.fail(cause)
	}
	if !begun {
		return unsent(ctx, c.Err())
	}
	overdue := newTimer(lastWordsPatience, func() { c.fail(cause) })
	defer c.fail(cause)
	defer overdue.stop()
	a, err := c.await(ctx, f, nil)
	return a, f.outcome(Part), err
}

// await returns the answer for f. It is here that the end of ctx turns into an abort.
func (c *Conn) await(ctx context.Context, f *flight, abort []byte) (Answer, error) {
	done := ctx.Done()
	for {
		if done != nil && ctx.Err() != nil {
			done = nil
			c.giveUp(f)
			if abort != nil {
				_, _ = c.abort(context.Background(), f.turn, abort) // an error closes the connection, which is seen below
			}
		}
		select {
		case msg := <-c.answer:
			return c.answered(f, msg), nil
		case <-done:
		case <-c.closed:
			select {
			case msg := <-c.answer: // it was faster
				return c.answered(f, msg), nil
			default:
				if ctx.Err() != nil && f.ended.IsZero() {
					f.ended = time.Now()
				}
				return Answer{}, c.Err()
			}
		}
	}
}

// AbortNow sends payload, an abort, if a request is in flight that has not been aborted yet and is not shielded. It does
// not queue behind that request; it only waits until the request has been written, or ctx has ended. sent is false if
// there was nothing to abort. The answer goes to whoever made the request.
func (c *Conn) AbortNow(ctx context.Context, payload []byte) (sent bool, err error) {
	c.mu.Lock()
	turn, exposed := c.flight.turn, c.flying && !c.flight.shielded
	c.mu.Unlock()
	if !exposed {
		return false, c.Err()
	}
	return c.abort(ctx, turn, payload)
}

// abort sends payload if the request of that turn is still waiting for its answer and has not been aborted. Holding f.mu,
// which land needs, it makes sure that the abort leaves before the answer is taken, so it can never be about the next
// request.
func (c *Conn) abort(ctx context.Context, turn uint64, payload []byte) (sent bool, err error) {
	if err := c.acquire(ctx, c.writing); err != nil {
		return false, err
	}
	defer release(c.writing)
	f := &c.flight
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.turn != turn || f.landed || f.aborted {
		return false, nil
	}
	out, err := c.encode(payload)
	if err != nil {
		return false, err
	}
	defer out.release()
	overdue := newTimer(c.grace, func() { c.fail(errors.New("the server did not take an abort")) })
	defer overdue.stop()
	begun, err := c.sock.Write(out.kind, out.b, c.grace, nil)
	f.aborted = begun
	if err != nil {
		c.fail(fmt.Errorf("send abort: %w", err))
		return begun, c.Err()
	}
	return true, nil
}
