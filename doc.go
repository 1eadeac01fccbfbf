// Package exawire is a client for the Exasol database. It speaks the database's "JSON over WebSockets" protocol, versions 1
// to 5, and needs no other driver.
//
// # A first program
//
//	sess, err := exawire.Connect(ctx, "exa://sys:secret@exa1..4.example.com/SALES?compression=1")
//	if err != nil {
//		return err
//	}
//	defer sess.Close(ctx)
//
//	rows, err := sess.Query(ctx, `SELECT id, name, price FROM products WHERE price > ?`, 10)
//	if err != nil {
//		return err
//	}
//	for p, err := range exawire.Each[Product](rows) { ... }
//
// # Sessions
//
// A [Client] is a validated [Config]; it opens sessions. A [Session] is one session on the server, over one connection, and
// runs one command at a time. It has two layers. The upper one uses Go's words for databases: [Session.Query],
// [Session.Exec], [Session.Run], [Session.Prepare], [Session.RunTx], [Session.Ping]. Below it, each command of the protocol
// is a method of the same name, such as [Session.ExecuteBatch] or [Session.GetTables]; [Session.Do] sends commands that this
// module does not know.
//
// # Results
//
// Results arrive column by column, and stay so until you ask for something else:
//
//   - [Each], [Collect] and [One] make structs, maps, slices or single values of [Rows].
//   - [Rows] can be read row by row, with an iterator or with Next and Scan.
//   - [Rows.Batches] gives columns: one typed slice each, nothing allocated for a value.
//
// This package has all the names that such programs need. Packages resultset and commands are for adapters, and have the
// rules of reading and writing in full.
//
// # Writing rows
//
// [Insert] writes structs, [Stmt.ExecColumns] Go slices as columns, [Stmt.ExecRows] rows of any values. All of them split
// what does not fit into one message, and check every value against the SQL type of its parameter before anything is sent.
// [Atomic] makes it all or nothing.
//
// # Contexts
//
// Every method that may wait takes a context. If it ends while a command runs, the command is aborted on the server. Its
// answer is awaited for [Config].CancelGrace, so that the session stays usable:
//
//	_, err := sess.Exec(ctx, longMerge)
//	switch {
//	case errors.Is(err, exawire.ErrSessionClosed): // no answer to the abort: connect again
//	case errors.Is(err, context.DeadlineExceeded): // aborted; sess is ready for the next command
//	}
//
// The context given to [Session.Query] also governs the rows until they are closed. Closing results, rolling back and
// whatever else is done after the caller has left takes one CancelGrace in all. Every other wait ends as well, even without
// a deadline: docs/cancellation.md has the table.
//
// # Errors
//
// An [*Error] is what the server says, with its SQL code. A [*ConnectError] names the step of connecting that failed. A
// [*ProtocolError] means that the server's answer made no sense; the session is closed. [SafeToRetry] is true if it is
// certain that nothing reached the server. Only then can a command be sent again without running twice. This module never
// runs a statement twice. What it repeats was undone by the server or never done: a transaction of [Session.RunTx], the
// preparation of a statement. docs/errors.md says what to do about which error, and how a long-running worker waits.
//
// # Transactions
//
// [Session.RunTx] runs a function in a transaction, and again after a collision. [Session.Begin] is for those who want each
// step in their own hands. Statements that are sent by the methods of [Tx] fail when the transaction is over. A session with
// an open transaction is never handed on by accident: [Session.Close] rolls back, a rollback that fails closes the session,
// and [Session.Reset] makes a session fit for its next user or reports that it cannot.
//
// # Concurrency
//
// Clients, sessions and statements are safe for concurrent use; the commands of a session run one after the other. Rows
// are for one goroutine. Several results of one session may be open at once. A transaction belongs to a session, so
// transactions side by side need a session each.
//
// # Logs
//
// A [Tracer] in the [Config] sees each attempt to connect, each command and the end of each session. [SlogTracer] writes them
// to a log, without SQL and values unless it is asked to. docs/observability.md has levels, keys and classes.
//
// # Connection strings (DSN)
//
// [ParseDSN] understands
//
//	exa://user:password@host:port/SCHEMA?key=value&key=value
//	exa:host:port;key=value;key=value
//
// (exasol:// is the same as exa://) with these keys. Switches take 1, true, on, yes and their opposites. Durations are
// seconds, or Go's form as in 1m30s.
//
//	user, password             who; in the URL form before the @
//	accesstoken, refreshtoken  OpenID token, instead of user and password
//	port                       of hosts without a port of their own (8563)
//	schema                     to open, as it is stored
//	path, urlpath              of the WebSocket URL, for gateways (/)
//	tls, encryption            on, off or skip-verify (on)
//	validateservercertificate  off is the same as tls=skip-verify (on)
//	fingerprint, certificatefingerprint
//	                           SHA-256 of the server's certificate, with colons or without; replaces verification.
//	                           As part of a host: host/fingerprint:port, or host/nocertcheck:port for no verification
//	compression                switch (off)
//	protocolversion            highest to ask for (5)
//	pinformats                 switch (off): all digits of timestamps, see Config.PinFormats
//	truncate                   switch (off): cut what a parameter cannot hold, see Config.Truncate
//	repeatedhour               error, first or second (error): see Config.RepeatedHour
//	clientname, clientversion  shown in the server's session tables
//	fetchbytes                 largest fetch (32 MiB, or a quarter of messagelimit); fetchsize is the same in KiB
//	prefetch                   switch (on)
//	messagelimit               largest message to accept, in bytes (256 MiB); at least four times fetchbytes
//	connecttimeout             per address (10s)
//	cancelgrace                wait for the answer after an abort (5s)
//	peertimeout                silence of the server that ends a session, 0 for no such end (90s); -1 in a Config
//	statementcache             prepared statements kept for Query and Exec, 0 for none (64); -1 in a Config
//	autocommit                 switch (on)
//	querytimeout               enforced by the server, in whole seconds (none)
//	feedbackinterval           between two feedback messages during a statement, in whole seconds (1s)
//	resultsetmaxrows           cut results off (none)
//	snapshottransactions       switch (off)
//	timestamputc               switch (off)
//	numericcharacters          decimal and group separator (.,)
//
// docs/connecting.md explains certificates, lists of hosts, proxies and tokens.
//
// # database/sql
//
// Package stdlib is a driver for database/sql, with the same values, errors and cancellation. docs/database-sql.md is about it.
//
// # Testing
//
// Package exatest is a server to test against. It speaks the protocol in the process of your test or on a virtual network,
// and misbehaves on demand. Module exasqlite gives it SQL. docs/first-test.md begins with an example.
package exawire

//go:generate go run ./internal/protogen

// Version is the version of this module, as it is told to servers; before a release it is that of the release to come.
const Version = "0.1.0"

// driverName is what servers show in the DRIVER column of their session tables.
const driverName = "exawire " + Version
