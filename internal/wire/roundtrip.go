package wire

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Request is a message to send and how to treat it.
type Request struct {
	// Payload is the document to send. It is not kept.
	Payload []byte

	// Abort is the document that asks the server to give the request up, sent when the caller's context ends. Nil if
	// the server would not react to it.
	Abort []byte

	// IdleTimeout, if above 0, closes the connection when the server sends nothing, not even a pong, for that long
	// while the answer is awaited.
	IdleTimeout time.Duration

	// NoAnswer is for requests that are never answered: RoundTrip returns once the request is written.
	NoAnswer bool
}

// Answer is what the server said.
type Answer struct {
	// Message is the document, nil for a request with NoAnswer. It begins with '{' and ends with '}', apart from white
	// space; bufpool.Padding bytes follow its end. The caller may change it and must Release it.
	Message []byte

	// Aborted says that an abort was sent before the answer came, so the answer may be an error because of it.
	Aborted bool

	// Waited is how long the answer took to begin, counted from the first byte of the request. Unlike the whole round trip
	// it says nothing of sizes.
	Waited time.Duration

	// CtxErr matches the error of the caller's context, and its cause, if the context ended before the answer came.
	CtxErr error

	msg *message
}

// Release gives the memory of Message back. Nobody may use any part of it afterwards. Only the first call for an answer
// counts, whichever copy it is made on.
func (a *Answer) Release() {
	a.msg.release()
	a.Message = nil
}

// RoundTrip sends a request and waits for its answer. The caller holds the lock.
//
// When ctx ends before anything was sent, that is the end of it, and the connection is as good as before. Afterwards
// the answer is waited for in any case, because the next message from the server is going to be that one:
//
//   - The request is written to its end. Then r.Abort is sent, if the request has one and nobody else has aborted it.
//   - The answer is returned with CtxErr set. It may be an error that reports the abort, or a success that was faster;
//     the caller has to look.
//   - If it does not come within the CancelGrace after the end of ctx, the connection is closed.
//
// An error means that the connection is closed, except for errors with Sent false that do not match ErrClosed. It is an
// *Error; it matches ErrClosed and the cause, and ctx's error if ctx has ended.
func (c *Conn) RoundTrip(ctx context.Context, r Request) (Answer, error) {
	if err := c.Err(); err != nil {
		return Answer{}, &Error{Err: err}
	}
	out, err := c.encode(r.Payload)
	if err != nil {
		return Answer{}, &Error{Err: err}
	}
	defer out.release()
	// What has arrived by now cannot be the answer.
	if !c.sock.Settle() {
		c.fail(errUnsolicited)
	}
	if err := c.acquire(ctx, c.writing); err != nil { // an abort of the previous request may still be checking
		return Answer{}, &Error{Err: err}
	}
	f, err := c.takeOff()
	if err != nil {
		release(c.writing)
		return Answer{}, &Error{Err: err}
	}
	f.watch(ctx)
	defer f.unwatch()

	f.sent = time.Now()
	sent, err := c.sock.Write(out.kind, out.b)
	release(c.writing)
	switch {
	case err != nil:
		return c.lastWords(ctx, f, sent, fmt.Errorf("send request: %w", err))
	case r.NoAnswer:
		c.vanish(f)
		return Answer{}, nil
	}
	f.expect(r.IdleTimeout)
	return c.await(ctx, f, r.Abort)
}

// lastWordsPatience is how long the server may still be heard after a write has failed.
const lastWordsPatience = time.Second

// lastWords ends a request that could not be written to its end. A server that rejects a request may answer before it
// has read all of it, and leave, or say in a close frame why it leaves. The connection is closed in any case.
func (c *Conn) lastWords(ctx context.Context, f *flight, sent bool, cause error) (Answer, error) {
	if !sent {
		c.fail(cause)
		return Answer{}, c.broken(ctx, false)
	}
	overdue := newTimer(lastWordsPatience, func() { c.fail(cause) })
	defer c.fail(cause)
	defer overdue.stop()
	return c.await(ctx, f, nil)
}

// await returns the answer for f. It is here that the end of ctx turns into an abort.
func (c *Conn) await(ctx context.Context, f *flight, abort []byte) (Answer, error) {
	var gaveUp error
	done := ctx.Done()
	for {
		if gaveUp = contextError(ctx); gaveUp != nil && done != nil {
			done = nil
			if abort != nil {
				_, _ = c.abort(context.Background(), f, abort) // an error closes the connection, which is seen below
			}
		}
		select {
		case msg := <-f.answer:
			return f.answered(msg, gaveUp), nil
		case <-done:
		case <-c.closed:
			select {
			case msg := <-f.answer: // it was faster
				return f.answered(msg, gaveUp), nil
			default:
				return Answer{}, c.broken(ctx, true)
			}
		}
	}
}

// broken is the error of a request during which the connection was closed.
func (c *Conn) broken(ctx context.Context, sent bool) error {
	err := c.Err()
	if ctxErr := contextError(ctx); ctxErr != nil {
		err = fmt.Errorf("%w: %w", ctxErr, err)
	}
	return &Error{Sent: sent, Err: err}
}

// AbortNow sends payload, an abort, if a request is in flight that has not been aborted yet. It does not queue behind
// that request; it only waits until the request has been written, or ctx has ended. sent is false if there was nothing
// to abort. The answer goes to whoever made the request.
func (c *Conn) AbortNow(ctx context.Context, payload []byte) (sent bool, err error) {
	c.mu.Lock()
	f := c.flight
	c.mu.Unlock()
	if f == nil {
		return false, c.Err()
	}
	return c.abort(ctx, f, payload)
}

// abort sends payload if f is still waiting for its answer and has not been aborted. Holding f.mu, which land needs,
// it makes sure that the abort leaves before the answer is taken, so it can never be about the next request.
func (c *Conn) abort(ctx context.Context, f *flight, payload []byte) (sent bool, err error) {
	if err := c.acquire(ctx, c.writing); err != nil {
		return false, err
	}
	defer release(c.writing)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.landed || f.aborted {
		return false, nil
	}
	out, err := c.encode(payload)
	if err != nil {
		return false, err
	}
	defer out.release()
	f.aborted = true
	overdue := newTimer(c.grace, func() { c.fail(errors.New("the server did not take an abort")) })
	defer overdue.stop()
	if _, err := c.sock.Write(out.kind, out.b); err != nil {
		c.fail(fmt.Errorf("send abort: %w", err))
		return true, c.Err()
	}
	return true, nil
}
