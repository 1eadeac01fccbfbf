// Package wire is one connection to the database: whole messages out, whole messages in, one request at a time.
//
// The protocol has no request numbers. Which answer belongs to which request is known by order alone, so everything
// here serves one promise: an answer is never given to the wrong question. A request that was given up is waited for
// (see [Conn.RoundTrip]), a message that nobody asked for ends the connection, and so does every doubt.
//
// A [Conn] has one goroutine, which always reads. It belongs to the connection: contexts of callers never reach the
// socket. The package never looks inside a message further than its first and last byte.
package wire

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/exawire/exawire/compression"
	"github.com/exawire/exawire/internal/ctxerr"
	"github.com/exawire/exawire/internal/socket"
)

// Socket is what a Conn needs of a connection; *socket.Conn is one and describes the methods.
type Socket interface {
	Read(dst []byte, grow func(b []byte, n int) []byte) (socket.Kind, []byte, error)
	Write(kind socket.Kind, p []byte, patience time.Duration, blocked func()) (sent bool, err error)
	Settle() bool
	SetIdleTimeout(d time.Duration)
	Close(code int, reason string) error
	CloseNow() error
}

var _ Socket = (*socket.Conn)(nil)

// Defaults for Options.
const (
	DefaultMessageLimit = 256 << 20
	DefaultCancelGrace  = 5 * time.Second
)

// Options say what a connection tolerates.
type Options struct {
	// Codec compresses after EnableCompression; nil means zlib at its fastest.
	Codec compression.Codec

	// MessageLimit bounds each message from the server after inflating, in bytes, and each request before
	// compression until SetRequestLimit says otherwise. 0 means DefaultMessageLimit. The socket bounds messages as
	// framed.
	MessageLimit int64

	// CancelGrace is how long to wait for the answer of a request whose caller has given up, and for an abort to leave.
	// 0 means DefaultCancelGrace.
	CancelGrace time.Duration

	// OnClose, if not nil, is called once when the connection is closed, whoever closed it: by the goroutine of the
	// connection, which holds no lock, and before Close and Shutdown return. Err and Cause say why. It must not call Close or
	// Shutdown, which wait for it.
	OnClose func()
}

// Conn is a connection. Lock, AbortNow, Err, Shutdown and Close may be called from any goroutine at any time; RoundTrip
// only by the holder of the lock.
type Conn struct {
	sock    Socket
	codec   compression.Codec
	limit   int64
	grace   time.Duration
	onClose func()

	compress     atomic.Bool
	requestLimit atomic.Int64
	quickest     atomic.Int64 // RoundTripTime, 0 if there was no answer yet

	inflated int                          // size of the last inflated message
	began    time.Time                    // when the message that is being read began
	room     func(b []byte, n int) []byte // grow; these three are used by the reader alone

	session chan struct{} // the lock of Lock and Unlock, full when held
	writing chan struct{} // full while a message is being written

	blocked func()        // writeBlocks
	answer  chan *message // room for one

	mu     sync.Mutex
	flying bool   // a request waits for its answer
	flight flight // that request
	err    error  // what Err returns
	cause  error  // what Cause returns
	closed chan struct{}

	readerDone chan struct{}
}

// New makes a Conn of an open socket and starts its reader. The Conn owns the socket; Close ends both.
func New(s Socket, o Options) *Conn {
	c := &Conn{
		sock:       s,
		codec:      o.Codec,
		limit:      o.MessageLimit,
		grace:      o.CancelGrace,
		onClose:    o.OnClose,
		session:    make(chan struct{}, 1),
		writing:    make(chan struct{}, 1),
		answer:     make(chan *message, 1),
		closed:     make(chan struct{}),
		readerDone: make(chan struct{}),
	}
	if c.codec == nil {
		c.codec = compression.Zlib(compression.BestSpeed)
	}
	if c.limit <= 0 {
		c.limit = DefaultMessageLimit
	}
	if c.grace <= 0 {
		c.grace = DefaultCancelGrace
	}
	c.requestLimit.Store(c.limit)
	c.room, c.blocked = c.grow, c.writeBlocks
	go c.read()
	return c
}

// Closed makes a Conn that was closed because of cause before it was opened.
func Closed(cause error) *Conn {
	c := &Conn{
		session: make(chan struct{}, 1), writing: make(chan struct{}, 1), closed: make(chan struct{}), readerDone: make(chan struct{}),
		err: fmt.Errorf("%w: %w", ErrClosed, cause), cause: cause,
	}
	close(c.closed)
	close(c.readerDone)
	return c
}

// EnableCompression compresses all messages from the next one on. Call it between two round trips, when the login has
// been answered.
func (c *Conn) EnableCompression() { c.compress.Store(true) }

// SetRequestLimit bounds the requests, in bytes before compression, to what the server said it accepts. A value below 1
// is ignored.
func (c *Conn) SetRequestLimit(n int64) {
	if n > 0 {
		c.requestLimit.Store(n)
	}
}

// Lock makes the caller the one who may send requests, waiting in line behind others. It gives up when ctx ends or the
// connection is closed; the error is that of Err, or matches ctx's error and its cause.
func (c *Conn) Lock(ctx context.Context) error { return c.acquire(ctx, c.session) }

// TryLock is Lock for callers who do not want to wait. It returns false if somebody holds the lock, or the connection is
// closed.
func (c *Conn) TryLock() bool {
	if c.Err() != nil {
		return false
	}
	select {
	case c.session <- struct{}{}:
		return true
	default:
		return false
	}
}

// Unlock lets the next caller in. It panics if the lock is not held.
func (c *Conn) Unlock() { release(c.session) }

// acquire fills lock. Waiters get it in the order in which they came.
func (c *Conn) acquire(ctx context.Context, lock chan struct{}) error {
	select {
	case lock <- struct{}{}: // mostly, and at a fraction of the price of waiting for one of three
	default:
		select {
		case lock <- struct{}{}:
		case <-ctx.Done():
			return c.barred(ctx)
		case <-c.closed:
			return c.barred(ctx)
		}
	}
	err := c.barred(ctx)
	if err != nil {
		release(lock)
	}
	return err
}

// barred says why a caller with this context may not begin anything, nil if he may.
func (c *Conn) barred(ctx context.Context) error {
	if err := c.Err(); err != nil {
		return err
	}
	return ctxerr.Of(ctx)
}

func release(lock chan struct{}) {
	select {
	case <-lock:
	default:
		panic("wire: unlock of a connection that is not locked")
	}
}

// Err returns nil while the connection can be used, and later an error that matches ErrClosed and wraps the first cause.
func (c *Conn) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Cause returns the first cause as it was given to Close, or found by the connection itself; nil while the connection can
// be used, and after Shutdown.
func (c *Conn) Cause() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cause
}

// Close closes the connection because of cause and waits until its goroutine has ended. A pending round trip fails with
// the error that Err returns from then on. Only the first cause counts. Closing again does no harm.
func (c *Conn) Close(cause error) {
	c.fail(cause)
	<-c.readerDone
}

// Shutdown is Close for an orderly end, which has no cause. The server is told that the client leaves, unless a request
// is pending.
func (c *Conn) Shutdown() {
	if busy, first := c.shut(ErrClosed, nil); first {
		if busy {
			_ = c.sock.CloseNow()
		} else {
			_ = c.sock.Close(1000, "")
		}
	}
	<-c.readerDone
}

// fail closes the connection because of cause, unless it is closed already. It does not wait for the reader, which
// calls it too.
func (c *Conn) fail(cause error) {
	err := ErrClosed
	if cause != nil {
		err = fmt.Errorf("%w: %w", ErrClosed, cause)
	}
	if _, first := c.shut(err, cause); first {
		_ = c.sock.CloseNow()
	}
}

// shut lets nobody begin anything any more. busy tells whether a request is pending, first whether this call is the one
// that has to close the socket.
func (c *Conn) shut(err, cause error) (busy, first bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return false, false
	}
	c.err, c.cause = err, cause
	close(c.closed)
	return c.flying, true
}

// RoundTripTime returns the shortest time that any answer took to begin, 0 if there was none yet. Servers that think and
// machines that are busy make answers slower, never quicker, so it says how far away the server is at most.
func (c *Conn) RoundTripTime() time.Duration { return time.Duration(c.quickest.Load()) }

// waited notes how long an answer took to begin. The lock is held.
func (c *Conn) waited(d time.Duration) {
	if best := c.quickest.Load(); best == 0 || int64(d) < best {
		c.quickest.Store(max(int64(d), 1))
	}
}

// read is the connection's goroutine. It hands each message to the request in flight until something goes wrong.
func (c *Conn) read() {
	defer close(c.readerDone)
	for {
		msg, err := c.receive()
		if err == nil {
			err = c.land(msg)
		}
		if err != nil {
			c.fail(err)
			break
		}
	}
	if c.onClose != nil {
		c.onClose()
	}
}
