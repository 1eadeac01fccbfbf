package exawire

import (
	"iter"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/resultset"
)

// The types of commands and resultset that everyday programs name, so that importing this package is enough. Their fields
// and methods are in the documentation of the type behind each name: [resultset.Rows] for Rows, [commands.ParamError] for
// ParamError, and so on.
type (
	// Attribute assigns a value to a session attribute; [Autocommit], [QueryTimeout] and the others make one. Methods:
	// [commands.Attribute].
	Attribute = commands.Attribute
	// Attributes is a snapshot of the session attributes, a field for each, such as Autocommit, CurrentSchema, DateFormat,
	// QueryTimeout and Timezone; and EscapeLike, for patterns of metadata. Fields and methods: [commands.Attributes].
	Attributes = commands.Attributes
	// SessionInfo is what the server says at login, such as SessionID, ProtocolVersion and ReleaseVersion. Fields:
	// [commands.SessionInfo].
	SessionInfo = commands.SessionInfo
	// ColumnInfo describes a column of a result or a parameter of a statement, by its Name and its DataType:
	// [commands.ColumnInfo].
	ColumnInfo = commands.ColumnInfo
	// DataType is the SQL type of a column: Type, Precision, Scale, Size and others; String writes it as SQL. Fields and
	// methods: [commands.DataType].
	DataType = commands.DataType
	// ParamColumn is one column of parameters for Stmt.ExecColumns, made by Values. Methods: [commands.ParamColumn].
	ParamColumn = commands.ParamColumn
	// RepeatedHour says what to make of a time that comes twice in the time zone of the session: see [Config].RepeatedHour.
	RepeatedHour = commands.RepeatedHour
	// ParamError says which parameter does not fit, and why. Nothing of its message was sent; a [WriteError] around it says
	// what became of the messages before. Column, Name, Row, GoType and SQLType say which it is. Fields and methods:
	// [commands.ParamError].
	ParamError = commands.ParamError

	// Rows are the rows of a result. [Each], [Collect] and [One] read them as values of a type. Methods of package
	// resultset: [resultset.Rows.All], [resultset.Rows.Next] with [resultset.Rows.Scan], [resultset.Rows.Batches],
	// [resultset.Rows.Columns], [resultset.Rows.Close] and others, see [resultset.Rows].
	Rows = resultset.Rows
	// Row is one row of a result, valid until the next one. [Scan] makes a value of a type of it. Methods of package
	// resultset: [resultset.Row.Scan], [resultset.Row.Value], [resultset.Row.Values], [resultset.Row.Columns] and
	// [resultset.Row.Number], see [resultset.Row].
	Row = resultset.Row
	// Batch is the rows of one message, column by column, valid until the next one. Methods of package resultset:
	// [resultset.Batch.Int64], [resultset.Batch.Decimal], [resultset.Batch.Text], [resultset.Batch.Time],
	// [resultset.Batch.Value], [resultset.Batch.Clone] and others, see [resultset.Batch].
	Batch = resultset.Batch
	// Column is one column of a Batch as a slice: the field Values has a T for each row, the field Nulls marks the NULLs.
	// Methods of package resultset: [resultset.Column.Get], [resultset.Column.IsNull] and [resultset.Column.Len].
	Column[T any] = resultset.Column[T]
	// TextColumn is one column of a Batch as text. Methods of package resultset: [resultset.TextColumn.String],
	// [resultset.TextColumn.Bytes], [resultset.TextColumn.Get], [resultset.TextColumn.IsNull] and
	// [resultset.TextColumn.Len], see [resultset.TextColumn].
	TextColumn = resultset.TextColumn
	// Bitmap marks the NULLs of a column. Methods of package resultset: [resultset.Bitmap.Get], [resultset.Bitmap.Any],
	// [resultset.Bitmap.All], [resultset.Bitmap.Count] and [resultset.Bitmap.Len].
	Bitmap = resultset.Bitmap
	// Decimal is an exact decimal number of up to 36 digits, made by [ParseDecimal] or [NewDecimal]. Methods of package
	// resultset: [resultset.Decimal.String], [resultset.Decimal.Cmp], [resultset.Decimal.Int64], [resultset.Decimal.Rat],
	// [resultset.Decimal.Rescale] and others, see [resultset.Decimal].
	Decimal = resultset.Decimal
	// YearMonth is an INTERVAL YEAR TO MONTH; its field Months is all of it. [resultset.ParseYearMonth] makes one of text.
	// Methods: [resultset.YearMonth].
	YearMonth = resultset.YearMonth
	// DaySecond is an INTERVAL DAY TO SECOND: the sum of its fields Days and Nanos. Methods of package resultset: [resultset.DaySecond.Duration],
	// [resultset.DaySecond.String] and others; [resultset.NewDaySecond] and [resultset.ParseDaySecond] make one.
	DaySecond = resultset.DaySecond
	// ScanError says which value could not be scanned, and why. Fields: [resultset.ScanError].
	ScanError = resultset.ScanError
	// ValueError says that one value of a result is not what its column promises. All other values can be
	// read. Fields: [resultset.ValueError].
	ValueError = resultset.ValueError
	// TypeError says that a Batch has no such column, or does not have it in the wanted form. Fields:
	// [resultset.TypeError].
	TypeError = resultset.TypeError
	// DataError says that the rows which a server sent are not what it had announced. The session is closed
	// then. Fields: [resultset.DataError].
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
// and not nil. After an error it is nil. The slice is made for as many rows as the server announces, but never for more than
// 16 times the rows that have come.
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

// JSON is a column of text that holds a T as JSON. Its only field is V, the T. It goes wherever values go: a field of a
// struct for [Each] and [Insert], a destination of Scan, an argument of Query and Exec, an element of [Values].
//
//	type Event struct {
//		ID      int64
//		Payload exawire.JSON[map[string]any]
//	}
//	n, err := sess.Exec(ctx, "INSERT INTO settings VALUES (?)", exawire.JSON[Settings]{V: settings}) // to write one
//	event.Payload.V["page"]                                                                         // one that was read
//
// *JSON[T] and sql.Null[JSON[T]] hold NULL; JSON[T] itself does not, and the text null is a V that is nil or zero. What T
// says about JSON holds: tags, methods such as MarshalJSON, and how exact numbers are. They are float64 in an any,
// json.Number and big.Int keep all digits. Encoded as a part of other JSON, a JSON[T] is its V alone.
//
// A text that is no JSON, or not that of a T, is a [*ScanError] that says where in the text; it does not quote the text,
// unless a method of T does, such as that of time.Time.
type JSON[T any] = commands.JSON[T]
