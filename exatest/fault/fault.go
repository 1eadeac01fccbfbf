package fault

import (
	"slices"

	"github.com/exawire/exawire/exatest/internal/effect"
)

// Fault is something that goes wrong on the server's side, or that is merely unusual. It is made by one of the functions
// of this package and takes effect by Inject of an exatest.Server. A Fault is a value: its methods return a changed copy,
// and one Fault may be injected into any number of servers.
//
// Unless [Fault.On], [Fault.Skip] or [Fault.Times] say otherwise, a fault strikes the answers to all commands, those of
// the login included, as long as the server lives.
type Fault effect.Sealed

func makeFault(e effect.Effect) Fault { return Fault(effect.Seal(e)) }

func (f Fault) effect() effect.Effect { return effect.Sealed(f).Open() }

// String returns the name of the function that made the fault.
func (f Fault) String() string { return f.effect().Name }

// On limits the fault to these commands of the protocol; without any it strikes all of them. The second message of a login,
// which has no name, goes by exatest.Credentials. Inject refuses names that no command has.
func (f Fault) On(commands ...string) Fault {
	e := f.effect()
	e.Commands = slices.Clone(commands)
	return makeFault(e)
}

// Once limits the fault to the next command that it fits.
func (f Fault) Once() Fault { return f.Times(1) }

// Times limits the fault to the next n commands that it fits, n being 1 at least.
func (f Fault) Times(n int) Fault {
	e := f.effect()
	e.Times = max(n, 1)
	return makeFault(e)
}

// Skip spares the first n commands that the fault fits.
func (f Fault) Skip(n int) Fault {
	e := f.effect()
	e.Skip = n
	return makeFault(e)
}
