package exapool

import (
	"context"
	"time"
)

// What becomes of sessions that were idle for so long that they have to answer before they are used again.

// check asks for answers of as many idle sessions as there are callers who wait and have nothing better. The lock is held.
func (p *Pool) check(now time.Time) {
	for i := len(p.idle) - 1; i >= 0 && p.count.checking-p.slow < p.waiters.len; i-- {
		m := p.idle[i]
		p.removeIdle(i)
		p.startCheck(m, now)
	}
}

// check is one session that has to answer.
type check struct {
	member *member
	began  time.Time
	slow   bool // counted as such
	over   bool
}

// startCheck asks a session for an answer. The lock is held.
func (p *Pool) startCheck(m *member, now time.Time) {
	c := &check{member: m, began: now}
	p.count.checking++
	p.start(func() {
		patience := time.AfterFunc(pingPatience, func() { p.isSlow(c) })
		defer patience.Stop()
		m.within(p.life, pingTimeout, m.sess.Ping, func(err error) { p.checked(c, err) })
	})
}

// within calls something that waits for the server, and gives its error to then, as caught does. When the time is up the
// session is closed, which ends the waiting.
func (m *member) within(life context.Context, limit time.Duration, call func(context.Context) error, then func(error)) {
	ctx, cancel := context.WithTimeout(life, limit)
	defer cancel()
	closed := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(closed)
		m.close()
	})
	caught(func() error { return call(ctx) }, func(err error) {
		if !stop() {
			<-closed
		}
		then(err)
	})
}

// isSlow is called when a session has not answered for a while. Those who wait are not to wait for it: other sessions are
// asked or opened, and all that are idle at its node have to answer too, at the same time.
func (p *Pool) isSlow(c *check) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c.over {
		return
	}
	c.slow = true
	p.slow++
	p.checkOthers(c)
	p.dispatch()
}

// checkOthers has the idle sessions answer that were last heard of before one at their node did not. The lock is held.
func (p *Pool) checkOthers(c *check) {
	c.member.node.isSuspect(c.began)
	for i := len(p.idle) - 1; i >= 0 && !p.closed; i-- {
		if m, now := p.idle[i], time.Now(); m.node == c.member.node && p.isStale(m, now) {
			p.removeIdle(i)
			p.startCheck(m, now)
		}
	}
}

// checked takes in whether a session has answered.
func (p *Pool) checked(c *check, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c.over = true
	p.count.checking--
	if c.slow {
		p.slow--
	}
	if err == nil {
		p.put(c.member, time.Now())
	} else {
		p.checkOthers(c)
		p.dismiss(c.member, ClosedPing)
	}
	p.dispatch()
}
