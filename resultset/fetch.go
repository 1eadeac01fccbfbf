package resultset

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"
	"time"

	"github.com/exawire/exawire/internal/ctxerr"
	"github.com/exawire/exawire/internal/errtext"
)

// fetching is the part of a feed that is needed only if there is something to fetch or to close.
type fetching struct {
	prefetch int
	formats  Formats            // of parcels that do not say otherwise
	fetch    context.Context    // of the fetches: ends with ctx, or when the rows are closed
	cancel   context.CancelFunc // nil until somebody fetches
	unwatch  func() bool        // nil until then, too
	spent    time.Duration      // of the timeout, by a call of next during which ctx ended
	size     fetchSize          // owned like pos
	workers  sync.WaitGroup

	// Under the mutex of the feed.
	ended    time.Time // when ctx ended, as far as it was noticed
	changed  sync.Cond // the worker added to ready or ended
	waiting  time.Time // since when the caller waits for the worker, zero if it does not
	decoding *parcel   // what the worker decodes, which is in ready; nil if nothing
	free     []*parcel // to be filled again
	panic    any       // of the source in the worker; it is raised for the caller
}

// emptyMessages is how many messages without rows may come in a row while rows are missing. No server is known to send any,
// but a client that took one for the end would lose rows.
const emptyMessages = 5

// provide sees to it that the next parcel is ready, if there is one. f.mu is held.
func (f *feed) provide() {
	if f.prefetch == 0 {
		if len(f.ready) == 0 && f.err == nil && f.pos < f.numRows {
			f.begin()
			f.fetchNow()
		}
		return
	}
	f.start()
	if f.late() {
		f.waiting = time.Now()
		for f.late() {
			f.changed.Wait()
		}
		f.waiting = time.Time{}
	}
}

// late reports whether the worker has yet to fetch or decode the next parcel. f.mu is held.
func (f *feed) late() bool {
	return f.working && (len(f.ready) == 0 || f.ready[0] == f.decoding)
}

// fetchNow fetches the next parcel for a caller who waits for it. f.mu is held before and after, also if the source panics.
func (f *feed) fetchNow() {
	f.mu.Unlock()
	var p *parcel
	err := errPanicked
	defer func() {
		f.mu.Lock()
		f.put(p, err)
	}()
	p = f.grab()
	err = f.fill(p)
}

// fill fetches rows into p, without decoding them.
func (f *feed) fill(p *parcel) error {
	ask := f.size.request()
	for empty := 0; ; empty++ {
		began := time.Now()
		got, err := f.src.FetchMessage(f.fetch, f.handle, f.pos, ask)
		switch {
		case err == nil:
		case err == io.EOF && f.unknown: //nolint:errorlint // the end is not wrapped, and what is wrapped is not the end
			return f.complete()
		default:
			return f.fetchError(err)
		}
		p.Message, p.start = got, f.pos
		if p.Formats == (Formats{}) {
			p.Formats = f.formats
		}
		if got.NumRows != 0 {
			return f.accept(p, ask, time.Since(began))
		}
		if err := f.dropEmpty(p, empty); err != nil {
			return err
		}
		ask = min(4*ask, f.size.max) // one row may have been too large for what was asked for
	}
}

// errComplete is what fill returns when there are no more rows. It gets no further than to put.
var errComplete = errors.New("all rows have come")

// complete notes that there are no rows but those that came.
func (f *feed) complete() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.numRows, f.unknown = f.pos, false
	return errComplete
}

// total returns the number of rows, -1 as long as it is not known.
func (f *feed) total() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.unknown {
		return -1
	}
	return f.numRows
}

// place says which row is to be fetched next.
func (f *feed) place() string {
	if f.unknown {
		return strconv.FormatInt(f.pos+1, 10)
	}
	return fmt.Sprintf("%d of %d", f.pos+1, f.numRows)
}

// begin makes the context of the fetches, before a worker could miss that close ends it. f.mu is held.
func (f *feed) begin() {
	if f.fetch != nil {
		return
	}
	f.fetch, f.cancel = context.WithCancel(f.ctx)
	f.unwatch = context.AfterFunc(f.ctx, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.ended = time.Now()
	})
}

// accept checks a parcel and goes on after it.
func (f *feed) accept(p *parcel, asked int64, elapsed time.Duration) error {
	switch missing := f.numRows - f.pos; {
	case p.NumRows < 0 || p.NumRows > missing:
		return f.fail(dataErrorf("%d rows fetched from row %s on", p.NumRows, f.place()))
	case len(p.Data) == 0:
		return f.fail(dataErrorf("%d rows fetched, but no data", p.NumRows))
	}
	f.pos += p.NumRows
	if f.pos < f.numRows {
		f.size.observe(fetchResult{
			asked: asked, bytes: int64(len(p.Data)), elapsed: elapsed, waited: p.Waited, starved: f.starved(elapsed / 4),
		})
	}
	return nil
}

// dropEmpty gives back a parcel without rows, after a number of others. It returns an error if that is enough.
func (f *feed) dropEmpty(p *parcel, others int) error {
	if err := f.decode(p); err != nil {
		return err
	}
	p.release()
	if others == emptyMessages {
		return f.fail(dataErrorf("0 rows fetched from row %s on, %d times in a row", f.place(), others+1))
	}
	if err := f.fetch.Err(); err != nil {
		return f.fetchError(err)
	}
	return nil
}

// fetchError makes sure that the error of a fetch matches that of the rows' context once that has ended.
func (f *feed) fetchError(err error) error {
	if !f.untilEOF {
		err = errtext.Errorf("fetch rows from %d on: %w", f.pos+1, err)
	}
	if ended := contextError(f.ctx); ended != nil {
		return &endedError{ended, err}
	}
	return err
}

// endedError is the error of a source whose context has ended. It matches the context's error and cause even if the
// source's error does not. Its text is the source's, which knows more.
type endedError struct{ ended, err error }

func (e *endedError) Error() string   { return e.err.Error() }
func (e *endedError) Unwrap() []error { return []error{e.ended, e.err} }

// contextError returns nil as long as ctx goes on, then an error that matches both its error and its cause.
func contextError(ctx context.Context) error {
	if ctx.Err() == nil {
		return nil
	}
	return errtext.Errorf("read rows: %w", ctxerr.Of(ctx))
}
