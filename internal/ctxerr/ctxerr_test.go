package ctxerr_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire/internal/ctxerr"
	"github.com/exawire/exawire/internal/leakcheck"
)

func TestMain(m *testing.M) { leakcheck.Main(m) }

// silentError matches an error that its text does not mention.
type silentError struct{ target error }

func (e silentError) Error() string        { return "enough" }
func (e silentError) Is(target error) bool { return target == e.target }

func TestOf(t *testing.T) {
	window := errors.New("user closed the window")
	wrapped := fmt.Errorf("shutting down: %w", context.Canceled)
	quotes := errors.New("upstream: context canceled")
	silent := silentError{context.Canceled}
	for _, tt := range []struct {
		name  string
		cause error
		want  string
	}{
		{"no cause", nil, "context canceled"},
		{"its own error", context.Canceled, "context canceled"},
		{"another error", window, "context canceled: user closed the window"},
		{"wraps its error", wrapped, "shutting down: context canceled"},
		{"quotes its error", quotes, "upstream: context canceled"},
		{"matches its error without a word", silent, "enough"},
		{"the error of another context", context.DeadlineExceeded, "context canceled: context deadline exceeded"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			if err := ctxerr.Of(ctx); err != nil {
				t.Errorf("before the end: %v", err)
			}
			cancel(tt.cause)
			err := ctxerr.Of(ctx)
			if err == nil || err.Error() != tt.want {
				t.Errorf("Of() = %v, want %q", err, tt.want)
			}
			if !errors.Is(err, context.Canceled) || tt.cause != nil && !errors.Is(err, tt.cause) {
				t.Errorf("Of() = %v does not match the context's error and its cause", err)
			}
		})
	}
}

func TestOfDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		late := errors.New("too late")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, late)
		defer cancel()
		time.Sleep(time.Second)
		synctest.Wait()
		err := ctxerr.Of(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, late) {
			t.Errorf("Of() = %v", err)
		}
	})
}

// endedContext has an end and knows no cause.
type endedContext struct{ context.Context }

var errEnded = errors.New("ended")

func (endedContext) Err() error { return errEnded }

func TestOfForeignContext(t *testing.T) {
	if err := ctxerr.Of(endedContext{t.Context()}); !errors.Is(err, errEnded) {
		t.Errorf("Of() = %v", err)
	}
}

// flickeringContext has an end that it forgets.
type flickeringContext struct {
	context.Context
	asked int
}

func (c *flickeringContext) Err() error {
	if c.asked++; c.asked == 1 {
		return errEnded
	}
	return nil
}

func TestOfFlickeringContext(t *testing.T) {
	if err := ctxerr.Of(&flickeringContext{Context: t.Context()}); !errors.Is(err, errEnded) || err.Error() != "ended" {
		t.Errorf("Of() = %v", err)
	}
}

func TestSleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		if err := ctxerr.Sleep(t.Context(), time.Hour); err != nil || time.Since(start) != time.Hour {
			t.Errorf("slept for %v: %v", time.Since(start), err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		start = time.Now()
		if err := ctxerr.Sleep(ctx, time.Hour); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Minute {
			t.Errorf("slept for %v: %v", time.Since(start), err)
		}
	})
}
