package resultset

import "reflect"

func (c *fixed[T]) box(row, n int, _ *boxes) (block reflect.Value, apart uint32) {
	if n == boxedRows {
		return reflect.ValueOf([boxedRows]T(c.Values[row:])), c.Nulls.next32(row) | c.bad.next32(row, n)
	}
	var values [boxedRows]T
	copy(values[:n], c.Values[row:])
	return reflect.ValueOf(values), c.Nulls.next32(row) | c.bad.next32(row, n)
}

func (c *decimalColumn) box(row, n int, b *boxes) (block reflect.Value, apart uint32) {
	if b.form == boxNatural {
		return c.fixed.box(row, n, b)
	}
	apart = c.Nulls.next32(row) | c.bad.next32(row, n)
	var ends [boxedRows]int
	text := make([]byte, 0, boxedRows*8)
	for i, v := range c.Values[row:][:n] {
		if apart>>i&1 == 0 {
			text = appendDecimal(text, v)
		}
		ends[i] = len(text)
	}
	all, start := string(text), 0
	var texts [boxedRows]string
	for i, end := range ends[:n] {
		texts[i] = all[start:end]
		start = end
	}
	return reflect.ValueOf(texts), apart
}

// A text that is long gets memory of its own, and so does what points to it: its neighbours should not keep it.
func (c *textColumn) box(row, n int, b *boxes) (block reflect.Value, apart uint32) {
	var texts [boxedRows]string
	b.large = false
	p := b.texts.piece
	for i, s := range c.spans[row:][:n] {
		text, ok := p.cut(s)
		switch {
		case ok:
		case s.long():
			apart |= 1 << i
			b.large = true
		default:
			text = b.texts.copy(s)
			p = b.texts.piece
		}
		texts[i] = text
	}
	return reflect.ValueOf(texts), apart | c.nulls.next32(row) | c.bad.next32(row, n)
}

func (c *timeColumn) box(row, n int, _ *boxes) (block reflect.Value, apart uint32) {
	if c.missing() != "" {
		return reflect.Value{}, 1<<n - 1
	}
	return boxParsed(row, n, c.nulls, c.parse)
}

func (c *intervalColumn[T]) box(row, n int, b *boxes) (block reflect.Value, apart uint32) {
	if b.form == boxDriver {
		return c.textColumn.box(row, n, b)
	}
	return boxParsed(row, n, c.nulls, c.parse)
}

// boxParsed is box for values that are parsed when they are asked for.
func boxParsed[T any](row, n int, nulls Bitmap, parse func(row int) (T, error)) (block reflect.Value, apart uint32) {
	var values [boxedRows]T
	var err error
	apart = nulls.next32(row)
	for i := range n {
		if apart>>i&1 != 0 {
			continue
		}
		if values[i], err = parse(row + i); err != nil {
			apart |= 1 << i
		}
	}
	return reflect.ValueOf(values), apart
}

// next32 returns a bit for each of the 32 rows from row on: whether it is NULL.
func (b Bitmap) next32(row int) uint32 {
	if b.nulls == 0 {
		return 0
	}
	at, shift := uint(row)/64, uint(row)%64
	word := b.words[at] >> shift
	if shift > 32 && at+1 < uint(len(b.words)) {
		word |= b.words[at+1] << (64 - shift)
	}
	return uint32(word)
}

// next32 returns a bit for each of n rows from row on, at most 32: whether its value is bad.
func (v *badValues) next32(row, n int) (mask uint32) {
	if len(v.list) == 0 {
		return 0
	}
	for at := v.next(row, row+n); at < row+n; at = v.next(at+1, row+n) {
		mask |= 1 << (at - row)
	}
	return mask
}
