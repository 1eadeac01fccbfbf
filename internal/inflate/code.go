package inflate

import "math/bits"

const maxWidth = 15 // of a code, in bits

// code is a Huffman code as RFC 1951 orders it.
type code struct {
	count   [maxWidth + 1]int  // how many symbols have codes of this many bits
	longest int                // of all codes
	symbols [maxLit + 2]uint16 // those with codes, shorter codes first
	used    int                // how many those are
}

// set makes the code from the number of bits for each symbol, 0 for those without a code. It reports whether there is
// such a code: one that uses up all combinations of bits, or has a single symbol, of one bit, or none.
func (c *code) set(widths []uint8) bool {
	c.count, c.longest = [maxWidth + 1]int{}, 0
	for _, w := range widths {
		c.count[w&maxWidth]++
	}
	c.used = len(widths) - c.count[0]
	c.count[0] = 0

	var next [maxWidth + 1]int
	free := 1
	for w := 1; w <= maxWidth; w++ {
		next[w] = next[w-1] + c.count[w-1]
		if free = 2*free - c.count[w]; free < 0 {
			return false
		}
		if c.count[w] > 0 {
			c.longest = w
		}
	}
	if free > 0 && c.longest > 1 {
		return false
	}
	for symbol, w := range widths {
		if w > 0 {
			c.symbols[next[w&maxWidth]] = uint16(symbol)
			next[w&maxWidth]++
		}
	}
	return true
}

// fill writes the table of the code, which is looked up by as many bits as select from first. Longer codes are in second,
// in parts that have a prefix in common, which first has a link for. entries are those of all symbols.
func (c *code) fill(first, second, entries []entry) {
	firstBits := bits.Len(uint(len(first) - 1))
	partBits := max(0, c.longest-firstBits)
	prefix, part := -1, -1
	next, symbols := 0, c.symbols[:c.used]
	first[0] = invalid
	for width := 1; width <= max(c.longest, firstBits); width++ {
		next *= 2
		if width <= firstBits { // shorter codes stand at all places that end in them
			half := 1 << (width - 1)
			copy(first[half:2*half], first[:half])
		}
		for _, symbol := range symbols[:c.count[width]] {
			at := int(bits.Reverse16(uint16(next)) >> (16 - width)) // bits arrive in this order
			e := entries[symbol].coded(width)
			next++
			if width <= firstBits {
				first[at] = e
				continue
			}
			if p := at & (len(first) - 1); p != prefix {
				prefix, part = p, part+1
				first[p] = link | entry(partBits)*perTotal | entry(part<<partBits)*perBase
			}
			for i := at >> firstBits; i < 1<<partBits; i += 1 << (width - firstBits) {
				second[part<<partBits+i] = e
			}
		}
		symbols = symbols[c.count[width]:]
	}
}
