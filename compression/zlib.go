package compression

import (
	"errors"
	"fmt"
	"sync"

	"github.com/klauspost/compress/zlib"

	"github.com/exawire/exawire/internal/inflate"
)

// The levels of [Zlib] that have a name. Level 1 is right for nearly everybody: it is several times as fast as level 6
// and its output is only about a fifth larger.
const (
	HuffmanOnly        = zlib.HuffmanOnly        // -2: entropy coding alone
	DefaultCompression = zlib.DefaultCompression // -1: the library's choice, about level 6
	NoCompression      = zlib.NoCompression      // 0: zlib framing and checksum around the plain bytes
	BestSpeed          = zlib.BestSpeed          // 1
	BestCompression    = zlib.BestCompression    // 9
)

// Zlib returns the codec of the protocol. level, from HuffmanOnly (-2) to BestCompression (9), says how hard Compress
// tries; with any other level Compress returns an error. Decompress reads what any level wrote.
//
// The codec keeps the working memory of its compressors (some hundred kilobytes each) for later messages, so make one
// and share it rather than one for each session.
func Zlib(level int) Codec { return &zlibCodec{level: level} }

type zlibCodec struct {
	level     int
	deflaters sync.Pool // of *deflater
}

// deflater is a compressor with the slice it appends to.
type deflater struct {
	w   *zlib.Writer
	dst []byte
}

func (d *deflater) Write(p []byte) (int, error) {
	d.dst = append(d.dst, p...)
	return len(p), nil
}

func (z *zlibCodec) Compress(dst, src []byte) ([]byte, error) {
	d, ok := z.deflaters.Get().(*deflater)
	if ok {
		d.w.Reset(d)
	} else {
		d = new(deflater)
		w, err := zlib.NewWriterLevel(d, z.level)
		if err != nil {
			return dst, fmt.Errorf("compress: %w", err)
		}
		d.w = w
	}
	defer func() {
		d.dst = nil
		z.deflaters.Put(d)
	}()

	d.dst = dst
	if _, err := d.w.Write(src); err != nil {
		return dst, fmt.Errorf("compress: %w", err)
	}
	if err := d.w.Close(); err != nil {
		return dst, fmt.Errorf("compress: %w", err)
	}
	return d.dst, nil
}

func (z *zlibCodec) Decompress(dst, src []byte, limit int64) ([]byte, error) {
	out, err := inflate.Append(dst, src, limit)
	switch {
	case errors.Is(err, inflate.ErrTooLarge):
		return dst, fmt.Errorf("%w of %d bytes", ErrTooLarge, max(limit, 0))
	case err != nil:
		return dst, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return out, nil
}
