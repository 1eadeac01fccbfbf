package inflate

const (
	litBits  = 11 // by which the tables are looked up
	distBits = 8
	lenBits  = 7 // the longest code of a code length
)

// tables are for the two codes of a block. In second tables, each part has room for the longest code, and each stands for
// at least two symbols.
type tables struct {
	lit  [1 << litBits]entry
	dist [1 << distBits]entry

	longLit  [maxLit / 2 << (maxWidth - litBits)]entry
	longDist [maxDist / 2 << (maxWidth - distBits)]entry
}

// setLit and setDist report whether the widths are those of a code.
func (t *tables) setLit(c *code, widths []uint8) bool {
	if !c.set(widths) {
		return false
	}
	c.fill(t.lit[:], t.longLit[:], litEntries[:])
	t.pair()
	return true
}

func (t *tables) setDist(c *code, widths []uint8) bool {
	if !c.set(widths) {
		return false
	}
	c.fill(t.dist[:], t.longDist[:], distEntries[:])
	return true
}

// pair gives entries two literals where both codes fit.
func (t *tables) pair() {
	for i := len(t.lit) - 1; i >= 0; i-- { // what is looked up is at or below i and has one literal still
		e := t.lit[i]
		f := t.lit[i>>e.run()]
		if e.literals() == 1 && f.literals() == 1 && e.run()+f.run() <= litBits {
			t.lit[i] = e + oneLiteral + perRun*entry(f.run()) | f>>firstLiteral&0xff<<secondLiteral
		}
	}
}

// fixed are the tables of blocks that do not bring codes of their own.
var fixed = newFixed()

func newFixed() *tables {
	var lit [maxLit + 2]uint8
	var dist [maxDist + 2]uint8
	for i := range lit {
		switch {
		case i < 144:
			lit[i] = 8
		case i < 256:
			lit[i] = 9
		case i < 280:
			lit[i] = 7
		default:
			lit[i] = 8
		}
	}
	for i := range dist {
		dist[i] = 5
	}
	t := new(tables)
	var c code
	t.setLit(&c, lit[:])
	t.setDist(&c, dist[:])
	return t
}
