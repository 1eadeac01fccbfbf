package exatest

import (
	"bufio"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/exawire/exawire/exatest/internal/frame"
	"github.com/exawire/exawire/exatest/internal/identity"
	"github.com/exawire/exawire/exatest/internal/replay"
)

// conn is one connection of a client from accept to close. Two goroutines work on it: one reads all the time, so that
// abortQuery, pings and the end of the connection are seen while a command runs; the other runs the commands.
type conn struct {
	srv   *Server
	node  string
	raw   net.Conn
	tls   bool
	path  string
	frame *frame.Conn

	ctx    context.Context // ends with the connection
	cancel context.CancelCauseFunc
	inbox  chan *message

	// Owned by the goroutine that runs the commands.
	sess     *session
	play     *replay.Session // of a recording, else nil
	hasPlace bool            // of those that WithSessionLimit counts

	mu         sync.Mutex
	client     string     // who it is, see Violation
	pending    []string   // commands that are not answered yet, in order
	running    *execution // the one that is running
	aborts     int        // aborts of the command that is running
	lateAbort  bool       // an abort waits for the next command, see AbortLate
	compressed bool       // messages are compressed from now on
	loggedIn   bool
	bye        bool // disconnect was answered, or the server itself ends the connection
	info       sessionView
}

func newConn(s *Server, nc net.Conn, node string) *conn {
	c := &conn{srv: s, node: node, raw: nc, inbox: make(chan *message, 16), client: nc.RemoteAddr().String()}
	if host, _, err := net.SplitHostPort(c.client); err == nil {
		c.client = host
	}
	c.ctx, c.cancel = context.WithCancelCause(s.ctx)
	return c
}

// serve runs the connection until it ends.
func (c *conn) serve() {
	defer c.cut(io.EOF)
	if err := c.handshake(); err != nil {
		return
	}
	var reader sync.WaitGroup
	reader.Go(c.read)
	defer reader.Wait()
	defer c.leave()
	defer c.cut(io.EOF)
	if c.login() {
		c.commands()
	}
	c.endSession()
}

// cut closes the connection without a Close frame.
func (c *conn) cut(cause error) {
	c.mu.Lock()
	c.bye = true
	c.info.sess = nil
	c.mu.Unlock()
	c.cancel(cause)
	_ = c.raw.Close()
}

var (
	errNotWebSocket = errors.New("not a WebSocket client")
	errTunnel       = errors.New("a tunnel, which has ended")
)

// handshake finds out by the first byte whether the client speaks TLS, as a real server does, and upgrades the
// connection to a WebSocket. A tunnel it serves to its end.
func (c *conn) handshake() error {
	reader := bufio.NewReaderSize(c.raw, 32<<10)
	first, err := reader.Peek(1)
	if err != nil {
		return err
	}
	nc := c.raw
	switch {
	case first[0] == tunnelHello[0]:
		return c.serveTunnel(reader)
	case first[0] < 'A' && first[0] != 0x16:
		return errNotWebSocket // in place of waiting for the rest of what is no HTTP
	case first[0] == 0x16:
		c.tls = true
		nc = identity.ServeTLS(c.raw, reader, c.srv.tlsConfig)
		reader = bufio.NewReaderSize(nc, 32<<10)
	}
	return c.upgrade(nc, reader)
}

// upgrade answers the HTTP request that begins a WebSocket. Path, origin and offered extensions do not matter.
func (c *conn) upgrade(nc net.Conn, reader *bufio.Reader) error {
	req, err := http.ReadRequest(reader)
	if err != nil {
		return err
	}
	key := req.Header.Get("Sec-WebSocket-Key")
	nonce, keyErr := base64.StdEncoding.DecodeString(key)
	if req.Method != http.MethodGet || !hasToken(req.Header, "Connection", "upgrade") ||
		!hasToken(req.Header, "Upgrade", "websocket") || req.Header.Get("Sec-WebSocket-Version") != "13" ||
		keyErr != nil || len(nonce) != 16 {
		_, _ = io.WriteString(nc, "HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nConnection: Upgrade, close\r\n"+
			"Sec-WebSocket-Version: 13\r\nContent-Length: 0\r\n\r\n")
		return errNotWebSocket
	}
	c.path = req.URL.RequestURI()
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	c.frame = frame.NewConn(nc, reader, c.srv.cfg.maxRequest, c.srv.cfg.drainLimit())
	_, err = io.WriteString(nc, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Accept: "+base64.StdEncoding.EncodeToString(sum[:])+"\r\n\r\n")
	return err
}

func hasToken(h http.Header, name, token string) bool {
	for _, line := range h.Values(name) {
		for part := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(strings.TrimSpace(part), token) {
				return true
			}
		}
	}
	return false
}

// read takes in messages until the connection ends.
func (c *conn) read() {
	for {
		m, err := c.readMessage()
		if err != nil {
			c.readFailed(err)
			return
		}
		if m.command == "abortQuery" && c.isLoggedIn() {
			c.abort(m)
			continue
		}
		c.expect(m)
		select {
		case c.inbox <- m:
		case <-c.ctx.Done():
			return
		}
	}
}

// readMessage reads the next message. One that is too long, but ended, is answered like any other.
func (c *conn) readMessage() (*message, error) {
	opcode, payload, err := c.frame.ReadMessage()
	var m *message
	if err == nil {
		m, err = c.decode(opcode, payload)
	}
	var long *frame.TooLong
	if errors.As(err, &long) {
		c.violation("a message is longer than %d bytes", long.Limit)
		return &message{tooLong: protocol(fmt.Sprintf("The message is longer than %d bytes.", long.Limit)), at: time.Now()}, nil
	}
	return m, err
}

// readFailed ends the connection the way the error asks for.
func (c *conn) readFailed(err error) {
	var broken *frame.Error
	var closed *frame.Closed
	switch {
	case errors.As(err, &broken):
		c.violation("%s", broken.Reason)
		_ = c.frame.WriteClose(broken.Code, broken.Reason)
	case errors.As(err, &closed):
		c.mu.Lock()
		// A client that gives up, because of an error or of an answer that does not come, closes as it likes.
		rude := c.loggedIn && !c.bye && len(c.pending) == 0 && (closed.Code == frame.CloseNormal || closed.Code == 0)
		c.mu.Unlock()
		if rude {
			c.violation("the client closed the WebSocket without sending disconnect")
		}
	}
	c.cut(err)
}

// expect notes that a command has to be answered, and that none may be waiting.
func (c *conn) expect(m *message) {
	c.mu.Lock()
	var waiting string
	if len(c.pending) > 0 {
		waiting = c.pending[0]
	}
	aborted := c.aborts > 0
	c.pending = append(c.pending, m.name())
	c.bye = c.bye || m.command == "disconnect"
	c.mu.Unlock()
	switch {
	case waiting != "" && aborted:
		c.violation("%s was sent before the answer to the aborted %s", m.name(), waiting)
	case waiting != "":
		c.violation("%s was sent before the answer to %s", m.name(), waiting)
	}
}

// answered notes that the oldest command has its answer. It is called just before the answer is written: the client
// may react to the last byte at once.
func (c *conn) answered() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.pending) > 0 {
		c.pending = c.pending[1:]
	}
	c.running = nil
	c.aborts = 0
}

func (c *conn) isLoggedIn() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.loggedIn
}

// next waits for the next message. ok is false when the connection has ended or was idle for too long.
func (c *conn) next() (m *message, ok bool) {
	var idle <-chan time.Time
	if d := c.srv.cfg.idleTimeout; d > 0 && c.sess != nil {
		t := time.NewTimer(d)
		defer t.Stop()
		idle = t.C
	}
	select {
	case m := <-c.inbox:
		return m, true
	case <-c.ctx.Done():
		// What arrived before the end still counts, such as a disconnect right before the Close frame.
		select {
		case m := <-c.inbox:
			return m, true
		default:
			return nil, false
		}
	case <-idle:
		c.cut(errIdle)
		return nil, false
	}
}

var errIdle = errors.New("the session was idle for too long")

// commands answers commands until the client disconnects or the connection ends.
func (c *conn) commands() {
	for {
		m, ok := c.next()
		if !ok || !c.handle(m) {
			return
		}
	}
}
