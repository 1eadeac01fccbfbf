package resultset

import (
	"reflect"

	"github.com/exawire/exawire/internal/errtext"
)

// scanCell is what Scan keeps of one column: its cell is good until a destination of another type comes.
type scanCell struct {
	column
	cell cell // nil before the first value
	turn int  // the batch that cell is bound to
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
		r.cells = make([]scanCell, len(r.feed.cols))
		for i := range r.feed.cols {
			r.cells[i].column = newColumn(r.feed.cols, i)
		}
	}
	for i := range r.cells {
		c, dst := &r.cells[i], dest[i]
		if c.cell != nil && c.turn == r.turn && dst != nil {
			if ok, err := c.cell.scan(dst, row); ok && err == nil {
				continue
			} else if ok {
				return c.error(r.batch.Start()+int64(row), reflect.TypeOf(dst).Elem(), err)
			}
		}
		if err := r.chooseAndScan(c, dst, row); err != nil {
			typ := reflect.TypeOf(dst)
			if typ != nil && typ.Kind() == reflect.Pointer {
				typ = typ.Elem()
			}
			return c.error(r.batch.Start()+int64(row), typ, err)
		}
	}
	return nil
}

// chooseAndScan is scan for the first row of a batch, or for a destination of a new type.
func (r *Rows) chooseAndScan(c *scanCell, dst any, row int) error {
	typ := reflect.TypeOf(dst)
	if typ != nil && typ.Kind() == reflect.Pointer && plainPointer(typ) != typ {
		typ = plainPointer(typ)
		dst = reflect.ValueOf(dst).Convert(typ).Interface()
	}
	for typ != nil {
		if c.cell != nil {
			if c.turn != r.turn {
				if err := c.cell.bind(r.batch); err != nil {
					c.cell = nil
					return err
				}
				c.turn = r.turn
			}
			if ok, err := c.cell.scan(dst, row); ok {
				return err
			}
		}
		chosen, err := newCell(c.column, typ)
		if err != nil {
			return err
		}
		c.cell, c.turn = chosen, r.turn-1
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
