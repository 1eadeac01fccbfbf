package inflate

// fast decodes as long as there is more than enough input and room. It reports whether it has reached the end of the block.
func (d *decoder) fast() bool {
	src, out := d.bits.src, d.out
	in, buf, n := d.bits.in, d.bits.buf, d.bits.n
	w, start := d.w, d.start
	lit, dist := &d.tables.lit, &d.tables.dist
	lastIn, lastOut := len(src)-16, len(out)-(maxMatch+32)
	ended := false
	for in <= lastIn && w <= lastOut {
		buf |= load64(src, in) << (n & 63)
		in += int(63-n) >> 3
		n |= 56

		e := lit.root[buf&(1<<litBits-1)]
		if e.literals() > 0 {
			store32(out, w, uint32(e>>8))
			w += int(e.literals())
			buf >>= e.width()
			n -= e.width()
			e = lit.root[buf&(1<<litBits-1)]
			if e.literals() > 0 {
				store32(out, w, uint32(e>>8))
				w += int(e.literals())
				buf >>= e.width()
				n -= e.width()
				e = lit.root[buf&(1<<litBits-1)]
				if e.literals() > 0 {
					store32(out, w, uint32(e>>8))
					w += int(e.literals())
					buf >>= e.width()
					n -= e.width()
					continue
				}
			}
			buf |= load64(src, in) << (n & 63)
			in += int(63-n) >> 3
			n |= 56
		}
		if e.kind() != value {
			if e.kind() == link {
				e = lit.second[e.base()+uint(buf>>litBits)&(1<<e.total()-1)]
				if e.literals() > 0 {
					out[w] = byte(e >> 8)
					w++
					buf >>= e.width()
					n -= e.width()
					continue
				}
			}
			if e.kind() == end {
				buf >>= e.width()
				n -= e.width()
				ended = true
				break
			}
			if e.kind() == invalid {
				break
			}
		}
		length := e.value(buf)
		buf1 := buf >> e.total()
		n1 := n - e.total()

		e = dist.root[buf1&(1<<distBits-1)]
		if e.kind() != value {
			if e.kind() == link {
				e = dist.second[e.base()+uint(buf1>>distBits)&(1<<e.total()-1)]
			}
			if e.kind() == invalid {
				break
			}
		}
		distance := e.value(buf1)
		from := w - distance
		if from < start {
			break
		}
		buf = buf1 >> e.total()
		n = n1 - e.total()

		to := w + length
		if distance >= 8 {
			store64(out, w, load64(out, from))
			store64(out, w+8, load64(out, from+8))
			if length > 16 {
				for i := w + 16; i < to; i += 8 {
					store64(out, i, load64(out, i-distance))
				}
			}
		} else {
			for i := w; i < to; i++ {
				out[i] = out[i-distance]
			}
		}
		w = to
	}
	d.bits.in, d.bits.buf, d.bits.n = in, buf, n
	d.w = w
	return ended
}
