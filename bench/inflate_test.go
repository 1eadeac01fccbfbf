package bench

import (
	"bytes"
	"compress/zlib"
	"errors"
	"io"
	"testing"

	"github.com/exawire/exawire/compression"
	"github.com/exawire/exawire/internal/benchdata"
)

// BenchmarkInflateMessages inflates the compressed messages of a result, the very ones that are sent, one after the other: by
// exawire's codec, and by the standard library with one reader that is reset for each message. Each message comes once in a
// turn of 16 MB of JSON, so that neither reads from a cache what a client gets from the network.
func BenchmarkInflateMessages(b *testing.B) {
	for _, shape := range benchdata.All() {
		rows := rowsFor(shape, tableBytes)
		table := tableOf(shape, rows)
		buf := make([]byte, 0, 2*zlibBytes)
		inflateAll := func(inflate func(dst, src []byte) ([]byte, error)) func() (int64, error) {
			messages := table.compressedMessages(rows)
			return func() (_ int64, err error) {
				for _, message := range messages {
					if buf, err = inflate(buf[:0], message); err != nil {
						return 0, err
					}
				}
				return int64(rows), nil
			}
		}
		b.Run("exawire/"+shape.Name, func(b *testing.B) {
			codec := compression.Zlib(compression.BestSpeed)
			measure(b, rows, table.perRow, inflateAll(func(dst, src []byte) ([]byte, error) { return codec.Decompress(dst, src, 64<<20) }))
		})
		b.Run("standard-library/"+shape.Name, func(b *testing.B) {
			measure(b, rows, table.perRow, inflateAll(newStandardInflater()))
		})
	}
}

// newStandardInflater returns a function that inflates into dst, which must have room, by the standard library.
func newStandardInflater() func(dst, src []byte) ([]byte, error) {
	var r io.ReadCloser
	var in bytes.Reader
	return func(dst, src []byte) (_ []byte, err error) {
		in.Reset(src)
		if r == nil {
			r, err = zlib.NewReader(&in)
		} else {
			err = r.(zlib.Resetter).Reset(&in, nil)
		}
		if err != nil {
			return dst, err
		}
		n, err := io.ReadFull(r, dst[:cap(dst)])
		if errors.Is(err, io.ErrUnexpectedEOF) {
			err = nil
		}
		return dst[:n], err
	}
}
