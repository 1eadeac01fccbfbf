package socket_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"testing"

	"github.com/exawire/exawire/internal/socket"
	"github.com/exawire/exawire/internal/socket/sockettest"
)

// FuzzRead has a server send arbitrary bytes after the upgrade and compares the messages with those that a plain parser
// finds. The connection ends behind the bytes, wherever that is.
func FuzzRead(f *testing.F) {
	f.Add([]byte{})
	f.Add(sockettest.AppendFrame(nil, true, sockettest.OpText, []byte("hello")))
	f.Add(fragments(sockettest.OpBinary, []byte("hello"), 1))
	f.Add(fragments(sockettest.OpBinary, make([]byte, 700), 300))
	f.Add(sockettest.AppendFrame(fragments(sockettest.OpText, []byte("one"), 2), false, sockettest.OpText, []byte("two")))
	f.Add(sockettest.AppendFrame(nil, true, sockettest.OpPing, []byte("x")))
	f.Add([]byte{0x88, 0x02, 0x03, 0xe8})
	f.Add([]byte{0x81, 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	f.Add([]byte{0x81, 0x81, 1, 2, 3, 4, 'x'})
	const limit = 1000
	f.Fuzz(func(t *testing.T, stream []byte) {
		dial, wait := sockettest.Pipe(func(conn net.Conn) {
			s, err := sockettest.Accept(conn, nil)
			if err != nil {
				t.Error(err)
				return
			}
			drained := make(chan struct{})
			go func() {
				defer close(drained)
				_, _ = io.Copy(io.Discard, conn) // pongs
			}()
			_, _ = s.Write(stream)
			_ = s.Close()
			<-drained
		})
		c, err := socket.Dial(t.Context(), "exasol:8563", "", socket.Options{DialContext: dial, MessageLimit: limit})
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range parse(stream, limit) {
			_, got, err := c.Read(nil, nil)
			if err != nil {
				t.Errorf("stream %x: %v, want %q", stream, err, want)
				break
			}
			if !bytes.Equal(got, want) {
				t.Errorf("stream %x: got %q, want %q", stream, got, want)
			}
		}
		if _, got, err := c.Read(nil, nil); err == nil {
			t.Errorf("stream %x: %q was taken for a message", stream, got)
		}
		_ = c.CloseNow()
		wait()
	})
}

// parse returns the complete messages at the beginning of a stream of frames.
func parse(stream []byte, limit int) (messages [][]byte) {
	r := bytes.NewReader(stream)
	var (
		message []byte
		inside  bool
	)
	for {
		var head [2]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return messages
		}
		fin, op, size := head[0]&0x80 != 0, head[0]&0x0f, uint64(head[1]&0x7f)
		switch size {
		case 126:
			var b [2]byte
			if _, err := io.ReadFull(r, b[:]); err != nil {
				return messages
			}
			size = uint64(binary.BigEndian.Uint16(b[:]))
		case 127:
			var b [8]byte
			if _, err := io.ReadFull(r, b[:]); err != nil {
				return messages
			}
			size = binary.BigEndian.Uint64(b[:])
		}
		if head[1]&0x80 != 0 { // the library ignores the mask of a server that sends one
			if _, err := io.ReadFull(r, make([]byte, 4)); err != nil {
				return messages
			}
		}
		switch {
		case head[0]&0x70 != 0:
			return messages
		case op == sockettest.OpPing, op == sockettest.OpPong:
			if !fin || head[1]&0x7f > 125 || size > uint64(r.Len()) {
				return messages
			}
			_, _ = r.Seek(int64(size), io.SeekCurrent)
			continue
		case op == sockettest.OpText, op == sockettest.OpBinary:
			if inside {
				return messages
			}
			message = []byte{}
		case op == sockettest.OpContinuation:
			if !inside {
				return messages
			}
		default:
			return messages
		}
		inside = !fin
		if size > uint64(r.Len()) || size+uint64(len(message)) > uint64(limit) {
			return messages
		}
		payload := make([]byte, size)
		_, _ = io.ReadFull(r, payload)
		message = append(message, payload...)
		if fin {
			messages = append(messages, message)
		}
	}
}
