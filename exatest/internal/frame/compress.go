package frame

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"sync"
)

// Inflate reads exactly one zlib stream. If it has more than limit bytes the error is a [TooLong], whose length is only
// where reading has stopped.
func Inflate(b []byte, limit int64) ([]byte, error) {
	in := bytes.NewReader(b)
	z, err := zlib.NewReader(in)
	if err != nil {
		return nil, fmt.Errorf("a compressed message is not zlib: %w", err)
	}
	out, err := io.ReadAll(io.LimitReader(z, limit+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("a compressed message is broken: %w", err)
	case int64(len(out)) > limit:
		return nil, &TooLong{OpBinary, int64(len(out)), limit}
	case in.Len() > 0:
		return nil, fmt.Errorf("%d bytes follow the compressed message", in.Len())
	}
	return out, nil
}

// deflaters are *zlib.Writer: one has more than a megabyte, and most messages are small.
var deflaters sync.Pool

// Deflate makes one zlib stream.
func Deflate(b []byte) []byte {
	var out bytes.Buffer
	z, ok := deflaters.Get().(*zlib.Writer)
	if !ok {
		z, _ = zlib.NewWriterLevel(nil, zlib.BestSpeed) // the level is valid
	}
	z.Reset(&out)
	_, _ = z.Write(b)
	_ = z.Close()
	z.Reset(nil)
	deflaters.Put(z)
	return out.Bytes()
}
