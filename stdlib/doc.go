// Package stdlib is a driver for database/sql on top of package exawire. Importing it registers the name "exawire":
//
//	import _ "github.com/exawire/exawire/stdlib"
//
//	db, err := sql.Open("exawire", "exa://user:password@host:8563/SCHEMA")
//
// [OpenDB] and [NewConnector] do the same for a Config or a Client, which can hold more than a DSN can say. [SessionOf]
// gives the session of a connection, for everything that database/sql has no words for.
//
// # Statements
//
// "?" is the only mark for a parameter. An argument can be anything that exawire.Values takes as an element, such as
// exawire.Decimal, time.Duration, pointers, sql.Null and exawire.JSON. If all arguments of Exec are columns made by
// exawire.Values, the statement runs once for each of their rows, in few messages. With [Script] as the only argument the
// text is a script of several statements. With [LocalFiles] as an option of the DB, statements can read and write files of the
// client: IMPORT ... FROM LOCAL CSV FILE. There is no last insert id, and there are no named parameters.
//
// # Values
//
// A DECIMAL without a fraction and with up to 18 digits is read as int64, any other DECIMAL as a string with all its
// digits. DOUBLE is read as float64, and BOOLEAN as bool. DATE and TIMESTAMP, also WITH LOCAL TIME ZONE, are read as
// time.Time, and all other types as strings. NULL is nil. Scan converts these values to the types of its destinations,
// which may also be exawire.Decimal, exawire.DaySecond, exawire.YearMonth and exawire.JSON.
//
// # Errors
//
// Errors are those of package exawire: errors.As finds *exawire.Error, and errors.Is finds exawire.ErrSessionClosed or
// context.DeadlineExceeded. database/sql runs a statement again on another connection only if not one byte of it has been
// sent, so no statement ever runs twice. If code of the user panics in a call, its error is a [*PanicError].
//
// If the context of a statement ends, the statement is aborted on the server, and the connection goes back to the pool. If
// the server does not answer the abort within Config.CancelGrace, the connection is closed.
package stdlib
