package exatest

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/exawire/exawire/commands"
)

// parallelGroup is a main connection with the subconnections that were announced on it.
type parallelGroup struct {
	main    *session
	token   uint64
	granted int
	timeout time.Duration
	ready   chan struct{} // closed when all subconnections are in

	mu      sync.Mutex
	joined  int
	live    []*subconnection
	closed  bool
	meeting *meeting
}

// subconnection is one connection of a group. It reads its share of the result sets of the main connection.
type subconnection struct {
	group *parallelGroup
	index int
	conn  *conn

	mu        sync.Mutex
	forgotten map[int]bool // result sets of the main connection that were closed here
}

// meeting is a collective command that some subconnections have sent and others have not.
type meeting struct {
	command string
	arrived []*subconnection
	done    chan struct{}
}

func (k *call) enterParallel() answer {
	if _, err := k.msg.text("hostIp"); err != nil {
		return failed(err)
	}
	g, n, err := k.announce()
	if err != nil {
		return failed(err)
	}
	nodes := array{}
	for _, addr := range k.srv.addrs[:n] {
		nodes = append(nodes, addr)
	}
	return okWith(object{field("numOpenConnections", n), field("token", g), field("nodes", nodes)})
}

func (k *call) requestParallel() answer {
	token, n, err := k.announce()
	if err != nil {
		return failed(err)
	}
	return okWith(object{field("numOpenConnections", n), field("token", token)})
}

// announce opens a group of at most as many subconnections as there are nodes. 0 only closes the one that is open.
func (k *call) announce() (token uint64, granted int, err error) {
	n, err := k.msg.integer("numRequestedConnections")
	switch {
	case err != nil:
		return 0, 0, err
	case n < 0:
		return 0, 0, protocol("numRequestedConnections is negative")
	case k.sess.sub != nil:
		return 0, 0, protocol("a subconnection cannot have subconnections")
	case n > 0 && k.sess.attributes().bool("autocommit"):
		return 0, 0, protocol("autocommit has to be off for parallel connections")
	}
	k.srv.closeGroup(k.sess)
	if n == 0 {
		return 0, 0, nil
	}
	g := &parallelGroup{
		main: k.sess, token: 1<<53 + rand.Uint64N(1<<62), granted: int(min(n, int64(len(k.srv.addrs)))),
		timeout: k.srv.cfg.parallelTimeout, ready: make(chan struct{}),
	}
	k.sess.mu.Lock()
	k.sess.group = g
	k.sess.mu.Unlock()
	k.srv.mu.Lock()
	defer k.srv.mu.Unlock()
	k.srv.groups[g.token] = g
	return g.token, g.granted, nil
}

// closeGroup ends the subconnections of a session.
func (s *Server) closeGroup(main *session) {
	main.mu.Lock()
	g := main.group
	main.group = nil
	main.mu.Unlock()
	if g == nil {
		return
	}
	s.mu.Lock()
	delete(s.groups, g.token)
	s.mu.Unlock()
	g.mu.Lock()
	g.closed = true
	live := slices.Clone(g.live)
	g.mu.Unlock()
	for _, sub := range live {
		sub.conn.cut(errGroupClosed)
	}
}

var errGroupClosed = errors.New("the main connection closed its subconnections")

// joinParallel makes this connection a subconnection. The answer waits until all announced ones are in.
func (k *call) joinParallel(user string, version commands.Version) answer {
	token, err := k.msg.integer("token")
	if err != nil {
		return fatal(err)
	}
	k.srv.mu.Lock()
	g := k.srv.groups[uint64(token)]
	k.srv.mu.Unlock()
	if g == nil || g.main.user != user {
		return fatal(errAuthentication)
	}
	if version >= commands.V4 {
		id, err := k.msg.integer("sessionId")
		if err != nil {
			return fatal(err)
		}
		if uint64(id) != g.main.id {
			return fatal(errAuthentication)
		}
	}
	sub := g.join(k.conn)
	if sub == nil {
		return fatal(errAuthentication)
	}
	if err := g.waitForAll(k.ex.ctx); err != nil {
		g.leave(sub)
		return fatal(err)
	}
	sess := newSession(k.srv.cfg, g.main.id, user, version)
	sess.sub = sub
	sess.backend, sess.backendLock = g.main.backend, g.main.backendLock
	sess.attrs = g.main.attributes()
	sess.attrs["compressionEnabled"] = false
	// Handles of results of its own must not be taken for those of the main connection.
	sess.nextResult = 1 << 20
	return k.establish(sess, nil, false)
}

func (g *parallelGroup) join(c *conn) *subconnection {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed || g.joined == g.granted {
		return nil
	}
	sub := &subconnection{group: g, index: g.joined, conn: c, forgotten: map[int]bool{}}
	g.joined++
	g.live = append(g.live, sub)
	if g.joined == g.granted {
		close(g.ready)
	}
	return sub
}

func (g *parallelGroup) waitForAll(ctx context.Context) error {
	timer := time.NewTimer(g.timeout)
	defer timer.Stop()
	select {
	case <-g.ready:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return &SQLError{"08004", "Connection exception - not all subconnections have logged in"}
	}
}

// leave takes a subconnection out. The others do not wait for it any more.
func (g *parallelGroup) leave(sub *subconnection) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.live = slices.DeleteFunc(g.live, func(other *subconnection) bool { return other == sub })
	if m := g.meeting; m != nil {
		m.arrived = slices.DeleteFunc(m.arrived, func(other *subconnection) bool { return other == sub })
		g.completeMeeting()
	}
}

func (g *parallelGroup) completeMeeting() {
	if m := g.meeting; m != nil && len(m.arrived) == len(g.live) {
		close(m.done)
		g.meeting = nil
	}
}

// collective waits, on a subconnection, until all others have sent the same command. Only fetch and
// executePreparedStatement are free.
func (k *call) collective() error {
	sub := k.sess.sub
	if sub == nil || k.msg.command == "fetch" || k.msg.command == "executePreparedStatement" {
		return nil
	}
	err := sub.group.meet(k.ex.ctx, sub, k.msg.command)
	if k.msg.command == "disconnect" {
		return nil // who leaves is not kept
	}
	return err
}

func (g *parallelGroup) meet(ctx context.Context, sub *subconnection, command string) error {
	g.mu.Lock()
	m := g.meeting
	if m == nil {
		m = &meeting{command: command, done: make(chan struct{})}
		g.meeting = m
	}
	if m.command != command {
		g.mu.Unlock()
		return protocol("another subconnection has sent " + m.command + ", which all have to send together, before " + command)
	}
	m.arrived = append(m.arrived, sub)
	g.completeMeeting()
	g.mu.Unlock()

	timer := time.NewTimer(g.timeout)
	defer timer.Stop()
	var err error
	select {
	case <-m.done:
		return nil
	case <-ctx.Done():
		err = context.Cause(ctx)
	case <-timer.C:
		err = protocol("the other subconnections have not sent " + command)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.meeting == m {
		m.arrived = slices.DeleteFunc(m.arrived, func(other *subconnection) bool { return other == sub })
		if len(m.arrived) == 0 {
			g.meeting = nil
		}
	}
	return err
}

// part is this subconnection's share of a result set of the main connection, nil if there is none.
func (sub *subconnection) part(handle int) *resultSet {
	sub.mu.Lock()
	gone := sub.forgotten[handle]
	sub.mu.Unlock()
	main := sub.group.main
	main.mu.Lock()
	rs := main.results[handle]
	main.mu.Unlock()
	if rs == nil || gone {
		return nil
	}
	n := sub.group.granted
	first, end := rs.rows*sub.index/n, rs.rows*(sub.index+1)/n
	return &resultSet{columns: rs.columns, data: rs.data, first: first, rows: end - first, lock: rs.lock}
}

func (sub *subconnection) forget(handle int) {
	sub.mu.Lock()
	defer sub.mu.Unlock()
	sub.forgotten[handle] = true
}

// hosts lists the nodes in an order of its own for each request. Behind a single node, the server does not know by which
// address it is reached, so it gives back the client's.
func (k *call) hosts() answer {
	ip, err := k.msg.text("hostIp")
	if err != nil {
		return failed(err)
	}
	nodes := array{}
	for _, host := range k.srv.cfg.nodes {
		nodes = append(nodes, host)
	}
	if len(nodes) == 1 {
		nodes[0] = ip
	}
	rand.Shuffle(len(nodes), func(i, j int) { nodes[i], nodes[j] = nodes[j], nodes[i] })
	return okWith(object{field("numNodes", len(nodes)), field("nodes", nodes)})
}

func (k *call) getAttributes() answer {
	return answer{attrs: k.sess.attributes().document(k.sess.version)}
}

// setAttributes has done its work when the attributes of the request were applied; the answer names them.
func (k *call) setAttributes() answer {
	if !k.msg.has("attributes") {
		return failed(missing("attributes"))
	}
	return answer{attrs: object{}}
}
