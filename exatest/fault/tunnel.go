package fault

import (
	"fmt"
	"slices"

	"github.com/exawire/exawire/exatest/internal/effect"
)

// TunnelAnswerInPieces sends the 24 bytes that answer a new tunnel in three parts. It strikes tunnels, not commands.
func TunnelAnswerInPieces() Fault {
	return makeFault(effect.Effect{Name: "TunnelAnswerInPieces", TunnelPieces: true})
}

// Action is what the database does at a step of an IMPORT or EXPORT through a tunnel.
type Action int

// The actions. The last three fit one step each.
const (
	// Silence: the database does nothing any more. The statement runs until it is aborted; with [TransferSucceeds] it
	// ends at once, and the tunnel stays open and silent.
	Silence = Action(effect.Silence)

	// HangUp: the database closes the tunnel, and the statement fails with 42636.
	HangUp = Action(effect.HangUp)

	// Nonsense: the database sends bytes that are neither TLS nor HTTP in place of the right ones, or between them, and
	// goes on.
	Nonsense = Action(effect.Nonsense)

	// WrongAddress: the 24 bytes have the right form, but a port above 65535 and no address. For [TunnelOpening].
	WrongAddress = Action(effect.WrongAddress)

	// WrongPath: the database asks for a file that the statement does not name. For [TunnelRequest].
	WrongPath = Action(effect.WrongPath)

	// WrongMethod: the database asks with TRACE. For [TunnelRequest].
	WrongMethod = Action(effect.WrongMethod)
)

// strike is a fault that strikes files, each when it is opened.
func strike(name string, step effect.Step, after int64, a Action, special ...Action) Fault {
	if a != Silence && a != HangUp && a != Nonsense && !slices.Contains(special, a) {
		panic(fmt.Sprintf("fault: %s: this action (%d) is for another step", name, a))
	}
	return makeFault(effect.Effect{Name: name, Strike: &effect.Strike{Step: step, Action: effect.Action(a), After: after}})
}

// TunnelOpening strikes when a client opens a tunnel: in place of the 24 bytes that answer it, the action comes. Like
// TunnelAnswerInPieces it strikes tunnels, not commands. Silence, HangUp, Nonsense and WrongAddress fit.
func TunnelOpening(a Action) Fault {
	return strike("TunnelOpening", effect.StepTunnel, 0, a, WrongAddress)
}

// TunnelTLS strikes when the database begins TLS inside a tunnel. HangUp is in the middle of its first message. Files
// without TLS are spared.
func TunnelTLS(a Action) Fault { return strike("TunnelTLS", effect.StepTLS, 0, a) }

// TunnelRequest strikes when the database asks for a file. It spares a client that has answered before it was asked.
// Silence, HangUp, Nonsense (as the line of the request), WrongPath and WrongMethod fit.
func TunnelRequest(a Action) Fault {
	return strike("TunnelRequest", effect.StepRequest, 0, a, WrongPath, WrongMethod)
}

// TunnelContent strikes when this number of bytes of a file has gone through the tunnel: the database stops reading or
// writing (Silence), hangs up, or sends nonsense, which in an EXPORT is a broken chunk. A file that is shorter, or in an
// IMPORT no longer, is spared.
func TunnelContent(after int64, a Action) Fault {
	return strike("TunnelContent", effect.StepContent, max(after, 0), a)
}

// TunnelEnd strikes at the end of a file. In an EXPORT the last chunk does not come; in an IMPORT the database has read
// everything.
func TunnelEnd(a Action) Fault { return strike("TunnelEnd", effect.StepEnd, 0, a) }

// TunnelReply strikes before the database reads the client's reply: in an IMPORT after the request, in an EXPORT after
// the whole file.
func TunnelReply(a Action) Fault { return strike("TunnelReply", effect.StepReply, 0, a) }

func style(name string, s effect.TransferStyle) Fault {
	return makeFault(effect.Effect{Name: name, Style: s})
}

// TunnelContentLength makes the database write files with a Content-Length, in place of chunks. It strikes files of an
// EXPORT, each when it is opened.
func TunnelContentLength() Fault { return style("TunnelContentLength", effect.ContentLength) }

// TunnelExpectContinue makes the database ask for permission (Expect: 100-continue) before it writes a file of an
// EXPORT. It waits a second for the answer 100.
func TunnelExpectContinue() Fault { return style("TunnelExpectContinue", effect.ExpectContinue) }

// TunnelProbe makes the database look for the file by a GET of its first byte before it writes it, as for an EXPORT
// without REPLACE. Any answer will do, but the connection has to stay open for the PUT.
func TunnelProbe() Fault { return style("TunnelProbe", effect.ProbeFirst) }

// TunnelAskTwice makes the database ask twice for each file of an IMPORT, on the same connection. The second answer
// counts. A client that cannot give the file twice has to say so by an error.
func TunnelAskTwice() Fault { return style("TunnelAskTwice", effect.AskTwice) }

// TunnelAskAgain makes the database ask a second time, on the same connection, for each file of an IMPORT that has come
// empty.
func TunnelAskAgain() Fault { return style("TunnelAskAgain", effect.AskAgainIfEmpty) }

// TunnelIgnored makes each IMPORT and EXPORT with an AT clause fail with 42636 before the database has connected to
// anything. Other statements are spared, and do not count. A client that serves the files itself never sees a request, and its tunnels stay open and silent until it
// closes them.
func TunnelIgnored() Fault {
	return makeFault(effect.Effect{Name: "TunnelIgnored", IgnoreTunnels: true, Commands: statements})
}

// TransferSucceeds makes an IMPORT or EXPORT with an AT clause report success with this row count, whatever comes of it:
// although nothing was read, with TunnelIgnored, or although a file broke off, with TunnelContent. A statement that is
// aborted still reports that.
func TransferSucceeds(rows int64) Fault {
	return makeFault(effect.Effect{Name: "TransferSucceeds", Forced: &rows, Commands: statements})
}

// TransferFails makes an IMPORT or EXPORT fail with 40001 when its file has gone through, and the client has done all it
// could. It strikes files, each when it is opened.
func TransferFails() Fault { return style("TransferFails", effect.FailAtEnd) }
