// Package examples contains programs that show exawire at work, one in each folder. All except first need no database:
// each starts a test server in its own process.
//
//	go run ./examples/quickstart
//
// If EXAWIRE_DSN is set to a DSN, they run against that database instead, in a schema of their own, which they drop at the
// end. Programs for one method, such as RunScript, are the examples in the documentation of package exawire.
//
//	first          a whole program in less than 60 lines; needs EXAWIRE_DSN, for example that of exasim
//	quickstart     everything once, on 100,000 rows
//	columns        a result as columns: sums, NULLs and text without building a row
//	bulk           a CSV file of a million rows in and out, with a progress bar; makes the table that fits
//	batch-insert   many rows from columns and from an iterator; errors that name the row
//	cancel         deadlines and AbortQuery, and the session that goes on
//	metadata       all metadata commands
//	parallel       a result read by several connections side by side
//	protocol       the protocol directly, command by command
//	stdlib         the driver for database/sql
//	webservice     a web service: a pool, deadlines, a log, errors as HTTP status
//	firsttest      a function and its first tests
//	testing        a package with tests against exatest: faults, virtual time, real SQL
package examples
