package resultset_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

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

// Batch gives the place of the cursor in its batch, and a new batch for each message.
func TestRowsBatch(t *testing.T) {
	f := &fake{tb: t, table: numbered(35)}
	rows := f.rows(t.Context(), f.header(4, true), resultset.Options{})
	if b, _ := rows.Batch(); b != nil {
		t.Error("a batch before the first row")
	}
	var last *resultset.Batch
	next, batches := 0, 0
	for rows.Next() {
		b, row := rows.Batch()
		if b != last {
			last, next, batches = b, 0, batches+1
		}
		if row != next || row >= b.Len() {
			t.Errorf("row %d of %d instead of %d", row, b.Len(), next)
		}
		next++
	}
	if b, _ := rows.Batch(); b != nil || batches < 2 || rows.Err() != nil {
		t.Errorf("%d batches, %v", batches, rows.Err())
	}
	if b, _ := (*resultset.Rows)(nil).Batch(); b != nil {
		t.Error("nil Rows have a batch")
	}
}
