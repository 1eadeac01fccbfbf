package tunnel

import (
	"io"
	"net/http"
	"sync"
	"sync/atomic"
)

// bodyBuffer is how many bytes of a body are in memory. What goes out is a chunk of HTTP each time.
const bodyBuffer = 256 << 10

var buffers = sync.Pool{New: func() any { return new([bodyBuffer]byte) }}

// sender writes a body in large pieces.
type sender struct {
	to    io.Writer
	moved *atomic.Int64
	buf   *[bodyBuffer]byte // nil until it is needed
	n     int               // bytes in it
	err   error             // of the connection
}

func newSender(to io.Writer, moved *atomic.Int64) *sender { return &sender{to: to, moved: moved} }

// Write sends large pieces as they are, and collects small ones.
func (s *sender) Write(b []byte) (written int, err error) {
	for len(b) > 0 {
		if s.err != nil {
			return written, s.err
		}
		var n int
		if s.n == 0 && len(b) >= bodyBuffer/4 {
			n = min(len(b), bodyBuffer)
			s.write(b[:n])
		} else {
			s.need()
			n = copy(s.buf[s.n:], b)
			if s.n += n; s.n == len(s.buf) {
				s.flush() //nolint:errcheck // kept in err
			}
		}
		written, b = written+n, b[n:]
	}
	return written, s.err
}

func (s *sender) need() {
	if s.buf == nil {
		s.buf = buffers.Get().(*[bodyBuffer]byte) //nolint:forcetypeassert // nothing else is in it
	}
}

// flush sends what was collected.
func (s *sender) flush() error {
	if s.n > 0 && s.err == nil {
		s.write(s.buf[:s.n])
		s.n = 0
	}
	return s.err
}

func (s *sender) write(b []byte) {
	n, err := s.to.Write(b)
	s.moved.Add(int64(n))
	s.err = err
}

func (s *sender) free() {
	if s.buf != nil {
		buffers.Put(s.buf)
		s.buf = nil
	}
}

// receiver reads a body.
type receiver struct {
	from  io.Reader
	moved *atomic.Int64
	err   error // io.EOF at the end
}

func (r *receiver) Read(b []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	n, err := r.from.Read(b)
	r.moved.Add(int64(n))
	r.err = err
	return n, err
}

// readerAt keeps the error of a file.
type readerAt struct {
	from io.ReaderAt
	err  error
}

func (r *readerAt) ReadAt(b []byte, at int64) (int, error) {
	n, err := r.from.ReadAt(b, at)
	switch {
	case err == io.EOF && n < len(b):
		r.err = io.ErrUnexpectedEOF // it is never asked for what is behind the end
	case err != nil && err != io.EOF:
		r.err = err
	}
	return n, err
}

// counter counts the bytes of an answer.
type counter struct {
	http.ResponseWriter
	moved  *atomic.Int64
	begins func() // is called before an answer that has a part of the file in it; nil for nothing
	err    error
}

func (c *counter) WriteHeader(status int) {
	if c.begins != nil && (status == http.StatusOK || status == http.StatusPartialContent) {
		c.begins()
	}
	c.ResponseWriter.WriteHeader(status)
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.ResponseWriter.Write(b)
	c.moved.Add(int64(n))
	if err != nil {
		c.err = err
	}
	return n, err
}
