package resultset

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/errtext"
)

// feed delivers the rows of one result set as batches, in order: those of the header first, then those it fetches. With
// prefetch a worker goroutine fetches the next parcels while the caller works on the current one, and then decodes them. A
// caller who comes earlier gets a parcel undecoded and decodes it itself while the worker goes on fetching. Transfer and
// inflating thus overlap with decoding even if the caller does next to nothing.
//
// A worker lives only as long as there is something to fetch and room to put it; there is never more than one, and close
// ends it.
type feed struct {
	src      Source
	cols     []commands.ColumnInfo
	handle   int
	numRows  int64         // math.MaxInt64 as long as the number is not known
	unknown  bool          // the source has not said yet that it has no more rows; changes under mu
	untilEOF bool          // unknown at first
	timeout  time.Duration // of close
	onClose  func(context.Context) error

	ctx     context.Context // given to Open
	first   parcel          // the rows of the header
	current *parcel         // whose batch the caller has, nil if none
	pos     int64           // next row to fetch; owned by whoever fetches: the worker while there is one, else the caller

	mu      sync.Mutex
	working bool
	stopped bool
	failed  bool       // Source.Fail was called
	closed  bool       // the handle was closed, or there is none
	ready   []*parcel  // fetched, in order
	room    [1]*parcel // what ready needs if nothing is fetched
	err     error      // why no more is fetched; it comes after ready
	closing error      // what closing the handle came to

	*fetching // nil without a handle: all rows came with the header
}

// parcel is a message with rows and the batch decoded from it. Parcels are used again and again, so that their columns
// need not be allocated anew. The Batch itself is a new one each time, so that a caller who keeps one gets an error and
// not other rows.
type parcel struct {
	Message
	start   int64
	batch   *Batch // own, or one that took over its memory
	own     Batch
	decoder Decoder // has no formats before the first message
	decoded bool
	err     error // why a worker could not decode it; changes under mu
}

// release gives the message back, after which the batch is dead.
func (p *parcel) release() {
	if p.Release != nil {
		p.Release()
	}
	p.Message, p.decoded = Message{}, false
}

func (f *feed) open(ctx context.Context, src Source, rs *commands.ResultSet, o Options) {
	f.src, f.cols, f.handle, f.numRows = src, rs.Columns, rs.Handle, rs.NumRows
	f.timeout, f.onClose = o.CloseTimeout, o.OnClose
	f.ctx, f.pos = ctx, rs.NumRowsInMessage
	if o.UntilEOF {
		f.untilEOF, f.unknown, f.numRows = true, true, math.MaxInt64
	}
	f.closed = rs.Handle < 0
	switch {
	case rs.Handle < 0 && !o.UntilEOF:
	case src == nil:
		f.closed, f.err = true, errNoSource
	default:
		f.fetching = &fetching{prefetch: o.Prefetch, formats: o.Formats, size: newFetchSize(o.FetchBytes, o.RoundTrip)}
		f.changed.L = &f.mu
	}
	first := &f.first
	first.Message = Message{NumRows: rs.NumRowsInMessage, Data: rs.Data, Release: o.Release, Formats: o.Formats}
	err := checkHeader(rs, o.UntilEOF)
	if err == nil && rs.NumRowsInMessage == 0 && len(rs.Data) > 0 {
		// Nothing to deliver, but empty columns may be spelled out.
		err = f.decodeData(first)
	}
	if err != nil {
		f.fail(err)
	}
	if err != nil || rs.NumRowsInMessage == 0 {
		first.release()
		return
	}
	f.ready = append(f.room[:0], first)
}

// checkHeader checks the counts of a header against each other and against what came with it.
func checkHeader(rs *commands.ResultSet, untilEOF bool) error {
	switch {
	case untilEOF && rs.NumRows != -1:
		return dataErrorf("%d rows announced, but the source is to say when they end", rs.NumRows)
	case untilEOF && len(rs.Columns) == 0:
		return dataErrorf("rows without columns")
	case !untilEOF && rs.NumRows < 0 || rs.NumRowsInMessage < 0:
		return dataErrorf("%d rows, of which %d in the message", rs.NumRows, rs.NumRowsInMessage)
	case !untilEOF && rs.NumRowsInMessage > rs.NumRows:
		return dataErrorf("%d rows in the message, but only %d in all", rs.NumRowsInMessage, rs.NumRows)
	case rs.NumRows > 0 && len(rs.Columns) == 0:
		return dataErrorf("%d rows without columns", rs.NumRows)
	case rs.NumRowsInMessage > 0 && len(rs.Data) == 0:
		return dataErrorf("%d rows in the message, but no data", rs.NumRowsInMessage)
	case rs.NumRowsInMessage < rs.NumRows && rs.Handle < 0:
		return dataErrorf("%d of %d rows in the message, but no handle to fetch the others by", rs.NumRowsInMessage, rs.NumRows)
	}
	return nil
}

func dataErrorf(format string, args ...any) error {
	return &DataError{Column: -1, Row: -1, Reason: fmt.Sprintf(format, args...)}
}

// next returns the next batch; the one before it is dead then. It returns nil after the last.
func (f *feed) next() (*Batch, error) {
	if f.ctx == nil {
		return nil, errNotOpened
	}
	if f.fetching != nil {
		defer f.spend(time.Now())
	}
	f.recycle()
	if err := contextError(f.ctx); err != nil {
		return nil, err
	}
	p, err := f.take()
	if p == nil || err != nil {
		return nil, err
	}
	f.current = p
	if !p.decoded {
		if err := f.decode(p); err != nil {
			f.recycle()
			return nil, err
		}
	}
	if f.fetching != nil && f.prefetch == 0 && f.pos == f.numRows {
		f.closeHandleInTime()
	}
	return p.batch, nil
}

// spend notes how long a call of next, which began at the given time, has gone on after the end of ctx. Closing the
// rows may then take that much less, so that a caller who waits for both is not kept longer than CloseTimeout.
func (f *feed) spend(began time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.ended.IsZero():
	case began.Before(f.ended):
		f.spent = max(f.spent, time.Since(f.ended))
	default:
		f.spent = max(f.spent, time.Since(began))
	}
}

func (f *feed) recycle() {
	if f.current == nil {
		return
	}
	f.current.release()
	if f.fetching == nil { // nobody fills it again
		*f.current.batch = Batch{over: true}
	} else {
		f.current.batch = f.current.batch.retire()
		f.mu.Lock()
		f.free = append(f.free, f.current)
		f.mu.Unlock()
	}
	f.current = nil
}

// take returns the next parcel, nil after the last.
func (f *feed) take() (*parcel, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fetching != nil {
		f.provide()
	}
	if len(f.ready) > 0 && f.ready[0].err == nil {
		p := f.ready[0]
		copy(f.ready, f.ready[1:])
		f.ready = f.ready[:len(f.ready)-1]
		f.start()
		return p, nil
	}
	f.raise()
	switch {
	case len(f.ready) > 0:
		return nil, f.ready[0].err
	case f.err != nil:
		return nil, f.err
	case f.pos < f.numRows:
		// The worker gave up without a word, because the context ended between two fetches.
		if err := contextError(f.ctx); err != nil {
			return nil, err
		}
		return nil, errEndedEarly
	}
	return nil, nil
}

// decode decodes a parcel and tells the source if it cannot be.
func (f *feed) decode(p *parcel) error {
	if err := f.decodeData(p); err != nil {
		return f.fail(err)
	}
	return nil
}

func (f *feed) decodeData(p *parcel) error {
	if p.decoder.formats == nil {
		p.decoder.formats = newColumnFormats(f.cols, p.Formats)
	} else {
		p.decoder.SetFormats(p.Formats)
	}
	if p.batch == nil {
		p.batch = &p.own
	}
	consumed, err := p.decoder.decode(p.batch, p.Data, p.Texts, p.start, p.NumRows)
	if err != nil {
		return err
	}
	if p.Finish != nil {
		if err := p.Finish(consumed); err != nil {
			return err
		}
	}
	p.decoded = true
	return nil
}

// fail ends the feed: the server broke the protocol.
func (f *feed) fail(err error) error {
	f.mu.Lock()
	f.failed, f.closed = true, true
	f.mu.Unlock()
	// The worker and the caller can both find something broken. Each tells the source, so that whichever error the user
	// gets to see is the source's.
	if f.src != nil {
		err = f.src.Fail(err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err == nil {
		f.err = err
	}
	return err
}

// closeHandleInTime is closeHandle before close was called.
func (f *feed) closeHandleInTime() {
	ctx, cancel := f.outlive()
	defer cancel()
	f.closeHandle(ctx)
}

// outlive returns a context that goes on when that of the rows has ended, for as long as closing may take.
func (f *feed) outlive() (context.Context, context.CancelFunc) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return context.WithTimeout(context.WithoutCancel(f.ctx), f.left())
}

// left returns how long closing may take. f.mu is held.
func (f *feed) left() time.Duration {
	if f.fetching == nil {
		return f.timeout
	}
	return f.timeout - f.spent
}

// closeHandle closes the handle if that has not been done.
func (f *feed) closeHandle(ctx context.Context) {
	f.mu.Lock()
	closed := f.closed
	f.closed = true
	f.mu.Unlock()
	if closed {
		return
	}
	if err := f.src.CloseHandle(ctx, f.handle); err != nil {
		f.mu.Lock()
		f.closing = errtext.Errorf("close result set: %w", err)
		f.mu.Unlock()
	}
}

// close ends the worker and gives everything back. It is called once, by the caller. Everything that it waits for
// shares one deadline; the worker's waiting began earlier, and so it ends earlier.
func (f *feed) close() (err error) {
	defer func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.raise()
	}()
	deadline := f.stop()
	f.recycle()
	for _, p := range f.ready {
		p.release()
	}
	f.ready, f.first.batch, f.first.own = nil, nil, Batch{over: true} // who keeps the Rows need not keep what they held
	if f.fetching != nil {
		f.free = nil
	}
	if f.closed && f.onClose == nil {
		return f.closing
	}
	ctx, cancel := context.WithDeadline(context.WithoutCancel(f.ctx), deadline)
	defer cancel()
	if f.onClose != nil {
		defer func() { err = errors.Join(err, f.onClose(ctx)) }() // also if the source panics
	}
	f.closeHandle(ctx)
	return f.closing
}

// stop ends the worker. It returns the time by which close has to be over, if close has anything to do that takes time.
func (f *feed) stop() (deadline time.Time) {
	f.mu.Lock()
	if !f.closed || f.onClose != nil {
		deadline = time.Now().Add(f.left())
	}
	f.stopped = true
	if f.fetching == nil {
		f.mu.Unlock()
		return deadline
	}
	if f.cancel != nil {
		f.cancel()
		f.unwatch()
	}
	f.mu.Unlock()
	f.workers.Wait()
	return deadline
}
