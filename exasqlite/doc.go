// Package exasqlite lets the test server of package exatest run SQL, so that tests and examples of programs that use
// an Exasol database need none:
//
//	b, err := exasqlite.New()
//	if err != nil {
//		t.Fatal(err)
//	}
//	srv := exatest.NewServer(t, exatest.WithBackend(b)) // closes b in the end
//	sess, err := exawire.Connect(ctx, srv.DSN())
//
// # Model
//
// Statements are parsed as the database's SQL, every expression gets one of the database's types, and only then are
// they written down in SQLite's SQL. SQLite stores, joins, sorts and groups; what it would do differently, or with
// floating point, Go functions do. Values are stored so that SQLite's order is the database's order: a DECIMAL keeps all
// of its 36 digits through INSERT, comparison, arithmetic, SUM and ORDER BY.
//
// It is not an emulation of the database. What this package does not know is an exception with code 0A000, not an
// approximation; docs/sql.md of the repository lists what works, what differs and what is refused. Exceptions have the
// database's codes, and its texts where they are known.
//
// # Sessions and transactions
//
// A [Backend] serves any number of sessions. Each sees the last committed state, or the one that was current when its
// transaction began to read. One transaction writes at a time: a second one waits, see [WithLockTimeout], and it is
// rolled back with code 40001 if it has read what another one has changed in the meantime, or if it waits too long.
//
// A statement whose context ends is interrupted. The data lives in a temporary directory until [Backend.Close], or in the
// file that [WithFile] names.
package exasqlite
