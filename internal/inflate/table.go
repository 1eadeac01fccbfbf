package inflate

// entry is what a table knows about the bits that it is asked for. From the lowest bit on:
//
//	4 bits   how many bits the code has; of several literals, all their codes
//	2 bits   how many literals it stands for, at most three; if none:
//	2 bits     kind: of what else
//	8 bits     how many bits the code has with the extra bits behind it; of a link, how many select from the second table
//	16 bits    the length or distance without its extra bits; of a link, where its part of the second table begins
//
// Literals are in the upper 24 bits, the first one lowest.
type entry uint32

const (
	oneLiteral entry = 1 << 4

	kindMask entry = 15 << 4
	value    entry = 0 << 6 // a length or a distance
	link     entry = 1 << 6
	end      entry = 2 << 6 // of the block
	invalid  entry = 3 << 6
)

func (e entry) width() uint    { return uint(e & 15) }
func (e entry) literals() uint { return uint(e >> 4 & 3) }
func (e entry) kind() entry    { return e & kindMask }
func (e entry) total() uint    { return uint(e >> 8 & 31) }
func (e entry) base() uint     { return uint(e >> 16) }

// value returns the length or distance at the bottom of buf.
func (e entry) value(buf uint64) int {
	return int(e.base()) + int(uint(buf)&(1<<e.total()-1)>>e.width())
}

// coded returns the entry of a symbol whose code has so many bits.
func (e entry) coded(width int) entry {
	if e.literals() > 0 {
		return e | entry(width)
	}
	return e + entry(width)*(1+1<<8)
}

const (
	maxWidth = 15

	litBits  = 11
	distBits = 8
	lenBits  = 7 // the longest code of a code length
)

// A prefix of the longer codes has at least two of them below it, and room for the longest.
type (
	litTable struct {
		root   [1 << litBits]entry
		second [maxLit / 2 << (maxWidth - litBits)]entry
	}
	distTable struct {
		root   [1 << distBits]entry
		second [maxDist / 2 << (maxWidth - distBits)]entry
	}
)
