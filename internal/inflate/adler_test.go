package inflate_test

import (
	"bytes"
	"hash/adler32"
	"math/rand/v2"
	"testing"

	"github.com/exawire/exawire/internal/inflate"
)

func TestAdler(t *testing.T) {
	noise := make([]byte, 300_000)
	_, _ = rand.NewChaCha8([32]byte{}).Read(noise)
	for name, data := range map[string][]byte{"noise": noise, "highest": bytes.Repeat([]byte{0xff}, 300_000), "zeros": make([]byte, 300_000)} {
		for _, size := range []int{0, 1, 2, 15, 16, 127, 128, 129, 255, 256, 257, 5552, 65535, 65536, 65537, 65536 + 128, 300_000} {
			want := adler32.Checksum(data[:size])
			for _, cut := range []int{0, 1, size / 3, size - 1, size} {
				cut = min(max(cut, 0), size)
				if got := inflate.Adler(data[:cut], data[cut:size]); got != want {
					t.Errorf("%s: %d bytes, in two parts at %d: %08x, want %08x", name, size, cut, got, want)
				}
			}
		}
	}
	for i := range 1024 { // each place, and its neighbours of other weight
		data := make([]byte, 1024)
		data[i] = 0xff
		if got, want := inflate.Adler(data), adler32.Checksum(data); got != want {
			t.Errorf("byte %d: %08x, want %08x", i, got, want)
		}
	}
}

func FuzzAdler(f *testing.F) {
	f.Add([]byte("hello"), uint16(2), uint16(1000))
	f.Fuzz(func(t *testing.T, data []byte, cut, times uint16) {
		data = bytes.Repeat(data, 1+int(times)%300)
		at := min(int(cut), len(data))
		if got, want := inflate.Adler(data[:at], data[at:]), adler32.Checksum(data); got != want {
			t.Errorf("%d bytes, in two parts at %d: %08x, want %08x", len(data), at, got, want)
		}
	})
}
