package exawire

import (
	"context"
	"errors"
	"fmt"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/bufpool"
)

// BatchError says how far a batch came before it failed. With autocommit on, the rows before First were committed, in one
// or more statements; in a transaction they can be rolled back.
type BatchError struct {
	First, Last int64 // zero-based rows [First, Last) of the statement that failed, or could not be sent
	RowCount    int64 // rows changed by the statements before it
	Err         error // what went wrong there
}

// Error names the rows and the cause.
func (e *BatchError) Error() string {
	return fmt.Sprintf("exawire: rows %d to %d failed, %d rows were changed before them: %v", e.First, e.Last-1, e.RowCount, e.Err)
}

// Unwrap returns the cause.
func (e *BatchError) Unwrap() error { return e.Err }

func batchError(first, last, rowCount int64, err error) error {
	return &BatchError{First: first, Last: last, RowCount: rowCount, Err: err}
}

// paramBatch encodes columns of parameters, a range of rows at a time.
type paramBatch struct {
	params   []Column
	encoders []*commands.ParamEncoder
	data     [][]byte // values of the current range, one buffer per column
	marks    []int    // length of each buffer before the last block
	rows     int      // of the columns
	filled   int      // in data
}

// newParamBatch checks the shape and the types of the columns.
func (s *Session) newParamBatch(params []Column, cols []ParamColumn) (*paramBatch, error) {
	if len(cols) != len(params) {
		return nil, fmt.Errorf("exawire: %d columns for %d parameters", len(cols), len(params))
	}
	b := &paramBatch{params: params, data: make([][]byte, len(cols)), marks: make([]int, len(cols))}
	formats := s.paramFormats()
	for i, col := range cols {
		if col == nil {
			return nil, fmt.Errorf("exawire: column %d is nil", i)
		}
		if i == 0 {
			b.rows = col.Len()
		} else if col.Len() != b.rows {
			return nil, fmt.Errorf("exawire: column %d has %d rows, column 0 has %d", i, col.Len(), b.rows)
		}
		encoder, err := commands.NewParamEncoder(col, i, params[i], formats)
		if err != nil {
			return nil, err
		}
		b.encoders = append(b.encoders, encoder)
		b.data[i] = bufpool.Get(0)
	}
	return b, nil
}

func (s *Session) paramFormats() commands.ParamFormats {
	a, f := s.Attributes(), s.currentFormats()
	return commands.ParamFormats{
		Date: a.DateFormat, Timestamp: a.DatetimeFormat, Location: f.Location, TimeZoneBehavior: a.TimeZoneBehavior,
	}
}

func (b *paramBatch) free() {
	for i := range b.data {
		bufpool.Put(b.data[i])
		b.data[i] = nil
	}
}

// blockRows is how many rows are encoded between two looks at the size.
const blockRows = 512

// fill encodes rows from first on, up to last, and stops before more than limit bytes are there; limit 0 means no
// limit. It encodes one row at least. b.filled says how many rows it came to.
func (b *paramBatch) fill(first, last int, limit int64) error {
	b.filled = 0
	for i := range b.data {
		b.data[i] = b.data[i][:0]
	}
	block := blockRows
	for first+b.filled < last {
		n := min(block, last-first-b.filled)
		size, err := b.appendBlock(first+b.filled, first+b.filled+n)
		if err != nil {
			return err
		}
		if limit > 0 && size > limit && b.filled+n > 1 {
			b.undoBlock()
			if n == 1 {
				return nil
			}
			// The block is too large as a whole, but a part of it may fit.
			block = max(1, n/4)
			continue
		}
		b.filled += n
	}
	return nil
}

// appendBlock encodes rows [lo, hi) behind those that are there and returns the size of all.
func (b *paramBatch) appendBlock(lo, hi int) (size int64, err error) {
	for i, encoder := range b.encoders {
		b.marks[i] = len(b.data[i])
		if len(b.data[i]) > 0 {
			b.data[i] = append(b.data[i], ',')
		}
		if b.data[i], err = encoder.Append(b.data[i], lo, hi); err != nil {
			return 0, err
		}
		size += int64(len(b.data[i])) + int64(len("[],"))
	}
	return size, nil
}

func (b *paramBatch) undoBlock() {
	for i := range b.data {
		b.data[i] = b.data[i][:b.marks[i]]
	}
}

// command returns the request that carries what fill encoded.
func (b *paramBatch) command(handle int) commands.ExecutePreparedStatement {
	return commands.ExecutePreparedStatement{Handle: handle, Columns: b.params, NumRows: b.filled, Data: b.data}
}

// sendBatch runs the statement for all rows of the batch, in as many messages as the server's limit asks for. first is
// the number of the batch's first row for errors, rowCount what was changed before.
func (st *Stmt) sendBatch(ctx context.Context, b *paramBatch, first, rowCount int64) (int64, error) {
	limit := st.s.Info().MaxDataMessageSize - st.headerSize()
	for row := 0; row < b.rows; row += b.filled {
		if err := b.fill(row, b.rows, limit); err != nil {
			last := min(row+max(b.filled, 1), b.rows)
			var param *ParamError
			if errors.As(err, &param) && param.Row >= 0 {
				last = int(param.Row) + 1
				param.Row += first
			}
			return rowCount, batchError(first+int64(row), first+int64(last), rowCount, notSent(err))
		}
		result, err := st.s.one(ctx, b.command(st.desc.Handle), nil, nil)
		if err != nil {
			return rowCount, batchError(first+int64(row), first+int64(row+b.filled), rowCount, err)
		}
		rowCount += result.RowCount()
		if err := result.Close(); err != nil {
			return rowCount, wasSent(err)
		}
	}
	return rowCount, nil
}

// headerSize bounds what a message has beside the values.
func (st *Stmt) headerSize() int64 {
	empty := commands.ExecutePreparedStatement{Handle: st.desc.Handle, Columns: st.desc.Params, Data: make([][]byte, len(st.desc.Params))}
	header, err := commands.Append(nil, empty)
	if err != nil {
		return 0
	}
	return int64(len(header)) + 32 // numRows has up to 19 digits more
}
