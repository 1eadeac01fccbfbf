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

// Options say how many sessions a pool holds, and for how long. The zero value is usable.
type Options struct {
	// MaxSessions is how many sessions the pool has at most, those included that are being opened, reset or closed; 0 means
	// DefaultMaxSessions. A database works on about 100 sessions at a time and lets further ones wait, and all programs that
	// use it share them. More sessions than that make nothing faster.
	MaxSessions int
	// IdleTime is how long a session may be unused before it is closed; 0 means DefaultIdleTime, and a negative number for
	// ever.
	IdleTime time.Duration
	// Lifetime is how long a session lives. It is closed when it is not in use after that; 0 means DefaultLifetime, and a
	// negative number for ever. Each session lives for up to a tenth less, so that they do not all end together.
	Lifetime time.Duration
	// PingAfter is how long a session may be unused before Acquire asks the server for an answer first; 0 means
	// DefaultPingAfter, and a negative number never.
	PingAfter time.Duration
	// ConnectWait is how long Acquire waits at most for a database that cannot be reached; 0 means DefaultConnectWait, and
	// with a negative number it does not wait.
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
