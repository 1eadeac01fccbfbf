package socket

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"time"

	"nhooyr.io/websocket"
)

// maxResponseHeader bounds the answer to the upgrade request.
const maxResponseHeader = 64 << 10

// Options say how to connect.
type Options struct {
	// TLS is the configuration for TLS, nil for a plain connection. Its ServerName, if empty, becomes the server name
	// that Dial was given.
	TLS *tls.Config

	// DialContext makes the network connection; nil means a net.Dialer.
	DialContext func(ctx context.Context, network, addr string) (net.Conn, error)

	// Path is the path, and query if any, of the upgrade request; empty means "/". The database takes any, gateways in
	// front of it may not.
	Path string

	// Header has additional headers for the upgrade request.
	Header http.Header

	// MessageLimit bounds the messages that Read accepts, in bytes. It has no default: what is sensible is for the caller
	// to know.
	MessageLimit int64
}

// Dial connects to addr, a host and port. serverName is the host as the user named it, which the certificate must be
// for and the upgrade request asks for; it differs from the host in addr if that one has been resolved already. If it
// is empty the host in addr is used.
//
// ctx governs dialing, the TLS handshake and the upgrade, not the connection that is returned. The error is a
// *DialError, which also matches ctx's error if ctx has ended. Nothing stays open after an error.
func Dial(ctx context.Context, addr, serverName string, o Options) (*Conn, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, &DialError{Op: OpDial, Err: err}
	}
	if serverName == "" {
		serverName = host
	}
	if o.MessageLimit <= 0 {
		return nil, &DialError{Op: OpDial, Err: errors.New("no limit for messages was given")}
	}

	conn, err := connect(ctx, addr, o)
	if err != nil {
		return nil, dialError(ctx, OpDial, err)
	}
	c := &Conn{raw: newRawConn(conn), limit: min(o.MessageLimit, math.MaxInt-2), writing: make(chan struct{}, 1)}
	c.top = &gatherConn{Conn: c.raw}
	c.frames.ping = c.answer
	if o.TLS != nil {
		c.raw.records = new(records)
		secure := tls.Client(c.raw, clientConfig(o.TLS, serverName))
		if err := secure.HandshakeContext(ctx); err != nil {
			_ = c.raw.Close()
			return nil, dialError(ctx, OpTLS, err)
		}
		c.top.Conn = secure
	}
	if err := c.upgrade(ctx, net.JoinHostPort(serverName, port), o); err != nil {
		_ = c.raw.Close()
		return nil, dialError(ctx, OpUpgrade, err)
	}
	return c, nil
}

// connect makes the network connection.
func connect(ctx context.Context, addr string, o Options) (net.Conn, error) {
	dial := o.DialContext
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	conn, err := dial(ctx, "tcp", addr)
	switch {
	case err != nil:
		return nil, err
	case conn == nil:
		return nil, errors.New("the dialer returned neither a connection nor an error")
	}
	if err := clearDeadlines(conn); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

// clearDeadlines ends what the dialer has set. It also tries whether there are deadlines at all, because without them
// nobody would notice that a server has gone.
func clearDeadlines(conn net.Conn) error {
	for _, t := range []time.Time{time.Now().Add(time.Hour), {}} {
		if err := conn.SetReadDeadline(t); err != nil {
			return fmt.Errorf("the dialer's connection takes no read deadline: %w", err)
		}
		if err := conn.SetWriteDeadline(t); err != nil {
			return fmt.Errorf("the dialer's connection takes no write deadline: %w", err)
		}
	}
	return nil
}

func clientConfig(base *tls.Config, serverName string) *tls.Config {
	cfg := base.Clone()
	if cfg.ServerName == "" {
		cfg.ServerName = serverName
	}
	// Small records at the beginning of a burst are meant for web pages; a large message only gets slower.
	cfg.DynamicRecordSizingDisabled = true
	return cfg
}

// upgrade makes the connection a WebSocket.
func (c *Conn) upgrade(ctx context.Context, host string, o Options) error {
	stop := context.AfterFunc(ctx, func() { _ = c.raw.Close() })
	defer stop()

	path := o.Path
	if path == "" || path[0] != '/' {
		path = "/" + path
	}
	rt := &upgrader{conn: c.top, frames: &c.frames}
	header := o.Header.Clone()
	if header == nil {
		header = http.Header{}
	}
	// The host of the URL is a stand-in: addresses with zones and the like do not always make a valid one.
	ws, _, err := websocket.Dial(ctx, "ws://exasol"+path, &websocket.DialOptions{
		HTTPClient:      &http.Client{Transport: rt},
		HTTPHeader:      header,
		Host:            host,
		CompressionMode: websocket.CompressionDisabled,
	})
	if err != nil {
		if rt.err != nil {
			return rt.err
		}
		return err
	}
	rt.body.open = true
	c.ws = ws
	// One more than Read accepts: Read is to notice first, because the library takes up to five seconds to complain.
	ws.SetReadLimit(c.limit + 1)
	if !stop() {
		_ = c.CloseNow()
		return context.Cause(ctx)
	}
	return nil
}

// upgrader is the http.RoundTripper for the one request there is. It uses the connection that was dialed and starts no
// goroutine.
type upgrader struct {
	conn   net.Conn
	frames *frames
	body   *upgraded
	err    error
}

// RoundTrip sends the upgrade request. The body of the response is the connection.
func (u *upgrader) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := u.roundTrip(req)
	if err != nil {
		u.err = err
	}
	return resp, err
}

func (u *upgrader) roundTrip(req *http.Request) (*http.Response, error) {
	if err := req.Write(u.conn); err != nil {
		return nil, err
	}
	header := &io.LimitedReader{R: u.conn, N: maxResponseHeader}
	br := bufio.NewReader(header)
	resp, err := http.ReadResponse(br, req)
	if err != nil {
		if header.N <= 0 {
			return nil, fmt.Errorf("answer to the upgrade request exceeds %d bytes", maxResponseHeader)
		}
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, fmt.Errorf("server closed the connection instead of answering the upgrade request: %w", err)
		}
		return nil, err
	}
	if resp.StatusCode != http.StatusSwitchingProtocols {
		return nil, fmt.Errorf("server answered the upgrade request with status %q", resp.Status)
	}
	early, _ := br.Peek(br.Buffered()) // frames that came with the response
	u.body = &upgraded{Conn: u.conn, frames: u.frames, early: early}
	resp.Body = u.body
	return resp, nil
}

// upgraded is the connection after the upgrade. It has nothing to read until it is open: if the library does not like the
// response, it would otherwise wait for something in the body that explains it.
type upgraded struct {
	net.Conn
	frames *frames
	early  []byte
	open   bool
}

func (c *upgraded) Read(p []byte) (int, error) {
	if !c.open {
		return 0, io.EOF
	}
	for {
		n, err := c.read(p)
		if n > 0 {
			var bad error
			if n, bad = c.frames.pass(p[:n]); bad != nil {
				err = bad
			}
		}
		if n > 0 || err != nil || len(p) == 0 {
			return n, err
		}
	}
}

func (c *upgraded) read(p []byte) (int, error) {
	if len(c.early) > 0 {
		n := copy(p, c.early)
		c.early = c.early[n:]
		return n, nil
	}
	return c.Conn.Read(p)
}

// dialError says what failed. The error of the context comes with it, because the network's own often only says that
// the connection was closed.
func dialError(ctx context.Context, op string, err error) error {
	if ctxErr := ctx.Err(); ctxErr != nil && !errors.Is(err, ctxErr) {
		err = fmt.Errorf("%w: %w", ctxErr, err)
	}
	return &DialError{Op: op, Err: err}
}
