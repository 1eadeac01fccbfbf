package inflate_test

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"testing"

	klauspost "github.com/klauspost/compress/zlib"

	"github.com/exawire/exawire/internal/benchdata"
	"github.com/exawire/exawire/internal/inflate"
)

// BenchmarkInflate inflates messages of 2 MiB of JSON into a slice that has room for them, and has the standard library and
// klauspost/compress do the same with readers that they use again. MB/s are those of the JSON.
func BenchmarkInflate(b *testing.B) {
	for _, shape := range benchdata.All() {
		plain := shape.Message(shape.RowsFor(2 << 20))
		for _, level := range []int{1, 6} {
			stream := deflated(b, plain, level, len(plain), false)
			buf := make([]byte, 0, len(plain))
			for name, inflated := range inflaters(b, stream, buf) {
				b.Run(fmt.Sprintf("%s/level%d/%s", shape.Name, level, name), func(b *testing.B) {
					b.SetBytes(int64(len(plain)))
					b.ReportAllocs()
					for b.Loop() {
						if got := inflated(); len(got) != len(plain) {
							b.Fatalf("%d bytes of %d", len(got), len(plain))
						}
					}
				})
			}
		}
	}
}

// inflaters yields functions that inflate the stream into buf, by name.
func inflaters(b *testing.B, stream, buf []byte) func(yield func(string, func() []byte) bool) {
	in := bytes.NewReader(stream)
	std, err := zlib.NewReader(in)
	if err != nil {
		b.Fatal(err)
	}
	in.Reset(stream)
	other, err := klauspost.NewReader(in)
	if err != nil {
		b.Fatal(err)
	}
	// Both types of Resetter have the same method.
	read := func(r io.Reader) []byte {
		in.Reset(stream)
		if err := r.(zlib.Resetter).Reset(in, nil); err != nil {
			b.Fatal(err)
		}
		n, err := io.ReadFull(r, buf[:cap(buf)])
		if err != nil {
			b.Fatal(err)
		}
		return buf[:n]
	}
	return func(yield func(string, func() []byte) bool) {
		_ = yield("inflate", func() []byte {
			got, err := inflate.Append(buf, stream, noLimit)
			if err != nil {
				b.Fatal(err)
			}
			return got
		}) && yield("klauspost", func() []byte { return read(other) }) && yield("standard", func() []byte { return read(std) })
	}
}
