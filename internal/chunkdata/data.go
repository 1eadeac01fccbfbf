// Package chunkdata puts columns of parameters together, as they are encoded, into the data of one message.
package chunkdata

import (
	"math"
	"sync"
)

// Encoder writes values of one column.
type Encoder interface {
	// Append appends rows [lo, hi) to dst, with commas between them.
	Append(dst []byte, lo, hi int) ([]byte, error)
}

// Data takes rows of columns, a range at a time, and makes a message of them. It is not safe for concurrent use, and must
// be freed.
type Data struct {
	encoders []Encoder
	head     int // bytes of the message before the columns, about
	arena    arena
	filled   int      // rows in arena
	block    int      // rows to encode between two looks at the size
	scratch  *scratch // the block that is being encoded, column after column; nil before the first
	sizes    []int    // of its columns
}

// scratch is memory for one block of values. It has the size that the largest one of all chunks needed, within reason.
// Methods of the caller's values never see it, so it can be used again after one of them panicked.
type scratch struct{ b []byte }

const maxScratch = 4 << 20 // larger ones are not kept

var scratches = sync.Pool{New: func() any { return &scratch{make([]byte, 0, 2*blockBytes)} }}

// New returns the data of a message with a column for each encoder. head is about how many bytes come before the columns.
func New(encoders []Encoder, head int) Data {
	n := len(encoders)
	ints := make([]int, 2*n)
	return Data{
		encoders: encoders, head: head, block: firstBlock, sizes: ints[:n:n],
		arena: arena{to: ints[n:], regions: make([]region, n)},
	}
}

// Bind replaces the encoders by as many others. What was taken stays as it is.
func (d *Data) Bind(encoders []Encoder) { d.encoders = encoders }

// Filled returns how many rows were taken.
func (d *Data) Filled() int { return d.filled }

// Head returns how many bytes the head of the message is expected to have.
func (d *Data) Head() int { return d.arena.head }

// Message returns the text of the message, which begins with head, up to the bracket around all columns. It is in the memory of d, where it is until Reset or
// Free. Nothing can be taken before Reset.
func (d *Data) Message(head []byte) []byte { return d.arena.message(head) }

// Room returns how large the memory for the message is.
func (d *Data) Room() int { return d.arena.room() }

// Reset forgets the rows that were taken.
func (d *Data) Reset() {
	d.filled = 0
	d.arena.clear()
}

// Drop leaves the memory of the message to the garbage collector: one that no server takes is too large to keep.
func (d *Data) Drop() { d.arena.drop() }

// Free gives all memory back. It may be called twice.
func (d *Data) Free() {
	d.arena.free()
	if d.scratch != nil && cap(d.scratch.b) <= maxScratch {
		scratches.Put(d.scratch)
	}
	d.scratch = nil
}

const (
	firstBlock = 8
	blockRows  = 512
	blockBytes = 64 << 10
)

// Take encodes rows [lo, hi) of the columns after those that were taken before, as many as keep the data within mostRows
// and mostBytes, but one row at least if there is none yet; 0 means no bound. It returns how many rows it took: fewer than
// there are only if the data is full.
func (d *Data) Take(lo, hi, mostRows int, mostBytes int64) (taken int, err error) {
	if mostRows <= 0 {
		mostRows = math.MaxInt
	}
	if mostBytes <= 0 {
		mostBytes = math.MaxInt64
	}
	more := d.filled > 0 // rows come in several portions, so others may follow
	for lo+taken < hi && d.filled < mostRows {
		n := min(d.block, hi-lo-taken, mostRows-d.filled)
		size, err := d.encode(lo+taken, lo+taken+n)
		if err != nil {
			return taken, err
		}
		if int64(d.arena.size()+size) > mostBytes && d.filled+n > 1 {
			if n == 1 {
				break
			}
			// The block is too large as a whole, but a part of it may fit.
			d.block = max(1, n/4)
			continue
		}
		if !d.arena.fits(d.sizes) {
			d.makeRoom(portion{lo + taken + n, hi, more, mostRows, mostBytes}, n, size)
		}
		d.addBlock(n)
		taken += n
		switch {
		case size > blockBytes:
			d.block = max(1, n/4)
		case size < blockBytes/4 && n == d.block:
			d.block = min(4*n, blockRows)
		}
	}
	return taken, nil
}

// addBlock moves the block of n rows from the scratch to the data, where there is room for it.
func (d *Data) addBlock(n int) {
	at := 0
	for i, size := range d.sizes {
		d.arena.add(i, d.scratch.b[at:at+size])
		at += size
	}
	d.filled += n
}

// encode encodes rows [lo, hi) into the scratch and returns what they add to the data, commas included.
func (d *Data) encode(lo, hi int) (size int, err error) {
	if d.scratch == nil {
		d.scratch = scratches.Get().(*scratch)
	}
	buf := d.scratch.b[:0]
	for i, encoder := range d.encoders {
		before := len(buf)
		if buf, err = encoder.Append(buf, lo, hi); err != nil {
			break
		}
		d.sizes[i] = len(buf) - before
	}
	d.scratch.b = buf
	size = len(buf)
	if d.filled > 0 {
		size += len(d.sizes)
	}
	return size, err
}
