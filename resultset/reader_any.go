package resultset

import (
	"database/sql"
	"reflect"
)

// natural reads values in their natural Go types, and NULL as nil.
type natural struct{ boxes }

func readAny(c column) reader[any] { return &natural{newBoxes(c, boxNatural)} }

func (r *natural) null(row int) bool { return r.nulls.Any() && r.nulls.Get(row) }

func (r *natural) read(dst *any, row int) (err error) {
	*dst, err = r.value(row)
	return err
}

func (r *natural) fill(dst []*any, row int) (int, error) {
	for i, d := range dst {
		if err := r.read(d, row+i); err != nil {
			return i, err
		}
	}
	return len(dst), nil
}

func (r *natural) fillPointers(dst []**any, row int) (int, error) { return pointEach(r, dst, row) }

func (r *natural) fillNullable(dst []*sql.Null[any], row int) (int, error) {
	return fillEach(r, dst, row)
}

// anyCell stores into *any.
type anyCell struct {
	natural
	dst []*any
}

func (c *anyCell) scan(dst any, row int) (bool, error) {
	d, ok := dst.(*any)
	switch {
	case !ok:
		return false, nil
	case d == nil:
		return true, errNilPointer
	}
	var err error
	*d, err = c.value(row)
	return true, err
}

func (c *anyCell) attach(dst []reflect.Value) { c.dst = pointers[any](dst) }

func (c *anyCell) fill(row, n int) (int, error) { return c.natural.fill(c.dst[:n], row) }
