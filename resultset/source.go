package resultset

import (
	"context"
	"time"

	"github.com/exawire/exawire/commands"
)

// Source is where the rows of a result set come from when they did not all arrive with the answer to the statement. A
// session is one; adapters and tests bring their own. A Source is called by one goroutine at a time for one [Rows], but
// several Rows may share it, and the calls may come from a goroutine that the Rows own.
type Source interface {
	// FetchMessage runs one fetch command: rows of the result set from row start (zero-based) on, about numBytes of them
	// (1 to [commands.MaxFetchBytes]; the server always sends at least one row). A chunk without rows is asked for
	// again, up to five times in a row and then for more bytes, before it is taken for broken data.
	//
	// ctx ends with the context given to [Open], and when the rows are closed. If nothing has been sent by then, for
	// example because others are using the connection, FetchMessage returns at once. If a command is under way it may wait
	// for the answer, to keep the connection in step, but not for longer than Options.CloseTimeout. The error matches
	// the context's. Rows does not return to its caller before FetchMessage has returned.
	FetchMessage(ctx context.Context, handle int, start, numBytes int64) (Message, error)

	// CloseHandle runs one closeResultSet command. Rows calls it exactly once for every handle, with a context that
	// outlives the one given to [Open] and is bounded by Options.CloseTimeout. That may be over already, if FetchMessage
	// used it up: CloseHandle then does what can be done without waiting. Its error is what [Rows.Close] returns.
	CloseHandle(ctx context.Context, handle int) error

	// Fail is told that the server broke the protocol; err is a [*DataError] or an error of Message.Finish. The source
	// stops using its connection and returns the error that the user is to see. After Fail no handle is closed any
	// more. It may be called once more, by the other of the two goroutines that read rows.
	Fail(err error) error
}

// Message is the answer to one fetch command.
type Message struct {
	NumRows int64 // rows in Data, as the server claims

	// Data begins at the column-major JSON array of arrays and may go on behind it, to the end of the message. The
	// decoder undoes escapes in place, so Data belongs to the Rows until Release.
	Data []byte

	// Waited is how long the answer took to begin, 0 if that is not known. It lets Rows tell the distance to the server from
	// the time that the bytes took.
	Waited time.Duration

	// Finish, if not nil, is called once after Data was decoded, with the number of bytes that the array took. It
	// checks what follows in the message; an error means that the server broke the protocol.
	Finish func(consumed int) error

	// Release, if not nil, is called exactly once, when nothing refers to Data any more.
	Release func()

	// Formats are the formats in force when the chunk was made. The zero value stands for Options.Formats.
	Formats Formats
}

// Options are the circumstances of a result set. The zero value is usable.
type Options struct {
	// Formats say how dates, timestamps and numbers are written in the message that carried the result set, and in
	// chunks that do not say otherwise.
	Formats Formats

	// FetchBytes is the largest numBytes of a fetch command. The first fetch asks for less, so that the first rows are
	// there soon, and later ones for as much as the distance to the server makes worthwhile: 1.5 MiB on a near
	// server, up to FetchBytes on a far one. 0 means [DefaultFetchBytes], more than [commands.MaxFetchBytes] means
	// that. Peak memory is about two messages of this size and the columns decoded from them.
	FetchBytes int64

	// RoundTrip is the shortest time in which the server has begun to answer so far, 0 if that is not known. Where it is
	// short, a few slow fetches are not yet taken for a sign of distance.
	RoundTrip time.Duration

	// Prefetch is how many chunks are fetched ahead while the caller works on one: 0 means 1, negative means none.
	Prefetch int

	// CloseTimeout bounds Close: waiting for a fetch that is under way, closing the handle and OnClose take no longer
	// in all. 0 means 5 s.
	CloseTimeout time.Duration

	// RowCount is what [Rows.RowCount] returns: the number of rows that a statement changed which has no result set.
	RowCount int64

	// Release, if not nil, is called exactly once, when nothing refers to the Data of the result set any more.
	Release func()

	// OnClose, if not nil, is called exactly once by Close, after the handle was closed: to close a prepared statement
	// that lives only for these rows, for example. Its context ends with the CloseTimeout.
	OnClose func(ctx context.Context) error
}

// DefaultFetchBytes is the largest fetch when Options.FetchBytes is 0. Fetches on a near server stay far below it.
const DefaultFetchBytes = 32 << 20

const defaultCloseTimeout = 5 * time.Second

// Open returns the rows of a result set, from its header as it came with the answer to a statement. Rows in the header's
// Data are delivered first; the others, if any, are fetched from src by the header's handle. src may be nil if the
// header has no handle. Nothing is sent before the first row is asked for.
//
// ctx governs the rows until they are closed: once it has ended, no further row is delivered. The caller must read the
// rows to their end or close them. If the header contradicts itself there are no rows, only the error.
func Open(ctx context.Context, src Source, rs *commands.ResultSet, o Options) *Rows {
	switch {
	case o.FetchBytes <= 0:
		o.FetchBytes = DefaultFetchBytes
	case o.FetchBytes > commands.MaxFetchBytes:
		o.FetchBytes = commands.MaxFetchBytes
	}
	switch {
	case o.Prefetch == 0:
		o.Prefetch = 1
	case o.Prefetch < 0:
		o.Prefetch = 0
	}
	if o.CloseTimeout <= 0 {
		o.CloseTimeout = defaultCloseTimeout
	}
	if ctx == nil {
		ended, end := context.WithCancelCause(context.Background())
		end(errNoContext)
		ctx = ended
	}
	r := &Rows{done: ctx.Done(), rowCount: o.RowCount}
	r.feed.open(ctx, src, rs, o)
	r.err = r.feed.err
	return r
}
