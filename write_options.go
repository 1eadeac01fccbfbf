package exawire

import (
	"github.com/exawire/exawire/internal/fields"
)

// WriteOption changes how rows are written. Insert and InsertEach take options directly; those of a prepared statement
// are set by Stmt.With.
type WriteOption func(*writeOptions)

// writeOptions is the sum of the options.
type writeOptions struct {
	rows     int   // most rows of a chunk, 0 for the default
	bytes    int64 // most bytes of a chunk, 0 for the default
	truncate bool
	atomic   bool
	mapping  fields.Mapping
}

func newWriteOptions(opts []WriteOption) (o writeOptions) {
	for _, opt := range opts {
		opt(&o)
	}
	return o
}

const (
	// streamRows and streamBytes bound a chunk of a stream unless the caller does: enough for a round trip to weigh
	// little, few enough for memory.
	streamRows  = 10_000
	streamBytes = 8 << 20
)

// ChunkRows bounds how many rows are sent as one message and so one statement. The default, also for n <= 0, is 10,000
// for ExecRows and Insert, and no bound for ExecColumns.
func ChunkRows(n int) WriteOption { return func(o *writeOptions) { o.rows = max(n, 0) } }

// ChunkBytes bounds the size of a message of rows, before compression; a single row may exceed it. The default, also for
// n <= 0, is 8 MiB for ExecRows and Insert, and what the server accepts (64 MiB) for ExecColumns. What the server
// accepts is never exceeded.
func ChunkBytes(n int64) WriteOption { return func(o *writeOptions) { o.bytes = max(n, 0) } }

// Truncate drops what a parameter cannot hold instead of refusing the value: digits behind the point beyond the scale,
// fractions of a second beyond the precision, the time of day of a DATE. Digits are cut, not rounded. Text that is too
// long, and numbers that are too large, are refused all the same.
func Truncate() WriteOption { return func(o *writeOptions) { o.truncate = true } }

// Atomic writes all rows or none. If the rows need more than one statement, they run in a transaction of their own: it is
// committed after the last one, and rolled back if anything fails, the source of the rows included. Autocommit, which
// must be on before, is on again afterwards. Inside a transaction Atomic is refused with ErrTxOpen, before anything is
// sent: the Rollback of that transaction takes the rows back, too. As with Begin, statements that other goroutines run
// on the session meanwhile take part.
func Atomic() WriteOption { return func(o *writeOptions) { o.atomic = true } }

// Mapping changes how the fields of a struct find the columns of the table, for Insert and InsertEach: by [ByPosition]
// and [Lax], which mean the same as for reading. With Lax, columns without a field get their default.
func Mapping(opts ...MapOption) WriteOption {
	return func(o *writeOptions) {
		for _, opt := range opts {
			opt(&o.mapping)
		}
	}
}

// limits returns the bounds of a chunk whose message has this many bytes beside the values, where most is what the server
// accepts. There is no bound of rows if rows is 0.
func (o writeOptions) limits(header, most int64, stream bool) (rows int, bytes int64) {
	rows, bytes = o.rows, o.bytes
	if stream {
		if rows == 0 {
			rows = streamRows
		}
		if bytes == 0 {
			bytes = streamBytes
		}
	}
	if bytes == 0 || bytes > most {
		bytes = most
	}
	return rows, max(bytes-header, 1)
}
