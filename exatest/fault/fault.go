package fault

import (
	"slices"

	"github.com/exawire/exawire/exatest/internal/effect"
)

// Fault is something that goes wrong on the server's side, or that is merely unusual. The functions of this package
// return a Fault, and Server.Inject of package exatest puts it into effect. A Fault is a value: its methods return a
// changed copy, and one Fault may be injected into any number of servers.
//
// Unless [Fault.On], [Fault.Skip] or [Fault.Times] says otherwise, a fault strikes the answers to all commands, those
// of the login included, for as long as the server runs.
type Fault effect.Sealed

func makeFault(e effect.Effect) Fault { return Fault(effect.Seal(e)) }

func (f Fault) effect() effect.Effect { return effect.Sealed(f).Open() }

// String returns the name of the function that made the fault.
func (f Fault) String() string { return f.effect().Name }

// On limits the fault to these commands of the protocol. Without any commands the fault strikes all of them. The second
// message of a login has no name on the wire; use Credentials of package exatest for it. Server.Inject refuses names that
// no command has.
func (f Fault) On(commands ...string) Fault {
	e := f.effect()
	e.Commands = slices.Clone(commands)
	return makeFault(e)
}

// Once limits the fault to the next command that it fits.
func (f Fault) Once() Fault { return f.Times(1) }

// Times limits the fault to the next n commands that it fits; n is at least 1.
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
