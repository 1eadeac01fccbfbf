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
	Type      ResultType
	RowCount  int64      // rows affected; 0 for statements without a count
	ResultSet *ResultSet // nil for a row count
}

// ResultSet is the header of a result set and the rows that came with it. A result set may have rows in the message,
// a handle to fetch them by, or both at once; the first NumRowsInMessage rows are in the message and the rest, if any,
// is fetched from position NumRowsInMessage on.
type ResultSet struct {
	Handle           int   // NoHandle if everything is in the message
	NumRows          int64 // rows of the whole result set
	NumRowsInMessage int64 // rows in Data
	Columns          []Column

	// Data is the column-major JSON array of arrays, not yet decoded, len(Columns) x NumRowsInMessage. It is nil if
	// the message carried none, and it aliases the message that was parsed.
	Data []byte
}

// PreparedStatement is the server's description of a prepared statement.
type PreparedStatement struct {
	Handle  int
	Params  []Column // empty if the statement has no placeholders
	Results []Result // what an execution will give: no data, no handles
}

// ParallelInfo is the server's answer to a request for subconnections.
type ParallelInfo struct {
	NumOpenConnections int      `json:"numOpenConnections"`
	Token              uint64   `json:"token"`
	Nodes              []string `json:"nodes"` // "ip:port" each; enterParallel only
}

// Hosts is the answer to getHosts.
type Hosts struct {
	NumNodes int      `json:"numNodes"`
	Nodes    []string `json:"nodes"` // addresses without port, in an order that the server shuffles
}
