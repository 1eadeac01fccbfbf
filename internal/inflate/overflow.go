package inflate

import (
	"errors"
	"sync"
)

// chunkSize is how much is decoded at a time once dst is full.
const chunkSize = 64 << 10

// window is where that is done: behind what matches may still refer to.
type window [maxHistory + chunkSize]byte

var (
	windows = sync.Pool{New: func() any { return new(window) }}
	chunks  = sync.Pool{New: func() any { return new([chunkSize]byte) }}
)

// overflow decodes what dst, which holds the stream up to here, has no room for: at most limit bytes. It returns a slice
// with all of it.
func (d *decoder) overflow(dst []byte, limit int64) ([]byte, error) {
	win := windows.Get().(*window)
	defer windows.Put(win)
	var full pieces
	defer full.release()

	have := dst[d.start:]
	d.start = 0
	for {
		old := copy(win[:], have[max(0, len(have)-maxHistory):])
		room := min(limit, chunkSize)
		d.out, d.w = win[:old+int(room)], old
		err := d.finish()
		piece := d.out[old:d.w]
		switch {
		case err == nil:
			return full.join(dst, piece), nil
		case !errors.Is(err, errRoom):
			return nil, err
		case room == limit:
			return nil, ErrTooLarge
		}
		full.add(piece)
		limit -= int64(len(piece))
		have = d.out[:d.w]
	}
}

// pieces are copies of what was decoded, each in a chunk.
type pieces [][]byte

func (p *pieces) add(b []byte) {
	chunk := chunks.Get().(*[chunkSize]byte)
	*p = append(*p, chunk[:copy(chunk[:], b)])
}

// join returns dst with all pieces and the last one behind it, in a slice of just that size.
func (p *pieces) join(dst, last []byte) []byte {
	size := len(dst) + len(last)
	for _, b := range *p {
		size += len(b)
	}
	joined := append(make([]byte, 0, size), dst...)
	for _, b := range *p {
		joined = append(joined, b...)
	}
	return append(joined, last...)
}

func (p *pieces) release() {
	for _, b := range *p {
		chunks.Put((*[chunkSize]byte)(b[:chunkSize]))
	}
}
