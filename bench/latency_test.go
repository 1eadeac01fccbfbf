package bench

import (
	"context"
	"sync"
	"testing"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exapool"
	"github.com/exawire/exawire/internal/benchdata"
	"github.com/exawire/exawire/internal/socket"
	"github.com/exawire/exawire/resultset"
)

var smallRequest = []byte(`{"command":"execute","sqlText":"` + SmallSQL + `"}`)

func small(b testing.TB, sess *exawire.Session) {
	b.Helper()
	rows, err := sess.Query(b.Context(), SmallSQL)
	if err != nil {
		b.Fatal(err)
	}
	if n, err := resultset.One[int64](rows); err != nil || n != 1 {
		b.Fatal(n, err)
	}
}

// echo is one exchange of the same bytes on the same kind of socket.
func echo(b testing.TB, conn *socket.Conn, buf []byte) []byte {
	b.Helper()
	if _, err := conn.Write(socket.Text, smallRequest, 0, nil); err != nil {
		b.Fatal(err)
	}
	_, buf, err := conn.Read(buf[:0], func(b []byte, n int) []byte { return append(make([]byte, 0, len(b)+n), b...) })
	if err != nil || len(buf) != len(SmallAnswer) {
		b.Fatal(len(buf), err)
	}
	return buf
}

func dialEcho(b testing.TB, s *Server) *socket.Conn {
	b.Helper()
	conn, err := socket.Dial(b.Context(), s.Addr, "127.0.0.1", socket.Options{MessageLimit: 1 << 20})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.CloseNow() })
	return conn
}

// openPool makes a pool with one session open.
func openPool(b testing.TB, s *Server) *exapool.Pool {
	b.Helper()
	cfg, err := exawire.ParseDSN(s.DSN())
	if err != nil {
		b.Fatal(err)
	}
	pool, err := exapool.New(cfg, exapool.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = pool.Close(context.Background()) })
	if err := pool.Ping(b.Context()); err != nil {
		b.Fatal(err)
	}
	return pool
}

// BenchmarkLatency compares a small query with a bare exchange of its bytes, and with one on a session of a pool.
func BenchmarkLatency(b *testing.B) {
	b.Run("query", func(b *testing.B) {
		sess := connect(b, start(b, benchdata.All()[0], Options{}), nil)
		b.ReportAllocs()
		for b.Loop() {
			small(b, sess)
		}
	})
	b.Run("pooled", func(b *testing.B) {
		pool := openPool(b, start(b, benchdata.All()[0], Options{}))
		b.ReportAllocs()
		for b.Loop() {
			if n, err := exapool.One[int64](b.Context(), pool, SmallSQL); err != nil || n != 1 {
				b.Fatal(n, err)
			}
		}
	})
	b.Run("echo", func(b *testing.B) {
		conn := dialEcho(b, start(b, benchdata.All()[0], Options{}))
		buf := make([]byte, 0, 4096)
		for b.Loop() {
			buf = echo(b, conn, buf)
		}
	})
}

const manySessions = 16

// BenchmarkSessions is the same for sixteen sessions at once; an operation is one query on each of them.
func BenchmarkSessions(b *testing.B) {
	b.Run("query", func(b *testing.B) {
		s := start(b, benchdata.All()[0], Options{})
		var sessions []*exawire.Session
		for range manySessions {
			sessions = append(sessions, connect(b, s, nil))
		}
		b.ResetTimer()
		var wg sync.WaitGroup
		for _, sess := range sessions {
			wg.Go(func() {
				for range b.N {
					small(b, sess)
				}
			})
		}
		wg.Wait()
	})
	b.Run("echo", func(b *testing.B) {
		s := start(b, benchdata.All()[0], Options{})
		var conns []*socket.Conn
		for range manySessions {
			conns = append(conns, dialEcho(b, s))
		}
		b.ResetTimer()
		var wg sync.WaitGroup
		for _, conn := range conns {
			wg.Go(func() {
				buf := make([]byte, 0, 4096)
				for range b.N {
					buf = echo(b, conn, buf)
				}
			})
		}
		wg.Wait()
	})
}
