package inflate

// careful decodes to the end of the block, symbol by symbol, with as much input and room as there is.
func (d *decoder) careful() error {
	for {
		d.bits.fill()
		e := d.tables.lit[d.bits.buf&(1<<litBits-1)]
		if e.kind() == link {
			e = d.tables.longLit[e.target(d.bits.buf>>litBits)]
		}
		var err error
		if e.literals() > 0 {
			err = d.literal(e.first())
		} else {
			switch {
			case e.total() > d.bits.n:
				return errCutOff
			case e.kind() == invalid:
				return errSymbol
			case e.kind() == end:
				d.bits.drop(e.width())
				d.state = header
				return nil
			}
			err = d.match(e)
		}
		if err != nil {
			return err
		}
	}
}

func (d *decoder) literal(e entry) error {
	if e.run() > d.bits.n {
		return errCutOff
	}
	if d.w == len(d.out) {
		return errRoom
	}
	d.bits.drop(e.run())
	d.out[d.w] = byte(e >> firstLiteral)
	d.w++
	return nil
}

// match copies what its length and its distance, which comes next, tell.
func (d *decoder) match(length entry) error {
	buf, n := d.bits.buf>>length.total(), d.bits.n-length.total()
	distance := d.tables.dist[buf&(1<<distBits-1)]
	if distance.kind() == link {
		distance = d.tables.longDist[distance.target(buf>>distBits)]
	}
	switch {
	case distance.total() > n:
		return errCutOff
	case distance.kind() == invalid:
		return errSymbol
	case distance.value(buf) > d.w-d.start:
		return errDistance
	case length.value(d.bits.buf) > len(d.out)-d.w:
		return errRoom
	}
	from, to := d.w-distance.value(buf), d.w+length.value(d.bits.buf)
	d.bits.drop(length.total() + distance.total())
	extend(d.out[from:to], d.w-from)
	d.w = to
	return nil
}

// extend fills b by repeating the first n bytes.
func extend(b []byte, n int) {
	for n < len(b) {
		n += copy(b[n:], b[:n])
	}
}
