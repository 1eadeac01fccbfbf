package exasqlite

import (
	"context"
	"errors"

	"github.com/exawire/exawire/exatest"
)

// KILL, by which one session ends another one or its statement, and IMPERSONATE. Ending a session is the server's work:
// it owns the connection. Ending a statement is done here, by its context.

// killed is why the context of a statement ends that another session has killed.
type killed struct{ message string }

func (k killed) Error() string {
	if k.message == "" {
		return "Client requested execution abort."
	}
	return "Client requested execution abort: " + k.message
}

// ofKilled is the exception of a statement that was killed, or err.
func ofKilled(ctx context.Context, err error) error {
	var k killed
	if err != nil && errors.As(context.Cause(ctx), &k) {
		return &exatest.SQLError{Code: codeAbort, Text: k.Error()}
	}
	return err
}

// kill runs KILL SESSION and KILL STATEMENT.
func (s *session) kill(ctx context.Context, st *stKill) error {
	id := st.session
	if st.own {
		id = s.info.SessionID
	}
	victim := s.backend.sessionByID(id)
	switch {
	case victim == nil:
		return errorAt(codeSyntax, st.pos, "session %d not found", id)
	case st.statement != nil:
		return victim.killStatement(st)
	// A backend that is used without a server has nobody who could close the connection.
	case s.info.Kill == nil:
		return unsupported(st.pos, "KILL SESSION without a server")
	case !s.info.Kill(id):
		return errorAt(codeSyntax, st.pos, "session %d not found", id)
	case victim == s:
		return nil // nobody will read this
	}
	// What the victim held is free when this statement is done.
	select {
	case <-victim.ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// killStatement ends the running statement of the session. A session that runs none is left alone, unless a certain
// statement was asked for.
func (s *session) killStatement(st *stKill) error {
	s.backend.mu.Lock()
	defer s.backend.mu.Unlock()
	a := &s.activity
	switch {
	case a.running && (*st.statement == 0 || *st.statement == a.statement):
		a.cancel(killed{st.message})
	case *st.statement != 0:
		return errorAt(codeSyntax, st.pos, "statement %d of session %d not found", *st.statement, s.info.SessionID)
	}
	return nil
}

// sessionByID finds a session by the number that clients know.
func (b *Backend) sessionByID(id uint64) *session {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.sessions {
		if s.info.SessionID == id {
			return s
		}
	}
	return nil
}

// impersonate gives the session the rights of another user. Any name is one: there are neither users nor rights.
func (s *session) impersonate(st stImpersonate) error {
	if s.writing {
		return errorAt(codeSyntax, st.user.pos, "IMPERSONATE is not allowed while the transaction has write locks")
	}
	s.effective = st.user.name
	return nil
}
