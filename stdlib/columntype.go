package stdlib

import (
	"database/sql/driver"
	"reflect"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
)

var (
	_ driver.RowsColumnTypeDatabaseTypeName = (*rows)(nil)
	_ driver.RowsColumnTypeLength           = (*rows)(nil)
	_ driver.RowsColumnTypeNullable         = (*rows)(nil)
	_ driver.RowsColumnTypePrecisionScale   = (*rows)(nil)
	_ driver.RowsColumnTypeScanType         = (*rows)(nil)
)

// typeOf returns the type of a column, the zero value if there is no such column.
func (r *rows) typeOf(col int) exawire.DataType {
	if cols := r.rows.Columns(); uint(col) < uint(len(cols)) {
		return cols[col].DataType
	}
	return exawire.DataType{}
}

// ColumnTypeDatabaseTypeName returns the name of the type without its size.
func (r *rows) ColumnTypeDatabaseTypeName(col int) string { return string(r.typeOf(col).Type) }

// ColumnTypeLength returns how many characters a text can have.
func (r *rows) ColumnTypeLength(col int) (length int64, ok bool) {
	t := r.typeOf(col)
	switch t.Type {
	case commands.Char, commands.Varchar, commands.Hashtype:
		if t.Size != nil {
			return int64(*t.Size), true
		}
	}
	return 0, false
}

// ColumnTypeNullable says that it is not known: the protocol does not tell.
func (r *rows) ColumnTypeNullable(int) (nullable, ok bool) { return false, false }

// ColumnTypePrecisionScale returns the digits of a DECIMAL.
func (r *rows) ColumnTypePrecisionScale(col int) (precision, scale int64, ok bool) {
	t := r.typeOf(col)
	if t.Type != commands.Decimal || t.Precision == nil || t.Scale == nil {
		return 0, 0, false
	}
	return int64(*t.Precision), int64(*t.Scale), true
}

// maxIntDigits is how many digits a DECIMAL without fraction may have to be an int64.
const maxIntDigits = 18

// ColumnTypeScanType returns the type of the values that are not NULL.
func (r *rows) ColumnTypeScanType(col int) reflect.Type {
	switch t := r.typeOf(col); t.Type {
	case commands.Decimal:
		if t.Precision != nil && 1 <= *t.Precision && *t.Precision <= maxIntDigits && t.Scale != nil && *t.Scale == 0 {
			return reflect.TypeFor[int64]()
		}
	case commands.Double:
		return reflect.TypeFor[float64]()
	case commands.Boolean:
		return reflect.TypeFor[bool]()
	case commands.Date, commands.Timestamp, commands.TimestampLTZ:
		return reflect.TypeFor[time.Time]()
	}
	return reflect.TypeFor[string]()
}
