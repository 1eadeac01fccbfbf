package resultset

import (
	"reflect"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/errtext"
)

// scanCells are what Scan keeps of the columns: their cells are good until a destination of another type comes.
type scanCells struct {
	cols  []column
	cells []cell // nil before the first value
	bound []cell // those of the present batch that are bound to it, else nil
	turn  int    // of the Rows, by which the batch is known
}

func newScanCells(cols []commands.ColumnInfo) *scanCells {
	c := &scanCells{make([]column, len(cols)), make([]cell, len(cols)), make([]cell, len(cols)), 0}
	for i := range cols {
		c.cols[i] = newColumn(cols, i)
	}
	return c
}

// scan stores the values of a row of the present batch.
func (r *Rows) scan(row int, dest []any) error {
	if len(dest) != len(r.feed.cols) {
		return &ScanError{Index: -1, Row: -1, Err: errtext.Errorf("%s for %s", errtext.Count(len(dest), "destination"), errtext.Count(len(r.feed.cols), "column"))}
	}
	if row >= r.batch.Len() {
		return errNoRow
	}
	if r.cells == nil {
		r.cells = newScanCells(r.feed.cols)
	}
	if r.cells.turn != r.turn {
		clear(r.cells.bound)
		r.cells.turn = r.turn
	}
	for i, c := range r.cells.bound {
		dst := dest[i]
		if c != nil && dst != nil {
			if ok, err := c.scan(dst, row); ok && err == nil {
				continue
			} else if ok {
				return r.cells.cols[i].error(r.batch.Start()+int64(row), reflect.TypeOf(dst).Elem(), err)
			}
		}
		if err := r.cells.chooseAndScan(i, dst, r.batch, row); err != nil {
			typ := reflect.TypeOf(dst)
			if typ != nil && typ.Kind() == reflect.Pointer {
				typ = typ.Elem()
			}
			return r.cells.cols[i].error(r.batch.Start()+int64(row), typ, err)
		}
	}
	return nil
}

// chooseAndScan is scan for the value of a column in the first row of a batch, or for a destination of a new type.
func (c *scanCells) chooseAndScan(i int, dst any, b *Batch, row int) error {
	typ := reflect.TypeOf(dst)
	if typ != nil && typ.Kind() == reflect.Pointer && plainPointer(typ) != typ {
		typ = plainPointer(typ)
		dst = reflect.ValueOf(dst).Convert(typ).Interface()
	}
	for typ != nil {
		if c.cells[i] != nil {
			if c.bound[i] == nil {
				if err := c.cells[i].bind(b); err != nil {
					c.cells[i] = nil
					return err
				}
				c.bound[i] = c.cells[i]
			}
			if ok, err := c.bound[i].scan(dst, row); ok {
				return err
			}
		}
		chosen, err := newCell(c.cols[i], typ)
		if err != nil {
			return err
		}
		c.cells[i], c.bound[i] = chosen, nil
	}
	return errNotPointer
}

// values returns the values of a row of the present batch.
func (r *Rows) values(row int) ([]any, error) {
	boxes, err := r.boxed(boxNatural, row)
	if err != nil {
		return nil, err
	}
	vals, col, err := boxes.row(row, r.batch.Len()-row)
	if err != nil {
		return nil, boxes.cols[col].error(r.batch.Start()+int64(row), rowType.Elem(), err)
	}
	return vals, nil
}

// value returns a value of a row of the present batch.
func (r *Rows) value(col, row int) (any, error) {
	boxes, err := r.boxed(boxNatural, row)
	switch {
	case err != nil:
		return nil, err
	case uint(col) >= uint(len(boxes.cols)):
		return r.batch.Value(col, row) // which says what is wrong
	}
	return boxes.cols[col].value(row)
}

// boxed returns what reads the values of a row of the present batch as values of type any.
func (r *Rows) boxed(form boxForm, row int) (*rowBoxes, error) {
	if row >= r.batch.Len() {
		return nil, errNoRow
	}
	if r.boxes == nil || r.boxes.form != form {
		r.boxes = newRowBoxes(r.feed.cols, form)
	}
	if r.boxes.turn != r.turn {
		if err := r.boxes.bind(r.batch); err != nil {
			return nil, err
		}
		r.boxes.turn = r.turn
	}
	return r.boxes, nil
}
