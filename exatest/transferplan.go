package exatest

import (
	"context"
	"errors"
	"io"
	"slices"

	"github.com/exawire/exawire/exatest/internal/effect"
)

// transferPlan is what the faults that strike a file do to it.
type transferPlan struct {
	strikes []effect.Strike
	style   effect.TransferStyle
}

// planTransfer asks the faults when a file is opened.
func (s *Server) planTransfer(secure, writes bool) (p transferPlan) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, i := range s.faults {
		e := &i.effect
		switch {
		case e.Strike == nil && e.Style == 0: // of another kind
		case e.Strike != nil && (e.Strike.Step == effect.StepTunnel || e.Strike.Step == effect.StepTLS && !secure):
		case e.Style&effect.OnlyExports != 0 && !writes, e.Style&effect.OnlyImports != 0 && writes:
		case i.strikes(""):
			if e.Strike != nil {
				p.strikes = append(p.strikes, *e.Strike)
			}
			p.style |= e.Style
		}
	}
	return p
}

// take returns the strike at a step, once.
func (p *transferPlan) take(step effect.Step) *effect.Strike {
	i := slices.IndexFunc(p.strikes, func(s effect.Strike) bool { return s.Step == step })
	if i < 0 {
		return nil
	}
	s := p.strikes[i]
	p.strikes = slices.Delete(p.strikes, i, i+1)
	return &s
}

// find returns the strike at a step, nil if there is none.
func (p *transferPlan) find(step effect.Step) *effect.Strike {
	i := slices.IndexFunc(p.strikes, func(s effect.Strike) bool { return s.Step == step })
	if i < 0 {
		return nil
	}
	return &p.strikes[i]
}

// contentLimit is how many bytes of the file pass before a strike, -1 if there is no limit.
func (p *transferPlan) contentLimit() int64 {
	if s := p.find(effect.StepContent); s != nil {
		return s.After
	}
	return -1
}

// nonsense is what a database sends that has lost its way. It is neither HTTP nor TLS, nor a chunk.
const nonsense = "\x7fnonsense \x00\xff\r\n\r\n"

// errSilent ends a file whose tunnel a fault leaves as it is.
var errSilent = errors.New("the database has stopped in the middle of the file")

// strike carries out what every step has in common: silence and hanging up. The rest it leaves to the step.
func (t *transfer) strike(step effect.Step) (effect.Action, error) {
	s := t.plan.take(step)
	if s == nil {
		return 0, nil
	}
	switch s.Action {
	case effect.Silence:
		if ex := executionOf(t.ctx); ex != nil && ex.forced != nil {
			return 0, errSilent // the statement does not wait
		}
		<-t.ctx.Done()
		return 0, context.Cause(t.ctx)
	case effect.HangUp:
		return 0, &curlError{curlReceive, "Recv failure: Connection timed out"}
	}
	return s.Action, nil
}

// strikeTLS strikes before the handshake, or in the middle of the first message.
func (t *transfer) strikeTLS() error {
	if s := t.plan.find(effect.StepTLS); s != nil && s.Action == effect.HangUp {
		_, _ = io.WriteString(t.nc, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc")
	}
	action, err := t.strike(effect.StepTLS)
	if action == effect.Nonsense {
		if _, err := io.WriteString(t.nc, nonsense); err == nil {
			_, _ = t.nc.Read(make([]byte, 1)) // what the client says to it
		}
		return &curlError{curlHandshake, "error:0A00010B:SSL routines::wrong version number"}
	}
	return err
}

// strikeReply strikes before the answer of the client is read.
func (t *transfer) strikeReply() error {
	action, err := t.strike(effect.StepReply)
	if action == effect.Nonsense {
		_, err = io.WriteString(t.nc, nonsense)
	}
	return err
}

// late is the error of a statement that fails after its file went through, nil unless a fault asks for it.
func (p *transferPlan) late() error {
	if p.style&effect.FailAtEnd == 0 {
		return nil
	}
	return &SQLError{"40001", "GlobalTransactionRollback msg: Transaction collision: automatic transaction rollback."}
}

// executionKey finds the execution by the context that it has given to a backend.
type executionKey struct{}

func executionOf(ctx context.Context) *execution {
	ex, _ := ctx.Value(executionKey{}).(*execution)
	return ex
}
