package resultset_test

import (
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"weak"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/resultset"
)

// pair is a row of a table that textPairs opens.
type pair struct {
	A string
	B sql.Null[string]
}

// textPairs opens n rows. B is NULL in every third; A is NULL in row null, if there is such a row.
func textPairs(tb testing.TB, prefix string, n, null int) *resultset.Rows {
	tb.Helper()
	t := table{cols: []commands.ColumnInfo{textCol("A", 2000), textCol("B", 2000)}}
	for i := range n {
		a, b := pairText(prefix, i)
		row := []string{fmt.Sprintf("%q", a), fmt.Sprintf("%q", b)}
		if i == null {
			row[0] = "null"
		}
		if i%3 == 0 {
			row[1] = "null"
		}
		t.rows = append(t.rows, row)
	}
	f := &fake{tb: tb, table: t, step: 1000}
	return f.rows(tb.Context(), f.header(n, false), resultset.Options{})
}

// pairText gives short texts, and now and then a long one.
func pairText(prefix string, i int) (a, b string) {
	return fmt.Sprint(prefix, i), strings.Repeat(fmt.Sprint(prefix, "-", i, " "), 1+i%50*3)
}

func wantPairs(prefix string, n int) []pair {
	want := []pair{}
	for i := range n {
		a, b := pairText(prefix, i)
		p := pair{A: a}
		if i%3 != 0 {
			p.B = sql.Null[string]{V: b, Valid: true}
		}
		want = append(want, p)
	}
	return want
}

// TestBlocksAreUsedAgain: values stay what they were when the same block serves other rows, at the same time or later, and
// rows with columns of other types.
func TestBlocksAreUsedAgain(t *testing.T) {
	var outer []pair
	for p, err := range resultset.Each[pair](textPairs(t, "outer", 500, -1)) {
		if err != nil {
			t.Fatal(err)
		}
		outer = append(outer, p)
		if len(outer)%200 == 0 {
			inner, err := resultset.Collect[pair](textPairs(t, "inner", 300, -1))
			if diff := cmp.Diff(wantPairs("inner", 300), inner); err != nil || diff != "" {
				t.Fatalf("inner rows, error %v (-want +got):\n%s", err, diff)
			}
		}
	}
	numbers, err := resultset.Collect[pair](of(t, cols("A", "B"), 2))
	if want := []pair{{"0", sql.Null[string]{V: "0", Valid: true}}, {"1", sql.Null[string]{V: "2", Valid: true}}}; err != nil || !cmp.Equal(want, numbers) {
		t.Errorf("got %v, %v, want %v", numbers, err, want)
	}
	if diff := cmp.Diff(wantPairs("outer", 500), outer); diff != "" {
		t.Errorf("outer rows (-want +got):\n%s", diff)
	}
}

// TestNullStopsAtItsRow puts a NULL that has no place to go at every row in turn.
func TestNullStopsAtItsRow(t *testing.T) {
	const n = 300
	want := wantPairs("x", n)
	for null := range n {
		var got []pair
		var last error
		for p, err := range resultset.Each[pair](textPairs(t, "x", n, null)) {
			if last = err; err == nil {
				got = append(got, p)
			}
		}
		var scan *resultset.ScanError
		if !errors.Is(last, resultset.ErrNull) || !errors.As(last, &scan) || scan.Row != int64(null) || scan.Index != 0 {
			t.Fatalf("NULL at row %d: %v", null, last)
		}
		if len(got) != null || !slices.Equal(want[:null], got) {
			t.Fatalf("NULL at row %d: %d rows before it, or wrong ones", null, len(got))
		}
	}
}

// ints opens n rows of one column, each with its number.
func ints(tb testing.TB, n int) *resultset.Rows { return of(tb, cols("A"), n) }

// TestScalarsAreUsedAgain is TestBlocksAreUsedAgain for types that take one column: in loops within loops, and after loops
// that were left early or by a panic.
func TestScalarsAreUsedAgain(t *testing.T) {
	const n = 700
	var want []int64
	for i := range n {
		want = append(want, int64(i))
	}
	var kept []*int64
	var outer []int64
	for v, err := range resultset.Each[int64](ints(t, n)) {
		if err != nil {
			t.Fatal(err)
		}
		outer = append(outer, v)
		switch v % 100 {
		case 0:
			if inner, err := resultset.Collect[int64](ints(t, n)); err != nil || !slices.Equal(want, inner) {
				t.Fatalf("inner rows: %v", err)
			}
		case 1:
			for range resultset.Each[int64](ints(t, n)) {
				break
			}
		case 2:
			func() {
				defer func() { _ = recover() }()
				for range resultset.Each[int64](ints(t, n)) {
					panic("in the loop")
				}
			}()
		case 3:
			more, err := resultset.Collect[*int64](ints(t, n))
			if err != nil {
				t.Fatal(err)
			}
			kept = append(kept, more...)
		}
	}
	if !slices.Equal(want, outer) {
		t.Error("outer rows are not what they were")
	}
	for i, p := range kept {
		if *p != want[i%n] {
			t.Fatalf("pointer %d: %d, want %d", i, *p, want[i%n])
		}
	}
}

// TestScalarsOfOtherColumns: what is kept for a type does not hide that rows do not fit it.
func TestScalarsOfOtherColumns(t *testing.T) {
	for range 2 {
		if v, err := resultset.One[int64](ints(t, 1)); v != 0 || err != nil {
			t.Errorf("one column: %d, %v", v, err)
		}
		if _, err := resultset.One[int64](of(t, cols("A", "B"), 1)); err == nil {
			t.Error("two columns are no error")
		}
		if v, err := resultset.One[int64](of(t, cols("A", "B"), 1), resultset.Lax()); v != 0 || err != nil {
			t.Errorf("two columns with Lax: %d, %v", v, err)
		}
		if _, err := resultset.One[int64](of(t, nil, 0)); err == nil {
			t.Error("no column is no error")
		}
		if _, err := resultset.One[map[string]int](ints(t, 1)); err == nil {
			t.Error("a map is no error")
		}
		var scan *resultset.ScanError
		if _, err := resultset.One[bool](of(t, cols("other"), 1)); !errors.As(err, &scan) || scan.Column != "other" {
			t.Errorf("a number for a bool: %v", err)
		}
		if _, err := resultset.One[int8](of(t, cols("name"), 1)); err != nil {
			t.Error(err)
		}
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

// shortAndLong reads a long text and a short one, each behind a pointer, and returns the short one.
//
//go:noinline
func shortAndLong(t *testing.T) (short *string, long weak.Pointer[string]) {
	type row struct {
		K int64
		S *string
	}
	table := numbered(300)
	table.cols[1] = column("S", varchar(5000))
	table.rows[210][1] = `"` + strings.Repeat("x", 5000) + `"`
	f := &fake{tb: t, table: table}
	rows, err := resultset.Collect[row](f.rows(t.Context(), f.header(300, false), resultset.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	*rows[209].S = "changed"
	if *rows[210].S != strings.Repeat("x", 5000) || *rows[211].S != "row 211" {
		t.Errorf("%.10q, %q", *rows[210].S, *rows[211].S)
	}
	return rows[211].S, weak.Make(rows[210].S)
}

// A value that is kept does not keep a long text, although values behind pointers are allocated together.
func TestPointersKeepNoLongText(t *testing.T) {
	short, long := shortAndLong(t)
	runtime.GC()
	if long.Value() != nil {
		t.Error("the long text is still there")
	}
	runtime.KeepAlive(short)
}

// What a block of rows was used for is not kept with it until somebody needs a block again.
func TestBlocksKeepNoValues(t *testing.T) {
	last := lastValue(t, &fake{tb: t, table: numbered(5)})
	runtime.GC() // the pool keeps its blocks for one more
	if v := last.Value(); v != nil {
		t.Errorf("%q is still there", *v)
	}
}
