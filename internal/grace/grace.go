// Package grace makes contexts that outlive others for a while.
package grace

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Watch returns a function that tells when ctx has ended, the zero Time if it goes on. stop must be called.
func Watch(ctx context.Context) (ended func() time.Time, stop func() bool) {
	var at atomic.Int64
	stop = context.AfterFunc(ctx, func() { at.Store(time.Now().UnixNano()) })
	return func() time.Time {
		if n := at.Load(); n != 0 {
			return time.Unix(0, n)
		}
		return time.Time{}
	}, stop
}

// Outlive returns a context that ends the grace after ctx.
func Outlive(ctx context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	if ctx.Done() == nil {
		return longer, cancel
	}
	var ended sync.WaitGroup
	ended.Add(1)
	stop := context.AfterFunc(ctx, func() {
		defer ended.Done()
		timer := time.NewTimer(grace)
		defer timer.Stop()
		select {
		case <-timer.C:
			cancel()
		case <-longer.Done():
		}
	})
	return longer, sync.OnceFunc(func() {
		cancel()
		if !stop() {
			ended.Wait()
		}
	})
}
