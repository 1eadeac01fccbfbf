package inflate_test

import (
	"bytes"
	"compress/zlib"
	"errors"
	"runtime"
	"sync"
	"testing"

	"github.com/exawire/exawire/internal/inflate"
)

// repeated returns b with a match behind it.
func repeated(b []byte, length, distance int) []byte {
	for range length {
		b = append(b, b[len(b)-distance])
	}
	return b
}

// checkRooms inflates a stream that stands for want, with much and with little room.
func checkRooms(t *testing.T, stream, want []byte) {
	t.Helper()
	for _, room := range rooms(len(want)) {
		checkWant(t, stream, room, noLimit, want, nil)
	}
}

// TestEveryMatch copies every length from every distance that the same length of code has, in little and in much room.
func TestEveryMatch(t *testing.T) {
	lit, dist := fixedCodes()
	noise := varied([]byte("0123456789abcdefghijklmnopqrstuvwxyz"), 40_000, 1)
	distances := []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15, 16, 17, 24, 31, 32, 33, 257, 258, 259, 300, 4096, 32767, 32768}
	for _, distance := range distances {
		var w bitWriter
		w.stored(false, noise)
		want := bytes.Clone(noise)
		w.head(true, 1)
		for length := 3; length <= 258; length++ {
			w.code(lit[length%256])
			want = append(want, byte(length))
			w.match(lit, dist, length, distance)
			want = repeated(want, length, distance)
		}
		w.code(lit[256])
		checkRooms(t, sealed(w.b), want)
	}
}

// TestLongestCodes has matches that need the most bits, at each bit of a byte, behind literals that leave the fewest.
func TestLongestCodes(t *testing.T) {
	chain := func(n int, symbols ...int) []int { // codes of 1, 2, 3 to 15 bits, and another of 15
		l := make([]int, n)
		for i, symbol := range symbols {
			l[symbol] = min(i+1, 15)
		}
		return l
	}
	litLengths := chain(285, 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 256, 284)
	distLengths := chain(30, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 28, 29)
	lit, dist := canonical(litLengths), canonical(distLengths)
	want := varied([]byte("0123456789abcdefghijklmnopqrstuvwxyz"), 40_000, 1)
	var w bitWriter
	w.stored(false, want)
	w.dynamic(true, litLengths, distLengths)
	for i := range 2000 {
		for _, letter := range []byte{"abcdefghijk"[i%11], "aaaabbcdefg"[i/11%11], 'k'} {
			w.code(lit[letter])
			want = append(want, letter)
		}
		length, distance := 227+i%31, 24577+i*4%8192
		w.match(lit, dist, length, distance)
		want = repeated(want, length, distance)
	}
	w.code(lit[256])
	checkRooms(t, sealed(w.b), want)
}

// TestEveryRoom interrupts the decoder at each byte of a small stream, and around the ends of its windows.
func TestEveryRoom(t *testing.T) {
	small := varied([]byte("to be or not to be"), 700, 1)
	large := varied([]byte("to be or not to be"), 300_000, 1)
	for _, level := range []int{zlib.NoCompression, zlib.HuffmanOnly, zlib.BestSpeed, zlib.BestCompression} {
		stream := deflated(t, small, level, 1000, false)
		for room := range len(small) + 2 {
			checkWant(t, stream, room, noLimit, small, nil)
			checkWant(t, stream, room, int64(len(small)), small, nil)
			checkWant(t, stream, 2*len(small), int64(room), small, nil)
			checkWant(t, stream, 0, int64(room), small, nil)
		}
		stream = deflated(t, large, level, 1<<20, false)
		for _, room := range []int{0, 1, 1000, 32<<10 - 1, 32 << 10, 32<<10 + 1, 64 << 10, 100_000, len(large) - 64<<10, len(large) - 1} {
			checkWant(t, stream, room, noLimit, large, nil)
			checkWant(t, stream, room, int64(len(large)), large, nil)
			checkWant(t, stream, room, int64(len(large))-1, large, nil)
		}
	}
}

// TestEveryPrefix cuts off streams behind each byte.
func TestEveryPrefix(t *testing.T) {
	data := varied([]byte("to be or not to be"), 2000, 1)
	for _, level := range []int{zlib.NoCompression, zlib.HuffmanOnly, zlib.BestSpeed, zlib.BestCompression} {
		stream := deflated(t, data, level, 500, false)
		for n := range stream {
			for _, room := range []int{0, len(data) / 2, len(data) + 1000} {
				_, err := inflate.Append(make([]byte, 0, room), stream[:n], noLimit)
				if err == nil || err.Error() != "it is cut off" {
					t.Errorf("level %d, %d of %d bytes, room %d: %v", level, n, len(stream), room, err)
				}
			}
		}
	}
}

// TestPooledState inflates a stream after others that broke off in the middle of codes, stored blocks and windows.
func TestPooledState(t *testing.T) {
	data := varied([]byte("to be or not to be"), 200_000, 1)
	for _, level := range []int{zlib.NoCompression, zlib.BestSpeed} {
		stream := deflated(t, data, level, 10_000, false)
		for cut := 0; cut < len(stream); cut += 997 {
			check(t, stream[:cut], cut%2*len(data), noLimit)
			checkWant(t, stream, cut%3*len(data), noLimit, data, nil)
		}
	}
}

// TestBomb counts what is allocated for a stream of 20 KiB that stands for 20 MiB.
func TestBomb(t *testing.T) {
	bomb := deflated(t, make([]byte, 20<<20), 9, 1<<30, false)
	for _, limit := range []int64{-1, 0, 1000, 64 << 10, 1 << 20, 8 << 20} {
		runtime.GC() // the pools are not to help
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := inflate.Append(nil, bomb, limit)
		runtime.ReadMemStats(&after)
		if !errors.Is(err, inflate.ErrTooLarge) {
			t.Errorf("limit %d: %v", limit, err)
		}
		const working = 32<<10 + 64<<10 + 64<<10 // a window, and the decoder
		if got := int64(after.TotalAlloc - before.TotalAlloc); got > max(limit, 0)+working {
			t.Errorf("limit %d: %d bytes allocated", limit, got)
		}
	}
}

func TestAllocations(t *testing.T) {
	data := varied([]byte("to be or not to be"), 100_000, 1)
	stream := deflated(t, data, 1, 1<<20, false)
	buf := make([]byte, 0, len(data))
	// The pool is emptied now and then by the garbage collector, and at random under the race detector.
	if n := testing.AllocsPerRun(50, func() { _, _ = inflate.Append(buf, stream, noLimit) }); n > 1 {
		t.Errorf("with room: %v allocations", n)
	}
	if n := testing.AllocsPerRun(50, func() { _, _ = inflate.Append(nil, stream, noLimit) }); n > 5 {
		t.Errorf("without room: %v allocations", n)
	}
}

func TestConcurrent(t *testing.T) {
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			data := varied([]byte{byte(i), 2, 3}, 20_000*i, uint64(i))
			stream := deflated(t, data, 1, 1<<20, false)
			for range 20 {
				if got, err := inflate.Append(nil, stream, noLimit); err != nil || !bytes.Equal(got, data) {
					t.Errorf("goroutine %d: %d bytes, %v", i, len(got), err)
				}
			}
		})
	}
	wg.Wait()
}
