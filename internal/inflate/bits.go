package inflate

import "encoding/binary"

// bitReader takes bits off the input, the lowest of each byte first.
type bitReader struct {
	src []byte
	in  int    // the next byte of src that n does not count
	buf uint64 // the next n bits; those above them are zero, or what follows in src already
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

// refill is fill for those who have the fields of a bitReader in variables, and eight bytes of input.
func refill(src []byte, in int, buf uint64, n uint) (int, uint64, uint) {
	return in + int(63-n)>>3, buf | binary.LittleEndian.Uint64(src[in:])<<(n&63), n | 56
}

// take returns the next bits, 16 at most.
func (r *bitReader) take(count uint) (int, error) {
	r.fill()
	if r.n < count {
		return 0, errCutOff
	}
	v := int(r.buf & (1<<count - 1))
	r.drop(count)
	return v, nil
}

// drop removes bits that are there.
func (r *bitReader) drop(count uint) {
	r.buf >>= count
	r.n -= count
}

// align goes to the next byte of the input that no bit was taken of.
func (r *bitReader) align() {
	r.in -= int(r.n / 8)
	r.buf, r.n = 0, 0
}
