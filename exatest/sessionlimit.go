package exatest

import "context"

// WithSessionLimit makes the server take in at most n sessions at once, subconnections among them, n being 1 at least. A login
// beyond that is not refused: once the credentials were found right, its answer waits until another session ends, the
// oldest first, for as long as the client has the patience. Without the option there is no limit.
//
// Real servers have 100 places by default and count otherwise: there a place is held by a statement that is running, a
// transaction that has written, an open result set or a subconnection, and a statement may have to wait as well.
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
