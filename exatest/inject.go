package exatest

import (
	"slices"
	"time"

	"github.com/exawire/exawire/exatest/fault"
	"github.com/exawire/exawire/exatest/internal/document"
	"github.com/exawire/exawire/exatest/internal/effect"
	"github.com/exawire/exawire/exatest/internal/frame"
)

// Injection is a fault that was injected into a [Server]. Its methods may be called at any time from any goroutine.
type Injection struct {
	server *Server
	effect effect.Effect
	skip   int // commands that are still spared
	left   int // commands that are still struck; negative: no limit
	count  int
}

// Inject puts a fault into effect, from the next command on. Several faults work together; those that change the same
// thing do so in the order in which they were injected. A fault that is limited to a command that the protocol does not
// have fails the test, see [Server.AllowCommands]; a server without a test panics.
func (s *Server) Inject(f fault.Fault) *Injection {
	e := effect.Sealed(f).Open()
	for _, command := range e.Commands {
		if err := s.checkCommand(command); err != nil {
			if s.tb != nil {
				s.tb.Helper()
			}
			s.misnamed("Inject: "+f.String(), err)
		}
	}
	i := &Injection{server: s, effect: e, skip: e.Skip, left: -1}
	if e.Times > 0 {
		i.left = e.Times
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, i)
	return i
}

// Remove ends the fault. Commands that are running are not affected.
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
	if len(i.effect.Commands) > 0 && command != "" && !slices.Contains(i.effect.Commands, command) {
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

// takeEffects returns what the faults that strike a command do to its answer.
func (s *Server) takeEffects(command string) []effect.Effect {
	s.mu.Lock()
	defer s.mu.Unlock()
	var struck []effect.Effect
	for _, i := range s.faults {
		if i.effect.Answers() && i.strikes(command) {
			struck = append(struck, i.effect)
		}
	}
	return struck
}

// takeEffect returns the effect of the first fault of a kind that strikes, nil if there is none. Without a command, that
// to which a fault is limited plays no part.
func (s *Server) takeEffect(command string, kind func(*effect.Effect) bool) *effect.Effect {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, i := range s.faults {
		if kind(&i.effect) && i.strikes(command) {
			return &i.effect
		}
	}
	return nil
}

func (s *Server) abortEffect(mode effect.AbortMode, command string) *effect.Effect {
	return s.takeEffect(command, func(e *effect.Effect) bool { return e.Abort == mode })
}

// tunnelInPieces reports whether a fault strikes the answer to a tunnel that is opened.
func (s *Server) tunnelInPieces() bool {
	return s.takeEffect("", func(e *effect.Effect) bool { return e.TunnelPieces }) != nil
}

// tunnelAction is what a fault does to a tunnel that is opened, 0 if there is none.
func (s *Server) tunnelAction() effect.Action {
	e := s.takeEffect("", func(e *effect.Effect) bool { return e.Strike != nil && e.Strike.Step == effect.StepTunnel })
	if e == nil {
		return 0
	}
	return e.Strike.Action
}

// ignoresTunnel reports whether a fault strikes an IMPORT or EXPORT before it connects.
func (s *Server) ignoresTunnel(command string) bool {
	return s.takeEffect(command, func(e *effect.Effect) bool { return e.IgnoreTunnels }) != nil
}

// forcedRows is the row count of an IMPORT or EXPORT, whatever comes of it, nil if there is none.
func (s *Server) forcedRows(command string) *int64 {
	e := s.takeEffect(command, func(e *effect.Effect) bool { return e.Forced != nil })
	if e == nil {
		return nil
	}
	return e.Forced
}

// The methods of an execution ask its faults at the points where they can strike.

func (ex *execution) cuts(at effect.CutPoint) bool {
	return slices.ContainsFunc(ex.effects, func(f effect.Effect) bool { return f.Cut == at })
}

func (ex *execution) cutsRequest() bool { return ex.cuts(effect.CutRequest) }
func (ex *execution) cutsAnswer() bool  { return ex.cuts(effect.CutAnswer) }
func (ex *execution) cutsAfter() bool   { return ex.cuts(effect.CutAfter) }

func (ex *execution) delay() (d time.Duration) {
	for _, f := range ex.effects {
		d += f.Delay
	}
	return d
}

func (ex *execution) inlineRows() (n int, ok bool) {
	for _, f := range ex.effects {
		if f.InlineRows != nil {
			n, ok = *f.InlineRows, true
		}
	}
	return n, ok
}

func (ex *execution) fetchRows() (n int, ok bool) {
	for _, f := range ex.effects {
		if f.FetchRows != nil {
			n, ok = *f.FetchRows, true
		}
	}
	return n, ok
}

func (ex *execution) allRows() bool {
	return slices.ContainsFunc(ex.effects, func(f effect.Effect) bool { return f.AllRows })
}

func (ex *execution) allAttributes() bool {
	return slices.ContainsFunc(ex.effects, func(f effect.Effect) bool { return f.AllAttributes })
}

func (ex *execution) abortsFetch() bool {
	return slices.ContainsFunc(ex.effects, func(f effect.Effect) bool { return f.AbortsFetch })
}

func (ex *execution) tree(doc object) object {
	for _, f := range ex.effects {
		if f.Tree != nil {
			doc = f.Tree(doc)
		}
	}
	return doc
}

func (ex *execution) text(doc object) []byte {
	message := document.Append(nil, doc)
	for _, f := range ex.effects {
		if f.Text != nil {
			message = f.Text(message)
		}
	}
	return message
}

func (ex *execution) payload(opcode byte, payload, message []byte) (byte, []byte) {
	for _, f := range ex.effects {
		if f.Payload != nil {
			opcode, payload = f.Payload(opcode, payload, message)
		}
	}
	return opcode, payload
}

func (ex *execution) delivery() *frame.Delivery {
	d := &frame.Delivery{}
	for _, f := range ex.effects {
		if f.Delivery != nil {
			f.Delivery(d)
		}
	}
	return d
}
