package exapool

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/exawire/exawire"
)

// ErrClosed is returned by everything that wants a session of a pool that was closed.
var ErrClosed = errors.New("exapool: the pool is closed")

// Pool is a pool of sessions. It is safe for concurrent use. It must be closed.
type Pool struct {
	opts   Options
	client *exawire.Client
	slots  chan struct{}

	mu     sync.Mutex
	idle   []*exawire.Session
	stats  Stats
	closed bool
}

// New returns a pool of sessions as cfg describes them. It opens none yet.
func New(cfg *exawire.Config, opts Options) (*Pool, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	client, err := exawire.New(cfg)
	if err != nil {
		return nil, err
	}
	return &Pool{opts: opts, client: client, slots: make(chan struct{}, opts.MaxSessions), stats: Stats{Max: opts.MaxSessions}}, nil
}

// Acquire returns a session of the pool. It must be given back by [Session.Release].
func (p *Pool) Acquire(ctx context.Context) (*Session, error) {
	start := time.Now()
	end := func(AcquireEnd) {}
	if p.opts.Tracer != nil {
		traced, done := p.opts.Tracer.TraceAcquire(ctx, AcquireStart{Time: start})
		if ctx = traced; done != nil {
			end = done
		}
	}
	sess, opened, err := p.acquire(ctx)
	report := AcquireEnd{Duration: time.Since(start), Opened: opened, Err: err}
	if err == nil {
		report.SessionID = sess.Info().SessionID
	}
	end(report)
	return sess, err
}

func (p *Pool) acquire(ctx context.Context) (_ *Session, opened bool, err error) {
	select {
	case p.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, false, ctx.Err()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		<-p.slots
		return nil, false, ErrClosed
	}
	var sess *exawire.Session
	if n := len(p.idle); n > 0 {
		sess, p.idle = p.idle[n-1], p.idle[:n-1]
	} else {
		p.mu.Unlock()
		sess, err = p.client.Connect(ctx)
		p.mu.Lock()
		if err != nil {
			<-p.slots
			return nil, false, err
		}
		p.stats.Opened++
		opened = true
	}
	p.stats.Acquired++
	p.stats.InUse++
	return &Session{Session: sess, pool: p, since: time.Now()}, opened, nil
}

// Session is a session of a pool. It is used like any other, and given back by [Session.Release].
type Session struct {
	*exawire.Session

	pool  *Pool
	since time.Time
	once  sync.Once
}

// Release gives the session back to the pool. A second call does nothing.
func (s *Session) Release() { s.once.Do(func() { s.pool.release(s) }) }

func (p *Pool) release(s *Session) {
	end := ReleaseEnd{SessionID: s.Info().SessionID, Held: time.Since(s.since)}
	if s.Reset(context.Background()) != nil {
		end.Destroyed = ClosedReset
	}
	p.mu.Lock()
	p.stats.InUse--
	if p.closed {
		end.Destroyed = ClosedPool
	}
	if end.Destroyed == "" {
		p.idle = append(p.idle, s.Session)
	}
	p.mu.Unlock()
	if end.Destroyed != "" {
		_ = s.Session.Close(context.Background())
	}
	<-p.slots
	if p.opts.Tracer != nil {
		p.opts.Tracer.TraceRelease(end)
	}
}

// Stats returns facts about the pool at this moment.
func (p *Pool) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	st := p.stats
	st.Idle = len(p.idle)
	st.Open = st.Idle + st.InUse
	return st
}

// Close closes the pool: Acquire fails with [ErrClosed] from now on. Close waits until all sessions were given back, and
// closes them.
func (p *Pool) Close(ctx context.Context) error {
	p.mu.Lock()
	p.closed = true
	idle := p.idle
	p.idle = nil
	p.mu.Unlock()
	for _, sess := range idle {
		_ = sess.Close(ctx)
	}
	for range cap(p.slots) {
		select {
		case p.slots <- struct{}{}:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
