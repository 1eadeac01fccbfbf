// Package exawire is a client for the Exasol database. It speaks the database's "JSON over WebSockets" protocol, versions
// 1 to 5, without further software.
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
//	for p, err := range resultset.Each[Product](rows) { ... }
//
// # Model
//
// A [Client] is a validated [Config]; it opens sessions. A [Session] is one session on the server, over one connection,
// and runs one command at a time. It has two tiers. The idiomatic one uses Go's words for databases: [Session.Query],
// [Session.Exec], [Session.Prepare], [Session.RunTx], [Session.Ping]. Below it each command of the protocol is a method
// with the command's name, such as [Session.ExecuteBatch] or [Session.GetTables], and [Session.Do] sends commands that
// this module does not know yet.
//
// Results come as [Rows], column by column as they travel, and become rows only when asked: see package resultset for
// columns, iterators and structs. Parameters go the other way as columns too: [Stmt.ExecColumns] takes slices.
//
// # Contexts
//
// Every method that may wait takes a context. When it ends while a command runs, the command is aborted on the server and
// its answer is awaited for Config.CancelGrace, so that the session stays usable:
//
//	_, err := sess.Exec(ctx, longMerge)
//	switch {
//	case errors.Is(err, exawire.ErrSessionClosed): // no answer to the abort: connect again
//	case errors.Is(err, context.DeadlineExceeded): // aborted; sess is ready for the next command
//	}
//
// The context given to Query also governs the rows until they are closed. What is done behind a caller who has left, such
// as closing results or rolling back, takes one Config.CancelGrace in all; every other wait has an end too, also without a
// deadline: see docs/cancellation.md.
//
// # Errors
//
// An [*Error] is what the server says, with its SQL code. A [*ConnectError] says which step of connecting failed. A
// [*ProtocolError] means that the server's answer made no sense; the session is closed then. [SafeToRetry] tells whether
// it is certain that nothing reached the server: only then sending a command again cannot make it run twice. It is a fact
// about the command; the cause of a context, which the error holds too, does not count. docs/errors.md says what to do about
// which error, and how a long-running worker should wait. This module never runs a statement twice by itself; what it
// repeats, a transaction in [Session.RunTx] and the preparation of a statement, was undone or not done before.
//
// # Transactions
//
// [Session.RunTx] runs a function in a transaction, again after a collision; [Session.Begin] is for those who want each
// step in their own hands. Statements sent by the methods of [Tx] fail when the transaction is over. A session with an
// open transaction is never handed on by accident: Close rolls back, a rollback that fails closes the session, and
// [Session.Reset] makes a session fit for its next user or says that it is not.
//
// # Concurrency
//
// Clients, sessions and statements are safe for concurrent use; a session serialises its commands. Rows are for one
// goroutine. Several rows of one session may be open at once. A transaction belongs to a session, so concurrent
// transactions need a session each.
//
// # Connection strings
//
// [ParseDSN] understands
//
//	exa://user:password@host:port/SCHEMA?key=value&key=value
//	exa:host:port;key=value;key=value
//
// (exasol:// is the same as exa://) with these keys. Switches take 1, true, on, yes and their opposites; durations take
// seconds or Go's form, as in 1m30s.
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
//	                           As part of a host: host/fingerprint:port
//	compression                switch (off)
//	protocolversion            highest to ask for (5)
//	pinformats                 switch (off): all digits of timestamps, see Config.PinFormats
//	repeatedhour               error, first or second (error): see Config.RepeatedHour
//	clientname, clientversion  shown in the server's session tables
//	fetchbytes                 largest fetch; fetchsize is the same in KiB
//	prefetch                   switch (on)
//	messagelimit               largest message to accept, in bytes; at least four times fetchbytes
//	connecttimeout             per address (10s)
//	cancelgrace                wait for the answer after an abort (5s)
//	peertimeout                silence of the server that ends a session, 0 for none (90s)
//	statementcache             prepared statements kept for Query and Exec, 0 for none (64)
//	autocommit                 switch (on)
//	querytimeout               enforced by the server (none)
//	feedbackinterval           between signs of life during a statement (1s)
//	resultsetmaxrows           cut results off (none)
//	snapshottransactions       switch (off)
//	timestamputc               switch (off)
//	numericcharacters          decimal and group separator (.,)
//
// # Testing
//
// Package exatest is a server to test against, in the same process or on a virtual network, that speaks the protocol for
// real and misbehaves on demand. Module exasqlite gives it SQL.
package exawire

//go:generate go run ./internal/protogen

// Version is the version of this module, as it is told to servers.
const Version = "0.1.0"

// driverName is what servers show in the DRIVER column of their session tables.
const driverName = "exawire " + Version
