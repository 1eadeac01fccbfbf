package exapool

import (
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/exawire/exawire"
)

// node is one host of the list. Its fields are guarded by the lock of the pool.
type node struct {
	client *exawire.Client
	addr   string // host:port

	sessions int      // open
	logins   int      // under way
	trial    *attempt // under way, since it could not be reached
	limit    int      // of logins at the same time: 1 at first and after trouble, and twice as many after each success

	failures int       // attempts in a row without success
	since    time.Time // when the first of them began
	failed   time.Time // when the last of them ended
	retryAt  time.Time // when the next one may begin
	soonerAt time.Time // when it may, if no other node can be reached either
	suspect  time.Time // sessions that were not heard of since then may be dead
}

// newNodes makes a node of each host, one if a host is listed twice.
func newNodes(all *exawire.Client) ([]*node, error) {
	var nodes []*node
	hosts := all.Hosts()
	for i, host := range hosts {
		if slices.Contains(hosts[:i], host) {
			continue
		}
		cfg := all.Config()
		cfg.Host = host
		noteSources(cfg)
		client, err := exawire.New(cfg)
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, &node{client: client, addr: addrOf(host), limit: 1})
	}
	return nodes, nil
}

// addrOf takes the fingerprint out of a host: it is long, and says nothing about where.
func addrOf(host string) string {
	name, rest, found := strings.Cut(host, "/")
	if !found {
		return host
	}
	return name + rest[max(strings.LastIndexByte(rest, ':'), 0):]
}

// pick returns the node for the next session: of those that can be reached the one with the fewest, any of several; nil if
// there is none that may be asked now. The lock is held.
func (p *Pool) pick() *node {
	var best *node
	equals := 0
	for _, n := range p.nodes {
		if n.failures > 0 || n.logins >= n.limit {
			continue
		}
		switch has := n.sessions + n.logins; {
		case best == nil || has < best.sessions+best.logins:
			best, equals = n, 1
		case has == best.sessions+best.logins:
			if equals++; rand.N(equals) == 0 { //nolint:gosec // spreads the load, guards nothing
				best = n
			}
		}
	}
	return best
}

// pickFailing returns a node that could not be reached and may be tried again: that which has been left alone for longest.
// The lock is held.
func (p *Pool) pickFailing(now time.Time) *node {
	var best *node
	var since time.Time
	healthy := p.hasHealthy()
	for _, n := range p.nodes {
		at := n.nextTrial(healthy)
		switch {
		case n.failures == 0 || n.logins > 0:
		case now.Before(at):
			p.wakeAt(at)
		case best == nil || at.Before(since):
			best, since = n, at
		}
	}
	return best
}

// hasHealthy reports whether a node could be reached the last time, or was never tried. The lock is held.
func (p *Pool) hasHealthy() bool {
	return slices.ContainsFunc(p.nodes, func(n *node) bool { return n.failures == 0 })
}

// downSince reports whether no node can be reached, and since when. The lock is held.
func (p *Pool) downSince() (since time.Time, down bool) {
	if p.hasHealthy() {
		return since, false
	}
	for _, n := range p.nodes {
		if n.since.After(since) {
			since = n.since
		}
	}
	return since, true
}

// nextTrial returns when a node that could not be reached may be tried again, which depends on whether another one can be.
func (n *node) nextTrial(healthy bool) time.Time {
	if !healthy && n.soonerAt.Before(n.retryAt) {
		return n.soonerAt
	}
	return n.retryAt
}

// succeeded is called after a login.
func (n *node) succeeded() {
	n.failures, n.since, n.retryAt, n.soonerAt = 0, time.Time{}, time.Time{}, time.Time{}
	n.limit = min(2*n.limit, mostLogins)
}

// didFail is called after an attempt without success. Attempts that were made at the same time count once.
func (n *node) didFail(began, now time.Time) {
	n.limit = 1
	if n.failures > 0 && began.Before(n.failed) {
		return
	}
	if n.failures == 0 {
		n.since = began
	}
	n.failures++
	n.failed = now
	n.retryAt = now.Add(delay(firstBackoff, mostBackoff, n.failures))
	n.soonerAt = now.Add(delay(firstBackoff, lastBackoff, n.failures))
}

// isSuspect is called when a session has broken or does not answer: others may have, and it may be the whole node.
func (n *node) isSuspect(now time.Time) {
	n.limit = 1
	if n.suspect.Before(now) {
		n.suspect = now
	}
}

// delay returns a random part, at least half, of a time that is doubled by each failure, up to most.
func delay(first, most time.Duration, failures int) time.Duration {
	d := first
	for range failures - 1 {
		if d *= 2; d >= most {
			d = most
			break
		}
	}
	return d - rand.N(d/2+1) //nolint:gosec // spreads the load, guards nothing
}
