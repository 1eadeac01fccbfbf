package resultset

import (
	"reflect"
	"slices"

	"github.com/exawire/exawire/commands"
)

// rowBoxes reads the values of whole rows as values of type any.
type rowBoxes struct {
	cols []boxes
	form boxForm
	turn int   // of Rows
	free []any // memory for rows
}

func newRowBoxes(cols []commands.ColumnInfo, form boxForm) *rowBoxes {
	r := &rowBoxes{cols: make([]boxes, len(cols)), form: form}
	for i := range r.cols {
		r.cols[i] = newBoxes(newColumn(cols, i), form)
	}
	return r
}

func (r *rowBoxes) bind(b *Batch) error {
	for i := range r.cols {
		if err := r.cols[i].bind(b); err != nil {
			return err
		}
	}
	return nil
}

// read stores the values of a row. An error is about the column whose index is returned. large says that there may be
// values that other rows should not keep.
func (r *rowBoxes) read(dst []any, row int) (large bool, col int, err error) {
	for i := range r.cols {
		if dst[i], err = r.cols[i].value(row); err != nil {
			return false, i, err
		}
		large = large || r.cols[i].large
	}
	return large, 0, nil
}

// row returns the values of a row in memory that the caller may keep, of which neighbouring rows share up to sharedBytes.
// There will be no more than left rows, this one included. An error is about the column whose index is returned.
func (r *rowBoxes) row(row, left int) (vals []any, col int, err error) {
	n := len(r.cols)
	if len(r.free) < n {
		r.free = make([]any, n*max(1, min(left, sharedBytes/(n*int(reflect.TypeFor[any]().Size())))))
	}
	vals = r.free[:n:n]
	large, col, err := r.read(vals, row)
	switch {
	case err != nil:
		clear(vals)
		return nil, col, err
	case large:
		own := slices.Clone(vals)
		clear(vals)
		return own, 0, nil
	}
	r.free = r.free[n:]
	return vals, 0, nil
}
