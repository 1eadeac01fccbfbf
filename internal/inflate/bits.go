package inflate

import "encoding/binary"

// bitReader takes bits off the input, the lowest of each byte first. Bits above the first n of buf are either zero or
// already what follows in the input.
type bitReader struct {
	src []byte
	in  int // the next byte of src that is not counted in n
	buf uint64
	n   uint
}

// fill gets at least 56 bits, or all that are left.
func (r *bitReader) fill() {
	for r.n < 56 && r.in < len(r.src) {
		r.buf |= uint64(r.src[r.in]) << r.n
		r.in++
		r.n += 8
	}
}

// take removes count bits, 16 at most.
func (r *bitReader) take(count uint) (uint, error) {
	if r.n < count {
		if r.fill(); r.n < count {
			return 0, errCutOff
		}
	}
	v := uint(r.buf) & (1<<count - 1)
	r.drop(count)
	return v, nil
}

// drop removes bits that are there.
func (r *bitReader) drop(count uint) {
	r.buf >>= count & 63
	r.n -= count
}

// align drops the rest of a byte and gives whole bytes back to the input.
func (r *bitReader) align() {
	r.in -= int(r.n / 8)
	r.buf, r.n = 0, 0
}

func load64(b []byte, at int) uint64 { return binary.LittleEndian.Uint64(b[at:]) }

func store64(b []byte, at int, v uint64) { binary.LittleEndian.PutUint64(b[at:], v) }

func store32(b []byte, at int, v uint32) { binary.LittleEndian.PutUint32(b[at:], v) }
