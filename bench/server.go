package bench

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"net"
	"sync"

	"github.com/exawire/exawire/internal/benchdata"
)

// Server serves one result set of a shape, as often as asked, and throws away rows of the shape that are inserted. It also
// carries out IMPORT and EXPORT over tunnels, see [Options].
type Server struct {
	// Addr is host:port of the listener.
	Addr string
	// Fingerprint of the certificate, "" without TLS.
	Fingerprint string

	shape      benchdata.Shape
	rows       int
	compressed bool
	exported   Exported
	countRows  bool
	listener   net.Listener
	secured    *tls.Config // nil without TLS
	key        []byte      // public key in PEM form, as JSON text
	table      *table

	mu      sync.Mutex
	conns   map[net.Conn]struct{}
	tunnels map[int]net.Conn // by the port that statements name
	opened  int              // tunnels so far
	wg      sync.WaitGroup
}

// Options of a server.
type Options struct {
	Rows       int  // of the result set; may be 0 if nothing is read
	TLS        bool // wss
	Compressed bool // zlib at level 1 after the login

	// Exported is what every EXPORT sends, and Imported whether the lines of an IMPORT are counted.
	Exported Exported
	Imported bool
}

// Exported is a file: some rows of CSV, several times.
type Exported struct {
	Text  []byte
	Rows  int64 // in Text
	Times int
}

// Start starts a server on the loopback interface. The caller closes it.
func Start(shape benchdata.Shape, o Options) (*Server, error) {
	s := &Server{
		shape: shape, rows: o.Rows, compressed: o.Compressed, exported: o.Exported, countRows: o.Imported,
		table: tableOf(shape, o.Rows), conns: map[net.Conn]struct{}{}, tunnels: map[int]net.Conn{},
	}
	var err error
	if s.key, err = publicKey(); err != nil {
		return nil, err
	}
	if s.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	s.Addr = s.listener.Addr().String()
	if o.TLS {
		cert, err := certificate()
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(cert.Certificate[0])
		s.Fingerprint = hex.EncodeToString(sum[:])
		s.secured = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	}
	s.wg.Go(s.accept)
	return s, nil
}

// Close ends the server and its connections.
func (s *Server) Close() {
	_ = s.listener.Close()
	s.mu.Lock()
	for c := range s.conns {
		_ = c.Close()
	}
	s.mu.Unlock()
	s.wg.Wait()
}

// DSN returns the connection string.
func (s *Server) DSN() string {
	options := "tls=off"
	if s.Fingerprint != "" {
		options = "fingerprint=" + s.Fingerprint
	}
	if s.compressed {
		options += "&compression=1"
	}
	return "exa://sys:exasol@" + s.Addr + "?" + options
}
