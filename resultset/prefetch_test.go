package resultset_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/resultset"
)

// journal notes when things happen, in seconds of the test's bubble.
type journal struct {
	began time.Time
	mu    sync.Mutex
	lines []string
}

func newJournal() *journal { return &journal{began: time.Now()} }

func (j *journal) note(format string, args ...any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, fmt.Sprintf("%2.0fs ", time.Since(j.began).Seconds())+fmt.Sprintf(format, args...))
}

// watch has f note its fetches, which take a while, when they are decoded, and the close. What the source is asked for is
// noted a moment later, so that it comes behind what the caller does at the same time.
func (j *journal) watch(f *fake, fetch, decode time.Duration) {
	const moment = time.Millisecond
	f.onFetch = func(ctx context.Context, n int) error {
		if err := sleep(ctx, moment); err != nil {
			return err
		}
		j.note("fetch %d", n)
		return sleep(ctx, fetch-moment)
	}
	f.onData = func(n int) {
		time.Sleep(decode)
		j.note("decoded %d", n)
	}
	f.onClose = func(ctx context.Context) error {
		err := sleep(ctx, moment)
		j.note("close")
		return err
	}
}

func (j *journal) check(tb testing.TB, want ...string) {
	tb.Helper()
	j.mu.Lock()
	defer j.mu.Unlock()
	if diff := cmp.Diff(want, j.lines); diff != "" {
		tb.Errorf("what happened (-want +got):\n%s", diff)
	}
}

// TestPrefetchWhileTheCallerWorks: fetches of 2 s and decodes of 1 s hide behind work of 10 s.
func TestPrefetchWhileTheCallerWorks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, j := &fake{tb: t, table: numbered(34)}, newJournal()
		j.watch(f, 2*time.Second, time.Second)
		for b, err := range f.rows(t.Context(), f.header(4, true), resultset.Options{}).Batches() {
			if err != nil {
				t.Fatal(err)
			}
			j.note("rows from %d", b.Start())
			time.Sleep(10 * time.Second)
		}
		j.note("done")
		f.checkClosed(1)
		j.check(t,
			" 0s rows from 0",
			" 0s fetch 0",
			" 2s fetch 1", // messages are small
			" 5s decoded 1",
			" 6s decoded 0",
			"10s rows from 4",
			"10s fetch 2",
			"13s decoded 2",
			"13s close", // not at the end of the loop
			"20s rows from 14",
			"30s rows from 24",
			"40s done",
		)
	})
}

// TestFetchWhileTheCallerDecodes: a caller that waits decodes the chunk itself, and the next fetch goes on meanwhile.
func TestFetchWhileTheCallerDecodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, j := &fake{tb: t, table: numbered(30)}, newJournal()
		j.watch(f, 5*time.Second, 3*time.Second)
		for b, err := range f.rows(t.Context(), f.header(0, true), resultset.Options{}).Batches() {
			if err != nil {
				t.Fatal(err)
			}
			j.note("rows from %d", b.Start())
		}
		f.checkClosed(1)
		j.check(t,
			" 0s fetch 0",
			" 5s fetch 1",
			" 8s decoded 0",
			" 8s rows from 0",
			"10s fetch 2",
			"13s decoded 1",
			"13s rows from 10",
			"15s close",
			"18s decoded 2",
			"18s rows from 20",
		)
	})
}

func TestNoPrefetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, j := &fake{tb: t, table: numbered(24)}, newJournal()
		j.watch(f, 2*time.Second, time.Second)
		for b, err := range f.rows(t.Context(), f.header(4, true), resultset.Options{Prefetch: -1}).Batches() {
			if err != nil {
				t.Fatal(err)
			}
			j.note("rows from %d", b.Start())
			time.Sleep(10 * time.Second)
		}
		f.checkClosed(1)
		j.check(t,
			" 0s rows from 0",
			"10s fetch 0",
			"13s decoded 0",
			"13s rows from 4",
			"23s fetch 1",
			"26s decoded 1",
			"26s close",
			"26s rows from 14",
		)
	})
}

// TestPrefetchDepth looks how far the worker gets while the caller sits on a row. Of small messages it fetches one more.
func TestPrefetchDepth(t *testing.T) {
	for _, tt := range []struct {
		prefetch, inline int
		size             int // of messages, at least
		takes            time.Duration
		ahead            int
	}{
		{-1, 4, 0, 0, 0},
		{0, 4, 0, 0, 2},
		{1, 4, 0, 0, 2},
		{2, 4, 0, 0, 3},
		{5, 4, 0, 0, 6},
		{0, 4, 3 << 20, 0, 2},
		{0, 4, 3<<20 + 1, 0, 1},
		{2, 4, 3<<20 + 1, 0, 2},
		{-1, 0, 0, 0, 1},
		{0, 0, 0, 0, 3}, // the first is the caller's
		{1, 0, 0, 0, 3},
		{1, 0, 3<<20 + 1, 0, 2},
		{1, 0, 1 << 20, time.Second, 2}, // the next will be larger
		{2, 0, 0, 0, 4},
	} {
		t.Run(fmt.Sprintf("%d ahead, %d inline, %d bytes in %v", tt.prefetch, tt.inline, tt.size, tt.takes), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fake{tb: t, table: numbered(200)}
				f.onFetch = func(context.Context, int) error {
					time.Sleep(tt.takes)
					return nil
				}
				f.answer = func(_ int, m resultset.Message) resultset.Message {
					m.Data = append(m.Data, strings.Repeat(" ", max(0, tt.size-len(m.Data)))...)
					return m
				}
				r := f.rows(t.Context(), f.header(tt.inline, true), resultset.Options{Prefetch: tt.prefetch})
				for i := range 3 {
					if !r.Next() {
						t.Fatal(r.Err())
					}
					time.Sleep(time.Minute)
					synctest.Wait()
					if f.fetches != tt.ahead {
						t.Errorf("row %d: %d fetches, want %d", i, f.fetches, tt.ahead)
					}
					if limit := tt.ahead + min(tt.inline, 1); f.open != limit {
						t.Errorf("row %d: %d messages in memory, want %d", i, f.open, limit)
					}
				}
				if err := r.Close(); err != nil {
					t.Error(err)
				}
				f.checkClosed(1)
			})
		})
	}
}

// TestCallerDecodesWhileTheWorkerDoes: a caller who comes while the worker decodes the second of two messages decodes the first;
// one who needs what the worker decodes waits for it.
func TestCallerDecodesWhileTheWorkerDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, j := &fake{tb: t, table: numbered(34)}, newJournal()
		j.watch(f, time.Second, 5*time.Second)
		for b, err := range f.rows(t.Context(), f.header(4, true), resultset.Options{}).Batches() {
			if err != nil {
				t.Fatal(err)
			}
			j.note("rows from %d", b.Start())
			if b.Start() == 0 {
				time.Sleep(4 * time.Second)
			}
		}
		f.checkClosed(1)
		j.check(t,
			" 0s rows from 0",
			" 0s fetch 0",
			" 1s fetch 1",
			" 7s decoded 1", // from 2 s on
			" 7s fetch 2",
			" 9s decoded 0", // from 4 s on
			" 9s rows from 4",
			" 9s rows from 14",
			"13s decoded 2", // from 8 s on
			"13s rows from 24",
			"13s close",
		)
	})
}

// TestDecodingAheadFails: what a source's Finish panics with or returns reaches the caller behind the rows before, once, whether
// the caller or the worker decodes.
func TestDecodingAheadFails(t *testing.T) {
	broken := errors.New("broken")
	for _, busy := range []time.Duration{0, time.Minute} {
		for _, panics := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				f, finished := &fake{tb: t, table: numbered(54)}, 0
				f.answer = func(n int, m resultset.Message) resultset.Message {
					if n == 2 {
						m.Finish = func(int) error {
							finished++
							if panics {
								panic(broken)
							}
							return broken
						}
					}
					return m
				}
				r := f.rows(t.Context(), f.header(4, true), resultset.Options{})
				rows := 0
				var got error
				func() {
					defer func() {
						if panics {
							got, _ = recover().(error)
						}
					}()
					for _, err := range r.Batches() {
						if err != nil {
							got = err
							break
						}
						rows++
						time.Sleep(busy)
					}
				}()
				if !errors.Is(got, broken) || rows != 3 || finished != 1 {
					t.Errorf("busy for %v, panics %t: got %v after %d batches, finished %d times; want the error after 3, once", busy, panics, got, rows, finished)
				}
				_ = r.Close()
				f.checkClosed(atMostOne)
			})
		}
	}
}

// TestNoIdleGoroutine: a caller that leaves rows alone without closing them holds the handle, but no goroutine. (The
// bubble would not end otherwise.)
func TestNoIdleGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{tb: t, table: numbered(200)}
		r := f.rows(t.Context(), f.header(4, true), resultset.Options{})
		for range 20 {
			r.Next()
		}
	})
}

// TestCancelEndsPrefetch ends the context while nobody waits: the worker stops, and nothing more is fetched.
func TestCancelEndsPrefetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		f := &fake{tb: t, table: numbered(200)}
		f.onFetch = func(ctx context.Context, _ int) error { return sleep(ctx, time.Hour) }
		r := f.rows(ctx, f.header(4, true), resultset.Options{Prefetch: 5})
		r.Next()
		synctest.Wait()
		cancel()
		began := time.Now()
		synctest.Wait()
		if r.Next() {
			t.Error("a row after the end of the context")
		}
		if took := time.Since(began); took != 0 || f.fetches != 1 {
			t.Errorf("took %v and %d fetches, want none and 1", took, f.fetches)
		}
		f.checkClosed(1)
	})
}

// A caller who always waits is served by one goroutine, which does not end as soon as it has one chunk for him.
func TestOneWorkerForAWaitingCaller(t *testing.T) {
	workers := map[string]bool{}
	f := &fake{tb: t, table: numbered(200), step: 1}
	f.onFetch = func(context.Context, int) error {
		var stack [64]byte
		id, _, _ := strings.Cut(string(stack[:runtime.Stack(stack[:], false)]), "[")
		workers[id] = true // fetches come one after the other
		for range 20 {
			runtime.Gosched() // until the caller waits
		}
		return nil
	}
	rows := f.rows(t.Context(), f.header(0, true), resultset.Options{})
	n := 0
	for _, err := range rows.Batches() {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 200 || len(workers) > 20 {
		t.Errorf("%d chunks by %d goroutines", n, len(workers))
	}
}
