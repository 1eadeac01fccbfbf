package exapool

import (
	"errors"
	"time"
)

// Defaults of [Options].
const (
	DefaultMaxSessions = 10
	DefaultIdleTime    = 30 * time.Minute
	DefaultLifetime    = time.Hour
	DefaultPingAfter   = 30 * time.Second
	DefaultConnectWait = 30 * time.Second
)

// What is not for users to choose.
const (
	pingPatience = 2 * time.Second  // before something else is tried as well
	pingTimeout  = 5 * time.Second  // for the answer of a session that was idle
	resetTimeout = 10 * time.Second // for bringing one session back to what it was

	mostLogins = 4 // at one node at the same time, if all is well

	firstBackoff = time.Second // after the first attempt at a node that was not successful; doubled by each further one
	mostBackoff  = 30 * time.Second
	lastBackoff  = 5 * time.Second // at most, if no other node can be reached either

	proofTime     = time.Minute     // for which credentials that were accepted are taken to be right
	loginPatience = 2 * time.Second // before another one is tried while it is not known whether they are

	firstPause = time.Second // after the first login that was rejected; doubled by each further one
	mostPause  = 2 * time.Minute
)

// Options say how many sessions a pool holds, and for how long. The zero value is usable.
type Options struct {
	// MaxSessions is how many sessions the pool has at most, including those that are being opened, reset or closed; 0 means
	// DefaultMaxSessions. A database works for about 100 sessions at a time and makes further ones wait, and all programs that
	// use it share these. More sessions than a program has work for at one time make nothing faster.
	MaxSessions int
	// IdleTime is how long a session may be unused before it is closed; 0 means DefaultIdleTime, and a negative number means
	// for ever.
	IdleTime time.Duration
	// Lifetime is how long a session lives: after that it is closed as soon as nobody uses it; 0 means DefaultLifetime, and a
	// negative number means for ever. For each session, a random part of up to a tenth is taken off, so that they do not all
	// end together.
	Lifetime time.Duration
	// PingAfter is how long a session may be unused before Acquire asks the server for an answer first; 0 means
	// DefaultPingAfter, and a negative number means never.
	PingAfter time.Duration
	// ConnectWait is how long Acquire waits at most while no host of the database can be reached; 0 means DefaultConnectWait,
	// and with a negative number it does not wait. Waiting for a session that others use is bounded by the context only.
	ConnectWait time.Duration

	// Tracer sees every Acquire and every Release; nil for none. Config.Tracer sees what the sessions do.
	Tracer Tracer
}

// withDefaults returns a validated copy with every default filled in.
func (o Options) withDefaults() (Options, error) {
	if o.MaxSessions < 0 {
		return o, errors.New("exapool: options: MaxSessions is negative")
	}
	setDefault(&o.MaxSessions, DefaultMaxSessions)
	setDefault(&o.IdleTime, DefaultIdleTime)
	setDefault(&o.Lifetime, DefaultLifetime)
	setDefault(&o.PingAfter, DefaultPingAfter)
	setDefault(&o.ConnectWait, DefaultConnectWait)
	return o, nil
}

func setDefault[T comparable](v *T, def T) {
	var zero T
	if *v == zero {
		*v = def
	}
}
