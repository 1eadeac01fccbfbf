package resultset_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"testing"

	"github.com/exawire/exawire/resultset"
	"github.com/google/go-cmp/cmp"
)

// TestRoomForAllRows counts the rows that Collect makes room for, one slice after the other: a tenth more than there are, and
// never more than 16 times those that have come.
func TestRoomForAllRows(t *testing.T) {
	var numbers []int64
	for n := range int64(3000) {
		numbers = append(numbers, n)
	}
	for step := int64(4096); step <= 1<<20; step *= 4 { // around the steps of 16, of 64 and of their products
		for _, n := range []int64{step, step + step/16, 5 * step / 4} {
			numbers = append(numbers, n-1, n, n+1)
		}
	}
	for _, numRows := range numbers {
		for _, message := range []int64{1, 2, 7, 63, 64, 65, 1000, 65_537, numRows} {
			if message == 0 || numRows/message > 50_000 {
				continue
			}
			var rows []struct{}
			made := int64(0)
			for int64(len(rows)) < numRows {
				n := int(min(message, numRows-int64(len(rows))))
				next := resultset.MakeRoom(rows, n, numRows)
				room, need := int64(cap(next)), int64(len(rows)+n)
				if len(next) != len(rows) || room < need || room > max(64, 16*need) {
					t.Fatalf("%d rows in messages of %d: room for %d, with %d rows", numRows, message, room, need)
				}
				if room != int64(cap(rows)) {
					made += room
				}
				rows = next[:need]
			}
			if 10*made > 11*numRows {
				t.Errorf("%d rows in messages of %d: room made for %d", numRows, message, made)
			}
			if int64(cap(rows)) != numRows {
				t.Errorf("%d rows in messages of %d: room for %d at the end", numRows, message, cap(rows))
			}
		}
	}
}

// TestRoomForRowsThatNeverCome: what a server announces costs nothing.
func TestRoomForRowsThatNeverCome(t *testing.T) {
	lost := errors.New("connection lost")
	f := &fake{tb: t, table: numbered(30), onFetch: func(_ context.Context, n int) error {
		if n > 0 {
			return lost
		}
		return nil
	}}
	header := f.header(10, true)
	header.NumRows = 1 << 40
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got, err := resultset.Collect[record](f.rows(t.Context(), header, resultset.Options{Prefetch: -1}))
	runtime.ReadMemStats(&after)
	if got != nil || !errors.Is(err, lost) {
		t.Errorf("got %v, %v", got, err)
	}
	if bytes := after.TotalAlloc - before.TotalAlloc; bytes > 1<<20 {
		t.Errorf("%d bytes allocated for 20 rows", bytes)
	}
}

// TestCollectAllSizes collects results of all sizes in messages of all sizes, with and without a known number of rows.
func TestCollectAllSizes(t *testing.T) {
	for _, n := range []int{0, 1, 2, 64, 65, 66, 300, 1025} {
		for _, step := range []int{1, 16, 100, 2000} {
			for _, inline := range []int{0, min(n, 3), n} {
				f := &fake{tb: t, table: numbered(n), step: step}
				all, err := resultset.Collect[record](f.rows(t.Context(), f.header(inline, inline < n), resultset.Options{}))
				checkCollected(t, fmt.Sprintf("%d rows, %d inline, then %d at a time", n, inline, step), n, all, err)
				if cap(all) != n {
					t.Errorf("%d rows, %d inline, then %d at a time: room for %d", n, inline, step, cap(all))
				}
				s := newStream(t, n, step, io.EOF)
				all, err = resultset.Collect[record](openStream(t.Context(), s, inline, true, resultset.Options{}))
				checkCollected(t, fmt.Sprintf("a stream of %d rows, %d inline, then %d at a time", n, inline, step), n, all, err)
			}
		}
	}
}

func checkCollected(t *testing.T, what string, n int, all []record, err error) {
	t.Helper()
	if err != nil || all == nil {
		t.Errorf("%s: %v, %v", what, all == nil, err)
	}
	if diff := cmp.Diff(records(0, n), all); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
