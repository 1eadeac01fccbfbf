package exapool

import (
	"context"
	"errors"
	"time"

	"github.com/exawire/exawire"
)

// loginState is what the pool has learned of its credentials. It is guarded by the lock of the pool.
type loginState struct {
	proven  time.Time // when a login was accepted, zero if the last one was rejected
	began   time.Time // when the last one was begun
	trials  int       // under way at nodes that cannot be reached
	refused int       // logins in a row that were rejected

	since time.Time // when the first of them was
	last  error     // of the last attempt without success, rejected or not
	why   error     // of the last rejection
	until time.Time // when the next one may be tried
}

// isPaused reports whether no login may be tried yet.
func (l *loginState) isPaused(now time.Time) bool { return l.refused > 0 && now.Before(l.until) }

// rejection is the error of an Acquire that would need a login.
func (l *loginState) rejection() *AcquireError {
	return &AcquireError{
		Class: exawire.ClassLogin, Since: l.since, RetryAt: l.until, Err: l.why,
		after: "; no login since " + utc(l.since) + ", the next one after " + utc(l.until),
	}
}

// lastLoginError returns why the last login was not successful, nil if a node can be reached. The lock is held.
func (p *Pool) lastLoginError() error {
	if p.hasHealthy() {
		return nil
	}
	return p.login.last
}

// attempt is one login. It travels in the context, so that the source of credentials can leave word.
type attempt struct {
	node     *node
	began    time.Time
	trial    bool   // at a node that could not be reached before
	dropped  bool   // given up for others
	drop     func() // gives it up
	noSecret error  // from the source of credentials
}

type attemptKey struct{}

// noteSources makes the sources of credentials leave their errors with the attempt that they are asked for. What an error
// of theirs matches decides nothing.
func noteSources(cfg *exawire.Config) {
	if source := cfg.PasswordSource; source != nil {
		cfg.PasswordSource = func(ctx context.Context) (string, error) { return noted(ctx, source) }
	}
	if source := cfg.TokenSource; source != nil {
		cfg.TokenSource = func(ctx context.Context) (exawire.Token, error) { return noted(ctx, source) }
	}
}

func noted[T any](ctx context.Context, source func(context.Context) (T, error)) (T, error) {
	secret, err := source(ctx)
	if a, ok := ctx.Value(attemptKey{}).(*attempt); ok && err != nil {
		a.noSecret = err
	}
	return secret, err
}

// openSessions begins logins for those who wait, as many as are allowed. The lock is held.
func (p *Pool) openSessions(now time.Time) {
	// The last place goes to a node that could not be reached, if it is time to try that one: a pool of which all sessions are
	// in use would never try it otherwise.
	if p.count.all() == p.opts.MaxSessions-1 && p.count.inUse > 0 && p.wanted() > 0 {
		p.openTrials(now)
	}
	for p.wanted() > 0 && p.mayLogin(now) {
		n := p.pick()
		if n == nil {
			break
		}
		p.open(n, now)
	}
	p.openTrials(now)
	p.dropTrials(now)
}

// openTrials tries nodes again that could not be reached, one beside others if there are some that can, so that nobody
// waits for its answer. The lock is held.
func (p *Pool) openTrials(now time.Time) {
	most := 1
	if !p.hasHealthy() {
		most = max(2, p.wanted())
	}
	for p.waiters.len > 0 && p.login.trials < most && p.mayLogin(now) {
		n := p.pickFailing(now)
		if n == nil {
			break
		}
		p.open(n, now)
	}
}

// dropTrials gives up logins that have taken the places of others which are likely to be accepted. The lock is held.
func (p *Pool) dropTrials(now time.Time) {
	if p.login.trials == 0 || p.wanted() <= 0 || p.count.all() < p.opts.MaxSessions || p.login.isPaused(now) || !p.hasHealthy() {
		return
	}
	for _, n := range p.nodes {
		if a := n.trial; a == nil || a.dropped {
			continue
		} else if due := a.began.Add(loginPatience); now.Before(due) {
			p.wakeAt(due)
		} else {
			a.dropped = true
			a.drop()
		}
	}
}

// wanted returns how many more sessions those who wait would need. The lock is held.
func (p *Pool) wanted() int {
	return p.waiters.len - (p.count.checking - p.slow) - (p.count.connecting - p.login.trials)
}

// mayLogin reports whether another login may be begun. The lock is held.
func (p *Pool) mayLogin(now time.Time) bool {
	switch l := &p.login; {
	case p.count.all() >= p.opts.MaxSessions, l.isPaused(now):
		return false
	case !l.proven.IsZero() && now.Sub(l.proven) < proofTime, p.count.connecting == 0:
		return true
	default:
		// Nobody knows whether the credentials are still right: they are not to be sent by several at once. But a node that
		// does not answer must not keep all others waiting.
		next := l.began.Add(loginPatience)
		if now.Before(next) {
			p.wakeAt(next)
			return false
		}
		return true
	}
}

// open begins a login. It goes on if the one who waits for it leaves: somebody else can use the session. The lock is held.
func (p *Pool) open(n *node, now time.Time) {
	a := &attempt{node: n, began: now, trial: n.failures > 0}
	life, drop := context.WithCancel(p.life)
	a.drop = drop
	p.login.began = now
	n.logins++
	p.count.connecting++
	if a.trial {
		p.login.trials++
		n.trial = a
	}
	w := p.waiters.forLogin()
	w.hasLogin = true
	p.start(func() {
		ctx, cancel := context.WithCancel(context.WithValue(context.WithoutCancel(w.ctx), attemptKey{}, a))
		defer cancel()
		defer drop()
		defer context.AfterFunc(life, cancel)()
		var sess *exawire.Session
		caught(func() (err error) {
			sess, err = n.client.Connect(ctx)
			return err
		}, func(err error) { p.opened(a, sess, err) })
	})
}

// opened takes in what became of a login.
func (p *Pool) opened(a *attempt, sess *exawire.Session, err error) {
	rejected := isRejection(a, err)
	p.mu.Lock()
	defer p.mu.Unlock()
	a.node.logins--
	p.count.connecting--
	if a.trial {
		p.login.trials--
		a.node.trial = nil
	}
	now := time.Now()
	switch {
	case err == nil:
		p.total.opened++
		a.node.sessions++
		a.node.succeeded()
		p.login.accepted(now)
		p.put(p.newMember(sess, a.node, now), now)
	case p.closed:
	default:
		p.total.failedLogins++
		p.login.last = err
		if rejected && (!a.dropped || a.noSecret == nil) { // that there was no time is nobody's refusal
			p.login.rejected(a, now, err)
		} else {
			a.node.didFail(a.began, now)
		}
	}
	p.dispatch()
}

// isRejection reports whether the same credentials would not do better at another node, or whether there are none, as when
// a function of the user's panics.
func isRejection(a *attempt, err error) bool {
	if _, panicked := err.(*panicError); panicked || a.noSecret != nil { //nolint:errorlint // as caught has made it
		return true
	}
	// SafeToRetry says that credentials have left or that the server has refused. Then nothing in the error is from the
	// user's functions but what a DialContext said of other addresses, and the last attempt is the one that counts.
	return !exawire.SafeToRetry(err) && refusedBy(err) != nil
}

// refusedBy returns what the server said in the last of the attempts that an error of Connect is made of.
func refusedBy(err error) *exawire.Error {
	switch e := err.(type) { //nolint:errorlint // the last of several is wanted, not the first
	case *exawire.ConnectError:
		var refused *exawire.Error
		if e.Op == "login" && errors.As(e.Err, &refused) {
			return refused
		}
	case interface{ Unwrap() error }:
		return refusedBy(e.Unwrap())
	case interface{ Unwrap() []error }:
		if parts := e.Unwrap(); len(parts) > 0 {
			return refusedBy(parts[len(parts)-1])
		}
	}
	return nil
}

// accepted is called after a login.
func (l *loginState) accepted(now time.Time) {
	*l = loginState{proven: now, began: l.began, trials: l.trials}
}

// rejected is called after a login that was refused. Those that were tried at the same time count once.
func (l *loginState) rejected(a *attempt, now time.Time, err error) {
	l.proven = time.Time{}
	l.why = err
	if l.refused > 0 && a.began.Before(l.until) {
		return
	}
	if l.refused == 0 {
		l.since = now
	}
	l.refused++
	l.until = now.Add(delay(firstPause, mostPause, l.refused))
}
