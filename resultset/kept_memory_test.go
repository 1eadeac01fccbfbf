package resultset_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"
	"weak"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/resultset"
	"github.com/google/go-cmp/cmp"
)

// Memory is made for bytes that came, not for rows that a server claims.
func TestDecodeClaimedRows(t *testing.T) {
	const claimed = 1 << 24
	cols := []commands.ColumnInfo{column("K", decimalType(18, 0)), column("S", varchar(9))}
	var b resultset.Batch
	decoder := resultset.NewDecoder(cols, resultset.Formats{})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := decoder.Decode(&b, []byte(`[[1],["a"]]`), 0, claimed)
	runtime.ReadMemStats(&after)
	var broken *resultset.DataError
	if !errors.As(err, &broken) || !strings.Contains(err.Error(), "too short") {
		t.Errorf("error is %v", err)
	}
	if got := after.TotalAlloc - before.TotalAlloc; got > claimed {
		t.Errorf("%d bytes were allocated for 11", got)
	}
}

// What is kept of a bad value is small, since a message can consist of them.
func TestBadValuesMemory(t *testing.T) {
	const rows = 1 << 18
	data := []byte("[[" + strings.Repeat(`"",`, rows-1) + `""]]`)
	decoder := resultset.NewDecoder([]commands.ColumnInfo{column("K", decimalType(18, 2))}, resultset.Formats{})
	var b resultset.Batch
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := decoder.Decode(&b, data, 0, rows)
	runtime.ReadMemStats(&after)
	if got := (after.TotalAlloc - before.TotalAlloc) / rows; err != nil || got > 140 { // as the list grows it is copied
		t.Errorf("%d bytes were allocated for each value, %v", got, err)
	}
}

// lastValue reads rows and returns its last value, which nobody else keeps.
//
//go:noinline
func lastValue(t *testing.T, f *fake) weak.Pointer[string] {
	type row struct {
		K int64
		S *string
	}
	var last weak.Pointer[string]
	for v, err := range resultset.Each[row](f.rows(t.Context(), f.header(5, false), resultset.Options{})) {
		if err != nil {
			t.Fatal(err)
		}
		last = weak.Make(v.S)
	}
	return last
}

// What a block of rows was used for is not kept with it until somebody needs a block again.
func TestBlocksKeepNoValues(t *testing.T) {
	last := lastValue(t, &fake{tb: t, table: numbered(5)})
	runtime.GC() // the pool keeps its blocks for one more
	if v := last.Value(); v != nil {
		t.Errorf("%q is still there", *v)
	}
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

// Chunks that do not say how their values are written have the formats of the result set.
func TestChunksWithoutFormats(t *testing.T) {
	tab := table{cols: []commands.ColumnInfo{column("D", typed(commands.Date))}, rows: [][]string{{`"02.01.2024"`}, {`"03.01.2024"`}, {`"04.01.2024"`}}}
	for _, inline := range []int{0, 1} {
		f := &fake{tb: t, table: tab, step: 1}
		got, err := resultset.Collect[time.Time](f.rows(t.Context(), f.header(inline, true), resultset.Options{Formats: resultset.Formats{Date: "DD.MM.YYYY"}}))
		if err != nil {
			t.Fatal(err)
		}
		day := func(n int) time.Time { return time.Date(2024, 1, n, 0, 0, 0, 0, time.UTC) }
		if diff := cmp.Diff([]time.Time{day(2), day(3), day(4)}, got); diff != "" {
			t.Errorf("%d inline (-want +got):\n%s", inline, diff)
		}
	}
}

// A fetch that was held up says nothing of the link, also later, when it is compared with others than the one that has
// shown it.
func TestFetchSizeForgetsHeldUpFetches(t *testing.T) {
	const mib = 1 << 20
	s := resultset.NewFetchSize(64*mib, 0)
	s.Observe(1*mib, 1000, 1*mib, 100*time.Millisecond, 0, true, false)         // held up
	s.Observe(39*mib/10, 1000, 39*mib/10, 50*time.Millisecond, 0, true, false)  // shows it
	s.Observe(41*mib/10, 1000, 41*mib/10, 200*time.Millisecond, 0, true, false) // too near to the second in size
	if got := s.Request(1 << 40); got != 8*mib {
		t.Errorf("the next fetch asks for %d bytes, want twice the size before", got)
	}
}
