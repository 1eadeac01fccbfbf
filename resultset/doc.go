// Package resultset reads the rows of a result set: as typed columns, as values of a Go type, or through a classic
// cursor.
//
// Programs that only run queries need not import it: package exawire has Each, Collect, One and Scan too, and names for
// the types of this package. Adapters that bring a [Source] of their own or use a [Decoder] import it. The rules below
// hold for both.
//
// # Columns and batches
//
// Exasol sends results column by column, and says how many rows there are before it sends the first. This package keeps
// the columns: a message becomes a [Batch], and a column of a batch is a slice of one Go type together with a bitmap of
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
// [Each] turns rows into values of your own type as they arrive; [Collect] returns all of them, and [One] returns the
// only one:
//
//	type Product struct {
//		ProductID int64             // PRODUCT_ID
//		Name      *string           // nil is NULL
//		Price     resultset.Decimal `exa:"UNIT_PRICE"`
//	}
//	for p, err := range resultset.Each[Product](rows) { ... }
//	count, err := resultset.One[int](rows)
//
// A struct is filled by name. The name in a field's tag `exa:"NAME"` is compared with the names of the columns
// regardless of case. The name of a field without a tag is compared regardless of case and underscores: ProductID is
// PRODUCT_ID. A name that is the same letter for letter wins, and a tag wins over a field's own name. Fields of
// embedded structs count as fields of the outer one; an embedded type that takes one column, such as time.Time or
// sql.NullString, is a field with the name of its type. A field tagged `exa:"-"` is left out. It is an error if a
// column has no field, a field has no column, or either has two. [Lax] allows columns and fields to be missing;
// [ByPosition] goes by their order instead of their names. All this is decided once for each type and list of columns.
//
// T may also be one of these:
//
//   - a pointer to a struct, a new one for each row
//   - a type that takes one column, such as string or *int64, for results of one column
//   - []any with the values of a row in their natural types (see [Batch.Value]), or map[string]any with the names of
//     the columns as keys, which must be different. Each row is a new one, which the caller may keep
//
// # What goes into what
//
// [Rows.Scan], [Row.Scan] and the fields of structs follow the same rule: a conversion is exact or an error. Nothing is
// rounded, cut or wrapped around, and no text is parsed as a number.
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
//	YearMonth, DaySecond  INTERVAL YEAR TO MONTH, INTERVAL DAY TO SECOND
//	any                 everything, in its natural form
//
// Your own types with one of these as underlying type work in the same way. Types that implement sql.Scanner or
// encoding.TextUnmarshaler decide for themselves: a Scanner gets what a database/sql driver would give it (numbers that
// are not int64 or float64 as text), and a TextUnmarshaler gets the text.
//
// An sql.Null takes what its type argument takes, and NULL.
//
// A value that cannot be read, such as a date that does not exist, is a [*ValueError]. The rows before it arrive, and
// all other values can be read. Dates, timestamps and intervals are parsed when their row is read, so a loop that ends
// early pays only for the rows that it has seen.
//
// NULL is nil in a pointer, []byte or any, and not valid in an sql.Null. Nothing else can hold it: the error is a
// [*ScanError] that wraps [ErrNull]. There are no empty strings in Exasol: they are NULL.
//
// # Lifetime
//
// A [Batch] and everything taken from it, and a [Row], are valid until the end of the loop turn: their memory is used
// again for the next ones. A batch or row that is used later returns an error from its methods; a column or a text that
// was taken from a batch cannot notice. [Batch.Clone] keeps a batch. The values that [Each], [Collect], [One] and
// [Scan] return are copies and may be kept; only [TextColumn.Bytes] is borrowed.
//
// Copies of neighbouring rows share memory, since an allocation for each value would be most of its cost. What pointers
// and values of type any hold shares allocations of up to 1 KiB, and so do rows that are a []any; the bytes of strings
// share up to 16 KiB. Such an allocation lives as long as anything in it. Texts of more than 512 bytes, and rows with
// them, stand alone.
//
// # Iterators and contexts
//
// Iterators yield an error once, as the last pair, and can be used once; a second loop yields [ErrUsed]. However a loop
// ends, it closes the rows and with them the result set on the server, which holds memory there until then. The context
// of the query governs the rows until they are closed. Closing them works even after the context has ended.
//
// While the program works on one message of rows, the next one is fetched and decoded in the background. The size of a
// fetch depends on the distance to the server. See [Options] for the bounds.
//
// # Sources
//
// The rows that did not come with the answer to a statement are fetched from a [Source]. Package exawire has one;
// adapters and tests call [Open] with their own.
package resultset
