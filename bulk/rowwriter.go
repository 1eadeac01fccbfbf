package bulk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/bufpool"
	"github.com/exawire/exawire/internal/csvtext"
	"github.com/exawire/exawire/internal/ctxerr"
	"github.com/exawire/exawire/internal/errtext"
)

// blockSize is how many bytes go to a tunnel at a time, about.
const blockSize = 256 << 10

const stepRead = "read"

// errOver is why a sequence is stopped when the transfer is over.
var errOver = errors.New("the transfer is over")

// block is some rows as CSV.
type block struct {
	text []byte
	rows int64
}

// rowWriter encodes rows and hands them to the tunnels. Its methods are for the goroutine of the caller.
type rowWriter struct {
	*preparedRows
	ctx      context.Context
	encoders []*commands.ParamEncoder
	values   [][]byte // JSON of each column
	ends     [][]int  // of the values in it
	csv      *csvtext.Encoder
	block    block // rows that wait until it is full
	rows     int64 // that were encoded
	stopped  atomic.Bool

	blocks chan block  // to the tunnels; closed after the last
	failed chan error  // for one of the tunnels: why there are no more rows
	asked  atomic.Bool // by a tunnel
	cancel context.CancelFunc
	over   chan struct{} // closed when the transfer is over; nil as long as there is none
	result Result
	err    error
	broken bool // the transfer has panicked with a value, or nil if its goroutine was ended
	panic  any
}

// newWriter binds the columns of a buffer of rows.
func (p *preparedRows) newWriter(ctx context.Context, columns []commands.ParamColumn) (*rowWriter, error) {
	w := &rowWriter{
		preparedRows: p, ctx: ctx, values: make([][]byte, len(columns)), ends: make([][]int, len(columns)),
		csv:    csvtext.NewEncoder(kindsOf(p.columns), separatorOf(p.session.Attributes())),
		blocks: make(chan block, p.options.tunnels()), failed: make(chan error, 1),
	}
	for i, col := range columns {
		e, err := commands.NewParamEncoder(col, i, p.columns[i], p.paramFormats(p.columns[i].DataType))
		if err != nil {
			return nil, w.refusedValue(err)
		}
		w.encoders = append(w.encoders, e)
	}
	return w, nil
}

// refusedValue completes the error of an encoder.
func (w *rowWriter) refusedValue(err error) error {
	if param, ok := err.(*exawire.ParamError); ok { //nolint:errorlint // the encoder's own, not one that a value has made
		param.Columns = len(w.columns)
		if param.Row >= 0 {
			param.Row += w.rows
		}
	}
	return err
}

// write encodes the first n rows of the buffer.
func (w *rowWriter) write(n int) error {
	if n == 0 {
		return nil
	}
	for i, e := range w.encoders {
		var err error
		w.ends[i] = slices.Grow(w.ends[i][:0], n)[:n]
		if w.values[i], err = e.AppendEnds(w.values[i][:0], w.ends[i], 0, n); err != nil {
			return w.refusedValue(err)
		}
	}
	if w.block.text == nil {
		w.block.text = bufpool.Get(blockSize + blockSize/4)
	}
	w.block.text = bufpool.Grow(w.block.text, csvtext.Most(w.values, n))
	var err error
	if w.block.text, err = w.csv.Append(w.block.text, w.values, w.ends, n); err != nil {
		return err
	}
	w.rows += int64(n)
	w.block.rows += int64(n)
	if len(w.block.text) < blockSize {
		return nil
	}
	w.start(w.options.tunnels())
	return w.hand()
}

// hand gives the block to a tunnel.
func (w *rowWriter) hand() error {
	select {
	case w.blocks <- w.block:
		w.block = block{}
		return nil
	case <-w.over:
		return errOver
	}
}

// start begins the transfer, unless it has begun.
func (w *rowWriter) start(tunnels int) {
	if w.over != nil {
		return
	}
	ctx, cancel := context.WithCancel(w.ctx)
	w.cancel, w.over = cancel, make(chan struct{})
	on, here, _ := w.options.choose("")
	t := transfer{op: opImport, session: w.session, sql: w.sql, options: w.options}
	if w.options.reject.Limit == 0 {
		t.check = func(imported int64) error { return w.checkCount(t.files, imported) }
	}
	for range tunnels {
		rows := new(atomic.Int64)
		t.files = append(t.files, file{suffix: suffix(formatCSV, on), size: -1, rows: rows.Load, send: func(ctx context.Context, to io.Writer) error {
			return w.send(ctx, to, here, rows)
		}})
	}
	go func() {
		returned := false
		defer func() {
			if !returned {
				w.broken, w.panic = true, recover()
			}
			w.stopped.Store(true)
			close(w.over)
		}()
		w.result, w.err = t.runInTransaction(ctx)
		returned = true
	}()
}

// checkCount returns an error if not all rows have been imported.
func (w *rowWriter) checkCount(files []file, imported int64) error {
	sent := int64(0)
	for _, f := range files {
		sent += f.rows()
	}
	if sent != imported {
		return fmt.Errorf("%s were sent, but the database has imported %d", errtext.Count(sent, "row"), imported)
	}
	return nil
}

// send writes the body of a file. It runs in the goroutine of a tunnel.
func (w *rowWriter) send(ctx context.Context, to io.Writer, compress bool, rows *atomic.Int64) error {
	w.asked.Store(true)
	if !compress {
		return w.sendBlocks(ctx, to, rows)
	}
	z := deflaters.Get().(*gzip.Writer) //nolint:forcetypeassert // the pool has nothing else
	z.Reset(to)
	err := w.sendBlocks(ctx, z, rows)
	if err == nil {
		err = z.Close()
	}
	z.Reset(nil)
	deflaters.Put(z)
	return err
}

func (w *rowWriter) sendBlocks(ctx context.Context, to io.Writer, rows *atomic.Int64) error {
	for {
		select {
		case b, more := <-w.blocks:
			if !more {
				return nil
			}
			if _, err := to.Write(b.text); err != nil {
				return err
			}
			rows.Add(b.rows)
			bufpool.Put(b.text)
		case err := <-w.failed:
			return &FileError{Step: stepRead, Err: err}
		case <-ctx.Done():
			return ctxerr.Of(ctx)
		}
	}
}

// run writes what feed writes, and ends the transfer. Whatever becomes of feed, nothing runs any more afterwards.
func (w *rowWriter) run(feed func() error) (Result, error) {
	if w.ctx != nil {
		defer context.AfterFunc(w.ctx, func() { w.stopped.Store(true) })()
	}
	returned := false
	defer func() {
		if !returned && w.over != nil { // feed panics, or ends its goroutine
			w.cancel()
			<-w.over
		}
	}()
	err := feed()
	returned = true
	switch {
	case err == nil && w.ctx.Err() == nil:
		err = w.finish()
	case err == nil:
		err = errOver // a sequence may end for no other reason than that ctx did
	}
	if err == errOver && w.over == nil { //nolint:errorlint // made here
		return Result{}, refused(opImport, ctxerr.Of(w.ctx))
	}
	return w.end(err)
}

// finish hands over the last block.
func (w *rowWriter) finish() error {
	if w.block.rows == 0 {
		return nil
	}
	w.start(1) // one tunnel is enough if everything fits into the first block
	return w.hand()
}

// end ends the transfer and returns what it has come to. err is why there are no more rows.
func (w *rowWriter) end(err error) (Result, error) {
	bufpool.Put(w.block.text)
	if w.over == nil {
		if err != nil {
			return Result{}, refused(opImport, &FileError{Step: stepRead, Err: err})
		}
		if w.options.progress != nil {
			w.options.progress(Progress{Done: true})
		}
		return Result{}, nil
	}
	defer w.cancel()
	late := w.isOver()
	switch over := err == errOver; { //nolint:errorlint // made here
	case err == nil:
		close(w.blocks)
	case !over:
		w.failed <- err
		if !w.asked.Load() {
			w.cancel() // the database waits for something else and would not notice
		}
	}
	<-w.over
	if w.broken {
		if w.panic != nil {
			panic(w.panic)
		}
		runtime.Goexit()
	}
	if err != nil && err != errOver { //nolint:errorlint // made here
		return Result{}, w.sourceFailed(err, late)
	}
	return w.result, w.err
}

// isOver reports whether the transfer has ended by itself.
func (w *rowWriter) isOver() bool {
	select {
	case <-w.over:
		return true
	default:
		return false
	}
}

// sourceFailed is the error of a transfer that was ended because of the source. What else failed is a consequence, unless it
// came first or has cost the session.
func (w *rowWriter) sourceFailed(err error, late bool) error {
	failed := &Error{Op: opImport, Files: []*FileError{{Step: stepRead, Err: err}}}
	if own, ok := w.err.(*Error); ok { //nolint:errorlint // of this package, not wrapped
		failed.Open, failed.sent = own.Open, own.sent
		if late || w.session.Err() != nil {
			failed.SQL = own.SQL
		}
		if late {
			failed.Files = append(failed.Files, own.Files...)
		}
	}
	return failed
}
