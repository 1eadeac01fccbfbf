package exatest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/exawire/exawire/exatest/internal/identity"
)

// Server plays an Exasol database inside this process. All its methods may be called at any time from any goroutine.
type Server struct {
	cfg       *config
	tb        testing.TB
	cert      tls.Certificate
	tlsConfig *tls.Config
	addrs     []string // one for each node; nodes that share a host share the address
	listeners []net.Listener

	ctx  context.Context // ends when the server closes
	stop context.CancelFunc
	wg   sync.WaitGroup

	places chan struct{} // one element for each session; nil if there is no limit

	closeOnce sync.Once
	closeErr  error

	mu          sync.Mutex
	closed      bool
	conns       map[*conn]struct{}
	byCommand   []*Handler
	bySQL       []*Handler
	faults      []*Injection
	unheardOf   []string // commands that the protocol does not have, see AllowCommands
	log         []*Request
	violations  []string
	lastSession uint64
	groups      map[uint64]*parallelGroup // by token
	tunnels     map[string]*tunnel        // that no statement has taken, by key
	lastTunnel  uint32                    // how many were opened
}

// NewServer starts a server and closes it when the test ends. The test fails if the server cannot start, for each
// violation of the protocol by a client (see [WithLeniency]), and at its end for every request that [Handler.Expect] asked
// for and that did not come.
func NewServer(tb testing.TB, opts ...Option) *Server {
	tb.Helper()
	s, err := start(tb, opts)
	if err != nil {
		tb.Fatalf("exatest: %v", err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Errorf("exatest: close: %v", err)
		}
		s.reportUnmet()
	})
	return s
}

// Start starts a server without a test, for programs and examples. The caller closes it.
func Start(opts ...Option) (*Server, error) { return start(nil, opts) }

func start(tb testing.TB, opts []Option) (*Server, error) {
	s := &Server{
		cfg:     newConfig(opts),
		tb:      tb,
		conns:   map[*conn]struct{}{},
		groups:  map[uint64]*parallelGroup{},
		tunnels: map[string]*tunnel{},
		// As large as the numbers of real servers: too large for a float64, and for an int32.
		lastSession: 1825312482065121280 + rand.Uint64N(1<<40)<<8,
	}
	if err := s.cfg.check(); err != nil {
		return nil, err
	}
	if n := s.cfg.sessionLimit; n > 0 {
		s.places = make(chan struct{}, n)
	}
	s.ctx, s.stop = context.WithCancel(context.Background())
	if err := s.listen(); err != nil {
		s.stop()
		for _, l := range s.listeners {
			_ = l.Close()
		}
		if s.cfg.recording != nil {
			_, _ = s.cfg.recording.Close()
		}
		return nil, err
	}
	for i, l := range s.listeners {
		s.wg.Go(func() { s.accept(l, s.nodeOf(i)) })
	}
	return s, nil
}

// listen opens one listener for each host of the cluster and makes the certificate for their names.
func (s *Server) listen() error {
	hosts := s.cfg.nodes
	port := s.cfg.port
	if len(hosts) == 0 {
		hosts = []string{"127.0.0.1"}
		if s.cfg.network != nil {
			hosts = []string{"exatest"}
		}
	}
	if port == 0 && s.cfg.network != nil {
		port = 8563
	}
	s.cfg.nodes = hosts
	byHost := map[string]string{}
	names, ips := slices.Clone(s.cfg.dnsNames), slices.Clone(s.cfg.ips)
	for _, host := range hosts {
		if addr, ok := byHost[host]; ok {
			s.addrs = append(s.addrs, addr)
			continue
		}
		l, err := s.listenOn(net.JoinHostPort(host, strconv.Itoa(port)))
		if err != nil {
			return err
		}
		s.listeners = append(s.listeners, l)
		addr := l.Addr().String()
		byHost[host] = addr
		s.addrs = append(s.addrs, addr)
		if tcp, ok := l.Addr().(*net.TCPAddr); ok {
			port = tcp.Port // all nodes have the same port
		}
		if ip, err := netip.ParseAddr(host); err == nil {
			ips = append(ips, ip)
		} else {
			names = append(names, host)
		}
	}
	var err error
	if s.cfg.certificate != nil {
		s.cert, err = s.cfg.ownCertificate()
	} else {
		s.cert, err = identity.Certificate(names, ips)
	}
	if err != nil {
		return fmt.Errorf("certificate: %w", err)
	}
	s.tlsConfig = &tls.Config{Certificates: []tls.Certificate{s.cert}, MinVersion: tls.VersionTLS12, MaxVersion: s.cfg.release.newestTLS()}
	return nil
}

func (s *Server) listenOn(addr string) (net.Listener, error) {
	if s.cfg.network != nil {
		return s.cfg.network.Listen(addr)
	}
	return net.Listen("tcp", addr)
}

// nodeOf returns the host of the i-th listener.
func (s *Server) nodeOf(i int) string {
	host, _, err := net.SplitHostPort(s.listeners[i].Addr().String())
	if err != nil {
		return s.cfg.nodes[0]
	}
	return host
}

func (s *Server) accept(l net.Listener, node string) {
	for {
		nc, err := l.Accept()
		if err != nil {
			return
		}
		c := newConn(s, nc, node)
		s.mu.Lock()
		if s.closed {
			s.mu.Unlock()
			_ = nc.Close()
			continue
		}
		s.conns[c] = struct{}{}
		s.wg.Go(func() {
			c.serve()
			s.mu.Lock()
			delete(s.conns, c)
			s.mu.Unlock()
		})
		s.mu.Unlock()
	}
}

// Close cuts all connections, waits until every goroutine of the server has ended, and closes the [Backend]. It ends
// the contexts of the requests that are being answered and waits for their handlers to return. Close may be called
// again.
func (s *Server) Close() error {
	s.closeOnce.Do(func() {
		s.mu.Lock()
		s.closed = true
		s.mu.Unlock()
		s.stop()
		var errs []error
		for _, l := range s.listeners {
			errs = append(errs, l.Close())
		}
		for _, c := range s.connections() {
			c.cut(errServerClosed)
		}
		s.wg.Wait()
		if s.cfg.backend != nil {
			errs = append(errs, s.cfg.backend.Close())
		}
		errs = append(errs, s.closeRecording())
		s.closeErr = errors.Join(errs...)
	})
	return s.closeErr
}

var errServerClosed = errors.New("the server is closed")

func (s *Server) connections() []*conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]*conn, 0, len(s.conns))
	for c := range s.conns {
		list = append(list, c)
	}
	return list
}

// newSessionID returns the number of the next session.
func (s *Server) newSessionID() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lastSession += 1<<16 + rand.Uint64N(1<<20)
	return s.lastSession
}

// DSN returns the DSN of the server, with the credentials of its first user and the fingerprint of its
// certificate. params are further parameters of the string, such as "compression=1".
func (s *Server) DSN(params ...string) string {
	u := url.URL{Scheme: "exa", User: url.UserPassword(s.cfg.dsnUser, s.cfg.dsnPassword), Host: s.Addr()}
	if s.cfg.plaintext {
		params = append([]string{"tls=0"}, params...)
	} else {
		params = append([]string{"fingerprint=" + s.Fingerprint()}, params...)
	}
	u.RawQuery = strings.Join(params, "&")
	return u.String()
}

// Addr returns the address of the first node as host:port.
func (s *Server) Addr() string { return s.addrs[0] }

// Addrs returns the addresses of all nodes as host:port, in the order of [WithNodes].
func (s *Server) Addrs() []string { return slices.Clone(s.addrs) }

// Fingerprint returns the SHA-256 of the server's certificate as 64 upper-case hexadecimal digits.
func (s *Server) Fingerprint() string { return identity.Fingerprint(s.cert.Certificate[0]) }

// Certificate returns the server's certificate, which is self-signed unless it is that of [WithCertificate]. All
// servers of a process with the same host names share one.
func (s *Server) Certificate() *x509.Certificate { return s.cert.Leaf }

// CertPool returns a pool with the server's certificate, for clients that verify it instead of pinning it.
func (s *Server) CertPool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(s.cert.Leaf)
	return pool
}

// DialContext connects to a node of the server by its address, over the network that the server listens on.
func (s *Server) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	if s.cfg.network != nil {
		return s.cfg.network.DialContext(ctx, network, addr)
	}
	var d net.Dialer
	return d.DialContext(ctx, network, addr)
}

func foldName(name string) string { return strings.ToUpper(name) }
