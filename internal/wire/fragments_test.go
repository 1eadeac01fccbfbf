package wire_test

import (
	"net"
	"testing"

	"github.com/exawire/exawire/internal/socket"
	"github.com/exawire/exawire/internal/socket/sockettest"
	"github.com/exawire/exawire/internal/wire"
)

// FuzzSplits sends one answer in random pieces: frames of the WebSocket on one side, reads of the network on the other,
// with or without compression and with control frames between. What arrives must be the document, whatever the pieces.
func FuzzSplits(f *testing.F) {
	f.Add([]byte(`1,2,3`), false, []byte{1, 2, 3}, []byte{5, 1})
	f.Add([]byte(`"x\"y",null`), true, []byte{1}, []byte{1})
	f.Add([]byte(bigDocument(5000)), true, []byte{0, 255}, []byte{200})
	f.Add([]byte(bigDocument(3000)), false, []byte{250, 250, 250}, []byte{13, 17})
	f.Fuzz(func(t *testing.T, body []byte, compressed bool, frames, reads []byte) {
		want := append(append([]byte(`{"data":[`), body...), "]}"...)
		payload, op := want, sockettest.OpText
		if compressed {
			payload, op = deflate(t, string(want)), sockettest.OpBinary
		}
		stream := appendFragments(nil, op, payload, frames)
		dial, wait := sockettest.Pipe(sockettest.Serve(t, func(s *sockettest.Server) {
			if _, _, err := s.Receive(); err != nil {
				t.Error(err)
			}
			for i := 0; len(stream) > 0; i++ {
				n := piece(reads, i, len(stream))
				if _, err := s.Write(stream[:n]); err != nil {
					t.Error(err)
					return
				}
				stream = stream[n:]
			}
			for {
				if _, _, err := s.Receive(); err != nil {
					return // pongs, and then the end
				}
			}
		}))
		defer wait()
		s, err := socket.Dial(t.Context(), "exasol:8563", "", socket.Options{DialContext: dial, MessageLimit: messageLimit})
		if err != nil {
			t.Fatal(err)
		}
		c := wire.New(s, wire.Options{})
		defer c.Close(net.ErrClosed)
		a, _, err := roundTrip(t.Context(), c, wire.Request{Payload: []byte("{}")})
		if err != nil {
			t.Fatalf("%q in frames of %v, reads of %v: %v", want, frames, reads, err)
		}
		defer a.Release()
		if string(a.Message) != string(want) {
			t.Errorf("%q in frames of %v, reads of %v: got %q", want, frames, reads, a.Message)
		}
	})
}

// appendFragments appends a message in frames of these sizes, the last size for all that follow, with a pong after
// every third.
func appendFragments(dst []byte, op byte, payload, sizes []byte) []byte {
	for i := 0; ; i++ {
		n := len(payload)
		if len(sizes) > 0 {
			n = min(n, int(sizes[min(i, len(sizes)-1)]))
		}
		last := n == len(payload) || i > 2000 // empty frames get nowhere
		if last {
			n = len(payload)
		}
		dst = sockettest.AppendFrame(dst, last, op, payload[:n])
		if last {
			return dst
		}
		if i%3 == 2 {
			dst = sockettest.AppendFrame(dst, true, sockettest.OpPong, []byte("EXECUTING"))
		}
		payload, op = payload[n:], sockettest.OpContinuation
	}
}

// piece is the size of write number i of what is left.
func piece(sizes []byte, i, left int) int {
	if len(sizes) == 0 || i > 2000 {
		return left
	}
	return min(left, 1+int(sizes[min(i, len(sizes)-1)]))
}
