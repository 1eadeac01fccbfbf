package exawire

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/errtext"
	"github.com/exawire/exawire/internal/settings"
	"github.com/exawire/exawire/internal/wire"
)

// ResetError says which parts of a session are not as they were after the login.
type ResetError struct {
	What []string // attributes by their names on the wire, or what else it is
	Err  error    // what the server said, nil if it said nothing
}

// Error names what is different, and the cause.
func (e *ResetError) Error() string {
	what := strings.Join(e.What, ", ")
	if e.Err == nil {
		return errtext.Sprintf("reset: not restored: %s", what)
	}
	return errtext.Sprintf("reset: not restored: %s: %v", what, e.Err)
}

// Unwrap returns the cause.
func (e *ResetError) Unwrap() error { return e.Err }

// Reset brings the session back to what it was after the login, for whoever uses it next. It rolls back an open
// transaction, which ends the Tx of Begin, and restores the attributes that differ, some of them with ALTER SESSION.
// Nothing is sent to a session that has only queried, changed data and committed. After other statements the attributes are
// read. With autocommit off ROLLBACK is sent in any case, since nobody can tell whether there is something to roll back.
// The protocol has no command for this, so it is not complete: rows and statements that were left open stay open, and what
// was committed stays committed.
//
// An error means that the session must be closed instead of being used again. A [*ResetError] says what could not be
// restored: for example the schema, if it was dropped; parameters without an attribute, which can be set but not read; or
// the user, after IMPERSONATE, which cannot be undone. These are noticed if this session sent the statement as a text of its
// own, not inside a script. No other goroutine may use the session meanwhile. Subconnections cannot be reset, and neither
// can a session with a group of them.
func (s *Session) Reset(ctx context.Context) error {
	if err := s.mayReset(ctx); err != nil {
		return failed(wire.Nothing, err)
	}
	if err := s.resetTransaction(ctx); err != nil {
		return err
	}
	if err := s.readUnread(ctx); err != nil {
		return err
	}
	now, want := s.ledger.resetTo()
	err := s.resetAttributes(ctx, now, want)
	if unread := s.readUnread(ctx); unread != nil {
		return errtext.Join(err, unread)
	}
	if closed := s.Err(); closed != nil {
		return errtext.Join(err, closed)
	}
	if what := s.ledger.unlike(want); len(what) > 0 {
		return &ResetError{What: what, Err: err}
	}
	return err
}

// Leftovers are what the user of a session has left behind, as far as that is known without asking the server.
type Leftovers struct {
	Rows           int  // result sets that are open on the server for Rows that nobody has closed
	Statements     int  // prepared statements that are open, without those that the session keeps for itself
	Subconnections bool // a Parallel that was not closed
	Busy           bool // a method of the session is still running
	Changed        bool // Reset would send something, or fail
}

// Leftovers tells what is left behind. Nothing is sent, and it may be called while a command is running. It is for pools of
// sessions, which want to know whether [Session.Reset] is needed and whether it is enough: Reset closes neither rows nor
// statements nor subconnections.
func (s *Session) Leftovers() Leftovers {
	s = s.opened()
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	l := &s.ledger
	left := Leftovers{
		Rows: l.results, Subconnections: l.group != nil, Busy: l.current != nil,
		Changed: l.phase != phaseReady || l.sub || l.isChanged(),
	}
	for _, st := range l.prepared {
		if !st.kept && !st.closed {
			left.Statements++
		}
	}
	return left
}

// isChanged reports whether anything of what Reset restores is not, or may not be, as it was after the login.
func (l *ledger) isChanged() bool {
	now, want := l.attributes, l.initial
	now.OpenTransaction, want.OpenTransaction = false, false // a hint only, which counts by itself
	return now != want || !l.attributes.Autocommit || l.attributes.OpenTransaction || l.tx != nil || l.group != nil ||
		l.unread || l.impersonated || len(l.parameters) > 0
}

// mayReset says why the session cannot be reset.
func (s *Session) mayReset(ctx context.Context) error {
	if ctx == nil {
		return errNoContext
	}
	if err := s.Err(); err != nil {
		return err
	}
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	switch {
	case s.ledger.phase != phaseReady:
		return ErrNotLoggedIn
	case s.ledger.sub:
		return errors.New("exawire: reset: subconnections cannot be reset")
	case s.ledger.group != nil:
		return errors.New("exawire: reset: the session has subconnections: close them first")
	}
	return nil
}

// readUnread asks for the attributes if they may be others than those that the server has reported.
func (s *Session) readUnread(ctx context.Context) error {
	s.ledger.mu.Lock()
	unread := s.ledger.unread
	s.ledger.mu.Unlock()
	if !unread || s.Err() != nil {
		return nil
	}
	_, err := s.GetAttributes(ctx)
	return err
}

// resetTo returns the attributes as they are and as they were after the login.
func (l *ledger) resetTo() (now, want Attributes) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.attributes, l.initial
}

// unlike names what is not as it was after the login, when the attributes were those of want.
func (l *ledger) unlike(want Attributes) (what []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	what = append(settings.Differences(l.attributes, want), l.parameters...)
	if l.impersonated {
		what = append(what, "user (IMPERSONATE)")
	}
	return what
}

// resetTransaction rolls back what is open, and may have taken attributes along.
func (s *Session) resetTransaction(ctx context.Context) error {
	s.ledger.mu.Lock()
	tx, open := s.ledger.tx, !s.ledger.attributes.Autocommit || s.ledger.attributes.OpenTransaction
	s.ledger.mu.Unlock()
	switch {
	case tx != nil:
		if err := (&Tx{s, tx}).Rollback(ctx); err != nil {
			return err
		}
	case open:
		if err := s.rollback(ctx); err != nil {
			return err
		}
	default:
		return nil
	}
	if err := s.Err(); err != nil {
		return failed(wire.Whole, err)
	}
	_, err := s.GetAttributes(ctx)
	return err
}

// rollback sends ROLLBACK where no Tx is open.
func (s *Session) rollback(ctx context.Context) error {
	ctx, cancel := s.farewell(ctx, nil)
	defer cancel()
	out := s.hold(ctx, func() outcome {
		_, out := s.rollbackHeld(ctx, nil)
		return out
	})
	return out.err()
}

// resetAttributes sends what makes the attributes now those of want. It goes on after an error: the more is restored, the
// more the report is worth.
func (s *Session) resetAttributes(ctx context.Context, now, want Attributes) error {
	var attrs []Attribute
	for i, a := range settings.Assignments(want) {
		if a != settings.Assignments(now)[i] {
			attrs = append(attrs, a)
		}
	}
	errs := []error{s.SetAttributes(ctx, attrs...)}
	for i, p := range settings.Parameters(want) {
		if p != settings.Parameters(now)[i] {
			errs = append(errs, s.restore(ctx, fmt.Sprintf("ALTER SESSION SET %s = '%s'", p.Name, strings.ReplaceAll(p.Value, "'", "''"))))
		}
	}
	switch {
	case now.CurrentSchema == want.CurrentSchema:
	case want.CurrentSchema == "":
		errs = append(errs, s.restore(ctx, "CLOSE SCHEMA"))
	default:
		errs = append(errs, s.SetAttributes(ctx, commands.CurrentSchema(want.CurrentSchema)))
	}
	return errtext.Join(errs...)
}

// restore runs a statement that undoes what another one has changed.
func (s *Session) restore(ctx context.Context, sql string) error {
	c := newCall(commands.Execute{SQLText: sql}, nil)
	c.read = s.discard
	out := s.do(ctx, c)
	return out.err()
}
