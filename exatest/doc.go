// Package exatest provides a server that speaks Exasol's WebSocket protocol, for tests of programs that use a database:
// no installation, no network, no license. The server runs in the process of the test, as net/http/httptest does for
// HTTP. It speaks the real protocol: TLS with a certificate of its own, the four ways to log in with RSA, protocol
// versions 1 to 5, compression, result sets with handles and paging, prepared statements with typed parameters, session
// attributes, feedback while a statement runs, abortQuery, subconnections, and the metadata commands.
//
//	srv := exatest.NewServer(t)
//	srv.HandleSQL("SELECT id, name FROM users", exatest.RowsOf([]user{{1, "ann"}, {2, "bob"}}))
//	srv.HandleSQL("DELETE FROM users WHERE id = ?", exatest.RowCount(1)).WithParams(7).Expect()
//	sess, err := exawire.Connect(ctx, srv.DSN())
//
// # What a statement does
//
// The server does not understand SQL. It looks for the answer to a statement in this order:
//
//   - the handlers of the test, for a command ([Server.Handle]) or for a statement ([Server.HandleSQL],
//     [Server.HandleSQLRegexp]). They answer with a [Response]: [RowsOf], [Rows], [RowCount], [Exception], [OK] or
//     [Data], or, to see how a client copes, [Raw], [Hang] or [Drop]. [Response.After] delays any of them.
//     [ImportFiles] and [ExportFiles] read and write the files that a client serves through a tunnel.
//   - a [Backend], if the server has one. Package exasqlite has a Backend that runs SQL on SQLite.
//   - the server itself: COMMIT, ROLLBACK, OPEN SCHEMA, CLOSE SCHEMA, ALTER SESSION and SELECT "$SLEEP"(n).
//
// A statement that none of them knows gets an exception that says so. The server answers all other commands of the
// protocol on its own; it answers the metadata commands from a few tables of system objects.
//
// Handlers limited by [Handler.Once] or [Handler.Times] are used up in the order in which they were registered. A
// handler without a limit replaces older ones for the same command or statement. [Handler.WithParams] and
// [Handler.When] tell apart requests with the same text.
//
// # What a client has done
//
// [Handler.Expect] fails the test if a request did not come. [Server.Statements] and [Server.Requests] return what has
// arrived, with the statement and the decoded parameters of each request. [Server.Sessions] shows what is open at this
// moment, and [Server.Connections] shows what a client has forgotten to close.
//
// The server is strict. A violation of the protocol by the client fails the test: a second command before the answer to
// the first, for example, or a result set that is still open when the client disconnects. [WithLeniency] turns that
// off; [Server.Violations] lists the violations either way.
//
// # What goes wrong
//
// A test can provoke everything that databases, networks and other versions do to a client. [Server.Inject] takes a
// [fault.Fault], which strikes all answers or some of them; package [fault] has the list.
//
//	srv.Inject(fault.FragmentFrames(1))                      // every byte in a frame of its own
//	srv.Inject(fault.CutMiddle().On("fetch").Skip(2).Once()) // the third fetch ends in the middle
//	srv.Inject(fault.AbortDelayed(5 * time.Second))          // an abort takes its time
//
// [Server.KillSessions] plays a crash of the database.
//
// # Options
//
// Options change the server in ways that are not wrong, because real servers differ too:
//
//   - who may log in: [WithUser], [WithAccessToken], [WithRefreshToken]
//   - where it listens, and how it proves who it is: [WithNetwork], [WithNodes], [WithPort], [WithPlaintext],
//     [WithCertificate], [WithCertificateNames], [WithKeyForm]
//   - which database it plays: [WithRelease], [WithProtocolVersion], [WithDatabaseName], [WithSchemas],
//     [WithSessionAttribute], [WithCompression], [WithoutReadOnlyExceptions], [WithBackend]
//   - how results travel: [WithInlineRows], [WithInlineBytes], [WithMaxMessageSize], [WithMaxRequestSize],
//     [WithFirstHandle], [WithGlobalPositions]
//   - how numbers are written and read: [WithDecimalsByValue], [WithDecimalPoints], [WithIntegerDoubles],
//     [WithDecimalReading], [WithDecimalNumbersAsDoubles]
//   - how long it waits, and what it says meanwhile: [WithIdleTimeout], [WithParallelTimeout], [WithSessionLimit],
//     [WithFeedbackPayload], [WithoutFeedback]
//   - what the test learns: [WithRequestObserver], [WithViolationObserver], [WithLeniency], [WithoutRequestLog]
//
// # Record and replay
//
// Package record has a proxy that writes down what a program and a database say to each other, without secrets. It also
// starts servers of this package that answer with what was recorded.
//
// # Virtual time
//
// On a [VirtualNetwork] the server works inside a testing/synctest bubble. Hours of waiting for timeouts, feedback and
// retries pass at once, and in the same way every time.
//
// # How real it is
//
// The server does what the documents of the protocol say. Where they leave something open, it behaves as real servers
// were seen to behave; where nobody knows, there is an option for either way. Exceptions for a client's mistakes have
// the texts of a real server where those are known, and texts of this server's own otherwise. It is a server for tests:
// it trusts its clients no further than any server should, but it makes no attempt to be fast or to hold more data than
// fits into memory.
package exatest
