package resultset

import "reflect"

// boxes reads one column as values of type any, which may be kept. An any that holds a number, a text or a time points to
// it, and an allocation for each would be most of the cost of a row. So the values of some rows are stored together in a
// block when rows are read one after the other. The price is that one value keeps its neighbours alive, so a block is
// small.
type boxes struct {
	column
	form   boxForm
	batch  *Batch
	values storage     // the column of the batch
	nulls  Bitmap      // of the batch
	texts  stringTexts // of columns that are read as text
	first  int         // row of the first value of the block, or the row that is expected next
	rows   int         // of the block
	block  reflect.Value
	apart  uint32 // a bit for each row of the block whose value is not in it
	large  bool   // a value of the present rows may have much memory of its own
}

// boxForm says which types the values have.
type boxForm uint8

const (
	boxNatural boxForm = iota // see Batch.Value
	boxDriver                 // see Rows.DriverValues
)

// boxedRows is how many values are in a block. The largest have 24 bytes, so a block has less than sharedBytes.
const boxedRows = 32

func newBoxes(c column, form boxForm) boxes {
	return boxes{column: c, form: form, texts: stringTexts{col: c.index}}
}

// asText reports whether the values are texts as the server sent them.
func (b *boxes) asText() bool {
	return b.kind == kindText || b.form == boxDriver && (b.kind == kindYearMonth || b.kind == kindDaySecond)
}

func (b *boxes) bind(batch *Batch) (err error) {
	b.batch, b.first, b.rows = batch, 0, 0
	if b.values, err = batch.column(b.index); err != nil {
		return err
	}
	b.nulls = b.values.nullRows()
	if b.asText() {
		err = b.texts.bind(batch)
	}
	return err
}

// value returns the value of a row, nil for NULL. The errors are those of [Batch.Value].
func (b *boxes) value(row int) (any, error) {
	if i := uint(row - b.first); i < uint(b.rows) && b.apart>>i&1 == 0 {
		// An element of an array that has no address is not copied once more: the result points into the block.
		return b.block.Index(int(i)).Interface(), nil
	}
	return b.other(row)
}

// other is value for a row that is not in the block.
func (b *boxes) other(row int) (any, error) {
	null := b.nulls.Get(row)
	switch end, left := b.first+b.rows, b.batch.Len()-row; {
	case row < end: // of the block, but apart
	case row == end && left > 1 && !null: // for one row, which many results have, a block does not pay
		b.first, b.rows = row, min(boxedRows, left)
		if b.block, b.apart = b.values.box(b.first, b.rows, b); b.apart&1 == 0 {
			return b.block.Index(0).Interface(), nil
		}
	default:
		b.first, b.rows = row+1, 0
	}
	if null {
		return nil, nil
	}
	return b.single(row)
}

// single is value for a row that is not NULL, without a block.
func (b *boxes) single(row int) (any, error) {
	switch {
	case b.form == boxNatural:
		b.large = b.large || b.kind == kindText
		return b.batch.Value(b.index, row)
	case !b.asText():
		return b.driverValue(b.batch, row)
	}
	c, err := b.batch.texts(b.index)
	if err != nil {
		return nil, err
	}
	if err := c.bad.at(row); err != nil {
		return nil, b.batch.valueError(b.index, row, err)
	}
	return c.String(row), nil
}
