package exapool_test

import (
	"context"
	"testing"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exapool"
	"github.com/exawire/exawire/exatest"
)

// BenchmarkSmallQuery is the time of SELECT 1 on a session of one's own and on one of a pool, over a real socket to exatest, and the
// pool's share of it. Figures against a faster server are those of module bench.
func BenchmarkSmallQuery(b *testing.B) {
	srv := exatest.NewServer(b, exatest.WithoutRequestLog())
	srv.HandleSQL("SELECT 1", exatest.RowsOf([]struct{ N int64 }{{1}}))
	cfg, err := exawire.ParseDSN(srv.DSN())
	if err != nil {
		b.Fatal(err)
	}
	pool := open(b, cfg, exapool.Options{})
	b.Run("session", func(b *testing.B) {
		b.ReportAllocs()
		err := pool.Do(context.Background(), func(ctx context.Context, sess *exawire.Session) error {
			for b.Loop() {
				rows, err := sess.Query(ctx, "SELECT 1")
				if err != nil {
					return err
				}
				if _, err := exawire.One[int64](rows); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	})
	b.Run("pool", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := exapool.One[int64](context.Background(), pool, "SELECT 1"); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("acquire-and-release", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			acquire(b, pool).Release()
		}
	})
	b.Run("acquire-and-release-by-sixteen", func(b *testing.B) {
		b.SetParallelism(8)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				sess, err := pool.Acquire(context.Background())
				if err != nil {
					b.Error(err)
					return
				}
				sess.Release()
			}
		})
	})
}
