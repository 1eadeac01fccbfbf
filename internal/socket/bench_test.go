package socket_test

import (
	"crypto/tls"
	"io"
	"net"
	"testing"

	"github.com/exawire/exawire/internal/socket"
	"github.com/exawire/exawire/internal/socket/sockettest"
)

func dialBench(b *testing.B, secure bool, serve func(*sockettest.Server)) *socket.Conn {
	b.Helper()
	o := socket.Options{MessageLimit: messageLimit}
	handle := sockettest.Serve(b, serve)
	if secure {
		cert, roots := certificate(b, "exasol.example")
		o.TLS = &tls.Config{RootCAs: roots}
		plain := handle
		handle = func(conn net.Conn) { plain(tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{cert}})) }
	}
	c, err := socket.Dial(b.Context(), sockettest.Listen(b, handle), "exasol.example", o)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { c.CloseNow() })
	return c
}

func benchNames(b *testing.B, run func(b *testing.B, secure bool)) {
	b.Run("plain", func(b *testing.B) { run(b, false) })
	b.Run("tls", func(b *testing.B) { run(b, true) })
}

// BenchmarkWriteMessage writes messages of 16 MiB to a server that throws them away.
func BenchmarkWriteMessage(b *testing.B) {
	benchNames(b, func(b *testing.B, secure bool) {
		c := dialBench(b, secure, func(s *sockettest.Server) {
			_, _ = io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{s.Conn}, make([]byte, 1<<20))
		})
		p := make([]byte, 16<<20)
		b.SetBytes(int64(len(p)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := c.Write(socket.Binary, p, 0, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkReadMessage reads messages of 4 MiB from a server that sends the same one again and again.
func BenchmarkReadMessage(b *testing.B) {
	benchNames(b, func(b *testing.B, secure bool) {
		frame := sockettest.AppendFrame(nil, true, sockettest.OpBinary, make([]byte, 4<<20))
		c := dialBench(b, secure, func(s *sockettest.Server) {
			for {
				if _, err := s.Write(frame); err != nil {
					return
				}
			}
		})
		buf := make([]byte, 0, 8<<20)
		b.SetBytes(4 << 20)
		b.ReportAllocs()
		for b.Loop() {
			if _, _, err := c.Read(buf, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkEchoSmallMessage sends a small message and waits for it to come back.
func BenchmarkEchoSmallMessage(b *testing.B) {
	benchNames(b, func(b *testing.B, secure bool) {
		c := dialBench(b, secure, echo)
		p, buf := []byte(`{"command":"getAttributes"}`), make([]byte, 0, 8192)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := c.Write(socket.Text, p, 0, nil); err != nil {
				b.Fatal(err)
			}
			if _, _, err := c.Read(buf, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}
