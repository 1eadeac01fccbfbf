// Package sockettest is the other end of a WebSocket for tests, frame by frame. It shares no code with the client, so
// that a mistake in the framing cannot cancel itself out, and it can do what a proper server would not: cut a frame,
// send one in pieces, announce more than it has.
package sockettest

import (
	"bufio"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
)

// Opcodes of frames.
const (
	OpContinuation byte = 0
	OpText         byte = 1
	OpBinary       byte = 2
	OpClose        byte = 8
	OpPing         byte = 9
	OpPong         byte = 10
)

// Server is the server's end of one connection.
type Server struct {
	net.Conn
	Request *http.Request // of the upgrade

	br *bufio.Reader
}

// Accept answers the upgrade request that comes in on conn. early is sent together with the answer.
func Accept(conn net.Conn, early []byte) (*Server, error) {
	br := bufio.NewReader(conn)
	req, err := http.ReadRequest(br)
	if err != nil {
		return nil, err
	}
	sum := sha1.Sum([]byte(req.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	answer := fmt.Appendf(nil, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: %s\r\n\r\n",
		base64.StdEncoding.EncodeToString(sum[:]))
	if _, err := conn.Write(append(answer, early...)); err != nil {
		return nil, err
	}
	return &Server{Conn: conn, Request: req, br: br}, nil
}

// AppendHeader appends the header of a frame that announces size bytes.
func AppendHeader(dst []byte, fin bool, op byte, size uint64) []byte {
	if fin {
		op |= 0x80
	}
	dst = append(dst, op)
	switch {
	case size < 126:
		return append(dst, byte(size))
	case size <= 0xffff:
		return binary.BigEndian.AppendUint16(append(dst, 126), uint16(size))
	default:
		return binary.BigEndian.AppendUint64(append(dst, 127), size)
	}
}

// AppendFrame appends a frame.
func AppendFrame(dst []byte, fin bool, op byte, payload []byte) []byte {
	return append(AppendHeader(dst, fin, op, uint64(len(payload))), payload...)
}

// Send writes a frame.
func (s *Server) Send(fin bool, op byte, payload []byte) error {
	_, err := s.Write(AppendFrame(nil, fin, op, payload))
	return err
}

// SendText writes a text message in one frame.
func (s *Server) SendText(text string) error { return s.Send(true, OpText, []byte(text)) }

// SendClose writes a close frame.
func (s *Server) SendClose(code uint16, reason string) error {
	return s.Send(true, OpClose, append(binary.BigEndian.AppendUint16(nil, code), reason...))
}

// Receive reads one frame. Clients do not fragment, and their frames must be masked.
func (s *Server) Receive() (op byte, payload []byte, err error) {
	var head [14]byte
	if _, err := io.ReadFull(s.br, head[:2]); err != nil {
		return 0, nil, err
	}
	if head[0]&0xf0 != 0x80 || head[1]&0x80 == 0 {
		return 0, nil, fmt.Errorf("frame header %x: want a final, masked frame", head[:2])
	}
	size := uint64(head[1] & 0x7f)
	more := map[uint64]int{126: 2, 127: 8}[size]
	if _, err := io.ReadFull(s.br, head[2:2+more+4]); err != nil {
		return 0, nil, err
	}
	switch more {
	case 2:
		size = uint64(binary.BigEndian.Uint16(head[2:]))
	case 8:
		size = binary.BigEndian.Uint64(head[2:])
	}
	mask := head[2+more : 2+more+4]
	payload = make([]byte, size)
	if _, err := io.ReadFull(s.br, payload); err != nil {
		return 0, nil, err
	}
	for i := range payload {
		payload[i] ^= mask[i%4]
	}
	return head[0] & 0x0f, payload, nil
}

// Listen serves connections on the loopback network until the test ends, each with its own call of handle, which owns
// the connection while it runs. It returns the address. The test waits for the handlers.
func Listen(tb testing.TB, handle func(net.Conn)) string {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex
		conns []net.Conn
	)
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, conn)
			mu.Unlock()
			wg.Go(func() {
				defer conn.Close()
				handle(conn)
			})
		}
	})
	tb.Cleanup(func() {
		l.Close()
		mu.Lock()
		for _, conn := range conns {
			conn.Close()
		}
		mu.Unlock()
		wg.Wait()
	})
	return l.Addr().String()
}

// Serve is a handler for Listen and Pipe that accepts the upgrade and goes on with serve. Errors of the upgrade are
// reported unless the client has gone.
func Serve(tb testing.TB, serve func(*Server)) func(net.Conn) {
	return func(conn net.Conn) {
		s, err := Accept(conn, nil)
		if err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, net.ErrClosed) && !errors.Is(err, io.ErrClosedPipe) {
				tb.Errorf("accept: %v", err)
			}
			return
		}
		serve(s)
	}
}

// Pipe returns a DialContext whose connections are in memory, each with its own call of handle, and a function that
// waits for the handlers. It works inside a synctest bubble.
func Pipe(handle func(net.Conn)) (dial func(ctx context.Context, network, addr string) (net.Conn, error), wait func()) {
	var wg sync.WaitGroup
	dial = func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		wg.Go(func() {
			defer server.Close()
			handle(server)
		})
		return client, nil
	}
	return dial, wg.Wait
}
