package bulk_test

import (
	"context"
	"errors"
	"io"
	"net"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/exawire/exawire/bulk"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
)

var errDisk = errors.New("the disk is gone")

func one(f ...fault.Fault) []fault.Fault { return f }

// importFaults is the table of IMPORT.
func importFaults() []faulty {
	return slices.Concat(openingFaults(), importFaultsOfDatabase(), importFaultsOfClient(), handRequests())
}

// dials has tunnels opened by a function.
func dials(dial func(w *world, ctx context.Context, addr string) (net.Conn, error)) func(*world) {
	return func(w *world) {
		w.dial = func(ctx context.Context, _, addr string) (net.Conn, error) { return dial(w, ctx, addr) }
	}
}

// openingFaults are those before the statement, which are the same for imports and exports.
func openingFaults() []faulty {
	return []faulty{
		{step: "connect", side: database, what: "refuses", want: "connect: exatest:8563: dial tcp exatest:8563: connection refused", set: func(w *world) { w.vn.SetDown("exatest", true) }},
		{step: "connect", side: database, what: "hangs", want: "connect: exatest:8563: no answer within 10s, see Config.ConnectTimeout", set: dials(func(_ *world, ctx context.Context, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, context.Cause(ctx)
		}), took: connect},
		{step: "connect", side: database, what: "is slow", set: dials(func(w *world, ctx context.Context, addr string) (net.Conn, error) {
			time.Sleep(connect / 2)
			return w.vn.DialContext(ctx, "tcp", addr)
		}), took: connect / 2},
		{step: "connect", side: client, what: "DialContext panics", set: dials(func(*world, context.Context, string) (net.Conn, error) { panic(errDisk) }), breaks: errDisk},
		{step: "connect", side: client, what: "DialContext ends its goroutine", set: dials(func(*world, context.Context, string) (net.Conn, error) { runtime.Goexit(); return nil, nil }), breaks: "Goexit"},
		{step: "connect", side: client, what: "DialContext returns nothing", want: "connect: exatest:8563: Config.DialContext returned neither a connection nor an error", set: dials(func(*world, context.Context, string) (net.Conn, error) { return nil, nil })},
		{step: "tunnel", side: database, what: "is silent", want: "tunnel: exatest:8563: no answer within 10s, see Config.ConnectTimeout", faults: one(fault.TunnelOpening(fault.Silence)), took: connect},
		{step: "tunnel", side: database, what: "hangs up", want: "tunnel: exatest:8563: the server hung up when it was asked for a tunnel", faults: one(fault.TunnelOpening(fault.HangUp))},
		{step: "tunnel", side: database, what: "says nonsense", want: "tunnel: exatest:8563: the server's answer has the port 825110831: is this the port of a database?", faults: one(fault.TunnelOpening(fault.Nonsense))},
		{step: "tunnel", side: database, what: "says a wrong address", want: "tunnel: exatest:8563: the server's answer has the port 1048576: is this the port of a database?", faults: one(fault.TunnelOpening(fault.WrongAddress))},
		{step: "tunnel", side: database, what: "answers in pieces", faults: one(fault.TunnelAnswerInPieces())},
		{step: "tls", side: database, what: "is silent", faults: one(fault.TunnelTLS(fault.Silence)), only: "tls", hangs: true},
		{step: "tls", side: database, what: "hangs up", want: "ETL 000: Recv failure: Connection timed out (56)", faults: one(fault.TunnelTLS(fault.HangUp)), only: "tls"},
		{step: "tls", side: database, what: "says nonsense", want: "ETL 000: error:0A00010B:SSL routines::wrong version number (35); tls: first record does not look like a TLS handshake", faults: one(fault.TunnelTLS(fault.Nonsense)), only: "tls"},
		{step: "request", side: database, what: "is silent", faults: one(fault.TunnelRequest(fault.Silence)), hangs: true},
		{step: "request", side: database, what: "hangs up", want: "ETL 000: Recv failure: Connection timed out (56)", faults: one(fault.TunnelRequest(fault.HangUp))},
		{step: "request", side: database, what: "says nonsense", want: "ETL 000: The requested URL returned error: 400 (22); request: what the database sent is no request of HTTP", or: []string{"ETL 000: The requested URL returned error: 400 (22)"}, faults: one(fault.TunnelRequest(fault.Nonsense))},
		{step: "request", side: database, what: "asks for another file", want: "ETL 000: The requested URL returned error: 404 (22)", took: time.Second / 2, within: time.Second / 2, faults: one(fault.TunnelRequest(fault.WrongPath))},
		{step: "request", side: database, what: "asks by TRACE", want: "ETL 000: The requested URL returned error: 405 (22); request: the database asked for it by TRACE", faults: one(fault.TunnelRequest(fault.WrongMethod))},
		{step: "request", side: database, what: "cannot connect", want: "ETL 000: Couldn't connect to server (7)", faults: one(fault.TunnelIgnored())},
		{step: "request", side: database, what: "succeeds without asking", want: "request: the database did not ask for it", faults: one(fault.TunnelIgnored(), fault.TransferSucceeds(3000))},
	}
}

func importFaultsOfDatabase() []faulty {
	imports := func(fn func(w *world, content io.Reader) (int64, error)) func(*world) {
		return func(w *world) {
			w.srv.HandleSQL("IMPORT ...", exatest.ImportFiles(func(_ string, content io.Reader) (int64, error) { return fn(w, content) }))
		}
	}
	return []faulty{
		{step: "request", side: database, what: "asks twice", want: "ETL 000: The requested URL returned error: 500 (22); request: the database asked for it a second time, and a reader can be read once only: use FromOpen", faults: one(fault.TunnelAskTwice())},
		{step: "request", side: database, what: "asks twice for what can be read again", faults: one(fault.TunnelAskTwice()), from: func(*world) bulk.Source {
			return bulk.FromReader(strings.NewReader(exportedText))
		}},
		{step: "request", side: database, what: "asks again, as nothing came", faults: one(fault.TunnelAskAgain()), from: func(*world) bulk.Source {
			return bulk.FromReader(struct{ io.Reader }{strings.NewReader("")})
		}},
		{step: "headers", side: database, what: "does not read them", faults: one(fault.TunnelReply(fault.Silence)), hangs: true},
		{step: "headers", side: database, what: "hangs up", want: "ETL 000: Recv failure: Connection timed out (56)", faults: one(fault.TunnelReply(fault.HangUp))},
		{step: "headers", side: database, what: "says nonsense", faults: one(fault.TunnelReply(fault.Nonsense))},
		{step: "body", side: database, what: "stops reading at once", faults: one(fault.TunnelContent(0, fault.Silence)), hangs: true},
		{step: "body", side: database, what: "stops reading", faults: one(fault.TunnelContent(100_000, fault.Silence)), hangs: true},
		{step: "body", side: database, what: "hangs up at once", want: "ETL 000: Recv failure: Connection timed out (56)", faults: one(fault.TunnelContent(0, fault.HangUp))},
		{step: "body", side: database, what: "hangs up", want: "ETL 000: Recv failure: Connection timed out (56)", faults: one(fault.TunnelContent(100_000, fault.HangUp))},
		{step: "body", side: database, what: "says nonsense", faults: one(fault.TunnelContent(100_000, fault.Nonsense))},
		{step: "body", side: database, what: "succeeds after a part", want: notMoved, or: []string{"write: write virtual client:PORT->exatest:8563: broken pipe"}, from: func(*world) bulk.Source { return bulk.FromReader(strings.NewReader(strings.Repeat(exportedText, 10))) }, faults: one(fault.TunnelContent(100_000, fault.HangUp), fault.TransferSucceeds(3000))},
		{step: "body", side: database, what: "stops reading and succeeds", from: func(*world) bulk.Source { return bulk.FromReader(strings.NewReader(strings.Repeat(exportedText, 10))) }, want: notMoved, or: []string{"write: write virtual client:PORT->exatest:8563: broken pipe"}, faults: one(fault.TunnelContent(100_000, fault.Silence), fault.TransferSucceeds(3000))},
		{step: "body", side: database, what: "is slow", set: imports(func(w *world, content io.Reader) (int64, error) {
			time.Sleep(10 * time.Minute)
			return w.take("", content)
		}), took: 10 * time.Minute},
		{step: "body", side: database, what: "is slower than the client's patience", want: "CTX: session is closed: execute: no answer within 5s after the request was given up", hangs: true, took: grace, dead: true, set: imports(func(w *world, content io.Reader) (int64, error) {
			for {
				if _, err := content.Read(make([]byte, 10)); err != nil {
					return 0, err
				}
				time.Sleep(time.Minute)
			}
		})},
		{step: "end", side: database, what: "is silent", faults: one(fault.TunnelEnd(fault.Silence)), hangs: true},
		{step: "end", side: database, what: "hangs up", want: "ETL 000: Recv failure: Connection timed out (56)", faults: one(fault.TunnelEnd(fault.HangUp))},
		{step: "end", side: database, what: "says nonsense", faults: one(fault.TunnelEnd(fault.Nonsense))},
		{step: "answer", side: database, what: "fails before anything", want: "execute: object T not found (42000)", set: func(w *world) {
			w.srv.HandleSQL("IMPORT ...", exatest.Exception("42000", "object T not found"))
		}},
		{step: "answer", side: database, what: "fails in the middle", want: "execute: ETL-3050: [Column=0 Row=3] [Transformation of value='x' failed] (42636)", set: imports(func(_ *world, content io.Reader) (int64, error) {
			_, _ = io.ReadFull(content, make([]byte, 1000))
			return 0, &exatest.SQLError{Code: "42636", Text: "ETL-3050: [Column=0 Row=3] [Transformation of value='x' failed]"}
		})},
		{step: "answer", side: database, what: "fails at the end", want: "execute: GlobalTransactionRollback msg: Transaction collision: automatic transaction rollback. (40001)", faults: one(fault.TransferFails())},
		{step: "answer", side: database, what: "hangs", want: "CTX: session is closed: execute: no answer within 5s after the request was given up", set: imports(func(w *world, content io.Reader) (int64, error) {
			_, _ = w.take("", content)
			w.hang()
			return 3000, nil
		}), hangs: true, took: grace, dead: true},
		{step: "answer", side: database, what: "is slow", set: imports(func(w *world, content io.Reader) (int64, error) {
			rows, err := w.take("", content)
			time.Sleep(endAfter / 2)
			return rows, err
		}), took: endAfter / 2},
		{step: "answer", side: database, what: "is cut", want: "session is closed: execute: server closed the connection without notice: EOF", faults: one(fault.CutAnswer().On("execute").Skip(1)), dead: true},
		{step: "answer", side: database, what: "is nonsense", want: "execute: server broke the protocol: message ends in the middle of its document", faults: one(fault.Garbage().On("execute").Skip(1)), dead: true},
		{step: "answer", side: database, what: "kills the session", want: "session is closed: execute: server closed the connection without notice: EOF", set: imports(func(w *world, content io.Reader) (int64, error) {
			_, _ = io.ReadFull(content, make([]byte, 1000))
			w.srv.KillSessions()
			return 0, nil
		}), dead: true},
		{step: "begin", side: database, what: "fails", want: "setAttributes: no (42000): setAttributes: no (42000)", set: func(w *world) {
			w.srv.Handle("setAttributes", func(*exatest.Request) exatest.Response { return exatest.Exception("42000", "no") })
		}, dead: true},
		{step: "begin", side: database, what: "hangs", want: "CTX: session is closed: setAttributes: no answer within 5s after the request was given up", set: func(w *world) {
			w.srv.Handle("setAttributes", func(*exatest.Request) exatest.Response { return exatest.Hang() })
		}, hangs: true, took: grace, dead: true},
		{step: "commit", side: database, what: "fails", want: "execute: transaction collision: automatic transaction rollback (40001), in: COMMIT", set: func(w *world) {
			w.srv.HandleSQL("COMMIT", exatest.Exception("40001", "transaction collision: automatic transaction rollback"))
		}},
		{step: "commit", side: database, what: "hangs", want: "CTX: execute: Client requested execution abort. (R0003), in: COMMIT", set: func(w *world) { w.srv.HandleSQL("COMMIT", exatest.Hang()) }, hangs: true},
		{step: "autocommit", side: database, what: "fails", want: "committed, but autocommit is still off: setAttributes: no (42000); the rows may be committed: look before you import them again", set: func(w *world) {
			n := 0
			w.srv.Handle("setAttributes", func(*exatest.Request) exatest.Response {
				if n++; n > 1 {
					return exatest.Exception("42000", "no")
				}
				return exatest.Pass()
			})
		}, dead: true},
		{step: "autocommit", side: database, what: "is cut", faults: one(fault.CutAnswer().On("setAttributes").Skip(1)), dead: true},
		{step: "commit", side: database, what: "is cut", want: "session is closed: execute: server closed the connection without notice: EOF; the rows may be committed: look before you import them again", faults: one(fault.CutAnswer().On("execute").Skip(2)), dead: true},
		{step: "rollback", side: database, what: "fails", want: "execute: GlobalTransactionRollback msg: Transaction collision: automatic transaction rollback. (40001); no (42000), in: ROLLBACK", faults: one(fault.TransferFails()), set: func(w *world) {
			w.srv.HandleSQL("ROLLBACK", exatest.Exception("42000", "no"))
		}, dead: true},
		{step: "rollback", side: database, what: "hangs", want: "execute: GlobalTransactionRollback msg: Transaction collision: automatic transaction rollback. (40001); context canceled: session is closed: execute: no answer within 0s after the request was given up", faults: one(fault.TransferFails()), set: func(w *world) {
			w.srv.HandleSQL("ROLLBACK", exatest.Hang())
		}, hangs: true, took: grace, dead: true},
		{step: "rollback", side: database, what: "is cut", want: "execute: GlobalTransactionRollback msg: Transaction collision: automatic transaction rollback. (40001)", faults: one(fault.TransferFails(), fault.CutAnswer().On("execute").Skip(2)), dead: true},
	}
}
