package exapool

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/exawire/exawire"
)

// member is a session of the pool. Its fields are guarded by the lock of the pool.
type member struct {
	sess  *exawire.Session
	node  *node
	fresh bool      // nobody has used it yet
	used  time.Time // when it was last heard of
	ends  time.Time // when it is too old, zero for never
	lent  *Session  // to its user
}

// newMember makes a session that was opened a member.
func (p *Pool) newMember(sess *exawire.Session, n *node, now time.Time) *member {
	m := &member{sess: sess, node: n, fresh: true, used: now}
	if life := p.opts.Lifetime; life > 0 {
		m.ends = now.Add(life - rand.N(life/10+1)) //nolint:gosec // spreads the load, guards nothing
	}
	return m
}

// put makes a session one that can be used, by the first who waits or by the next to come. It was last heard of at the time
// used. If it has to be closed instead, put returns the reason. The lock is held, and the session is in no count.
func (p *Pool) put(m *member, used time.Time) (reason string) {
	m.lent, m.used = nil, used
	now := time.Now()
	switch reason = p.isOver(m, now); {
	case p.closed:
		reason = ClosedPool
	case m.fresh && p.waiters.len > 0 && reason != ClosedBroken:
		reason = "" // of use once, however short the times are: otherwise there would be one login after the other, for nobody
	}
	switch {
	case reason != "":
		p.dismiss(m, reason)
	case p.waiters.len > 0:
		p.serve(m)
	default:
		p.idle = append(p.idle, m)
		p.count.idle++
		p.wakeAt(p.idleUntil(m))
	}
	return reason
}

func (m *member) isTooOld(now time.Time) bool { return !m.ends.IsZero() && !now.Before(m.ends) }

// idleUntil returns when an idle session has to go, zero for never.
func (p *Pool) idleUntil(m *member) time.Time {
	if p.opts.IdleTime <= 0 {
		return m.ends
	}
	until := m.used.Add(p.opts.IdleTime)
	if !m.ends.IsZero() && m.ends.Before(until) {
		return m.ends
	}
	return until
}

// takeIdle returns the idle session that was used last and needs no check, nil if there is none. Those that are over it
// dismisses. The lock is held.
func (p *Pool) takeIdle(now time.Time) *member {
	for i := len(p.idle) - 1; i >= 0; i-- {
		m := p.idle[i]
		switch reason := p.isOver(m, now); {
		case reason != "":
			p.removeIdle(i)
			p.dismiss(m, reason)
		case !p.isStale(m, now):
			p.removeIdle(i)
			return m
		}
	}
	return nil
}

func (p *Pool) removeIdle(i int) {
	p.idle = slices.Delete(p.idle, i, i+1)
	p.count.idle--
}

func (p *Pool) takeAllIdle() []*member {
	all := p.idle
	p.idle, p.count.idle = nil, 0
	return all
}

// isOver says why an idle session is not to be used any more, "" if it is. Asking costs nothing.
func (p *Pool) isOver(m *member, now time.Time) string {
	switch {
	case m.sess.Err() != nil:
		m.node.isSuspect(now)
		return ClosedBroken
	case m.isTooOld(now):
		return ClosedLifetime
	case p.opts.IdleTime > 0 && now.Sub(m.used) >= p.opts.IdleTime:
		return ClosedIdle
	}
	return ""
}

// isStale reports whether an idle session has to answer before it is used.
func (p *Pool) isStale(m *member, now time.Time) bool {
	return p.opts.PingAfter > 0 && (m.used.Before(m.node.suspect) || now.Sub(m.used) >= p.opts.PingAfter)
}

// dismiss closes a session. It keeps its place in the pool until that is done, unless its connection is lost: then only the
// Tracer is waited for. The lock is held, and the session is in no count.
func (p *Pool) dismiss(m *member, reason string) {
	done := p.remove(m, reason)
	p.start(func() {
		defer func() {
			p.mu.Lock()
			defer p.mu.Unlock()
			done()
		}()
		m.close()
	})
}

// close says goodbye. Nobody is interested in how that goes.
func (m *member) close() {
	caught(func() error { return m.sess.Close(context.Background()) }, func(error) {})
}

// remove takes a session out of the pool. It has to be closed then, and done is called after that. The lock is held both
// times.
func (p *Pool) remove(m *member, reason string) (done func()) {
	p.total.closed[reason]++
	m.node.sessions--
	if m.sess.Err() != nil {
		return func() {} // there is nothing left at the server
	}
	p.count.closing++
	return func() {
		p.count.closing--
		p.dispatch()
		p.settle()
	}
}

// wakeAt has the pool look after itself at a time. The lock is held.
func (p *Pool) wakeAt(t time.Time) {
	if t.IsZero() || p.closed || !p.timerAt.IsZero() && !t.Before(p.timerAt) {
		return
	}
	p.timerAt = t
	if p.timer == nil {
		p.timer = time.AfterFunc(time.Until(t), p.wake)
		return
	}
	p.timer.Reset(time.Until(t))
}

// wake closes idle sessions that are over, and tries again what was put off.
func (p *Pool) wake() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.timerAt = time.Time{}
	if p.closed {
		return
	}
	now := time.Now()
	for i := len(p.idle) - 1; i >= 0; i-- {
		m := p.idle[i]
		if reason := p.isOver(m, now); reason != "" {
			p.removeIdle(i)
			p.dismiss(m, reason)
		} else {
			p.wakeAt(p.idleUntil(m))
		}
	}
	p.dispatch()
}
