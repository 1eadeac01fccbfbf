package inflate

// lengthOrder is the order in which the lengths of the codes of code lengths are given.
var lengthOrder = [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// readCodes reads the codes at the beginning of a block into its tables.
func (d *decoder) readCodes() error {
	counts, err := d.bits.take(14)
	if err != nil {
		return err
	}
	lit, dist, lens := int(counts&31)+257, int(counts>>5&31)+1, int(counts>>10)+4
	if lit > maxLit || dist > maxDist {
		return errCounts
	}
	var lengths [19]uint8
	for _, symbol := range lengthOrder[:lens] {
		l, err := d.bits.take(3)
		if err != nil {
			return err
		}
		lengths[symbol] = uint8(l)
	}
	if !d.code.set(lengths[:]) {
		return errCodes
	}
	d.code.fill(d.lens[:], nil, lenEntries[:])
	if err := d.readLengths(d.lengths[:lit+dist]); err != nil {
		return err
	}
	t := &d.own
	clear(t.lengths[copy(t.lengths[:], d.lengths[:lit]):])
	if !d.code.set(d.lengths[:lit]) {
		return errCodes
	}
	d.code.fill(t.lit.root[:], t.lit.second[:], litEntries[:])
	t.lit.pair()
	if !d.code.set(d.lengths[lit : lit+dist]) {
		return errCodes
	}
	d.code.fill(t.dist.root[:], t.dist.second[:], distEntries[:])
	return nil
}

// readLengths reads the lengths of the codes of all symbols.
func (d *decoder) readLengths(lengths []uint8) error {
	for i := 0; i < len(lengths); {
		d.bits.fill()
		e := d.lens[d.bits.buf&(1<<lenBits-1)]
		if e.width() > d.bits.n || d.bits.n == 0 {
			return errCutOff
		}
		if e.kind() == invalid {
			return errSymbol
		}
		d.bits.drop(e.width())
		var l uint8
		var extra uint
		repeat := 3
		switch symbol := e.base(); symbol {
		case 16:
			if i == 0 {
				return errRepeat
			}
			l, extra = lengths[i-1], 2
		case 17:
			extra = 3
		case 18:
			extra, repeat = 7, 11
		default:
			lengths[i] = uint8(symbol)
			i++
			continue
		}
		more, err := d.bits.take(extra)
		if err != nil {
			return err
		}
		if repeat += int(more); repeat > len(lengths)-i {
			return errRepeat
		}
		for range repeat {
			lengths[i] = l
			i++
		}
	}
	return nil
}
