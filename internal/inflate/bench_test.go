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

func BenchmarkInflate(b *testing.B) {
	for _, shape := range benchdata.All() {
		plain := shape.Message(shape.RowsFor(2 << 20))
		for _, level := range []int{1, 6} {
			var packed bytes.Buffer
			w, _ := zlib.NewWriterLevel(&packed, level)
			w.Write(plain)
			w.Close()
			name := fmt.Sprintf("%s/level%d/", shape.Name, level)
			buf := make([]byte, 0, len(plain)+64)
			b.Run(name+"inflate", func(b *testing.B) {
				b.SetBytes(int64(len(plain)))
				for b.Loop() {
					got, err := inflate.Append(buf, packed.Bytes(), 1<<40)
					if err != nil || !bytes.Equal(got, plain) {
						b.Fatal(err)
					}
				}
			})
			b.Run(name+"klauspost", func(b *testing.B) {
				b.SetBytes(int64(len(plain)))
				r, _ := klauspost.NewReader(bytes.NewReader(packed.Bytes()))
				for b.Loop() {
					r.(klauspost.Resetter).Reset(bytes.NewReader(packed.Bytes()), nil)
					io.ReadFull(r, buf[:len(plain)])
				}
			})
			b.Run(name+"standard", func(b *testing.B) {
				b.SetBytes(int64(len(plain)))
				r, _ := zlib.NewReader(bytes.NewReader(packed.Bytes()))
				for b.Loop() {
					r.(zlib.Resetter).Reset(bytes.NewReader(packed.Bytes()), nil)
					io.ReadFull(r, buf[:len(plain)])
				}
			})
		}
	}
}
