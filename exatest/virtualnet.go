package exatest

import (
	"context"
	"errors"
	"net"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// VirtualNetwork is a network in memory. Servers listen on it (see [WithNetwork]), and clients reach them by
// [VirtualNetwork.DialContext]. Nothing leaves the process, so the network works inside a testing/synctest bubble,
// where an hour of waiting takes no time:
//
//	synctest.Test(t, func(t *testing.T) {
//		vn := exatest.NewVirtualNetwork()
//		srv := exatest.NewServer(t, exatest.WithNetwork(vn), exatest.WithNodes("exa1", "exa2"))
//		...
//	})
//
// Connections buffer up to 256 KiB in each direction. When the buffer is full, writing waits for the reader, as in TCP.
type VirtualNetwork struct {
	mu        sync.Mutex
	listeners map[string]*virtualListener
	down      map[string]bool
	lastPort  int
}

// NewVirtualNetwork returns a network on which nobody listens yet.
func NewVirtualNetwork() *VirtualNetwork {
	return &VirtualNetwork{listeners: map[string]*virtualListener{}, down: map[string]bool{}, lastPort: 49151}
}

// Listen opens a listener at addr, a host:port, on the network. Any host will do. An address can have one listener at a
// time.
func (n *VirtualNetwork) Listen(addr string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, &net.OpError{Op: "listen", Net: "virtual", Addr: virtualAddr(addr), Err: err}
	}
	if host == "" || port == "" {
		return nil, &net.OpError{Op: "listen", Net: "virtual", Addr: virtualAddr(addr), Err: errors.New("no host or no port")}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.listeners[addr] != nil {
		return nil, &net.OpError{Op: "listen", Net: "virtual", Addr: virtualAddr(addr), Err: syscall.EADDRINUSE}
	}
	l := &virtualListener{network: n, addr: virtualAddr(addr), backlog: make(chan *virtualConn), closed: make(chan struct{})}
	n.listeners[addr] = l
	return l, nil
}

// DialContext connects to a listener of the network. If nobody listens at addr, or if its host is down, the connection
// is refused (syscall.ECONNREFUSED).
func (n *VirtualNetwork) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	fail := func(err error) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: network, Addr: virtualAddr(addr), Err: err}
	}
	if err := ctx.Err(); err != nil {
		return fail(err)
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fail(err)
	}
	n.mu.Lock()
	l := n.listeners[addr]
	down := n.down[host]
	n.lastPort++
	local := virtualAddr("client:" + strconv.Itoa(n.lastPort))
	n.mu.Unlock()
	if l == nil || down {
		return fail(syscall.ECONNREFUSED)
	}
	client, server := virtualPipe(local, l.addr)
	select {
	case l.backlog <- server:
		return client, nil
	case <-l.closed:
		return fail(syscall.ECONNREFUSED)
	case <-ctx.Done():
		return fail(ctx.Err())
	}
}

// SetDown makes a host refuse connections, or accept them again. It does not touch connections that exist.
func (n *VirtualNetwork) SetDown(host string, down bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.down[host] = down
}

type virtualAddr string

func (a virtualAddr) Network() string { return "virtual" }
func (a virtualAddr) String() string  { return string(a) }

type virtualListener struct {
	network *VirtualNetwork
	addr    virtualAddr
	backlog chan *virtualConn
	closed  chan struct{}
}

func (l *virtualListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.backlog:
		return c, nil
	case <-l.closed:
		return nil, &net.OpError{Op: "accept", Net: "virtual", Addr: l.addr, Err: net.ErrClosed}
	}
}

func (l *virtualListener) Close() error {
	l.network.mu.Lock()
	defer l.network.mu.Unlock()
	if l.network.listeners[string(l.addr)] != l {
		return &net.OpError{Op: "close", Net: "virtual", Addr: l.addr, Err: net.ErrClosed}
	}
	delete(l.network.listeners, string(l.addr))
	close(l.closed)
	return nil
}

func (l *virtualListener) Addr() net.Addr { return l.addr }

// virtualConn is one end of a connection in memory.
type virtualConn struct {
	in, out       *virtualStream
	local, remote virtualAddr
}

func virtualPipe(client, server virtualAddr) (*virtualConn, *virtualConn) {
	up, down := newVirtualStream(), newVirtualStream()
	return &virtualConn{in: down, out: up, local: client, remote: server},
		&virtualConn{in: up, out: down, local: server, remote: client}
}

func (c *virtualConn) Read(b []byte) (int, error) {
	n, err := c.in.read(b)
	return n, c.wrap("read", err)
}

func (c *virtualConn) Write(b []byte) (int, error) {
	n, err := c.out.write(b)
	return n, c.wrap("write", err)
}

// Close ends both directions. What was written before can still be read by the other end, followed by io.EOF.
func (c *virtualConn) Close() error {
	c.out.closeWriter()
	c.in.closeReader()
	return nil
}

func (c *virtualConn) LocalAddr() net.Addr  { return c.local }
func (c *virtualConn) RemoteAddr() net.Addr { return c.remote }

func (c *virtualConn) SetDeadline(t time.Time) error {
	c.in.readLimit.set(c.in, t)
	c.out.writeLimit.set(c.out, t)
	return nil
}

func (c *virtualConn) SetReadDeadline(t time.Time) error {
	c.in.readLimit.set(c.in, t)
	return nil
}

func (c *virtualConn) SetWriteDeadline(t time.Time) error {
	c.out.writeLimit.set(c.out, t)
	return nil
}

func (c *virtualConn) wrap(op string, err error) error {
	if err == nil || isEOF(err) {
		return err
	}
	return &net.OpError{Op: op, Net: "virtual", Source: c.local, Addr: c.remote, Err: err}
}
