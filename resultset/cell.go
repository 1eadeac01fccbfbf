package resultset

import (
	"database/sql"
	"encoding"
	"errors"
	"reflect"

	"github.com/exawire/exawire/internal/errtext"
)

// cell moves values of one column to destinations of one Go type. It is chosen once for a column and a type, bound to
// each batch in turn, and then used in one of two ways: scan stores one value where the caller says, fill stores a run
// of values in places that were attached before.
type cell interface {
	bind(b *Batch) error
	null(row int) bool

	// scan stores the value of a row. ok is false, and nothing is done, if dst is not of the type that it was chosen for.
	scan(dst any, row int) (ok bool, err error)

	// attach sets the places that fill stores into: pointers, as the cell was chosen for.
	attach(dst []reflect.Value)

	// fill stores the values of n rows, from row on, in the first n places. It returns how many it stored; the error is
	// that of the next value.
	fill(row, n int) (int, error)
}

var errNilPointer = errors.New("nil pointer")

// plain stores into *D, for which NULL is an error.
type plain[D any] struct {
	reader[D]
	dst []*D
}

func (c *plain[D]) scan(dst any, row int) (bool, error) {
	d, ok := dst.(*D)
	switch {
	case !ok:
		return false, nil
	case d == nil:
		return true, errNilPointer
	}
	return true, c.read(d, row)
}

func (c *plain[D]) attach(dst []reflect.Value) { c.dst = pointers[D](dst) }

func (c *plain[D]) fill(row, n int) (int, error) { return c.reader.fill(c.dst[:n], row) }

// pointer stores into **D: nil for NULL, else a new D.
type pointer[D any] struct {
	reader[D]
	dst []**D
}

func (c *pointer[D]) scan(dst any, row int) (bool, error) {
	d, ok := dst.(**D)
	switch {
	case !ok:
		return false, nil
	case d == nil:
		return true, errNilPointer
	case c.null(row):
		*d = nil
		return true, nil
	}
	v := new(D)
	if err := c.read(v, row); err != nil {
		return true, err
	}
	*d = v
	return true, nil
}

func (c *pointer[D]) attach(dst []reflect.Value) { c.dst = pointers[*D](dst) }

func (c *pointer[D]) fill(row, n int) (int, error) { return c.fillPointers(c.dst[:n], row) }

// nullable stores into *sql.Null[D].
type nullable[D any] struct {
	reader[D]
	dst []*sql.Null[D]
}

func (c *nullable[D]) scan(dst any, row int) (bool, error) {
	d, ok := dst.(*sql.Null[D])
	switch {
	case !ok:
		return false, nil
	case d == nil:
		return true, errNilPointer
	}
	return true, c.store(d, row)
}

func (c *nullable[D]) store(d *sql.Null[D], row int) error {
	if c.null(row) {
		*d = sql.Null[D]{}
		return nil
	}
	if err := c.read(&d.V, row); err != nil {
		*d = sql.Null[D]{}
		return err
	}
	d.Valid = true
	return nil
}

func (c *nullable[D]) attach(dst []reflect.Value) { c.dst = pointers[sql.Null[D]](dst) }

func (c *nullable[D]) fill(row, n int) (int, error) { return c.fillNullable(c.dst[:n], row) }

func pointers[D any](dst []reflect.Value) []*D {
	p := make([]*D, len(dst))
	for i, d := range dst {
		p[i] = d.Interface().(*D)
	}
	return p
}

// named stores into a type that has the same underlying type as the one that base was chosen for.
type named struct {
	cell
	dst  reflect.Type // pointer to the named type
	base reflect.Type // pointer to the type that cell was chosen for
}

func (c *named) scan(dst any, row int) (bool, error) {
	v := reflect.ValueOf(dst)
	if v.Type() != c.dst {
		return false, nil // the caller has made sure that dst is not a nil interface
	}
	return c.cell.scan(v.Convert(c.base).Interface(), row)
}

func (c *named) attach(dst []reflect.Value) {
	base := make([]reflect.Value, len(dst))
	for i, d := range dst {
		base[i] = d.Convert(c.base)
	}
	c.cell.attach(base)
}

// custom is the part that the cells for types with methods of their own, and for pointers to any type, have in common:
// they store values one by one through reflection.
type custom struct {
	col   column
	typ   reflect.Type // of the destinations, a pointer
	nulls Bitmap
	dst   []reflect.Value
	store func(dst reflect.Value, row int) error
}

func (c *custom) bindNulls(b *Batch) (err error) {
	c.nulls, err = c.col.nulls(b)
	return err
}

func (c *custom) null(row int) bool { return c.nulls.Any() && c.nulls.Get(row) }

func (c *custom) scan(dst any, row int) (bool, error) {
	v := reflect.ValueOf(dst)
	switch {
	case v.Type() != c.typ:
		return false, nil
	case v.IsNil():
		return true, errNilPointer
	}
	return true, c.store(v, row)
}

func (c *custom) attach(dst []reflect.Value) { c.dst = dst }

func (c *custom) fill(row, n int) (int, error) {
	for i, d := range c.dst[:n] {
		// The place held the value of an earlier row, whose inside the caller may have by now.
		d.Elem().SetZero()
		if err := c.store(d, row+i); err != nil {
			return i, err
		}
	}
	return n, nil
}

// scanner stores through sql.Scanner, which also gets the NULLs.
type scanner struct {
	custom
	batch *Batch
}

func newScanner(col column, typ reflect.Type) *scanner {
	c := &scanner{custom: custom{col: col, typ: typ}}
	standard := typ.Elem().PkgPath() == scannerType.PkgPath() // sql.NullString and its kin
	c.store = func(dst reflect.Value, row int) error {
		v, err := c.col.driverValue(c.batch, row)
		if err == nil {
			err = errtext.Quiet(c.typ, "its Scan method refuses the value", dst.Interface().(sql.Scanner).Scan(v))
		}
		if err != nil && standard {
			dst.Elem().SetZero() // it may say that it is valid all the same
		}
		return err
	}
	return c
}

func (c *scanner) bind(b *Batch) error {
	c.batch = b
	return c.bindNulls(b)
}

// unmarshaler stores through encoding.TextUnmarshaler.
type unmarshaler struct {
	custom
	text    reader[[]byte]
	scratch []byte
}

func newUnmarshaler(col column, typ reflect.Type, text reader[[]byte]) *unmarshaler {
	c := &unmarshaler{custom: custom{col: col, typ: typ}, text: text}
	c.store = func(dst reflect.Value, row int) error {
		if err := c.text.read(&c.scratch, row); err != nil {
			return err
		}
		err := dst.Interface().(encoding.TextUnmarshaler).UnmarshalText(c.scratch)
		return errtext.Quiet(c.typ, "its UnmarshalText method refuses the value", err)
	}
	return c
}

func (c *unmarshaler) bind(b *Batch) error {
	if err := c.text.bind(b); err != nil {
		return err
	}
	return c.bindNulls(b)
}

// indirect stores into a pointer to a pointer of any type: nil for NULL, else a new value.
type indirect struct {
	custom
	value cell
}

func newIndirect(col column, typ reflect.Type, value cell) *indirect {
	c := &indirect{custom: custom{col: col, typ: typ}, value: value}
	c.store = func(dst reflect.Value, row int) error {
		if c.null(row) {
			dst.Elem().SetZero()
			return nil
		}
		v := reflect.New(typ.Elem().Elem())
		if _, err := c.value.scan(v.Interface(), row); err != nil {
			return err
		}
		dst.Elem().Set(v)
		return nil
	}
	return c
}

// optional stores into an sql.Null of any type that has no cell of its own: not valid for NULL.
type optional struct {
	custom
	value cell
}

func newOptional(col column, typ reflect.Type, value cell) *optional {
	c := &optional{custom: custom{col: col, typ: typ}, value: value}
	c.store = func(dst reflect.Value, row int) error {
		null := dst.Elem()
		null.SetZero()
		if c.null(row) {
			return nil
		}
		if _, err := c.value.scan(null.Field(0).Addr().Interface(), row); err != nil {
			null.SetZero()
			return err
		}
		null.Field(1).SetBool(true)
		return nil
	}
	return c
}

func (c *optional) bind(b *Batch) error {
	if err := c.value.bind(b); err != nil {
		return err
	}
	return c.bindNulls(b)
}

func (c *indirect) bind(b *Batch) error {
	if err := c.value.bind(b); err != nil {
		return err
	}
	return c.bindNulls(b)
}
