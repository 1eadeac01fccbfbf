package inflate

import "math/bits"

// code is a canonical Huffman code: how many symbols have codes of each length, and all that have one, shorter codes first.
type code struct {
	count   [maxWidth + 1]int
	longest int
	symbols [maxLit + 2]uint16
	used    int
}

// set makes the code from the length that each symbol has, 0 for those without a code. It reports whether there is such
// a code: it uses up all combinations of bits, or has a single symbol, of one bit, or none.
func (c *code) set(lengths []uint8) bool {
	c.count = [maxWidth + 1]int{}
	for _, l := range lengths {
		c.count[l&maxWidth]++
	}
	c.used = len(lengths) - c.count[0]
	c.count[0] = 0
	var next [maxWidth + 1]int
	free := 1
	for l := 1; l <= maxWidth; l++ {
		next[l] = next[l-1] + c.count[l-1]
		if free = free<<1 - c.count[l]; free < 0 {
			return false
		}
		if c.count[l] > 0 {
			c.longest = l
		}
	}
	if free > 0 && c.used > 0 && (c.used > 1 || c.count[1] == 0) {
		return false
	}
	for symbol, l := range lengths {
		if l > 0 {
			c.symbols[next[l&maxWidth]] = uint16(symbol)
			next[l&maxWidth]++
		}
	}
	return true
}

// fill writes the tables of the code. entries has that of each symbol, without its code.
func (c *code) fill(root, second []entry, entries []entry) {
	root[0] = invalid
	size, next := 1, 0
	k := 0
	width := 1
	for ; size < len(root); width++ {
		copy(root[size:2*size], root[:size])
		size *= 2
		next <<= 1
		for _, symbol := range c.symbols[k : k+c.count[width]] {
			root[reversed(next, width)] = entries[symbol].coded(width)
			next++
		}
		k += c.count[width]
	}
	if k == c.used {
		return
	}
	deep := c.longest - width + 1
	mask := len(root) - 1
	prefix, start, used := -1, 0, 0
	for ; width <= c.longest; width++ {
		next <<= 1
		for _, symbol := range c.symbols[k : k+c.count[width]] {
			rev := reversed(next, width)
			next++
			if rev&mask != prefix {
				prefix, start = rev&mask, used
				used += 1 << deep
				root[prefix] = link | entry(deep)<<8 | entry(start)<<16
			}
			e := entries[symbol].coded(width)
			for i := rev / len(root); i < 1<<deep; i += 1 << (width - c.longest + deep) {
				second[start+i] = e
			}
		}
		k += c.count[width]
	}
}

// pair lets entries of the root stand for more than one literal where all their codes fit.
func (t *litTable) pair() {
	for i := len(t.root) - 1; i >= 0; i-- {
		e := t.root[i]
		if e.literals() == 0 {
			continue
		}
		w := e.width()
		f := t.root[i>>w]
		if f.literals() != 1 || w+f.width() > litBits {
			continue
		}
		w += f.width()
		e = oneLiteral*2 | e&0xff00 | (f&0xff00)<<8 | entry(w)
		if triples {
			g := t.root[i>>w]
			if g.literals() == 1 && w+g.width() <= litBits {
				e = (e+oneLiteral)&^15 | (g&0xff00)<<16 | entry(w+g.width())
			}
		}
		t.root[i] = e
	}
}

const triples = true

// reversed returns the code in the order in which its bits arrive.
func reversed(code, width int) int { return int(bits.Reverse16(uint16(code)) >> (16 - width)) }
