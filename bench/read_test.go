package bench

import (
	"context"
	"runtime"
	"slices"
	"testing"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/benchdata"
	"github.com/exawire/exawire/internal/cputime"
	"github.com/exawire/exawire/internal/leakcheck"
	"github.com/exawire/exawire/resultset"
)

func TestMain(m *testing.M) { leakcheck.Main(m) }

const (
	resultBytes     = 64 << 20 // JSON of the result of a benchmark
	slowResultBytes = 16 << 20 // for ways that are slow: what counts is the time per byte
	shortBytes      = 2 << 20  // with -short
)

// transport is how bytes reach the client.
type transport struct {
	name    string
	options Options
}

var (
	plain     = transport{"plain", Options{}}
	overTLS   = transport{"tls", Options{TLS: true}}
	zlibbed   = transport{"zlib", Options{Compressed: true}}
	tlsZlib   = transport{"tls-zlib", Options{TLS: true, Compressed: true}}
	noNetwork = transport{name: "memory"}
)

// transports returns those over which a way is measured.
func transports(w Way) []transport {
	switch w.Name {
	case "columns", "structs":
		return []transport{plain, overTLS, zlibbed, tlsZlib}
	case "collect", "own-loop":
		return []transport{plain, overTLS, noNetwork}
	}
	return []transport{plain, overTLS}
}

// BenchmarkReadResult reads a whole result of a query, from the request to the caller's variables, in each way that there is,
// beside the stand-in for other Go clients and reading no more than the bytes. The names say way, shape and transport: plain
// (ws), tls (wss), zlib (compressed), and memory (messages that are there already). Client and server are one process here, so
// the CPU time is that of both; the baselines have the same server.
func BenchmarkReadResult(b *testing.B) {
	for _, way := range Ways {
		b.Run(way.Name, func(b *testing.B) {
			for _, shape := range benchdata.All() {
				b.Run(shape.Name, func(b *testing.B) {
					for _, t := range transports(way) {
						b.Run(t.name, func(b *testing.B) { benchWay(b, way, shape, t) })
					}
				})
			}
		})
	}
}

func benchWay(b *testing.B, way Way, shape benchdata.Shape, t transport) {
	size := resultBytes
	if way.Slow {
		size = slowResultBytes
	}
	rows := rowsFor(shape, size)
	read := open(b, way, shape, t, rows)
	measure(b, rows, tableOf(shape, rows).perRow, func() (int64, error) { return read(b.Context()) })
}

// open returns a function that reads a result of this many rows.
func open(tb testing.TB, way Way, shape benchdata.Shape, t transport, rows int) func(context.Context) (int64, error) {
	tb.Helper()
	if t.name == noNetwork.name {
		return memoryReads(tb, way, shape, rows)
	}
	o := t.options
	o.Rows = rows
	reader, err := way.Open(tb.Context(), shape, start(tb, shape, o).DSN())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = reader.Close() })
	return reader.Read
}

// memoryReads returns a function that reads a result whose messages are in memory, one by one.
func memoryReads(tb testing.TB, way Way, shape benchdata.Shape, rows int) func(context.Context) (int64, error) {
	header := &commands.ResultSet{Handle: 1, NumRows: int64(rows), Columns: benchdata.Header[commands.ColumnInfo](shape)}
	source := &memorySource{table: tableOf(shape, rows), rows: rows, spare: make(chan []byte, 8)}
	return func(context.Context) (int64, error) {
		return way.rows(shape, resultset.Open(tb.Context(), source, header, resultset.Options{}))
	}
}

// memorySource makes messages from a table.
type memorySource struct {
	table *table
	rows  int
	spare chan []byte // buffers that nobody uses
}

func (s *memorySource) release(buf []byte) {
	select {
	case s.spare <- buf:
	default:
	}
}

func (s *memorySource) FetchMessage(_ context.Context, _ int, start, numBytes int64) (resultset.Message, error) {
	p := s.table.piece(int(start), s.rows, max(1, int(numBytes)/s.table.perRow))
	var buf []byte
	if n := s.table.dataSize(p) + 64; len(s.spare) > 0 {
		buf = <-s.spare
		buf = slices.Grow(buf[:0], n)
	} else {
		buf = make([]byte, 0, n)
	}
	data := s.table.appendData(buf, p)
	return resultset.Message{NumRows: int64(p.hi - p.lo), Data: data, Release: func() { s.release(data) }}, nil
}

func (s *memorySource) CloseHandle(context.Context, int) error { return nil }
func (s *memorySource) Fail(err error) error                   { return err }

// measure is the loop of a benchmark that reads a result of this many rows.
func measure(b *testing.B, rows, perRow int, once func() (int64, error)) {
	read := func() {
		if n, err := once(); err != nil || n != int64(rows) {
			b.Fatal(n, err)
		}
	}
	if !testing.Short() {
		read() // for buffers, and for what the server makes when it is first asked for it
		runtime.GC()
	}
	b.SetBytes(int64(rows) * int64(perRow))
	b.ReportAllocs()
	var cpu cputime.Meter
	cpu.Start()
	for b.Loop() {
		read()
	}
	cpu.Report(b)
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// rowsFor returns how many rows make about size bytes, or fewer with -short.
func rowsFor(shape benchdata.Shape, size int) int {
	if testing.Short() {
		size = min(size, shortBytes)
	}
	return shape.RowsFor(size)
}

func start(b testing.TB, shape benchdata.Shape, o Options) *Server {
	b.Helper()
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

// TestWaysAgree: every way reads all rows over every transport.
func TestWaysAgree(t *testing.T) {
	for _, way := range Ways {
		for _, shape := range benchdata.All() {
			for _, how := range transports(way) {
				const rows = 3000
				read := open(t, way, shape, how, rows)
				if n, err := read(t.Context()); n != rows || err != nil {
					t.Errorf("%s/%s/%s: %d rows, %v", way.Name, shape.Name, how.name, n, err)
				}
			}
		}
	}
}
