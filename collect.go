package exawire

import (
	"iter"

	"github.com/exawire/exawire/resultset"
)

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
