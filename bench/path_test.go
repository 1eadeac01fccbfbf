package bench

import (
	"context"
	"database/sql"
	"fmt"
	"testing"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/compression"
	"github.com/exawire/exawire/internal/benchdata"
	"github.com/exawire/exawire/internal/leakcheck"
	"github.com/exawire/exawire/stdlib"
)

func TestMain(m *testing.M) { leakcheck.Main(m) }

// pathBytes is how large the result of a path benchmark is.
const pathBytes = 64 << 20

func start(b testing.TB, shape benchdata.Shape, o Options) *Server {
	b.Helper()
	if o.Rows == 0 {
		o.Rows = shape.RowsFor(pathBytes)
	}
	s, err := Start(shape, o)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(s.Close)
	return s
}

func connect(b testing.TB, s *Server, change func(*exawire.Config)) *exawire.Session {
	b.Helper()
	cfg, err := exawire.ParseDSN(s.DSN())
	if err != nil {
		b.Fatal(err)
	}
	if change != nil {
		change(cfg)
	}
	client, err := exawire.New(cfg)
	if err != nil {
		b.Fatal(err)
	}
	sess, err := client.Connect(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = sess.Close(context.Background()) })
	return sess
}

// readColumns reads a whole result as typed columns and touches every value.
func readColumns(ctx context.Context, sess *exawire.Session) (rows, sum int64, err error) {
	r, err := sess.Query(ctx, "SELECT *")
	if err != nil {
		return 0, 0, err
	}
	for batch, err := range r.Batches() {
		if err != nil {
			return rows, sum, err
		}
		rows += int64(batch.Len())
		for i, column := range r.Columns() {
			n, err := touch(batch, i, column.DataType)
			if err != nil {
				return rows, sum, err
			}
			sum += n
		}
	}
	return rows, sum, nil
}

func touch(batch *exawire.Batch, i int, t exawire.DataType) (sum int64, err error) {
	switch {
	case t.Type == commands.Decimal && *t.Scale == 0:
		c, err := batch.Int64(i)
		for _, v := range c.Values {
			sum += v
		}
		return sum, err
	case t.Type == commands.Decimal:
		c, err := batch.Decimal(i)
		for _, v := range c.Values {
			sum += int64(v.Sign())
		}
		return sum, err
	case t.Type == commands.Double:
		c, err := batch.Float64(i)
		for _, v := range c.Values {
			sum += int64(v)
		}
		return sum, err
	case t.Type == commands.Boolean:
		c, err := batch.Bool(i)
		for _, v := range c.Values {
			if v {
				sum++
			}
		}
		return sum, err
	default:
		c, err := batch.Text(i)
		if err != nil {
			return 0, err
		}
		for row := range c.Len() {
			sum += int64(len(c.Bytes(row)))
		}
		return sum, nil
	}
}

func benchColumns(b *testing.B, s *Server, change func(*exawire.Config)) {
	sess := connect(b, s, change)
	// The first turn is for buffers, and for the messages that the server makes when they are first asked for.
	if _, _, err := readColumns(b.Context(), sess); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(s.rows) * int64(s.perRow))
	b.ReportAllocs()
	for b.Loop() {
		rows, _, err := readColumns(b.Context(), sess)
		if err != nil || rows != int64(s.rows) {
			b.Fatal(rows, err)
		}
	}
}

// BenchmarkPath reads results as typed columns, through database/sql with our driver and with one of the design of the peers,
// and not at all.
func BenchmarkPath(b *testing.B) {
	for _, shape := range benchdata.All() {
		b.Run("columns/"+shape.Name, func(b *testing.B) { benchColumns(b, start(b, shape, Options{}), nil) })
		b.Run("peer/"+shape.Name, func(b *testing.B) {
			s := start(b, shape, Options{})
			db := dial(b, s).open()
			defer db.Close()
			benchDB(b, s, db)
		})
		b.Run("stdlib/"+shape.Name, func(b *testing.B) {
			s := start(b, shape, Options{})
			db, err := sql.Open(stdlib.DriverName, s.DSN())
			if err != nil {
				b.Fatal(err)
			}
			defer db.Close()
			benchDB(b, s, db)
		})
		b.Run("discard/"+shape.Name, func(b *testing.B) {
			s := start(b, shape, Options{})
			p := dial(b, s)
			b.SetBytes(int64(s.rows) * int64(s.perRow))
			for b.Loop() {
				if _, err := p.discard(s, 2<<20); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// benchDB reads results through database/sql, each value as an any.
func benchDB(b *testing.B, s *Server, db *sql.DB) {
	dest := make([]any, len(benchdata.Header[commands.ColumnInfo](s.shape)))
	for i := range dest {
		dest[i] = new(any)
	}
	b.SetBytes(int64(s.rows) * int64(s.perRow))
	b.ReportAllocs()
	for b.Loop() {
		rows, err := db.Query("SELECT *")
		if err != nil {
			b.Fatal(err)
		}
		n := 0
		for ; rows.Next(); n++ {
			if err := rows.Scan(dest...); err != nil {
				b.Fatal(err)
			}
		}
		if rows.Err() != nil || n != s.rows {
			b.Fatal(n, rows.Err())
		}
	}
}

func dial(b testing.TB, s *Server) *peer {
	b.Helper()
	p, err := dialPeer(s)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = p.Close() })
	return p
}

// BenchmarkTransport is the same with TLS, with compression and with both.
func BenchmarkTransport(b *testing.B) {
	shape := benchdata.All()[0]
	for _, o := range []Options{{}, {TLS: true}, {Compressed: true}, {TLS: true, Compressed: true}} {
		name := "ws"
		if o.TLS {
			name = "wss"
		}
		if o.Compressed {
			name += "+zlib"
		}
		b.Run(name, func(b *testing.B) { benchColumns(b, start(b, shape, o), nil) })
	}
}

// BenchmarkZlib compares the compressed path with inflating the same messages and doing nothing else.
func BenchmarkZlib(b *testing.B) {
	for _, shape := range benchdata.All() {
		b.Run("path/"+shape.Name, func(b *testing.B) {
			benchColumns(b, start(b, shape, Options{Compressed: true}), nil)
		})
		b.Run("inflate/"+shape.Name, func(b *testing.B) {
			s := start(b, shape, Options{Compressed: true})
			codec := compression.Zlib(compression.BestSpeed)
			messages := s.compressedMessages()
			dst := make([]byte, 0, 4<<20)
			b.SetBytes(int64(s.rows) * int64(s.perRow))
			for b.Loop() {
				for _, message := range messages {
					var err error
					if dst, err = codec.Decompress(dst[:0], message, 64<<20); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

// BenchmarkFar reads over a link with a round trip of 30 ms, with the default settings and with fixed sizes.
func BenchmarkFar(b *testing.B) {
	shape := benchdata.All()[0]
	s := start(b, shape, Options{Rows: shape.RowsFor(96 << 20)})
	far := func(c *exawire.Config) { c.DialContext = Delayed(30 * time.Millisecond) }
	b.Run("default", func(b *testing.B) { benchColumns(b, s, far) })
	for _, size := range []int64{2 << 20, 4 << 20, 16 << 20, 64 << 20} {
		b.Run(fmt.Sprintf("fixed/%dMiB", size>>20), func(b *testing.B) { benchFixed(b, s, size) })
	}
}

// benchFixed fetches chunks of one size by hand, one after the other. Unlike the default path it neither runs the
// statement nor closes the handle.
func benchFixed(b *testing.B, s *Server, size int64) {
	sess := connect(b, s, func(c *exawire.Config) { c.DialContext = Delayed(30 * time.Millisecond) })
	rs := &commands.ResultSet{Handle: 1, NumRows: int64(s.rows), Columns: benchdata.Header[commands.ColumnInfo](s.shape)}
	b.SetBytes(int64(s.rows) * int64(s.perRow))
	for b.Loop() {
		for pos := int64(0); pos < rs.NumRows; {
			batch, err := sess.Fetch(b.Context(), rs, pos, size)
			if err != nil {
				b.Fatal(err)
			}
			for i, column := range rs.Columns {
				if _, err := touch(batch, i, column.DataType); err != nil {
					b.Fatal(err)
				}
			}
			pos += int64(batch.Len())
		}
	}
}
