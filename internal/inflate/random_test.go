package inflate_test

import (
	"math/rand/v2"
	"slices"
)

// maker makes blocks as it is told by bytes, and by chance when they are used up.
type maker struct {
	told    []byte
	damaged bool
	chance  *rand.Rand
	w       bitWriter
	written int // how many bytes the blocks stand for, while they are sound
	room    int // about how many more they may stand for
}

func newMaker(told []byte, damaged bool) *maker {
	seed := uint64(len(told))
	for _, b := range told {
		seed = seed*0x100000001b3 ^ uint64(b)
	}
	return &maker{told: told, damaged: damaged, chance: rand.New(rand.NewPCG(seed, 1))}
}

// pick returns a number below n.
func (m *maker) pick(n int) int {
	v := 0
	for at := n - 1; at > 0; at >>= 8 {
		v <<= 8
		if len(m.told) > 0 {
			v |= int(m.told[0])
			m.told = m.told[1:]
		} else {
			v |= m.chance.IntN(256)
		}
	}
	return v % n
}

// breaks is true once in n times if the blocks are to be damaged.
func (m *maker) breaks(n int) bool { return m.damaged && m.pick(n) == n-1 }

// blocks returns blocks of all types.
func (m *maker) blocks() []byte {
	m.room = []int{200, 2000, 20_000, 200_000}[min(m.pick(4), m.pick(4), m.pick(4), m.pick(8))]
	for n := m.pick(5); n >= 0; n-- {
		last := n == 0
		switch m.pick(6) {
		case 0:
			data := make([]byte, []int{0, 1, m.pick(300), m.pick(30_000)}[m.pick(4)])
			_, _ = rand.NewChaCha8([32]byte{byte(m.pick(256))}).Read(data)
			m.w.stored(last, data)
			m.written += len(data)
		case 1, 2:
			m.w.head(last, 1)
			lit, dist := fixedCodes()
			m.symbols(lit, dist)
		default:
			m.dynamic(last)
		}
	}
	if m.breaks(2) && len(m.w.b) > 0 {
		m.w.b[m.pick(len(m.w.b))] ^= 1 << m.pick(8)
	}
	if m.breaks(8) {
		m.w.b = m.w.b[:m.pick(len(m.w.b)+1)]
	}
	return m.w.b
}

// dynamic makes a block with codes of its own.
func (m *maker) dynamic(last bool) {
	lit := m.complete(286, 1+m.pick(286), 15)
	if lit[256] == 0 && !m.breaks(16) { // there has to be an end
		i := slices.IndexFunc(lit, func(l int) bool { return l > 0 })
		lit[256], lit[i] = lit[i], 0
	}
	var dist []int
	switch m.pick(8) {
	case 0: // no distances
		dist = make([]int, 1+m.pick(30))
	case 1: // a single one
		dist = make([]int, 1+m.pick(30))
		dist[m.pick(len(dist))] = 1
	default:
		dist = m.complete(30, 2+m.pick(29), 15)
	}
	if m.breaks(3) {
		l := [][]int{lit, dist}[m.pick(2)]
		l[m.pick(len(l))] = m.pick(16)
	}
	lit = lit[:max(257, m.used(lit))]
	dist = dist[:max(1, m.used(dist))]
	if m.breaks(8) {
		lit = append(lit, make([]int, 288-len(lit))...)[:286+m.pick(3)]
	}
	if m.breaks(8) {
		dist = append(dist, make([]int, 32-len(dist))...)[:30+m.pick(3)]
	}
	m.lengths(last, lit, dist)
	m.symbols(canonical(lit), canonical(dist))
}

// used returns up to which symbol there are codes, or a little more.
func (m *maker) used(lengths []int) int {
	n := len(lengths)
	for n > 0 && lengths[n-1] == 0 && m.pick(16) > 0 {
		n--
	}
	return n
}

// complete returns the lengths of a complete code for some of the symbols.
func (m *maker) complete(symbols, some, longest int) []int {
	leaves := []int{0}
	deep := m.pick(3)
	for len(leaves) < max(some, 2) {
		i := m.pick(len(leaves))
		if deep > 0 { // rather the last, which is deepest
			i = len(leaves) - 1 - m.pick(min(deep, len(leaves)))
		}
		for tries := 0; leaves[i] == longest && tries < len(leaves); tries++ {
			i = (i + 1) % len(leaves)
		}
		if leaves[i] == longest {
			break
		}
		leaves[i]++
		leaves = append(leaves, leaves[i])
	}
	lengths := make([]int, symbols)
	order := rand.New(rand.NewPCG(uint64(m.pick(256)), 2)).Perm(symbols)
	for i, l := range leaves {
		lengths[order[i]] = l
	}
	return lengths
}

// lengths writes the head of a block with these lengths, sometimes repeated.
func (m *maker) lengths(last bool, lit, dist []int) {
	all := slices.Concat(lit, dist)
	var items []repeat
	for i := 0; i < len(all); {
		run := 1
		for i+run < len(all) && all[i+run] == all[i] {
			run++
		}
		switch {
		case all[i] == 0 && run >= 11 && m.pick(4) > 0:
			n := min(run, 138, 11+m.pick(128))
			items = append(items, repeat{18, n - 11})
			i += n
		case all[i] == 0 && run >= 3 && m.pick(4) > 0:
			n := min(run, 10, 3+m.pick(8))
			items = append(items, repeat{17, n - 3})
			i += n
		case i > 0 && all[i] == all[i-1] && run >= 3 && m.pick(4) > 0:
			n := min(run, 6, 3+m.pick(4))
			items = append(items, repeat{16, n - 3})
			i += n
		default:
			items = append(items, repeat{symbol: all[i]})
			i++
		}
	}
	if m.breaks(8) {
		i := m.pick(len(items))
		items[i] = repeat{16 + m.pick(3), m.pick(4)}
	}
	m.w.lengths(last, len(lit), len(dist), m.lengthCodes(items), items)
}

// lengthCodes returns lengths of codes for the code lengths that occur.
func (m *maker) lengthCodes(items []repeat) []int {
	var kinds []int
	for _, item := range items {
		if !slices.Contains(kinds, item.symbol) {
			kinds = append(kinds, item.symbol)
		}
	}
	lens := make([]int, 19)
	if len(kinds) == 1 && m.pick(2) == 0 {
		lens[kinds[0]] = 1
		return lens
	}
	for other := 0; len(kinds) < 2; other++ {
		if !slices.Contains(kinds, other) {
			kinds = append(kinds, other)
		}
	}
	for i, l := range m.complete(len(kinds), len(kinds), 7) {
		lens[kinds[i]] = l
	}
	if m.breaks(8) {
		lens[m.pick(19)] = m.pick(8)
	}
	return lens
}

// symbols writes literals and matches of all lengths and distances that the codes have, and the end of the block.
func (m *maker) symbols(lit, dist []huffman) {
	var literals, lengths, distances []int
	for symbol, c := range lit {
		if c.width > 0 && symbol < 256 {
			literals = append(literals, symbol)
		}
		if c.width > 0 && symbol > 256 && (symbol < 286 || m.damaged) {
			lengths = append(lengths, symbol)
		}
	}
	for symbol, c := range dist {
		if c.width > 0 && (symbol < 30 || m.damaged) {
			distances = append(distances, symbol)
		}
	}
	matches := 1 + m.pick(4) // of four symbols
	to := m.written + m.pick(m.room)
	for tries := 0; m.written < to && tries < m.room; tries++ {
		switch {
		case len(literals) > 0 && m.pick(4) >= matches:
			m.w.code(lit[literals[m.pick(len(literals))]])
			m.written++
		case len(lengths) > 0 && len(distances) > 0:
			m.anyMatch(lit, dist, lengths[m.pick(len(lengths))], distances[m.pick(len(distances))])
		case len(literals) > 0:
			m.w.code(lit[literals[m.pick(len(literals))]])
			m.written++
		default:
			tries = m.room
		}
	}
	if !m.breaks(8) {
		m.w.code(lit[256])
	}
}

// anyMatch writes a match unless it reaches back too far.
func (m *maker) anyMatch(lit, dist []huffman, length, distance int) {
	if least := distanceOf(distance); least > m.written && !m.breaks(32) {
		return
	}
	width := extraBits(distance, true)
	extra := m.pick(1 << width)
	if distanceOf(distance)+extra > m.written && !m.breaks(32) {
		extra = m.written - distanceOf(distance)
	}
	m.w.code(lit[length])
	lengthWidth := extraBits(length, false)
	lengthExtra := m.pick(1 << lengthWidth)
	m.w.put(lengthExtra, lengthWidth)
	m.w.code(dist[distance])
	m.w.put(extra, width)
	m.written += lengthOf(length) + lengthExtra
}

// lengthOf and distanceOf return the least length or distance of a symbol.
func lengthOf(symbol int) int {
	if symbol == 285 {
		return 258
	}
	v := 3
	for s := 257; s < symbol; s++ {
		v += 1 << extraBits(s, false)
	}
	return v
}

func distanceOf(symbol int) int {
	v := 1
	for s := range symbol {
		v += 1 << extraBits(s, true)
	}
	return v
}
