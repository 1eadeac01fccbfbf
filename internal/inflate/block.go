package inflate

// decoder inflates one stream. Where there is no room it is interrupted, and goes on when it has got some.
type decoder struct {
	bits bitReader
	sum  adler

	out   []byte
	start int // where in out the stream begins, or as much as is kept of it
	w     int // how much of out is written

	state  state
	last   bool    // whether the block is the last one
	left   int     // bytes of a stored block
	tables *tables // of any other

	own    tables
	code   code
	lens   [1 << lenBits]entry
	widths [maxLit + maxDist]uint8
}

// state is what comes next in the input.
type state uint8

const (
	header state = iota // of a block
	stored
	coded
)

// blocks decodes to the end of the last block. The error is errRoom if it was interrupted.
func (d *decoder) blocks() error {
	for d.state != header || !d.last {
		from := d.w
		err := d.step()
		d.sum = d.sum.add(d.out[from:d.w])
		if err != nil {
			return err
		}
	}
	return nil
}

// step decodes the header of a block or what it has.
func (d *decoder) step() error {
	switch d.state {
	case stored:
		return d.copyStored()
	case coded:
		d.fast()
		return d.careful()
	}
	head, err := d.bits.take(3)
	if err != nil {
		return err
	}
	d.last = head&1 == 1
	switch head >> 1 {
	case 0:
		d.state = stored
		return d.readLength()
	case 1:
		d.state, d.tables = coded, fixed
		return nil
	case 2:
		d.state, d.tables = coded, &d.own
		return d.readCodes()
	}
	return errBlock
}

// readLength reads how long a stored block is.
func (d *decoder) readLength() error {
	d.bits.align()
	length, err := d.bits.take(16)
	if err != nil {
		return err
	}
	complement, err := d.bits.take(16)
	if err != nil {
		return err
	}
	if length != complement^0xffff {
		return errStored
	}
	d.bits.align()
	d.left = length
	return nil
}

// copyStored copies what is left of a stored block.
func (d *decoder) copyStored() error {
	n := min(d.left, len(d.out)-d.w, len(d.bits.src)-d.bits.in)
	copy(d.out[d.w:], d.bits.src[d.bits.in:d.bits.in+n])
	d.w += n
	d.left -= n
	d.bits.in += n
	switch {
	case d.left == 0:
		d.state = header
		return nil
	case d.w == len(d.out):
		return errRoom
	}
	return errCutOff
}
