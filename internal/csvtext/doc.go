// Package csvtext turns the column-major JSON of the protocol into CSV as Exasol's IMPORT reads it, and CSV as its EXPORT
// writes it into column-major JSON. Both work on blocks of rows and allocate nothing per value.
package csvtext

// Kind is how the values of a column are written.
type Kind uint8

// The kinds of columns.
const (
	Text    Kind = iota // strings, and all types that are written like them
	Integer             // DECIMAL whose values are JSON numbers: without a fraction and of up to 18 digits
	Decimal             // other DECIMAL, whose values are JSON strings
	Double              // DOUBLE: JSON numbers with a point
	Boolean             // true and false, 1 and 0 in CSV
	Plain               // Text that has no character with a meaning in JSON or CSV, such as dates and intervals
)

// separator separates fields, and rows end with LF.
const separator = ','
