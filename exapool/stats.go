package exapool

import (
	"maps"
	"time"
)

// Why a pool closes sessions: the keys of Stats.Closed, and ReleaseEnd.Destroyed.
const (
	ClosedIdle     = "idle"        // it was not used for Options.IdleTime
	ClosedLifetime = "lifetime"    // it was older than Options.Lifetime
	ClosedBroken   = "broken"      // its connection was lost, or its user has closed it
	ClosedPing     = "ping"        // the server did not answer before it was to be used again
	ClosedReset    = "reset"       // it could not be brought back to what it was after the login
	ClosedLeftOpen = "left open"   // its user left rows, statements or subconnections open, or a method running
	ClosedPanic    = "panic"       // the function of Do or RunTx, or an argument, panicked
	ClosedPool     = "pool closed" // the pool was closed
)

// Stats are facts about a pool at one moment.
type Stats struct {
	// Sessions. Open = Idle + InUse + Checking + Resetting; the pool holds at most Max, Connecting and Closing included.
	Max        int // Options.MaxSessions
	Open       int // sessions that are logged in
	Idle       int // that nobody uses
	InUse      int // between Acquire and Release
	Checking   int // asked for an answer after they were idle
	Resetting  int // given back and not yet ready for the next use
	Connecting int // being opened
	Closing    int // being closed
	Waiting    int // calls of Acquire that wait

	// Totals since New.
	Acquired     int64            // calls of Acquire that returned a session
	Waited       int64            // how many of them had to wait
	WaitTime     time.Duration    // how long those waited, in all
	Cancelled    int64            // calls of Acquire whose context ended first
	Failed       int64            // calls of Acquire that failed otherwise
	Opened       int64            // sessions opened
	FailedLogins int64            // attempts to open one that were not successful
	Closed       map[string]int64 // sessions closed, by one of the Closed constants

	// RejectedSince is when the server refused a login for the first time since one was accepted; zero if the last one was
	// accepted. The next attempt is made after RejectedUntil.
	RejectedSince, RejectedUntil time.Time

	Nodes []NodeStats // in the order of Config.Host; a host that is listed twice is there once
}

// NodeStats are facts about one host.
type NodeStats struct {
	Addr       string    // host:port
	Sessions   int       // open at this host
	Connecting int       // being opened there
	Failures   int       // attempts in a row that were not successful
	RetryAt    time.Time // when it may be tried again, if somebody waits then; zero if it was reached the last time
}

// Stats returns facts about the pool at this moment. The caller may change what it returns.
func (p *Pool) Stats() Stats {
	if !p.isMade() {
		return Stats{}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	c, t := &p.count, &p.total
	st := Stats{
		Max: p.opts.MaxSessions, Open: c.idle + c.inUse + c.checking + c.resetting, Idle: c.idle, InUse: c.inUse, Checking: c.checking,
		Resetting: c.resetting, Connecting: c.connecting, Closing: c.closing, Waiting: p.waiters.len,
		Acquired: t.acquired, Waited: t.waited, WaitTime: t.waitTime, Cancelled: t.cancelled, Failed: t.failed,
		Opened: t.opened, FailedLogins: t.failedLogins, Closed: maps.Clone(t.closed),
		RejectedSince: p.login.since, RejectedUntil: p.login.until,
		Nodes: make([]NodeStats, len(p.nodes)),
	}
	healthy := p.hasHealthy()
	for i, n := range p.nodes {
		st.Nodes[i] = NodeStats{
			Addr: n.addr, Sessions: n.sessions, Connecting: n.logins, Failures: n.failures, RetryAt: n.nextTrial(healthy),
		}
	}
	return st
}
