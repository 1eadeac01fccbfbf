package grace_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire/internal/grace"
	"github.com/exawire/exawire/internal/leakcheck"
)

func TestMain(m *testing.M) { leakcheck.Main(m) }

type key struct{}

// The grace begins when the caller's context ends, and its values stay.
func TestOutlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.WithValue(t.Context(), key{}, 7))
		longer, stop := grace.Outlive(ctx, time.Second)
		defer stop()
		time.Sleep(time.Hour)
		cancel()
		time.Sleep(time.Second - 1)
		synctest.Wait()
		if err := longer.Err(); err != nil || longer.Value(key{}) != 7 {
			t.Errorf("before the end of the grace: %v, value %v", err, longer.Value(key{}))
		}
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		if longer.Err() == nil {
			t.Error("the grace has no end")
		}
	})
}

// Whoever is done early leaves nothing running, during the grace and without one.
func TestOutliveDoneEarly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		longer, stop := grace.Outlive(ctx, time.Hour)
		cancel()
		synctest.Wait()
		stop()
		stop()
		if longer.Err() == nil {
			t.Error("the context goes on")
		}
		longer, stop = grace.Outlive(context.WithoutCancel(ctx), time.Nanosecond)
		time.Sleep(time.Hour)
		if err := longer.Err(); err != nil {
			t.Errorf("a context without an end has ended: %v", err)
		}
		stop()
	})
}

func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		ended, stop := grace.Watch(ctx)
		defer stop()
		if at := ended(); !at.IsZero() {
			t.Errorf("it has ended at %v", at)
		}
		time.Sleep(time.Minute)
		want := time.Now()
		cancel()
		synctest.Wait()
		time.Sleep(time.Minute)
		if at := ended(); !at.Equal(want) {
			t.Errorf("it has ended at %v, not %v", at, want)
		}
	})
}
