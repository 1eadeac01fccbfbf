//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package socket

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
)

// kernelView reads a TCP connection in a way that leaves no gap between the kernel and the reader: while the lock is
// held, received bytes are either in the kernel, where pending sees them, or the reader has said that it took them.
type kernelView struct {
	conn *net.TCPConn
	rc   syscall.RawConn

	mu    *sync.Mutex
	taken func() // called under mu when bytes or an error have left the kernel

	some bool // result of look
	look func(fd uintptr)

	out  []byte // what give writes, its results
	sent int
	werr error
	give func(fd uintptr) bool

	p    []byte // what take reads into, its results
	n    int
	err  error
	take func(fd uintptr) bool
}

// viewOf returns nil for anything but a plain TCP connection: a type that wraps one may have bytes of its own, and has
// its reasons to be asked.
func viewOf(conn net.Conn, mu *sync.Mutex, taken func()) *kernelView {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return nil
	}
	rc, err := tcp.SyscallConn()
	if err != nil {
		return nil
	}
	v := &kernelView{conn: tcp, rc: rc, mu: mu, taken: taken}
	v.look = v.doLook
	v.take, v.give = v.doTake, v.doGive
	return v
}

// pending reports whether there are bytes, or the end of the stream, that nobody has taken yet. The lock is held.
func (v *kernelView) pending() bool {
	v.some = false
	return v.rc.Control(v.look) == nil && v.some
}

func (v *kernelView) doLook(fd uintptr) {
	var b [1]byte
	for {
		_, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		if err != syscall.EINTR {
			v.some = err != syscall.EAGAIN
			return
		}
	}
}

// write writes as much of p as the kernel takes at once. It does not wait: less than all of p is no error.
func (v *kernelView) write(p []byte) (int, error) {
	v.out, v.sent, v.werr = p, 0, nil
	err := v.rc.Write(v.give)
	v.out = nil
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return 0, nil // an old one
	case err != nil: // the connection was closed here
		return 0, err
	case v.werr != nil:
		return v.sent, v.opError("write", v.werr)
	}
	return v.sent, nil
}

func (v *kernelView) doGive(fd uintptr) bool {
	for v.sent < len(v.out) {
		n, err := syscall.Write(int(fd), v.out[v.sent:])
		switch {
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EAGAIN):
			return true
		case err != nil:
			v.werr = err
			return true
		default:
			v.sent += n
		}
	}
	return true
}

func (v *kernelView) opError(op string, err error) error {
	return &net.OpError{
		Op: op, Net: "tcp", Source: v.conn.LocalAddr(), Addr: v.conn.RemoteAddr(),
		Err: os.NewSyscallError(op, err),
	}
}

// read is what Read of the connection is. The lock is not held.
func (v *kernelView) read(p []byte) (int, error) {
	v.p = p
	err := v.rc.Read(v.take)
	v.p = nil
	switch {
	case err != nil: // a deadline, or the connection was closed here
		return 0, err
	case v.err != nil:
		return 0, v.opError("read", v.err)
	case v.n == 0 && len(p) > 0:
		return 0, io.EOF
	}
	return v.n, nil
}

func (v *kernelView) doTake(fd uintptr) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	for {
		v.n, v.err = syscall.Read(int(fd), v.p)
		switch {
		case errors.Is(v.err, syscall.EINTR):
		case errors.Is(v.err, syscall.EAGAIN):
			return false
		default:
			v.taken()
			return true
		}
	}
}
