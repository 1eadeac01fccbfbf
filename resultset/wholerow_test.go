package resultset_test

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"testing"
	"weak"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/resultset"
)

// Maps and slices hold what Row.Value gives, and are the caller's to keep and to change.
func TestMapsAndSlices(t *testing.T) {
	tab := table{
		cols: []commands.ColumnInfo{column("ID", decimalType(18, 0)), column("NAME", varchar(10)), column("PRICE", decimalType(9, 2)), column("name", varchar(10))},
		rows: [][]string{{`1`, `"a"`, `"1.50"`, `null`}, {`2`, `null`, `"-0.01"`, `"b"`}},
	}
	for i := range 300 {
		tab.rows = append(tab.rows, []string{fmt.Sprint(i + 3), `"x"`, `"0.00"`, `"y"`})
	}
	open := func() *resultset.Rows {
		f := &fake{tb: t, table: tab, step: 100}
		return f.rows(t.Context(), f.header(10, true), resultset.Options{})
	}
	var wantMaps []map[string]any
	var wantSlices [][]any
	for row, err := range open().All() {
		if err != nil {
			t.Fatal(err)
		}
		m := map[string]any{}
		var s []any
		for i, c := range row.Columns() {
			v, err := row.Value(i)
			if err != nil {
				t.Fatal(err)
			}
			m[c.Name] = v
			s = append(s, v)
		}
		scanned, err := resultset.Scan[map[string]any](row)
		if diff := cmp.Diff(m, scanned, compareDecimals); err != nil || diff != "" {
			t.Fatalf("Scan: %v (-want +got):\n%s", err, diff)
		}
		wantMaps, wantSlices = append(wantMaps, m), append(wantSlices, s)
	}
	if len(wantMaps) != 302 || len(wantMaps[0]) != 4 || wantMaps[0]["name"] != nil {
		t.Fatalf("%d rows, the first is %v", len(wantMaps), wantMaps[0])
	}

	maps, err := resultset.Collect[map[string]any](open())
	if diff := cmp.Diff(wantMaps, maps, compareDecimals); err != nil || diff != "" {
		t.Errorf("Collect of maps: %v (-want +got):\n%s", err, diff)
	}
	slices, err := resultset.Collect[[]any](open())
	if diff := cmp.Diff(wantSlices, slices, compareDecimals); err != nil || diff != "" {
		t.Errorf("Collect of slices: %v (-want +got):\n%s", err, diff)
	}
	n := 0
	var last map[string]any
	for m, err := range resultset.Each[map[string]any](open()) {
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(wantMaps[n], m, compareDecimals); diff != "" {
			t.Fatalf("row %d (-want +got):\n%s", n, diff)
		}
		clear(last)
		last = m
		n++
	}
	if n != len(wantMaps) {
		t.Errorf("Each gave %d rows", n)
	}
}

var compareDecimals = cmp.Comparer(func(a, b resultset.Decimal) bool { return a == b })

func TestOneMap(t *testing.T) {
	got, err := resultset.One[map[string]any](of(t, cols("A", "B"), 1))
	if diff := cmp.Diff(map[string]any{"A": int64(0), "B": int64(0)}, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if got, err := resultset.One[map[string]any](of(t, cols("A"), 0)); got != nil || !errors.Is(err, resultset.ErrNoRows) {
		t.Errorf("no rows: %v, %v", got, err)
	}
	_, err = resultset.Collect[map[string]any](of(t, cols("A", "B", "A"), 2))
	contains(t, err, `exawire: scan into map[string]any: columns 1 and 3 have the same name "A": give one another with AS, or read into []any`)
}

// A pointer to a struct is a new struct for each row, also when blocks are used again.
func TestPointersToStructs(t *testing.T) {
	type ab struct {
		A int
		B *int
	}
	var kept []*ab
	for range 2 {
		n := 0
		for p, err := range resultset.Each[*ab](of(t, cols("A", "B"), 700)) {
			if err != nil {
				t.Fatal(err)
			}
			kept = append(kept, p)
			n++
		}
		all, err := resultset.Collect[*ab](of(t, cols("A", "B"), 700))
		if err != nil || n != 700 {
			t.Fatalf("%d rows, %v", n, err)
		}
		kept = append(kept, all...)
	}
	seen := map[*ab]bool{}
	for i, p := range kept {
		if seen[p] || p.A != i%700 || *p.B != 2*(i%700) {
			t.Fatalf("row %d: seen before: %v, %v %v", i, seen[p], p.A, *p.B)
		}
		seen[p] = true
		p.A, *p.B = -1, -1
	}
	one, err := resultset.One[*ab](of(t, cols("A", "B"), 1))
	if err != nil || *one.B != 0 {
		t.Errorf("One: %v, %v", one, err)
	}
	var scanned []*ab
	for row, err := range of(t, cols("A", "B"), 5).All() {
		if err != nil {
			t.Fatal(err)
		}
		p, err := resultset.Scan[*ab](row)
		if err != nil {
			t.Fatal(err)
		}
		scanned = append(scanned, p)
	}
	for i, p := range scanned {
		if p.A != i || *p.B != 2*i {
			t.Errorf("Scan: row %d is %v", i, *p)
		}
	}
}

// A value that does not fit stops at its row, with the place of the field.
func TestPointersToStructsStopAtNull(t *testing.T) {
	n := 0
	var last error
	for p, err := range resultset.Each[*pair](textPairs(t, "x", 300, 200)) {
		if last = err; err != nil {
			if p != nil {
				t.Errorf("the error comes with %v", p)
			}
			continue
		}
		n++
	}
	var scan *resultset.ScanError
	if !errors.Is(last, resultset.ErrNull) || !errors.As(last, &scan) || scan.Row != 200 || scan.Index != 0 || scan.Go != "string" || n != 200 {
		t.Errorf("%d rows, %v", n, last)
	}
}

// A row that is a pointer costs the struct that it points to, and nothing else.
func TestPointersToStructsAllocate(t *testing.T) {
	batch := mixedBatch(t)
	// What a reader keeps for the next one is in a pool, which loses things: to the garbage collector, and at random
	// under the race detector. The best of several runs is one that found it there.
	measure := func(read func(*resultset.Rows) error) float64 {
		best := math.Inf(1)
		for range 15 {
			best = min(best, testing.AllocsPerRun(1, func() {
				if err := read(resultset.RowsOver(batch)); err != nil {
					t.Fatal(err)
				}
			}))
		}
		return best
	}
	values := measure(func(r *resultset.Rows) error {
		for _, err := range resultset.Each[mixed](r) {
			if err != nil {
				return err
			}
		}
		return nil
	})
	pointers := measure(func(r *resultset.Rows) error {
		for _, err := range resultset.Each[*mixed](r) {
			if err != nil {
				return err
			}
		}
		return nil
	})
	if more := pointers - values - benchRows; more < -10 || more > 10 {
		t.Errorf("%v allocations for values and %v for pointers of %d rows", values, pointers, benchRows)
	}
	slices := measure(func(r *resultset.Rows) error {
		_, err := resultset.Collect[[]any](r)
		return err
	})
	if limit := float64(benchRows * 6 / 10); slices > limit { // rows share memory, and so do their values
		t.Errorf("%v allocations for slices of %d rows, want %v at most", slices, benchRows, limit)
	}
}

//go:noinline
func lastPointed(t *testing.T) weak.Pointer[string] {
	type row struct {
		K int64
		S *string
	}
	f := &fake{tb: t, table: numbered(5)}
	var last weak.Pointer[string]
	for v, err := range resultset.Each[*row](f.rows(t.Context(), f.header(5, false), resultset.Options{})) {
		if err != nil {
			t.Fatal(err)
		}
		last = weak.Make(v.S)
	}
	return last
}

// The structs in which values were put together do not keep them.
func TestBlocksOfPointersKeepNoValues(t *testing.T) {
	last := lastPointed(t)
	runtime.GC()
	if v := last.Value(); v != nil {
		t.Errorf("%q is still there", *v)
	}
}
