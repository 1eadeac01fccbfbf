package resultset

// derived is a second form of a column, such as the times of a column of text. It is made when it is first asked for and
// kept until the next message; its memory is used again.
type derived[T any] struct {
	values []T
	bad    badValues
	done   bool
}

func (d *derived[T]) reset() {
	d.done = false
	d.bad.reset()
}

// column returns the derived column. convert makes the values of the rows that are not NULL. Those that it cannot make
// are bad; texts, which may be nil, has their texts.
func (d *derived[T]) column(nulls Bitmap, texts *TextColumn, convert func(row int) (T, error)) values[T] {
	if !d.done {
		d.done = true
		d.fill(nulls, texts, convert)
	}
	return values[T]{Column[T]{Values: d.values, Nulls: nulls}, d.bad.any()}
}

func (d *derived[T]) fill(nulls Bitmap, texts *TextColumn, convert func(row int) (T, error)) {
	d.values = resize(d.values, nulls.Len())
	for row := range d.values {
		var value T
		if !nulls.Get(row) {
			v, err := convert(row)
			switch {
			case err == nil:
				value = v
			case texts == nil:
				d.bad.add(nil, row, span{}, err.Error())
			default:
				d.bad.add(texts.buf, row, texts.spans[row], err.Error())
			}
		}
		d.values[row] = value
	}
}
