package exapool

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/exawire/exawire"
)

// Pool is a pool of sessions. It is safe for concurrent use. It must be closed.
type Pool struct {
	opts   Options
	client *exawire.Client // for all hosts, for texts
	nodes  []*node

	life context.Context // of what the pool does by itself; ends with Close
	end  context.CancelFunc

	mu      sync.Mutex
	idle    []*member // those used last at the end
	waiters waiters
	count   counts // of sessions by what they are doing
	slow    int    // of those that are being checked, how many have not answered for a while
	total   totals
	login   loginState

	timer   *time.Timer
	timerAt time.Time // when it goes off, zero for never

	tasks   int // goroutines
	closed  bool
	closers int           // calls of Close that wait
	over    chan struct{} // closed when the pool is closed and nothing is left
	quiet   sync.Cond     // tasks has become 0
}

// counts are how many sessions are in each state. Their sum never exceeds Options.MaxSessions.
type counts struct{ idle, inUse, checking, resetting, connecting, closing int }

func (c *counts) all() int {
	return c.idle + c.inUse + c.checking + c.resetting + c.connecting + c.closing
}

// totals are what has happened since New.
type totals struct {
	acquired, waited, cancelled, failed, opened, failedLogins int64

	waitTime time.Duration
	closed   map[string]int64
}

// New returns a pool of sessions as cfg describes them. It opens none yet. The error joins an [*exawire.ConfigError] for
// each thing that is wrong with cfg, or says what is wrong with opts. A copy of cfg is kept; its Tracer, DialContext and
// sources of credentials are called on goroutines of the pool as well, several at the same time. They have to return when
// their contexts end: until then they keep a place in the pool, and Close waits for them. If one of them panics there, the
// login, ping or reset fails.
func New(cfg *exawire.Config, opts Options) (*Pool, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	client, err := exawire.New(cfg)
	if err != nil {
		return nil, err
	}
	if cfg.User == "" && cfg.TokenSource == nil && cfg.Token == (exawire.Token{}) {
		return nil, &exawire.ConfigError{Field: "User", Reason: "is not set, and neither is a token"}
	}
	p := &Pool{opts: opts, client: client, over: make(chan struct{})}
	if p.nodes, err = newNodes(client); err != nil {
		return nil, err
	}
	p.total.closed = map[string]int64{}
	p.quiet.L = &p.mu
	p.life, p.end = context.WithCancel(context.Background())
	return p, nil
}

// String says how many sessions there are, and of which database. It holds no secrets, and neither does what package fmt
// prints of a Pool.
func (p *Pool) String() string {
	if !p.isMade() {
		return "exapool: no pool"
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	c := &p.count
	return fmt.Sprintf("exapool: %d of %d sessions, %d in use: %s", c.all(), p.opts.MaxSessions, c.inUse, p.client)
}

// Format writes what String returns, for every verb of package fmt.
func (p *Pool) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, p.String()) }

func (p *Pool) isMade() bool { return p != nil && p.nodes != nil }

// Close closes the pool: Acquire fails with [ErrClosed] from now on, calls that already wait included, and logins that are
// under way are given up. Close waits until all sessions are given back, and closes them. With a nil ctx it waits without a
// bound. On a nil Pool it does nothing.
//
// If ctx ends before that, the error says how many sessions are still in use, and matches the error and the cause of ctx.
// Each of these sessions is closed by its Release, which then takes up to Config.CancelGrace. Close may be called again to
// wait for that, and by several goroutines. After the end of ctx it still waits for what the pool itself has begun: for two
// times Config.CancelGrace at most.
func (p *Pool) Close(ctx context.Context) error {
	if !p.isMade() {
		return nil
	}
	if ctx == nil {
		ctx = context.Background()
	}
	p.mu.Lock()
	p.closeLocked()
	p.closers++
	p.settle()
	p.mu.Unlock()
	select {
	case <-p.over:
	case <-ctx.Done():
	}
	if n := p.waitForTasks(); n > 0 {
		ended := endedError(ctx, "", nil)
		return fmt.Errorf("exapool: close: %s still in use: %w", sessions(n), ended.Err)
	}
	return nil
}

// waitForTasks ends a Close. It returns how many sessions are in use.
func (p *Pool) waitForTasks() (inUse int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.tasks > 0 {
		p.quiet.Wait()
	}
	p.closers--
	return p.count.inUse
}

// closeLocked lets nothing begin any more. The lock is held.
func (p *Pool) closeLocked() {
	if p.closed {
		return
	}
	p.closed = true
	p.end()
	if p.timer != nil {
		p.timer.Stop()
	}
	for p.waiters.len > 0 {
		p.fail(p.waiters.first, refusal(ErrClosed))
	}
	for _, m := range p.takeAllIdle() {
		p.dismiss(m, ClosedPool)
	}
}

// settle tells Close when nothing is left. The lock is held.
func (p *Pool) settle() {
	if p.tasks == 0 {
		p.quiet.Broadcast()
	}
	if !p.closed || p.tasks > 0 || p.count.all() > 0 {
		return
	}
	select {
	case <-p.over:
	default:
		close(p.over)
	}
}

// start runs a task on a goroutine of the pool, which Close waits for. The lock is held.
func (p *Pool) start(task func()) {
	p.tasks++
	go func() {
		defer func() {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.tasks--
			p.settle()
		}()
		task()
	}()
}

// caught calls something that may call functions of the user's, on a goroutine of the pool, and gives its error to then. A
// panic becomes an error, and so does the end of the goroutine by runtime.Goexit: neither must end the program or cost a place
// in the pool.
func caught(call func() error, then func(error)) {
	err := error(&panicError{exited: true})
	defer func() {
		if value := recover(); value != nil {
			err = &panicError{value: value}
		}
		then(err)
	}()
	err = call()
}

func sessions(n int) string {
	if n == 1 {
		return "1 session is"
	}
	return fmt.Sprintf("%d sessions are", n)
}
