package wire_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/exawire/exawire/internal/socket/sockettest"
	"github.com/exawire/exawire/internal/wire"
)

// benchServer answers every request with the same frame.
func benchServer(op byte, answer []byte) func(*server) {
	frame := sockettest.AppendFrame(nil, true, op, answer)
	return func(s *server) {
		for {
			if _, _, err := s.Receive(); err != nil {
				return
			}
			if _, err := s.Write(frame); err != nil {
				return
			}
		}
	}
}

func benchRoundTrip(b *testing.B, c *wire.Conn, r wire.Request) {
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	b.ReportAllocs()
	for b.Loop() {
		a, _, err := roundTrip(ctx, c, r)
		if err != nil {
			b.Fatal(err)
		}
		a.Release()
	}
}

// BenchmarkSmallCommand is one command with a short answer after the other, over a real socket.
func BenchmarkSmallCommand(b *testing.B) {
	c := loopback(b, socketOptions, wire.Options{}, benchServer(sockettest.OpText, []byte(`{"status":"ok"}`)))
	benchRoundTrip(b, c, wire.Request{Payload: []byte(`{"command":"getAttributes"}`), Abort: []byte(abortText)})
}

// BenchmarkFetchCommand is one command with a large answer after the other, over a real socket. The answer is not decoded.
func BenchmarkFetchCommand(b *testing.B) {
	for _, mib := range []int{1, 4} {
		b.Run(fmt.Sprintf("%dMiB", mib), func(b *testing.B) {
			c := loopback(b, socketOptions, wire.Options{}, benchServer(sockettest.OpText, []byte(bigDocument(mib<<20))))
			b.SetBytes(int64(mib) << 20)
			benchRoundTrip(b, c, wire.Request{Payload: []byte(`{"command":"fetch"}`)})
		})
	}
}
