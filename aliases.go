package exawire

import (
	"iter"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/resultset"
)

// The types of commands and resultset that everyday programs name, so that importing this package is enough.
type (
	// Attribute assigns a value to a session attribute.
	Attribute = commands.Attribute
	// Attributes is a snapshot of the session attributes.
	Attributes = commands.Attributes
	// SessionInfo is what the server says at login.
	SessionInfo = commands.SessionInfo
	// ColumnInfo describes a column of a result or a parameter of a statement.
	ColumnInfo = commands.ColumnInfo
	// DataType is the type of a column.
	DataType = commands.DataType
	// ParamColumn is one column of parameters for Stmt.ExecColumns, made by Values.
	ParamColumn = commands.ParamColumn
	// RepeatedHour says what to make of a time that comes twice in the time zone of the session: see [Config].RepeatedHour.
	RepeatedHour = commands.RepeatedHour
	// ParamError says which parameter does not fit, and why. Nothing of its message was sent; a [WriteError] around it says
	// what became of the messages before.
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

// What to make of a time that comes twice because clocks were set back, for Config.RepeatedHour.
const (
	// RepeatedHourError makes such a value an error where a time.Time is wanted.
	RepeatedHourError = commands.RepeatedHourError
	// RepeatedHourFirst makes it the first of the two instants.
	RepeatedHourFirst = commands.RepeatedHourFirst
	// RepeatedHourSecond makes it the second of the two instants.
	RepeatedHourSecond = commands.RepeatedHourSecond
)

// ParseDecimal reads a decimal number such as -12.50; its scale is the number of digits after the point.
func ParseDecimal(s string) (Decimal, error) { return resultset.ParseDecimal(s) }

// NewDecimal returns unscaled / 10^scale: NewDecimal(150, 2) is 1.50. The error says that the scale is not 0 to 36.
func NewDecimal(unscaled int64, scale int) (Decimal, error) {
	return resultset.NewDecimal(unscaled, scale)
}

// Values makes a column of parameters from a slice. T is any type that fits the parameter's SQL type, a pointer to one
// or a sql.Null of one; nil is NULL: [commands.Values] has the list. The slice is read while the statement runs and never changed.
func Values[T any](v []T) ParamColumn { return commands.Values(v) }

// MapOption changes how columns find the fields of a struct: [ByPosition] and [Lax]. [Each], [Collect], [One] and [Scan]
// take it for reading, [Insert] and [InsertEach] by [Mapping] for writing.
type MapOption = resultset.MapOption

// ByPosition gives the first column to the first field and so on; names and tags do not matter, except that a field
// tagged "-" is left out. The default is by name.
func ByPosition() MapOption { return resultset.ByPosition() }

// Lax ignores columns without a field and fields without a column, which keep their zero value. By default both are
// errors. With Lax a T that is not a struct gets the first column.
func Lax() MapOption { return resultset.Lax() }

// Each returns an iterator over rows as values of T:
//
//	type Product struct {
//		ID        int64           // ID
//		UnitPrice exawire.Decimal // UNIT_PRICE: case and underscores do not count
//		Label     *string         `exa:"NAME"` // nil is NULL
//	}
//	for p, err := range exawire.Each[Product](rows) { ... }
//
// T can be
//
//   - a struct, filled by the names of the columns, or a pointer to one, which is a new struct for each row. It is an
//     error if a column has no field, a field has no column, or either has two: see [Lax] and [ByPosition]
//   - a type that one column goes into, such as string, *int64 or time.Time, for results of one column
//   - []any, for the values of a row in their natural types, and map[string]any, with the names of the columns as keys
//
// Strings and byte slices are copied, and so the values may be kept. (Strings of neighbouring rows share allocations of
// up to 16 KiB, which live as long as any of them; use [strings.Clone] to keep a few short strings of many.) The
// documentation of package resultset has the rules in full, and what goes into what.
//
// An error is yielded as the last pair, with a zero T; rows before the one in error have been yielded by then. Leaving
// the loop closes the rows. The iterator can be used once; a second loop yields [ErrUsed].
func Each[T any](rows *Rows, opts ...MapOption) iter.Seq2[T, error] {
	return resultset.Each[T](rows, opts...)
}

// Collect reads all rows as values of T and closes them; see [Each] for what T can be. Without rows the slice is empty
// and not nil. After an error it is nil.
func Collect[T any](rows *Rows, opts ...MapOption) ([]T, error) {
	return resultset.Collect[T](rows, opts...)
}

// One reads the only row as a value of T and closes the rows; see [Each] for what T can be. It returns [ErrNoRows] or
// [ErrTooManyRows] if there is not exactly one row.
func One[T any](rows *Rows, opts ...MapOption) (T, error) {
	return resultset.One[T](rows, opts...)
}

// Scan returns a row of [Rows.All] as a value of T; see [Each] for what T can be. Use it when rows of one result go into
// different types; Each is faster.
func Scan[T any](row Row, opts ...MapOption) (T, error) { return resultset.Scan[T](row, opts...) }

// JSON is a column of text that holds a T as JSON. It goes wherever values go: a field of a struct for [Each] and
// [Insert], a destination of Scan, an argument of Query and Exec, an element of [Values].
//
//	type Event struct {
//		ID      int64
//		Payload exawire.JSON[map[string]any]
//	}
//
// *JSON[T] and sql.Null[JSON[T]] hold NULL; JSON[T] itself does not, and the text null is a V that is nil or zero. What T
// says about JSON holds: tags, methods such as MarshalJSON, and how exact numbers are. They are float64 in an any,
// json.Number and big.Int keep all digits. Encoded as a part of other JSON, a JSON[T] is its V alone.
//
// A text that is no JSON, or not that of a T, is a [*ScanError] that says where in the text; it does not quote the text,
// unless a method of T does, such as that of time.Time.
type JSON[T any] = commands.JSON[T]
