package inflate

const (
	maxLit  = 286 // symbols for literals, the end of a block, and lengths
	maxDist = 30

	endOfBlock = 256
	maxMatch   = 258
	maxHistory = 32 << 10
)

// The entries of all symbols, without the width of their codes. Both have two symbols more than are allowed, which the
// fixed codes have.
var (
	litEntries  = newLitEntries()
	distEntries = newDistEntries()
	lenEntries  = newLenEntries()
)

func newLitEntries() (entries [maxLit + 2]entry) {
	for i := range entries {
		switch {
		case i < endOfBlock:
			entries[i] = oneLiteral | entry(i)<<8
		case i == endOfBlock:
			entries[i] = end
		case i < 265:
			entries[i] = entry(i-257+3) << 16
		case i < 285:
			extra := (i - 261) / 4
			entries[i] = entry(3+(4+(i-261)%4)<<extra)<<16 | entry(extra)<<8
		case i == 285:
			entries[i] = maxMatch << 16
		default:
			entries[i] = invalid
		}
	}
	return entries
}

func newDistEntries() (entries [maxDist + 2]entry) {
	for i := range entries {
		switch {
		case i < 2:
			entries[i] = entry(i+1) << 16
		case i < maxDist:
			extra := i/2 - 1
			entries[i] = entry(1+(2+i%2)<<extra)<<16 | entry(extra)<<8
		default:
			entries[i] = invalid
		}
	}
	return entries
}

// newLenEntries returns the entries of code lengths and of the three ways to repeat them, as values.
func newLenEntries() (entries [19]entry) {
	for i := range entries {
		entries[i] = entry(i) << 16
	}
	return entries
}

// fixed has the codes that blocks may use without saying what they are.
var fixed = newFixed()

type tables struct {
	lit     litTable
	dist    distTable
	lengths [maxLit + 2]uint8 // of the codes of lit
}

func newFixed() *tables {
	t := new(tables)
	for i := range t.lengths {
		switch {
		case i < 144:
			t.lengths[i] = 8
		case i < 256:
			t.lengths[i] = 9
		case i < 280:
			t.lengths[i] = 7
		default:
			t.lengths[i] = 8
		}
	}
	var c code
	c.set(t.lengths[:])
	c.fill(t.lit.root[:], t.lit.second[:], litEntries[:])
	t.lit.pair()
	var five [maxDist + 2]uint8
	for i := range five {
		five[i] = 5
	}
	c.set(five[:])
	c.fill(t.dist.root[:], t.dist.second[:], distEntries[:])
	return t
}
