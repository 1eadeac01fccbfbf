package together_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/internal/leakcheck"
	"github.com/exawire/exawire/internal/together"
)

func TestMain(m *testing.M) { leakcheck.Main(m) }

var errFirst = errors.New("first")

// Calls that wait for one another end all, and what they say after the first error is left out.
func TestFirstErrorEndsAll(t *testing.T) {
	err := together.Call(t.Context(), 5, func(ctx context.Context, i int) error {
		if i == 3 {
			return errFirst
		}
		<-ctx.Done()
		return fmt.Errorf("call %d: %w", i, ctx.Err())
	})
	if diff := cmp.Diff(errFirst.Error(), err.Error()); diff != "" || !errors.Is(err, errFirst) {
		t.Errorf("error (-want +got):\n%s", diff)
	}
}

func TestNoErrors(t *testing.T) {
	var mu sync.Mutex
	done := map[int]bool{}
	err := together.Call(t.Context(), 3, func(_ context.Context, i int) error {
		mu.Lock()
		defer mu.Unlock()
		done[i] = true
		return nil
	})
	if diff := cmp.Diff(map[int]bool{0: true, 1: true, 2: true}, done); err != nil || diff != "" {
		t.Errorf("%v, calls (-want +got):\n%s", err, diff)
	}
}

// An error that comes because the caller's context has ended is all that there is to say.
func TestEndOfTheCaller(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := together.Call(ctx, 2, func(ctx context.Context, _ int) error { return ctx.Err() })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
}

// A panic reaches the caller when the others have ended.
func TestPanic(t *testing.T) {
	ended := false
	defer func() {
		if value := recover(); value != "broken" || !ended {
			t.Errorf("recovered %v, the other call has ended: %t", value, ended)
		}
	}()
	_ = together.Call(t.Context(), 2, func(ctx context.Context, i int) error {
		if i == 0 {
			panic("broken")
		}
		<-ctx.Done()
		ended = true
		return nil
	})
	t.Error("the panic was lost")
}

// So does the end of a goroutine.
func TestGoexit(t *testing.T) {
	returned, ended := false, make(chan struct{})
	go func() {
		defer close(ended)
		_ = together.Call(t.Context(), 1, func(context.Context, int) error {
			runtime.Goexit()
			return nil
		})
		returned = true
	}()
	<-ended
	if returned {
		t.Error("the caller went on")
	}
}
