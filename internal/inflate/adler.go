package inflate

import "encoding/binary"

// adler is the checksum of RFC 1950: in the lower half one more than the sum of all bytes, in the upper half the sum of what
// the lower half was after each byte, both modulo adlerBase.
type adler uint32

const (
	adlerBase  = 65521
	adlerGroup = 128      // bytes that are summed at once, such that no lane overflows
	adlerPart  = 64 << 10 // bytes after which the sums are reduced

	evenBytes = 0x00ff00ff00ff00ff
	eachLane  = 0x0001000100010001 // multiplied by four lanes of 16 bits, their sum is in the highest
	countLane = 0x0000000100020003 // the same for the lanes times 0, 1, 2 and 3, the lowest first
	evenLanes = 0x0000ffff0000ffff
)

// add returns the checksum with the bytes of p behind those that it had.
func (s adler) add(p []byte) adler {
	low, high := uint64(s&0xffff), uint64(s>>16)
	for len(p) > 0 {
		part := p[:min(len(p), adlerPart)]
		p = p[len(part):]
		for ; len(part) >= adlerGroup; part = part[adlerGroup:] {
			sum, weighted := sumGroup((*[adlerGroup]byte)(part))
			high += low*adlerGroup + weighted
			low += sum
		}
		for _, b := range part {
			low += uint64(b)
			high += low
		}
		low %= adlerBase
		high %= adlerBase
	}
	return adler(high<<16 | low)
}

// sumGroup returns the sum of all bytes, and the sum of all bytes times how many there are from each to the end.
func sumGroup(g *[adlerGroup]byte) (sum, weighted uint64) {
	// Bytes are added in lanes of 16 bits. A lane has the bytes of one place in each word; its running sums count the
	// first of them as often as there are words, and the last one once.
	var even, odd, evenRuns, oddRuns uint64
	for i := 0; i < adlerGroup; i += 16 {
		v, w := binary.LittleEndian.Uint64(g[i:]), binary.LittleEndian.Uint64(g[i+8:])
		even += v & evenBytes
		odd += v >> 8 & evenBytes
		evenRuns += even
		oddRuns += odd
		even += w & evenBytes
		odd += w >> 8 & evenBytes
		evenRuns += even
		oddRuns += odd
	}
	both := even + odd
	sum = both * eachLane >> 48
	runs := evenRuns&evenLanes + evenRuns>>16&evenLanes + oddRuns&evenLanes + oddRuns>>16&evenLanes
	places := 2*(both*countLane>>48) + odd*eachLane>>48
	return sum, 8*(runs&0xffffffff+runs>>32) - places
}
