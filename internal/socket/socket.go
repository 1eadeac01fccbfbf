// Package socket is the WebSocket connection below a session: it dials, and it moves whole messages.
//
// It is the only package that imports the WebSocket library. It deals with what the rest of the module must not have to
// know about that library:
//
//   - A TCP connection that ends inside a message looks to the library's users like the end of that message. [Conn.Read]
//     knows what the network said and returns an error instead.
//   - A context that ends during a read or write costs the connection, so none is ever passed to it. A blocked Read or
//     Write ends when the connection is closed, by [Conn.SetIdleTimeout], or by the patience of the Write.
//   - Messages are written in pieces of 4 KiB. Large ones are gathered, see gather.go.
//   - A ping during a large write would end the connection. The library does not get to see any, see frames.go.
package socket

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	// nhooyr.io/websocket is the library that this module is built on by decision, in its last release. Its
	// identifiers are all marked deprecated because development goes on under github.com/coder/websocket, with the same
	// API. Should that move be made, only this package changes.
	"nhooyr.io/websocket"
)

// Kind says how a message is framed.
type Kind int

// The kinds of messages.
const (
	Text   Kind = Kind(websocket.MessageText)
	Binary Kind = Kind(websocket.MessageBinary)
)

// String returns "text" or "binary".
func (k Kind) String() string {
	switch k {
	case Text:
		return "text"
	case Binary:
		return "binary"
	}
	return fmt.Sprintf("Kind(%d)", int(k))
}

// Conn is an open connection. One goroutine may read while others write; CloseNow, Close and SetIdleTimeout may be
// called at any time. After an error of Read or Write the connection is of no use; the caller closes it.
type Conn struct {
	ws     *websocket.Conn
	raw    *rawConn    // what was dialed
	top    *gatherConn // what the library reads and writes: raw, or TLS over raw
	frames frames      // what is taken out of what the library reads
	pongs  pongs
	limit  int64

	writing  chan struct{} // full while a message or pong is written: one at a time
	patience time.Duration // of the last message; under writing
	large    int           // size of the last large message, a guess at the next one; used by Read alone
}

const (
	firstRead = 4 << 10  // what a message gets at first; most are smaller
	largeRead = 64 << 10 // from this size on a message is worth remembering
)

// Read waits for the next message and appends it to dst. grow makes room: grow(b, n) returns b, or its contents in
// another slice, with a capacity of at least len(b)+n; nil means append. Memory is asked for as data comes in, never on
// the word of the server, and never for more than the limit and one byte. Pongs are swallowed, pings answered.
//
// The error is a *TooLargeError, a *CloseError if the server closed the connection in an orderly way, a *SilenceError
// if the idle timeout ran out, a *FrameError if what came is no message, and wraps io.ErrUnexpectedEOF if the connection
// ended inside a message and io.EOF if it ended between two. The returned slice is then whatever dst has become.
func (c *Conn) Read(dst []byte, grow func(b []byte, n int) []byte) (Kind, []byte, error) {
	if grow == nil {
		grow = slices.Grow[[]byte]
	}
	kind, r, err := c.ws.Reader(context.Background())
	if err != nil {
		return 0, dst, c.readError(err, false)
	}
	for size, room := int64(0), 0; ; {
		if room == 0 {
			room = c.nextRoom(size)
			dst = grow(dst, room)
		}
		n, err := r.Read(dst[len(dst) : len(dst)+room])
		dst = dst[:len(dst)+n]
		room -= n
		if size += int64(n); size > c.limit {
			return 0, dst, &TooLargeError{Limit: c.limit}
		}
		if err == nil {
			continue
		}
		// The library reports every io.EOF as the end of the message, its own as well as that of the network. The
		// network was asked for more only if the message was not complete.
		if err != io.EOF || c.top.readErr() != nil {
			return 0, dst, c.readError(err, true)
		}
		if size >= largeRead {
			c.large = int(size)
		}
		return Kind(kind), dst, nil
	}
}

// nextRoom returns how many bytes to make room for when size bytes of a message have filled what there was. It doubles,
// but once a message turns out to be large it goes right to the size of the last large one: results come in chunks of
// one size.
func (c *Conn) nextRoom(size int64) int {
	room := max(size, firstRead)
	switch {
	case size == 0:
	case size < largeRead:
		room = largeRead - size
	default:
		room = max(room, int64(c.large+c.large/8)-size)
	}
	return int(min(room, c.limit+1-size))
}

// Write sends one message in one frame and waits until the network has taken it. If the network takes nothing for as long
// as patience, it fails with a *StallError; 0 waits for as long as it takes. blocked, if not nil, is called at most once,
// before Write waits; it may be called although Write does not have to. sent tells whether any byte may have left; it is
// false only if none has. Writes of several goroutines do not mix.
func (c *Conn) Write(kind Kind, p []byte, patience time.Duration, blocked func()) (sent bool, err error) {
	select {
	case c.writing <- struct{}{}:
	default: // behind a pong, or another message
		if blocked != nil {
			blocked()
			blocked = nil
		}
		c.writing <- struct{}{}
	}
	defer func() { <-c.writing }()
	c.patience = patience
	c.raw.expectWrite(patience, blocked)
	before := c.raw.written.Load()
	c.top.begin(len(p))
	err = c.ws.Write(context.Background(), websocket.MessageType(kind), p)
	// The library also complains if the connection was closed when the message was on its way already.
	if whole := c.top.end(); whole {
		return true, nil
	}
	sent = c.raw.written.Load() != before
	if stall := c.raw.stallError(); stall != nil {
		return sent, stall
	}
	if werr := c.top.writeErr(); werr != nil {
		err = werr
	}
	return sent, fmt.Errorf("write message: %w", err)
}

// SetIdleTimeout watches the server from now on: if no byte comes in for d, a pending or later Read fails with a
// *SilenceError. Each byte, also of a pong, starts the time anew. 0 ends the watch.
func (c *Conn) SetIdleTimeout(d time.Duration) { c.raw.setIdle(d) }

// closePatience bounds how long Close tries to send its farewell.
const closePatience = time.Second

// Close tells the server that the client leaves, with a close code and a reason of at most 123 bytes, and closes the
// connection. It does not wait for the server's reply.
func (c *Conn) Close(code int, reason string) error {
	c.raw.hurry(closePatience)
	// The library now waits for the reply, which hurry lets end at once, so the error says nothing.
	_ = c.ws.Close(websocket.StatusCode(code), reason)
	return c.raw.Close()
}

// CloseNow closes the connection without a word. Pending reads and writes end. Calling it again does no harm.
func (c *Conn) CloseNow() error {
	// First what was dialed: closing TLS or the WebSocket may wait for a server that does not read.
	err := c.raw.Close()
	_ = c.ws.CloseNow()
	return err
}
