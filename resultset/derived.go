package resultset

// derived is a second form of a column, such as the times of a column of text. It is made when it is first asked for and
// kept until the next message; its memory is used again.
type derived[T any] struct {
	values []T
	err    error
	done   bool
}

func (d *derived[T]) reset() { d.done, d.err = false, nil }

// column returns the derived column. The values of the rows that are not NULL are made by convert; the first error is
// the column's.
func (d *derived[T]) column(nulls Bitmap, convert func(row int) (T, error)) (Column[T], error) {
	if !d.done {
		d.done = true
		d.err = d.fill(nulls, convert)
	}
	if d.err != nil {
		return Column[T]{}, d.err
	}
	return Column[T]{Values: d.values, Nulls: nulls}, nil
}

func (d *derived[T]) fill(nulls Bitmap, convert func(row int) (T, error)) error {
	n := nulls.Len()
	d.values = resize(d.values, n)
	for row := range d.values {
		var value T
		if !nulls.Get(row) {
			var err error
			if value, err = convert(row); err != nil {
				return err
			}
		}
		d.values[row] = value
	}
	return nil
}
