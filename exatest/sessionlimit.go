package exatest

import "context"

// WithSessionLimit makes the server hold at most n sessions at once, subconnections included; n is at least 1. A login
// beyond that is not refused: once its credentials are accepted, its answer waits until another session ends, for as
// long as the client is patient. The oldest login is served first. Without this option there is no limit.
//
// Real servers have 100 places by default and count differently: a running statement, a transaction that has written,
// an open result set and a subconnection each hold a place, and a statement may have to wait as well.
func WithSessionLimit(n int) Option { return func(c *config) { c.sessionLimit = max(n, 1) } }

// enter waits until there is a place for one session more.
func (c *conn) enter(ctx context.Context) error {
	if c.srv.places == nil {
		return nil
	}
	select {
	case c.srv.places <- struct{}{}: // who has waited longest is the first to get one
		c.hasPlace = true
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// leave gives the place back. It may be called again.
func (c *conn) leave() {
	if c.hasPlace {
		c.hasPlace = false
		<-c.srv.places
	}
}
