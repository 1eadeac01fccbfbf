package exawire

import (
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/resultset"
)

// The types of commands and resultset that everyday programs name, so that importing this package is enough.
type (
	// Attribute assigns a value to a session attribute.
	Attribute = commands.Attribute
	// Attributes is a snapshot of the session attributes.
	Attributes = commands.Attributes
	// SessionInfo is what the server tells at login.
	SessionInfo = commands.SessionInfo
	// ColumnInfo describes a column of a result or a parameter of a statement.
	ColumnInfo = commands.ColumnInfo
	// DataType is the type of a column.
	DataType = commands.DataType
	// ParamColumn is one column of parameters for Stmt.ExecColumns, made by Values.
	ParamColumn = commands.ParamColumn
	// RepeatedHour says what to make of a time that comes twice in the time zone of the session: see Config.RepeatedHour.
	RepeatedHour = commands.RepeatedHour
	// ParamError says which parameter does not fit, and why. Nothing of its message was sent; a WriteError around it
	// tells of the messages before.
	ParamError = commands.ParamError

	// Rows are the rows of a result.
	Rows = resultset.Rows
	// Row is one row of a result, valid until the next one.
	Row = resultset.Row
	// Batch is the rows of one message, column by column, valid until the next one.
	Batch = resultset.Batch
	// Column is one column of a Batch as a slice.
	Column[T any] = resultset.Column[T]
	// TextColumn is one column of a Batch as text.
	TextColumn = resultset.TextColumn
	// Bitmap marks the NULLs of a column.
	Bitmap = resultset.Bitmap
	// Decimal is an exact decimal number of up to 36 digits.
	Decimal = resultset.Decimal
	// YearMonth is an INTERVAL YEAR TO MONTH.
	YearMonth = resultset.YearMonth
	// DaySecond is an INTERVAL DAY TO SECOND.
	DaySecond = resultset.DaySecond
	// ScanError says which value could not be scanned, and why.
	ScanError = resultset.ScanError
	// ValueError says that one value of a result is not what its column promises. All other values can be read.
	ValueError = resultset.ValueError
	// TypeError says that a Batch has no such column, or does not have it in the wanted form.
	TypeError = resultset.TypeError
	// DataError says that the rows which a server sent are not what it had announced. The session is closed then.
	DataError = resultset.DataError
)

// What to make of a time that comes twice because clocks were set back over it, for Config.RepeatedHour.
const (
	// RepeatedHourError makes such a value an error where a time.Time is wanted.
	RepeatedHourError = commands.RepeatedHourError
	// RepeatedHourFirst makes it the first of the two instants.
	RepeatedHourFirst = commands.RepeatedHourFirst
	// RepeatedHourSecond makes it the second of the two instants.
	RepeatedHourSecond = commands.RepeatedHourSecond
)

// ParseDecimal reads a decimal number such as -12.50; its scale is the number of digits behind the point.
func ParseDecimal(s string) (Decimal, error) { return resultset.ParseDecimal(s) }

// NewDecimal returns unscaled / 10^scale: NewDecimal(150, 2) is 1.50. The error says that the scale is not 0 to 36.
func NewDecimal(unscaled int64, scale int) (Decimal, error) {
	return resultset.NewDecimal(unscaled, scale)
}

// Values makes a column of parameters from a slice. T is any type that fits the parameter's SQL type, a pointer to one
// or a sql.Null of one; nil is NULL: [commands.Values] has the list. The slice is read while the statement runs and never changed.
func Values[T any](v []T) ParamColumn { return commands.Values(v) }
