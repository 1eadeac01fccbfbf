// Package ctxerr says why a context has ended, and waits for that or for some time.
package ctxerr

import (
	"context"
	"errors"
	"strings"
	"time"
)

// Sleep waits. It returns what Of returns when ctx has ended by then, or as soon as it ends.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	return Of(ctx)
}

// Of returns nil while ctx goes on. Afterwards it returns an error that matches both ctx.Err() and context.Cause(ctx).
//
// A cause is whatever the caller of a context's CancelCauseFunc made of it. It may match any error there is, so nobody
// should decide anything by what the returned error matches.
func Of(ctx context.Context) error {
	err := ctx.Err()
	if err == nil {
		return nil
	}
	cause := context.Cause(ctx)
	switch {
	case cause == nil:
		return err
	case errors.Is(cause, err):
		return cause
	}
	return &endError{err: err, cause: cause}
}

// endError is the error of a context and a cause that does not mention it.
type endError struct{ err, cause error }

// Error does not say twice what the cause says already.
func (e *endError) Error() string {
	err, cause := e.err.Error(), e.cause.Error()
	if strings.Contains(cause, err) {
		return cause
	}
	return err + ": " + cause
}

// Unwrap returns both.
func (e *endError) Unwrap() []error { return []error{e.err, e.cause} }
