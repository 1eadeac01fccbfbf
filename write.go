package exawire

import (
	"context"
	"errors"
	"iter"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/ctxerr"
	"github.com/exawire/exawire/internal/errtext"
	"github.com/exawire/exawire/internal/wire"
)

// chunkWriter runs a statement for many rows, a chunk of them at a time: one message, one statement.
type chunkWriter struct {
	st        *Stmt
	chunk     *chunk
	mostRows  int // of a chunk, 0 if there is no bound
	mostBytes int64
	rows      int64 // all rows, 0 if they come one by one
	first     int64 // number of the first row that was not sent
	rowCount  int64 // changed by what was sent
	tx        *Tx   // of the option Atomic, once a second statement is needed
	failure   *WriteError
	own       bool // the statement was prepared for these rows, and is closed behind them
	patience
}

// newChunkWriter checks options, columns and types. Nothing is sent. names are those of the columns that the parameters
// go into, nil if they are not known.
func (st *Stmt) newChunkWriter(cols []ParamColumn, names []string, stream bool) (*chunkWriter, error) {
	if st.options.atomic {
		if err := st.s.ledger.mayBegin(); err != nil {
			return nil, failed(wire.Nothing, err)
		}
	}
	chunk, err := newChunk(st.desc.Params, cols, names, st.formats())
	if err != nil {
		return nil, failed(wire.Nothing, err)
	}
	w := &chunkWriter{st: st, chunk: chunk}
	if !stream {
		w.rows = int64(chunk.rows())
	}
	header := headerSize(st.desc.Handle, st.desc.Params)
	w.mostRows, w.mostBytes = st.options.limits(header, st.s.Info().MaxDataMessageSize, stream)
	return w, nil
}

// run sends what feed writes, and ends the transaction if there is one. It returns the number of rows changed.
func (w *chunkWriter) run(ctx context.Context, feed func() error) (rowCount int64, err error) {
	defer w.chunk.data.Free()
	if ctx == nil {
		return 0, failed(wire.Nothing, errNoContext)
	}
	defer func() {
		if w.tx != nil {
			_ = w.tx.Rollback(ctx) // does nothing, unless feed panicked
		}
	}()
	err = feed()
	if err == nil && w.chunk.data.Filled() > 0 {
		err = w.send(ctx, false)
	}
	rowCount, undo := w.rowCount, false
	if w.tx != nil {
		rowCount, undo, err = w.end(ctx, err)
	}
	ctx, cancel := w.st.s.farewell(ctx, w.now())
	defer cancel()
	if undo {
		err = w.undo(ctx, err)
	}
	if w.own {
		_ = w.st.closeWithin(ctx) // the next command closes it, or the end of the session
	}
	return rowCount, err
}

// end commits the transaction unless there is an error. If undo is true, it is still to be rolled back.
func (w *chunkWriter) end(ctx context.Context, err error) (rowCount int64, undo bool, _ error) {
	if err != nil {
		return 0, true, err
	}
	committed, out := w.tx.commit(ctx)
	w.note(&out)
	if committed {
		return w.rowCount, false, out.err()
	}
	w.failure = &WriteError{Last: w.first, Rows: w.rows, Err: out.err()}
	if w.st.s.ledger.isDone(w.tx.transaction) {
		return 0, false, failed(wire.Whole, w.failure) // the session broke, nobody knows at which side of the COMMIT
	}
	return 0, true, w.failure
}

// undo rolls back because of err. ctx is one for tidying up.
func (w *chunkWriter) undo(ctx context.Context, err error) error {
	_, out := w.tx.rollbackWithin(ctx)
	if w.failure != nil {
		// A session that is closed takes its transaction with it.
		w.failure.RolledBack = out.ok() || w.st.s.Err() != nil
	}
	if !out.ok() {
		err = errtext.Join(err, out.err())
	}
	return failed(wire.Whole, err)
}

// write takes rows [0, n) of the columns and sends each chunk that is full. more says that other rows may follow.
func (w *chunkWriter) write(ctx context.Context, n int, more bool) error {
	base := w.next()
	for row := 0; row < n; {
		if err := w.follow(); err != nil {
			return err
		}
		taken, err := w.chunk.take(row, n, w.mostRows, w.mostBytes)
		if err != nil {
			last := w.next() + 1
			if bad := rowOf(err, base); bad >= 0 {
				last = bad + 1
			}
			return w.failed(last, unsent(err))
		}
		row += taken
		if row < n || w.chunk.data.Filled() == w.mostRows {
			if err := w.send(ctx, more || row < n); err != nil {
				return err
			}
		}
	}
	return nil
}

// next returns the number of the row that comes after those that were taken.
func (w *chunkWriter) next() int64 { return w.first + int64(w.chunk.data.Filled()) }

// follow writes the chunk that begins in the session's formats of this moment: any statement may have changed them.
func (w *chunkWriter) follow() error {
	if w.chunk.data.Filled() > 0 {
		return nil
	}
	formats := w.st.formats()
	if formats == w.chunk.formats {
		return nil
	}
	if err := w.chunk.bind(formats); err != nil {
		return w.failed(w.first+1, unsent(err))
	}
	return nil
}

// send runs the statement for the rows that were taken. more says that other rows may follow.
func (w *chunkWriter) send(ctx context.Context, more bool) error {
	last := w.next()
	if more && w.st.options.atomic && w.tx == nil {
		tx := newTx(w.st.s)
		out := tx.begin(ctx)
		if w.note(&out); !out.ok() {
			return w.failed(last, out)
		}
		w.tx = tx
	}
	c := newCall(w.chunk.command(w.st.desc.Handle), nil)
	c.sql, c.intent.formats = w.st.sql, &w.chunk.formats
	c.intent.need(w.st.prepared)
	c.intent.need(w.st.of)
	if w.tx != nil {
		c.intent.need(w.tx)
	}
	result, out := w.st.s.one(ctx, c, nil)
	if w.note(&out); !out.ok() {
		return w.failed(last, out)
	}
	w.first = last
	w.rowCount += result.RowCount()
	w.chunk.data.Reset()
	return failed(out.Sent, result.Close())
}

// failed returns the error for the rows up to last that were not written.
func (w *chunkWriter) failed(last int64, out outcome) error {
	w.failure = &WriteError{
		First: w.first, Last: last, Rows: w.rows, RowCount: w.rowCount, Err: out.err(),
		Autocommit: w.tx == nil && w.st.s.Attributes().Autocommit,
	}
	return w.failure
}

// ExecColumns runs the statement once for each row of cols, which has one column for each parameter, all of the same
// length, and returns the number of rows that it changed. Columns are sent as they are, without being turned into rows.
//
// What does not fit into one message is split into several, and so into several statements: with autocommit on, each of them
// commits by itself. If one of them fails, the error is a [*WriteError] that says what was done before. The option [Atomic],
// see [Stmt.With], writes all rows or none, and so does a transaction of the caller's. If there are no rows, nothing is
// sent, and that is not an error.
func (st *Stmt) ExecColumns(ctx context.Context, cols ...ParamColumn) (rowCount int64, err error) {
	st = st.opened()
	w, err := st.newChunkWriter(cols, nil, false)
	if err != nil {
		return 0, err
	}
	if len(cols) == 0 {
		return st.Exec(ctx)
	}
	return w.run(ctx, func() error {
		n := w.chunk.rows()
		if st.columns != nil && n > 1 {
			return failed(wire.Nothing, errReturnsRows)
		}
		return w.write(ctx, n, false)
	})
}

// ExecRows runs the statement once for each row, which has one argument for each parameter, and returns the number of
// rows that it changed. The rows are streamed: some thousands are encoded, sent as ExecColumns does, and so on until
// the sequence ends, so memory stays bounded however long it is. A row may be used again by the sequence after it was
// taken; what its values refer to, as []byte and pointers do, must not change before 128 more rows were taken. The
// sequence may use the session itself.
//
// A row that comes with an error ends the sequence: the error is then a *WriteError that wraps it. The rows that were not
// sent by then are dropped. Those that were sent are undone by the option Atomic; without it they stay, as after any other
// failure. [WithoutErrors] makes such a sequence of one that cannot fail:
//
//	n, err := stmt.ExecRows(ctx, exawire.WithoutErrors(slices.Values(rows)))
//
// Splitting and errors are as for ExecColumns, and ChunkRows and ChunkBytes say how much is sent at a time. When ctx
// ends, the error is a *WriteError that matches the context's. Insert does the same for structs, without an interface for
// each value.
func (st *Stmt) ExecRows(ctx context.Context, rows iter.Seq2[[]any, error]) (rowCount int64, err error) {
	if rows == nil {
		return 0, failed(wire.Nothing, errNoRows)
	}
	if st = st.opened(); len(st.desc.Params) == 0 {
		return 0, failed(wire.Nothing, errors.New("exawire: a statement without parameters takes no rows: use Exec"))
	}
	if st.columns != nil {
		return 0, failed(wire.Nothing, errReturnsRows)
	}
	buffer := commands.NewRowBuffer(st.desc.Params)
	w, err := st.newStreamWriter(buffer, maxBufferRows, nil)
	if err != nil {
		return 0, err
	}
	return w.run(ctx, func() error {
		for row, err := range rows {
			if err != nil {
				return w.stopped(stoppedBySource, err)
			}
			if err := w.ended(ctx); err != nil {
				return err
			}
			if err := buffer.Append(row); err != nil {
				n := w.number()
				return w.failed(n+1, unsent(errtext.Errorf("row %d: %w", n+1, err)))
			}
			if err := w.added(ctx); err != nil {
				return err
			}
		}
		return w.finish(ctx)
	})
}

// WithoutErrors turns a sequence without errors into one whose errors are all nil, as [Stmt.ExecRows] and [InsertEach] take
// it. It is no option. A source that can fail, such as a file, must hand its error on with the sequence: rows that just end
// early would be committed.
func WithoutErrors[T any](rows iter.Seq[T]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		if rows == nil {
			yield(*new(T), errNoRows)
			return
		}
		for v := range rows {
			if !yield(v, nil) {
				return
			}
		}
	}
}

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

// finish empties the buffer when the source has ended. A source may have ended for no other reason than that ctx did.
func (w *streamWriter) finish(ctx context.Context) error {
	if err := w.ended(ctx); err != nil {
		return err
	}
	return w.drain(ctx, false)
}

// ended returns an error if the caller has given up.
func (w *streamWriter) ended(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return w.stopped(stoppedByContext, errtext.Errorf("%w", ctxerr.Of(ctx)))
	default:
		return nil
	}
}

// stopped returns the error for rows that are not sent although nothing is wrong with them.
func (w *streamWriter) stopped(by string, err error) error {
	stopped := w.failed(w.number(), unsent(err))
	w.failure.Stopped = by
	return stopped
}

// number returns the number of the row that comes after those in the buffer.
func (w *streamWriter) number() int64 { return w.next() + int64(w.buffer.Len()) }
