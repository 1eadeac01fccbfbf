package inflate_test

import (
	"bytes"
	"compress/zlib"
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	klauspost "github.com/klauspost/compress/zlib"
)

// rooms returns how much room to try for a stream of this size.
func rooms(size int) []int { return []int{0, max(size-1, 0), size, size + 1000} }

// checkAll inflates a stream with several rooms and limits.
func checkAll(tb testing.TB, stream []byte) {
	tb.Helper()
	want, wantErr := standard(stream)
	size := len(want)
	for _, room := range rooms(size) {
		for _, limit := range []int64{noLimit, int64(size), int64(size) - 1, int64(room)} {
			checkWant(tb, stream, room, limit, want, wantErr)
		}
	}
}

// TestRandomBlocks makes blocks of all kinds and compares with the standard library; in the second half they are damaged.
func TestRandomBlocks(t *testing.T) {
	const streams = 10_000 / slowdown
	sound, bytes := 0, 0
	for seed := range uint64(streams) {
		told := make([]byte, 8)
		_, _ = rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)}).Read(told)
		damaged := seed >= streams/2
		stream := sealed(newMaker(told, damaged).blocks())
		want, wantErr := standard(stream)
		switch {
		case wantErr == nil:
			sound++
			bytes += len(want)
		case !damaged:
			t.Fatalf("seed %d: it is not damaged, but %v", seed, wantErr)
		}
		room := []int{0, len(want) / 2, len(want), len(want) + 1000}[seed%4]
		checkWant(t, stream, room, noLimit, want, wantErr)
		checkWant(t, stream, room, int64(len(want)-1), want, wantErr)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if t.Logf("%d of %d streams are sound, %d bytes", sound, streams, bytes); sound < streams/2 || sound > streams*9/10 {
		t.Errorf("%d of %d streams are sound: others are seldom tried", sound, streams)
	}
}

// TestSingleBits turns each bit of some streams.
func TestSingleBits(t *testing.T) {
	text := bytes.Repeat([]byte("to be or not to be, that is the question; "), 20)
	for _, level := range []int{zlib.NoCompression, zlib.HuffmanOnly, zlib.BestSpeed, zlib.BestCompression} {
		stream := deflated(t, text[:200+level*50], level, 100, false)
		for i := range len(stream) * 8 {
			damaged := bytes.Clone(stream)
			damaged[i/8] ^= 1 << (i % 8)
			check(t, damaged, 1000, noLimit)
			blocks := bytes.Clone(damaged[2:])
			check(t, sealed(blocks), 1000, noLimit)
		}
	}
}

// deflated compresses data with the standard library or with klauspost/compress, and flushes each so many bytes.
func deflated(tb testing.TB, data []byte, level, flush int, other bool) []byte {
	tb.Helper()
	var packed bytes.Buffer
	var w interface {
		io.WriteCloser
		Flush() error
	}
	var err error
	if other {
		w, err = klauspost.NewWriterLevel(&packed, level)
	} else {
		w, err = zlib.NewWriterLevel(&packed, level)
	}
	if err != nil {
		tb.Fatal(err)
	}
	for piece := range slices.Chunk(data, max(flush, 1)) {
		if _, err := w.Write(piece); err != nil {
			tb.Fatal(err)
		}
		if flush < len(data) {
			if err := w.Flush(); err != nil {
				tb.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return packed.Bytes()
}

// varied returns size bytes made of data, again and again, with changes in between.
func varied(data []byte, size int, seed uint64) []byte {
	chance := rand.New(rand.NewPCG(seed, 3))
	b := make([]byte, 0, size+len(data))
	for len(b) < size && len(data) > 0 {
		from := chance.IntN(len(data))
		b = append(b, data[from:from+1+chance.IntN(len(data)-from)]...)
		if chance.IntN(4) == 0 {
			b = append(b, byte(chance.IntN(256)))
		}
	}
	return b[:min(size, len(b))]
}

// FuzzInflate inflates anything.
func FuzzInflate(f *testing.F) {
	f.Add([]byte{}, uint32(0), uint32(100))
	for _, level := range []int{0, 1, 9} {
		stream := deflated(f, bytes.Repeat([]byte("hello, hello, "), 100), level, 500, false)
		f.Add(stream, uint32(1400), uint32(1400))
		f.Add(stream[2:], uint32(10), uint32(1<<20))
		f.Add(append(stream, 0), uint32(10), uint32(1<<20))
		f.Add(stream[:len(stream)-1], uint32(1400), uint32(1<<20))
	}
	f.Add([]byte{0x78, 0xbb, 0, 0, 0, 1, 3, 0, 0, 0, 0, 1}, uint32(0), uint32(0))
	f.Fuzz(func(t *testing.T, stream []byte, room, limit uint32) {
		room, limit = room%(1<<18), limit%(1<<18)
		check(t, stream, int(room), int64(limit))
		check(t, sealed(stream), int(room), int64(limit))
		check(t, sealed(stream), int(room), noLimit)
	})
}

// FuzzDeflated reads back what compressors write.
func FuzzDeflated(f *testing.F) {
	for level := range 12 {
		f.Add([]byte("hello, hello"), uint32(1000*level), uint8(level), uint32(500), uint32(100*level), level%2 == 0)
	}
	f.Fuzz(func(t *testing.T, data []byte, size uint32, level uint8, flush, room uint32, other bool) {
		data = varied(data, int(size%(1<<18)), uint64(size))
		flush = max(flush%uint32(len(data)+1000), uint32(len(data)/50))
		stream := deflated(t, data, int(level%12)-2, int(flush), other)
		for _, room := range append(rooms(len(data)), int(room)%(len(data)+1)) {
			checkWant(t, stream, room, noLimit, data, nil)
			checkWant(t, stream, room, int64(len(data)), data, nil)
			checkWant(t, stream, room, int64(len(data))-1, data, nil)
		}
	})
}

// FuzzBlocks reads hand-made blocks of all kinds, sound and damaged.
func FuzzBlocks(f *testing.F) {
	for i := range byte(30) {
		f.Add([]byte{i, i * 7, i * 31, i * 101}, i%2 == 0)
	}
	f.Fuzz(func(t *testing.T, told []byte, damaged bool) {
		checkAll(t, sealed(newMaker(told, damaged).blocks()))
	})
}
