package chunkdata

// portion is what is left of the rows that Take is to take, and the bounds of the message.
type portion struct {
	lo, hi    int
	more      bool // others may follow
	mostRows  int
	mostBytes int64
}

const (
	sampleRows   = 256 // as many rows or fewer are not worth sampling
	samplePlaces = 16
	sampleBlock  = 4

	// steadyRows is how many rows must have come before a whole chunk of them is expected.
	steadyRows = 512
)

// makeRoom makes room for a block of n rows with size bytes that has just been encoded. The arena grows as seldom as
// possible, to what all rows to come will need: memory that is left behind costs as much as memory that is used.
func (d *Data) makeRoom(rest portion, n, size int) {
	if d.arena.buf == nil {
		d.arena.head = d.head
	}
	if d.arena.least(d.sizes) <= d.arena.room() {
		d.arena.spread(d.sizes, 0)
		return
	}
	rows, bytes := d.filled+n, float64(d.arena.size()+size)
	perRow := bytes / float64(rows)
	left := rest.hi - rest.lo
	switch {
	case rest.more && rows < steadyRows:
		left = max(left, 3*rows)
	case rest.more:
		left = rest.mostRows
	}
	left = min(left, rest.mostRows-rows)
	if !rest.more && left > sampleRows {
		perRow = d.sample(rest.lo, rest.lo+left)
	}
	expected := min(bytes+perRow*float64(left), float64(rest.mostBytes))
	beside := d.arena.head + len(d.sizes)*(Gap+1)
	d.arena.spread(d.sizes, beside+int(expected*(1+1.0/64)))
}

// sample returns how many bytes a row of [lo, hi) has on average, as far as some of them tell. The first rows alone do not:
// numbers that count up become longer.
func (d *Data) sample(lo, hi int) float64 {
	rows, bytes := 0, 0
	for place := range samplePlaces {
		from := lo + (hi-lo-sampleBlock)/(samplePlaces-1)*place
		n, err := d.measure(from, from+sampleBlock)
		if err != nil {
			break // its turn will come, if the rows before it can be sent
		}
		rows, bytes = rows+sampleBlock, bytes+n
	}
	return float64(bytes) / float64(max(rows, 1))
}

// measure returns how many bytes rows [lo, hi) have. The block in the scratch stays.
func (d *Data) measure(lo, hi int) (size int, err error) {
	for _, encoder := range d.encoders {
		block := d.scratch.b
		out, err := encoder.Append(block, lo, hi)
		if err != nil {
			return 0, err
		}
		d.scratch.b = out[:len(block)]
		size += len(out) - len(block) + 1
	}
	return size, nil
}
