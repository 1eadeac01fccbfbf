package resultset_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/resultset"
)

var prefetches = []int{-1, 0, 3}

// TestShapes reads every shape of a result in every way: they must not be told apart.
func TestShapes(t *testing.T) {
	tests := []struct {
		name         string
		rows, inline int
		handle       bool
	}{
		{"empty", 0, 0, false},
		{"empty with handle", 0, 0, true},
		{"one row in the message", 1, 1, false},
		{"all in the message", 25, 25, false},
		{"all in the message, and a handle", 25, 25, true},
		{"some in the message", 25, 7, true},
		{"one missing", 25, 24, true},
		{"none in the message", 25, 0, true},
		{"one to fetch", 1, 0, true},
		{"many chunks", 995, 3, true},
	}
	for _, tt := range tests {
		for _, prefetch := range prefetches {
			for _, way := range wayNames() {
				t.Run(fmt.Sprintf("%s/prefetch %d/%s", tt.name, prefetch, way), func(t *testing.T) {
					f := &fake{tb: t, table: numbered(tt.rows)}
					r := f.rows(t.Context(), f.header(tt.inline, tt.handle), resultset.Options{Prefetch: prefetch})
					if got := r.NumRows(); got != int64(tt.rows) {
						t.Errorf("NumRows is %d, want %d", got, tt.rows)
					}
					if diff := cmp.Diff(f.table.cols, r.Columns()); diff != "" {
						t.Errorf("columns (-want +got):\n%s", diff)
					}
					got, err := ways[way](r)
					if err != nil {
						t.Fatal(err)
					}
					if diff := cmp.Diff(records(0, tt.rows), got); diff != "" {
						t.Errorf("rows (-want +got):\n%s", diff)
					}
					// Read to the end, everything is closed without Close.
					closes := 0
					if tt.handle {
						closes = 1
					}
					f.checkClosed(closes)
					if want := (tt.rows - tt.inline + f.step - 1) / f.step; f.fetches != want {
						t.Errorf("%d fetches, want %d", f.fetches, want)
					}
					if err := r.Close(); err != nil {
						t.Errorf("close: %v", err)
					}
					f.checkClosed(closes)
				})
			}
		}
	}
}

func TestEmptyColumnsInTheMessage(t *testing.T) {
	for _, data := range []string{"[[],[]]", " [ [ ] , [ ] ] "} {
		f := &fake{tb: t, table: numbered(0)}
		rs := f.header(0, false)
		rs.Data = []byte(data)
		got, err := resultset.Collect[record](f.rows(t.Context(), rs, resultset.Options{}))
		if err != nil || got == nil || len(got) != 0 {
			t.Errorf("%s: got %v, %v; want no rows", data, got, err)
		}
		f.checkClosed(0)
	}
}

// TestBreak leaves the loop at every row.
func TestBreak(t *testing.T) {
	const n, inline = 35, 4
	for _, prefetch := range prefetches {
		for at := range n {
			for _, way := range []string{"all", "each"} {
				f := &fake{tb: t, table: numbered(n)}
				r := f.rows(t.Context(), f.header(inline, true), resultset.Options{Prefetch: prefetch})
				i := 0
				if way == "all" {
					for row, err := range r.All() {
						if err != nil {
							t.Fatal(err)
						}
						if row.Number() == int64(at) {
							break
						}
						i++
					}
				} else {
					for rec, err := range resultset.Each[record](r) {
						if err != nil {
							t.Fatal(err)
						}
						if rec.K == int64(at) {
							break
						}
						i++
					}
				}
				if i != at || r.Err() != nil {
					t.Errorf("%s left at row %d, want %d; error %v", way, i, at, r.Err())
				}
				f.checkClosed(1)
			}
		}
	}
}

func TestBreakOutOfBatches(t *testing.T) {
	for at := range 4 {
		f := &fake{tb: t, table: numbered(35)}
		n := 0
		for range f.rows(t.Context(), f.header(4, true), resultset.Options{}).Batches() {
			if n == at {
				break
			}
			n++
		}
		f.checkClosed(1)
	}
}

func TestCloseInsideTheLoop(t *testing.T) {
	for _, way := range []string{"batches", "all", "each"} {
		f := &fake{tb: t, table: numbered(35)}
		r := f.rows(t.Context(), f.header(4, true), resultset.Options{})
		turns := 0
		stop := func(err error) {
			if err != nil {
				t.Errorf("%s: %v", way, err)
			}
			turns++
			if err := r.Close(); err != nil {
				t.Errorf("%s: close: %v", way, err)
			}
		}
		switch way {
		case "batches":
			for _, err := range r.Batches() {
				stop(err)
			}
		case "all":
			for row, err := range r.All() {
				stop(err)
				if err := row.Scan(new(int), new(string)); err == nil {
					t.Error("a row of closed rows could be scanned")
				}
			}
		case "each":
			for _, err := range resultset.Each[record](r) {
				stop(err)
			}
		}
		if turns != 1 {
			t.Errorf("%s: %d turns after Close in the first", way, turns)
		}
		f.checkClosed(1)
	}
}

func TestCloseUnread(t *testing.T) {
	for _, prefetch := range prefetches {
		for rows := range 15 {
			f := &fake{tb: t, table: numbered(35)}
			r := f.rows(t.Context(), f.header(4, true), resultset.Options{Prefetch: prefetch})
			for range rows {
				if !r.Next() {
					t.Fatal(r.Err())
				}
			}
			for range 3 {
				if err := r.Close(); err != nil {
					t.Error(err)
				}
			}
			f.checkClosed(1)
			if r.Next() || r.Err() != nil {
				t.Errorf("closed rows go on, or have the error %v", r.Err())
			}
			if err := r.Scan(new(int), new(string)); err == nil {
				t.Error("closed rows could be scanned")
			}
		}
	}
}

// TestFetchError lets every fetch fail: the rows before it arrive, the error comes once and last, all is closed.
func TestFetchError(t *testing.T) {
	cause := errors.New("cable cut")
	for _, prefetch := range prefetches {
		for at := range 4 {
			for _, way := range wayNames() {
				f := &fake{tb: t, table: numbered(35)}
				f.onFetch = func(_ context.Context, n int) error {
					if n == at {
						return cause
					}
					return nil
				}
				r := f.rows(t.Context(), f.header(4, true), resultset.Options{Prefetch: prefetch})
				got, err := ways[way](r)
				if !errors.Is(err, cause) || !errors.Is(r.Err(), cause) {
					t.Errorf("%s: error %v, Err %v, want %v", way, err, r.Err(), cause)
				}
				if diff := cmp.Diff(records(0, 4+10*at), got); diff != "" {
					t.Errorf("%s, fetch %d: rows (-want +got):\n%s", way, at, diff)
				}
				if err := r.Close(); err != nil {
					t.Error(err)
				}
				f.checkClosed(1)
			}
		}
	}
}

func TestErrorIsYieldedOnce(t *testing.T) {
	f := &fake{tb: t, table: numbered(35)}
	f.onFetch = func(context.Context, int) error { return errors.New("cable cut") }
	pairs := 0
	for rec, err := range resultset.Each[record](f.rows(t.Context(), f.header(0, true), resultset.Options{})) {
		pairs++ // and no break
		if err == nil || rec != (record{}) {
			t.Errorf("got %v, %v", rec, err)
		}
	}
	if pairs != 1 {
		t.Errorf("%d pairs, want 1", pairs)
	}
	f.checkClosed(1)
}

// TestBrokenAnswers has the server break the protocol in the second fetch.
func TestBrokenAnswers(t *testing.T) {
	extra := errors.New("unexpected end of the message")
	tests := []struct {
		name string
		edit func(*resultset.Message)
		want string
	}{
		{"no rows but data", func(c *resultset.Message) { c.NumRows = 0 }, ""},
		{"no rows but half a document", func(c *resultset.Message) { c.NumRows, c.Data = 0, []byte("[[") }, ""},
		{"negative rows", func(c *resultset.Message) { c.NumRows = -1 }, "-1 rows fetched"},
		{"more rows than missing", func(c *resultset.Message) { c.NumRows = 22 }, "22 rows fetched from row 14 of 35 on"},
		{"all rows there can be", func(c *resultset.Message) { c.NumRows = 1<<63 - 1 }, "rows fetched from row 14"},
		{"no data", func(c *resultset.Message) { c.Data = nil }, "no data"},
		{"fewer rows than data", func(c *resultset.Message) { c.NumRows-- }, ""},
		{"more rows than data", func(c *resultset.Message) { c.NumRows++ }, ""},
		{"a column too few", func(c *resultset.Message) { c.Data = []byte("[[1,2,3,4,5,6,7,8,9,10]]") }, ""},
		{"no JSON", func(c *resultset.Message) { c.Data = []byte("EXECUTING") }, ""},
		{"cut short", func(c *resultset.Message) { c.Data = c.Data[:len(c.Data)/2] }, ""},
		{"something behind it", func(c *resultset.Message) { c.Finish = func(int) error { return extra } }, extra.Error()},
	}
	for _, tt := range tests {
		for _, prefetch := range prefetches {
			for _, way := range wayNames() {
				t.Run(fmt.Sprintf("%s/prefetch %d/%s", tt.name, prefetch, way), func(t *testing.T) {
					f := &fake{tb: t, table: numbered(35)}
					f.answer = func(n int, c resultset.Message) resultset.Message {
						if n == 1 {
							tt.edit(&c)
						}
						return c
					}
					closed := errors.New("session closed")
					f.onFail = func(err error) error { return errors.Join(closed, err) }
					r := f.rows(t.Context(), f.header(4, true), resultset.Options{Prefetch: prefetch})
					got, err := ways[way](r)
					if !errors.Is(err, closed) {
						t.Errorf("error %v is not the one that Fail returned", err)
					}
					contains(t, err, tt.want)
					if dataErr := (*resultset.DataError)(nil); !errors.As(err, &dataErr) && !errors.Is(err, extra) {
						t.Errorf("error %v is no DataError", err)
					}
					if len(f.failures) != 1 {
						t.Errorf("Fail called %d times, want 1: %v", len(f.failures), f.failures)
					}
					if diff := cmp.Diff(records(0, 14), got); diff != "" {
						t.Errorf("rows (-want +got):\n%s", diff)
					}
					_ = r.Close()
					if prefetch < 0 {
						f.checkClosed(0) // after Fail nothing is sent
					} else {
						f.checkClosed(atMostOne)
					}
				})
			}
		}
	}
}

func TestBrokenHeaders(t *testing.T) {
	tests := []struct {
		name string
		edit func(*commands.ResultSet)
		want string
	}{
		{"negative rows", func(rs *commands.ResultSet) { rs.NumRows = -1 }, "-1 rows"},
		{"negative rows in the message", func(rs *commands.ResultSet) { rs.NumRowsInMessage = -4 }, "-4 in the message"},
		{"more in the message than in all", func(rs *commands.ResultSet) { rs.NumRows = 3 }, "4 rows in the message, but only 3 in all"},
		{"no data", func(rs *commands.ResultSet) { rs.Data = nil }, "no data"},
		{"data but no rows", func(rs *commands.ResultSet) { rs.NumRowsInMessage = 0 }, ""},
		{"rows missing but no handle", func(rs *commands.ResultSet) { rs.Handle = commands.NoHandle }, "no handle"},
		{"no columns", func(rs *commands.ResultSet) { rs.Columns, rs.Data = nil, []byte("[]") }, "35 rows without columns"},
		{"fewer rows than data", func(rs *commands.ResultSet) { rs.NumRowsInMessage = 3 }, ""},
		{"more rows than data", func(rs *commands.ResultSet) { rs.NumRowsInMessage = 5 }, ""},
		{"as many rows as can be", func(rs *commands.ResultSet) { rs.NumRows, rs.NumRowsInMessage = 1<<63-1, 1<<63-1 }, ""},
	}
	for _, tt := range tests {
		for _, way := range wayNames() {
			t.Run(tt.name+"/"+way, func(t *testing.T) {
				f := &fake{tb: t, table: numbered(35)}
				rs := f.header(4, true)
				tt.edit(rs)
				r := f.rows(t.Context(), rs, resultset.Options{Prefetch: -1})
				got, err := ways[way](r)
				if dataErr := (*resultset.DataError)(nil); !errors.As(err, &dataErr) {
					t.Errorf("error %v is no DataError", err)
				}
				contains(t, err, tt.want)
				if len(got) != 0 || len(f.failures) != 1 || f.fetches != 0 {
					t.Errorf("%d rows, %d failures, %d fetches; want none, 1, none", len(got), len(f.failures), f.fetches)
				}
				f.checkClosed(0)
			})
		}
	}
}

func TestNoSource(t *testing.T) {
	f := &fake{tb: t, table: numbered(3)}
	got, err := resultset.Collect[record](resultset.Open(t.Context(), nil, f.header(3, false), resultset.Options{}))
	if err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(records(0, 3), got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	r := resultset.Open(t.Context(), nil, f.header(0, true), resultset.Options{})
	if r.Next() {
		t.Error("rows from nowhere")
	}
	contains(t, r.Err(), "needs a source")
	rs := f.header(3, false)
	rs.NumRows = 4
	r = resultset.Open(t.Context(), nil, rs, resultset.Options{})
	if r.Next() {
		t.Error("rows from a broken header")
	}
	contains(t, r.Err(), "no handle")
}

func TestSecondUse(t *testing.T) {
	use := map[string]func(*resultset.Rows) error{
		"close": func(r *resultset.Rows) error { return r.Close() },
		"one": func(r *resultset.Rows) error {
			_, err := resultset.One[record](r)
			return err
		},
		"collect": func(r *resultset.Rows) error {
			_, err := resultset.Collect[record](r)
			return err
		},
	}
	for name, way := range ways {
		use[name] = func(r *resultset.Rows) error {
			_, err := way(r)
			return err
		}
	}
	for first := range use {
		for second := range use {
			if second == "close" {
				continue
			}
			f := &fake{tb: t, table: numbered(1)}
			r := f.rows(t.Context(), f.header(1, false), resultset.Options{})
			if err := use[first](r); err != nil {
				t.Errorf("%s: %v", first, err)
			}
			err := use[second](r)
			if cursor := []string{"next", "values", "close"}; slices.Contains(cursor, first) && slices.Contains(cursor, second) {
				// A cursor at its end stays there.
				if err != nil {
					t.Errorf("%s after %s: %v", second, first, err)
				}
			} else if !errors.Is(err, resultset.ErrUsed) {
				t.Errorf("%s after %s: error %v, want ErrUsed", second, first, err)
			}
			f.checkClosed(0)
		}
	}
}

func TestNestedUse(t *testing.T) {
	f := &fake{tb: t, table: numbered(35)}
	r := f.rows(t.Context(), f.header(4, true), resultset.Options{})
	n := 0
	for rec, err := range resultset.Each[record](r) {
		if err != nil || rec.K != int64(n) {
			t.Fatal(rec, err)
		}
		n++
		for _, err := range r.All() {
			if !errors.Is(err, resultset.ErrUsed) {
				t.Errorf("an iterator inside another: %v", err)
			}
		}
	}
	if n != 35 {
		t.Errorf("%d rows, want 35", n)
	}
	f.checkClosed(1)

	f = &fake{tb: t, table: numbered(4)}
	r = f.rows(t.Context(), f.header(4, false), resultset.Options{})
	for range r.All() {
		if r.Next() {
			t.Error("Next inside of an iterator")
		}
	}
	if !errors.Is(r.Err(), resultset.ErrUsed) {
		t.Errorf("error %v, want ErrUsed", r.Err())
	}
}

func TestCursorThenIterator(t *testing.T) {
	f := &fake{tb: t, table: numbered(35)}
	r := f.rows(t.Context(), f.header(4, true), resultset.Options{})
	r.Next()
	if _, err := resultset.Collect[record](r); !errors.Is(err, resultset.ErrUsed) {
		t.Errorf("error %v, want ErrUsed", err)
	}
	f.checkClosed(1) // Collect closes in any case
}

func TestOne(t *testing.T) {
	for _, tt := range []struct {
		rows, inline int
		handle       bool
		want         error
	}{
		{0, 0, false, resultset.ErrNoRows},
		{0, 0, true, resultset.ErrNoRows},
		{1, 1, false, nil},
		{1, 0, true, nil},
		{2, 2, false, resultset.ErrTooManyRows},
		{35, 4, true, resultset.ErrTooManyRows},
	} {
		f := &fake{tb: t, table: numbered(tt.rows)}
		got, err := resultset.One[record](f.rows(t.Context(), f.header(tt.inline, tt.handle), resultset.Options{}))
		if !errors.Is(err, tt.want) {
			t.Errorf("%d rows: error %v, want %v", tt.rows, err, tt.want)
		}
		want := record{}
		if tt.want == nil {
			want = record{0, "row 0"}
		}
		if got != want {
			t.Errorf("%d rows: got %v", tt.rows, got)
		}
		closes := 0
		if tt.handle {
			closes = 1
		}
		f.checkClosed(closes)
	}
}

func TestCloseError(t *testing.T) {
	cause := errors.New("no such handle")
	f := &fake{tb: t, table: numbered(35), onClose: func(context.Context) error { return cause }}
	r := f.rows(t.Context(), f.header(4, true), resultset.Options{})
	got, err := resultset.Collect[record](r)
	if err != nil || len(got) != 35 {
		t.Errorf("%d rows, %v: rows that all arrived are complete", len(got), err)
	}
	for range 2 {
		if err := r.Close(); !errors.Is(err, cause) {
			t.Errorf("close: %v, want %v", err, cause)
		}
	}
	f.checkClosed(1)
}

func TestLifetime(t *testing.T) {
	f := &fake{tb: t, table: numbered(25)}
	r := f.rows(t.Context(), f.header(0, true), resultset.Options{})
	var kept *resultset.Batch
	var stale []resultset.Row
	for b, err := range r.Batches() {
		if err != nil {
			t.Fatal(err)
		}
		if kept == nil {
			kept = b.Clone()
		}
	}
	s, err := kept.Text(1)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.String(9); got != "row 9" {
		t.Errorf("kept text is %q", got)
	}
	r = f.rows(t.Context(), f.header(25, false), resultset.Options{})
	for row, err := range r.All() {
		if err != nil {
			t.Fatal(err)
		}
		stale = append(stale, row)
	}
	for _, row := range append(stale, resultset.Row{}) {
		if _, err := row.Values(); err == nil {
			t.Error("a row of closed rows has values")
		}
		if _, err := row.Value(0); err == nil {
			t.Error("a row of closed rows has a value")
		}
		if _, err := resultset.Scan[record](row); err == nil {
			t.Error("a row of closed rows could be scanned")
		}
		if row.Number() != -1 {
			t.Errorf("a row of closed rows has the number %d", row.Number())
		}
	}
}

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

func TestStreamsLargerThanMemoryBounds(t *testing.T) {
	// One row per fetch, whatever was asked for.
	f := &fake{tb: t, table: numbered(500), step: 1}
	got, err := resultset.Collect[record](f.rows(t.Context(), f.header(0, true), resultset.Options{FetchBytes: 1}))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(records(0, 500), got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	for _, n := range f.asked {
		if n != 1 {
			t.Fatalf("asked for %d bytes, want 1", n)
		}
	}
	f.checkClosed(1)
}

func TestFormatsOfChunks(t *testing.T) {
	f := &fake{tb: t, table: table{
		cols: []commands.ColumnInfo{column("D", typed(commands.Date))},
		rows: [][]string{{`"2024-06-18"`}, {`"18.06.2024"`}, {`"2024-06-18"`}},
	}, step: 1}
	f.answer = func(n int, c resultset.Message) resultset.Message {
		if n == 0 {
			c.Formats.Date = "DD.MM.YYYY"
		}
		return c
	}
	for _, prefetch := range prefetches {
		f.fetches, f.closes, f.onCloses = 0, 0, 0
		o := resultset.Options{Prefetch: prefetch, Formats: resultset.Formats{Date: "YYYY-MM-DD"}}
		got, err := resultset.Collect[time.Time](f.rows(t.Context(), f.header(1, true), o))
		day := time.Date(2024, 6, 18, 0, 0, 0, 0, time.UTC)
		if diff := cmp.Diff([]time.Time{day, day, day}, got); diff != "" || err != nil {
			t.Errorf("prefetch %d: %v, dates (-want +got):\n%s", prefetch, err, diff)
		}
		f.checkClosed(1)
	}
}

func TestScanErrorText(t *testing.T) {
	err := &resultset.ScanError{
		Column: "PRICE", Index: 2, Row: 41, Type: decimalType(18, 2), Go: "int64", Err: resultset.ErrNull,
	}
	want := `exawire: scan column 2 "PRICE", row 41, from DECIMAL(18,2) into int64: `
	if got := err.Error(); !strings.HasPrefix(got, want) || !errors.Is(err, resultset.ErrNull) {
		t.Errorf("error %q does not begin with %q", got, want)
	}
}
