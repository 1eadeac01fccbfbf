package exawire

import (
	"math"

	"github.com/exawire/exawire/commands"
)

// NewChunk is newChunk.
func NewChunk(params []ColumnInfo, cols []ParamColumn) (*chunk, error) {
	return newChunk(params, cols, nil, commands.ParamFormats{})
}

// Take takes rows.
func (b *chunk) Take(lo, hi, mostRows int, mostBytes int64) (int, error) {
	return b.data.Take(lo, hi, mostRows, mostBytes)
}

// Message returns the text of the request.
func (b *chunk) Message(handle int, attrs ...Attribute) ([]byte, error) {
	r, err := newRequest(b.command(handle), attrs, math.MaxInt64)
	return r.payload, err
}

// Room returns how large the memory for the message is.
func (b *chunk) Room() int { return b.data.Room() }

// Reset forgets the rows, and Free gives the memory back.
func (b *chunk) Reset() { b.data.Reset() }
func (b *chunk) Free()  { b.data.Free() }

// HeaderSize is headerSize.
var HeaderSize = headerSize
