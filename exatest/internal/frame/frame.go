// Package frame is the server's side of a WebSocket, RFC 6455, which may break every rule on purpose. It shares no code
// with the client, so that a mistake in framing or compression cannot be made by both.
package frame

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"unicode/utf8"
)

// The opcodes of RFC 6455.
const (
	OpContinuation = 0x0
	OpText         = 0x1
	OpBinary       = 0x2
	OpClose        = 0x8
	OpPing         = 0x9
	OpPong         = 0xa
)

// The close codes that this server sends.
const (
	CloseNormal      = 1000
	CloseGoingAway   = 1001
	CloseProtocol    = 1002
	CloseUnsupported = 1003
	CloseInvalidData = 1007
	CloseTooBig      = 1009
)

// Error is a breach of RFC 6455 by the client.
type Error struct {
	Code   int
	Reason string
}

func (e *Error) Error() string { return e.Reason }

// Closed is the end of a connection by a Close frame of the client. The code is 0 if the frame has none.
type Closed struct{ Code int }

func (e *Closed) Error() string {
	return fmt.Sprintf("the client closed the WebSocket with code %d", e.Code)
}

// Conn is the server's side of a WebSocket: it reads masked frames and writes whatever it is told to, which may
// break every rule.
type Conn struct {
	net.Conn
	reader *bufio.Reader
	lock   chan struct{} // held while a message or a control frame is written; a channel, so that waiting for it lets virtual time pass
	limit  int64         // of a message, in bytes
	most   int64         // of one that is read to its end
}

// NewConn is a connection after the upgrade. reader may have read ahead. limit is the longest message that is taken, in
// bytes. A longer one is read to its end and forgotten; one that is longer than most ends the connection.
func NewConn(nc net.Conn, reader *bufio.Reader, limit, most int64) *Conn {
	return &Conn{Conn: nc, reader: reader, lock: make(chan struct{}, 1), limit: limit, most: most}
}

// TooLong is a message above the limit that was read to its end. The connection goes on.
type TooLong struct {
	Opcode byte
	Length int64
	Limit  int64
}

func (e *TooLong) Error() string {
	return fmt.Sprintf("a message has %d bytes, the limit is %d", e.Length, e.Limit)
}

type header struct {
	fin    bool
	opcode byte
	length int64
	mask   [4]byte
}

// readHeader reads and checks the header of a frame.
func (f *Conn) readHeader() (h header, err error) {
	var b [8]byte
	if _, err := io.ReadFull(f.reader, b[:2]); err != nil {
		return h, err
	}
	h.fin = b[0]&0x80 != 0
	h.opcode = b[0] & 0x0f
	if b[0]&0x70 != 0 {
		return h, &Error{CloseProtocol, fmt.Sprintf("a frame has reserved bits set (first byte %#02x)", b[0])}
	}
	masked := b[1]&0x80 != 0
	h.length = int64(b[1] & 0x7f)
	switch h.length {
	case 126:
		if _, err := io.ReadFull(f.reader, b[:2]); err != nil {
			return h, err
		}
		h.length = int64(binary.BigEndian.Uint16(b[:2]))
		if h.length < 126 {
			return h, &Error{CloseProtocol, "a frame's length is not in its shortest form"}
		}
	case 127:
		if _, err := io.ReadFull(f.reader, b[:8]); err != nil {
			return h, err
		}
		n := binary.BigEndian.Uint64(b[:8])
		if n < 1<<16 || n > 1<<63-1 {
			return h, &Error{CloseProtocol, "a frame's length is not in its shortest form"}
		}
		h.length = int64(n)
	}
	if !masked {
		return h, &Error{CloseProtocol, "a frame of the client is not masked"}
	}
	_, err = io.ReadFull(f.reader, h.mask[:])
	return h, err
}

// ReadMessage reads the next data message, however it was fragmented, and deals with control frames on the way. One that
// is too long is a [TooLong].
func (f *Conn) ReadMessage() (opcode byte, payload []byte, err error) {
	var length int64
	for {
		h, err := f.readHeader()
		if err != nil {
			return 0, nil, err
		}
		if h.opcode >= OpClose {
			if err := f.control(h); err != nil {
				return 0, nil, err
			}
			continue
		}
		switch {
		case h.opcode > OpBinary:
			return 0, nil, &Error{CloseProtocol, fmt.Sprintf("a frame has the unknown opcode %d", h.opcode)}
		case h.opcode == OpContinuation && opcode == 0:
			return 0, nil, &Error{CloseProtocol, "a continuation frame has nothing to continue"}
		case h.opcode != OpContinuation && opcode != 0:
			return 0, nil, &Error{CloseProtocol, "a new message begins before the last one has ended"}
		case h.opcode != OpContinuation:
			opcode = h.opcode
		}
		if length += min(h.length, f.most+1); length > f.most {
			return 0, nil, &Error{CloseTooBig, fmt.Sprintf("a message is longer than %d bytes", f.most)}
		}
		if length > f.limit {
			payload = nil
			_, err = io.CopyN(io.Discard, f.reader, h.length)
		} else {
			payload, err = f.readPayload(payload, h)
		}
		if err != nil {
			return 0, nil, err
		}
		if !h.fin {
			continue
		}
		if length > f.limit {
			return opcode, nil, &TooLong{opcode, length, f.limit}
		}
		if opcode == OpText && !utf8.Valid(payload) {
			return 0, nil, &Error{CloseInvalidData, "a text message is not UTF-8"}
		}
		return opcode, payload, nil
	}
}

// readPayload appends the payload of a frame to dst, unmasked. The length is only trusted a piece at a time.
func (f *Conn) readPayload(dst []byte, h header) ([]byte, error) {
	const piece = 1 << 20
	start := len(dst)
	for left := h.length; left > 0; {
		n := int(min(left, piece))
		at := len(dst)
		if cap(dst)-at < n {
			grown := make([]byte, at, max(2*cap(dst), at+n))
			copy(grown, dst)
			dst = grown
		}
		dst = dst[:at+n]
		if _, err := io.ReadFull(f.reader, dst[at:]); err != nil {
			return nil, err
		}
		left -= int64(n)
	}
	Unmask(dst[start:], h.mask)
	return dst, nil
}

// Unmask undoes, or does, what a mask does to a payload that begins where the mask begins.
func Unmask(b []byte, mask [4]byte) {
	key := uint64(binary.LittleEndian.Uint32(mask[:]))
	key |= key << 32
	for len(b) >= 8 {
		binary.LittleEndian.PutUint64(b, binary.LittleEndian.Uint64(b)^key)
		b = b[8:]
	}
	for i := range b {
		b[i] ^= mask[i&3]
	}
}

// control reads the rest of a control frame and answers it.
func (f *Conn) control(h header) error {
	switch {
	case !h.fin:
		return &Error{CloseProtocol, "a control frame is fragmented"}
	case h.length > 125:
		return &Error{CloseProtocol, "a control frame is longer than 125 bytes"}
	case h.opcode > OpPong:
		return &Error{CloseProtocol, fmt.Sprintf("a frame has the unknown opcode %d", h.opcode)}
	}
	payload, err := f.readPayload(nil, h)
	if err != nil {
		return err
	}
	switch h.opcode {
	case OpPing:
		return f.WriteFrame(OpPong, payload)
	case OpClose:
		if len(payload) == 1 || len(payload) > 2 && !utf8.Valid(payload[2:]) {
			return &Error{CloseProtocol, "a Close frame has a broken payload"}
		}
		// The echo is courtesy: the client may already be gone.
		_ = f.WriteFrame(OpClose, payload[:min(len(payload), 2)])
		closed := &Closed{}
		if len(payload) >= 2 {
			closed.Code = int(binary.BigEndian.Uint16(payload))
		}
		return closed
	}
	return nil
}

// appendFrame appends a frame as a server writes it, without a mask.
func appendFrame(dst []byte, fin bool, opcode byte, payload []byte) []byte {
	dst = appendFrameHeader(dst, fin, opcode, len(payload))
	return append(dst, payload...)
}

func appendFrameHeader(dst []byte, fin bool, opcode byte, length int) []byte {
	if fin {
		opcode |= 0x80
	}
	switch {
	case length < 126:
		return append(dst, opcode, byte(length))
	case length < 1<<16:
		return append(dst, opcode, 126, byte(length>>8), byte(length))
	}
	return binary.BigEndian.AppendUint64(append(dst, opcode, 127), uint64(length))
}

// WriteFrame writes one whole frame between the messages of others.
func (f *Conn) WriteFrame(opcode byte, payload []byte) error {
	f.lock <- struct{}{}
	defer func() { <-f.lock }()
	_, err := f.Write(appendFrame(nil, true, opcode, payload))
	return err
}

// WriteClose writes a Close frame.
func (f *Conn) WriteClose(code int, reason string) error {
	payload := binary.BigEndian.AppendUint16(nil, uint16(code))
	return f.WriteFrame(OpClose, append(payload, reason[:min(len(reason), 123)]...))
}
