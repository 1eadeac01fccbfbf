package fault

import "github.com/exawire/exawire/exatest/internal/effect"

// TunnelAnswerInPieces sends the 24 bytes that answer a new tunnel in three parts. It strikes tunnels, not commands.
func TunnelAnswerInPieces() Fault {
	return makeFault(effect.Effect{Name: "TunnelAnswerInPieces", TunnelPieces: true})
}

// TunnelIgnored makes each IMPORT and EXPORT with an AT clause fail with 42636 before the database has connected to
// anything. A client that serves the files itself never sees a request, and its tunnels stay open and silent until it
// closes them.
func TunnelIgnored() Fault {
	return makeFault(effect.Effect{Name: "TunnelIgnored", IgnoreTunnels: true, Commands: statements})
}
