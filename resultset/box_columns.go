package resultset

func (c *fixed[T]) box(dst []any, row int, _ *boxes) int {
	n := c.bad.any().next(row, row+len(dst)) - row
	box(dst[:n], c.Values[row:][:n])
	nilNulls(dst[:n], c.Nulls, row)
	return n
}

func (c *boolColumn) box(dst []any, row int, _ *boxes) int {
	n := c.bad.any().next(row, row+len(dst)) - row
	for i, v := range c.Values[row:][:n] {
		dst[i] = v // needs no memory
	}
	nilNulls(dst[:n], c.Nulls, row)
	return n
}

func (c *decimalColumn) box(dst []any, row int, b *boxes) int {
	if b.form == boxNatural {
		return c.fixed.box(dst, row, b)
	}
	n := c.bad.any().next(row, row+len(dst)) - row
	var ends [boxedRows]int
	text := make([]byte, 0, boxedRows*8)
	for i, v := range c.Values[row:][:n] {
		if !c.Nulls.Get(row + i) {
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
	box(dst[:n], texts[:n])
	nilNulls(dst[:n], c.Nulls, row)
	return n
}

// A text that is long gets memory of its own, and so does what points to it: its neighbours should not keep it.
func (c *textColumn) box(dst []any, row int, b *boxes) int {
	n := c.bad.any().next(row, row+len(dst)) - row
	var texts [boxedRows]string
	long := b.texts.short(texts[:n], row)
	box(dst[:n], texts[:n])
	for i := range dst[:n] {
		if long && c.spans[row+i].long() {
			dst[i] = c.String(row + i)
		}
	}
	nilNulls(dst[:n], c.nulls, row)
	return n
}

func (c *timeColumn) box(dst []any, row int, _ *boxes) int {
	if c.missing() != "" {
		return 0
	}
	return boxParsed(dst, row, c.nulls, c.time)
}

func (c *intervalColumn[T]) box(dst []any, row int, b *boxes) int {
	if b.form == boxDriver {
		return c.textColumn.box(dst, row, b)
	}
	return boxParsed(dst, row, c.nulls, func(row int) (T, error) { return c.parse(c.Bytes(row)) })
}

// boxParsed is box for values that are parsed when they are asked for.
func boxParsed[T any](dst []any, row int, nulls Bitmap, parse func(row int) (T, error)) int {
	var values [boxedRows]T
	n := 0
	for ; n < len(dst); n++ {
		if nulls.Get(row + n) {
			continue
		}
		v, err := parse(row + n)
		if err != nil {
			break
		}
		values[n] = v
	}
	box(dst[:n], values[:n])
	nilNulls(dst[:n], nulls, row)
	return n
}
