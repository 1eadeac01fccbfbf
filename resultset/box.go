package resultset

import (
	"reflect"

	"github.com/exawire/exawire/commands"
)

// boxes reads one column as values of type any, which may be kept. An any that holds a number, a text or a time points to
// it, and an allocation for each would be most of the cost of a row. So the values of some rows at a time are made
// together and share their memory, if the rows are read one after the other. The price is that one value keeps its
// neighbours alive, so there are few of them: see [boxedRows].
type boxes struct {
	column
	form   boxForm
	batch  *Batch
	values storage     // the column of the batch
	texts  stringTexts // of columns that are read as text
	first  int         // row of the first value in ready, or the one that is expected next
	ready  []any
	room   []any // for ready
}

// boxForm says which types the values have.
type boxForm uint8

const (
	boxNatural boxForm = iota // see Batch.Value
	boxDriver                 // see Rows.DriverValues
)

// boxedRows is how many values are made together. The largest have 24 bytes, so they share less than sharedBytes.
const boxedRows = 32

func newBoxes(c column, form boxForm) boxes {
	// Many results have one row: its values are made one by one.
	return boxes{column: c, form: form, texts: stringTexts{col: c.index}, first: -1}
}

// asText reports whether the values are texts as the server sent them.
func (b *boxes) asText() bool {
	return b.kind == kindText || b.form == boxDriver && (b.kind == kindYearMonth || b.kind == kindDaySecond)
}

func (b *boxes) bind(batch *Batch) (err error) {
	b.batch = batch
	b.first, b.ready = min(b.first+1, 0), nil
	if b.values, err = batch.column(b.index); err == nil && b.asText() {
		err = b.texts.bind(batch)
	}
	return err
}

// value returns the value of a row, nil for NULL. The errors are those of [Batch.Value].
func (b *boxes) value(row int) (any, error) {
	if i := uint(row - b.first); i < uint(len(b.ready)) {
		return b.ready[i], nil
	}
	return b.next(row)
}

// next is value for a row that is not ready.
func (b *boxes) next(row int) (any, error) {
	if n := min(boxedRows, b.batch.Len()-row); n > 1 && row == b.first+len(b.ready) {
		if cap(b.room) < n {
			b.room = make([]any, n)
		}
		b.first, b.ready = row, b.room[:n]
		b.ready = b.ready[:b.values.box(b.ready, row, b)]
		if len(b.ready) > 0 {
			return b.ready[0], nil
		}
	}
	b.first, b.ready = row+1, nil
	if b.form == boxDriver {
		return b.driverValue(b.batch, row)
	}
	return b.batch.Value(b.index, row)
}

// rowBoxes reads all columns.
type rowBoxes []boxes

func newRowBoxes(cols []commands.ColumnInfo, form boxForm) rowBoxes {
	r := make(rowBoxes, len(cols))
	for i := range r {
		r[i] = newBoxes(newColumn(cols, i), form)
	}
	return r
}

func (r rowBoxes) bind(b *Batch) error {
	for i := range r {
		if err := r[i].bind(b); err != nil {
			return err
		}
	}
	return nil
}

// box stores values as values of type any. If there are boxedRows of them, they share memory.
func box[T any](dst []any, values []T) {
	if len(values) == boxedRows {
		// An element of an array that has no address is not copied once more: the results point into the array.
		all := reflect.ValueOf([boxedRows]T(values))
		for i := range dst {
			dst[i] = all.Index(i).Interface()
		}
		return
	}
	for i, v := range values {
		dst[i] = v
	}
}

// nilNulls stores nil for the rows from row on that are NULL.
func nilNulls(dst []any, nulls Bitmap, row int) {
	for i := nulls.next(row, row+len(dst)); i < row+len(dst); i = nulls.next(i+1, row+len(dst)) {
		dst[i-row] = nil
	}
}
