package commands

// NoHandle is the Handle of a result set whose rows are all in the message: there is nothing to fetch or to close.
// Handle 0 is a valid handle.
const NoHandle = -1

// ResultType says what a statement gave back.
type ResultType string

// The two kinds of results.
const (
	TypeRowCount  ResultType = "rowCount"
	TypeResultSet ResultType = "resultSet"
)

// Result is the outcome of one statement: a number of rows, or a result set.
type Result struct {
	Type      ResultType // which of the two it is
	RowCount  int64      // rows affected; 0 for statements without a count
	ResultSet *ResultSet // nil for a row count
}

// ResultSet is the header of a result set, and the rows that came with it. It may have rows in the message, a handle to
// fetch rows by, or both. The first NumRowsInMessage rows are in the message; the rest, if any, is fetched from
// position NumRowsInMessage on.
type ResultSet struct {
	Handle           int          // NoHandle if everything is in the message
	NumRows          int64        // rows of the whole result set
	NumRowsInMessage int64        // rows in Data
	Columns          []ColumnInfo // in the order of the statement; names may repeat

	// Data is the column-major JSON array of arrays, not yet decoded, len(Columns) x NumRowsInMessage. It is nil if
	// the message carried none, and it aliases the message that was parsed.
	Data []byte
}
