package inflate

// lenOrder is the order in which a block gives the code of its code lengths.
var lenOrder = [len(lenEntries)]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// readCodes reads the codes that a block brings into the decoder's own tables.
func (d *decoder) readCodes() error {
	counts, err := d.bits.take(5 + 5 + 4)
	if err != nil {
		return err
	}
	lit, dist, lens := 257+counts&31, 1+counts>>5&31, 4+counts>>10
	if lit > maxLit || dist > maxDist {
		return errCounts
	}
	var widths [len(lenEntries)]uint8
	for _, symbol := range lenOrder[:lens] {
		w, err := d.bits.take(3)
		if err != nil {
			return err
		}
		widths[symbol] = uint8(w)
	}
	if !d.code.set(widths[:]) {
		return errCodes
	}
	d.code.fill(d.lens[:], nil, lenEntries[:])
	if err := d.readWidths(d.widths[:lit+dist]); err != nil {
		return err
	}
	if !d.own.setLit(&d.code, d.widths[:lit]) || !d.own.setDist(&d.code, d.widths[lit:lit+dist]) {
		return errCodes
	}
	return nil
}

// readWidths reads how many bits the code of each symbol has.
func (d *decoder) readWidths(widths []uint8) error {
	for i := 0; i < len(widths); {
		d.bits.fill()
		e := d.lens[d.bits.buf&(1<<lenBits-1)]
		switch {
		case e.width() > d.bits.n:
			return errCutOff
		case e.kind() == invalid:
			return errSymbol
		}
		d.bits.drop(e.width())
		if e.base() < 16 {
			widths[i] = uint8(e.base())
			i++
			continue
		}

		if e.base() == 16 && i == 0 {
			return errRepeat
		}
		repeat := [...]struct {
			least int
			extra uint
		}{{3, 2}, {3, 3}, {11, 7}}[e.base()-16]
		more, err := d.bits.take(repeat.extra)
		if err != nil {
			return err
		}
		end := i + repeat.least + more
		if end > len(widths) {
			return errRepeat
		}
		var w uint8
		if e.base() == 16 {
			w = widths[i-1]
		}
		for ; i < end; i++ {
			widths[i] = w
		}
	}
	return nil
}
