package csvtext

import (
	"fmt"
	"slices"

	"github.com/exawire/exawire/internal/exatext"
)

// Decoder reads CSV as Exasol's EXPORT writes it: fields separated by commas, rows ended by LF, double quotes around fields
// where it likes, quotes in them doubled. It gives whole rows as the column-major JSON of the protocol. An empty field,
// with quotes or without, is NULL. It is for one goroutine at a time.
type Decoder struct {
	kinds   []Kind
	point   byte
	plain   bool     // the point is no character that JSON escapes
	columns [][]byte // JSON values, each with a comma behind it
	starts  []int    // length of each column before the row
	rows    int      // in columns
	before  int64    // rows that were taken
	scratch []byte   // a field without its quotes
}

// NewDecoder returns a decoder for rows of columns of these kinds. point is the session's decimal separator.
func NewDecoder(kinds []Kind, point byte) *Decoder {
	return &Decoder{
		kinds: kinds, point: point, plain: point > ' ' && point < 0x7F && point != '"' && point != '\\',
		columns: make([][]byte, len(kinds)), starts: make([]int, len(kinds)),
	}
}

// Rows returns how many rows there are to take.
func (d *Decoder) Rows() int { return d.rows }

// Next returns the number of the row that comes next.
func (d *Decoder) Next() int64 { return d.before + int64(d.rows) }

// Bytes returns the length of what AppendJSON would append.
func (d *Decoder) Bytes() int {
	n := len("[]") + 2*len(d.columns)
	for _, c := range d.columns {
		n += len(c)
	}
	return n
}

// AppendJSON takes the rows: it appends the array of columns to dst, each an array of its values.
func (d *Decoder) AppendJSON(dst []byte) []byte {
	dst = slices.Grow(dst, d.Bytes())
	dst = append(dst, '[')
	for i, c := range d.columns {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, '[')
		dst = append(dst, c[:max(len(c)-1, 0)]...)
		dst = append(dst, ']')
		d.columns[i] = c[:0]
	}
	d.before += int64(d.rows)
	d.rows = 0
	return append(dst, ']')
}

// Decode reads the whole rows at the beginning of block and returns the number of their bytes: what follows is the
// beginning of a row that goes on in the next block. The error is an [*Error]; the rows before it can be taken.
func (d *Decoder) Decode(block []byte) (consumed int, err error) {
	for consumed < len(block) {
		end, column, reason := d.row(block, consumed)
		if end < 0 || reason != "" {
			for i, c := range d.columns[:min(column+1, len(d.columns))] {
				d.columns[i] = c[:d.starts[i]]
			}
			if reason != "" {
				return consumed, &Error{d.Next(), column, reason}
			}
			return consumed, nil
		}
		d.rows++
		consumed = end
	}
	return consumed, nil
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
	last := len(d.kinds) - 1
	for i, kind := range d.kinds {
		b := d.columns[i]
		d.starts[i] = len(b)
		if cap(b)-len(b) < slack {
			b = slices.Grow(b, max(slack, cap(b)))
		}
		size := 0
		if pos <= len(block)-slack {
			if c := block[pos]; isEnd(c) {
				d.columns[i] = append(b, "null,"...)
				if (c == '\n') != (i == last) {
					return -1, i, d.wrongFields(c, i)
				}
				pos++
				continue
			}
			switch kind {
			case Text, Plain:
				b, size = appendText(b, block, pos)
			case Boolean:
				b, size = appendBoolean(b, block, pos)
			case Integer:
				b, size = appendInteger(b, block, pos)
			default:
				b, size = d.appendNumber(b, block, pos, kind)
			}
		}
		if size == 0 {
			if b, size, reason = d.appendAny(b, block, pos, kind); size < 0 || reason != "" {
				d.columns[i] = b
				return -1, i, reason
			}
		}
		d.columns[i] = append(b, ',')
		pos += size
		switch c := block[pos]; {
		case c == '\n' && i == last, c == separator && i < last:
			pos++
		default:
			return -1, i, d.wrongFields(c, i)
		}
	}
	return pos, last, ""
}

// wrongFields says what is wrong with the separator behind field i.
func (d *Decoder) wrongFields(separator byte, i int) string {
	if separator == '\n' {
		return fmt.Sprintf("the row has %d fields, not %d", i+1, len(d.kinds))
	}
	return fmt.Sprintf("the row has more than %d fields", len(d.kinds))
}

func isEnd(c byte) bool { return c == separator || c == '\n' }

// The functions below append a field at pos, with slack bytes behind it, as JSON and return its size: 0 if it has a form
// that is not so common. Both slices have room for slack bytes more.

func appendText(b, block []byte, pos int) ([]byte, int) {
	start, to, all := pos, len(b), b[:cap(b)]
	all[to] = '"'
	to++
	if block[pos] == '"' {
		for pos++; pos <= len(block)-slack && to <= len(all)-slack; pos, to = pos+8, to+8 {
			w := load(block, pos)
			store(all, to, w)
			marks := unquoted(w)
			if marks == 0 {
				continue
			}
			pos += trailingBytes(marks)
			to += trailingBytes(marks)
			if pos == start+1 || block[pos] != '"' || !isEnd(block[pos+1]) {
				return b, 0
			}
			all[to] = '"'
			return all[:to+1], pos + 1 - start
		}
		return b, 0
	}
	for ; pos <= len(block)-slack && to <= len(all)-slack; pos, to = pos+8, to+8 {
		w := load(block, pos)
		store(all, to, w)
		marks := unplain(w)
		if marks == 0 {
			continue
		}
		pos += trailingBytes(marks)
		to += trailingBytes(marks)
		if pos == start || !isEnd(block[pos]) {
			return b, 0
		}
		all[to] = '"'
		return all[:to+1], pos - start
	}
	return b, 0
}

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
