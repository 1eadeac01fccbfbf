package bench

import (
	"context"
	"sync"
	"testing"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exapool"
	"github.com/exawire/exawire/internal/benchdata"
	"github.com/exawire/exawire/internal/cputime"
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

// BenchmarkSmallQuery is the time of SELECT 1 on a session, on a session of a pool, and of a bare exchange of the same bytes on
// the same kind of socket. The server, which is in this process, does the same for all three.
func BenchmarkSmallQuery(b *testing.B) {
	b.Run("session", func(b *testing.B) {
		sess := connect(b, start(b, benchdata.All()[0], Options{}), nil)
		exchange(b, func() { small(b, sess) })
	})
	b.Run("pool", func(b *testing.B) {
		pool := openPool(b, start(b, benchdata.All()[0], Options{}))
		exchange(b, func() {
			if n, err := exapool.One[int64](b.Context(), pool, SmallSQL); err != nil || n != 1 {
				b.Fatal(n, err)
			}
		})
	})
	b.Run("bare-echo", func(b *testing.B) {
		conn := dialEcho(b, start(b, benchdata.All()[0], Options{}))
		buf := make([]byte, 0, 4096)
		exchange(b, func() { buf = echo(b, conn, buf) })
	})
}

// exchange is the loop of a benchmark of one small exchange after the other.
func exchange(b *testing.B, once func()) {
	var cpu cputime.Meter
	b.ReportAllocs()
	cpu.Start()
	for b.Loop() {
		once()
	}
	cpu.Report(b)
}

const manySessions = 16

// BenchmarkSmallQueryBySixteen is SELECT 1 on sixteen sessions at once, beside sixteen bare exchanges of the same bytes; an
// operation is one on each of them.
func BenchmarkSmallQueryBySixteen(b *testing.B) {
	b.Run("sessions", func(b *testing.B) {
		s := start(b, benchdata.All()[0], Options{})
		exchanges(b, func() func() {
			sess := connect(b, s, nil)
			return func() { small(b, sess) }
		})
	})
	b.Run("bare-echoes", func(b *testing.B) {
		s := start(b, benchdata.All()[0], Options{})
		exchanges(b, func() func() {
			conn, buf := dialEcho(b, s), make([]byte, 0, 4096)
			return func() { buf = echo(b, conn, buf) }
		})
	})
}

// exchanges runs small exchanges at once. open makes the one of each goroutine.
func exchanges(b *testing.B, open func() func()) {
	var all []func()
	for range manySessions {
		all = append(all, open())
	}
	b.ReportAllocs()
	b.ResetTimer()
	var cpu cputime.Meter
	cpu.Start()
	var wg sync.WaitGroup
	for _, once := range all {
		wg.Go(func() {
			for range b.N {
				once()
			}
		})
	}
	wg.Wait()
	cpu.Report(b)
}
