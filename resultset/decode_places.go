package resultset

import "unicode/utf8"

// placeTexts reads a column of texts that stand one after the other from pos on. It is scanColumn for a message that says
// where they end.
func placeTexts(c storage, buf []byte, pos int, ends []uint32) (end, row int, reason string) {
	holder, ok := c.(interface{ texts() *textColumn })
	if !ok {
		return pos, -1, "the column has no texts"
	}
	size := 0
	if len(ends) > 0 {
		size = int(ends[len(ends)-1])
	}
	if size > len(buf)-pos {
		return pos, -1, "data ends early"
	}
	text, start := holder.texts(), uint32(pos)
	spans, from := text.spans[:len(ends)], start
	sound := utf8.Valid(buf[pos : pos+size])
	for i, e := range ends {
		to := start + e
		spans[i] = span{from, to}
		switch {
		case to < from:
			return pos, i, "the text ends before it begins"
		case to == from:
			text.null(i)
		case int(e) > size:
			return pos, i, "the text ends behind the column"
		case !utf8.RuneStart(buf[from]):
			sound = false // a character goes from one text to the next
		}
		from = to
	}
	if !sound {
		text.findBad(buf)
	}
	return pos + size, -1, ""
}

// findBad notes which texts are no Unicode.
func (c *textColumn) findBad(buf []byte) {
	for i, s := range c.spans {
		if !utf8.Valid(buf[s.start:s.end]) {
			c.bad.add(buf, i, s, notUnicode)
		}
	}
}
