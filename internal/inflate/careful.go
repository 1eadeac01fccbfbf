package inflate

// careful decodes symbol by symbol.
func (d *decoder) careful() error {
	r := &d.bits
	for {
		r.fill()
		e := d.tables.lit.root[r.buf&(1<<litBits-1)]
		if e.literals() > 1 {
			e = litEntries[uint8(e>>8)].coded(int(d.tables.lengths[uint8(e>>8)]))
		}
		if e.kind() == link {
			e = d.tables.lit.second[e.base()+uint(r.buf>>litBits)&(1<<e.total()-1)]
		}
		if e.width() > r.n || r.n == 0 {
			return errCutOff
		}
		switch {
		case e.literals() > 0:
			if d.w == len(d.out) {
				return errRoom
			}
			d.out[d.w] = byte(e >> 8)
			d.w++
			r.drop(e.width())
			continue
		case e.kind() == end:
			r.drop(e.width())
			return nil
		case e.kind() == invalid:
			return errSymbol
		}
		buf, n := r.buf, r.n
		if e.total() > n {
			return errCutOff
		}
		length := e.value(buf)
		buf >>= e.total()
		n -= e.total()
		e = d.tables.dist.root[buf&(1<<distBits-1)]
		if e.kind() == link {
			e = d.tables.dist.second[e.base()+uint(buf>>distBits)&(1<<e.total()-1)]
		}
		switch {
		case e.kind() == invalid:
			return errSymbol
		case e.total() > n:
			return errCutOff
		}
		distance := e.value(buf)
		if distance > d.w-d.start {
			return errDistance
		}
		if length > len(d.out)-d.w {
			return errRoom
		}
		r.buf = buf >> e.total()
		r.n = n - e.total()
		for range length {
			d.out[d.w] = d.out[d.w-distance]
			d.w++
		}
	}
}
