package csvtext

import (
	"fmt"
	"math"
	"slices"

	"github.com/exawire/exawire/internal/exatext"
)

// Decoder reads CSV as Exasol's EXPORT writes it: fields separated by commas, rows ended by LF, double quotes around fields
// where it likes, quotes in them doubled. It gives whole rows column by column: numbers and booleans as the JSON of the
// protocol, texts as they are. An empty field, with quotes or without, is NULL. It is for one goroutine at a time.
type Decoder struct {
	columns []decoded
	point   byte
	plain   bool   // the point is no character that JSON escapes
	texts   int    // columns of texts
	rows    int    // in columns
	before  int64  // rows that were taken
	size    uint64 // of the blocks that have rows in columns
	scratch []byte // a field without its quotes
}

// decoded is a column. Its memory is used by index, so that no pointer is written for a field.
type decoded struct {
	kind  Kind
	text  bool
	buf   []byte   // JSON values with a comma behind each, or texts one after the other
	n     int      // bytes of it that are in use
	start int      // of them before the row that is being read
	ends  []uint32 // of the texts
}

// NewDecoder returns a decoder for rows of columns of these kinds. point is the session's decimal separator.
func NewDecoder(kinds []Kind, point byte) *Decoder {
	d := &Decoder{columns: make([]decoded, len(kinds)), point: point, plain: point > ' ' && point < 0x7F && point != '"' && point != '\\'}
	for i, kind := range kinds {
		d.columns[i] = decoded{kind: kind, text: kind == Text || kind == Plain}
		if d.columns[i].text {
			d.texts++
		}
	}
	return d
}

// Rows returns how many rows there are to take.
func (d *Decoder) Rows() int { return d.rows }

// Next returns the number of the row that comes next.
func (d *Decoder) Next() int64 { return d.before + int64(d.rows) }

// Bytes returns the length of what Append would append.
func (d *Decoder) Bytes() int {
	n := len("[]") + len("[],")*len(d.columns)
	for i := range d.columns {
		n += d.columns[i].n
	}
	return n
}

// Places says where texts end. It may be used again, with the memory that it has.
type Places struct {
	Ends [][]uint32 // for each column of texts where they end, counted from the first byte of the column; nil for others
	room []uint32
}

// Append takes the rows: it appends them to dst in the form that a resultset.Message with Texts has. That is an array of
// columns. Those of numbers and booleans are arrays of JSON values, those of texts have the texts one after the other, and
// places gets where they end. An empty text is NULL.
func (d *Decoder) Append(dst []byte, places *Places) []byte {
	dst = slices.Grow(dst, d.Bytes())
	places.room = slices.Grow(places.room[:0], d.rows*d.texts)
	places.Ends = slices.Grow(places.Ends[:0], len(d.columns))
	dst = append(dst, '[')
	for i := range d.columns {
		if i > 0 {
			dst = append(dst, ',')
		}
		c := &d.columns[i]
		var ends []uint32
		if c.text {
			dst = append(dst, c.buf[:c.n]...)
			start := len(places.room)
			places.room = append(places.room, c.ends[:d.rows]...)
			ends = places.room[start:]
		} else {
			dst = append(dst, '[')
			dst = append(dst, c.buf[:max(c.n-1, 0)]...)
			dst = append(dst, ']')
		}
		places.Ends = append(places.Ends, ends)
		c.n = 0
	}
	d.before += int64(d.rows)
	d.rows, d.size = 0, 0
	return append(dst, ']')
}

// Decode reads the whole rows at the beginning of block and returns the number of their bytes: what follows is the
// beginning of a row that goes on in the next block. The error is an [*Error]; the rows before it can be taken.
func (d *Decoder) Decode(block []byte) (consumed int, err error) {
	if d.size+uint64(len(block)) > math.MaxUint32 {
		return 0, &Error{d.Next(), -1, "too much data at a time"}
	}
	for consumed < len(block) {
		end, column, reason := d.row(block, consumed)
		if end < 0 || reason != "" {
			for i := range d.columns[:min(column+1, len(d.columns))] {
				d.columns[i].n = d.columns[i].start
			}
			if reason != "" {
				err = &Error{d.Next(), column, reason}
			}
			break
		}
		d.rows++
		consumed = end
	}
	d.size += uint64(consumed)
	return consumed, err
}

// End checks what is left when there are no more blocks.
func (d *Decoder) End(rest []byte) error {
	if len(rest) == 0 {
		return nil
	}
	return &Error{d.Next(), -1, "the data ends within the row"}
}

// row reads one row. end is negative if block ends before the row does. column is the one that was read last.
func (d *Decoder) row(block []byte, pos int) (end, column int, reason string) {
	last := len(d.columns) - 1
	for i := range d.columns {
		c := &d.columns[i]
		c.start = c.n
		if len(c.buf)-c.n < slack || c.text && d.rows >= len(c.ends) {
			c.grow(d.rows)
		}
		size := 0
		if pos <= len(block)-slack {
			if mark := block[pos]; isEnd(mark) {
				c.null(d.rows)
				if (mark == '\n') != (i == last) {
					return -1, i, d.wrongFields(mark, i)
				}
				pos++
				continue
			}
			b := c.buf[:c.n]
			switch c.kind {
			case Text, Plain:
				c.n, size = copyText(c.buf, c.n, block, pos)
			case Boolean:
				b, size = appendBoolean(b, block, pos)
			case Integer:
				b, size = appendInteger(b, block, pos)
			default:
				b, size = d.appendNumber(b, block, pos, c.kind)
			}
			if !c.text {
				c.n = len(b) // there was room for slack bytes, so b is still c.buf
			}
		}
		if size == 0 {
			var b []byte
			if b, size, reason = d.appendAny(c.buf[:c.n], block, pos, c.kind); size < 0 || reason != "" {
				return -1, i, reason
			}
			c.n = len(b)
			c.buf = slices.Grow(b, slack)
			c.buf = c.buf[:cap(c.buf)]
		}
		if c.text {
			c.ends[d.rows] = uint32(c.n)
		} else {
			c.buf[c.n] = ','
			c.n++
		}
		pos += size
		switch mark := block[pos]; {
		case mark == '\n' && i == last, mark == separator && i < last:
			pos++
		default:
			return -1, i, d.wrongFields(mark, i)
		}
	}
	return pos, last, ""
}

// grow makes room for a value and for the end of a text of this row.
func (c *decoded) grow(row int) {
	if len(c.buf)-c.n < slack {
		c.buf = slices.Grow(c.buf[:c.n], max(slack, 2*c.n))
		c.buf = c.buf[:cap(c.buf)]
	}
	if c.text && row >= len(c.ends) {
		c.ends = slices.Grow(c.ends[:row], max(64, row))
		c.ends = c.ends[:cap(c.ends)]
	}
}

// null adds a NULL. There is room for slack bytes.
func (c *decoded) null(row int) {
	if c.text {
		c.ends[row] = uint32(c.n)
		return
	}
	c.n += copy(c.buf[c.n:], "null,")
}

// wrongFields says what is wrong with the separator behind field i.
func (d *Decoder) wrongFields(separator byte, i int) string {
	if separator == '\n' {
		return fmt.Sprintf("the row has %d fields, not %d", i+1, len(d.columns))
	}
	return fmt.Sprintf("the row has more than %d fields", len(d.columns))
}

func isEnd(c byte) bool { return c == separator || c == '\n' }

// copyText copies the text of a field at pos to buf[n:] and returns the index after the copy and the size of the field: 0 if
// the field has a form that is not so common, or is long. Both slices have room for slack bytes more.
func copyText(buf []byte, n int, block []byte, pos int) (end, size int) {
	start, to := pos, n
	if block[pos] == '"' {
		for pos++; pos <= len(block)-slack && to <= len(buf)-slack; pos, to = pos+8, to+8 {
			w := load(block, pos)
			store(buf, to, w)
			w ^= '"' * ones
			marks := (w - ones) &^ w & tops
			if marks == 0 {
				continue
			}
			pos += trailingBytes(marks)
			if !isEnd(block[pos+1]) {
				return n, 0
			}
			return to + trailingBytes(marks), pos + 1 - start
		}
		return n, 0
	}
	for ; pos <= len(block)-slack && to <= len(buf)-slack; pos, to = pos+8, to+8 {
		w := load(block, pos)
		store(buf, to, w)
		marks := bare(w)
		if marks == 0 {
			continue
		}
		pos += trailingBytes(marks)
		if !isEnd(block[pos]) {
			return n, 0
		}
		return to + trailingBytes(marks), pos - start
	}
	return n, 0
}

// The functions below append a field at pos, with slack bytes behind it, as JSON and return its size: 0 if it has a form
// that is not so common. Both slices have room for slack bytes more.

func appendBoolean(b, block []byte, pos int) ([]byte, int) {
	switch {
	case !isEnd(block[pos+1]):
	case block[pos] == '1':
		return append(b, "true"...), 1
	case block[pos] == '0':
		return append(b, "false"...), 1
	}
	return b, 0
}

func appendInteger(b, block []byte, pos int) ([]byte, int) {
	start := pos
	if block[pos] == '-' {
		pos++
	}
	w := load(block, pos)
	n := exatext.DigitCount(w)
	if n == 0 || n > 1 && byte(w) == '0' {
		return b, 0
	}
	if n == 8 {
		n += exatext.DigitCount(load(block, pos+8))
		if n == 16 {
			n += min(exatext.DigitCount(load(block, pos+16)), 3)
		}
	}
	pos += n
	if n > 18 || !isEnd(block[pos]) {
		return b, 0
	}
	return put(b, block, start, pos-start), pos - start
}

// appendNumber is for Decimal and Double.
func (d *Decoder) appendNumber(b, block []byte, pos int, kind Kind) ([]byte, int) {
	start, point := pos, -1
	quoted := block[pos] == '"'
	if quoted {
		pos++
	}
	text := pos
	if block[pos] == '-' {
		pos++
	}
	w := load(block, pos)
	n := exatext.DigitCount(w)
	if n == 0 || n > 1 && byte(w) == '0' {
		return b, 0
	}
	if n == 8 {
		n += exatext.DigitCount(load(block, pos+8))
	}
	pos += n
	if block[pos] == d.point && d.plain && (quoted || d.point != separator) {
		point = pos - text
		n = exatext.DigitCount(load(block, pos+1))
		if n == 8 {
			if n += exatext.DigitCount(load(block, pos+9)); n == 16 {
				n += exatext.DigitCount(load(block, pos+17))
			}
		}
		if n == 0 {
			return b, 0
		}
		pos += 1 + n
	}
	size := pos - text
	if quoted {
		if block[pos] != '"' {
			return b, 0
		}
		pos++
	}
	if size > 32 || !isEnd(block[pos]) {
		return b, 0
	}
	if kind == Decimal {
		b = put(append(b, '"'), block, text, size)
		return append(b, '"'), pos - start
	}
	b = put(b, block, text, size)
	if point >= 0 {
		b[len(b)-size+point] = '.'
	}
	return b, pos - start
}
