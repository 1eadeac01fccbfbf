// Package together makes calls at the same time.
package together

import (
	"context"
	"errors"
	"runtime"
	"sync"
)

// Call calls fn for 0 to n-1 at the same time and waits for all. The context that fn gets ends as soon as one has
// failed; what the others say after that is an echo, and left out of the error. A panic goes on in the goroutine of the
// caller, when all have ended.
func Call(ctx context.Context, n int, fn func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var t gathering
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			returned := false
			defer func() {
				if !returned {
					t.panicked(recover())
					cancel()
				}
			}()
			err := fn(ctx, i)
			returned = true
			if t.failed(err, ctx.Err() != nil) {
				cancel()
			}
		})
	}
	wg.Wait()
	return t.end()
}

// gathering is what became of calls that run side by side.
type gathering struct {
	mu           sync.Mutex
	causes, echo []error
	broken       bool
	panic        any // nil if the goroutine was ended by runtime.Goexit
}

// failed enters an error, nil for none. It returns true if it is the first.
func (g *gathering) failed(err error, over bool) (first bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case err == nil:
		return false
	case over:
		g.echo = append(g.echo, err)
		return false
	}
	g.causes = append(g.causes, err)
	return true
}

// panicked enters that a call did not return.
func (g *gathering) panicked(value any) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.broken {
		g.broken, g.panic = true, value
	}
}

// end returns the error of all calls.
func (g *gathering) end() error {
	switch {
	case g.broken && g.panic != nil:
		panic(g.panic)
	case g.broken:
		runtime.Goexit()
	case len(g.causes) == 0:
		return errors.Join(g.echo...)
	}
	return errors.Join(g.causes...)
}
