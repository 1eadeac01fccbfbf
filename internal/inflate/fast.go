package inflate

import (
	"encoding/binary"
	"slices"
)

const (
	fastInput = 16           // bytes that a round may read
	fastRoom  = maxMatch + 8 // bytes that a round may write
)

// fast decodes as long as there is enough input and room for not to count them, up to the end of the block or what careful
// has to look at.
//
// Whether a literal or a match comes next cannot be foreseen, and a wrong guess costs the processor more than decoding
// either. So each round begins with up to two literals that may as well be none, and only then asks.
func (d *decoder) fast() {
	// Slices of slices that have no spare capacity need fewer checks.
	src, out := slices.Clip(d.bits.src), slices.Clip(d.out[d.start:])
	t, in, buf, n, w := d.tables, d.bits.in, d.bits.buf, d.bits.n, d.w-d.start
	for len(src)-in >= fastInput && len(out)-w >= fastRoom {
		in, buf, n = refill(src, in, buf, n)

		e := t.lit[buf&(1<<litBits-1)]
		o := (*[8]byte)(out[w:])
		binary.LittleEndian.PutUint16(o[:], uint16(e>>firstLiteral))
		first := e.literals()
		w += int(first)
		buf >>= e.run()
		n -= e.run()

		e = t.lit[buf&(1<<litBits-1)]
		if e.kind() == link {
			in, buf, n = refill(src, in, buf, n)
			e = t.longLit[e.target(buf>>litBits)]
		}
		if e.literals() > 0 {
			binary.LittleEndian.PutUint16(o[first:first+2], uint16(e>>firstLiteral))
			w += int(e.literals())
			buf >>= e.run()
			n -= e.run()
			continue
		}
		if e.kind() != value {
			break
		}

		// There are bits enough: at least 45 for a length of up to 16 and a distance of up to 28, and 56 if the code of
		// the length is long, so that it has up to 20.
		length, rest := e.value(buf), buf>>e.total()
		f := t.dist[rest&(1<<distBits-1)]
		if f.kind() == link {
			f = t.longDist[f.target(rest>>distBits)]
		}
		from := w - f.value(rest)
		if f.kind() != value || from < 0 {
			break
		}
		buf, n = rest>>f.total(), n-e.total()-f.total()
		if length <= 16 && w-from >= 8 {
			s, o := (*[16]byte)(out[from:]), (*[16]byte)(out[w:])
			binary.LittleEndian.PutUint64(o[:], binary.LittleEndian.Uint64(s[:]))
			binary.LittleEndian.PutUint64(o[8:], binary.LittleEndian.Uint64(s[8:]))
		} else {
			extend(out[from:w+length], w-from)
		}
		w += length
	}
	d.bits.in, d.bits.buf, d.bits.n, d.w = in, buf, n, d.start+w
}
