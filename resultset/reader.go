package resultset

import (
	"database/sql"
	"reflect"
)

// reader reads one column as values of type D. It is bound to each batch in turn; binding is where the type switch and
// the parsing of text happen, so that nothing is decided per value.
type reader[D any] interface {
	bind(b *Batch) error
	null(row int) bool
	// read stores the value of a row. NULL is ErrNull.
	read(dst *D, row int) error
	// fill stores the values of the rows from row on. It returns how many it stored; the error is that of the next.
	fill(dst []*D, row int) (int, error)
	// fillNullable is fill for destinations that can be NULL.
	fillNullable(dst []*sql.Null[D], row int) (int, error)
	// fillPointers is fill for pointers, which are nil for NULL. The new values share memory with their neighbours.
	fillPointers(dst []**D, row int) (int, error)
}

// fillEach is fillNullable for readers that have no faster way.
func fillEach[D any](r reader[D], dst []*sql.Null[D], row int) (int, error) {
	for i, d := range dst {
		if r.null(row + i) {
			*d = sql.Null[D]{}
			continue
		}
		if err := r.read(&d.V, row+i); err != nil {
			*d = sql.Null[D]{}
			return i, err
		}
		d.Valid = true
	}
	return len(dst), nil
}

// sharedBytes is how many bytes the values of neighbouring rows share at most, if pointers point to them. More would save
// little, and a single value keeps all of them alive.
const sharedBytes = 1 << 10

// shared has memory for values, a piece at a time.
type shared[D any] struct{ free []D }

// next returns a new value. There will be no more than left of them, this one included.
func (s *shared[D]) next(left int) *D {
	if len(s.free) == 0 {
		s.free = make([]D, max(1, min(left, sharedBytes/max(1, int(reflect.TypeFor[D]().Size())))))
	}
	v := &s.free[0]
	s.free = s.free[1:]
	return v
}

// pointEach is fillPointers for readers that have no faster way.
func pointEach[D any](r reader[D], dst []**D, row int) (int, error) {
	var values shared[D]
	for i, d := range dst {
		if r.null(row + i) {
			*d = nil
			continue
		}
		v := values.next(len(dst) - i)
		if err := r.read(v, row+i); err != nil {
			return i, err
		}
		*d = apart(v)
	}
	return len(dst), nil
}

// apart returns v, or a copy with memory of its own if v refers to so many bytes that its neighbours should not keep them.
func apart[D any](v *D) *D {
	long := false
	switch v := any(v).(type) {
	case *string:
		long = len(*v) > longText
	case *[]byte:
		long = len(*v) > longText
	}
	if !long {
		return v
	}
	own := *v
	*v = *new(D)
	return &own
}

// exact reads a column whose values are of the destination's type already.
type exact[D any] struct {
	col   int
	get   func(*Batch, int) (values[D], error)
	vals  []D
	nulls Bitmap
	bad   *badValues // nil if there are none
}

func (r *exact[D]) bind(b *Batch) error {
	c, err := r.get(b, r.col)
	r.vals, r.nulls, r.bad = c.Values, c.Nulls, c.bad
	return err
}

func (r *exact[D]) null(row int) bool { return r.nulls.Any() && r.nulls.Get(row) }

func (r *exact[D]) read(dst *D, row int) error {
	if r.null(row) {
		return ErrNull
	}
	if r.bad != nil {
		if err := r.bad.at(row); err != nil {
			return err
		}
	}
	*dst = r.vals[row]
	return nil
}

func (r *exact[D]) fill(dst []*D, row int) (int, error) {
	n := good(row, len(dst), r.nulls, r.bad)
	vals := r.vals[row:][:n]
	for i, d := range dst[:n] {
		*d = vals[i]
	}
	return n, failedAt(row, n, len(dst), r.bad)
}

func (r *exact[D]) fillNullable(dst []*sql.Null[D], row int) (int, error) {
	if r.bad != nil {
		return fillEach(r, dst, row)
	}
	vals := r.vals[row:][:len(dst)] // those of NULL are zero
	for i, d := range dst {
		d.V, d.Valid = vals[i], true
	}
	markNulls(dst, r.nulls, row)
	return len(dst), nil
}

func (r *exact[D]) fillPointers(dst []**D, row int) (int, error) {
	if r.bad != nil {
		return pointEach(r, dst, row)
	}
	vals, nulls := r.vals[row:][:len(dst)], r.nulls.Any()
	var values shared[D]
	for i, d := range dst {
		if nulls && r.nulls.Get(row+i) {
			*d = nil
			continue
		}
		v := values.next(len(dst) - i)
		*v = vals[i]
		*d = v
	}
	return len(dst), nil
}

// good returns how many of the n values from row on are neither NULL nor bad, up to the first that is.
func good(row, n int, nulls Bitmap, bad *badValues) int {
	return bad.next(row, nulls.next(row, row+n)) - row
}

// failedAt returns the error of a run of n values, from row on, that NULL or a bad value cut short after i of them.
func failedAt(row, i, n int, bad *badValues) error {
	if i == n {
		return nil
	}
	if err := bad.at(row + i); err != nil {
		return err
	}
	return ErrNull
}

// markNulls makes the values of the rows from row on that are NULL invalid.
func markNulls[D any](dst []*sql.Null[D], nulls Bitmap, row int) {
	for i := nulls.next(row, row+len(dst)); i < row+len(dst); i = nulls.next(i+1, row+len(dst)) {
		dst[i-row].Valid = false
	}
}

// converted reads a column whose values are converted, one by one.
type converted[S, D any] struct {
	exact[S]
	convert func(S) (D, error)
}

func (r *converted[S, D]) read(dst *D, row int) error {
	if r.null(row) {
		return ErrNull
	}
	if r.bad != nil {
		if err := r.bad.at(row); err != nil {
			return err
		}
	}
	v, err := r.convert(r.vals[row])
	if err != nil {
		return err
	}
	*dst = v
	return nil
}

func (r *converted[S, D]) fill(dst []*D, row int) (int, error) {
	for i, d := range dst {
		if err := r.read(d, row+i); err != nil {
			return i, err
		}
	}
	return len(dst), nil
}

func (r *converted[S, D]) fillNullable(dst []*sql.Null[D], row int) (int, error) {
	return fillEach(r, dst, row)
}

func (r *converted[S, D]) fillPointers(dst []**D, row int) (int, error) {
	return pointEach(r, dst, row)
}

// texts reads a column by the text of its values, which is borrowed and must be copied.
type texts[D any] struct {
	col  int
	text TextColumn
	any  bool       // there are NULLs
	bad  *badValues // nil if there are none
	copy func(text []byte) D
}

func (r *texts[D]) bind(b *Batch) error {
	c, err := b.texts(r.col)
	if err != nil {
		return err
	}
	r.text, r.any, r.bad = c.TextColumn, c.nulls.Any(), c.bad.any()
	return nil
}

func (r *texts[D]) null(row int) bool { return r.any && r.text.IsNull(row) }

func (r *texts[D]) read(dst *D, row int) error {
	if r.null(row) {
		return ErrNull
	}
	if r.bad != nil {
		if err := r.bad.at(row); err != nil {
			return err
		}
	}
	*dst = r.copy(r.text.Bytes(row))
	return nil
}

func (r *texts[D]) fill(dst []*D, row int) (int, error) {
	for i, d := range dst {
		if err := r.read(d, row+i); err != nil {
			return i, err
		}
	}
	return len(dst), nil
}

func (r *texts[D]) fillNullable(dst []*sql.Null[D], row int) (int, error) {
	return fillEach(r, dst, row)
}

func (r *texts[D]) fillPointers(dst []**D, row int) (int, error) {
	return pointEach(r, dst, row)
}

// nilable turns NULL into the zero value: for types that have a value for "nothing", such as []byte and any.
type nilable[D any] struct{ reader[D] }

func (nilable[D]) null(int) bool { return false }

func (r nilable[D]) read(dst *D, row int) error {
	if r.reader.null(row) {
		var zero D
		*dst = zero
		return nil
	}
	return r.reader.read(dst, row)
}

func (r nilable[D]) fill(dst []*D, row int) (int, error) {
	for i, d := range dst {
		if err := r.read(d, row+i); err != nil {
			return i, err
		}
	}
	return len(dst), nil
}
