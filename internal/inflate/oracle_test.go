package inflate_test

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/adler32"
	"io"
	"sync"
	"testing"

	"github.com/exawire/exawire/internal/inflate"
)

const noLimit = 1 << 40

var errRest = errors.New("bytes follow")

// standard inflates a stream with the standard library. With an error, it returns what came before.
func standard(stream []byte) ([]byte, error) {
	in := bytes.NewReader(stream)
	r := zlibReaders.Get().(io.ReadCloser)
	defer zlibReaders.Put(r)
	if err := r.(zlib.Resetter).Reset(in, nil); err != nil {
		return nil, err
	}
	out, err := io.ReadAll(r)
	if err == nil && in.Len() > 0 {
		err = errRest
	}
	return out, err
}

// New readers for thousands of streams would cost more than reading them.
var (
	zlibReaders = sync.Pool{New: func() any {
		r, err := zlib.NewReader(bytes.NewReader([]byte{0x78, 0x9c}))
		if err != nil {
			panic(err)
		}
		return r
	}}
	flateReaders = sync.Pool{New: func() any { return flate.NewReader(nil) }}
)

// inflateBlocks returns what the blocks of a stream stand for, and how many bytes follow the last one.
func inflateBlocks(blocks []byte) (out []byte, rest int, err error) {
	in := bytes.NewReader(blocks)
	r := flateReaders.Get().(io.ReadCloser)
	defer flateReaders.Put(r)
	if err := r.(flate.Resetter).Reset(in, nil); err != nil {
		return nil, 0, err
	}
	out, err = io.ReadAll(r)
	return out, in.Len(), err
}

// sealed returns a stream with these blocks, up to the end of the last one, and the checksum of what they stand for. So
// what is wrong with them is not hidden by a wrong checksum.
func sealed(blocks []byte) []byte {
	out, rest, err := inflateBlocks(blocks)
	if err == nil {
		blocks = blocks[:len(blocks)-rest]
	}
	stream := append([]byte{0x78, 0x9c}, blocks...)
	return binary.BigEndian.AppendUint32(stream, adler32.Checksum(out))
}

// before is in dst already. No distance may reach it.
const before = "what was there before"

// check inflates a stream with some room and a limit, and compares with what the standard library makes of it.
func check(tb testing.TB, stream []byte, room int, limit int64) {
	tb.Helper()
	want, wantErr := standard(stream)
	checkWant(tb, stream, room, limit, want, wantErr)
}

func checkWant(tb testing.TB, stream []byte, room int, limit int64, want []byte, wantErr error) {
	tb.Helper()
	dst := append(make([]byte, 0, len(before)+room), before...)
	got, err := inflate.Append(dst, stream, limit)
	if problem := compare(dst, got, err, limit, want, wantErr); problem != "" {
		tb.Errorf("%s\nroom %d, limit %d, standard: %d bytes, %v, ours: %d bytes, %v\n%x",
			problem, room, limit, len(want), wantErr, len(got)-len(before), err, stream[:min(len(stream), 2000)])
	}
}

func compare(dst, got []byte, err error, limit int64, want []byte, wantErr error) string {
	var corrupt inflate.CorruptError
	size, limit := int64(len(want)), max(limit, 0)
	same := len(got) > 0 && &got[0] == &dst[0]
	switch {
	case !bytes.HasPrefix(got, []byte(before)):
		return "what was in dst is gone"
	case err == nil && (wantErr != nil || size > limit):
		return "a bad stream is accepted"
	case err == nil && !bytes.Equal(got[len(before):], want):
		return fmt.Sprintf("wrong bytes: %.200q, want %.200q", got[len(before):], want)
	case err == nil && same != (len(got) <= cap(dst)):
		return "dst is to move when it has no room, and only then"
	case err == nil && !same && cap(got) >= len(got)+len(got)/4+1024:
		return "dst moved to a slice that is too large"
	case err == nil:
		return ""
	case wantErr == nil && size <= limit:
		return "a sound stream is refused"
	case len(got) != len(dst) || !same:
		return "dst is not returned as it was"
	case errors.Is(err, inflate.ErrTooLarge):
		// The last stored block may be cut off right at the limit.
		if size < limit || size == limit && !errors.Is(wantErr, io.ErrUnexpectedEOF) {
			return "not too large"
		}
	case !errors.As(err, &corrupt):
		return "neither too large nor corrupt"
	case size > limit:
		return "too large before it is corrupt"
	}
	return ""
}
