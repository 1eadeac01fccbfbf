// Package resultset gives the rows of a result set to a Go program: as typed columns, as values of a Go type, or through
// a classic cursor.
//
// Programs that only query need not import it: package exawire has Each, Collect, One and Scan, which are those of this
// package, and names for its types. It is for adapters, which bring a [Source] or a [Decoder] of their own, and it has the
// rules for everybody.
//
// # Columns and batches
//
// Exasol sends results column by column, and knows how many rows there are before it sends the first. This package
// keeps the columns: a message becomes a [Batch], and a column of a batch is a slice of one Go type beside a bitmap of
// the rows that are NULL. Nothing is allocated per value. This is by far the fastest way to read:
//
//	for batch, err := range rows.Batches() {
//		if err != nil {
//			return err
//		}
//		amount, err := batch.Int64(0)
//		if err != nil {
//			return err
//		}
//		for i, v := range amount.Values {
//			if !amount.IsNull(i) {
//				sum += v
//			}
//		}
//	}
//
// The natural form of a column follows from its SQL type alone:
//
//	DECIMAL(p,0), p <= 18                            int64
//	DECIMAL, all others                              Decimal, 36 digits, exact
//	DOUBLE PRECISION                                 float64
//	BOOLEAN                                          bool
//	DATE, TIMESTAMP                                  time.Time in UTC: they have no zone
//	TIMESTAMP WITH LOCAL TIME ZONE                   time.Time in the session's zone
//	INTERVAL YEAR TO MONTH                           YearMonth
//	INTERVAL DAY TO SECOND                           DaySecond
//	CHAR, VARCHAR, GEOMETRY, HASHTYPE, unknown ones  text
//
// # Rows as Go values
//
// [Each] turns rows into values of a type of yours while they arrive; [Collect] returns all of them, [One] the only one:
//
//	type Product struct {
//		ProductID int64             // PRODUCT_ID
//		Name      *string           // nil is NULL
//		Price     resultset.Decimal `exa:"UNIT_PRICE"`
//	}
//	for p, err := range resultset.Each[Product](rows) { ... }
//	count, err := resultset.One[int](rows)
//
// A struct is filled by name. The name in a field's tag `exa:"NAME"` is compared with the names of the columns regardless
// of case. The name of a field without a tag is compared regardless of case and underscores: ProductID is PRODUCT_ID. A
// name that is the same letter for letter wins, and a tag comes before a field's own name. Fields of embedded structs
// count as fields of the outer one; an embedded type that takes one column, such as time.Time or sql.NullString, is a
// field with the name of its type. A field tagged `exa:"-"` is left out. It is an error if a column has no field, a field
// has no column, or either has two; [Lax] forgives what is missing, [ByPosition] goes by the order instead. All
// that is decided once for a type and a list of columns.
//
// T may also be
//
//   - a pointer to a struct: each row is a new one
//   - a type that one column goes into, such as string or *int64, for results of one column
//   - []any for the values of a row in their natural types, see [Batch.Value], and map[string]any with the names of the
//     columns as keys, which must differ. Each row is a new one, for the caller to keep
//
// # What goes into what
//
// [Rows.Scan], [Row.Scan] and the fields of structs follow the same rule: exact or an error. Nothing is rounded, cut or
// wrapped around, and no text is parsed as a number.
//
//	integers            numbers without fraction, in range
//	float64, float32    numbers that come back the same: DOUBLE if equal, DECIMAL if the float prints as the same number
//	                    at the column's scale, which is certain up to 15 digits (float32: 6)
//	Decimal             DECIMAL
//	big.Int, big.Rat    all numbers (big.Int: without fraction)
//	string, []byte      everything, as text; dates, timestamps and intervals as the server wrote them
//	bool                BOOLEAN
//	time.Time           DATE, TIMESTAMP, TIMESTAMP WITH LOCAL TIME ZONE
//	time.Duration       INTERVAL DAY TO SECOND up to 292 years
//	YearMonth, DaySecond  their intervals
//	any                 everything, in its natural form
//
// Types of your own with one of these as underlying type work alike. Types that implement sql.Scanner or
// encoding.TextUnmarshaler decide for themselves: a Scanner gets what a database/sql driver would give it (numbers that
// are not int64 or float64 as text), a TextUnmarshaler gets the text.
//
// An sql.Null of any type takes what the type takes.
//
// A value that cannot be read, such as a date that does not exist, is a [*ValueError]: the rows before it arrive, and all
// other values can be read.
//
// NULL is nil in a pointer, []byte or any, and not valid in an sql.Null. Anything else cannot hold it: the error is a
// [*ScanError] that wraps [ErrNull]. Exasol knows no empty string: it is NULL.
//
// # Lifetime
//
// A batch and everything taken from it, and a [Row], are valid until the end of the loop turn: their memory is used
// again for what comes next. The methods of one that is used later return an error; a column or a text that was taken from
// a batch cannot tell. [Batch.Clone] keeps a batch. What Each, Collect, One and Scan return is copied and may be
// kept; only [TextColumn.Bytes] is borrowed.
//
// # Iterators and contexts
//
// Iterators yield an error once, as the last pair, and can be used once; a second loop yields [ErrUsed]. However a loop
// ends, the rows are closed, which closes the result set on the server: it holds memory there until then. The context
// that the query was made with governs the rows until they are closed. Closing them works after it has ended, too.
//
// While the program works on one chunk of rows, the next one is fetched and decoded in the background; how large a
// chunk is follows from what the distance to the server makes worthwhile. See [Options] for the bounds.
//
// # Sources
//
// The rows that did not come with the answer to a statement are fetched from a [Source]. Package exawire brings one; use
// [Open] with a Source of your own in adapters and in tests.
package resultset
