package resultset

import (
	"context"
	"time"

	"github.com/exawire/exawire/commands"
)

// Source fetches the rows of a result set that did not arrive with the answer to the statement. A session is a Source;
// adapters and tests bring their own. For one [Rows], only one goroutine at a time calls a Source, and that may be a
// goroutine of the Rows. Several Rows may share a Source.
type Source interface {
	// FetchMessage runs one fetch command, which returns rows of the result set from row start (zero-based) on, about
	// numBytes of them (1 to [commands.MaxFetchBytes]; the server always sends at least one row). If a message has no
	// rows, Rows asks again, up to five times in a row and then for more bytes, before it takes the data for broken.
	//
	// ctx ends with the context given to [Open], and when the rows are closed. If nothing has been sent by then, for
	// example because others are using the connection, FetchMessage returns at once. If the command has been sent,
	// FetchMessage may wait for the answer, to keep the connection in step, but no longer than Options.CloseTimeout. The
	// error matches that of the context. Rows does not return to its caller before FetchMessage has returned.
	//
	// With Options.UntilEOF, FetchMessage returns io.EOF, as it is, when there are no more rows, and is not called again. It
	// must not do so before it is sure that none is missing: any other error ends the rows as a failure.
	FetchMessage(ctx context.Context, handle int, start, numBytes int64) (Message, error)

	// CloseHandle runs one closeResultSet command. Rows calls it exactly once for every handle, with a context that
	// outlives the one given to [Open] and is bounded by Options.CloseTimeout. If FetchMessage has used up that time, the
	// context has already ended: CloseHandle then does what it can without waiting. [Rows.Close] returns its error.
	CloseHandle(ctx context.Context, handle int) error

	// Fail is called when the server broke the protocol; err is a [*DataError] or an error of Message.Finish. The source
	// stops using its connection and returns the error that the user gets to see. After Fail, Rows closes no more handles.
	// Fail may be called a second time, by the other of the two goroutines that read rows.
	Fail(err error) error
}

// Message is the answer to one fetch command.
type Message struct {
	NumRows int64 // rows in Data, as the server claims

	// Data starts with the column-major JSON array of arrays and may go on after it, to the end of the message. The
	// decoder undoes escapes in place, so Data belongs to the Rows until Release is called.
	Data []byte

	// Texts, if not nil, has an entry for each column. One that is not nil stands for a column whose values in Data are no
	// array of JSON: they are texts one after the other, without quotes and escapes, and the entry says where each ends,
	// counted from the first byte of the column. An empty text is NULL.
	Texts [][]uint32

	// Waited is the time until the answer began to arrive, 0 if that is not known. Rows uses it to tell the distance to
	// the server from the time that the bytes took; without it, half of the time is taken for the one and half for the other.
	Waited time.Duration

	// Finish, if not nil, is called once after Data was decoded, with the number of bytes of the array. It checks the rest
	// of the message; an error means that the server broke the protocol.
	Finish func(consumed int) error

	// Release, if not nil, is called exactly once, when nothing uses Data any more.
	Release func()

	// Formats are the formats that were in force when the server wrote the message. The zero value stands for
	// Options.Formats.
	Formats Formats
}

// Options describe how a result set is read. The zero value is usable.
type Options struct {
	// Formats say how dates, timestamps and numbers are written in the message that carried the result set, and in each
	// [Message] without formats of its own.
	Formats Formats

	// FetchBytes is the largest numBytes of a fetch command. The first fetch asks for less, so that the first rows arrive
	// soon. Later ones ask for as much as the distance to the server makes worthwhile: 1.5 MiB from a near server, up to
	// FetchBytes from a far one. 0 means [DefaultFetchBytes]; the largest value is [commands.MaxFetchBytes]. Peak memory
	// is about two messages of this size and the columns decoded from them; of messages below 3 MiB it is three.
	FetchBytes int64

	// RoundTrip is the shortest time in which the server has begun to answer so far, 0 if that is not known. For a
	// dozen fetches the server is not taken to be further away than this, however long they take.
	RoundTrip time.Duration

	// Prefetch is the number of messages that are fetched ahead while the caller works on one: 0 means 1, and a negative
	// number means none. If messages are small, as from a near server, one more is fetched.
	Prefetch int

	// CloseTimeout bounds [Rows.Close]: waiting for a fetch that is under way, closing the handle and OnClose together
	// take no longer than this. 0 means 5 s.
	CloseTimeout time.Duration

	// UntilEOF says that nobody knows how many rows there are before the last has come: the rows end when FetchMessage
	// returns io.EOF. The header's NumRows is -1 then, and it needs no handle.
	UntilEOF bool

	// RowCount is what [Rows.RowCount] returns: the number of rows changed by a statement that has no result set.
	RowCount int64

	// Release, if not nil, is called exactly once, when nothing uses the Data of the result set any more.
	Release func()

	// OnClose, if not nil, is called exactly once by [Rows.Close], after the handle was closed: to close a prepared
	// statement that exists only for these rows, for example. Its context ends with the CloseTimeout.
	OnClose func(ctx context.Context) error
}

// DefaultFetchBytes is the largest fetch if Options.FetchBytes is 0. Fetches from a near server stay far below it.
const DefaultFetchBytes = 32 << 20

const defaultCloseTimeout = 5 * time.Second

// Open returns the rows of a result set. rs is its header, as it came with the answer to a statement. The rows in the
// header's Data come first; the others, if any, are fetched from src by the header's handle. src may be nil if the
// header has no handle and UntilEOF is not set. Nothing is sent before the first row is asked for.
//
// ctx governs the rows until they are closed: once it has ended, no more rows are delivered. The caller must read the
// rows to their end or close them. If the header contradicts itself, there are no rows, only an error.
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
