package bulk

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/internal/bufpool"
	"github.com/exawire/exawire/internal/csvtext"
	"github.com/exawire/exawire/internal/ctxerr"
	"github.com/exawire/exawire/internal/errtext"
	"github.com/exawire/exawire/resultset"
)

// rowSource is where the rows of a query come from: the tunnels of an EXPORT.
type rowSource struct {
	ctx     context.Context // the caller's
	session *exawire.Session
	options *options
	columns []exawire.ColumnInfo
	kinds   []csvtext.Kind
	point   byte
	longest int // bytes that a row can have

	messages chan resultset.Message // closed when the transfer is over
	rows     atomic.Int64           // that came
	cancel   context.CancelFunc
	err      error // of the transfer
	broken   bool  // the transfer has panicked with a value, or nil if its goroutine was ended
	panic    any
}

var _ resultset.Source = (*rowSource)(nil)

func newRowSource(s *exawire.Session, columns []exawire.ColumnInfo, o *options) *rowSource {
	return &rowSource{
		session: s, options: o, columns: columns, kinds: kindsOf(columns), point: separatorOf(s.Attributes()), longest: longestRow(columns, s.Config().MessageLimit),
		messages: make(chan resultset.Message, o.tunnels()),
	}
}

// start runs the statement in a goroutine that ends with it.
func (r *rowSource) start(ctx context.Context, sql func([]place) string) {
	r.ctx = ctx
	ctx, r.cancel = context.WithCancel(ctx)
	exec := func(ctx context.Context, sql string) (int64, error) { return r.session.Exec(ctx, sql) }
	on, here, _ := r.options.choose("")
	t := transfer{op: opExport, session: r.session, exec: exec, sql: sql, options: r.options}
	for range r.options.tunnels() {
		rows := new(atomic.Int64)
		t.files = append(t.files, file{suffix: suffix(formatCSV, on), size: -1, rows: rows.Load, receive: func(ctx context.Context, from io.Reader) error {
			return r.receive(ctx, from, here, rows)
		}})
	}
	go func() {
		defer r.cancel()
		defer close(r.messages)
		returned := false
		defer func() {
			if !returned {
				r.broken, r.panic = true, recover()
			}
		}()
		result, err := t.run(ctx)
		if came := r.rows.Load(); err == nil && result.Rows != came {
			err = &Error{Op: opExport, SQL: fmt.Errorf("%d rows came, but the database has exported %d", came, result.Rows), sent: true}
		}
		r.err = err
		returned = true
	}()
}

// FetchMessage returns the next rows that came. The end of the caller's context is told as Rows tells it itself if it is
// asked later. It ends the transfer too, perhaps before anybody is here.
func (r *rowSource) FetchMessage(ctx context.Context, _ int, _, _ int64) (resultset.Message, error) {
	select {
	case m, more := <-r.messages:
		switch {
		case more:
			return m, nil
		case r.broken:
			return resultset.Message{}, r.goOn()
		case r.err == nil:
			return resultset.Message{}, io.EOF
		case r.ctx.Err() == nil:
			return resultset.Message{}, dataErrorOf(r.err)
		}
		ctx = r.ctx
	case <-ctx.Done():
	}
	return resultset.Message{}, errtext.Errorf("read rows: %w", ctxerr.Of(ctx))
}

// CloseHandle does nothing: there is no handle.
func (r *rowSource) CloseHandle(context.Context, int) error { return nil }

// Fail ends the transfer because what came makes no sense.
func (r *rowSource) Fail(err error) error {
	r.cancel()
	return err
}

// close aborts what is under way and waits for its end.
func (r *rowSource) close() error {
	r.cancel()
	for m := range r.messages {
		m.Release()
	}
	switch {
	case r.broken:
		return r.goOn()
	case r.session.Err() != nil:
		return r.err
	}
	return nil
}

// goOn panics in this goroutine as the transfer did in its own, once. That a function has ended the goroutine of the transfer
// is an error: the one that fetches need not be the caller's.
func (r *rowSource) goOn() error {
	value := r.panic
	r.broken, r.err = false, &Error{Op: opExport, SQL: errBroken, sent: true}
	if value != nil {
		panic(value)
	}
	return r.err
}

// dataErrorOf returns the error of what came, if that is all that went wrong.
func dataErrorOf(err error) error {
	own, ok := err.(*Error) //nolint:errorlint // of this package, not wrapped
	if !ok || len(own.Files) == 0 {
		return err
	}
	if data, ok := own.Files[0].Err.(*exawire.DataError); ok { //nolint:errorlint // made here
		return data
	}
	return err
}

// receive reads the body of a file. It runs in the goroutine of a tunnel.
func (r *rowSource) receive(ctx context.Context, from io.Reader, compressed bool, rows *atomic.Int64) error {
	if compressed {
		body := bufio.NewReaderSize(from, bufferSize)
		if _, err := body.Peek(1); err == io.EOF {
			return nil
		}
		z, err := gzip.NewReader(body)
		if err != nil {
			return &FileError{Step: stepRead, Err: fmt.Errorf("gzip: %w", err)}
		}
		from = z
	}
	if err := r.receiveRows(ctx, from, rows); err != nil {
		return &FileError{Step: stepRead, Err: err}
	}
	return nil
}

// firstBlock is how much is read before the first rows are handed on. From then on it is twice as much each time, up to
// blockSize.
const firstBlock = 16 << 10

func (r *rowSource) receiveRows(ctx context.Context, from io.Reader, rows *atomic.Int64) error {
	d := csvtext.NewDecoder(r.kinds, r.point)
	buf := bufpool.Get(blockSize)
	defer func() { bufpool.Put(buf) }()
	for want := firstBlock; ; {
		buf = bufpool.Grow(buf, want)
		n, readErr := readSome(from, buf[len(buf):cap(buf)-bufpool.Padding], want)
		buf = buf[:len(buf)+n]
		consumed, err := d.Decode(buf)
		if handErr := r.hand(ctx, d, rows); handErr != nil {
			return handErr
		}
		if err != nil {
			return r.dataError(err)
		}
		buf = buf[:copy(buf, buf[consumed:])]
		switch {
		case readErr == io.EOF: //nolint:errorlint // what a reader returns at the end is not wrapped
			if err := d.End(buf); err != nil {
				return r.dataError(err)
			}
			return nil
		case readErr != nil:
			return readErr
		case consumed == 0 && len(buf) > r.longest:
			return r.dataError(&csvtext.Error{Row: d.Next(), Column: -1, Reason: "the row is longer than its columns, or Config.MessageLimit, let it be"})
		case consumed == 0:
			want = max(want, len(buf)) // a long row: read it in steps that grow with it
		default:
			want = min(2*want, blockSize)
		}
	}
}

// readSome fills b with least bytes or more. The error is that of the reader: io.EOF is the end of the body, and what comes
// before it may be fewer bytes. (io.ReadAtLeast has one error for that and for a body that was cut off.)
func readSome(from io.Reader, b []byte, least int) (n int, err error) {
	for idle := 0; n < least && err == nil; {
		var more int
		more, err = from.Read(b[n:])
		n += more
		if idle++; more > 0 {
			idle = 0
		} else if idle == maxIdle && err == nil {
			err = io.ErrNoProgress
		}
	}
	return n, err
}

// hand gives the rows that were decoded to whoever fetches.
func (r *rowSource) hand(ctx context.Context, d *csvtext.Decoder, rows *atomic.Int64) error {
	n := int64(d.Rows())
	if n == 0 {
		return nil
	}
	places, data := allPlaces.Get().(*csvtext.Places), bufpool.Get(d.Bytes()) //nolint:forcetypeassert // the pool has nothing else
	data = d.Append(data, places)
	release := func() {
		bufpool.Put(data)
		allPlaces.Put(places)
	}
	select {
	case r.messages <- resultset.Message{NumRows: n, Data: data, Texts: places.Ends, Release: release}:
		rows.Add(n)
		r.rows.Add(n)
		return nil
	case <-ctx.Done():
		release()
		return ctxerr.Of(ctx)
	}
}

// allPlaces has the places of texts in messages that were read.
var allPlaces = sync.Pool{New: func() any { return new(csvtext.Places) }}

// dataError says which column is not what it promised to be.
func (r *rowSource) dataError(err error) error {
	var at *csvtext.Error
	if !errors.As(err, &at) {
		return err
	}
	data := &exawire.DataError{Column: at.Column, Columns: len(r.columns), Row: at.Row, Reason: at.Reason}
	if at.Column >= 0 {
		data.Name, data.Type = r.columns[at.Column].Name, r.columns[at.Column].DataType
	} else {
		data.Reason = at.Error()
	}
	return data
}
