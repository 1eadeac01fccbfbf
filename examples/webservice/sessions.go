package main

import (
	"context"
	"time"

	"github.com/exawire/exawire"
)

// sessions hands out up to a number of sessions. One request uses a session at a time, because a session runs one command
// at a time and a transaction belongs to the session. It is safe for concurrent use.
type sessions struct {
	client *exawire.Client
	places chan *exawire.Session // nil for a place whose session has yet to be opened
}

func newSessions(client *exawire.Client, n int) *sessions {
	s := &sessions{client: client, places: make(chan *exawire.Session, n)}
	for range n {
		s.places <- nil
	}
	return s
}

// use calls fn with a session of its own. It waits for one until ctx ends.
func (s *sessions) use(ctx context.Context, fn func(sess *exawire.Session) error) error {
	var sess *exawire.Session
	select {
	case sess = <-s.places:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	clean := false
	defer func() {
		if !clean { // fn has panicked, or the session cannot be reset
			closeSession(ctx, sess)
			sess = nil
		}
		s.places <- sess
	}()

	if sess == nil || sess.Err() != nil { // the server may have ended it while it was idle
		var err error
		if sess, err = s.client.Connect(ctx); err != nil {
			return err
		}
	}
	err := fn(sess)
	clean = reset(ctx, sess) == nil
	return err
}

// tidyUp bounds what is done after a request whose context may have ended.
const tidyUp = 5 * time.Second

// reset makes a session fit for the next user: no open transaction, and the attributes of the login.
func reset(ctx context.Context, sess *exawire.Session) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tidyUp)
	defer cancel()
	return sess.Reset(ctx)
}

func closeSession(ctx context.Context, sess *exawire.Session) {
	if sess != nil {
		_ = sess.Close(ctx) // says goodbye although ctx has ended
	}
}

// close waits until no request uses a session, and closes them all. There must be no further use.
func (s *sessions) close(ctx context.Context) error {
	for range cap(s.places) {
		select {
		case sess := <-s.places:
			closeSession(ctx, sess)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}
