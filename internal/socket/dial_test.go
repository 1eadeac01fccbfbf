package socket_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/internal/socket"
	"github.com/exawire/exawire/internal/socket/sockettest"
)

// certificate returns a self-signed certificate for a host and a pool that trusts it.
func certificate(tb testing.TB, host string) (tls.Certificate, *x509.CertPool) {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: host},
		DNSNames:     []string{host},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		IsCA:         true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		tb.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		tb.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// echo sends back every data frame as it came.
func echo(s *sockettest.Server) {
	for {
		op, payload, err := s.Receive()
		if err != nil || op == sockettest.OpClose {
			return
		}
		if s.Send(true, op, payload) != nil {
			return
		}
	}
}

func exchange(t *testing.T, c *socket.Conn, text string) {
	t.Helper()
	if sent, err := c.Write(socket.Text, []byte(text), 0, nil); err != nil || !sent {
		t.Fatalf("Write() = %v, %v", sent, err)
	}
	kind, got, err := c.Read(nil, nil)
	if err != nil || kind != socket.Text || string(got) != text {
		t.Fatalf("Read() = %v, %q, %v; want the text %q", kind, got, err, text)
	}
}

func TestDial(t *testing.T) {
	cert, roots := certificate(t, "exasol.example")
	requests := make(chan *http.Request, 1)
	sni := make(chan string, 1)
	addr := sockettest.Listen(t, func(conn net.Conn) {
		secure := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{cert}})
		s, err := sockettest.Accept(secure, nil)
		if err != nil {
			t.Errorf("accept: %v", err)
			return
		}
		sni <- secure.ConnectionState().ServerName
		requests <- s.Request
		echo(s)
	})
	_, port, _ := net.SplitHostPort(addr)

	ctx, cancel := context.WithCancel(t.Context())
	c, err := socket.Dial(ctx, addr, "exasol.example", socket.Options{
		MessageLimit: messageLimit,
		TLS:          &tls.Config{RootCAs: roots},
		Path:         "/v1/databases/db123/connect?ticket=123",
		Header:       http.Header{"X-Gateway": {"on"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseNow()
	cancel() // must not matter any more

	req := <-requests
	for _, tt := range []struct{ what, got, want string }{
		{"SNI", <-sni, "exasol.example"},
		{"Host", req.Host, "exasol.example:" + port},
		{"URI", req.RequestURI, "/v1/databases/db123/connect?ticket=123"},
		{"X-Gateway", req.Header.Get("X-Gateway"), "on"},
		{"Sec-WebSocket-Extensions", req.Header.Get("Sec-WebSocket-Extensions"), ""},
		{"Sec-WebSocket-Version", req.Header.Get("Sec-WebSocket-Version"), "13"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s = %q, want %q", tt.what, tt.got, tt.want)
		}
	}
	exchange(t, c, "hello")
}

func TestDialPath(t *testing.T) {
	for _, tt := range []struct{ path, want string }{{"", "/"}, {"x", "/x"}, {"/x?y=z", "/x?y=z"}} {
		uri := make(chan string, 1)
		addr := sockettest.Listen(t, sockettest.Serve(t, func(s *sockettest.Server) { uri <- s.Request.RequestURI }))
		c, err := socket.Dial(t.Context(), addr, "", socket.Options{Path: tt.path, MessageLimit: messageLimit})
		if err != nil {
			t.Fatal(err)
		}
		c.CloseNow()
		if got := <-uri; got != tt.want {
			t.Errorf("path %q: URI = %q, want %q", tt.path, got, tt.want)
		}
	}
}

// TestDialEarlyFrames sends the first message in the same packet as the answer to the upgrade.
func TestDialEarlyFrames(t *testing.T) {
	addr := sockettest.Listen(t, func(conn net.Conn) {
		s, err := sockettest.Accept(conn, sockettest.AppendFrame(nil, true, sockettest.OpText, []byte("early")))
		if err != nil {
			t.Errorf("accept: %v", err)
			return
		}
		echo(s)
	})
	c, err := socket.Dial(t.Context(), addr, "", socket.Options{MessageLimit: messageLimit})
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseNow()
	if _, got, err := c.Read(nil, nil); err != nil || string(got) != "early" {
		t.Fatalf("Read() = %q, %v", got, err)
	}
	exchange(t, c, "late")
}

// closeSpy tells whether the dialed connection was closed.
type closeSpy struct {
	net.Conn
	closed chan struct{}
}

func (c *closeSpy) Close() error {
	select {
	case <-c.closed:
	default:
		close(c.closed)
	}
	return c.Conn.Close()
}

func TestDialErrors(t *testing.T) {
	cert, roots := certificate(t, "exasol.example")
	silent := func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }
	answer := func(text string) func(net.Conn) {
		return func(conn net.Conn) {
			_, _ = conn.Read(make([]byte, 4096))
			_, _ = conn.Write([]byte(text))
			_, _ = io.Copy(io.Discard, conn)
		}
	}
	someError := errors.New("no route")
	tests := []struct {
		name    string
		serve   func(net.Conn)
		dialErr error
		tls     *tls.Config
		timeout time.Duration
		op      string
		is      error  // what errors.Is finds
		text    string // part of the text
	}{
		{name: "dial fails", dialErr: someError, op: socket.OpDial, is: someError},
		{
			name: "certificate not trusted", op: socket.OpTLS, tls: &tls.Config{}, text: "certificate",
			serve: func(conn net.Conn) {
				_ = tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{cert}}).Handshake()
			},
		},
		{
			name: "wrong host", op: socket.OpTLS, tls: &tls.Config{RootCAs: roots, ServerName: "other.example"}, text: "other.example",
			serve: func(conn net.Conn) {
				_ = tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{cert}}).Handshake()
			},
		},
		{name: "not TLS", op: socket.OpTLS, tls: &tls.Config{}, serve: answer("HTTP/1.1 400 Bad Request\r\n\r\n")},
		{name: "TLS timeout", op: socket.OpTLS, tls: &tls.Config{}, serve: silent, timeout: 50 * time.Millisecond, is: context.DeadlineExceeded},
		{name: "upgrade timeout", op: socket.OpUpgrade, serve: silent, timeout: 50 * time.Millisecond, is: context.DeadlineExceeded},
		{name: "closed", op: socket.OpUpgrade, serve: func(conn net.Conn) { _, _ = conn.Read(make([]byte, 4096)) }, text: "instead of answering"},
		{name: "not found", op: socket.OpUpgrade, serve: answer("HTTP/1.1 404 Not Found\r\nContent-Length: 100\r\n\r\n"), text: `"404 Not Found"`},
		{name: "redirect", op: socket.OpUpgrade, serve: answer("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n"), text: `"302 Found"`},
		{name: "not HTTP", op: socket.OpUpgrade, serve: answer("\x16\x03\x01\x00\x05hello\r\n\r\n"), text: "malformed"},
		{
			name: "endless header", op: socket.OpUpgrade, text: "exceeds 65536 bytes",
			serve: answer("HTTP/1.1 101 Switching Protocols\r\nX: " + strings.Repeat("x", 1<<17) + "\r\n\r\n"),
		},
		{
			name: "wrong key", op: socket.OpUpgrade, text: "Sec-WebSocket-Accept",
			serve: answer("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n"),
		},
		{
			name: "compression extension", op: socket.OpUpgrade, text: "extensions",
			serve: func(conn net.Conn) {
				_, _ = sockettest.Accept(rewriter{conn}, nil)
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			closed := make(chan struct{})
			o := socket.Options{TLS: tt.tls, MessageLimit: messageLimit}
			addr := "127.0.0.1:1"
			if tt.dialErr != nil {
				o.DialContext = func(context.Context, string, string) (net.Conn, error) { return nil, tt.dialErr }
			} else {
				addr = sockettest.Listen(t, tt.serve)
				o.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
					conn, err := new(net.Dialer).DialContext(ctx, network, addr)
					return &closeSpy{Conn: conn, closed: closed}, err
				}
			}
			ctx := t.Context()
			if tt.timeout > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, tt.timeout)
				defer cancel()
			}
			start := time.Now()
			c, err := socket.Dial(ctx, addr, "", o)
			if err == nil {
				c.CloseNow()
				t.Fatal("no error")
			}
			if d := time.Since(start); d > 2500*time.Millisecond { // the library would wait for 3 s in one case
				t.Errorf("took %v", d)
			}
			var de *socket.DialError
			if !errors.As(err, &de) || de.Op != tt.op {
				t.Fatalf("error = %v, want a DialError of %q", err, tt.op)
			}
			if tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("error = %v, want one that matches %v", err, tt.is)
			}
			if !strings.Contains(err.Error(), tt.text) {
				t.Errorf("error = %q, want %q in it", err, tt.text)
			}
			if tt.dialErr == nil {
				select {
				case <-closed:
				default:
					t.Error("the connection stayed open")
				}
			}
		})
	}
}

// rewriter adds an extension to the answer to the upgrade.
type rewriter struct{ net.Conn }

func (c rewriter) Write(p []byte) (int, error) {
	_, err := c.Conn.Write(bytes.Replace(p, []byte("\r\n\r\n"), []byte("\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n"), 1))
	return len(p), err
}

func TestDialBadAddress(t *testing.T) {
	_, err := socket.Dial(t.Context(), "no-port", "", socket.Options{MessageLimit: messageLimit})
	var de *socket.DialError
	if !errors.As(err, &de) || de.Op != socket.OpDial {
		t.Fatalf("error = %v, want a DialError", err)
	}
}

func TestDialIPv6Zone(t *testing.T) {
	var asked string
	dial, wait := sockettest.Pipe(sockettest.Serve(t, func(s *sockettest.Server) { asked = s.Request.Host }))
	c, err := socket.Dial(t.Context(), "[fe80::1%eth0]:8563", "", socket.Options{DialContext: dial, MessageLimit: messageLimit})
	if err != nil {
		t.Fatal(err)
	}
	c.CloseNow()
	wait()
	if asked != "[fe80::1]:8563" {
		t.Errorf("Host = %q", asked)
	}
}

// A dialer that returns nothing is told so.
func TestDialerReturnsNothing(t *testing.T) {
	dial := func(context.Context, string, string) (net.Conn, error) { return nil, nil }
	_, err := socket.Dial(t.Context(), "exasol:8563", "", socket.Options{DialContext: dial, MessageLimit: messageLimit})
	if err == nil {
		t.Fatal("there is a connection")
	}
	if diff := cmp.Diff("dial: the dialer returned neither a connection nor an error", err.Error()); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
}
