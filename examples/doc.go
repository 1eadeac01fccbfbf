// Package examples is the home of programs that show exawire at work, one in each folder. Each runs by itself, against
// a test server in the same process:
//
//	go run ./examples/quickstart
//
// With EXAWIRE_DSN set to a connection string they run against that database instead, in a schema of their own that
// they drop at the end.
//
//	first          a whole program in less than 60 lines; needs EXAWIRE_DSN
//	quickstart     everything once, on 100,000 rows
//	columns        a result as columns: sums, NULLs and text without making a row
//	batch-insert   many rows by columns and from an iterator; errors that name the row
//	cancel         deadlines and AbortQuery, and the session that goes on
//	metadata       all metadata commands
//	parallel       a result read by several connections side by side
//	script         the protocol directly, command by command
//	driver         a driver for database/sql on top of a Session
//	webservice     a web service: several sessions, deadlines, errors as HTTP status
//	firsttest      a function and its first tests
//	testing        a package with tests against exatest: faults, virtual time, real SQL
package examples
