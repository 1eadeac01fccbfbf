package fields_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/internal/fields"
)

// closeness says by which rule a field's name is that of a column: 0 letter for letter, 1 a tag regardless of case, 2 a
// field's own name regardless of case and underscores, 3 not at all.
func closeness(name string, tagged bool, column string) int {
	plain := func(s string) string { return strings.ReplaceAll(s, "_", "") }
	switch {
	case name == column:
		return 0
	case tagged && strings.EqualFold(name, column):
		return 1
	case !tagged && strings.EqualFold(plain(name), plain(column)):
		return 2
	}
	return 3
}

// slowMap compares every field with every column, rule by rule. It returns the field of each column, -1 for none; ok is
// false if two are as good.
func slowMap(names []string, tagged []bool, columns []string) (owners []int, ok bool) {
	owners = make([]int, len(columns))
	for i := range owners {
		owners[i] = -1
	}
	found := make([]bool, len(names))
	for rule := range 3 {
		type pair struct{ field, column int }
		var pairs []pair
		for f := range names {
			for c := range columns {
				if !found[f] && owners[c] < 0 && closeness(names[f], tagged[f], columns[c]) == rule {
					pairs = append(pairs, pair{f, c})
				}
			}
		}
		for i, p := range pairs {
			for _, q := range pairs[:i] {
				if p.field == q.field || p.column == q.column {
					return nil, false
				}
			}
		}
		for _, p := range pairs {
			found[p.field], owners[p.column] = true, p.field
		}
	}
	return owners, true
}

// TestMapAgainstSlowMap makes structs and columns of names that are easily confused.
func TestMapAgainstSlowMap(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	name := func(first string) string {
		s := string(first[r.IntN(len(first))])
		for range r.IntN(4) {
			s += []string{"a", "A", "_", "K", "\u212a"}[r.IntN(5)] // the last is the sign for Kelvin, which folds to K
		}
		return s
	}
	good, bad := 0, 0
	for range 20_000 {
		var names []string
		var tagged []bool
		var in []reflect.StructField
		used := map[string]bool{}
		for i := range 1 + r.IntN(3) {
			f := reflect.StructField{Name: name("AK"), Type: reflect.TypeFor[int]()}
			n, tag := f.Name, r.IntN(3) == 0
			if tag {
				n = name("AaK_")
				f.Name, f.Tag = fmt.Sprint("F", i), reflect.StructTag(fmt.Sprintf("exa:%q", n))
			}
			if used[n] {
				continue
			}
			used[n] = true
			names, tagged, in = append(names, n), append(tagged, tag), append(in, f)
		}
		var columns []string
		for range r.IntN(4) {
			columns = append(columns, name("aAK_"))
		}
		want, ok := slowMap(names, tagged, columns)
		targets, err := fields.Map(reflect.StructOf(in), columns, fields.Mapping{Lax: true})
		if ok != (err == nil) {
			t.Fatalf("fields %q %v, columns %q: error %v, want one: %v", names, tagged, columns, err, !ok)
		}
		if !ok {
			bad++
			continue
		}
		got := make([]int, len(columns))
		for i := range got {
			got[i] = -1
		}
		complete := len(targets) == len(names) && len(targets) == len(columns)
		for _, to := range targets {
			got[to.Column] = to.Index[0]
			good++
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("fields %q %v, columns %q (-want +got):\n%s", names, tagged, columns, diff)
		}
		if _, err := fields.Map(reflect.StructOf(in), columns, fields.Mapping{}); complete != (err == nil) {
			t.Fatalf("fields %q %v, columns %q: error %v, all belong together: %v", names, tagged, columns, err, complete)
		}
	}
	if good < 1000 || bad < 100 {
		t.Errorf("%d columns with a field and %d ambiguous lists are too few to show anything", good, bad)
	}
}
