package bench

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
)

// accept serves each connection by a goroutine of its own.
func (s *Server) accept() {
	for {
		c, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.conns[c] = struct{}{}
		s.mu.Unlock()
		s.wg.Go(func() {
			if err := s.serveAny(c); !errors.Is(err, errTunnel) {
				s.forget(c)
			}
		})
	}
}

// forget closes a connection.
func (s *Server) forget(c net.Conn) {
	_ = c.Close()
	s.mu.Lock()
	delete(s.conns, c)
	s.mu.Unlock()
}

// serveAny serves a session, or leaves the connection as a tunnel for a statement, with errTunnel. The first bytes tell.
func (s *Server) serveAny(c net.Conn) error {
	var first [1]byte
	if _, err := io.ReadFull(c, first[:]); err != nil {
		return err
	}
	if first[0] == tunnelHello[0] {
		return s.openTunnel(c)
	}
	begun := &begunConn{Conn: c, first: first[:]}
	if s.secured != nil {
		return s.serve(tls.Server(begun, s.secured))
	}
	return s.serve(begun)
}

// begunConn is a connection whose first bytes have been read.
type begunConn struct {
	net.Conn
	first []byte
}

func (c *begunConn) Read(p []byte) (int, error) {
	if len(c.first) == 0 {
		return c.Conn.Read(p)
	}
	n := copy(p, c.first)
	c.first = c.first[n:]
	return n, nil
}
