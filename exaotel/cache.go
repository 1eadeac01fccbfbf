package exaotel

import (
	"maps"
	"sync"
	"sync/atomic"
)

// mostKept is how many entries a cache keeps. A program has a few dozen: operations times nodes times errors.
const mostKept = 1000

// cache keeps what was prepared for a key. Looking it up takes no lock and allocates nothing. What comes when the cache is
// full is prepared anew each time.
type cache[K comparable, V any] struct {
	mu   sync.Mutex
	kept atomic.Pointer[map[K]*V]
}

// get returns the entry of a key, which prepare makes if there is none yet.
func (c *cache[K, V]) get(t *Tracer, key K, prepare func(*Tracer, K) *V) *V {
	if kept := c.kept.Load(); kept != nil {
		if v := (*kept)[key]; v != nil {
			return v
		}
	}
	return c.add(key, prepare(t, key))
}

// add keeps an entry unless there is one already, or no room. It returns the one that is valid.
func (c *cache[K, V]) add(key K, v *V) *V {
	c.mu.Lock()
	defer c.mu.Unlock()
	var more map[K]*V
	if kept := c.kept.Load(); kept != nil {
		if old := (*kept)[key]; old != nil {
			return old
		}
		if len(*kept) >= mostKept {
			return v
		}
		more = maps.Clone(*kept) // others are reading it
	} else {
		more = map[K]*V{}
	}
	more[key] = v
	c.kept.Store(&more)
	return v
}
