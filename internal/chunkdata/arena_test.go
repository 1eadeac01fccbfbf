package chunkdata

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestArena adds blocks of all kinds of sizes to columns and compares the message with one that was put together simply.
func TestArena(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		columns := 1 + rng.IntN(6)
		a := &arena{head: rng.IntN(40), regions: make([]region, columns), to: make([]int, columns)}
		sizes := make([]int, columns)
		grown := rng.IntN(3000)
		for range 2 {
			want := make([][]byte, columns)
			for range rng.IntN(30) {
				blocks := make([][]byte, columns)
				for i := range blocks {
					size := 1 + rng.IntN(20)
					if rng.IntN(8) == 0 {
						size = 1 + rng.IntN(2000) // a column that was thin grows suddenly
					}
					blocks[i] = bytes.Repeat([]byte{byte('a' + rng.IntN(26))}, size)
					if len(want[i]) > 0 {
						want[i] = append(want[i], ',')
					}
					want[i] = append(want[i], blocks[i]...)
				}
				for i, block := range blocks {
					sizes[i] = len(block)
				}
				if !a.fits(sizes) {
					a.spread(sizes, grown)
				}
				for i, block := range blocks {
					a.add(i, block)
				}
			}
			head := strings.Repeat("h", rng.IntN(60))
			full := head + "[" + string(bytes.Join(want, []byte("],["))) + "]]}"
			for range 2 { // a message can be had again
				if got := string(a.message([]byte(head))); got != full {
					t.Fatalf("message of %d columns: %q, want %q", columns, got, full)
				}
			}
			a.clear()
		}
		a.free()
		a.free()
	}
}
