package bulk

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"
)

// bufferSize is how much is read and written at a time.
const bufferSize = 256 << 10

// maxIdle is how often a reader may return nothing before that is an error.
const maxIdle = 100

// buffers are those that are not in use. One that a Read or a Write has never come back from is not put back.
var buffers = sync.Pool{New: func() any { return new([bufferSize]byte) }}

var (
	errReadCount  = errors.New("the reader has returned a number of bytes that cannot be")
	errWriteCount = errors.New("the writer has returned a number of bytes that cannot be")
)

// pump copies to the end of from. The first error is of the reader, the second of the writer. What was read together with
// an error is written.
func pump(to io.Writer, from io.Reader) (readErr, writeErr error) {
	buffer := buffers.Get().(*[bufferSize]byte) //nolint:forcetypeassert // the pool has nothing else
	readErr, writeErr = pumpBy(buffer[:], to, from)
	buffers.Put(buffer) // not after a panic
	return readErr, writeErr
}

func pumpBy(buffer []byte, to io.Writer, from io.Reader) (readErr, writeErr error) {
	for idle := 0; idle < maxIdle; {
		n, err := from.Read(buffer)
		if n < 0 || n > len(buffer) {
			return errReadCount, nil
		}
		idle++
		if n > 0 {
			idle = 0
			if writeErr = write(to, buffer[:n]); writeErr != nil {
				return nil, writeErr
			}
		}
		switch err {
		case nil:
		case io.EOF:
			return nil, nil
		default:
			return err, nil
		}
	}
	return io.ErrNoProgress, nil
}

func write(to io.Writer, b []byte) error {
	n, err := to.Write(b)
	switch {
	case n < 0 || n > len(b):
		return errWriteCount
	case err == nil && n < len(b):
		return io.ErrShortWrite
	}
	return err
}

// guard ends a Read or a Write that is under way when a context ends: stop does so, in a goroutine of its own. What guard
// returns waits for that goroutine, and must be called.
func guard(ctx context.Context, stop func()) (release func()) {
	done := make(chan struct{})
	unneeded := context.AfterFunc(ctx, func() {
		defer close(done)
		stop()
	})
	return func() {
		if !unneeded() {
			<-done
		}
	}
}

// closeOnce closes the first time it is called, and returns the error of that every time.
func closeOnce(c io.Closer) func() error { return sync.OnceValue(c.Close) }

// past is a deadline that ends what is under way.
var past = time.Unix(1, 0)
