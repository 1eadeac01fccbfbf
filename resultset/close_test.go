package resultset_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire/resultset"
)

// TestCloseInTime closes rows while a fetch is under way, with sources that take their time. Whatever has to be waited for,
// it is one timeout in all.
func TestCloseInTime(t *testing.T) {
	const timeout = 2 * time.Second
	tests := []struct {
		name    string
		fetch   time.Duration // from the end of its context on, -1 if nothing was sent
		handle  time.Duration // of closing the handle
		onClose time.Duration
		want    time.Duration
	}{
		{"not sent yet", -1, 0, 0, 0},
		{"answered soon", time.Second, 0, 0, time.Second},
		{"answered late, closed late", 1500 * time.Millisecond, time.Second, 0, timeout},
		{"closed late twice", 0, 1500 * time.Millisecond, time.Second, timeout},
		{"all late", time.Second, 999 * time.Millisecond, time.Hour, timeout},
		{"never closed", 0, time.Hour, time.Hour, timeout},
		{"all in time", time.Second / 2, time.Second / 2, time.Second / 2, 3 * time.Second / 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fake{tb: t, table: numbered(35)}
				f.onFetch = func(ctx context.Context, _ int) error {
					<-ctx.Done()
					time.Sleep(max(tt.fetch, 0))
					return ctx.Err()
				}
				f.onClose = func(ctx context.Context) error { return sleep(ctx, tt.handle) }
				f.atEnd = func(ctx context.Context) error { return sleep(ctx, tt.onClose) }
				r := f.rows(t.Context(), f.header(4, true), resultset.Options{CloseTimeout: timeout})
				r.Next()
				synctest.Wait()
				began := time.Now()
				err := r.Close()
				if took := time.Since(began); took != tt.want {
					t.Errorf("close took %v, want %v", took, tt.want)
				}
				if (err == nil) != (tt.want < timeout) || err != nil && !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("close: %v", err)
				}
				f.checkClosed(1)
			})
		})
	}
}

// TestCloseWhileTheWorkerBegins closes rows at once, when the worker may or may not have begun its first fetch.
func TestCloseWhileTheWorkerBegins(t *testing.T) {
	for range 300 {
		synctest.Test(t, func(t *testing.T) {
			f := &fake{tb: t, table: numbered(35)}
			f.onFetch = func(ctx context.Context, _ int) error { return sleep(ctx, time.Hour) }
			r := f.rows(t.Context(), f.header(4, true), resultset.Options{})
			began := time.Now()
			r.Next()
			if err := r.Close(); err != nil {
				t.Error(err)
			}
			if took := time.Since(began); took != 0 {
				t.Errorf("close took %v", took)
			}
			f.checkClosed(1)
		})
	}
}

// TestCloseDuringTheWorkersClose closes rows while the worker closes the handle, which it began before.
func TestCloseDuringTheWorkersClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{tb: t, table: numbered(9)}
		f.onClose = func(ctx context.Context) error { return sleep(ctx, time.Hour) }
		f.atEnd = func(ctx context.Context) error { return sleep(ctx, time.Hour) }
		r := f.rows(t.Context(), f.header(4, true), resultset.Options{CloseTimeout: 2 * time.Second})
		r.Next()
		synctest.Wait()
		time.Sleep(500 * time.Millisecond)
		began := time.Now()
		if err := r.Close(); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("close: %v", err)
		}
		if took := time.Since(began); took != 2*time.Second {
			t.Errorf("close took %v, want 2s", took)
		}
		f.checkClosed(1)
	})
}

// TestCloseAfterTheDeadline has a source that takes longer than it may. The handle is given back all the same.
func TestCloseAfterTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{tb: t, table: numbered(35), late: true}
		f.onFetch = func(context.Context, int) error {
			time.Sleep(time.Minute)
			return nil
		}
		r := f.rows(t.Context(), f.header(4, true), resultset.Options{CloseTimeout: 2 * time.Second})
		r.Next()
		synctest.Wait()
		if err := r.Close(); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("close: %v", err)
		}
		f.checkClosed(1)
	})
}
