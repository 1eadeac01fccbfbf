package resultset

import (
	"iter"
	"math/bits"
)

// Bitmap marks the NULLs of a column: one bit per row, set for NULL. The zero Bitmap has no rows.
type Bitmap struct {
	words []uint64
	// Of 32 bits, which no message exceeds, so that the compiler keeps a Bitmap in registers: Get is called per value.
	rows, nulls uint32
}

// Get reports whether row i is NULL. Like an index into a slice, it panics if i is out of range.
func (b Bitmap) Get(i int) bool {
	if uint(i) >= uint(b.rows) {
		i = -1 // no index; the last word has room for more rows, and a call of panic would keep Get from being inlined
	}
	return b.words[uint(i)/64]>>(uint(i)%64)&1 != 0
}

// Any reports whether any row is NULL.
func (b Bitmap) Any() bool { return b.nulls > 0 }

// Count returns the number of NULLs.
func (b Bitmap) Count() int { return int(b.nulls) }

// Len returns the number of rows.
func (b Bitmap) Len() int { return int(b.rows) }

// All returns the rows that are NULL, in ascending order.
func (b Bitmap) All() iter.Seq[int] {
	return func(yield func(int) bool) {
		for i, word := range b.words {
			for ; word != 0; word &= word - 1 {
				if !yield(i*64 + bits.TrailingZeros64(word)) {
					return
				}
			}
		}
	}
}

// next returns the first row of [from, to) that is NULL, to if there is none.
func (b Bitmap) next(from, to int) int {
	if b.nulls == 0 {
		return to
	}
	for at := from; at < to; at = (at/64 + 1) * 64 {
		if word := b.words[at/64] >> (uint(at) % 64); word != 0 {
			return min(at+bits.TrailingZeros64(word), to)
		}
	}
	return to
}

// reset makes b a bitmap of n rows without NULLs, in the old memory if that suffices.
func (b *Bitmap) reset(n int) {
	b.words = resize(b.words, (n+63)/64)
	clear(b.words)
	b.rows, b.nulls = uint32(n), 0
}

// set marks row i, which is not marked yet, as NULL.
func (b *Bitmap) set(i int) {
	b.words[uint(i)/64] |= 1 << (uint(i) % 64)
	b.nulls++
}

// resize returns a slice of length n, in the old memory if that suffices. Its elements are undefined. It leaves some
// room to spare, because the messages of a result set differ a little in size.
func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/16)
	}
	return s[:n]
}

func (b Bitmap) clone() Bitmap {
	b.words = append([]uint64(nil), b.words...)
	return b
}

// Column is one column of a [Batch] as a slice. It is valid for as long as the batch; a column of a batch from
// [Batch.Clone] may be kept. It must not be changed.
//
//	row          0     1      2
//	Values      17     0     -4
//	Nulls        0     1      0
type Column[T any] struct {
	Values []T    // one per row; the zero value for NULL
	Nulls  Bitmap // which rows are NULL
}

// Len returns the number of rows.
func (c *Column[T]) Len() int { return len(c.Values) }

// Get returns the value of row i; ok is false for NULL. Like an index into a slice, it panics if i is out of range.
func (c *Column[T]) Get(i int) (v T, ok bool) { return c.Values[i], !c.Nulls.Get(i) }

// IsNull reports whether row i is NULL. It panics if i is not a row, like an index into a slice.
func (c *Column[T]) IsNull(i int) bool { return c.Nulls.Get(i) }

// TextColumn is one column of a [Batch] as text: CHAR, VARCHAR, GEOMETRY, HASHTYPE, and the text that the server sent
// for dates, timestamps and intervals. The text of a CHAR column keeps its padding. There are no empty strings in
// Exasol: they are NULL. A TextColumn is valid for as long as its batch, since it points into the message that the
// batch was decoded from.
type TextColumn struct {
	buf   []byte
	spans []span
	nulls Bitmap // the rows that are NULL
}

// span is the place of a text in a message.
type span struct{ start, end uint32 }

// Len returns the number of rows.
func (c *TextColumn) Len() int { return len(c.spans) }

// Nulls returns the bitmap of the rows that are NULL.
func (c *TextColumn) Nulls() Bitmap { return c.nulls }

// IsNull reports whether row i is NULL. It panics if i is not a row, like an index into a slice.
func (c *TextColumn) IsNull(i int) bool { return c.nulls.Get(i) }

// Bytes returns the text of row i, empty for NULL. The bytes are borrowed: they must not be changed, and they are valid
// only for as long as the batch. Like an index into a slice, Bytes panics if i is out of range.
func (c *TextColumn) Bytes(i int) []byte {
	s := c.spans[i]
	return c.buf[s.start:s.end:s.end]
}

// String returns a copy of the text of row i, empty for NULL. Like an index into a slice, it panics if i is out of
// range.
func (c *TextColumn) String(i int) string {
	s := c.spans[i]
	return string(c.buf[s.start:s.end])
}

// Get returns a copy of the text of row i; ok is false for NULL. Like an index into a slice, it panics if i is out of
// range.
func (c *TextColumn) Get(i int) (text string, ok bool) { return c.String(i), !c.nulls.Get(i) }
