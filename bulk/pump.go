package bulk

import (
	"context"
	"errors"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
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
// returns waits for that goroutine, and must be called. If stop has panicked, or ended its goroutine, it does the same.
func guard(ctx context.Context, stop func()) (release func()) {
	done := make(chan struct{})
	returned, value := false, any(nil)
	unneeded := context.AfterFunc(ctx, func() {
		defer close(done)
		defer func() {
			if !returned {
				value = recover()
			}
		}()
		stop()
		returned = true
	})
	return func() {
		if unneeded() {
			return
		}
		switch <-done; {
		case returned:
		case value != nil:
			panic(value)
		default:
			runtime.Goexit()
		}
	}
}

// closeOnce closes the first time it is called, and returns the error of that every time. A call waits for the one that
// closes, by a channel, since Close may take for ever. If Close does not return, only the first call has that.
func closeOnce(c io.Closer) func() error {
	var begun atomic.Bool
	var err error
	ended := make(chan struct{})
	return func() error {
		if begun.CompareAndSwap(false, true) {
			defer close(ended)
			err = c.Close()
			return err
		}
		<-ended
		return err
	}
}

// past is a deadline that ends what is under way.
var past = time.Unix(1, 0)
