package fault

import (
	"time"

	"github.com/exawire/exawire/exatest/internal/effect"
)

// AbortIgnored lets commands run to their end though they are aborted.
func AbortIgnored() Fault {
	return makeFault(effect.Effect{Name: "AbortIgnored", Abort: effect.AbortIgnored})
}

// AbortFetch makes it possible to abort a fetch. Whether real servers do this is not known.
func AbortFetch() Fault {
	return makeFault(effect.Effect{Name: "AbortFetch", AbortsFetch: true, Commands: []string{"fetch"}})
}

// AbortDrops cuts the connection when a command is aborted, as a database does with a statement that is stuck.
func AbortDrops() Fault {
	return makeFault(effect.Effect{Name: "AbortDrops", Abort: effect.AbortDrops})
}

// AbortRollsBack answers aborted commands with 40007 instead of R0003.
func AbortRollsBack() Fault {
	return makeFault(effect.Effect{Name: "AbortRollsBack", Abort: effect.AbortRollsBack})
}

// AbortDelayed makes the answer to an aborted command come d later.
func AbortDelayed(d time.Duration) Fault {
	return makeFault(effect.Effect{Name: "AbortDelayed", Abort: effect.AbortDelayed, AbortDelay: d})
}

// AbortLate makes an abort hit the next command instead of the one that is running: a command that cannot be aborted
// swallows it. The abort works the same way when nothing is running. Whether real servers do this is not known.
func AbortLate() Fault { return makeFault(effect.Effect{Name: "AbortLate", Abort: effect.AbortLate}) }
