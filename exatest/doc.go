// Package exatest has a server that speaks Exasol's WebSocket protocol, for tests of programs that use a database: no
// installation, no network, no license. It runs in the process of the test, as net/http/httptest does for HTTP, and it
// is the protocol for real: TLS with a certificate of its own, the four ways to log in with RSA, protocol versions 1 to
// 5, compression, result sets with handles and paging, prepared statements with typed parameters, session attributes,
// feedback while a statement runs, abortQuery, subconnections, and the metadata commands.
//
//	srv := exatest.NewServer(t)
//	srv.HandleSQL("SELECT id, name FROM users", exatest.RowsOf([]user{{1, "ann"}, {2, "bob"}}))
//	srv.HandleSQL("DELETE FROM users WHERE id = ?", exatest.RowCount(1)).WithParams(7).Expect()
//	sess, err := exawire.Connect(ctx, srv.DSN())
//
// # What a statement does
//
// The server does not understand SQL. What a text means is asked in this order:
//
//   - the handlers of the test, for a command ([Server.Handle]) or for a statement ([Server.HandleSQL],
//     [Server.HandleSQLRegexp]). They answer with a [Response]: [RowsOf], [Rows], [RowCount], [Exception], [OK], [Data], or, to see
//     what a client makes of it, [Raw], [Hang] and [Drop]; all of them also late, see [Response.After]. [ImportFiles] and
//     [ExportFiles] read and write the files that a client serves by a tunnel.
//   - a [Backend], if the server has one. Package exasqlite has one that runs SQL on SQLite.
//   - the server itself: COMMIT, ROLLBACK, OPEN SCHEMA, CLOSE SCHEMA, ALTER SESSION and SELECT "$SLEEP"(n).
//
// What is left gets an exception that says so. The server answers all other commands of the protocol on its own, the
// metadata commands from a few tables of system objects.
//
// Handlers limited by [Handler.Once] or [Handler.Times] are used up in the order in which they were written; a handler
// without a limit replaces older ones for the same thing. [Handler.WithParams] and [Handler.When] choose among requests
// with the same text.
//
// # What a client has done
//
// [Handler.Expect] fails the test if something was not sent. [Server.Statements] and [Server.Requests] return what has
// arrived, with the statement and the decoded parameters of each request.
// [Server.Sessions] shows what is open at this moment, and [Server.Connections] what a client has forgotten to close.
//
// The server is strict: a breach of the protocol by the client, such as a second command before the answer to the first
// or a result set that is open when the client disconnects, fails the test. [WithLeniency] turns that off; [Server.Violations]
// has the list in either case.
//
// # What goes wrong
//
// Everything that databases, networks and other versions do to a client can be provoked. [Server.Inject] takes a
// [fault.Fault], for all answers or for some; package fault has the list.
//
//	srv.Inject(fault.FragmentFrames(1))                      // every byte in a frame of its own
//	srv.Inject(fault.CutMiddle().On("fetch").Skip(2).Once()) // the third chunk ends in the middle
//	srv.Inject(fault.AbortDelayed(5 * time.Second))          // an abort takes its time
//
// [Server.KillSessions] is the crash.
//
// # Options
//
// Options make a server that differs from others without being wrong:
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
// Package record has a proxy that writes down what a program and a database say to each other, without secrets. It makes
// servers of this package that answer with what was written down.
//
// # Virtual time
//
// On a [VirtualNetwork] the server works inside a bubble of testing/synctest: hours of waiting for time-outs, feedback and
// retries pass at once, and in the same way every time.
//
// # How real it is
//
// The server does what the protocol's documents say. What they leave open it does the way real servers were seen to do it;
// where nobody knows, there is an option for either way. Texts of exceptions for mistakes of a client are the server's own
// unless they are known. It is a server for tests: it trusts its clients no further than any server should, but it makes
// no attempt to be fast or to hold more than memory does.
package exatest
