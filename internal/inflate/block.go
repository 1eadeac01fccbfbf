package inflate

// decoder inflates one stream.
type decoder struct {
	bits  bitReader
	out   []byte
	w     int // how much of out is written
	start int // where in out the stream's own bytes begin

	sum adler

	state  state
	last   bool
	left   int // of a stored block
	tables *tables

	code    code
	lens    [1 << lenBits]entry
	lengths [maxLit + maxDist]uint8
	own     tables
}

type state uint8

const (
	between state = iota
	stored
	coded
)

// blocks decodes blocks until the end of the last one, or errRoom.
func (d *decoder) blocks() error {
	for {
		if d.state == between {
			if d.last {
				return nil
			}
			if err := d.header(); err != nil {
				return err
			}
		}
		from := d.w
		var err error
		if d.state == stored {
			err = d.copyStored()
		} else {
			err = d.symbols()
		}
		d.sum = d.sum.add(d.out[from:d.w])
		if err != nil {
			return err
		}
		d.state = between
	}
}

func (d *decoder) header() error {
	head, err := d.bits.take(3)
	if err != nil {
		return err
	}
	d.last = head&1 == 1
	switch head >> 1 {
	case 0:
		d.state = stored
		return d.beginStored()
	case 1:
		d.state, d.tables = coded, fixed
		return nil
	case 2:
		d.state, d.tables = coded, &d.own
		return d.readCodes()
	}
	return errBlock
}

func (d *decoder) beginStored() error {
	d.bits.align()
	n, err := d.bits.take(16)
	if err != nil {
		return err
	}
	c, err := d.bits.take(16)
	if err != nil {
		return err
	}
	if n != ^c&0xffff {
		return errStored
	}
	d.bits.align()
	d.left = int(n)
	return nil
}

func (d *decoder) copyStored() error {
	n := min(d.left, len(d.out)-d.w)
	m := copy(d.out[d.w:d.w+n], d.bits.src[d.bits.in:])
	d.bits.in += m
	d.w += m
	d.left -= m
	switch {
	case m < n:
		return errCutOff
	case d.left > 0:
		return errRoom
	}
	return nil
}

// symbols decodes to the end of the block.
func (d *decoder) symbols() error {
	if d.fast() {
		return nil
	}
	return d.careful()
}
