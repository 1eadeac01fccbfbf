package tunnel

import (
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
)

// File is what a tunnel has to give or to take. Exactly one of Send, Receive and Ranges is set. The functions are called by
// a goroutine of the tunnel; what they panic with is lost, so they must not.
type File struct {
	Name string // in the statement: the path of requests without its slash

	// Send writes the body, for a GET. It is called once, or again if the body was empty or Again is set.
	Send  func(ctx context.Context, to io.Writer) error
	Again bool

	// Receive reads the body of a PUT to its end. It is called once.
	Receive func(ctx context.Context, from io.Reader) error

	// Ranges is the body for requests that ask for parts of it; it has Size bytes.
	Ranges io.ReaderAt
	Size   int64

	// Moved counts the bytes of the body that have gone through the tunnel, from 0 if it is sent again, and those of all
	// ranges. Failed, if set, is called at the first failure.
	Moved  atomic.Int64
	Failed func()
}

// Step is what a tunnel was doing when something failed.
type Step string

// The steps. Reading and writing belong to the file, or, if Failure.Peer is set, to the connection.
const (
	StepTLS     Step = "tls"
	StepRequest Step = "request"
	StepRead    Step = "read"
	StepWrite   Step = "write"
)

// Failure is why a file was not moved.
type Failure struct {
	Step Step
	Peer bool // the database has hung up, or the connection has broken
	Err  error
}

// Outcome is what has become of a file.
type Outcome struct {
	Asked   bool // for the body
	Done    bool // it was moved to its end
	Failure *Failure
}

// Tunnel serves one file on one connection.
type Tunnel struct {
	file *File
	nc   net.Conn // encrypted, if it is
	raw  net.Conn
	ctx  context.Context // of the functions of the file
	end  context.CancelFunc

	begun atomic.Bool // a request has begun, and its head is not complete

	mu      sync.Mutex
	outcome Outcome
}

// New makes a Tunnel of a connection for which [Open] has succeeded. It is encrypted if there is an identity. ctx is what
// the functions of the file get; it also ends when the tunnel is closed or the database has hung up. Nothing is read or
// written before Serve.
func New(ctx context.Context, nc net.Conn, id *Identity, file *File) *Tunnel {
	t := &Tunnel{file: file, nc: nc, raw: nc}
	t.ctx, t.end = context.WithCancel(ctx)
	if id != nil {
		t.nc = &secured{Conn: tls.Server(nc, id.config), tunnel: t}
	}
	return t
}

// Serve answers requests until the connection ends, by the database or by Close. It returns when the functions of the file
// have returned. A connection that ends before the file was moved is a failure.
func (t *Tunnel) Serve() {
	l := &listener{conn: t.nc, ended: make(chan struct{})}
	srv := &http.Server{
		Handler:  t,
		ErrorLog: log.New(io.Discard, "", 0),
		ConnState: func(_ net.Conn, state http.ConnState) {
			switch state {
			case http.StateActive:
				t.begun.Store(true)
			case http.StateClosed, http.StateHijacked:
				close(l.ended)
			}
		},
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){}, // HTTP/1.1 alone
	}
	_ = srv.Serve(l)
	if o := t.Outcome(); !o.Done && o.Failure == nil { // nobody can ask any more
		if t.begun.Load() {
			t.fail(StepRequest, false, errNoRequest)
		} else {
			t.fail(StepRequest, true, errHungUp)
		}
	}
	t.end()
}

// Close ends the tunnel: the connection, and the context that the functions of the file have got. What fails after that is
// no failure. It does not wait for Serve.
func (t *Tunnel) Close() {
	t.end()
	_ = t.raw.Close()
}

// Outcome returns what has become of the file so far.
func (t *Tunnel) Outcome() Outcome {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.outcome
}

// asked enters that the body is wanted. Until done it is not there.
func (t *Tunnel) asked() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.outcome.Asked, t.outcome.Done = true, false
}

func (t *Tunnel) done() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.outcome.Done = t.outcome.Failure == nil
}

// fail enters a failure, if it is the first and no consequence of the end of the context or of Close.
func (t *Tunnel) fail(step Step, peer bool, err error) {
	over := t.ctx.Err() != nil
	t.mu.Lock()
	first := t.outcome.Failure == nil && !over
	if first {
		t.outcome.Failure = &Failure{Step: step, Peer: peer, Err: err}
	}
	t.outcome.Done = false
	t.mu.Unlock()
	if first && t.file.Failed != nil {
		t.file.Failed()
	}
}

// listener accepts one connection, and then waits for its end.
type listener struct {
	conn  net.Conn
	ended chan struct{}
}

func (l *listener) Accept() (net.Conn, error) {
	if nc := l.conn; nc != nil {
		l.conn = nil
		return nc, nil
	}
	<-l.ended
	return nil, net.ErrClosed
}

func (l *listener) Close() error   { return nil }
func (l *listener) Addr() net.Addr { return noAddr{} }

type noAddr struct{}

func (noAddr) Network() string { return "tunnel" }
func (noAddr) String() string  { return "tunnel" }

// secured is an encrypted connection, whose handshake begins with the first byte that the database sends. The server must
// not see its type, or it would do the handshake itself and keep the error.
type secured struct {
	net.Conn // a *tls.Conn
	tunnel   *Tunnel
	shaken   bool // only the first Read looks at it, and nothing is written before
}

func (c *secured) Read(b []byte) (int, error) {
	if !c.shaken {
		c.shaken = true
		err := c.Conn.(*tls.Conn).HandshakeContext(c.tunnel.ctx)
		if err != nil && err != io.EOF { //nolint:errorlint // a database that hangs up without a word
			c.tunnel.fail(StepTLS, hungUp(err), err)
		}
		if err != nil {
			return 0, err
		}
	}
	return c.Conn.Read(b)
}
