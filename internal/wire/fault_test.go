package wire_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/exawire/exawire/compression"
	"github.com/exawire/exawire/internal/socket"
	"github.com/exawire/exawire/internal/socket/sockettest"
	"github.com/exawire/exawire/internal/wire"
)

// frames returns a message in frames of size bytes with unsolicited pongs between them.
func frames(op byte, payload []byte, size int) []byte {
	var b []byte
	for {
		n := min(size, len(payload))
		b = sockettest.AppendFrame(b, n == len(payload), op, payload[:n])
		if payload = payload[n:]; len(payload) == 0 {
			return b
		}
		op = sockettest.OpContinuation
		b = sockettest.AppendFrame(b, true, sockettest.OpPong, []byte("EXECUTING"))
	}
}

// TestFaults lets a server answer one request in strange ways on a real network.
func TestFaults(t *testing.T) {
	small := `{"status":"ok","responseData":{"numResults":0}}`
	huge := bigDocument(20 << 20)
	large := bigDocument(1 << 20)
	packed := deflate(t, large)
	corrupt := bytes.Clone(packed)
	corrupt[len(corrupt)/2] ^= 0x55
	frame := sockettest.AppendFrame(nil, true, sockettest.OpText, []byte(huge))
	tests := []struct {
		name     string
		compress bool
		send     []byte
		want     string
		is       error // nil: a ProtocolError
	}{
		{name: "frames of one byte", send: frames(sockettest.OpText, []byte(small), 1), want: small},
		{name: "compressed, frames of one byte", compress: true, send: frames(sockettest.OpBinary, deflate(t, small), 1), want: small},
		{name: "one frame of 20 MiB", send: frame, want: huge},
		{name: "compressed, frames of 1000 bytes", compress: true, send: frames(sockettest.OpBinary, packed, 1000), want: large},
		{name: "text although compressed", compress: true, send: frames(sockettest.OpText, []byte(small), 1000), want: small},
		{name: "compressed although text", send: frames(sockettest.OpBinary, deflate(t, small), 1000), want: small},
		{name: "cut before the answer", is: io.EOF},
		{name: "cut inside a frame", send: frame[:len(frame)/2], is: io.ErrUnexpectedEOF},
		{name: "cut where a read ended", send: frame[:4096], is: io.ErrUnexpectedEOF},
		{name: "cut before the last byte", send: frame[:len(frame)-1], is: io.ErrUnexpectedEOF},
		{name: "cut between fragments", send: sockettest.AppendFrame(nil, false, sockettest.OpText, []byte(small)), is: io.ErrUnexpectedEOF},
		{
			name: "cut between fragments of a compressed message", compress: true, is: io.ErrUnexpectedEOF,
			send: sockettest.AppendFrame(nil, false, sockettest.OpBinary, deflate(t, small)),
		},
		{name: "corrupt", compress: true, send: frames(sockettest.OpBinary, corrupt, 1<<20), is: compression.ErrCorrupt},
		{
			name: "bomb", compress: true, is: wire.ErrTooLarge,
			send: frames(sockettest.OpBinary, bomb(t, 200), 1<<20),
		},
		{name: "too large as framed", send: frames(sockettest.OpText, []byte(bigDocument(25<<20)), 1<<20), is: wire.ErrTooLarge},
		{name: "garbage", compress: true, send: frames(sockettest.OpBinary, []byte("garbage"), 1<<20)},
		{name: "no WebSocket frame", send: []byte("HTTP/1.1 200 OK\r\n\r\n")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			const limit = 24 << 20
			c := loopback(t, socket.Options{MessageLimit: limit}, wire.Options{MessageLimit: limit}, func(s *server) {
				s.receive()
				_, _ = s.Write(tt.send)
				if tt.want != "" {
					_, payload, _ := s.Receive()
					op := sockettest.OpText
					if tt.compress {
						op = sockettest.OpBinary
					}
					_ = s.Send(true, op, payload)
					s.receive()
				}
			})
			if tt.compress {
				c.EnableCompression()
			}
			a, got, err := roundTrip(t.Context(), c, wire.Request{Payload: []byte(`{"command":"execute"}`)})
			if tt.want != "" {
				if err != nil {
					t.Fatal(err)
				}
				if string(a.Message) != tt.want {
					t.Errorf("got %d bytes, want %d, or they differ", len(a.Message), len(tt.want))
				}
				a.Release()
				mustEcho(t, c)
				return
			}
			switch {
			case err == nil:
				t.Fatalf("%d bytes were taken for the answer", len(a.Message))
			case got.Sent != wire.Whole || !errors.Is(err, wire.ErrClosed):
				t.Errorf("error = %v", err)
			case tt.is != nil && !errors.Is(err, tt.is), tt.is == nil && !isProtocolError(err):
				t.Errorf("error = %v, want %v", err, tt.is)
			}
			mustBeClosed(t, c, tt.is)
		})
	}
}
