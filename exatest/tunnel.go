package exatest

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"slices"
	"time"

	"github.com/exawire/exawire/exatest/internal/effect"
	"github.com/exawire/exawire/exatest/internal/frame"
)

// tunnelHello is what a client sends to open a tunnel. It is never encrypted.
const tunnelHello = "\x02\x21\x21\x02\x01\x00\x00\x00\x01\x00\x00\x00"

// firstTunnelPort is the port of the first key. The addresses are those of a network inside the database: nobody but
// the statement that names one can do anything with it.
const firstTunnelPort = 20107

// tunnel is a connection by which the database reaches a client that serves the files of an IMPORT or EXPORT itself.
// Until a statement takes the tunnel, the goroutine of the connection waits for the first byte of the client, so that a
// tunnel that nobody uses any more is forgotten. The statement then reads what comes.
type tunnel struct {
	net.Conn
	reader *bufio.Reader // has read ahead, perhaps
	key    string        // host:port
	cut    func(error)   // ends the connection
	left   chan struct{} // closed when the goroutine of the connection reads no longer
	gone   error         // why the client is gone; set before left is closed
}

// Read returns what the goroutine of the connection has read ahead, and then what comes.
func (t *tunnel) Read(b []byte) (int, error) {
	if t.reader.Buffered() > 0 {
		return t.reader.Read(b)
	}
	return t.Conn.Read(b)
}

// seize makes the goroutine of the connection leave the tunnel to the caller.
func (t *tunnel) seize() error {
	_ = t.SetReadDeadline(time.Unix(1, 0))
	<-t.left
	_ = t.SetReadDeadline(time.Time{})
	return t.gone
}

// serveTunnel answers a client that opens a tunnel, and keeps the connection until a statement has used it.
func (c *conn) serveTunnel(reader *bufio.Reader) error {
	hello := make([]byte, len(tunnelHello))
	if _, err := io.ReadFull(reader, hello); err != nil {
		return err
	}
	if string(hello) != tunnelHello {
		return errNotWebSocket
	}
	t, addr := c.openTunnel(reader)
	defer c.srv.forgetTunnel(t)
	t.gone = c.answerTunnel(addr)
	if t.gone == nil {
		// Some clients answer before they are asked: the statement may still be to come.
		if _, err := reader.Peek(1); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			t.gone = err
		}
	}
	close(t.left)
	if t.gone == nil {
		<-c.ctx.Done()
	}
	return errTunnel
}

// answerTunnel tells the client by which address its statement reaches the tunnel.
func (c *conn) answerTunnel(addr netip.AddrPort) error {
	answer := make([]byte, 24)
	binary.LittleEndian.PutUint32(answer[4:], uint32(addr.Port()))
	copy(answer[8:], addr.Addr().String())
	switch c.srv.tunnelAction() {
	case effect.Silence:
		return nil
	case effect.HangUp:
		return errTunnel
	case effect.Nonsense:
		answer = []byte("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
	case effect.WrongAddress:
		binary.LittleEndian.PutUint32(answer[4:], 1<<20)
		copy(answer[8:], "\xffno IPv4 address")
	}
	if !c.srv.tunnelInPieces() {
		_, err := c.raw.Write(answer)
		return err
	}
	// The cuts are in the middle of the port and of the address.
	for _, piece := range [][]byte{answer[:6], answer[6:13], answer[13:]} {
		if _, err := c.raw.Write(piece); err != nil {
			return err
		}
		if !frame.Pause(c.ctx, time.Millisecond) {
			return errServerClosed
		}
	}
	return nil
}

// openTunnel gives the connection a key that no other tunnel has.
func (c *conn) openTunnel(reader *bufio.Reader) (*tunnel, netip.AddrPort) {
	const ports = 1 << 15
	s := c.srv
	node := 11 + slices.Index(s.cfg.nodes, c.node)
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.lastTunnel
	s.lastTunnel++
	host := netip.AddrFrom4([4]byte{10, byte(n / ports), byte(node >> 8), byte(node)})
	addr := netip.AddrPortFrom(host, firstTunnelPort+uint16(n%ports))
	t := &tunnel{Conn: c.raw, reader: reader, key: addr.String(), cut: c.cut, left: make(chan struct{})}
	s.tunnels[t.key] = t
	return t, addr
}

// takeTunnel returns the open tunnel with this key, nil if there is none. Only one statement gets it.
func (s *Server) takeTunnel(key string) *tunnel {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tunnels[key]
	delete(s.tunnels, key)
	return t
}

// forgetTunnel takes a tunnel that has ended out of the list, if it is still there.
func (s *Server) forgetTunnel(t *tunnel) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tunnels[t.key] == t {
		delete(s.tunnels, t.key)
	}
}
