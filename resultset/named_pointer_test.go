package resultset_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/resultset"
)

type (
	count   int64
	scanned struct{ V any }

	pointerToInt     *int64
	pointerToCount   *count
	pointerToPointer **count
	pointerToScanned *scanned
)

func (s *scanned) Scan(v any) error { s.V = v; return nil }

// A pointer type with a name is as good as one without.
func TestNamedPointers(t *testing.T) {
	open := func() *resultset.Rows {
		tab := table{cols: []commands.ColumnInfo{column("K", decimalType(18, 0))}, rows: [][]string{{"7"}, {"null"}}}
		return (&fake{tb: t, table: tab, step: 1}).rows(t.Context(), (&fake{tb: t, table: tab}).header(2, false), resultset.Options{})
	}
	collectNamed[pointerToInt](t, open(), func(p pointerToInt) any { return *p }, int64(7))
	collectNamed[pointerToCount](t, open(), func(p pointerToCount) any { return *p }, count(7))
	collectNamed[pointerToPointer](t, open(), func(p pointerToPointer) any { return **p }, count(7))
	collectNamed[struct{ K pointerToCount }](t, open(), func(s struct{ K pointerToCount }) any { return *s.K }, count(7))
	all, err := resultset.Collect[pointerToScanned](open())
	if err != nil || len(all) != 2 || all[0].V != int64(7) {
		t.Errorf("pointers to a Scanner: %v, %v", all, err)
	}

	var i int64
	var n count
	pn := new(count)
	var s scanned
	var p pointerToCount
	for _, dst := range []any{pointerToInt(&i), pointerToCount(&n), pointerToPointer(&pn), pointerToScanned(&s), &p} {
		rows := open()
		if !rows.Next() {
			t.Fatal(rows.Err())
		}
		if err := rows.Scan(dst); err != nil {
			t.Errorf("Scan into %T: %v", dst, err)
		}
		if err := rows.Close(); err != nil {
			t.Error(err)
		}
	}
	if diff := cmp.Diff([]any{int64(7), count(7), count(7), int64(7), count(7)}, []any{i, n, *pn, s.V, *p}); diff != "" {
		t.Errorf("Scan (-want +got):\n%s", diff)
	}
}

// collectNamed reads a value and a NULL.
func collectNamed[T comparable](t *testing.T, rows *resultset.Rows, value func(T) any, want any) {
	t.Helper()
	var zero T
	all, err := resultset.Collect[T](rows)
	if err != nil || len(all) != 2 || all[0] == zero || value(all[0]) != want || all[1] != zero {
		t.Errorf("%T: %v, %v", zero, all, err)
	}
}
