package exawire

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/errtext"
	"github.com/exawire/exawire/internal/hostlist"
	"github.com/exawire/exawire/internal/together"
	"github.com/exawire/exawire/internal/wire"
)

// Parallel is a group of subconnections of a session, each on its own node of the cluster. They belong to the session and
// take part in its transaction. On a subconnection only Fetch (with GetOffset to place the rows) and
// ExecutePreparedStatement run on their own. Every other command must be sent on all of them at the same time, or it blocks
// until the server gives up. This module never sends one of those to a single subconnection by itself.
//
// All of them know a result set of the main session by the handle that it has there, and each reads its own part:
// GetResultSetHeader says how many rows that part has, GetOffset at which row of the whole it begins. Every subconnection
// closes the result set, and so does the main session.
//
// The server does not allow autocommit while there is a group. So what the group and the session write is committed only by
// [Parallel.Commit], and rolled back by [Parallel.Close]. A group that was opened while autocommit was off, for example in a
// Tx, takes part in that transaction instead, and its end decides.
//
// No other open client is known to use subconnections. What is written here rests on the specification alone.
type Parallel struct {
	main     *Session
	sessions []*Session
	enter    bool  // opened by enterParallel
	tx       *Tx   // that the group began, nil if it takes part in another one
	group    group // what the ledger knows of it
	ended    bool
}

// ErrNotCommitted is returned by Parallel.Close if it has rolled back what was written since the last Commit.
var ErrNotCommitted = errors.New("exawire: parallel connections were closed without Commit: what was written is rolled back")

// Parallel opens up to n subconnections, at most one for each node of the cluster, and logs all of them in: with
// requestParallelConnections from V4 on, with enterParallel before. Config.ConnectTimeout limits each login, ctx the whole.
// The sources of credentials are asked once for each login, at the same time. Autocommit, if it was on, is off until Close.
// If one subconnection fails, all are closed. A session has one group at a time, and subconnections have none.
func (s *Session) Parallel(ctx context.Context, n int) (_ *Parallel, err error) {
	switch {
	case n < 1:
		return nil, failed(wire.Nothing, errtext.Errorf("%d parallel connections were asked for: ask for at least 1", n))
	case s.isSub():
		return nil, failed(wire.Nothing, errSubGroup)
	}
	p := &Parallel{main: s, enter: s.Info().ProtocolVersion < commands.V4}
	if out := s.hold(ctx, func() outcome { return p.begin(ctx) }); !out.ok() {
		return nil, out.err()
	}
	ready := false
	defer func() {
		if !ready { // a source of credentials may panic
			err = failed(wire.Whole, errtext.Join(err, p.Close(ctx)))
		}
	}()
	if err := p.open(ctx, min(n, commands.MaxNodes)); err != nil {
		return nil, err
	}
	ready = true
	return p, nil
}

// begin makes the group the one of its session, and begins its transaction. The lock is held.
func (p *Parallel) begin(ctx context.Context) outcome {
	owns, err := p.main.ledger.openGroup(&p.group)
	switch {
	case err != nil:
		return p.main.refused(err)
	case !owns:
		return outcome{}
	}
	p.tx = newTx(p.main)
	p.group.tx = p.tx.transaction
	out := p.tx.beginHeld(ctx)
	if !out.ok() {
		p.main.ledger.closeGroup(&p.group)
	}
	return out
}

func (p *Parallel) open(ctx context.Context, n int) error {
	info, targets, err := p.announce(ctx, n)
	if err != nil {
		return err
	}
	if info.NumOpenConnections < 1 {
		return errors.New("exawire: the server opened no parallel connections")
	}
	// No login is answered before the last one is there, so they run side by side and the first failure ends them all.
	sessions := make([]*Session, info.NumOpenConnections)
	defer func() { p.sessions = slices.DeleteFunc(sessions, func(sub *Session) bool { return sub == nil }) }()
	return errtext.OneLine(together.Call(ctx, len(sessions), func(ctx context.Context, i int) (err error) {
		sessions[i], err = p.join(ctx, targets[i%len(targets)], info.Token)
		return err
	}))
}

// announce asks for subconnections and finds out where to open them.
func (p *Parallel) announce(ctx context.Context, n int) (info commands.ParallelInfo, targets []hostlist.Target, err error) {
	s := p.main
	if p.enter {
		if info, err = s.EnterParallel(ctx, s.hostIP(), n); err == nil {
			targets, err = s.nodeTargets("enterParallel", info.Nodes)
		}
		return info, targets, err
	}
	hosts, err := s.GetHosts(ctx)
	if err != nil {
		return info, nil, err
	}
	_, port, _ := net.SplitHostPort(s.target.Addr)
	nodes := make([]string, len(hosts.Nodes))
	for i, node := range hosts.Nodes {
		nodes[i] = net.JoinHostPort(node, port)
	}
	if targets, err = s.nodeTargets("getHosts", nodes); err != nil {
		return info, nil, err
	}
	info, err = s.RequestParallelConnections(ctx, n)
	return info, targets, err
}

// nodeTargets turns "ip:port" into addresses to dial. The certificate is checked as for the main connection: it names
// the cluster, not the node's inner address.
func (s *Session) nodeTargets(command string, nodes []string) ([]hostlist.Target, error) {
	targets := make([]hostlist.Target, len(nodes))
	for i, node := range nodes {
		if err := checkNode(node); err != nil {
			return nil, s.protocolError(command, "unreadable answer", fmt.Errorf("node %d of %d %w", i+1, len(nodes), err))
		}
		targets[i] = hostlist.Target{Host: s.target.Host, Addr: node}
	}
	if len(targets) == 0 {
		return nil, s.protocolError(command, "the cluster has no nodes", nil)
	}
	return targets, nil
}

// checkNode says why a text is not the address of a node.
func checkNode(node string) error {
	name, port, err := net.SplitHostPort(node)
	if err != nil {
		return errors.New("is not an address with a port")
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return errors.New("has a port that is not between 1 and 65535")
	}
	if _, err := netip.ParseAddr(name); err != nil && !hostlist.IsName(name) {
		return errors.New("has neither an IP address nor a name")
	}
	return nil
}

// join opens one subconnection and logs it in.
func (p *Parallel) join(ctx context.Context, t hostlist.Target, token uint64) (*Session, error) {
	start := ConnectStart{Addr: t.Addr, Attempt: 1, Time: time.Now()}
	return tracedOpen(ctx, p.main.cfg.Tracer, start, func(caller context.Context) (*Session, ConnectEnd) {
		ctx, cancel := context.WithTimeout(caller, p.main.cfg.ConnectTimeout)
		defer cancel()
		who, err := p.main.ledger.again()(ctx)
		if err != nil {
			return nil, notConnected(t.Addr, "login", ClassArgument, err)
		}
		return dial(ctx, p.main.cfg, t, func(sub *Session) ConnectEnd {
			out := sub.loginSub(ctx, who, loginSource{ended: caller.Err}, p.main.Info(), token)
			end := sub.loggedIn(caller, &out.outcome)
			if end.Err == nil {
				sub.ledger.join(&p.main.ledger)
			}
			return end
		})
	})
}

// loginSub logs in to a subconnection of the session that main is the Info of.
func (s *Session) loginSub(ctx context.Context, who credentials, from loginSource, main SessionInfo, token uint64) loginOutcome {
	if who.token != (Token{}) {
		return s.subLoginToken(ctx, commands.SubLoginToken{
			ProtocolVersion: main.ProtocolVersion, AccessToken: who.token.Access, RefreshToken: who.token.Refresh,
			Token: token, SessionID: main.SessionID,
		}, from)
	}
	return s.subLogin(ctx, commands.SubLogin{
		ProtocolVersion: main.ProtocolVersion, Username: who.user, Password: who.password, Token: token, SessionID: main.SessionID,
	}, from)
}

// Sessions returns the subconnections. [Parallel.Close] closes them, all at once.
func (p *Parallel) Sessions() []*Session { return p.opened().sessions }

// Each calls fn for every subconnection at the same time and waits for all. It is the way to send commands that must be
// sent on all of them. The context that fn gets ends as soon as one fn fails; the errors until then are joined.
func (p *Parallel) Each(ctx context.Context, fn func(ctx context.Context, i int, sub *Session) error) error {
	if p = p.opened(); ctx == nil {
		return failed(wire.Nothing, errNoContext)
	}
	if fn == nil {
		return failed(wire.Nothing, errNoFunction)
	}
	return errtext.OneLine(together.Call(ctx, len(p.sessions), func(ctx context.Context, i int) error { return fn(ctx, i, p.sessions[i]) }))
}

// Commit makes permanent what the group and its session have written, with COMMIT on the session. The group stays open, and
// a new transaction begins with the next statement. Prepared statements of the subconnections must be closed before. If the
// group takes part in a transaction of its session's, it cannot commit: the error is [ErrTxOpen]. If the server has rolled
// back meanwhile, nothing is sent, and the error is [ErrTxLost].
func (p *Parallel) Commit(ctx context.Context) error {
	p = p.opened()
	if p.tx == nil {
		return failed(wire.Nothing, errtext.Errorf("%w: it was there before the parallel connections, and its end decides", ErrTxOpen))
	}
	out := p.main.hold(ctx, func() outcome {
		if lost := p.main.ledger.lossOf(p.tx.transaction); lost != nil {
			return lostOutcome(lost)
		}
		return p.tx.end(ctx, "COMMIT", false)
	})
	return out.err()
}

// Close disconnects all subconnections, tells the main session, rolls back what was not committed, and switches autocommit
// on again if it was on. If something written was rolled back, the error matches [ErrNotCommitted]. It takes
// Config.CancelGrace at most, even if ctx has ended; a session that could not be restored in that time is closed, and the
// error matches [ErrSessionClosed]. Close may be called more than once, but not while the subconnections are in use.
func (p *Parallel) Close(ctx context.Context) error {
	if p = p.opened(); p.ended {
		return nil
	}
	panicked := true
	defer func() {
		if panicked { // a Tracer: what was written must not be committed by accident
			p.main.abandon(ClassUnknown, errPanicked)
		}
	}()
	grace := p.main.cfg.CancelGrace
	ctx, cancel := context.WithTimeout(context.WithoutCancel(orBackground(ctx)), grace)
	defer cancel()
	p.closeSessions(ctx, grace/2) // they leave the main session half of the time
	defer p.main.ledger.closeGroup(&p.group)
	if p.main.Err() != nil {
		panicked = false
		return p.lostWork(p.main.ledger.unsettled()) // the server has rolled back
	}
	held, written := false, false
	out := p.main.hold(ctx, func() (out outcome) {
		held = true
		written, out = p.endHeld(ctx)
		return out
	})
	if !held {
		written = p.main.ledger.unsettled()
		p.main.abandon(p.main.classOf(ctx, &out), fmt.Errorf("close parallel connections: %w", out.text()))
	}
	panicked = false
	err := out.text()
	if closed := p.main.Err(); closed != nil {
		err = closed
	}
	return failed(wire.Whole, errtext.Join(p.lostWork(written), err))
}

// lostWork is the error of the end of a transaction in which something was written, or was not.
func (p *Parallel) lostWork(written bool) error {
	if p.tx == nil || !written {
		return nil
	}
	return failed(wire.Whole, ErrNotCommitted)
}

// closeSessions closes the subconnections.
func (p *Parallel) closeSessions(ctx context.Context, limit time.Duration) {
	sessions := p.sessions
	p.sessions, p.ended = nil, true
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	_ = together.Call(ctx, len(sessions), func(_ context.Context, i int) error { // one that fails must not hurry the others
		defer sessions[i].raise()
		return sessions[i].closeWithin(ctx)
	})
}

// endHeld ends the group for its session. written is true if that takes something back. The lock is held, and ctx is one
// for tidying up.
func (p *Parallel) endHeld(ctx context.Context) (written bool, out outcome) {
	s := p.main
	written = s.ledger.unsettled()
	if p.tx != nil {
		defer s.ledger.closeTx(p.tx.transaction)
	}
	var cmd commands.Command = commands.RequestParallelConnections{}
	if p.enter {
		cmd = commands.EnterParallel{HostIP: s.hostIP()}
	}
	c := newCall(cmd, nil)
	c.intent.housekeeping, c.final = true, true
	told := s.doHeld(ctx, c)
	if p.tx == nil || s.over() {
		return written, told
	}
	undone, out := s.rollbackHeld(ctx, p.tx)
	if undone {
		out = s.restoreNow(ctx, p.tx)
	}
	if out.ok() {
		return written, told
	}
	return written, out
}

// EnterParallel opens ports for subconnections: the command enterParallel (V1, deprecated in V4 in favour of
// RequestParallelConnections). The answer has the addresses to connect to. n = 0 closes all subconnections.
// [Session.Parallel] does all of it.
func (s *Session) EnterParallel(ctx context.Context, hostIP string, n int, attrs ...Attribute) (info commands.ParallelInfo, err error) {
	cmd := commands.EnterParallel{HostIP: hostIP, NumRequestedConnections: n}
	return s.announce(ctx, cmd, n, attrs)
}

// RequestParallelConnections announces subconnections: the command requestParallelConnections (V4). n = 0 closes all
// subconnections. [Session.Parallel] does all of this.
func (s *Session) RequestParallelConnections(ctx context.Context, n int, attrs ...Attribute) (info commands.ParallelInfo, err error) {
	return s.announce(ctx, commands.RequestParallelConnections{NumRequestedConnections: n}, n, attrs)
}

// announce sends one of the two commands that announce n subconnections.
func (s *Session) announce(ctx context.Context, cmd commands.Command, n int, attrs []Attribute) (info commands.ParallelInfo, err error) {
	if s.isSub() {
		return info, failed(wire.Nothing, errSubGroup)
	}
	err = s.ask(ctx, cmd, attrs, func(a *answer) (err error) {
		info, err = commands.ParseParallel(a.Data)
		if err == nil && info.NumOpenConnections > n {
			err = fmt.Errorf("%d parallel connections for %d that were asked for", info.NumOpenConnections, n)
		}
		return err
	})
	return info, err
}

func (p *Parallel) opened() *Parallel {
	if p == nil || p.main == nil {
		return &Parallel{main: absentSession, ended: true}
	}
	return p
}
