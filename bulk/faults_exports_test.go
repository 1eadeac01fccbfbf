package bulk_test

import (
	"io"
	"slices"
	"time"

	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
)

// exportFaults is the table of EXPORT.
func exportFaults() []faulty {
	return slices.Concat(openingFaults(), exportFaultsOfDatabase(), exportFaultsOfClient(), handBodies())
}

func exportFaultsOfDatabase() []faulty {
	exports := func(fn func(w *world, content io.Writer) (int64, error)) func(*world) {
		return func(w *world) {
			w.srv.HandleSQL("EXPORT ...", exatest.ExportFiles(func(_ string, content io.Writer) (int64, error) { return fn(w, content) }))
		}
	}
	return []faulty{
		{step: "request", side: database, what: "looks for the file first", faults: one(fault.TunnelProbe())},
		{step: "request", side: database, what: "asks whether it may", faults: one(fault.TunnelExpectContinue())},
		{step: "headers", side: database, what: "say the length", faults: one(fault.TunnelContentLength())},
		{step: "body", side: database, what: "is silent at once", faults: one(fault.TunnelContent(0, fault.Silence)), hangs: true},
		{step: "body", side: database, what: "is silent", faults: one(fault.TunnelContent(100_000, fault.Silence)), hangs: true},
		{step: "body", side: database, what: "hangs up at once", want: "ETL 000: Recv failure: Connection timed out (56)", faults: one(fault.TunnelContent(0, fault.HangUp))},
		{step: "body", side: database, what: "hangs up", want: "ETL 000: Recv failure: Connection timed out (56)", faults: one(fault.TunnelContent(100_000, fault.HangUp))},
		{step: "body", side: database, what: "hangs up before the length that it said", want: "ETL 000: Recv failure: Connection timed out (56)", faults: one(fault.TunnelContent(100_000, fault.HangUp), fault.TunnelContentLength())},
		{step: "body", side: database, what: "hangs up and succeeds", want: notAsked, or: []string{notEnded, "read: unexpected EOF"}, faults: one(fault.TunnelContent(100_000, fault.HangUp), fault.TransferSucceeds(exportRows))},
		{step: "body", side: database, what: "is silent and succeeds", want: notAsked, or: []string{notEnded, "read: unexpected EOF"}, faults: one(fault.TunnelContent(100_000, fault.Silence), fault.TransferSucceeds(exportRows))},
		{step: "body", side: database, what: "is slow", took: 10 * time.Minute, set: exports(func(w *world, content io.Writer) (int64, error) {
			time.Sleep(10 * time.Minute)
			return w.give("", content)
		})},
		{step: "body", side: database, what: "fails in the middle", want: "execute: division by zero (22012)", set: exports(func(_ *world, content io.Writer) (int64, error) {
			_, _ = io.WriteString(content, exportedText[:100_000])
			return 0, &exatest.SQLError{Code: "22012", Text: "division by zero"}
		})},
		{step: "chunk", side: database, what: "is nonsense", want: "ETL 000: The requested URL returned error: 500 (22); read: invalid byte in chunk length", faults: one(fault.TunnelContent(100_000, fault.Nonsense))},
		{step: "chunk", side: database, what: "is nonsense, and succeeds", want: "read: invalid byte in chunk length", faults: one(fault.TunnelContent(100_000, fault.Nonsense), fault.TransferSucceeds(exportRows))},
		{step: "end", side: database, what: "is silent", faults: one(fault.TunnelEnd(fault.Silence)), hangs: true},
		{step: "end", side: database, what: "hangs up", want: "ETL 000: Recv failure: Connection timed out (56)", faults: one(fault.TunnelEnd(fault.HangUp))},
		{step: "end", side: database, what: "says nonsense", want: "ETL 000: The requested URL returned error: 500 (22); read: invalid byte in chunk length", faults: one(fault.TunnelEnd(fault.Nonsense))},
		{step: "end", side: database, what: "hangs up and succeeds", want: notAsked, or: []string{notEnded, "read: unexpected EOF"}, faults: one(fault.TunnelEnd(fault.HangUp), fault.TransferSucceeds(exportRows))},
		{step: "reply", side: database, what: "does not read it", faults: one(fault.TunnelReply(fault.Silence)), hangs: true},
		{step: "reply", side: database, what: "hangs up", want: "ETL 000: Recv failure: Connection timed out (56)", faults: one(fault.TunnelReply(fault.HangUp))},
		{step: "reply", side: database, what: "says nonsense", faults: one(fault.TunnelReply(fault.Nonsense))},
		{step: "answer", side: database, what: "fails before anything", want: "execute: object T not found (42000)", set: func(w *world) {
			w.srv.HandleSQL("EXPORT ...", exatest.Exception("42000", "object T not found"))
		}},
		{step: "answer", side: database, what: "fails at the end", want: "execute: GlobalTransactionRollback msg: Transaction collision: automatic transaction rollback. (40001)", faults: one(fault.TransferFails())},
		{step: "answer", side: database, what: "hangs", want: "CTX: session is closed: execute: no answer within 5s after the request was given up", hangs: true, took: grace, dead: true, set: exports(func(w *world, content io.Writer) (int64, error) {
			rows, err := w.give("", content)
			w.hang()
			return rows, err
		})},
		{step: "answer", side: database, what: "is slow", took: endAfter / 2, set: exports(func(w *world, content io.Writer) (int64, error) {
			rows, err := w.give("", content)
			time.Sleep(endAfter / 2)
			return rows, err
		})},
		{step: "answer", side: database, what: "is cut", want: "session is closed: execute: server closed the connection without notice: EOF", faults: one(fault.CutAnswer().On("execute").Skip(1)), dead: true},
		{step: "answer", side: database, what: "is nonsense", want: "execute: server broke the protocol: message ends in the middle of its document", faults: one(fault.Garbage().On("execute").Skip(1)), dead: true},
		{step: "answer", side: database, what: "kills the session", want: "session is closed: execute: server closed the connection without notice: EOF", dead: true, set: exports(func(w *world, content io.Writer) (int64, error) {
			_, _ = io.WriteString(content, exportedText[:1000])
			w.srv.KillSessions()
			return 0, nil
		})},
	}
}
