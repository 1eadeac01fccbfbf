package exapool

import (
	"sync/atomic"
	"time"

	"github.com/exawire/exawire"
)

// Session is a session of a pool. It is used like any other, and given back by [Session.Release] instead of being closed. A
// session that was closed all the same, or has broken, is not used again.
type Session struct {
	*exawire.Session // nil after Release

	pool   *Pool
	member *member
	since  time.Time
	over   atomic.Bool
}

// Release gives the session back to the pool. It returns at once: what has to be sent to the server is sent on a goroutine
// of the pool. (Only after a [Pool.Close] whose context has ended does it close the session itself.) Calling it again is
// harmless, and so is calling it on a nil Session.
//
// The next user gets the session as it was after the login: see [exawire.Session.Reset] for what that brings back and for
// what it cannot know of. A transaction that is open is rolled back, and its Tx is over. The session is closed if it cannot
// be brought back, if rows, prepared statements or subconnections were left open, or if one of its methods is still running.
//
// After Release the methods of this Session fail with [exawire.ErrSessionClosed]. Do not keep the session that it embeds,
// nor a Stmt or Rows of it: the pool cannot prevent that they are used.
func (s *Session) Release() {
	if s != nil && s.pool != nil {
		s.end("")
	}
}

// end is Release, of a session that is not to be used again if there is a reason.
func (s *Session) end(reason string) {
	if s.over.CompareAndSwap(false, true) {
		s.Session = nil
		s.pool.release(s, reason)
	}
}

// release takes a session back. It is closed if there is a reason.
func (p *Pool) release(s *Session, reason string) {
	m := s.member
	left := m.sess.Leftovers()
	switch {
	case m.sess.Err() != nil:
		reason = ClosedBroken
	case reason == "" && (left.Rows > 0 || left.Statements > 0 || left.Subconnections || left.Busy):
		reason = ClosedLeftOpen
	}
	end := ReleaseEnd{Held: time.Since(s.since)}
	if p.opts.Tracer != nil {
		end.SessionID = m.sess.Info().SessionID
	}
	var closed func() // called after the session was closed here
	p.mu.Lock()
	p.count.inUse--
	m.fresh = false
	if reason == "" && p.closed {
		reason = ClosedPool
	}
	switch {
	case reason == "" && left.Changed:
		p.startReset(m, end)
		p.mu.Unlock()
		return
	case reason == "":
		reason = p.put(m, time.Now())
	case p.closed && p.closers == 0:
		closed = p.remove(m, reason)
	default:
		p.dismiss(m, reason)
	}
	p.dispatch()
	p.settle()
	p.mu.Unlock()
	if closed != nil { // Close has given up, so nobody would wait for a goroutine
		m.close()
		p.mu.Lock()
		closed()
		p.mu.Unlock()
	}
	if end.Destroyed = reason; p.opts.Tracer != nil {
		p.opts.Tracer.TraceRelease(end)
	}
}

// startReset brings a session back to what it was after the login, and closes it if that cannot be done. The lock is held.
func (p *Pool) startReset(m *member, end ReleaseEnd) {
	p.count.resetting++
	p.start(func() {
		m.within(p.life, resetTimeout, m.sess.Reset, func(err error) { end.Destroyed = p.wasReset(m, err) })
		if p.opts.Tracer != nil {
			caught(func() error {
				p.opts.Tracer.TraceRelease(end)
				return nil
			}, func(error) {})
		}
	})
}

// wasReset takes in what became of Reset. It returns the reason if the session is closed.
func (p *Pool) wasReset(m *member, err error) (reason string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count.resetting--
	switch {
	case p.closed:
		reason = ClosedPool
	case err != nil:
		reason = ClosedReset
		if m.sess.Err() != nil {
			m.node.isSuspect(time.Now())
		}
	}
	if reason == "" {
		reason = p.put(m, time.Now())
	} else {
		p.dismiss(m, reason)
	}
	p.dispatch()
	return reason
}
