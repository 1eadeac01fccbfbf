package bench

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/exawire/exawire/bulk"
	"github.com/exawire/exawire/internal/benchdata"
	"github.com/exawire/exawire/internal/cputime"
)

// copied is how many bytes each of the benchmarks of bulk transfer moves at a time.
const copied = 256 << 20

// repeated reads the same bytes again and again, and costs nothing: a Read says that it has read, and leaves what is there.
type repeated struct{ left int64 }

func (r *repeated) Read(b []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	n := int(min(int64(len(b)), r.left))
	r.left -= int64(n)
	return n, nil
}

// drain counts what is written.
type drain struct{ bytes int64 }

func (d *drain) Write(b []byte) (int, error) {
	d.bytes += int64(len(b))
	return len(b), nil
}

// exportedFile is what the servers of these benchmarks export.
func exportedFile() Exported {
	const block = 1 << 20
	return Exported{Text: make([]byte, block), Rows: 1, Times: copied / block}
}

// BenchmarkBulkCopy moves bytes by IMPORT and EXPORT. The baselines move as many through a pair of sockets of the same kind,
// with pieces of the same size: an exported file in writes of 65,532 bytes, which are the chunks that the server sends, and
// an imported one in writes of 256 KiB, read 256 KiB at a time in both directions. The time of a transfer is the whole time:
// of the statements, the tunnel and the transaction, too. With TLS it is that from the first byte of the file to the last,
// because the key of a transfer and the handshake cost as much as half of the file does here.
func BenchmarkBulkCopy(b *testing.B) {
	for _, secured := range []bool{false, true} {
		kind := "/plain"
		if secured {
			kind = "/tls"
		}
		b.Run("import"+kind, func(b *testing.B) {
			sess := connect(b, start(b, benchdata.All()[0], Options{Rows: 1, TLS: secured}), nil)
			run(b, secured, func(s *span) error {
				_, err := bulk.Import(b.Context(), sess, "T", bulk.FromReader(&timedReader{&repeated{copied}, s}))
				return err
			})
		})
		b.Run("export"+kind, func(b *testing.B) {
			sess := connect(b, start(b, benchdata.All()[0], Options{Rows: 1, TLS: secured, Exported: exportedFile()}), nil)
			run(b, secured, func(s *span) error {
				to := &drain{}
				_, err := bulk.Export(b.Context(), sess, "T", bulk.ToWriter(&timedWriter{to, s}))
				if err == nil && to.bytes != copied {
					b.Fatal(to.bytes)
				}
				return err
			})
		})
		b.Run("socket-import"+kind, func(b *testing.B) {
			run(b, secured, func(s *span) error {
				near, far := pair(b, secured)
				return overSockets(near, far, s, func(w io.Writer) error { return copyPieces(w, &timedReader{&repeated{copied}, s}) })
			})
		})
		b.Run("socket-export"+kind, func(b *testing.B) {
			file := exportedFile()
			run(b, secured, func(s *span) error {
				near, far := pair(b, secured)
				return overSockets(far, near, s, file.writeTo)
			})
		})
	}
}

// span is the time from the first byte to the last.
type span struct{ first, last time.Time }

func (s *span) now() {
	if s.last = time.Now(); s.first.IsZero() {
		s.first = s.last
	}
}

type timedReader struct {
	io.Reader
	span *span
}

func (r *timedReader) Read(b []byte) (int, error) {
	r.span.now()
	return r.Reader.Read(b)
}

type timedWriter struct {
	io.Writer
	span *span
}

func (w *timedWriter) Write(b []byte) (int, error) {
	w.span.now()
	return w.Writer.Write(b)
}

// run is the loop of a benchmark. If spans is set, the time is that from the first byte to the last.
func run(b *testing.B, spans bool, move func(*span) error) {
	b.SetBytes(copied)
	b.ReportAllocs()
	var moving time.Duration
	var cpu cputime.Meter
	cpu.Start()
	for b.Loop() {
		var s span
		if err := move(&s); err != nil {
			b.Fatal(err)
		}
		moving += s.last.Sub(s.first)
	}
	cpu.Report(b)
	if spans {
		b.ReportMetric(float64(moving.Nanoseconds())/float64(b.N), "ns/op")
		b.ReportMetric(copied/1e6/(moving.Seconds()/float64(b.N)), "MB/s")
	}
}

// pair returns both ends of a connection over the loopback interface.
func pair(b *testing.B, secured bool) (near, far net.Conn) {
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	if near, err = net.Dial("tcp", l.Addr().String()); err != nil {
		b.Fatal(err)
	}
	if far, err = l.Accept(); err != nil {
		b.Fatal(err)
	}
	if secured {
		// The client is the server of TLS, as in a tunnel.
		near = tls.Server(near, &tls.Config{Certificates: []tls.Certificate{baselineCertificate(b)}, MinVersion: tls.VersionTLS12})
		far = tls.Client(far, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // the other end is ours
	}
	return near, far
}

// overSockets writes to one end of a connection and throws away what comes out of the other one.
func overSockets(from, to net.Conn, s *span, write func(io.Writer) error) error {
	written := make(chan error, 1)
	go func() {
		err := write(from)
		_ = from.Close()
		written <- err
	}()
	buf := make([]byte, importRead)
	for {
		n, err := to.Read(buf)
		if n > 0 {
			s.now()
		}
		if err != nil {
			_ = to.Close()
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return errors.Join(err, <-written)
		}
	}
}

// copyPieces is io.Copy with pieces of 256 KiB.
func copyPieces(w io.Writer, r io.Reader) error {
	_, err := io.CopyBuffer(struct{ io.Writer }{w}, r, make([]byte, importRead))
	return err
}

// baselineCertificate is one for all connections.
var baselineCertificate = func() func(b *testing.B) tls.Certificate {
	made := sync.OnceValues(certificate)
	return func(b *testing.B) tls.Certificate {
		c, err := made()
		if err != nil {
			b.Fatal(err)
		}
		return c
	}
}()
