package resultset

import (
	"fmt"
	"time"

	"github.com/exawire/exawire/commands"
)

// Batch holds the rows of one message, column by column. The columns that it returns, and above all the texts in them,
// point into the message. They are valid for as long as the batch, which in a loop over [Rows.Batches] is one turn.
// [Batch.Clone] keeps a batch for longer. A batch that is kept without Clone has no rows and no columns from the next
// turn on, and its methods return an error.
//
// Each type of column is available in one form or more:
//
//	DECIMAL without fraction            Int64, Decimal
//	DECIMAL                             Decimal
//	DOUBLE                              Float64
//	BOOLEAN                             Bool
//	DATE, TIMESTAMP, with or without    Time, Text
//	  WITH LOCAL TIME ZONE
//	INTERVAL YEAR TO MONTH              YearMonth, Text
//	INTERVAL DAY TO SECOND              DaySecond, Text
//	all others                          Text
//
// A value that cannot be read makes its column fail, for this batch, in the forms that would contain the value: no
// column ever has a wrong value in it. The error is that of the first such value. The other columns can still be read,
// and so can the other values of the column with [Batch.Value].
//
// A column index that does not exist, or a form in which the column is not available, is a [*TypeError] and never a
// panic, because the types come from the server. A second form of a column is made when it is first asked for and is
// then kept. A batch is therefore for one goroutine at a time; the columns that it has returned may be read by many.
//
// The zero Batch is empty and ready for [Decoder.Decode].
type Batch struct {
	formats *columnFormats
	columns []storage
	room    [fewColumns]storage // what columns needs if there are few of them
	start   int64
	rows    int
	over    bool // its turn of the loop has ended
}

const fewColumns = 2

// Len returns the number of rows.
func (b *Batch) Len() int { return b.rows }

// Start returns the number of the first row within the result set, from 0.
func (b *Batch) Start() int64 { return b.start }

// NumColumns returns the number of columns.
func (b *Batch) NumColumns() int { return len(b.columns) }

// Columns returns the descriptions of the columns. They are shared and must not be changed.
func (b *Batch) Columns() []commands.ColumnInfo {
	if b.formats == nil {
		return nil
	}
	return b.formats.cols
}

// Int64 returns a DECIMAL column without fraction. A column of more than 18 digits is available as int64 if every value
// of this batch fits; if one does not, the [*TypeError] names its row. A value that cannot be read is a [*ValueError].
func (b *Batch) Int64(col int) (Column[int64], error) {
	v, err := b.ints(col)
	return whole(b, col, v, err)
}

func (b *Batch) ints(col int) (values[int64], error) {
	s, err := b.column(col)
	if err != nil {
		return values[int64]{}, err
	}
	switch c := s.(type) {
	case *int64Column:
		return c.read(), nil
	case *decimalColumn:
		if c.scale == 0 {
			return b.narrowed(col, c)
		}
	}
	return values[int64]{}, b.typeError(col, "int64", "")
}

// narrowed is ints for a column of more than 18 digits.
func (b *Batch) narrowed(col int, c *decimalColumn) (values[int64], error) {
	v := c.ints.column(c.Nulls, nil, func(row int) (int64, error) {
		v, ok := c.Values[row].Int64()
		if !ok {
			return 0, errRange
		}
		return v, nil
	})
	if v.bad != nil {
		row := b.start + int64(v.bad.list[0].row)
		return values[int64]{}, b.typeError(col, "int64", fmt.Sprintf("the value of row %d does not fit", row+1))
	}
	v.bad = c.bad.any()
	return v, nil
}

// Decimal returns a DECIMAL column. All values have the scale of the column. A value that cannot be read is a
// [*ValueError].
func (b *Batch) Decimal(col int) (Column[Decimal], error) {
	v, err := b.decimals(col)
	return whole(b, col, v, err)
}

func (b *Batch) decimals(col int) (values[Decimal], error) {
	s, err := b.column(col)
	if err != nil {
		return values[Decimal]{}, err
	}
	switch c := s.(type) {
	case *decimalColumn:
		return c.read(), nil
	case *int64Column:
		v := c.decimals.column(c.Nulls, nil, func(row int) (Decimal, error) { return integerDecimal(c.Values[row], 0), nil })
		v.bad = c.bad.any()
		return v, nil
	}
	return values[Decimal]{}, b.typeError(col, "Decimal", "")
}

// Float64 returns a DOUBLE column. A DECIMAL column is not converted, since that could lose digits without notice: use
// [Batch.Decimal]. A value that cannot be read is a [*ValueError].
func (b *Batch) Float64(col int) (Column[float64], error) {
	v, err := b.floats(col)
	return whole(b, col, v, err)
}

func (b *Batch) floats(col int) (values[float64], error) {
	s, err := b.column(col)
	if err != nil {
		return values[float64]{}, err
	}
	if c, ok := s.(*floatColumn); ok {
		return c.read(), nil
	}
	return values[float64]{}, b.typeError(col, "float64", "")
}

// Bool returns a BOOLEAN column.
func (b *Batch) Bool(col int) (Column[bool], error) {
	v, err := b.bools(col)
	return whole(b, col, v, err)
}

func (b *Batch) bools(col int) (values[bool], error) {
	s, err := b.column(col)
	if err != nil {
		return values[bool]{}, err
	}
	if c, ok := s.(*boolColumn); ok {
		return c.read(), nil
	}
	return values[bool]{}, b.typeError(col, "bool", "")
}

// Time returns a DATE or TIMESTAMP column, parsed on first use. Dates are midnight UTC. Timestamps without time zone
// show the same wall clock in UTC; those WITH LOCAL TIME ZONE are in the session's zone. A value that is not a
// timestamp in the session's format is a [*ValueError], and so is a value that does not stand for exactly one instant
// in the session's zone: see [Formats.RepeatedHour]. If the format cannot be parsed exactly, or if the zone is not
// known, the column is available only as [Batch.Text].
func (b *Batch) Time(col int) (Column[time.Time], error) {
	c, err := b.times(col)
	if err != nil {
		return Column[time.Time]{}, err
	}
	return whole(b, col, c.parseAll(), nil)
}

func (b *Batch) times(col int) (*timeColumn, error) {
	s, err := b.column(col)
	if err != nil {
		return nil, err
	}
	c, ok := s.(*timeColumn)
	if !ok {
		return nil, b.typeError(col, "time", "")
	}
	if reason := c.missing(); reason != "" {
		return nil, b.typeError(col, "time", reason)
	}
	return c, nil
}

// YearMonth returns an INTERVAL YEAR TO MONTH column, parsed on first use. A malformed value is a [*ValueError];
// [Batch.Text] still returns the column.
func (b *Batch) YearMonth(col int) (Column[YearMonth], error) {
	c, err := b.yearMonths(col)
	if err != nil {
		return Column[YearMonth]{}, err
	}
	return whole(b, col, c.parseAll(), nil)
}

func (b *Batch) yearMonths(col int) (*intervalColumn[YearMonth], error) {
	return intervalsOf[YearMonth](b, col, "YearMonth")
}

// DaySecond returns an INTERVAL DAY TO SECOND column, parsed on first use. A malformed value is a [*ValueError];
// [Batch.Text] still returns the column.
func (b *Batch) DaySecond(col int) (Column[DaySecond], error) {
	c, err := b.daySeconds(col)
	if err != nil {
		return Column[DaySecond]{}, err
	}
	return whole(b, col, c.parseAll(), nil)
}

func (b *Batch) daySeconds(col int) (*intervalColumn[DaySecond], error) {
	return intervalsOf[DaySecond](b, col, "DaySecond")
}

func intervalsOf[T any](b *Batch, col int, want string) (*intervalColumn[T], error) {
	s, err := b.column(col)
	if err != nil {
		return nil, err
	}
	if c, ok := s.(*intervalColumn[T]); ok {
		return c, nil
	}
	return nil, b.typeError(col, want, "")
}

// Text returns a column as the text that the server sent. Columns of numbers and booleans have no text. The values of a
// column of an unknown type are text if they are JSON strings, and raw JSON otherwise. A text that is not valid Unicode
// is a [*ValueError].
func (b *Batch) Text(col int) (TextColumn, error) {
	c, err := b.texts(col)
	if err == nil {
		err = b.firstBad(col, c.bad.any())
	}
	if err != nil {
		return TextColumn{}, err
	}
	return c.TextColumn, nil
}

func (b *Batch) texts(col int) (*textColumn, error) {
	s, err := b.column(col)
	if err != nil {
		return nil, err
	}
	if c, ok := s.(interface{ texts() *textColumn }); ok {
		return c.texts(), nil
	}
	return nil, b.typeError(col, "text", "")
}

// Value returns one value in the natural Go type of its column, nil for NULL:
//
//	DECIMAL of up to 18 digits, no fraction    int64
//	DECIMAL                                    Decimal
//	DOUBLE                                     float64
//	BOOLEAN                                    bool
//	DATE, TIMESTAMP                            time.Time
//	INTERVAL YEAR TO MONTH                     YearMonth
//	INTERVAL DAY TO SECOND                     DaySecond
//	all others                                 string
//
// The value is a copy and may be kept. row counts from 0 within the batch. A row that does not exist is a [*TypeError].
// So is a date or timestamp in a format that [Batch.Time] cannot parse, because the Go type of a value does not depend
// on the session's settings; [Batch.Text] returns its text. A value that cannot be read is a [*ValueError].
func (b *Batch) Value(col, row int) (any, error) {
	s, err := b.column(col)
	switch {
	case err != nil:
		return nil, err
	case uint(row) >= uint(b.rows):
		return nil, b.typeError(col, "value", fmt.Sprintf("there is no row %d, the batch has %d", row+1, b.rows))
	case s.nullRows().Get(row):
		return nil, nil
	}
	if c, ok := s.(*timeColumn); ok && c.missing() != "" {
		return nil, b.typeError(col, "time", c.missing())
	}
	v, err := s.any(row)
	if err != nil {
		return nil, b.valueError(col, row, err)
	}
	return v, nil
}

// Clone returns a copy of the batch that shares no memory with the batch or its message and may be kept.
func (b *Batch) Clone() *Batch {
	c := &Batch{formats: b.formats, columns: make([]storage, len(b.columns)), start: b.start, rows: b.rows, over: b.over}
	for i, s := range b.columns {
		c.columns[i] = s.clone()
	}
	return c
}

// retire ends the use of b by whoever still has it, and returns a batch with its memory.
func (b *Batch) retire() *Batch {
	next := &Batch{formats: b.formats, columns: b.columns, room: b.room}
	if len(b.columns) <= fewColumns {
		next.columns = next.room[:len(b.columns)]
	}
	next.clear()
	*b = Batch{over: true}
	return next
}

// clear makes the batch empty. It keeps its memory, but no longer points into a message.
func (b *Batch) clear() {
	b.start, b.rows, b.over = 0, 0, false
	for _, s := range b.columns {
		s.reset(nil, 0)
	}
}

// prepare makes room for the rows of a message. Columns made for the same formats are used again.
func (b *Batch) prepare(f *columnFormats, data []byte, rows int) {
	if b.formats != f {
		b.formats = f
		if b.columns = b.room[:0]; len(f.cols) > fewColumns {
			b.columns = make([]storage, len(f.cols))
		}
		b.columns = b.columns[:len(f.cols)]
		for i, col := range f.cols {
			b.columns[i] = f.storage(col.DataType)
		}
	}
	for _, s := range b.columns {
		s.reset(data, rows)
	}
	b.rows = rows
}

func (b *Batch) column(col int) (storage, error) {
	if b.over {
		return nil, errBatchOver
	}
	if uint(col) >= uint(len(b.columns)) {
		return nil, &TypeError{Index: col, Columns: len(b.columns)}
	}
	return b.columns[col], nil
}

func (b *Batch) typeError(col int, want, reason string) error {
	c := b.formats.cols[col]
	return &TypeError{Column: c.Name, Index: col, Columns: len(b.columns), Type: c.DataType, Want: want, Reason: reason}
}
