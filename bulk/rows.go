package bulk

import (
	"context"
	"errors"
	"iter"
	"reflect"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/errtext"
)

// Mapping changes how the fields of a struct find the columns of the table, for [ImportRows], or those of the query, for
// [ExportRows]: by [exawire.ByPosition] and [exawire.Lax]. With Lax, columns without a field get their default.
func Mapping(opts ...exawire.MapOption) Option {
	return func(o *options) { o.mapping = append(o.mapping, opts...) }
}

// Truncate has [ImportRows] drop what a column cannot hold instead of refusing the value, as [exawire.Truncate] does for
// inserts: digits after the point beyond the scale, fractions of a second beyond the precision, the time of day of a DATE.
func Truncate() Option { return func(o *options) { o.truncate = true } }

// ImportRows writes the rows of a sequence into a table by IMPORT INTO: like [exawire.InsertEach], but over a connection of
// its own, which is the faster way for more than some ten thousand rows. The table is a name as in SQL.
//
//	result, err := bulk.ImportRows(ctx, sess, "orders", exawire.WithoutErrors(slices.Values(orders)))
//
// What T may be and how its fields find the columns is as for [exawire.Insert], see [Mapping] and [Columns]. Values are as
// exact: one that its column cannot hold is refused with its row, column and type, see [exawire.ParamError] and [Truncate].
// Text for a DATE or a TIMESTAMP is in ISO 8601 form here, whatever the formats of the session are. What a T refers to, as
// byte slices and pointers do, must not change before 128 more rows were taken from the sequence.
//
// The sequence runs in the goroutine of the caller, while the database imports what came before; about a megabyte waits for
// each tunnel, see [Parallel]. The session is busy meanwhile: if the sequence runs statements or reads rows, it needs another
// session, since it would wait for this import, which waits for its rows. The statement begins when the first quarter of a
// megabyte is full or the sequence ends, and an empty sequence is imported without one.
//
// All rows are imported, or none: transactions are as for [Import]. An error of the sequence, a value that is refused, and the
// end of ctx undo what was sent. If the database ends the statement first, the sequence is stopped when it yields the next
// row. An error is an [*Error].
//
// The options [Format] and [Compressed] are for files.
func ImportRows[T any](ctx context.Context, s *exawire.Session, table string, rows iter.Seq2[T, error], opts ...Option) (Result, error) {
	if rows == nil {
		return Result{}, refused(opImport, errNoSequence)
	}
	p, err := prepareRows(ctx, s, table, reflect.TypeFor[T](), newOptions(opts))
	if err != nil {
		return Result{}, refused(opImport, err)
	}
	buffer := commands.NewStructBuffer[T](p.places, bufferRows(reflect.TypeFor[T]()))
	w, err := p.newWriter(ctx, buffer.Columns())
	if err != nil {
		return Result{}, refused(opImport, &FileError{Step: stepRead, Err: err})
	}
	return w.run(func() error {
		for v, err := range rows {
			if err != nil {
				return errtext.Errorf("row %d: %w", w.rows+int64(buffer.Len())+1, err)
			}
			if w.stopped.Load() {
				return errOver
			}
			buffer.Append(v)
			if buffer.Len() < buffer.Cap() && buffer.Bytes() < maxBufferBytes {
				continue
			}
			if err := w.write(buffer.Len()); err != nil {
				return err
			}
			buffer.Reset()
		}
		return w.write(buffer.Len())
	})
}

var errNoSequence = errors.New("there is no sequence of rows")

// maxBufferRows is how many rows are collected before they are encoded, and maxBufferBytes how many bytes of text in them.
// Encoding column by column is what makes it fast, and this many are enough for that.
const (
	maxBufferRows  = 128
	maxBufferBytes = 256 << 10
)

// bufferRows returns how many structs are collected before they are encoded.
func bufferRows(t reflect.Type) int {
	const most = 64 << 10 // bytes
	return min(maxBufferRows, max(1, most/max(1, int(t.Size()))))
}
