package resultset

import (
	"reflect"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/errtext"
)

// kind is the natural form of a column.
type kind uint8

const (
	kindText kind = iota // also of types that this module does not know
	kindInt              // DECIMAL that fits an int64
	kindDecimal
	kindFloat
	kindBool
	kindTime
	kindYearMonth
	kindDaySecond
)

// maxInt64Digits is how many digits a DECIMAL may have to be decoded to int64.
const maxInt64Digits = 18

func kindOf(t commands.DataType) kind {
	switch t.Type {
	case commands.Decimal:
		if t.Precision != nil && 1 <= *t.Precision && *t.Precision <= maxInt64Digits && t.Scale != nil && *t.Scale == 0 {
			return kindInt
		}
		return kindDecimal
	case commands.Double:
		return kindFloat
	case commands.Boolean:
		return kindBool
	case commands.Date, commands.Timestamp, commands.TimestampLTZ:
		return kindTime
	case commands.IntervalYearToMonth:
		return kindYearMonth
	case commands.IntervalDayToSecond:
		return kindDaySecond
	}
	return kindText
}

// column is a column with its place and its natural form.
type column struct {
	commands.ColumnInfo
	index int
	of    int // number of columns
	kind  kind
}

func newColumn(cols []commands.ColumnInfo, index int) column {
	return column{cols[index], index, len(cols), kindOf(cols[index].DataType)}
}

func (c column) nulls(b *Batch) (Bitmap, error) {
	s, err := b.column(c.index)
	if err != nil {
		return Bitmap{}, err
	}
	return s.nullRows(), nil
}

// hasText reports whether a batch has the columns of a kind as text.
func hasText(k kind) bool {
	return k == kindText || k == kindTime || k == kindYearMonth || k == kindDaySecond
}

// driverValue returns the value for an sql.Scanner: numbers that neither an int64 nor a float64 holds, and intervals,
// are text.
func (c column) driverValue(b *Batch, row int) (any, error) {
	v, err := b.Value(c.index, row)
	if err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case Decimal:
		return v.String(), nil
	case YearMonth:
		return v.String(), nil
	case DaySecond:
		return v.String(), nil
	}
	return v, nil
}

// placedError is an error of a cell for several columns, which has its place already. A ScanError that a Scan method of the
// caller's returns is about another place.
type placedError struct{ error }

// error says where a value could not be stored.
func (c column) error(row int64, dst reflect.Type, err error) error {
	if placed, ok := err.(placedError); ok { //nolint:errorlint // a cell's own
		return placed.error
	}
	err = locate(err, c, row)
	return &ScanError{Column: c.Name, Index: c.index, Columns: c.of, Row: row, Type: c.DataType, Go: errtext.TypeName(dst), Err: err}
}
