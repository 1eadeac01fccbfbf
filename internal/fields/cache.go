package fields

import (
	"reflect"
	"sync"
)

// Key is what a plan for a struct type depends on.
type Key struct {
	Type    reflect.Type
	Columns string // names and whatever else of the columns matters
	Mapping Mapping
}

// Cache keeps plans: programs read and write the same tables again and again. It is safe for concurrent use. The zero
// value is empty.
type Cache[V any] struct {
	mu sync.Mutex
	m  map[Key]V
}

// most bounds a cache, because column names are data. A full one is emptied.
const most = 1000

// Get returns what is kept for a key, or else what plan returns, and keeps that unless it is an error.
func (c *Cache[V]) Get(key Key, plan func() (V, error)) (V, error) {
	c.mu.Lock()
	v, ok := c.m[key]
	c.mu.Unlock()
	if ok {
		return v, nil
	}
	v, err := plan()
	if err != nil {
		return v, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.m) >= most {
		clear(c.m)
	} else if c.m == nil {
		c.m = make(map[Key]V)
	}
	c.m[key] = v
	return v, nil
}

// Len returns how many plans are kept.
func (c *Cache[V]) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.m)
}
