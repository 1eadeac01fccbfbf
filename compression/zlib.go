package compression

import (
	"bytes"
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/zlib"
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

// inflaters holds decompressors; they have no level, so all codecs share them.
var inflaters = sync.Pool{New: func() any { return new(inflater) }}

// inflater is a decompressor with the source it reads from. The source is an io.ByteReader, so the decompressor takes
// no byte more than its stream has, and what is left over can be seen.
type inflater struct {
	src bytes.Reader
	r   io.ReadCloser
}

func (z *zlibCodec) Decompress(dst, src []byte, limit int64) ([]byte, error) {
	inf := inflaters.Get().(*inflater)
	defer func() {
		inf.src.Reset(nil)
		inflaters.Put(inf)
	}()

	inf.src.Reset(src)
	if err := inf.reset(); err != nil {
		return dst, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	out, err := appendLimited(dst, inf.r, limit)
	if err != nil {
		return dst, err
	}
	if inf.src.Len() > 0 {
		return dst, fmt.Errorf("%w: %d bytes follow the end of the stream", ErrCorrupt, inf.src.Len())
	}
	return out, nil
}

// reset reads the header of the next stream.
func (inf *inflater) reset() error {
	if inf.r != nil {
		return inf.r.(zlib.Resetter).Reset(&inf.src, nil)
	}
	r, err := zlib.NewReader(&inf.src)
	if err != nil {
		return err
	}
	inf.r = r
	return nil
}
