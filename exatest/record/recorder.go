package record

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/exawire/exawire/exatest/internal/identity"
	"github.com/exawire/exawire/exatest/internal/redact"
)

// Upstream is the database that a [Recorder] stands in front of.
type Upstream struct {
	Addr string // host:port

	// These fields say how the database proves its identity. TLS is used as it is; if it has no server name, the host of
	// Addr is used, and nil means the defaults of crypto/tls. Fingerprint, if not empty, is the SHA-256 of the only
	// certificate to accept, in hexadecimal digits, in place of all other checks. Plaintext connects without TLS.
	TLS         *tls.Config
	Fingerprint string
	Plaintext   bool

	// Dial, if not nil, makes the connections to Addr.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)

	// Listen is the address that the recorder listens on; "" means a free port of the loopback interface.
	Listen string
}

// Recorder is a proxy between a program, in any language, and a database. It forwards all bytes in both directions and
// writes a transcript that [Replay] serves without the database. Its methods may be called from any goroutine.
//
// The recorder keeps these secrets out of the transcript:
//
//   - passwords and tokens of logins, names of users, and tokens of subconnections
//   - in the SQL texts and parameters of requests, and in the texts of exceptions: whatever follows IDENTIFIED BY or
//     Bearer, the passwords in user:password@ and user/password@, values that are named like a password, key, token or
//     signature, and parts of a URL's path that look like keys or follow a name with "hook" in it
//   - in rows and parameters: the columns with such names
//
// Everything else is in the transcript: all other rows that the database sends, and secrets that neither their name nor
// their place gives away, such as the second value of INSERT INTO t (name, password) VALUES ('ann', 'x') or a key in a
// comment. Do not publish a transcript of data that is not yours to publish.
type Recorder struct {
	up       Upstream
	upTLS    *tls.Config
	listener net.Listener
	cert     tls.Certificate
	file     *os.File
	out      *transcriptWriter
	redactor redact.Messages

	ctx  context.Context
	stop context.CancelFunc
	wg   sync.WaitGroup

	mu    sync.Mutex
	conns int
	errs  []error

	closeOnce sync.Once
	closeErr  error
}

// New starts a recorder that writes to the file at path, replacing it, and closes the recorder when the test ends. The
// test fails if the recorder cannot start or if the transcript is not complete.
func New(tb testing.TB, path string, up Upstream) *Recorder {
	tb.Helper()
	r, err := Start(path, up)
	if err != nil {
		tb.Fatalf("exatest: record: %v", err)
	}
	tb.Cleanup(func() {
		if err := r.Close(); err != nil {
			tb.Errorf("exatest: record: %v", err)
		}
	})
	return r
}

// Start starts a recorder without a test, otherwise like [New]. The caller closes the recorder.
func Start(path string, up Upstream) (*Recorder, error) {
	r := &Recorder{up: up}
	if err := r.configureTLS(); err != nil {
		return nil, err
	}
	var err error
	if r.cert, err = identity.Certificate(nil, []netip.Addr{}); err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	if r.up.Listen == "" {
		r.up.Listen = "127.0.0.1:0"
	}
	if r.listener, err = net.Listen("tcp", r.up.Listen); err != nil {
		return nil, err
	}
	// Rows of a database may be anybody's; the file is for its owner.
	if r.file, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600); err != nil {
		return nil, errors.Join(err, r.listener.Close())
	}
	r.out = newTranscriptWriter(r.file)
	r.ctx, r.stop = context.WithCancel(context.Background())
	r.wg.Go(r.accept)
	return r, nil
}

func (r *Recorder) configureTLS() error {
	host, _, err := net.SplitHostPort(r.up.Addr)
	if err != nil {
		return fmt.Errorf("address of the database: %w", err)
	}
	if r.up.Plaintext {
		return nil
	}
	r.upTLS = r.up.TLS.Clone()
	if r.upTLS == nil {
		r.upTLS = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if r.upTLS.ServerName == "" {
		r.upTLS.ServerName = host
	}
	if want := strings.ToUpper(strings.ReplaceAll(r.up.Fingerprint, ":", "")); want != "" {
		r.upTLS.InsecureSkipVerify = true // the fingerprint is the check
		r.upTLS.VerifyConnection = func(state tls.ConnectionState) error {
			if got := identity.Fingerprint(state.PeerCertificates[0].Raw); got != want {
				return fmt.Errorf("the certificate of %s has the fingerprint %s", r.up.Addr, got)
			}
			return nil
		}
	}
	return nil
}

// Addr returns the address of the recorder as host:port. The program connects to it in place of the database.
func (r *Recorder) Addr() string { return r.listener.Addr().String() }

// Fingerprint returns the SHA-256 of the recorder's certificate as 64 upper-case hexadecimal digits.
func (r *Recorder) Fingerprint() string { return identity.Fingerprint(r.cert.Certificate[0]) }

// DSN returns the DSN of the recorder. user and password are the credentials for the database, and params
// are further parameters of the string, such as "compression=1".
func (r *Recorder) DSN(user, password string, params ...string) string {
	u := url.URL{Scheme: "exa", User: url.UserPassword(user, password), Host: r.Addr()}
	u.RawQuery = strings.Join(append([]string{"fingerprint=" + r.Fingerprint()}, params...), "&")
	return u.String()
}

// Close ends all connections, waits for the goroutines that serve them, and completes the file. The error says what is
// missing in the file. Close may be called again.
func (r *Recorder) Close() error {
	r.closeOnce.Do(func() {
		r.stop()
		errs := []error{r.listener.Close()}
		r.wg.Wait()
		errs = append(errs, r.out.finish(), r.file.Close())
		r.mu.Lock()
		defer r.mu.Unlock()
		r.closeErr = errors.Join(append(errs, r.errs...)...)
	})
	return r.closeErr
}

// fail keeps an error for Close. What only comes of closing is none.
func (r *Recorder) fail(err error) {
	var lost *recordError
	if r.ctx.Err() != nil && !errors.As(err, &lost) {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	const most = 10
	if len(r.errs) < most {
		r.errs = append(r.errs, err)
	}
}

func (r *Recorder) accept() {
	for {
		nc, err := r.listener.Accept()
		if err != nil {
			return
		}
		r.wg.Go(func() {
			defer nc.Close()
			r.serve(nc)
		})
	}
}

// serve connects a client with the database and forwards until one of them ends it.
func (r *Recorder) serve(nc net.Conn) {
	release := context.AfterFunc(r.ctx, func() { _ = nc.Close() })
	defer release()
	client := bufio.NewReaderSize(nc, 32<<10)
	first, err := client.Peek(1)
	if err != nil {
		return // nobody was there
	}
	down := nc
	if first[0] == 0x16 {
		down = identity.ServeTLS(nc, client, &tls.Config{Certificates: []tls.Certificate{r.cert}, MinVersion: tls.VersionTLS12})
		client = bufio.NewReaderSize(down, 32<<10)
	}
	req, err := http.ReadRequest(client)
	if err != nil {
		return // it does not trust the certificate, or it speaks something else
	}
	up, server, err := r.connect(req)
	if err != nil {
		r.fail(fmt.Errorf("connect to %s: %w", r.up.Addr, err))
		_, _ = io.WriteString(down, "HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
		return
	}
	defer up.Close()
	stop := context.AfterFunc(r.ctx, func() { _ = up.Close() })
	defer stop()
	resp, err := http.ReadResponse(server, req)
	if err != nil {
		r.fail(fmt.Errorf("upgrade at %s: %w", r.up.Addr, err))
		return
	}
	if resp.StatusCode != http.StatusSwitchingProtocols {
		r.fail(fmt.Errorf("upgrade at %s: %s", r.up.Addr, resp.Status))
		_ = resp.Write(down)
		return
	}
	if err := resp.Write(down); err != nil {
		return
	}
	c := r.newConn()
	if err := c.forward(&recordedStream{down, client}, &recordedStream{up, server}); err != nil {
		r.fail(err)
	}
}

// connect dials the database and sends the client's upgrade.
func (r *Recorder) connect(req *http.Request) (net.Conn, *bufio.Reader, error) {
	const patience = 30 * time.Second
	ctx, cancel := context.WithTimeout(r.ctx, patience)
	defer cancel()
	dial := r.up.Dial
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	nc, err := dial(ctx, "tcp", r.up.Addr)
	if err != nil {
		return nil, nil, err
	}
	if r.upTLS != nil {
		secure := tls.Client(nc, r.upTLS)
		if err := secure.HandshakeContext(ctx); err != nil {
			return nil, nil, errors.Join(err, nc.Close())
		}
		nc = secure
	}
	req.Host = r.up.Addr
	req.Header.Del("Sec-WebSocket-Extensions") // frames have to be readable
	if req.Header.Get("User-Agent") == "" {
		req.Header["User-Agent"] = nil
	}
	if err := req.Write(nc); err != nil {
		return nil, nil, errors.Join(err, nc.Close())
	}
	return nc, bufio.NewReaderSize(nc, 32<<10), nil
}
