package tunnel_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/exawire/exawire/internal/tunnel"
)

// size is how many bytes one iteration moves.
const size = 256 << 20

// socketPair returns the two ends of a TCP connection on this machine.
func socketPair(t testing.TB) (client, server net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	accepted := make(chan net.Conn, 1)
	go func() {
		nc, _ := l.Accept()
		accepted <- nc
	}()
	client, err = net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server = <-accepted
	t.Cleanup(func() { client.Close(); server.Close() })
	return client, server
}

// zeros is a reader without anything special.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }

// nothing is a writer without anything special.
type nothing struct{}

func (nothing) Write(b []byte) (int, error) { return len(b), nil }

func data() io.Reader { return io.LimitReader(zeros{}, size) }

func drain(b *testing.B, from io.Reader) {
	b.Helper()
	buf := make([]byte, 256<<10)
	if n, err := io.CopyBuffer(nothing{}, struct{ io.Reader }{from}, buf); err != nil || n != size {
		b.Errorf("%d bytes: %v", n, err)
	}
}

// overBoth runs a benchmark without and with TLS.
func overBoth(b *testing.B, name string, run func(b *testing.B, id *tunnel.Identity)) {
	b.Run(name+"/plain", func(b *testing.B) { run(b, nil) })
	b.Run(name+"/tls", func(b *testing.B) { run(b, newIdentity(b)) })
}

// BenchmarkTunnel moves a file through a tunnel, as IMPORT and EXPORT do. The bytes cost nothing on either side.
func BenchmarkTunnel(b *testing.B) {
	overBoth(b, "import", benchmarkSend)
	overBoth(b, "export", benchmarkReceive)
}

// BenchmarkBareSocket copies the same bytes over the same kind of socket without anything around them, in pieces as the client
// (import) or the database (export) writes them.
func BenchmarkBareSocket(b *testing.B) {
	overBoth(b, "import", func(b *testing.B, id *tunnel.Identity) { benchmarkSocket(b, id, 256<<10) })
	overBoth(b, "export", func(b *testing.B, id *tunnel.Identity) { benchmarkSocket(b, id, 0xfff4) })
}

func benchmarkSocket(b *testing.B, id *tunnel.Identity, piece int) {
	b.SetBytes(size)
	for b.Loop() {
		client, server := socketPair(b)
		done := make(chan struct{})
		go func() {
			defer close(done)
			to := client
			if id != nil {
				to = tls.Server(client, id.Config())
			}
			_, _ = io.CopyBuffer(struct{ io.Writer }{to}, data(), make([]byte, piece))
			_ = to.Close()
		}()
		drain(b, secured(server, id))
		<-done
	}
}

func newIdentity(t testing.TB) *tunnel.Identity {
	t.Helper()
	id, err := tunnel.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func secured(nc net.Conn, id *tunnel.Identity) net.Conn {
	if id == nil {
		return nc
	}
	return tls.Client(nc, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // the test does not look
}

func benchmarkSend(b *testing.B, id *tunnel.Identity) {
	b.SetBytes(size)
	for b.Loop() {
		client, server := socketPair(b)
		file := &tunnel.File{Name: "000.csv", Send: func(_ context.Context, to io.Writer) error {
			_, err := io.CopyBuffer(to, data(), make([]byte, 256<<10))
			return err
		}}
		served := serve(b, client, id, file)
		db := secured(server, id)
		_, _ = io.WriteString(db, "GET /000.csv HTTP/1.1\r\nHost: x\r\n\r\n")
		res, err := http.ReadResponse(bufio.NewReaderSize(db, 16<<10), nil)
		if err != nil {
			b.Fatal(err)
		}
		drain(b, res.Body)
		server.Close()
		<-served
	}
}

func benchmarkReceive(b *testing.B, id *tunnel.Identity) {
	b.SetBytes(size)
	chunk := append([]byte("fff4\r\n"), make([]byte, 0xfff4+2)...)
	copy(chunk[len(chunk)-2:], "\r\n")
	const chunks = size / 0xfff4
	for b.Loop() {
		client, server := socketPair(b)
		file := &tunnel.File{Name: "000.csv", Receive: func(_ context.Context, from io.Reader) error {
			n, err := io.CopyBuffer(nothing{}, from, make([]byte, 256<<10))
			if n != chunks*0xfff4 {
				b.Errorf("%d bytes", n)
			}
			return err
		}}
		served := serve(b, client, id, file)
		db := secured(server, id)
		_, _ = io.WriteString(db, "PUT /000.csv HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
		for range chunks {
			if _, err := db.Write(chunk); err != nil {
				b.Fatal(err)
			}
		}
		_, _ = io.WriteString(db, "0\r\n\r\n")
		if res, err := http.ReadResponse(bufio.NewReader(db), nil); err != nil || res.StatusCode != http.StatusOK {
			b.Fatal(res, err)
		}
		server.Close()
		<-served
	}
}

// serve serves a file until its connection ends, which closes the channel.
func serve(t testing.TB, nc net.Conn, id *tunnel.Identity, file *tunnel.File) <-chan *tunnel.Tunnel {
	tn := tunnel.New(t.Context(), nc, id, file)
	served := make(chan *tunnel.Tunnel, 1)
	go func() {
		defer close(served)
		tn.Serve()
		served <- tn
	}()
	t.Cleanup(func() { tn.Close() })
	return served
}
