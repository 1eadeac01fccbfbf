package chunkdata

import "github.com/exawire/exawire/internal/bufpool"

// arena holds the columns of a message while they grow, all in one slice: first room for the head of the message, then a
// region for each column with room to grow. A message is made of them by closing the gaps, so that what was encoded is
// in memory once.
type arena struct {
	buf     []byte // of bufpool, nil before anything was added
	head    int    // bytes before the first region
	regions []region
	to      []int // where regions move to
}

// region is the place of one column: values at [start, end), nothing up to limit.
type region struct{ start, end, limit int }

// Gap is how many bytes of a message there are between two columns, and after the last one.
const Gap = len("],[")

// room returns how many bytes the arena has in all.
func (a *arena) room() int { return max(len(a.buf)-bufpool.Padding, 0) }

// size returns how many bytes are in the columns.
func (a *arena) size() int {
	size := 0
	for _, r := range a.regions {
		size += r.end - r.start
	}
	return size
}

// least returns how many bytes the arena must have for blocks of these sizes to be added.
func (a *arena) least(blocks []int) int {
	size := a.head
	for i, r := range a.regions {
		size += r.end - r.start + 1 + blocks[i] + Gap
	}
	return size
}

// fits reports whether each column has room for its block and a comma.
func (a *arena) fits(blocks []int) bool {
	for i, r := range a.regions {
		if r.end+1+blocks[i] > r.limit {
			return false
		}
	}
	return true
}

// add appends a block of values, for which there is room, to a column.
func (a *arena) add(column int, block []byte) {
	r := &a.regions[column]
	if r.end > r.start {
		a.buf[r.end] = ','
		r.end++
	}
	r.end += copy(a.buf[r.end:r.limit], block)
}

// spread gives the columns room for these blocks and shares what is left among them by their sizes, in a new slice if the
// arena has less than so many bytes.
func (a *arena) spread(blocks []int, bytes int) {
	bytes = max(bytes, a.room(), a.least(blocks))
	total := 0
	for i, r := range a.regions {
		total += r.end - r.start + 1 + blocks[i]
	}
	spare := bytes - a.least(blocks)
	at := a.head
	for i, r := range a.regions {
		n := r.end - r.start + 1 + blocks[i]
		a.to[i] = at
		at += n + int(int64(spare)*int64(n)/int64(total)) + Gap
	}
	if bytes > a.room() {
		a.moveTo(bufpool.Get(bytes))
	} else {
		a.moveWithin()
	}
	for i := range a.regions[1:] {
		a.regions[i].limit = a.regions[i+1].start - Gap
	}
	a.regions[len(a.regions)-1].limit = a.room() - Gap
}

// moveTo moves the columns to their new places in another slice.
func (a *arena) moveTo(next []byte) {
	next = next[:cap(next)]
	for i, r := range a.regions {
		copy(next[a.to[i]:], a.buf[r.start:r.end])
		a.moved(i)
	}
	bufpool.Put(a.buf)
	a.buf = next
}

// moveWithin moves the columns to their new places. Those that go to the left go first, from left to right, then the
// others from right to left: so none lands on one that has not moved yet.
func (a *arena) moveWithin() {
	for i, r := range a.regions {
		if a.to[i] <= r.start {
			copy(a.buf[a.to[i]:], a.buf[r.start:r.end])
			a.moved(i)
		}
	}
	for i := len(a.regions) - 1; i >= 0; i-- {
		if r := a.regions[i]; a.to[i] > r.start {
			copy(a.buf[a.to[i]:], a.buf[r.start:r.end])
			a.moved(i)
		}
	}
}

func (a *arena) moved(i int) {
	r := &a.regions[i]
	r.start, r.end = a.to[i], a.to[i]+r.end-r.start
}

// message closes the gaps and returns head, all columns and the end. Nothing can be added then before clear.
func (a *arena) message(head []byte) []byte {
	if before := len(head) + len("["); before > a.head || a.buf == nil {
		a.head = before
		clear(a.to)
		a.spread(a.to, 0)
	}
	start := a.head - len("[") - len(head)
	at := start + copy(a.buf[start:], head)
	a.buf[at] = '['
	at++
	for i, r := range a.regions {
		a.to[i] = at
		at += copy(a.buf[at:], a.buf[r.start:r.end])
		a.moved(i)
		a.regions[i].limit = at
		at += copy(a.buf[at:], "],[")
	}
	copy(a.buf[at-Gap:], "]]}")
	return a.buf[start:at]
}

// clear forgets the values.
func (a *arena) clear() {
	for i := range a.regions {
		a.regions[i].end = a.regions[i].start
	}
}

// free gives the slice back.
func (a *arena) free() {
	bufpool.Put(a.buf)
	a.drop()
}

// drop leaves the slice to the garbage collector: one for a message that no server takes is too large to keep.
func (a *arena) drop() {
	a.buf = nil
	clear(a.regions)
}
