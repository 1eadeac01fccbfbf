package resultset

import (
	"encoding/binary"
	"slices"

	"github.com/exawire/exawire/internal/jsonscan"
)

// lookahead is how many bytes after pos a run may load without looking at the length of the message. It is more than
// the longest number that a run reads.
const lookahead = 64

// fixed is the part that columns of numbers and booleans share.
type fixed[T any] struct {
	Column[T]
	few  [fewRows]T // what Values needs if there are few of them
	bits fewNulls
	bad  badValues // their values are zero
}

// fewRows is how many rows a column has room for in itself: many results have just one.
const fewRows = 4

// fewNulls is what the NULLs of a column need if it is short.
type fewNulls [1]uint64

// reset is that of b, which begins in f.
func (f *fewNulls) reset(b *Bitmap, n int) {
	if b.words == nil {
		b.words = f[:0]
	}
	b.reset(n)
}

func (c *fixed[T]) reset(_ []byte, n int) {
	if c.Values == nil {
		c.Values = c.few[:0]
	}
	c.Values = resize(c.Values, n)
	c.bits.reset(&c.Nulls, n)
	c.bad.reset()
}

func (c *fixed[T]) null(row int) {
	var zero T
	c.Values[row] = zero
	c.Nulls.set(row)
}

func (c *fixed[T]) any(row int) (any, error) { return c.Values[row], c.bad.at(row) }

func (c *fixed[T]) nullRows() Bitmap { return c.Nulls }

// refuse notes that the value of a row, whose text has its place in buf, cannot be read.
func (c *fixed[T]) refuse(buf []byte, row int, text span, reason string) {
	var zero T
	c.Values[row] = zero
	c.bad.add(buf, row, text, reason)
}

// read returns the column with what is bad in it.
func (c *fixed[T]) read() values[T] { return values[T]{c.Column, c.bad.any()} }

func (c *fixed[T]) copied() fixed[T] {
	return fixed[T]{Column: Column[T]{Values: slices.Clone(c.Values), Nulls: c.Nulls.clone()}, bad: c.bad.clone()}
}

// load returns the eight bytes at pos.
func load(buf []byte, pos int) uint64 { return binary.LittleEndian.Uint64(buf[pos : pos+8]) }

// boolColumn decodes BOOLEAN.
type boolColumn struct{ fixed[bool] }

func (c *boolColumn) clone() storage { return &boolColumn{c.copied()} }

func (c *boolColumn) run(buf []byte, pos, row, rows int) (end, next int, reason string) {
	const (
		wordTrue  = 't' | 'r'<<8 | 'u'<<16 | 'e'<<24
		wordFalse = 'f' | 'a'<<8 | 'l'<<16 | 's'<<24 | 'e'<<32
	)
	end = pos
	for limit := len(buf) - lookahead; pos <= limit; pos = end + 1 {
		w := load(buf, pos)
		isTrue := w&(1<<32-1) == wordTrue
		if !isTrue && w&(1<<40-1) != wordFalse {
			break
		}
		c.Values[row] = isTrue
		end = pos + 5
		if isTrue {
			end--
		}
		row++
		if row == rows || buf[end] != ',' {
			break
		}
	}
	return end, row, ""
}

func (c *boolColumn) value(buf []byte, pos, row int) (end int, reason string) {
	v, err := jsonscan.NewAt(buf, pos).Bool()
	if err != nil {
		return pos, "expected true or false"
	}
	c.Values[row] = v
	end = pos + len("true")
	if !v {
		end++
	}
	return end, ""
}
