package exawire

import (
	"errors"
	"fmt"
	"math"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/bufpool"
)

// paramBatch encodes columns of parameters, a range of rows at a time.
type paramBatch struct {
	params   []Column // as the server described them
	cols     []ParamColumn
	names    []string // of the columns that the parameters go into, for errors; nil if they are not known
	formats  commands.ParamFormats
	encoders []*commands.ParamEncoder
	data     [][]byte // values of the rows that were taken, one buffer per column
	marks    []int    // length of each buffer before the last block
	filled   int      // rows in data
	block    int      // rows to encode between two looks at the size
}

// newParamBatch checks the number and the types of the columns. The caller must free what it gets.
func newParamBatch(params []Column, cols []ParamColumn, names []string, formats commands.ParamFormats) (*paramBatch, error) {
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
	b := &paramBatch{params: params, cols: cols, names: names, block: firstBlock}
	if err := b.bind(formats); err != nil {
		return nil, err
	}
	b.data, b.marks = make([][]byte, len(cols)), make([]int, len(cols))
	for i := range b.data {
		b.data[i] = bufpool.Get(0)
	}
	return b, nil
}

// bind makes encoders for these formats.
func (b *paramBatch) bind(formats commands.ParamFormats) error {
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
func (b *paramBatch) rows() int {
	if len(b.cols) == 0 {
		return 0
	}
	return b.cols[0].Len()
}

// reset forgets the rows that were taken.
func (b *paramBatch) reset() {
	b.filled = 0
	for i := range b.data {
		b.data[i] = b.data[i][:0]
	}
}

func (b *paramBatch) free() {
	for i := range b.data {
		bufpool.Put(b.data[i])
		b.data[i] = nil
	}
}

const (
	firstBlock = 8
	blockRows  = 512
	blockBytes = 256 << 10
)

// take encodes rows [lo, hi) of the columns behind those that were taken before, as many as keep the data within mostRows
// and mostBytes, but one row at least if there is none yet; 0 means no bound. It returns how many rows it took: fewer than
// there are only if the data is full.
func (b *paramBatch) take(lo, hi, mostRows int, mostBytes int64) (taken int, err error) {
	if mostRows <= 0 {
		mostRows = math.MaxInt
	}
	if mostBytes <= 0 {
		mostBytes = math.MaxInt64
	}
	for lo+taken < hi && b.filled < mostRows {
		n := min(b.block, hi-lo-taken, mostRows-b.filled)
		before, after, err := b.appendBlock(lo+taken, lo+taken+n)
		if err != nil {
			return taken, err
		}
		if after > mostBytes && b.filled+n > 1 {
			b.undoBlock()
			if n == 1 {
				break
			}
			// The block is too large as a whole, but a part of it may fit.
			b.block = max(1, n/4)
			continue
		}
		b.filled += n
		taken += n
		switch size := after - before; {
		case size > blockBytes:
			b.block = max(1, n/4)
		case size < blockBytes/4 && n == b.block:
			b.block = min(4*n, blockRows)
		}
	}
	return taken, nil
}

// appendBlock encodes rows [lo, hi) behind those that are there and returns the size of all before and after.
func (b *paramBatch) appendBlock(lo, hi int) (before, after int64, err error) {
	for i, encoder := range b.encoders {
		b.marks[i] = len(b.data[i])
		before += int64(len(b.data[i]))
		if len(b.data[i]) > 0 {
			b.data[i] = append(b.data[i], ',')
		}
		if b.data[i], err = encoder.Append(b.data[i], lo, hi); err != nil {
			return 0, 0, err
		}
		after += int64(len(b.data[i]))
	}
	return before, after, nil
}

func (b *paramBatch) undoBlock() {
	for i := range b.data {
		b.data[i] = b.data[i][:b.marks[i]]
	}
}

// command returns the request that carries what was taken.
func (b *paramBatch) command(handle int) commands.ExecutePreparedStatement {
	return commands.ExecutePreparedStatement{Handle: handle, Columns: b.params, NumRows: b.filled, Data: b.data}
}

// takeAll encodes all rows of the columns.
func (b *paramBatch) takeAll() error {
	_, err := b.take(0, b.rows(), 0, 0)
	return err
}

// headerSize bounds what a message has beside the values.
func headerSize(handle int, params []Column) int64 {
	empty := commands.ExecutePreparedStatement{Handle: handle, Columns: params, Data: make([][]byte, len(params))}
	header, err := commands.Append(nil, empty)
	if err != nil {
		return 0
	}
	return int64(len(header)) + 32 // numRows has up to 19 digits more
}

var errReturnsRows = errors.New("exawire: a statement that returns rows takes one row of parameters at a time: use Query")
