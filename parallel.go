package exawire

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/wire"
)

// Parallel is a group of subconnections of a session, each on its own node of the cluster. They belong to the session
// and take part in its transaction. On a subconnection only Fetch (with GetOffset to place the rows) and
// ExecutePreparedStatement run on their own; every other command must be sent on all of them at the same time, or it
// blocks until the server gives up. This module sends none of those to one subconnection alone by itself.
//
// All of them know a result set of the main session by the handle that it has there, and each reads its own part:
// GetResultSetHeader tells how many rows that has, GetOffset at which row of the whole it begins. Every subconnection
// closes the result set, and so does the main session.
//
// The server does not allow autocommit while there is a group, so what the group and the session write is committed by
// [Parallel.Commit] only, and rolled back by Close. A group that was opened while autocommit was off, for example in a Tx,
// takes part in that transaction instead, and its end decides.
//
// Subconnections are not known to have been used by other open clients, and what is written here rests on the
// specification alone.
type Parallel struct {
	main     *Session
	sessions []*Session
	enter    bool   // opened by enterParallel
	tx       *Tx    // that the group began, nil if it takes part in another one
	kept     uint64 // changes of all sessions that are committed
	ended    bool
}

// ErrNotCommitted is returned by Parallel.Close if it has rolled back what was written since the last Commit.
var ErrNotCommitted = errors.New("exawire: parallel connections were closed without Commit: what was written is rolled back")

// Parallel opens up to n subconnections, at most one for each node of the cluster, and logs all of them in: with
// requestParallelConnections from V4 on, with enterParallel before. Each login is bounded by Config.ConnectTimeout, and ctx
// bounds the whole. Autocommit, if it was on, is off until Close. If one subconnection fails, all are closed. A session has
// one group at a time, and subconnections have none.
func (s *Session) Parallel(ctx context.Context, n int) (*Parallel, error) {
	if n < 1 {
		return nil, failed(wire.Nothing, fmt.Errorf("exawire: %d parallel connections were asked for", n))
	}
	p := &Parallel{main: s, enter: s.Info().ProtocolVersion < commands.V4}
	if out := s.hold(ctx, func() outcome { return p.begin(ctx) }); !out.ok() {
		return nil, out.err()
	}
	p.kept = p.changes()
	if err := p.open(ctx, n); err != nil {
		return nil, failed(wire.Whole, errors.Join(err, p.Close(ctx)))
	}
	return p, nil
}

// begin makes the group the one of its session, and begins its transaction. The lock is held.
func (p *Parallel) begin(ctx context.Context) outcome {
	owns, err := p.main.ledger.openGroup(p)
	switch {
	case err != nil:
		return p.main.refused(err)
	case !owns:
		return outcome{}
	}
	tx := &Tx{s: p.main}
	out := tx.beginHeld(ctx)
	if !out.ok() {
		p.main.ledger.closeGroup(p)
		return out
	}
	p.tx = tx
	return out
}

func (p *Parallel) open(ctx context.Context, n int) error {
	info, targets, err := p.announce(ctx, n)
	if err != nil {
		return err
	}
	if info.NumOpenConnections < 1 || len(targets) == 0 {
		return fmt.Errorf("exawire: the server opened no parallel connections")
	}
	// No login is answered before the last one is there, so they run side by side and the first failure ends them all.
	sessions := make([]*Session, info.NumOpenConnections)
	err = together(ctx, len(sessions), func(ctx context.Context, i int) (err error) {
		sessions[i], err = p.join(ctx, targets[i%len(targets)], info.Token)
		return err
	})
	for _, sub := range sessions {
		if sub != nil {
			p.sessions = append(p.sessions, sub)
		}
	}
	return err
}

// together calls fn for 0 to n-1 at the same time and waits for all. The context that fn gets ends as soon as one has
// failed; what the others say after that is an echo, and left out of the error.
func together(ctx context.Context, n int, fn func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var (
		wg           sync.WaitGroup
		mu           sync.Mutex
		causes, echo []error
	)
	for i := range n {
		wg.Go(func() {
			err := fn(ctx, i)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
			case ctx.Err() == nil:
				causes = append(causes, err)
				cancel()
			default:
				echo = append(echo, err)
			}
		})
	}
	wg.Wait()
	if len(causes) == 0 {
		causes = echo
	}
	return errors.Join(causes...)
}

// announce asks for subconnections and finds out where to open them.
func (p *Parallel) announce(ctx context.Context, n int) (commands.ParallelInfo, []target, error) {
	s := p.main
	if p.enter {
		info, err := s.EnterParallel(ctx, s.hostIP(), n)
		return info, s.nodeTargets(info.Nodes), err
	}
	hosts, err := s.GetHosts(ctx)
	if err != nil {
		return commands.ParallelInfo{}, nil, err
	}
	info, err := s.RequestParallelConnections(ctx, n)
	_, port, _ := net.SplitHostPort(s.target.addr)
	nodes := make([]string, len(hosts.Nodes))
	for i, node := range hosts.Nodes {
		nodes[i] = net.JoinHostPort(node, port)
	}
	return info, s.nodeTargets(nodes), err
}

// nodeTargets turns "ip:port" into addresses to dial. The certificate is checked as for the main connection: it names
// the cluster, not the node's inner address.
func (s *Session) nodeTargets(nodes []string) []target {
	var targets []target
	for _, node := range nodes {
		name, port, err := net.SplitHostPort(node)
		if err != nil {
			continue
		}
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 || name == "" {
			continue
		}
		targets = append(targets, target{host: s.target.host, addr: node})
	}
	if len(targets) == 0 {
		targets = append(targets, s.target)
	}
	return targets
}

// join opens one subconnection and logs it in.
func (p *Parallel) join(ctx context.Context, t target, token uint64) (*Session, error) {
	ctx, cancel := context.WithTimeout(ctx, p.main.client.cfg.ConnectTimeout)
	defer cancel()
	who, err := p.main.ledger.again()(ctx)
	if err != nil {
		return nil, &ConnectError{Addr: t.addr, Op: "login", Err: err}
	}
	sub, err := p.main.client.dial(ctx, t)
	if err != nil {
		return nil, err
	}
	if err := sub.loginSub(ctx, who, p.main.Info(), token); err != nil {
		sub.abandon(err)
		return nil, &ConnectError{Addr: t.addr, Op: "login", Err: err}
	}
	return sub, nil
}

// loginSub logs in to a subconnection of the session that main is the Info of.
func (s *Session) loginSub(ctx context.Context, who credentials, main SessionInfo, token uint64) (err error) {
	if who.token != (Token{}) {
		_, err = s.SubLoginToken(ctx, commands.SubLoginToken{
			ProtocolVersion: main.ProtocolVersion, AccessToken: who.token.Access, RefreshToken: who.token.Refresh,
			Token: token, SessionID: main.SessionID,
		})
		return err
	}
	_, err = s.SubLogin(ctx, commands.SubLogin{
		ProtocolVersion: main.ProtocolVersion, Username: who.user, Password: who.password, Token: token, SessionID: main.SessionID,
	})
	return err
}

// Sessions returns the subconnections. They are closed by Parallel.Close, not one by one.
func (p *Parallel) Sessions() []*Session { return p.sessions }

// Each calls fn for every subconnection at the same time and waits for all. It is the way to send commands that must be
// sent on all of them. The context that fn gets ends as soon as one fn fails; the errors until then are joined.
func (p *Parallel) Each(ctx context.Context, fn func(ctx context.Context, i int, sub *Session) error) error {
	return together(ctx, len(p.sessions), func(ctx context.Context, i int) error { return fn(ctx, i, p.sessions[i]) })
}

// Commit makes permanent what the group and its session have written, with COMMIT on the session. The group stays open, and
// what comes next is a new transaction. Prepared statements of the subconnections must be closed before. A group that
// takes part in a transaction of its session's cannot commit: the error is ErrTxOpen. If the server has rolled back
// meanwhile nothing is sent, and the error is ErrTxLost.
func (p *Parallel) Commit(ctx context.Context) error {
	if p.tx == nil {
		return failed(wire.Nothing, fmt.Errorf("%w: it was there before the parallel connections, and its end decides", ErrTxOpen))
	}
	out := p.main.hold(ctx, func() outcome {
		if lost := p.main.ledger.lossOf(p.tx); lost != nil {
			return lostOutcome(lost)
		}
		changes := p.changes()
		out := p.tx.end(ctx, "COMMIT", false)
		if out.ok() {
			p.kept = changes
		}
		return out
	})
	return out.err()
}

// changes counts the commands so far that may have written something.
func (p *Parallel) changes() uint64 {
	n := p.main.ledger.written()
	for _, sub := range p.sessions {
		n += sub.ledger.written()
	}
	return n
}

// Close disconnects all subconnections, tells the main session, rolls back what was not committed, and switches autocommit
// on again if it was on. The error is ErrNotCommitted if something had been written by then. It takes at most
// Config.CancelGrace, also if ctx has ended; a session that could not be brought into its former state in that time is
// closed, and the error says so. It may be called more than once, but not while the subconnections are in use.
func (p *Parallel) Close(ctx context.Context) error {
	if p.ended {
		return nil
	}
	grace := p.main.client.cfg.CancelGrace
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	open := p.changes() != p.kept
	sessions := p.sessions
	p.sessions, p.ended = nil, true
	// They leave the main session half of the time.
	soon, cancelSoon := context.WithTimeout(ctx, grace/2)
	defer cancelSoon()
	var wg sync.WaitGroup
	for _, sub := range sessions {
		wg.Go(func() { _ = sub.Close(soon) })
	}
	wg.Wait()
	defer p.main.ledger.closeGroup(p)
	if p.main.Err() != nil {
		return nil // the server has rolled back
	}
	held := false
	out := p.main.hold(ctx, func() outcome {
		held = true
		return p.endHeld(ctx)
	})
	if !held && p.main.Err() == nil {
		p.main.abandon(fmt.Errorf("close parallel connections: %w", out.text()))
	}
	if out.ok() && open && p.tx != nil {
		return failed(wire.Whole, ErrNotCommitted)
	}
	return out.err()
}

// endHeld ends the group for its session. The lock is held, and ctx is one for tidying up.
func (p *Parallel) endHeld(ctx context.Context) outcome {
	s := p.main
	var cmd commands.Command = commands.RequestParallelConnections{}
	if p.enter {
		cmd = commands.EnterParallel{HostIP: s.hostIP()}
	}
	c := newCall(cmd, nil)
	c.intent.housekeeping, c.final = true, true
	told := s.doHeld(ctx, c)
	if p.tx == nil || s.over() {
		return told
	}
	defer s.ledger.closeTx(p.tx)
	undone, out := s.rollbackHeld(ctx, p.tx)
	if undone {
		out = s.restoreNow(ctx, p.tx)
	}
	if out.ok() {
		return told
	}
	return out
}
