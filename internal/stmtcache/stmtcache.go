// Package stmtcache keeps prepared statements that are idle.
package stmtcache

import "slices"

// Cache keeps idle statements. Whoever runs one takes it out and puts it back, so that a handle never has two users and is
// never closed under one: whether a handle may be run while rows of its last run are open is not documented.
//
// A statement S is found by its text and by its meaning M: what it was prepared under. What may change the meaning of
// statements without a change of M must flush the cache. It is not safe for concurrent use.
type Cache[S any, M comparable] struct {
	Size int // most statements that are idle; 0 for none

	generation uint64         // counts how often it was flushed
	idle       []*Entry[S, M] // the least recently used first
	condemned  []*Entry[S, M] // to be closed on the server
}

// Entry is a statement with all that it was prepared under.
type Entry[S any, M comparable] struct {
	Stmt       S
	SQL        string
	Handle     int
	Meaning    M
	Generation uint64 // of the cache at that moment
}

// Generation returns what statements belong to that are prepared now.
func (c *Cache[S, M]) Generation() uint64 { return c.generation }

// Take returns an idle statement and makes the caller its owner, nil if there is none.
func (c *Cache[S, M]) Take(sql string, meaning M) *Entry[S, M] {
	i := c.find(sql, meaning)
	if i < 0 {
		return nil
	}
	e := c.idle[i]
	c.idle = slices.Delete(c.idle, i, i+1)
	return e
}

func (c *Cache[S, M]) find(sql string, meaning M) int {
	return slices.IndexFunc(c.idle, func(e *Entry[S, M]) bool { return e.SQL == sql && e.Meaning == meaning })
}

// Put gives a statement back. It returns true if there is one too many now, which waits to be closed: this one, or the one
// that was used least recently.
func (c *Cache[S, M]) Put(e *Entry[S, M]) (tooMany bool) {
	if e.Generation != c.generation || c.find(e.SQL, e.Meaning) >= 0 {
		c.condemn(e)
		return true
	}
	c.idle = append(c.idle, e)
	if len(c.idle) <= c.Size {
		return false
	}
	c.condemn(c.idle[0])
	c.idle = slices.Delete(c.idle, 0, 1)
	return true
}

func (c *Cache[S, M]) condemn(e *Entry[S, M]) { c.condemned = append(c.condemned, e) }

// Release takes out a statement that waits to be closed, nil if there is none. The best is one with the text and meaning of a
// statement that was prepared again: the same statement is then never open twice. The next best has the same text.
func (c *Cache[S, M]) Release(again *Entry[S, M]) *Entry[S, M] {
	if len(c.condemned) == 0 {
		return nil
	}
	best := 0
	for i, e := range c.condemned {
		switch {
		case e.SQL != again.SQL:
		case e.Meaning == again.Meaning:
			best = i
		case c.condemned[best].SQL != again.SQL:
			best = i
		}
	}
	e := c.condemned[best]
	c.condemned = slices.Delete(c.condemned, best, best+1)
	return e
}

// Flush empties the cache. Statements that are in use are not put back.
func (c *Cache[S, M]) Flush() {
	c.generation++
	c.condemned = append(c.condemned, c.idle...)
	clear(c.idle)
	c.idle = c.idle[:0]
}

// Forget takes out the statements of a handle that was given out again.
func (c *Cache[S, M]) Forget(handle int) {
	same := func(e *Entry[S, M]) bool { return e.Handle == handle }
	c.idle = slices.DeleteFunc(c.idle, same)
	c.condemned = slices.DeleteFunc(c.condemned, same)
}
