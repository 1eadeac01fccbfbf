package exatest

import (
	"slices"
	"time"
)

// Fault is something that goes wrong on the server's side, or that is merely unusual. It is made by one of the
// functions of this package that return a Fault and takes effect by [Server.Inject]. Its methods return a changed copy.
//
// Unless [Fault.On], [Fault.Skip] or [Fault.Times] say otherwise, a fault strikes the answers to all commands, those of
// the login included, as long as the server lives.
type Fault struct {
	name     string
	commands []string
	skip     int
	times    int // 0: no limit

	abortMode  abortMode // not 0: a fault about abortQuery, which does not strike answers
	abortDelay time.Duration

	tunnelPieces  bool // a fault about the opening of tunnels, which does not strike answers
	ignoreTunnels bool

	cut           cutPoint
	delay         time.Duration
	inline        *int // rows that travel with a result set that gets a handle
	fetchRows     *int
	allRows       bool // of a fetch, whatever it asks for
	allAttributes bool
	abortsFetch   bool
	tree          func(object) object
	text          func([]byte) []byte
	wire          func(opcode byte, payload, message []byte) (byte, []byte)
	plan          func(*writePlan)
}

type abortMode int

const (
	modeIgnored abortMode = iota + 1
	modeDrops
	modeRollsBack
	modeDelayed
	modeLate
)

type cutPoint int

const (
	cutRequest cutPoint = iota + 1
	cutAnswer
	cutAfter
)

// String returns the name of the function that made the fault.
func (f Fault) String() string { return f.name }

// On limits the fault to these commands of the protocol; [Credentials] stands for the second message of a login.
func (f Fault) On(commands ...string) Fault {
	f.commands = slices.Clone(commands)
	return f
}

// Once limits the fault to the next command that it fits.
func (f Fault) Once() Fault { return f.Times(1) }

// Times limits the fault to the next n commands that it fits.
func (f Fault) Times(n int) Fault {
	f.times = max(n, 1)
	return f
}

// Skip spares the first n commands that the fault fits.
func (f Fault) Skip(n int) Fault {
	f.skip = n
	return f
}

// Injection is a fault in effect.
type Injection struct {
	server *Server
	fault  Fault
	skip   int
	left   int // negative: no limit
	count  int
}

// Inject puts a fault into effect, from the next command on. Several faults work together, in the order in which they
// were injected.
func (s *Server) Inject(f Fault) *Injection {
	i := &Injection{server: s, fault: f, skip: f.skip, left: -1}
	if f.times > 0 {
		i.left = f.times
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, i)
	return i
}

// Remove takes the fault back. Commands that are running are not affected.
func (i *Injection) Remove() {
	s := i.server
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = slices.DeleteFunc(s.faults, func(other *Injection) bool { return other == i })
}

// Count returns how many commands the fault has struck.
func (i *Injection) Count() int {
	i.server.mu.Lock()
	defer i.server.mu.Unlock()
	return i.count
}

// strikes reports whether the fault fits this command, and counts it. The server's lock is held.
func (i *Injection) strikes(command string) bool {
	if len(i.fault.commands) > 0 && command != "" && !slices.Contains(i.fault.commands, command) {
		return false
	}
	if i.left == 0 {
		return false
	}
	if i.skip > 0 {
		i.skip--
		return false
	}
	if i.left > 0 {
		i.left--
	}
	i.count++
	return true
}

// takeFaults returns the faults that strike a command.
func (s *Server) takeFaults(command string) []Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	var struck []Fault
	for _, i := range s.faults {
		if i.fault.abortMode == 0 && !i.fault.tunnelPieces && i.strikes(command) {
			struck = append(struck, i.fault)
		}
	}
	return struck
}

// abortFault returns the first fault of this kind that strikes the abort of a command, nil if there is none.
func (s *Server) abortFault(mode abortMode, command string) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, i := range s.faults {
		if i.fault.abortMode == mode && i.strikes(command) {
			return &i.fault
		}
	}
	return nil
}

// tunnelInPieces reports whether a fault strikes a tunnel that is opened. Which commands it is limited to plays no part.
func (s *Server) tunnelInPieces() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.faults, func(i *Injection) bool { return i.fault.tunnelPieces && i.strikes("") })
}

// The methods of an execution ask its faults at the points where they can strike.

func (ex *execution) cuts(at cutPoint) bool {
	return slices.ContainsFunc(ex.faults, func(f Fault) bool { return f.cut == at })
}

func (ex *execution) cutsRequest() bool { return ex.cuts(cutRequest) }
func (ex *execution) cutsAnswer() bool  { return ex.cuts(cutAnswer) }
func (ex *execution) cutsAfter() bool   { return ex.cuts(cutAfter) }

func (ex *execution) delay() (d time.Duration) {
	for _, f := range ex.faults {
		d += f.delay
	}
	return d
}

func (ex *execution) inlineRows() (n int, ok bool) {
	for _, f := range ex.faults {
		if f.inline != nil {
			n, ok = *f.inline, true
		}
	}
	return n, ok
}

func (ex *execution) fetchRows() (n int, ok bool) {
	for _, f := range ex.faults {
		if f.fetchRows != nil {
			n, ok = *f.fetchRows, true
		}
	}
	return n, ok
}

func (ex *execution) allRows() bool {
	return slices.ContainsFunc(ex.faults, func(f Fault) bool { return f.allRows })
}

func (ex *execution) allAttributes() bool {
	return slices.ContainsFunc(ex.faults, func(f Fault) bool { return f.allAttributes })
}

func (ex *execution) ignoresTunnels() bool {
	return slices.ContainsFunc(ex.faults, func(f Fault) bool { return f.ignoreTunnels })
}

func (ex *execution) abortsFetch() bool {
	return slices.ContainsFunc(ex.faults, func(f Fault) bool { return f.abortsFetch })
}

func (ex *execution) tree(doc object) object {
	for _, f := range ex.faults {
		if f.tree != nil {
			doc = f.tree(doc)
		}
	}
	return doc
}

func (ex *execution) text(doc object) []byte {
	message := appendJSON(nil, doc)
	for _, f := range ex.faults {
		if f.text != nil {
			message = f.text(message)
		}
	}
	return message
}

func (ex *execution) wire(opcode byte, payload, message []byte) (byte, []byte) {
	for _, f := range ex.faults {
		if f.wire != nil {
			opcode, payload = f.wire(opcode, payload, message)
		}
	}
	return opcode, payload
}

func (ex *execution) plan() *writePlan {
	plan := &writePlan{}
	for _, f := range ex.faults {
		if f.plan != nil {
			f.plan(plan)
		}
	}
	return plan
}
