// Package stdlib is a driver for database/sql on top of package exawire. Importing it registers the name "exawire":
//
//	import _ "github.com/exawire/exawire/stdlib"
//
//	db, err := sql.Open("exawire", "exa://user:password@host:8563/SCHEMA")
//
// [OpenDB] and [NewConnector] do the same for a Config or a Client, which can hold more than a DSN can say. [SessionOf]
// gives the session of a connection, for what database/sql has no words for.
//
// # Statements
//
// "?" is the only mark for a parameter. Arguments are what exawire.Values takes as elements, such as exawire.Decimal,
// time.Duration, pointers, sql.Null and exawire.JSON. If all arguments of Exec are columns made by exawire.Values, the
// statement runs once for each of their rows, in few messages. With [Script] as the only argument the text is a script of
// several statements. There is no last insert id, and there are no named parameters.
//
// # Values
//
// DECIMAL without fraction and with up to 18 digits is read as int64, any other DECIMAL as a string with all its digits.
// DOUBLE is float64, BOOLEAN bool, DATE and TIMESTAMP, also WITH LOCAL TIME ZONE, time.Time. All other types are strings.
// NULL is nil. Scan turns them into what its destinations are; exawire.Decimal, exawire.DaySecond, exawire.YearMonth and
// exawire.JSON are among these.
//
// # Errors
//
// Errors are those of package exawire: errors.As finds *exawire.Error, errors.Is finds exawire.ErrSessionClosed or
// context.DeadlineExceeded. database/sql runs a statement again on another connection only if not one byte of it has left,
// so that no statement ever runs twice.
//
// If the context of a statement ends, the statement is aborted on the server, and the connection goes back to the pool.
package stdlib
