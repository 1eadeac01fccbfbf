package exawire

import (
	"context"
	"fmt"

	"github.com/exawire/exawire/internal/ctxerr"
)

// rowBuffer collects rows until they are encoded: a commands.RowBuffer or StructBuffer.
type rowBuffer interface {
	Len() int
	Bytes() int
	Reset()
	Columns() []ParamColumn
}

// maxBufferRows is how many rows are collected before they are encoded, and maxBufferBytes how many bytes of text in them.
// Encoding column by column is what makes it fast, and this many are enough for that.
const (
	maxBufferRows  = 128
	maxBufferBytes = 256 << 10
)

// streamWriter writes rows that come one by one. Rows wait in buffer for a short while only: what they become on the wire
// is smaller, and its size is known.
type streamWriter struct {
	*chunkWriter
	buffer   rowBuffer
	capacity int // rows of buffer
}

// newStreamWriter is newChunkWriter for rows that come one by one.
func (st *Stmt) newStreamWriter(buffer rowBuffer, capacity int, names []string) (*streamWriter, error) {
	w, err := st.newChunkWriter(buffer.Columns(), names, true)
	if err != nil {
		return nil, err
	}
	return &streamWriter{w, buffer, capacity}, nil
}

// added must be called after each row that was put into the buffer.
func (w *streamWriter) added(ctx context.Context) error {
	n := w.buffer.Len()
	if n < w.capacity && w.chunk.data.Filled()+n < w.mostRows && w.buffer.Bytes() < maxBufferBytes {
		return nil
	}
	return w.drain(ctx, true)
}

// drain empties the buffer.
func (w *streamWriter) drain(ctx context.Context, more bool) error {
	defer w.buffer.Reset()
	return w.write(ctx, w.buffer.Len(), more)
}

// ended returns an error if the caller has given up.
func (w *streamWriter) ended(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return w.stopped(fmt.Errorf("exawire: %w", ctxerr.Of(ctx)))
	default:
		return nil
	}
}

// stopped returns the error for rows that are not sent although nothing is wrong with them.
func (w *streamWriter) stopped(err error) error { return w.failed(w.number(), unsent(err)) }

// number returns the number of the row that comes after those in the buffer.
func (w *streamWriter) number() int64 { return w.next() + int64(w.buffer.Len()) }
