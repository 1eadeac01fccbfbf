package exawire

import (
	"errors"
	"fmt"
	"math"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/bufpool"
	"github.com/exawire/exawire/internal/chunkdata"
	"github.com/exawire/exawire/internal/errtext"
	"github.com/exawire/exawire/internal/fields"
	"github.com/exawire/exawire/internal/wire"
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

// ChunkRows limits how many rows are sent in one message, and so in one statement. The default, also for n <= 0, is 10,000
// for ExecRows and Insert, and no limit for ExecColumns.
func ChunkRows(n int) WriteOption { return func(o *writeOptions) { o.rows = max(n, 0) } }

// ChunkBytes limits the size of a message of rows, before compression; a single row may exceed it. The default, also for n
// <= 0, is 8 MiB for ExecRows and Insert, and what the server accepts (64 MiB) for ExecColumns. What the server accepts is
// never exceeded.
func ChunkBytes(n int64) WriteOption { return func(o *writeOptions) { o.bytes = max(n, 0) } }

// Truncate drops what a parameter cannot hold instead of refusing the value: digits after the point beyond the scale,
// fractions of a second beyond the precision, the time of day of a DATE. Digits are cut, not rounded. Text that is too long
// and numbers that are too large are refused all the same.
func Truncate() WriteOption { return func(o *writeOptions) { o.truncate = true } }

// Atomic writes all rows or none. If the rows need more than one statement, they run in a transaction of their own. It is
// committed after the last one, and rolled back if anything fails, including the source of the rows. Autocommit must be on
// before, and is on again afterwards. Inside a transaction Atomic is refused with [ErrTxOpen], before anything is sent: the
// Rollback of that transaction takes the rows back, too. As with Begin, statements that other goroutines run on the session
// meanwhile take part.
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

// chunk is one message of parameters: columns, of which it takes a range of rows at a time.
type chunk struct {
	params  []ColumnInfo // as the server described them
	cols    []ParamColumn
	names   []string // of the columns that the parameters go into, for errors; nil if they are not known
	formats commands.ParamFormats
	data    chunkdata.Data
}

// newChunk checks the number and the types of the columns. The caller must free what it gets.
func newChunk(params []ColumnInfo, cols []ParamColumn, names []string, formats commands.ParamFormats) (*chunk, error) {
	if len(cols) != len(params) {
		return nil, errtext.Errorf("%s for %s", errtext.Count(len(cols), "column"), errtext.Count(len(params), "parameter"))
	}
	for i, col := range cols {
		if col == nil {
			return nil, errtext.Errorf("column %d of %d is nil", i+1, len(cols))
		}
		if n := cols[0].Len(); col.Len() != n {
			return nil, errtext.Errorf("column %d of %d has %s, the first has %d", i+1, len(cols), errtext.Count(col.Len(), "row"), n)
		}
	}
	b := &chunk{params: params, cols: cols, names: names, formats: formats}
	encoders, err := b.encodersFor(formats)
	if err != nil {
		return nil, err
	}
	b.data = chunkdata.New(encoders, commands.Size(commands.ExecutePreparedStatement{Columns: params}))
	return b, nil
}

// encodersFor returns what writes the columns in these formats.
func (b *chunk) encodersFor(formats commands.ParamFormats) ([]chunkdata.Encoder, error) {
	encoders := make([]chunkdata.Encoder, len(b.cols))
	for i, col := range b.cols {
		param := b.params[i]
		if b.names != nil {
			param.Name = b.names[i]
		}
		encoder, err := commands.NewParamEncoder(col, i, param, formats)
		if err != nil {
			return nil, b.ofAll(err)
		}
		encoders[i] = encoder
	}
	return encoders, nil
}

// bind goes over to other formats.
func (b *chunk) bind(formats commands.ParamFormats) error {
	encoders, err := b.encodersFor(formats)
	if err != nil {
		return err
	}
	b.data.Bind(encoders)
	b.formats = formats
	return nil
}

// ofAll tells an error of an encoder how many there are.
func (b *chunk) ofAll(err error) error {
	if param, ok := err.(*ParamError); ok { //nolint:errorlint // the encoder's own, not one that a value has made
		param.Columns = len(b.params)
	}
	return err
}

// rows returns the number of rows of the columns.
func (b *chunk) rows() int {
	if len(b.cols) == 0 {
		return 0
	}
	return b.cols[0].Len()
}

// take is Data.Take.
func (b *chunk) take(lo, hi, mostRows int, mostBytes int64) (taken int, err error) {
	taken, err = b.data.Take(lo, hi, mostRows, mostBytes)
	return taken, b.ofAll(err)
}

// takeAll encodes all rows of the columns. If their values have more bytes than most it gives up.
func (b *chunk) takeAll(most int64) error {
	taken, err := b.take(0, b.rows(), 0, most)
	if err == nil && taken < b.rows() {
		b.data.Drop()
		err = errtext.Errorf("%w: %d rows have more bytes than the %d that the server accepts", ErrMessageTooLarge, b.rows(), most)
	}
	return err
}

// command returns the request that carries what was taken.
func (b *chunk) command(handle int) commands.Command {
	cmd := commands.ExecutePreparedStatement{Handle: handle, Columns: b.params, NumRows: b.data.Filled()}
	if len(b.cols) == 0 {
		return cmd
	}
	return chunkCommand{cmd, b}
}

// chunkCommand is a command whose values are in a chunk already.
type chunkCommand struct {
	commands.ExecutePreparedStatement
	chunk *chunk
}

// shown returns a command as ledger and tracers see it.
func shown(cmd commands.Command) commands.Command {
	if c, ok := cmd.(chunkCommand); ok {
		return c.ExecutePreparedStatement
	}
	return cmd
}

// message returns the text of the command. It is in the chunk's memory.
func (c chunkCommand) message(attrs []Attribute) ([]byte, error) {
	room := bufpool.Get(c.chunk.data.Head())
	defer func() { bufpool.Put(room) }()
	head, err := c.AppendHead(room, attrs...)
	if err != nil {
		return nil, err
	}
	if cap(head) == cap(room) {
		room = head
	}
	return c.chunk.data.Message(head), nil
}

// headerSize bounds what a message has beside the values.
func headerSize(handle int, params []ColumnInfo) int64 {
	cmd := commands.ExecutePreparedStatement{Handle: handle, Columns: params, NumRows: math.MaxInt}
	head, err := cmd.AppendHead(nil)
	if err != nil {
		return 0 // the message will be refused for the same reason
	}
	return int64(len(head) + len("[") + max(len(params), 1)*chunkdata.Gap)
}

var errReturnsRows = errors.New("exawire: a statement that returns rows takes one row of parameters at a time: use Query")

// WriteError says how far writing rows came before it failed. What became of the rows before First follows from Autocommit
// and RolledBack: they are in the table, or undone, or in the open transaction, whose end decides. The rows from Last on
// were not sent. Of the rows in between none was written, unless the error matches [ErrSessionClosed] and [SafeToRetry] is
// false for Err: then it is not known.
type WriteError struct {
	First, Last int64 // zero-based rows [First, Last) of the statement that failed, or could not be sent
	Rows        int64 // all rows, 0 if their number is not known because they come one by one
	RowCount    int64 // rows changed by the statements before it
	Autocommit  bool  // each of these statements was committed by itself
	RolledBack  bool  // what these statements did was undone, because of the option Atomic

	// Stopped says what ended a stream between two rows: "source" if the source of the rows failed, "context" if the context
	// has ended. Nothing is wrong with the rows [First, Last) then, which were not sent. It is "" if a statement failed.
	Stopped string

	Err error
}

// Error names the rows, counting from 1, what became of those before, and the cause.
func (e *WriteError) Error() string {
	rows := fmt.Sprintf("rows %d to %d", e.First+1, e.Last)
	switch {
	case e.Last <= e.First:
		rows = fmt.Sprintf("rows from %d on", e.First+1)
	case e.Last == e.First+1:
		rows = fmt.Sprintf("row %d", e.Last)
	}
	if e.Stopped != "" {
		return errtext.Sprintf("%s%s%s: %v", e.stop(), e.before(), e.dropped(rows), e.Err)
	}
	if e.Rows > 0 {
		rows += fmt.Sprintf(" of %d", e.Rows)
	}
	return errtext.Sprintf("%s failed%s: %v", rows, e.before(), e.Err)
}

// The values of WriteError.Stopped.
const (
	stoppedBySource  = "source"
	stoppedByContext = "context"
)

// stop says what ended a stream, and where.
func (e *WriteError) stop() string {
	what := "the source failed"
	if e.Stopped == stoppedByContext {
		what = "the context ended"
	}
	if e.Last == 0 {
		return what + " before the first row"
	}
	return fmt.Sprintf("%s after row %d", what, e.Last)
}

// dropped says what became of the rows behind the last statement.
func (e *WriteError) dropped(rows string) string {
	switch e.Last - e.First {
	case 0:
		return ""
	case 1:
		return ", " + rows + " was not sent"
	}
	return ", " + rows + " were not sent"
}

// before says what became of the rows before.
func (e *WriteError) before() string {
	end := " in the open transaction"
	switch {
	case e.First == 0:
		return ""
	case e.RolledBack:
		end = " and rolled back"
	case e.Autocommit:
		end = " and committed"
	}
	were := "were"
	if e.RowCount == 1 {
		were = "was"
	}
	return fmt.Sprintf(", %s %s changed before%s", errtext.Count(e.RowCount, "row"), were, end)
}

// Unwrap returns the cause.
func (e *WriteError) Unwrap() error { return e.Err }

// sentByNow says how much of all rows has left, also if that was undone.
func (e *WriteError) sentByNow() wire.Sent {
	if sent, _ := sentBy(e.Err); sent || e.First > 0 || e.RolledBack {
		return wire.Whole
	}
	return wire.Nothing
}

// rowOf returns the row that an error of an encoder is about, or -1, and adds base to the number that the error names.
func rowOf(err error, base int64) int64 {
	param, ok := err.(*ParamError) //nolint:errorlint // the encoder's own, not one that a value has made
	if !ok || param.Row < 0 {
		return -1
	}
	param.Row += base
	return param.Row
}

// withoutRow takes the row out of an error of an encoder: arguments are one row, and nobody counts one.
func withoutRow(err error) {
	if param, ok := err.(*ParamError); ok { //nolint:errorlint // the encoder's own, not one that a value has made
		param.Row = -1
	}
}
