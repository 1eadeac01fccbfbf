package exawire

import (
	"bytes"
	"math"

	"github.com/exawire/exawire/commands"
)

// NewChunk is newChunk.
func NewChunk(params []ColumnInfo, cols []ParamColumn) (*chunk, error) {
	return newChunk(params, cols, nil, commands.ParamFormats{})
}

// Take is take.
func (b *chunk) Take(lo, hi, mostRows int, mostBytes int64) (int, error) {
	return b.take(lo, hi, mostRows, mostBytes)
}

// Message returns the text of the request.
func (b *chunk) Message(handle int, attrs ...Attribute) ([]byte, error) {
	r, err := newRequest(b.command(handle), attrs, math.MaxInt64)
	return r.payload, err
}

// Room returns how large the memory for the message is.
func (b *chunk) Room() int { return b.arena.room() }

// Reset is reset, and Free is free.
func (b *chunk) Reset() { b.reset() }
func (b *chunk) Free()  { b.free() }

// HeaderSize is headerSize.
var HeaderSize = headerSize

// Arena is an arena for tests.
type Arena struct {
	a     arena
	sizes []int
}

// NewArena returns an arena for so many columns.
func NewArena(columns, head int) *Arena {
	return &Arena{arena{head: head, regions: make([]region, columns), to: make([]int, columns)}, make([]int, columns)}
}

// Add adds one block for each column.
func (a *Arena) Add(blocks [][]byte, bytes int) {
	for i, block := range blocks {
		a.sizes[i] = len(block)
	}
	if !a.a.fits(a.sizes) {
		a.a.spread(a.sizes, bytes)
	}
	for i, block := range blocks {
		a.a.add(i, block)
	}
}

// Message returns a copy of the message with this head.
func (a *Arena) Message(head string) string { return string(bytes.Clone(a.a.message([]byte(head)))) }

// Clear is clear, and Free is free.
func (a *Arena) Clear() { a.a.clear() }
func (a *Arena) Free()  { a.a.free() }
