// Package exasqlite lets the test server of package [exatest] run SQL, so that tests and examples of programs for an
// Exasol database need no database:
//
//	b, err := exasqlite.New()
//	if err != nil {
//		t.Fatal(err)
//	}
//	srv := exatest.NewServer(t, exatest.WithBackend(b)) // closes b too
//	sess, err := exawire.Connect(ctx, srv.DSN())
//
// # Model
//
// Statements are parsed as the database's SQL, and every expression gets one of the database's types. Only then are
// they translated into SQLite's SQL. SQLite stores, joins, sorts and groups; Go functions do what it would do
// differently or in floating point. Values are stored so that SQLite's order is the database's order: a DECIMAL keeps
// all of its 36 digits through INSERT, comparison, arithmetic, SUM and ORDER BY.
//
// The package is not an emulation of the database. A statement that it does not know is an exception with code 0A000,
// not an approximation. The page docs/sql.md of the repository lists what works, what differs and what is refused.
// Exceptions have the database's codes, and its texts where they are known.
//
// # Sessions and transactions
//
// A [Backend] serves any number of sessions. Each sees the last committed state, or the one that was current when its
// transaction began to read. Only one transaction writes at a time. A second one waits (see [WithLockTimeout]) and is
// rolled back with code 40001 if it has waited too long, or if another transaction has changed the data since it began
// to read.
//
// A statement is interrupted when its context ends. The data is in a temporary directory until [Backend.Close], or in
// the file of [WithFile].
package exasqlite
