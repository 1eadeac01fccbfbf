package resultset_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/resultset"
)

// TestCancel ends the context at every row: no further row arrives, the error matches, and all is closed.
func TestCancel(t *testing.T) {
	cause := errors.New("user went away")
	for _, prefetch := range prefetches {
		for at := range 35 {
			for _, way := range []string{"all", "each", "next"} {
				ctx, cancel := context.WithCancelCause(t.Context())
				f := &fake{tb: t, table: numbered(35)}
				r := f.rows(ctx, f.header(4, true), resultset.Options{Prefetch: prefetch})
				n, last := 0, error(nil)
				turn := func(err error) {
					if err != nil {
						last = err
						return
					}
					if n == at {
						cancel(cause)
					}
					n++
				}
				switch way {
				case "all":
					for _, err := range r.All() {
						turn(err)
					}
				case "each":
					for _, err := range resultset.Each[record](r) {
						turn(err)
					}
				case "next":
					for r.Next() {
						turn(nil)
					}
					last = r.Err()
				}
				cancel(nil)
				if at == 34 {
					// The context ended after the last row was delivered; whether anybody noticed does not matter.
					n, last = at+1, errors.Join(context.Canceled, cause)
				}
				if n != at+1 || !errors.Is(last, context.Canceled) || !errors.Is(last, cause) {
					t.Errorf("%s, prefetch %d, cancelled at row %d: %d rows, error %v", way, prefetch, at, n, last)
				}
				f.checkClosed(1)
			}
		}
	}
}

func TestCollectCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f := &fake{tb: t, table: numbered(5)}
	got, err := resultset.Collect[record](f.rows(ctx, f.header(5, false), resultset.Options{}))
	if got != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, %v", got, err)
	}
	f.checkClosed(0)
}

// sleep is a fetch that takes d and heeds its context.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func TestDeadlineWhileFetching(t *testing.T) {
	for _, prefetch := range prefetches {
		for _, way := range wayNames() {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
				defer cancel()
				f := &fake{tb: t, table: numbered(35)}
				f.onFetch = func(ctx context.Context, n int) error {
					if n < 2 {
						return nil
					}
					return sleep(ctx, 3*time.Second)
				}
				r := f.rows(ctx, f.header(4, true), resultset.Options{Prefetch: prefetch})
				within(t, 200*time.Millisecond, way, func() {
					got, err := ways[way](r)
					if !errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("%s: error %v", way, err)
					}
					if diff := cmp.Diff(records(0, 24), got); diff != "" {
						t.Errorf("%s: rows (-want +got):\n%s", way, diff)
					}
				})
				f.checkClosed(1)
			})
		}
	}
}

// TestErrorAfterTheContextEnded has a source whose error says nothing of the context.
func TestErrorAfterTheContextEnded(t *testing.T) {
	for _, prefetch := range prefetches {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			cause := errors.New("session closed")
			f := &fake{tb: t, table: numbered(35)}
			f.onFetch = func(ctx context.Context, _ int) error {
				<-ctx.Done()
				return cause
			}
			_, err := resultset.Collect[record](f.rows(ctx, f.header(4, true), resultset.Options{Prefetch: prefetch}))
			if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, cause) {
				t.Errorf("error %v does not match both causes", err)
			}
			f.checkClosed(1)
		})
	}
}

// TestCloseTimeout has a server that does not answer to the close.
func TestCloseTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{tb: t, table: numbered(35)}
		f.onClose = func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		}
		ctx, cancel := context.WithCancel(t.Context())
		r := f.rows(ctx, f.header(4, true), resultset.Options{CloseTimeout: 2 * time.Second})
		cancel()
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
