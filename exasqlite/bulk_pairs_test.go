package exasqlite_test

import (
	"math/rand/v2"
	"testing"
)

// pairs returns combinations of the choices of several factors, of which sizes has the numbers: few of them, but any two
// choices of different factors stand together in one of them, if fix lets them. fix changes what cannot be together.
func pairs(r *rand.Rand, sizes []int, fix func(choice []int)) [][]int {
	type pair struct{ f, choice, g, other int }
	covered := map[pair]bool{}
	each := func(choice []int, fn func(pair)) {
		for f := range choice {
			for g := range f {
				fn(pair{f, choice[f], g, choice[g]})
			}
		}
	}
	var list [][]int
	for misses := 0; misses < 300; {
		var best []int
		most := 0
		for range 30 {
			choice := make([]int, len(sizes))
			for f, n := range sizes {
				choice[f] = r.IntN(n)
			}
			fix(choice)
			news := 0
			each(choice, func(p pair) {
				if !covered[p] {
					news++
				}
			})
			if news > most {
				best, most = choice, news
			}
		}
		if best == nil {
			misses++
			continue
		}
		misses = 0
		each(best, func(p pair) { covered[p] = true })
		list = append(list, best)
	}
	return list
}

// Each pair is there that can be.
func TestPairs(t *testing.T) {
	sizes := []int{2, 3, 4, 5}
	list := pairs(rand.New(rand.NewPCG(1, 1)), sizes, func(choice []int) {
		if choice[0] == 0 {
			choice[3] = min(choice[3], 3)
		}
	})
	if len(list) > 40 {
		t.Errorf("%d combinations", len(list))
	}
	for f := range sizes {
		for g := range f {
			for i := range sizes[f] {
				for j := range sizes[g] {
					found := false
					for _, choice := range list {
						found = found || choice[f] == i && choice[g] == j
					}
					if impossible := f == 3 && i == 4 && g == 0 && j == 0; found == impossible {
						t.Errorf("choice %d of factor %d and choice %d of factor %d: %v", i, f, j, g, found)
					}
				}
			}
		}
	}
}
