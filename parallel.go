package exawire

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"

	"github.com/exawire/exawire/commands"
)

// Parallel is a group of subconnections of a session, each on its own node of the cluster. They belong to the session
// and take part in its transaction. On a subconnection only Fetch (with GetOffset to place the rows) and
// ExecutePreparedStatement run on their own; every other command must be sent on all of them at the same time, or it
// blocks until the server gives up.
//
// All of them know a result set of the main session by the handle that it has there, and each reads its own part:
// GetResultSetHeader tells how many rows that has, GetOffset at which row of the whole it begins. Every subconnection
// closes the result set, and so does the main session.
//
// Subconnections are not known to have been used by other open clients, and what is written here rests on the
// specification alone.
type Parallel struct {
	main     *Session
	sessions []*Session
	restore  bool // switch autocommit on at the end
	enter    bool // opened by enterParallel
	ended    bool
}

// Parallel opens up to n subconnections, at most one for each node of the cluster, and logs all of them in: with
// requestParallelConnections from V4 on, with enterParallel before. Autocommit, which the server does not allow
// meanwhile, is switched off until Close. If one subconnection fails, all are closed. ctx bounds the whole.
func (s *Session) Parallel(ctx context.Context, n int) (*Parallel, error) {
	if n < 1 {
		return nil, notSent(fmt.Errorf("exawire: %d parallel connections were asked for", n))
	}
	p := &Parallel{main: s, restore: s.Attributes().Autocommit, enter: s.Info().ProtocolVersion < commands.V4}
	if p.restore {
		if err := s.SetAttributes(ctx, Autocommit(false)); err != nil {
			return nil, err
		}
	}
	if err := p.open(ctx, n); err != nil {
		return nil, errors.Join(err, p.Close(ctx))
	}
	return p, nil
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
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	sessions := make([]*Session, info.NumOpenConnections)
	errs := make([]error, info.NumOpenConnections)
	var wg sync.WaitGroup
	for i := range sessions {
		wg.Go(func() {
			sessions[i], errs[i] = p.join(ctx, targets[i%len(targets)], info.Token)
			if errs[i] != nil {
				cancel()
			}
		})
	}
	wg.Wait()
	for _, sub := range sessions {
		if sub != nil {
			p.sessions = append(p.sessions, sub)
		}
	}
	return firstCause(errs)
}

// firstCause returns the errors without those that are only the echo of another one.
func firstCause(errs []error) error {
	var causes []error
	for _, err := range errs {
		if err != nil && !errors.Is(err, context.Canceled) {
			causes = append(causes, err)
		}
	}
	if len(causes) == 0 {
		return errors.Join(errs...)
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
	info, version := p.main.Info(), p.main.Info().ProtocolVersion
	sub, err := p.main.client.dial(ctx, t)
	if err != nil {
		return nil, err
	}
	c := p.main.credentials()
	if c.token != (Token{}) {
		_, err = sub.SubLoginToken(ctx, commands.SubLoginToken{
			ProtocolVersion: version, AccessToken: c.token.Access, RefreshToken: c.token.Refresh,
			Token: token, SessionID: info.SessionID,
		})
	} else {
		_, err = sub.SubLogin(ctx, commands.SubLogin{
			ProtocolVersion: version, Username: c.user, Password: c.password, Token: token, SessionID: info.SessionID,
		})
	}
	if err != nil {
		sub.abandon(err)
		return nil, &ConnectError{Addr: t.addr, Op: "login", Err: err}
	}
	return sub, nil
}

// Sessions returns the subconnections. They are closed by Parallel.Close, not one by one.
func (p *Parallel) Sessions() []*Session { return p.sessions }

// Each calls fn for every subconnection at the same time and waits for all. It is the way to send commands that must be
// sent on all of them. The context that fn gets ends as soon as one fn fails; the errors are joined.
func (p *Parallel) Each(ctx context.Context, fn func(ctx context.Context, i int, sub *Session) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	errs := make([]error, len(p.sessions))
	var wg sync.WaitGroup
	for i, sub := range p.sessions {
		wg.Go(func() {
			if errs[i] = fn(ctx, i, sub); errs[i] != nil {
				cancel()
			}
		})
	}
	wg.Wait()
	return firstCause(errs)
}

// Close disconnects all subconnections, tells the main session, and switches autocommit on again if it was on. It may be
// called more than once, but not while the subconnections are in use.
func (p *Parallel) Close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*p.main.client.cfg.CancelGrace)
	defer cancel()
	sessions := p.sessions
	if p.ended {
		return nil
	}
	p.sessions, p.ended = nil, true
	var wg sync.WaitGroup
	for _, sub := range sessions {
		wg.Go(func() { _ = sub.Close(ctx) })
	}
	wg.Wait()
	if p.main.Err() != nil {
		return nil
	}
	var err error
	if p.enter {
		_, err = p.main.EnterParallel(ctx, p.main.hostIP(), 0)
	} else {
		_, err = p.main.RequestParallelConnections(ctx, 0)
	}
	if p.restore {
		p.restore = false
		err = errors.Join(err, p.main.SetAttributes(ctx, Autocommit(true)))
	}
	return err
}
