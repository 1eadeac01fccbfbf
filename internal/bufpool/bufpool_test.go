package bufpool_test

import (
	"bytes"
	"fmt"
	"sync"
	"testing"

	"github.com/exawire/exawire/internal/bufpool"
	"github.com/exawire/exawire/internal/leakcheck"
)

func TestMain(m *testing.M) { leakcheck.Main(m) }

func TestGet(t *testing.T) {
	for _, n := range []int{-1, 0, 1, 1023, 1024, 1025, 1280, 1281, 4096, 65536, 65537, 1<<20 - 1, 1 << 20, 4<<20 + 1, 64 << 20, 80 << 20, 80<<20 + 1} {
		for range 2 { // fresh, then recycled
			b := bufpool.Get(n)
			if len(b) != 0 || cap(b) < n+bufpool.Padding {
				t.Errorf("Get(%d): len %d, cap %d", n, len(b), cap(b))
			}
			most := max(n+n/4, 1024)
			if n > 4<<20 {
				most = n + n/16
			}
			if cap(b) > most+bufpool.Padding {
				t.Errorf("Get(%d): cap %d wastes too much", n, cap(b))
			}
			bufpool.Put(b)
		}
	}
}

// TestClasses checks every size up to a few octaves: the classes grow, fit and take their own slices back.
func TestClasses(t *testing.T) {
	last := 0
	for n := 1; n <= 80<<20; n++ {
		if n == 1<<15 {
			n = 4<<20 - 1<<10
		}
		if n > 4<<20+1<<10 {
			n = min(n+4093, 80<<20)
		}
		most := max(n+n/4, 1024)
		if n > 4<<20 {
			most = n + n/16
		}
		size := bufpool.ClassSize(n)
		if size < n || size < last || size > most {
			t.Fatalf("class for %d bytes has %d, the one before %d", n, size, last)
		}
		if again := bufpool.ClassSize(size); again != size {
			t.Fatalf("slices of %d bytes go into the class of %d", size, again)
		}
		last = size
	}
}

func TestRecycles(t *testing.T) {
	if bufpool.Poison {
		t.Skip("pools drop at random under the race detector")
	}
	b := append(bufpool.Get(5000), 'x')
	bufpool.Put(b)
	if again := bufpool.Get(4900); &again[:1][0] != &b[0] {
		t.Error("a slice of the same class was not used again")
	}
	allocs := testing.AllocsPerRun(100, func() { bufpool.Put(bufpool.Get(1 << 20)) })
	if allocs != 0 {
		t.Errorf("%v allocations for Get and Put", allocs)
	}
}

func TestGrow(t *testing.T) {
	b := bufpool.Grow(nil, 10)
	b = append(b, "0123456789"...)
	if same := bufpool.Grow(b, 1); &same[0] != &b[0] {
		t.Error("moved although there was room")
	}
	if same := bufpool.Grow(b, -1); &same[0] != &b[0] {
		t.Error("moved to shrink")
	}
	want := bytes.Clone(b)
	for n := 1; n < 1<<20; n *= 3 {
		b = bufpool.Grow(b, n)
		if !bytes.Equal(b, want) {
			t.Fatalf("Grow(%d) changed the contents", n)
		}
		if cap(b)-len(b) < n+bufpool.Padding {
			t.Fatalf("Grow(%d): room for %d", n, cap(b)-len(b))
		}
	}
	b = bufpool.Grow(append(b[:0], make([]byte, 5000)...)[:5000:5000], 1)
	if size := cap(b) - bufpool.Padding; size < 5001 || bufpool.ClassSize(size) != size {
		t.Errorf("Grow(1) of 5000 bytes gave a slice of no class, cap %d", cap(b))
	}
}

// TestForeign puts slices that are not the pool's. None may come back.
func TestForeign(t *testing.T) {
	ours := bufpool.Get(1 << 20)
	for _, b := range [][]byte{
		nil,
		{},
		make([]byte, 10), make([]byte, 0, 1<<20), ours[:10:10], append(ours, 'x')[1:],
		bufpool.Get(81 << 20),
	} {
		bufpool.Put(b)
		for _, n := range []int{cap(b), cap(b) - bufpool.Padding} {
			got := bufpool.Get(n)
			if cap(b) > 0 && &got[:1][0] == &b[:1][0] {
				t.Errorf("a foreign slice of cap %d came back", cap(b))
			}
		}
	}
}

func TestPoison(t *testing.T) {
	b := append(bufpool.Get(5000), "secret"...)
	bufpool.Put(b)
	if got := b[0] == 0xDB; got != bufpool.Poison {
		t.Errorf("overwritten: %v, want %v", got, bufpool.Poison)
	}
}

func TestConcurrent(t *testing.T) {
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 200 {
				b := bufpool.Get(1000 * j)
				for range 1000 {
					b = append(b, byte(i))
				}
				b = bufpool.Grow(b, 5000)
				if bytes.Count(b, []byte{byte(i)}) != 1000 {
					t.Error("two owners share a slice")
				}
				bufpool.Put(b)
			}
		})
	}
	wg.Wait()
}

// BenchmarkTakeAndReturnBuffer takes a buffer of 4 MiB out of the pool and puts it back.
func BenchmarkTakeAndReturnBuffer(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		bufpool.Put(bufpool.Get(4 << 20))
	}
}

func Example() {
	b := bufpool.Get(5)
	b = append(b, "hello"...)
	b = bufpool.Grow(b, 100_000) // b may have moved; the old slice is gone
	fmt.Println(string(b), cap(b)-len(b) >= 100_000+bufpool.Padding)
	bufpool.Put(b) // and now this one
	// Output: hello true
}
