package exawire

import (
	"errors"
	"fmt"
	"math"
	"sync"

	"github.com/exawire/exawire/commands"
)

// chunk encodes columns of parameters, a range of rows at a time.
type chunk struct {
	params   []ColumnInfo // as the server described them
	cols     []ParamColumn
	names    []string // of the columns that the parameters go into, for errors; nil if they are not known
	formats  commands.ParamFormats
	encoders []*commands.ParamEncoder
	arena    arena    // values of the rows that were taken
	filled   int      // rows in arena
	block    int      // rows to encode between two looks at the size
	scratch  *scratch // the block that is being encoded, column after column; nil before the first
	sizes    []int    // of its columns
}

// scratch is memory for one block of values. It has the size that the largest one of all chunks needed, within reason.
// Methods of the caller's values never see it, so it can be used again after one of them panicked.
type scratch struct{ b []byte }

const maxScratch = 4 << 20 // larger ones are not kept

var scratches = sync.Pool{New: func() any { return &scratch{make([]byte, 0, 2*blockBytes)} }}

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
	b := &chunk{params: params, cols: cols, names: names, block: firstBlock}
	if err := b.bind(formats); err != nil {
		return nil, err
	}
	ints := make([]int, 2*len(cols))
	b.sizes, b.arena.to = ints[:len(cols):len(cols)], ints[len(cols):]
	b.arena.regions = make([]region, len(cols))
	return b, nil
}

// bind makes encoders for these formats.
func (b *chunk) bind(formats commands.ParamFormats) error {
	encoders := make([]*commands.ParamEncoder, len(b.cols))
	for i, col := range b.cols {
		param := b.params[i]
		if b.names != nil {
			param.Name = b.names[i]
		}
		var err error
		if encoders[i], err = commands.NewParamEncoder(col, i, param, formats); err != nil {
			return err
		}
	}
	b.encoders, b.formats = encoders, formats
	return nil
}

// rows returns the number of rows of the columns.
func (b *chunk) rows() int {
	if len(b.cols) == 0 {
		return 0
	}
	return b.cols[0].Len()
}

// reset forgets the rows that were taken.
func (b *chunk) reset() {
	b.filled = 0
	b.arena.clear()
}

// free gives all memory back. It may be called twice.
func (b *chunk) free() {
	b.arena.free()
	if b.scratch != nil && cap(b.scratch.b) <= maxScratch {
		scratches.Put(b.scratch)
	}
	b.scratch = nil
}

const (
	firstBlock = 8
	blockRows  = 512
	blockBytes = 64 << 10
)

// take encodes rows [lo, hi) of the columns behind those that were taken before, as many as keep the data within mostRows
// and mostBytes, but one row at least if there is none yet; 0 means no bound. It returns how many rows it took: fewer than
// there are only if the data is full.
func (b *chunk) take(lo, hi, mostRows int, mostBytes int64) (taken int, err error) {
	if mostRows <= 0 {
		mostRows = math.MaxInt
	}
	if mostBytes <= 0 {
		mostBytes = math.MaxInt64
	}
	more := b.filled > 0 // rows come in several portions, so others may follow
	for lo+taken < hi && b.filled < mostRows {
		n := min(b.block, hi-lo-taken, mostRows-b.filled)
		size, err := b.encode(lo+taken, lo+taken+n)
		if err != nil {
			return taken, err
		}
		if int64(b.arena.size()+size) > mostBytes && b.filled+n > 1 {
			if n == 1 {
				break
			}
			// The block is too large as a whole, but a part of it may fit.
			b.block = max(1, n/4)
			continue
		}
		if !b.arena.fits(b.sizes) {
			b.makeRoom(portion{lo + taken + n, hi, more, mostRows, mostBytes}, n, size)
		}
		b.addBlock(n)
		taken += n
		switch {
		case size > blockBytes:
			b.block = max(1, n/4)
		case size < blockBytes/4 && n == b.block:
			b.block = min(4*n, blockRows)
		}
	}
	return taken, nil
}

// addBlock moves the block of n rows from the scratch to the data, where there is room for it.
func (b *chunk) addBlock(n int) {
	at := 0
	for i, size := range b.sizes {
		b.arena.add(i, b.scratch.b[at:at+size])
		at += size
	}
	b.filled += n
}

// encode encodes rows [lo, hi) into the scratch and returns what they add to the data, commas included.
func (b *chunk) encode(lo, hi int) (size int, err error) {
	if b.scratch == nil {
		b.scratch = scratches.Get().(*scratch)
	}
	buf := b.scratch.b[:0]
	for i, encoder := range b.encoders {
		before := len(buf)
		if buf, err = encoder.Append(buf, lo, hi); err != nil {
			break
		}
		b.sizes[i] = len(buf) - before
	}
	b.scratch.b = buf
	size = len(buf)
	if b.filled > 0 {
		size += len(b.sizes)
	}
	return size, err
}

// takeAll encodes all rows of the columns. If their values have more bytes than most it gives up.
func (b *chunk) takeAll(most int64) error {
	taken, err := b.take(0, b.rows(), 0, most)
	if err == nil && taken < b.rows() {
		b.arena.drop()
		err = fmt.Errorf("%w: %d rows have more bytes than the %d that the server accepts", ErrMessageTooLarge, b.rows(), most)
	}
	return err
}

// command returns the request that carries what was taken.
func (b *chunk) command(handle int) commands.Command {
	cmd := commands.ExecutePreparedStatement{Handle: handle, Columns: b.params, NumRows: b.filled}
	if len(b.cols) == 0 {
		return cmd
	}
	return chunkCommand{cmd, b}
}

// headerSize bounds what a message has beside the values.
func headerSize(handle int, params []ColumnInfo) int64 {
	cmd := commands.ExecutePreparedStatement{Handle: handle, Columns: params, NumRows: math.MaxInt}
	head, err := cmd.AppendHead(nil)
	if err != nil {
		return 0 // the message will be refused for the same reason
	}
	return int64(len(head) + len("[") + max(len(params), 1)*columnGap)
}

var errReturnsRows = errors.New("exawire: a statement that returns rows takes one row of parameters at a time: use Query")
