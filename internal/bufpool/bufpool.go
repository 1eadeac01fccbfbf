// Package bufpool recycles the byte slices that messages are read into and written from.
//
// A message stays in one slice from the socket to the decoded columns, so slices are large and short-lived: fresh ones
// would cost more than decoding them. Slices come in size classes, four to each doubling, so that a quarter of a slice
// is wasted at most; above 4 MiB there are sixteen, and a sixteenth is. Every slice has [Padding] spare bytes after the
// capacity that was asked for, which lets decoders look ahead without special cases at the end of a message.
//
// Binaries built with -race overwrite a slice when it is put back. Whoever still reads it sees 0xDB instead of data
// that happens to look right.
package bufpool

import (
	"math/bits"
	"sync"
)

// Padding is the number of bytes that may be read (not interpreted) beyond the length of a slice from this package.
const Padding = 64

const (
	minBits  = 10 // the smallest class holds 1 KiB
	fineBits = 22 // above 4 MiB classes are finer
	fine     = (fineBits - minBits) * 4
	maxSize  = 80 << 20            // a quarter more than 64 MiB, the protocol's largest message
	classes  = fine + 4*16 + 4 + 1 // up to maxSize
)

// pools holds slices by class, each in a *holder, and empty the holders that are not in use: a pool of bare slices
// would allocate a slice header for each Put.
var (
	pools [classes]sync.Pool
	empty = sync.Pool{New: func() any { return new(holder) }}
)

type holder struct{ b []byte }

// Get returns a slice of length 0 that n bytes can be appended to, with Padding bytes after them. Its contents are
// undefined. Any n is fine, also a negative one.
func Get(n int) []byte {
	if n > maxSize {
		return make([]byte, 0, n+Padding)
	}
	i := class(n)
	h, ok := pools[i].Get().(*holder)
	if !ok {
		return make([]byte, 0, size(i)+Padding)
	}
	b := h.b
	h.b = nil
	empty.Put(h)
	return b
}

// Grow returns b with room for n more bytes and the Padding. If b is too small, its contents move to another slice and
// b is put back: only the returned slice may be used.
func Grow(b []byte, n int) []byte {
	if cap(b)-len(b) >= max(n, 0)+Padding {
		return b
	}
	grown := append(Get(len(b)+n), b...)
	Put(b)
	return grown
}

// Put gives b back. The caller and everybody who has a part of b must not use it any more. Slices that do not come from
// Get or Grow, that lost part of their capacity, or that are larger than any class are left to the garbage collector.
func Put(b []byte) {
	n := cap(b) - Padding
	if n < 1<<minBits || n > maxSize {
		return
	}
	i := class(n)
	if size(i) != n {
		return
	}
	b = b[:0]
	if poison {
		overwrite(b[:cap(b)])
	}
	h := empty.Get().(*holder)
	h.b = b
	pools[i].Put(h)
}

// class returns the smallest class whose slices hold n bytes, 0 <= n <= maxSize. Class 4k+j holds (1+j/4) * 2^(10+k), up to
// 4 MiB, which is class fine; class fine+16k+j holds (1+j/16) * 2^(22+k).
func class(n int) int {
	if n <= 1<<minBits {
		return 0
	}
	e := bits.Len(uint(n-1)) - 1 // 2^e < n <= 2^(e+1)
	first, steps := (e-minBits)*4, 2
	if e >= fineBits {
		first, steps = fine+(e-fineBits)*16, 4
	}
	step := 1 << (e - steps)
	return first + (n-1<<e+step-1)/step
}

func size(class int) int {
	if class < fine {
		return (4 + class%4) << (minBits - 2 + class/4)
	}
	class -= fine
	return (16 + class%16) << (fineBits - 4 + class/16)
}

func overwrite(b []byte) {
	b[0] = 0xDB
	for n := 1; n < len(b); n *= 2 {
		copy(b[n:], b[:n])
	}
}
