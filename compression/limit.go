package compression

import (
	"errors"
	"fmt"
	"io"
	"sync"
)

// chunkSize is how much appendLimited reads at a time once dst is full.
const chunkSize = 64 << 10

var chunks = sync.Pool{New: func() any { return new([chunkSize]byte) }}

// appendLimited appends all that r has to dst, at most limit bytes. Errors match ErrTooLarge if r has more, else
// ErrCorrupt.
//
// A kilobyte of zlib can stand for a megabyte, so the room is not known beforehand. As long as the capacity of dst
// suffices nothing is allocated. What does not fit is collected in chunks and moved only when the end was seen: a
// stream that passes the limit never makes dst grow.
func appendLimited(dst []byte, r io.Reader, limit int64) ([]byte, error) {
	limit = max(limit, 0)
	out, left, end, err := fill(dst[len(dst):cap(dst)], r, limit)
	if err != nil {
		return dst, limited(err, limit)
	}
	if end {
		return dst[:len(dst)+out], nil
	}

	var full []*[chunkSize]byte
	defer func() {
		for _, c := range full {
			chunks.Put(c)
		}
	}()
	for total := len(dst) + out; ; {
		chunk := chunks.Get().(*[chunkSize]byte)
		full = append(full, chunk)
		var n int
		n, left, end, err = fill(chunk[:], r, left)
		if err != nil {
			return dst, limited(err, limit)
		}
		total += n
		if !end {
			continue
		}
		grown := append(make([]byte, 0, total), dst[:len(dst)+out]...)
		for _, c := range full {
			grown = append(grown, c[:min(chunkSize, total-len(grown))]...)
		}
		return grown, nil
	}
}

// fill reads into p until it is full or r has ended. If r has more than limit bytes, the error is ErrTooLarge;
// otherwise left is what remains of the limit.
func fill(p []byte, r io.Reader, limit int64) (n int, left int64, end bool, err error) {
	left = limit
	for n < len(p) {
		room := p[n:]
		if int64(len(room)) > left {
			room = room[:left+1] // the one byte too many tells a message at the limit from one above it
		}
		m, err := r.Read(room)
		n += m
		if left -= int64(m); left < 0 {
			return n, 0, false, ErrTooLarge
		}
		if err == io.EOF {
			return n, left, true, nil
		}
		if err != nil {
			return n, left, false, err
		}
	}
	return n, left, false, nil
}

// limited describes why a message was not inflated.
func limited(err error, limit int64) error {
	switch {
	case errors.Is(err, ErrTooLarge):
		return fmt.Errorf("%w of %d bytes", ErrTooLarge, limit)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: it is cut off", ErrCorrupt)
	default:
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
}
