package exapool

import (
	"context"
	"time"

	"github.com/exawire/exawire"
)

// Tracer sees how sessions are taken out of a pool and given back. Its methods are called for several sessions at the same
// time, never under a lock of the pool, and should return soon. A panic goes to the caller of Acquire or Release, and no
// session is lost; on a goroutine of the pool it is dropped.
type Tracer interface {
	// TraceAcquire is called when Acquire begins. The context that it returns is used for the Acquire; nil means the given
	// one. The function that it returns is called when the Acquire ends; it may be nil.
	TraceAcquire(ctx context.Context, start AcquireStart) (context.Context, func(AcquireEnd))
	// TraceRelease is called when it is decided what becomes of a session that was given back: in Release, or on a goroutine
	// of the pool if the session has to be reset first.
	TraceRelease(end ReleaseEnd)
}

// AcquireStart is the beginning of an Acquire.
type AcquireStart struct {
	Time time.Time
}

// AcquireEnd is the end of an Acquire.
type AcquireEnd struct {
	Duration  time.Duration      // since the beginning
	SessionID uint64             // of the session, 0 if there is none
	Opened    bool               // the session was opened for this Acquire, or for another one meanwhile, and was never used
	Class     exawire.ErrorClass // of the error, "" if there is none
	Err       error
}

// ReleaseEnd is the end of the use of a session.
type ReleaseEnd struct {
	SessionID uint64
	Held      time.Duration // from the Acquire to the Release
	Destroyed string        // one of the Closed constants if the session is not kept, "" if it is
}
