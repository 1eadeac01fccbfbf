package exawire

import (
	"errors"
	"fmt"
	"math"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/bufpool"
	"github.com/exawire/exawire/internal/chunkdata"
)

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
		return nil, fmt.Errorf("exawire: %d columns for %d parameters", len(cols), len(params))
	}
	for i, col := range cols {
		if col == nil {
			return nil, fmt.Errorf("exawire: column %d is nil", i)
		}
		if n := cols[0].Len(); col.Len() != n {
			return nil, fmt.Errorf("exawire: column %d has %d rows, column 0 has %d", i, col.Len(), n)
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
			return nil, err
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

// rows returns the number of rows of the columns.
func (b *chunk) rows() int {
	if len(b.cols) == 0 {
		return 0
	}
	return b.cols[0].Len()
}

// takeAll encodes all rows of the columns. If their values have more bytes than most it gives up.
func (b *chunk) takeAll(most int64) error {
	taken, err := b.data.Take(0, b.rows(), 0, most)
	if err == nil && taken < b.rows() {
		b.data.Drop()
		err = fmt.Errorf("%w: %d rows have more bytes than the %d that the server accepts", ErrMessageTooLarge, b.rows(), most)
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
