package frame

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
)

// Inflate reads exactly one zlib stream.
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
		return nil, fmt.Errorf("a message is longer than %d bytes when inflated", limit)
	case in.Len() > 0:
		return nil, fmt.Errorf("%d bytes follow the compressed message", in.Len())
	}
	return out, nil
}

// Deflate makes one zlib stream.
func Deflate(b []byte) []byte {
	var out bytes.Buffer
	z, err := zlib.NewWriterLevel(&out, zlib.BestSpeed)
	if err != nil {
		panic(err) // the level is valid
	}
	_, _ = z.Write(b)
	_ = z.Close()
	return out.Bytes()
}
