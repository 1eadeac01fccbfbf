package fault

import (
	"time"

	"github.com/exawire/exawire/exatest/internal/effect"
)

// AbortIgnored lets commands run to their end although they are aborted.
func AbortIgnored() Fault {
	return makeFault(effect.Effect{Name: "AbortIgnored", Abort: effect.AbortIgnored})
}

// AbortFetch makes it possible to abort a fetch. It is not known whether real servers allow that.
func AbortFetch() Fault {
	return makeFault(effect.Effect{Name: "AbortFetch", AbortsFetch: true, Commands: []string{"fetch"}})
}

// AbortDrops cuts the connection when a command is aborted, as a database does with a statement that is stuck.
func AbortDrops() Fault {
	return makeFault(effect.Effect{Name: "AbortDrops", Abort: effect.AbortDrops})
}

// AbortRollsBack makes aborted commands fail with 40007, the code of a transaction that was rolled back, instead of
// R0003.
func AbortRollsBack() Fault {
	return makeFault(effect.Effect{Name: "AbortRollsBack", Abort: effect.AbortRollsBack})
}

// AbortDelayed delays the answer to an aborted command by d.
func AbortDelayed(d time.Duration) Fault {
	return makeFault(effect.Effect{Name: "AbortDelayed", Abort: effect.AbortDelayed, AbortDelay: d})
}

// AbortLate makes an abort hit the next command instead of the one that is running, or the next command if none is
// running. A command that cannot be aborted swallows the abort. It is not known whether real servers do this.
func AbortLate() Fault { return makeFault(effect.Effect{Name: "AbortLate", Abort: effect.AbortLate}) }
