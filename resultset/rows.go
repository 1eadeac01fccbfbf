package resultset

import (
	"iter"

	"github.com/exawire/exawire/commands"
)

// Rows are the rows of one result set, which can be read once, from the first to the last. There are three ways to read
// them:
//
//   - [Rows.Batches]: column by column, by far the fastest
//   - [Rows.All], [Each], [Collect] and [One]: row by row, as values of a Go type
//   - [Rows.Next] with [Rows.Scan], [Rows.Values] or [Rows.Batch]: the classic cursor, for adapters
//
// The first two always close the rows, however the loop ends. A cursor is closed by the [Rows.Next] that returns false;
// if you stop earlier, call [Rows.Close].
//
// Rows are for one goroutine at a time, Close included. To stop them from another goroutine, end the context that they
// were opened with. While the caller works on some rows, a goroutine of the Rows fetches the next ones; it never
// outlives [Rows.Close]. Several Rows of one session may be open at the same time.
type Rows struct {
	feed     feed
	done     <-chan struct{} // of the context given to Open
	rowCount int64

	batch *Batch     // nil before the first and after the last
	row   int        // of the cursor, within batch
	cells *scanCells // of Scan
	boxes *rowBoxes  // of Values and DriverValues
	turn  int        // counts the batches
	typed any        // the into of the function Scan

	used      bool // by an iterator
	looping   bool // an iterator is running
	closed    bool
	cursorRun bool // Next was called
	atClose   []func()
	err       error // that ended the rows
	closeErr  error
}

// Columns returns the descriptions of the columns, even if there are no rows. Names need not be unique. The slice is
// shared and must not be changed.
func (r *Rows) Columns() []commands.ColumnInfo { return r.orNone().feed.cols }

// NumRows returns the number of rows of the whole result set, as the server announced it. It is known before the first
// row is read, unless the rows come by an EXPORT or another source with Options.UntilEOF: then it is -1 until the last has
// come. It is not the number of rows that a statement changed, which is [Rows.RowCount].
func (r *Rows) NumRows() int64 { return r.orNone().feed.total() }

// RowCount returns the number of rows that the statement changed, if it has no result set: [Rows.Columns] is empty then,
// and there are no rows to read. It is 0 for a statement that returns rows.
func (r *Rows) RowCount() int64 { return r.orNone().rowCount }

// Handle returns the handle of the result set on the server, or [commands.NoHandle] if all rows came with the answer.
// It is for reading the rows on subconnections; the Rows close it.
func (r *Rows) Handle() int { return r.orNone().feed.handle }

// Batches returns an iterator over the rows, one message at a time. A batch, and everything taken from it, is valid
// until the end of the loop turn; [Batch.Clone] keeps a batch. No batch is empty.
//
// An error is yielded as the last pair, with a nil batch. Leaving the loop closes the rows. The iterator can be used
// once; a second loop yields [ErrUsed].
func (r *Rows) Batches() iter.Seq2[*Batch, error] {
	return func(yield func(*Batch, error) bool) {
		if err := r.claim(); err != nil {
			yield(nil, err)
			return
		}
		defer r.finish()
		for r.advance() {
			if !yield(r.batch, nil) {
				return
			}
		}
		if r.err != nil {
			yield(nil, r.err)
		}
	}
}

// All returns an iterator over the rows. A [Row] is valid until the end of the loop turn. For values of a known type,
// [Each] is easier and faster.
//
// An error is yielded as the last pair, with a zero Row. Leaving the loop closes the rows. The iterator can be used once;
// a second loop yields [ErrUsed].
func (r *Rows) All() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		if err := r.claim(); err != nil {
			yield(Row{}, err)
			return
		}
		defer r.finish()
		for r.advance() {
			for i := range r.batch.Len() {
				if i > 0 && r.ended() {
					break
				}
				if !yield(Row{r, i, r.turn}, nil) || r.closed {
					return
				}
			}
		}
		if r.err != nil {
			yield(Row{}, r.err)
		}
	}
}

// Next moves on to the next row, which [Rows.Scan] and [Rows.Values] then read. After the last row or an error, it
// closes the rows and returns false; [Rows.Err] tells the two apart.
func (r *Rows) Next() bool {
	if r == nil {
		return false
	}
	if r.used {
		if r.err == nil {
			r.err = ErrUsed
		}
		return false
	}
	if r.closed {
		return false
	}
	r.cursorRun = true
	if r.batch != nil && r.row+1 < r.batch.Len() && !r.ended() {
		r.row++
		return true
	}
	if r.advance() {
		r.row = 0
		return true
	}
	r.finish()
	return false
}

// Scan copies the values of the current row into the variables that dest points to, one per column; see the package
// documentation for what goes into what. The values may be kept; what variables of type any and pointers get shares memory
// as with [Each]. An error is a [*ScanError] and leaves the rows as they are.
func (r *Rows) Scan(dest ...any) error {
	if r == nil || r.batch == nil || !r.cursorRun {
		return errNoRow
	}
	return r.scan(r.row, dest)
}

// Values returns the values of the current row in their natural Go types, see [Batch.Value]. The caller may keep and change
// the slice. Slices of neighbouring rows, and their values, share allocations of up to 1 KiB, which live as long as any of
// them.
func (r *Rows) Values() ([]any, error) {
	if r == nil || r.batch == nil || !r.cursorRun {
		return nil, errNoRow
	}
	return r.values(r.row)
}

// Batch returns the batch that has the current row, and the index of the row in it, for adapters that read columns but
// deliver rows. The batch is valid until the next call of Next, and nil if there is no current row. All rows of a message
// are in one batch, so a different pointer means that the columns have to be taken again.
func (r *Rows) Batch() (b *Batch, row int) {
	if r == nil || r.batch == nil || !r.cursorRun {
		return nil, 0
	}
	return r.batch, r.row
}

// Err returns the error that ended the rows. It is nil if they were read to the end, were closed early, or are still
// being read. An error of [Rows.Scan] does not end the rows.
func (r *Rows) Err() error { return r.orNone().err }

// Close ends the rows, releases their memory and closes the result set on the server if that has not been done. It
// drops a fetch that has not been sent yet, and waits for the answer to a fetch that has. All this takes at most
// Options.CloseTimeout. Close works even after the context of the rows has ended, and it may be called any number of
// times: every call returns the same error, that of closing the result set on the server. Rows that were read to the
// end without an error are complete, whatever Close returns.
func (r *Rows) Close() error {
	if r = r.orNone(); !r.closed {
		r.closed = true
		r.batch = nil
		if len(r.atClose) > 0 {
			defer r.tellClosed()
		}
		r.closeErr = r.feed.close()
	}
	return r.closeErr
}

// OnClose makes the rows call fn once when they are closed, however that comes about: because they were read to the end, by
// an early end of a loop, or by [Rows.Close]. By then the result set is closed on the server, unless the error of Close
// says otherwise or closing it was left to the next command of the session. Several functions are called in the order in
// which they were given, on the goroutine that closes the rows. If the rows are already closed, or nobody has opened them,
// fn is called at once. A panic of fn goes on after the others were called. A nil fn is ignored.
func (r *Rows) OnClose(fn func()) {
	if fn == nil {
		return
	}
	if r = r.orNone(); r.closed {
		fn()
		return
	}
	r.atClose = append(r.atClose, fn)
}

// tellClosed calls the functions of OnClose.
func (r *Rows) tellClosed() {
	if len(r.atClose) == 0 {
		return
	}
	fn := r.atClose[0]
	r.atClose = r.atClose[1:]
	defer r.tellClosed() // the others, even if this one panics
	fn()
}

// orNone returns r, or closed rows if nobody has opened r: if it is nil or the zero value.
func (r *Rows) orNone() *Rows {
	if r == nil || r.feed.ctx == nil {
		return &Rows{closed: true, err: errNotOpened, feed: feed{handle: commands.NoHandle}}
	}
	return r
}

// claim makes the caller the one iterator that may read the rows.
func (r *Rows) claim() error {
	switch {
	case r == nil, r.feed.ctx == nil:
		return errNotOpened
	case r.looping:
		return ErrUsed
	case r.used, r.closed, r.cursorRun:
		r.finish()
		return ErrUsed
	}
	r.used, r.looping = true, true
	return nil
}

// finish closes the rows for an iterator or a cursor. Close returns the result of that.
func (r *Rows) finish() {
	r.looping = false
	_ = r.Close()
}

// advance goes on to the next batch. It returns false after the last, an error or Close.
func (r *Rows) advance() bool {
	if r.closed || r.err != nil {
		return false
	}
	r.batch, r.err = r.feed.next()
	if r.err != nil || r.batch == nil {
		r.batch = nil
		return false
	}
	r.turn++
	return true
}

// ended reports whether the context of the rows has ended, and makes that the error of the rows. It is asked before
// every row; a context that cannot end costs nothing.
func (r *Rows) ended() bool { return r.done != nil && r.contextEnded() }

func (r *Rows) contextEnded() bool {
	select {
	case <-r.done:
		r.err = contextError(r.feed.ctx)
		return true
	default:
		return false
	}
}
