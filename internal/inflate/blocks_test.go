package inflate_test

import (
	"math/bits"
	"slices"
)

// bitWriter packs bits, the lowest of each byte first.
type bitWriter struct {
	b []byte
	n int // how many bits of the last byte are used, 0 if all
}

// put writes the lowest bits of v, the lowest first.
func (w *bitWriter) put(v, width int) {
	for i := range width {
		if w.n == 0 {
			w.b = append(w.b, 0)
		}
		w.b[len(w.b)-1] |= byte(v>>i&1) << w.n
		w.n = (w.n + 1) % 8
	}
}

// code writes a Huffman code, the highest bit first.
func (w *bitWriter) code(c huffman) {
	w.put(int(bits.Reverse16(uint16(c.code))>>(16-c.width)), c.width)
}

// stored writes the head of a stored block and what is in it.
func (w *bitWriter) stored(last bool, data []byte) {
	w.head(last, 0)
	w.n = 0
	w.put(len(data), 16)
	w.put(^len(data), 16)
	w.b = append(w.b, data...)
}

func (w *bitWriter) head(last bool, kind int) {
	w.put(map[bool]int{true: 1}[last], 1)
	w.put(kind, 2)
}

// dynamic writes the head of a block with these code lengths, each by itself.
func (w *bitWriter) dynamic(last bool, lit, dist []int) {
	all := slices.Concat(lit, dist)
	items := make([]repeat, len(all))
	for i, l := range all {
		items[i] = repeat{symbol: l}
	}
	lens := make([]int, 19)
	for i := range 16 {
		lens[i] = 4
	}
	w.lengths(last, len(lit), len(dist), lens, items)
}

// repeat is a code length, or one of the three ways to have several of them.
type repeat struct{ symbol, extra int }

// lengths writes the head of a block whose code lengths are given by items, with codes whose lengths are in lens.
func (w *bitWriter) lengths(last bool, lit, dist int, lens []int, items []repeat) {
	w.head(last, 2)
	w.put(lit-257, 5)
	w.put(dist-1, 5)
	w.put(19-4, 4)
	for _, symbol := range []int{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15} {
		w.put(lens[symbol], 3)
	}
	codes := canonical(lens)
	for _, item := range items {
		w.code(codes[item.symbol])
		w.put(item.extra, map[int]int{16: 2, 17: 3, 18: 7}[item.symbol])
	}
}

// huffman is the code of a symbol, of width 0 if it has none.
type huffman struct{ code, width int }

// canonical returns the codes of symbols by their lengths, as RFC 1951 orders them.
func canonical(lengths []int) []huffman {
	codes := make([]huffman, len(lengths))
	next := 0
	for width := 1; width <= 15; width++ {
		next <<= 1
		for symbol, l := range lengths {
			if l == width {
				codes[symbol] = huffman{next, width}
				next++
			}
		}
	}
	return codes
}

// fixedCodes returns the codes of blocks that do not bring their own.
func fixedCodes() (lit, dist []huffman) {
	lengths := slices.Concat(slices.Repeat([]int{8}, 144), slices.Repeat([]int{9}, 112), slices.Repeat([]int{7}, 24), slices.Repeat([]int{8}, 8))
	return canonical(lengths), canonical(slices.Repeat([]int{5}, 32))
}

// extraBits returns how many bits follow the code of a length or a distance.
func extraBits(symbol int, distance bool) int {
	switch {
	case distance && symbol >= 4:
		return symbol/2 - 1
	case !distance && symbol >= 265 && symbol < 285:
		return (symbol - 261) / 4
	}
	return 0
}

// lengthSymbol and distanceSymbol return the symbol of a length or distance, and its extra bits: found by going through all
// of them.
func lengthSymbol(length int) (symbol, extra int) {
	if length == 258 {
		return 285, 0
	}
	return symbolOf(length-3, 257, false)
}

func distanceSymbol(distance int) (symbol, extra int) { return symbolOf(distance-1, 0, true) }

func symbolOf(v, symbol int, distance bool) (int, int) {
	for ; v >= 1<<extraBits(symbol, distance); symbol++ {
		v -= 1 << extraBits(symbol, distance)
	}
	return symbol, v
}

// match writes a length and a distance.
func (w *bitWriter) match(lit, dist []huffman, length, distance int) {
	symbol, extra := lengthSymbol(length)
	w.code(lit[symbol])
	w.put(extra, extraBits(symbol, false))
	symbol, extra = distanceSymbol(distance)
	w.code(dist[symbol])
	w.put(extra, extraBits(symbol, true))
}
