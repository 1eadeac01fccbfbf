package wire

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/exawire/exawire/compression"
	"github.com/exawire/exawire/internal/bufpool"
	"github.com/exawire/exawire/internal/socket"
)

// message is a complete document from the server in a pooled slice.
type message struct {
	b        []byte
	began    time.Time // when its first byte was there
	released atomic.Bool
}

// release gives the slice back the first time it is called.
func (m *message) release() {
	if m != nil && m.released.CompareAndSwap(false, true) {
		bufpool.Put(m.b)
		m.b = nil
	}
}

// frame is a message to the server as it goes onto the wire.
type frame struct {
	kind   socket.Kind
	b      []byte
	pooled bool
}

func (f frame) release() {
	if f.pooled {
		bufpool.Put(f.b)
	}
}

// encode frames a payload as the connection stands: plain text, or compressed. The error matches ErrTooLarge or is that
// of the codec.
func (c *Conn) encode(payload []byte) (frame, error) {
	if limit := c.requestLimit.Load(); int64(len(payload)) > limit {
		return frame{}, fmt.Errorf("%w: request of %d bytes, the server accepts %d", ErrTooLarge, len(payload), limit)
	}
	if !c.compress.Load() {
		return frame{kind: socket.Text, b: payload}, nil
	}
	buf := bufpool.Get(len(payload) + len(payload)/1000 + 128) // zlib's worst case
	b, err := c.codec.Compress(buf, payload)
	if err != nil {
		bufpool.Put(buf)
		return frame{}, fmt.Errorf("request: %w", err)
	}
	if cap(b) != cap(buf) { // the codec moved to a slice of its own
		bufpool.Put(buf)
	}
	return frame{kind: socket.Binary, b: b, pooled: true}, nil
}

// More than maxStatusWords within statusWindow are no signs of life but a server gone mad. However long a statement runs,
// and whatever the feedback interval, it takes far fewer.
const (
	maxStatusWords = 1000
	statusWindow   = 10 * time.Second
)

// receive waits for the next document. What it returns begins and ends like a JSON object; status words in between are
// dropped.
func (c *Conn) receive() (*message, error) {
	words, since := 0, time.Time{}
	for {
		kind, raw, err := c.sock.Read(nil, c.room)
		if err != nil {
			bufpool.Put(raw)
			return nil, readError(err)
		}
		doc, err := c.plain(kind, raw)
		if err != nil {
			return nil, err
		}
		body := trimSpace(doc)
		switch {
		case len(body) > 0 && body[0] == '{':
			if body[len(body)-1] != '}' {
				bufpool.Put(doc)
				return nil, &ProtocolError{Reason: "message ends in the middle of its document"}
			}
			return &message{b: doc, began: c.began}, nil
		case !isStatusWord(body):
			err := &ProtocolError{Reason: fmt.Sprintf("message of %d bytes is neither an object nor a status word", len(doc))}
			bufpool.Put(doc)
			return nil, err
		}
		bufpool.Put(doc)
		if now := time.Now(); now.Sub(since) > statusWindow {
			words, since = 0, now
		}
		if words++; words > maxStatusWords {
			return nil, &ProtocolError{Reason: fmt.Sprintf("more than %d status words within %v", maxStatusWords, statusWindow)}
		}
	}
}

// grow makes room in a message that is being read, for the first time when it has just begun.
func (c *Conn) grow(b []byte, n int) []byte {
	if cap(b) == 0 {
		c.began = time.Now()
	}
	return bufpool.Grow(b, n)
}

// plain returns the document in a framed message, with the padding that decoders expect. It takes over raw. A message
// says by itself what it is, because not all servers agree with their clients on what the login negotiated: text frames
// are plain, and so is a binary frame that begins as a document does, which no zlib stream can; one that begins as zlib
// does is compressed.
func (c *Conn) plain(kind socket.Kind, raw []byte) ([]byte, error) {
	if kind == socket.Text || len(raw) > 0 && raw[0] == '{' {
		return bufpool.Grow(raw, 0), nil
	}
	defer bufpool.Put(raw)
	if !isZlib(raw) {
		return nil, &ProtocolError{Reason: fmt.Sprintf("binary message of %d bytes is neither a document nor compressed", len(raw))}
	}

	// The size is not known beforehand. Messages with rows are much alike, so the last one is a good guess, unless this
	// one is of another order of magnitude.
	guess := min(max(4*len(raw), c.inflated+c.inflated/8), 16*len(raw))
	buf := bufpool.Get(int(min(int64(guess), c.limit)))
	doc, err := c.codec.Decompress(buf, raw, c.limit)
	if err != nil {
		bufpool.Put(buf)
		if errors.Is(err, compression.ErrTooLarge) {
			return nil, fmt.Errorf("%w: inflated answer exceeds %d bytes: %w", ErrTooLarge, c.limit, err)
		}
		return nil, &ProtocolError{Reason: "inflate message", Err: err}
	}
	c.inflated = len(doc)
	if cap(doc) != cap(buf) {
		bufpool.Put(buf)
	}
	return bufpool.Grow(doc, 0), nil
}

// readError says in this package's terms why the socket had no message. It looks at the socket's own error and not at
// what that wraps: the network beneath may be made by the caller, and its errors of anything.
func readError(err error) error {
	switch err.(type) { //nolint:errorlint // see above
	case *socket.TooLargeError:
		return fmt.Errorf("%w: %w", ErrTooLarge, err)
	case *socket.FrameError:
		return &ProtocolError{Reason: "read message", Err: err}
	}
	return err
}

// isZlib reports whether b begins with a zlib header (RFC 1950) without preset dictionary.
func isZlib(b []byte) bool {
	return len(b) >= 2 && b[0]&0x0f == 8 && b[0]>>4 <= 7 && b[1]&0x20 == 0 && (int(b[0])<<8|int(b[1]))%31 == 0
}

// isStatusWord reports whether b is a word such as EXECUTING, as servers send while they work, or nothing at all. JSON
// literals are not: they begin with a small letter.
func isStatusWord(b []byte) bool {
	if len(b) > 64 {
		return false
	}
	for i, ch := range b {
		switch {
		case 'A' <= ch && ch <= 'Z':
		case i > 0 && ('a' <= ch && ch <= 'z' || '0' <= ch && ch <= '9' || ch == '_' || ch == '-' || ch == ' '):
		default:
			return false
		}
	}
	return true
}

// trimSpace cuts JSON white space off both ends.
func trimSpace(b []byte) []byte {
	for len(b) > 0 && isSpace(b[0]) {
		b = b[1:]
	}
	for len(b) > 0 && isSpace(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

func isSpace(ch byte) bool { return ch == ' ' || ch == '\n' || ch == '\r' || ch == '\t' }
