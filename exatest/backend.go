package exatest

import (
	"context"
	"io"
	"net"

	"github.com/exawire/exawire/commands"
)

// Backend runs the SQL texts for which the test has no handler. One Backend serves all sessions of a server, and its
// methods are called concurrently. Package exasqlite has a Backend that runs SQL on SQLite.
type Backend interface {
	// Connect opens the backend's half of a session that has just logged in.
	Connect(ctx context.Context, s SessionInfo) (BackendSession, error)

	// Close releases what the backend holds. The server calls it once, after its last session has ended.
	Close() error
}

// SessionInfo is what a [Backend] learns about a session when it begins.
type SessionInfo struct {
	SessionID  uint64              // as the client was told
	User       string              // name of the user
	Version    commands.Version    // negotiated
	Release    string              // release version that the server claims, such as "8.32.0"
	Attributes commands.Attributes // after the attributes of the login were applied
	Client     commands.ClientInfo // what the login said about the program
	Host       string              // address that the connection comes from, without the port
	Encrypted  bool                // whether the connection is encrypted

	// Kill ends a session of the server, this one or another, as [Server.KillSession] does, and reports whether the
	// session existed. It does not wait for the Close of that session. Kill is nil if there is no server.
	Kill func(sessionID uint64) bool

	// ReadFile opens a file of the client that an IMPORT reads. The client is not asked before the first Read, so that a
	// statement that fails earlier, or needs no file, leaves the tunnel alone. Read returns io.EOF only when the file is
	// complete; an error of the transfer is a [*SQLError] with 42636 and ETL-5105. Close gives up what was not read. The
	// file ends with ctx, which has to be the context of the statement or one that is derived from it. A file belongs to
	// one goroutine; several files may be open at the same time, each with its own tunnel. ReadFile is nil if there is no
	// server.
	ReadFile func(ctx context.Context, f RemoteFile) (io.ReadCloser, error)

	// WriteFile opens a file of the client that an EXPORT writes, as ReadFile does. WriteFile is nil if there is no
	// server.
	WriteFile func(ctx context.Context, f RemoteFile) (FileWriter, error)
}

// clientInfo reads what the second message of a login says of the client. What is no text counts as absent.
func (k *call) clientInfo() commands.ClientInfo {
	text := func(field string) string {
		s, _ := k.msg.text(field)
		return s
	}
	return commands.ClientInfo{
		ClientName: text("clientName"), ClientVersion: text("clientVersion"), DriverName: text("driverName"),
		ClientOs: text("clientOs"), ClientOsUsername: text("clientOsUsername"), ClientLanguage: text("clientLanguage"),
		ClientRuntime: text("clientRuntime"),
	}
}

// clientHost is the address that the connection comes from, without the port.
func (c *conn) clientHost() string {
	addr := c.raw.RemoteAddr().String()
	if host, _, err := net.SplitHostPort(addr); err == nil {
		return host
	}
	return addr
}

// BackendSession is one session inside a [Backend]. The server calls its methods one at a time. An error that is a
// [*SQLError] reaches the client as an exception with its code, and any other error as an exception with code 00000.
// The methods have to return soon after ctx ends; the server then answers in their place (with R0003 for an abort,
// R0001 for a timeout).
type BackendSession interface {
	// Execute runs one statement without parameters.
	Execute(ctx context.Context, sql string) (*Result, error)

	// Prepare parses one statement and describes its parameters and its result without running it.
	Prepare(ctx context.Context, sql string) (BackendStatement, error)

	// Set applies a writable attribute that the client changed: autocommit (bool), currentSchema (string),
	// numericCharacters (string), snapshotTransactionsEnabled and timestampUtcEnabled (bool). The server handles
	// queryTimeout, resultSetMaxRows and feedbackInterval itself.
	Set(ctx context.Context, attribute string, value any) error

	// Metadata runs a metadata command, such as getTables. Filters that the client did not send are absent.
	Metadata(ctx context.Context, command string, filter map[string]any) (*Result, error)

	// Close ends the session and rolls back its open transaction.
	Close() error
}

// BackendStatement is a prepared statement of a [BackendSession].
type BackendStatement interface {
	// Params describes the parameters in order.
	Params() []commands.ColumnInfo

	// Columns describes the result set. It is nil if an execution gives a row count.
	Columns() []commands.ColumnInfo

	// Execute runs the statement once for each row of params, which has one column per parameter. A statement
	// without parameters gets no columns and runs once.
	Execute(ctx context.Context, params []Values) (*Result, error)

	// Close forgets the statement.
	Close() error
}

// Result is the outcome of one statement.
type Result struct {
	RowCount int64                 // rows affected, if Columns is nil
	Columns  []commands.ColumnInfo // describes the result set; nil for a row count
	Data     []Values              // one per column, all of the same length

	// Attributes are the session attributes that the statement changed, by their names on the wire, such as
	// currentSchema, openTransaction or dateFormat. The server merges them and sends them with the answer.
	Attributes map[string]any
}

// Values are the values of one column in their canonical text form, which does not depend on the session's formats. The
// server turns them into the JSON that the session's formats and protocol version ask for:
//
//	BOOLEAN                        true, false
//	DECIMAL                        -12.5 (no exponent; the server trims zeros)
//	DOUBLE                         what strconv.ParseFloat reads
//	CHAR, VARCHAR, GEOMETRY        the text itself (CHAR already padded)
//	DATE                           2024-06-18
//	TIMESTAMP, ... LOCAL TIME ZONE 2024-06-18 17:22:13.123456789 (0 to 9 digits; local to the session's zone)
//	INTERVAL YEAR TO MONTH         +05-03
//	INTERVAL DAY TO SECOND         -02 12:50:10.123
//	HASHTYPE                       lower-case hexadecimal digits
//
// Parameters of prepared statements arrive in the same form. Values are read by one goroutine at a time.
type Values interface {
	// Len returns the number of rows.
	Len() int

	// AppendText appends the text of row i, 0 <= i < Len, to dst. For NULL it appends nothing and null is true.
	AppendText(dst []byte, i int) (text []byte, null bool)
}

// SQLError is an exception of the database, as the client reads it in the exception object of the answer. The server
// appends " (Session: id)" to the text, as a database does.
type SQLError struct {
	Code string // five characters, such as "42000"
	Text string // without the number of the session
}

// Error returns the code and the text.
func (e *SQLError) Error() string { return e.Code + ": " + e.Text }
