package inflate

// entry says what the bits stand for by which it was looked up. Beginning with the lowest bit:
//
//	4 bits   run: how many bits the codes of its literals have, 0 if it has none
//	2 bits   how many literals it has, 0 to 2
//	2 bits   0 if it has literals, otherwise what kind it is of
//
// If it has literals:
//
//	8 bits   how many bits the code of the first one has
//	16 bits  the literals
//
// If not:
//
//	5 bits   total: how many bits the code and the extra bits behind it have; of a link, how many bits select from
//	         the second table
//	4 bits   width: how many bits the code has
//	15 bits  base: the length or distance without the extra bits; of a link, where its part of the second table begins
type entry uint32

const (
	oneLiteral entry = 1 << 4
	perRun     entry = 1

	firstLiteral  = 16
	secondLiteral = 24

	kinds   entry = 15 << 4 // with the number of literals
	value   entry = 0 << 6  // a length or a distance
	link    entry = 1 << 6  // to the second table, for codes that are longer than what the first is looked up by
	end     entry = 2 << 6  // of the block
	invalid entry = 3 << 6  // no code, or that of a symbol that must not occur

	perTotal entry = 1 << 8
	perWidth entry = 1 << 13
	perBase  entry = 1 << 17
)

func (e entry) run() uint      { return uint(e & 15) }
func (e entry) literals() uint { return uint(e >> 4 & 3) }
func (e entry) kind() entry    { return e & kinds }
func (e entry) total() uint    { return uint(e >> 8 & 31) }
func (e entry) width() uint    { return uint(e >> 13 & 15) }
func (e entry) base() uint     { return uint(e >> 17) }

// first returns the entry of the first literal alone.
func (e entry) first() entry { return oneLiteral | e>>8&15 | e&(0xff0f<<8) }

// value returns the length or distance whose code is at the bottom of buf.
func (e entry) value(buf uint64) int {
	return int(e.base() + uint(buf&(1<<e.total()-1))>>e.width())
}

// target returns where in the second table the link leads, by the bits behind those that the first was looked up by.
func (e entry) target(buf uint64) uint { return e.base() + uint(buf)&(1<<e.total()-1) }

// coded returns the entry of a symbol, which had none yet, with a code of so many bits.
func (e entry) coded(width int) entry {
	if e.literals() > 0 {
		return e + entry(width)*(perRun+perTotal)
	}
	return e + entry(width)*(perTotal+perWidth)
}
