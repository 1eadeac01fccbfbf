package resultset_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/resultset"
	"github.com/google/go-cmp/cmp"
)

// empty makes the fetches [from, to) come without rows, with this as data.
func empty(t *testing.T, from, to int, data string) func(int, resultset.Message) resultset.Message {
	return func(n int, c resultset.Message) resultset.Message {
		if n < from || n >= to {
			return c
		}
		c.NumRows, c.Data = 0, []byte(data)
		c.Finish = func(consumed int) error {
			if consumed != len(data) {
				t.Errorf("%d bytes consumed of %q", consumed, data)
			}
			return nil
		}
		return c
	}
}

// TestEmptyChunks has servers that send chunks without rows before the end, as few as are tolerated and one more.
func TestEmptyChunks(t *testing.T) {
	for _, data := range []string{"", "[]", "[[],[]]"} {
		for _, prefetch := range prefetches {
			for _, way := range wayNames() {
				for _, first := range []int{0, 1, 3} {
					f := &fake{tb: t, table: numbered(35), answer: empty(t, first, first+5, data)}
					got, err := ways[way](f.rows(t.Context(), f.header(4, true), resultset.Options{Prefetch: prefetch}))
					if diff := cmp.Diff(records(0, 35), got); diff != "" || err != nil {
						t.Errorf("%s, %q from fetch %d on: %v, rows (-want +got):\n%s", way, data, first, err, diff)
					}
					f.checkClosed(1)

					f = &fake{tb: t, table: numbered(35), answer: empty(t, first, first+6, data)}
					_, err = ways[way](f.rows(t.Context(), f.header(4, true), resultset.Options{Prefetch: prefetch}))
					if broken := (*resultset.DataError)(nil); !errors.As(err, &broken) || len(f.failures) != 1 || f.fetches != first+6 {
						t.Errorf("%s, %q from fetch %d on: %v, %d failures, %d fetches", way, data, first, err, len(f.failures), f.fetches)
					}
					contains(t, err, " of 35 on, 6 times in a row")
				}
			}
		}
	}
}

// TestEmptyChunksInPairs has more empty chunks than are tolerated in a row, but never in a row.
func TestEmptyChunksInPairs(t *testing.T) {
	f := &fake{tb: t, table: numbered(200)}
	f.answer = func(n int, c resultset.Message) resultset.Message { return empty(t, n-n%3, n-n%3+2, "[]")(n, c) }
	got, err := resultset.Collect[record](f.rows(t.Context(), f.header(4, true), resultset.Options{}))
	if diff := cmp.Diff(records(0, 200), got); diff != "" || err != nil {
		t.Errorf("%v, rows (-want +got):\n%s", err, diff)
	}
}

// TestEmptyChunksAskForMore looks at what is asked for after an empty chunk: a row may be larger than what was.
func TestEmptyChunksAskForMore(t *testing.T) {
	f := &fake{tb: t, table: numbered(5), answer: empty(t, 0, 5, "")}
	r := f.rows(t.Context(), f.header(0, true), resultset.Options{FetchBytes: 20 << 20})
	if _, err := resultset.Collect[record](r); err != nil {
		t.Fatal(err)
	}
	if n := len(f.asked); n != 6 || f.asked[n-1] != 20<<20 {
		t.Errorf("asked for %d", f.asked)
	}
	for i, asked := range f.asked {
		if i > 0 && asked != min(4*f.asked[i-1], 20<<20) || asked > commands.MaxFetchBytes {
			t.Errorf("asked for %d", f.asked)
			break
		}
	}
}

// TestEmptyChunksStop ends the context between two empty chunks of a source that does not look at its context.
func TestEmptyChunksStop(t *testing.T) {
	for _, prefetch := range prefetches {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
			defer cancel()
			fetches := 0
			src := source(func() (resultset.Message, error) {
				fetches++
				time.Sleep(time.Second)
				return resultset.Message{}, nil
			})
			rs := &commands.ResultSet{Handle: fakeHandle, NumRows: 1, Columns: numbered(0).cols}
			_, err := resultset.Collect[record](resultset.Open(ctx, src, rs, resultset.Options{Prefetch: prefetch}))
			if !errors.Is(err, context.DeadlineExceeded) || fetches != 2 {
				t.Errorf("%d fetches, %v", fetches, err)
			}
		})
	}
}

// source is a Source that is nothing but its fetches.
type source func() (resultset.Message, error)

func (s source) FetchMessage(context.Context, int, int64, int64) (resultset.Message, error) {
	return s()
}

func (source) CloseHandle(context.Context, int) error { return nil }

func (source) Fail(err error) error { return err }
