package exatest

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

const virtualBuffer = 256 << 10

// virtualStream is one direction of a virtual connection: a bounded buffer between a writer and a reader. It waits on a
// condition variable, which lets the virtual time of a bubble pass.
type virtualStream struct {
	mu      sync.Mutex
	changed sync.Cond
	buf     []byte

	writerClosed, readerClosed bool
	readLimit, writeLimit      virtualDeadline
}

func newVirtualStream() *virtualStream {
	s := &virtualStream{}
	s.changed.L = &s.mu
	return s
}

func (s *virtualStream) read(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		switch {
		case s.readerClosed:
			return 0, net.ErrClosed
		case s.readLimit.passed:
			return 0, os.ErrDeadlineExceeded
		case len(b) == 0:
			return 0, nil
		case len(s.buf) > 0:
			n := copy(b, s.buf)
			s.buf = s.buf[n:]
			if len(s.buf) == 0 {
				s.buf = nil
			}
			s.changed.Broadcast()
			return n, nil
		case s.writerClosed:
			return 0, io.EOF
		}
		s.changed.Wait()
	}
}

func (s *virtualStream) write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	written := 0
	for {
		switch {
		case s.writerClosed:
			return written, net.ErrClosed
		case s.readerClosed:
			return written, syscall.EPIPE
		case s.writeLimit.passed:
			return written, os.ErrDeadlineExceeded
		}
		if n := min(len(b), virtualBuffer-len(s.buf)); n > 0 {
			s.buf = append(s.buf, b[:n]...)
			b = b[n:]
			written += n
			s.changed.Broadcast()
		}
		if len(b) == 0 {
			return written, nil
		}
		s.changed.Wait()
	}
}

func (s *virtualStream) closeWriter() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writerClosed = true
	s.writeLimit.stop()
	s.changed.Broadcast()
}

func (s *virtualStream) closeReader() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.readerClosed = true
	s.readLimit.stop()
	s.changed.Broadcast()
}

// virtualDeadline is a deadline of one direction, guarded by the lock of its stream.
type virtualDeadline struct {
	timer  *time.Timer
	passed bool
}

func (d *virtualDeadline) set(s *virtualStream, t time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d.stop()
	d.passed = false
	defer s.changed.Broadcast()
	if t.IsZero() {
		return
	}
	wait := time.Until(t)
	if wait <= 0 {
		d.passed = true
		return
	}
	var timer *time.Timer
	timer = time.AfterFunc(wait, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		// A timer that was replaced while it fired must not end the wait of its successor.
		if d.timer == timer {
			d.passed = true
			s.changed.Broadcast()
		}
	})
	d.timer = timer
}

func (d *virtualDeadline) stop() {
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
}

func isEOF(err error) bool { return errors.Is(err, io.EOF) }
