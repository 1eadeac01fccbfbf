package exapool

import (
	"context"
	"time"

	"github.com/exawire/exawire"
)

// Acquire returns a session of the pool: one that is idle, or a new one if there are fewer than Options.MaxSessions, or
// else the next one that is given back. Waiters are served in order. The session must be given back by [Session.Release].
//
// A session that was not used for Options.PingAfter has to answer first; if it does not, it is closed, and Acquire goes on.
// If no host of the database can be reached, Acquire waits, for at most Options.ConnectWait. If the server refuses the
// login, Acquire does not wait: see the package documentation. If ctx ends while a session is being opened, somebody else
// will use that session.
//
// The error is an [*AcquireError].
func (p *Pool) Acquire(ctx context.Context) (*Session, error) {
	switch {
	case !p.isMade():
		return nil, refusal(errNotMade)
	case ctx == nil:
		return nil, refusal(errNoContext)
	case p.opts.Tracer == nil:
		m, err := p.acquire(ctx)
		if err != nil {
			return nil, err
		}
		return m.lent, nil
	}
	return p.acquireTraced(ctx)
}

func (p *Pool) acquireTraced(ctx context.Context) (*Session, error) {
	start := AcquireStart{Time: time.Now()}
	traced, tell := p.opts.Tracer.TraceAcquire(ctx, start)
	if traced != nil {
		ctx = traced
	}
	m, failure := p.acquire(ctx)
	end := AcquireEnd{Duration: time.Since(start.Time)}
	if failure != nil {
		end.Class, end.Err = failure.Class, failure
	} else {
		end.SessionID, end.Opened = m.sess.Info().SessionID, m.fresh
	}
	told := false
	defer func() {
		if !told && m != nil {
			m.lent.Release() // the tracer panics
		}
	}()
	if tell != nil {
		tell(end)
	}
	told = true
	if failure != nil {
		return nil, failure
	}
	return m.lent, nil
}

// acquire is Acquire.
func (p *Pool) acquire(ctx context.Context) (*member, *AcquireError) {
	if ctx.Err() != nil {
		p.mu.Lock()
		p.total.cancelled++
		p.mu.Unlock()
		return nil, endedError(ctx, "", nil)
	}
	p.mu.Lock()
	w, m, err := p.ask(ctx)
	p.mu.Unlock()
	if w == nil {
		return m, err
	}
	select {
	case got := <-w.ready:
		if got.member != nil {
			p.took(w)
		}
		return got.member, got.err
	case <-ctx.Done():
	}
	refused, why, last := p.leave(w)
	if refused != nil {
		return nil, refused
	}
	return nil, endedError(ctx, why, last)
}

// ask returns an idle session, or an error, or else has the caller wait. The lock is held.
func (p *Pool) ask(ctx context.Context) (*waiter, *member, *AcquireError) {
	if p.closed {
		p.total.failed++
		return nil, nil, refusal(ErrClosed)
	}
	if p.waiters.len == 0 {
		if m := p.takeIdle(time.Now()); m != nil {
			p.lend(m)
			p.total.acquired++
			return nil, m, nil
		}
	}
	w := &waiter{ctx: ctx, since: time.Now(), ready: make(chan grant, 1)}
	p.waiters.push(w)
	p.dispatch()
	return w, nil, nil
}

// lend makes a session one that is in use. The lock is held.
func (p *Pool) lend(m *member) {
	p.count.inUse++
	m.lent = &Session{Session: m.sess, pool: p, member: m, since: time.Now()}
}

// serve gives the first waiter a session. The lock is held.
func (p *Pool) serve(m *member) {
	w := p.waiters.first
	p.waiters.remove(w)
	p.lend(m)
	w.waited = time.Since(w.since)
	w.ready <- grant{member: m}
}

// fail gives a waiter an error. The lock is held.
func (p *Pool) fail(w *waiter, err *AcquireError) {
	p.waiters.remove(w)
	p.total.failed++
	w.ready <- grant{err: err}
}

// took counts a waiter who has got a session. When it is given to him it is not known yet whether he takes it, and what is
// counted must never become less.
func (p *Pool) took(w *waiter) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.total.acquired++
	p.total.waited++
	p.total.waitTime += w.waited
}

// leave takes a waiter out whose context has ended. If he was refused something meanwhile, that is the error; otherwise it
// says what he was waiting for, and what the last login has come to.
func (p *Pool) leave(w *waiter) (refused *AcquireError, why string, last error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if w.served {
		got := <-w.ready // it is there
		if got.member == nil {
			return got.err, "", nil
		}
		p.takeBack(got.member)
	} else {
		p.waiters.remove(w)
	}
	p.total.cancelled++
	return nil, p.reasonToWait(), p.lastLoginError()
}

// takeBack takes a session that was given to a waiter who has left meanwhile. The lock is held.
func (p *Pool) takeBack(m *member) {
	p.count.inUse--
	m.lent.over.Store(true)
	p.put(m, m.used)
	p.dispatch()
	p.settle()
}

// reasonToWait says in an error what a waiter was waiting for. The lock is held.
func (p *Pool) reasonToWait() string {
	if p.count.connecting == 0 && p.count.inUse >= p.opts.MaxSessions {
		return sessions(p.count.inUse) + " in use"
	}
	return ""
}

// dispatch gives sessions that are idle to those who wait, and begins what has to be done for the others. It is called
// whenever something has changed. The lock is held.
func (p *Pool) dispatch() {
	if p.waiters.len == 0 || p.closed {
		return
	}
	now := time.Now()
	for p.waiters.len > 0 {
		m := p.takeIdle(now)
		if m == nil {
			break
		}
		p.serve(m)
	}
	p.check(now)
	p.openSessions(now)
	p.giveUp(now)
}

// giveUp fails those for whom nothing can be done. The lock is held.
func (p *Pool) giveUp(now time.Time) {
	if p.waiters.len == 0 || p.count.all()-p.count.connecting >= p.opts.MaxSessions {
		return // somebody will give a session back
	}
	if l := &p.login; l.isPaused(now) && p.count.connecting+p.count.checking+p.count.resetting == 0 {
		for p.waiters.len > 0 {
			p.fail(p.waiters.first, l.rejection())
		}
		return
	}
	since, down := p.downSince()
	if !down {
		return
	}
	for p.waiters.len > 0 {
		w := p.waiters.first
		from := w.since
		if from.Before(since) {
			from = since
		}
		limit := from.Add(max(p.opts.ConnectWait, 0))
		if now.Before(limit) {
			p.wakeAt(limit)
			return
		}
		p.fail(w, &AcquireError{
			Class: exawire.ClassConnection, Since: since, Err: p.login.last,
			before: "no host can be reached since " + utc(since) + ": ",
		})
	}
}
