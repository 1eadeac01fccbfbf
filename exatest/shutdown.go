package exatest

import (
	"context"
	"sync"

	"github.com/exawire/exawire/exatest/internal/frame"
)

// Shutdown closes the server and tells its clients so, whereas [Server.Close] cuts them off: sessions get a Close frame
// with code 1001. Shutdown waits until they have left or ctx ends, and then does what Close does.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	s.closed = true // new connections are closed at once
	s.mu.Unlock()
	var wg sync.WaitGroup
	for _, c := range s.connections() {
		c.mu.Lock()
		ready := c.info.sess != nil
		c.mu.Unlock()
		wg.Go(func() {
			if !ready {
				c.cut(errServerClosed)
				return
			}
			c.mu.Lock()
			c.bye = true
			c.mu.Unlock()
			// A client that does not read any more holds this up until Close.
			if c.frame.WriteClose(frame.CloseGoingAway, "the server is shut down") == nil {
				select {
				case <-c.ctx.Done():
				case <-ctx.Done():
				}
			}
		})
	}
	gone := make(chan struct{})
	go func() {
		wg.Wait()
		close(gone)
	}()
	select {
	case <-gone:
	case <-ctx.Done():
	}
	err := s.Close()
	<-gone
	return err
}
