package commands

import "github.com/exawire/exawire/internal/errtext"

// RowBuffer turns rows into the columns of parameters that the protocol wants. Its memory is used again after Reset. It
// is not safe for concurrent use.
type RowBuffer struct {
	cols  []mixedColumn
	bytes int
}

// NewRowBuffer returns an empty buffer for rows with one value for each of these parameters.
func NewRowBuffer(params []ColumnInfo) *RowBuffer {
	return &RowBuffer{cols: make([]mixedColumn, len(params))}
}

// Append adds a row. The row itself may be used again at once, but what its values refer to ([]byte, pointers) must
// stay unchanged until Reset. A row of the wrong length is an error and adds nothing.
func (b *RowBuffer) Append(row []any) error {
	if len(row) != len(b.cols) {
		return errtext.Errorf("%s for %s", errtext.Count(len(row), "value"), errtext.Count(len(b.cols), "parameter"))
	}
	for i, v := range row {
		b.cols[i].v = append(b.cols[i].v, v)
		switch v := v.(type) {
		case string:
			b.bytes += len(v)
		case []byte:
			b.bytes += len(v)
		}
	}
	return nil
}

// Len returns the number of rows. It is 0 if there are no parameters.
func (b *RowBuffer) Len() int {
	if len(b.cols) == 0 {
		return 0
	}
	return b.cols[0].Len()
}

// Bytes returns the length of all values that are strings or byte slices.
func (b *RowBuffer) Bytes() int { return b.bytes }

// Reset drops the rows and keeps the memory. The columns that Columns gave are then empty, too.
func (b *RowBuffer) Reset() {
	for i := range b.cols {
		clear(b.cols[i].v)
		b.cols[i].v = b.cols[i].v[:0]
	}
	b.bytes = 0
}

// Columns returns the rows as columns of mixed values, see [Values]. They see rows that are appended later.
func (b *RowBuffer) Columns() []ParamColumn {
	cols := make([]ParamColumn, len(b.cols))
	for i := range b.cols {
		cols[i] = &b.cols[i]
	}
	return cols
}

// mixedColumn is a column of a RowBuffer. It grows and shrinks under the encoders that are bound to it, so that one
// encoder serves all the batches.
type mixedColumn struct{ v []any }

func (c *mixedColumn) Len() int { return len(c.v) }

func (c *mixedColumn) goType(i int) string {
	if i < 0 {
		return "any"
	}
	return errtext.NameOfType(c.v[i])
}

func (c *mixedColumn) rows(t *paramTarget) (rowsFunc, error) {
	return func(dst []byte, ends []int, lo, hi int) ([]byte, int, error) {
		return t.appendMixed(dst, ends, c.v[lo:hi], lo)
	}, nil
}
