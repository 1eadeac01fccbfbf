package inflate

const (
	maxLit  = 286 // symbols of literals, the end of a block, and lengths
	maxDist = 30  // symbols of distances

	endOfBlock = 256
	maxMatch   = 258
	maxHistory = 32 << 10
)

// The entries of symbols that have no code yet. The fixed codes have two symbols more than are allowed.
var (
	litEntries  = newLitEntries()
	distEntries = newDistEntries()
	lenEntries  = newLenEntries()
)

func newLitEntries() (entries [maxLit + 2]entry) {
	for i := range entries {
		switch {
		case i < endOfBlock:
			entries[i] = oneLiteral | entry(i)<<firstLiteral
		case i == endOfBlock:
			entries[i] = end
		case i < 265:
			entries[i] = value | entry(i-257+3)*perBase
		case i < 285:
			extra := (i - 261) / 4
			entries[i] = value | entry(3+(4+(i-261)%4)<<extra)*perBase | entry(extra)*perTotal
		case i == 285:
			entries[i] = value | maxMatch*perBase
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
			entries[i] = value | entry(1+i)*perBase
		case i < maxDist:
			extra := i/2 - 1
			entries[i] = value | entry(1+(2+i%2)<<extra)*perBase | entry(extra)*perTotal
		default:
			entries[i] = invalid
		}
	}
	return entries
}

// newLenEntries returns the entries of what code lengths are given by: 16 of them, and three ways to repeat.
func newLenEntries() (entries [16 + 3]entry) {
	for i := range entries {
		entries[i] = value | entry(i)*perBase
	}
	return entries
}
