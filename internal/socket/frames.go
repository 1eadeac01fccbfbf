package socket

import (
	"encoding/binary"
	"fmt"
	"sync/atomic"
)

// Opcodes and bits of frame headers.
const (
	finBit    = 0x80
	opBits    = 0x0f
	opClose   = 8
	opPing    = 9
	opPong    = 10
	maskedBit = 0x80

	// maxControl is how many bytes a control frame may carry.
	maxControl = 125
)

var errControlSize = fmt.Errorf("control frame of more than %d bytes", maxControl)

// frames follows what the server sends and takes out pings and pongs before the library sees them. The library answers
// a ping while it reads, and ends the connection if a large message on its way out keeps the answer waiting for five
// seconds. What remains goes to the library as it came, also if it makes no sense: complaining is the library's part.
type frames struct {
	ping func(payload []byte) // called for each ping; payload is only lent

	// begun is true from the first byte of a message, or of a close frame, to the last.
	begun atomic.Bool

	head    [14]byte // the header so far
	n       int      // its length
	left    int64    // payload still to come
	control bool     // a ping or pong
	message bool     // inside a message, perhaps between two frames
	payload [maxControl]byte
}

// pass returns how much of p, what came from the network, is left without pings and pongs. It stands at the beginning
// of p.
func (f *frames) pass(p []byte) (kept int, err error) {
	for i := 0; i < len(p); {
		n := 1
		if f.left > 0 {
			n = int(min(f.left, int64(len(p)-i)))
			f.body(p[i : i+n])
		} else if err := f.header(p[i]); err != nil {
			return kept, err
		}
		// A frame that has just ended is still the one that the bytes belong to.
		if !f.control {
			if kept != i {
				copy(p[kept:], p[i:i+n])
			}
			kept += n
		}
		i += n
	}
	f.begun.Store(f.message || !f.control && (f.n > 0 || f.left > 0))
	return kept, nil
}

// header takes one byte of a header. The last one begins the payload, or ends the frame if there is none.
func (f *frames) header(b byte) error {
	if f.n == 0 {
		f.control = b == finBit|opPing || b == finBit|opPong
	}
	f.head[f.n] = b
	f.n++
	if size := f.head[1] &^ maskedBit; f.control && f.n == 2 && size > maxControl {
		return errControlSize
	}
	if f.n < f.headerSize() {
		return nil
	}
	size := int64(f.head[1] &^ maskedBit)
	switch size {
	case 126:
		size = int64(binary.BigEndian.Uint16(f.head[2:]))
	case 127:
		size = int64(binary.BigEndian.Uint64(f.head[2:]))
	}
	f.left = max(size, 0) // the library refuses what is below
	if f.left == 0 {
		f.end()
	}
	return nil
}

// headerSize is the size of the header as far as the bytes that are there tell.
func (f *frames) headerSize() int {
	size := 2
	if f.n < size {
		return size
	}
	switch f.head[1] &^ maskedBit {
	case 126:
		size += 2
	case 127:
		size += 8
	}
	if f.head[1]&maskedBit != 0 { // servers do not mask, and the library does not mind if they do
		size += 4
	}
	return size
}

func (f *frames) body(p []byte) {
	if f.control {
		size := int64(f.head[1] &^ maskedBit)
		copy(f.payload[size-f.left:], p)
	}
	if f.left -= int64(len(p)); f.left == 0 {
		f.end()
	}
}

// end is called after the last byte of a frame.
func (f *frames) end() {
	op, header := f.head[0]&opBits, f.head[:f.n]
	f.n = 0
	switch {
	case !f.control:
		f.message = header[0]&finBit == 0
	case op == opPing:
		payload := f.payload[:header[1]&^maskedBit]
		if header[1]&maskedBit != 0 {
			mask(payload, [4]byte(header[2:]))
		}
		f.ping(payload)
	}
}

// mask masks p, or takes its mask off.
func mask(p []byte, key [4]byte) {
	for i := range p {
		p[i] ^= key[i%4]
	}
}

// records follows TLS records in what the network brings.
type records struct {
	head [5]byte // the header so far
	n    int     // its length
	left int     // of the record still to come
}

func (r *records) pass(p []byte) {
	for len(p) > 0 {
		if r.left > 0 {
			n := min(r.left, len(p))
			r.left -= n
			p = p[n:]
			continue
		}
		r.head[r.n] = p[0]
		p = p[1:]
		if r.n++; r.n == len(r.head) {
			r.left, r.n = int(binary.BigEndian.Uint16(r.head[3:])), 0
		}
	}
}

// partial reports whether a record has begun and not ended.
func (r *records) partial() bool { return r.n > 0 || r.left > 0 }
