package stmtcache_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/internal/leakcheck"
	"github.com/exawire/exawire/internal/stmtcache"
)

func TestMain(m *testing.M) { leakcheck.Main(m) }

type (
	cache = stmtcache.Cache[string, int]
	entry = stmtcache.Entry[string, int]
)

// names returns those of entries that Release gives out, one after the other, for again.
func names(c *cache, again *entry) (names []string) {
	for e := c.Release(again); e != nil; e = c.Release(again) {
		names = append(names, e.Stmt)
	}
	return names
}

// A statement has one user, and belongs to its text and meaning.
func TestTake(t *testing.T) {
	c := cache{Size: 2}
	if c.Put(&entry{Stmt: "a", SQL: "A", Meaning: 1}) {
		t.Error("the first one is too many")
	}
	for _, key := range []entry{{SQL: "A", Meaning: 2}, {SQL: "B", Meaning: 1}} {
		if e := c.Take(key.SQL, key.Meaning); e != nil {
			t.Errorf("%s under %d is %v", key.SQL, key.Meaning, e)
		}
	}
	if e := c.Take("A", 1); e == nil || e.Stmt != "a" {
		t.Errorf("the statement is %v", e)
	}
	if e := c.Take("A", 1); e != nil {
		t.Errorf("it has two users, the second with %v", e)
	}
}

// The least recently used one makes room.
func TestPutMakesRoom(t *testing.T) {
	c := cache{Size: 2}
	c.Put(&entry{Stmt: "a", SQL: "A"})
	c.Put(&entry{Stmt: "b", SQL: "B"})
	c.Put(c.Take("A", 0))
	if !c.Put(&entry{Stmt: "c", SQL: "C"}) {
		t.Error("no statement is too many")
	}
	if !c.Put(&entry{Stmt: "c2", SQL: "C"}) {
		t.Error("the same statement is kept twice")
	}
	if diff := cmp.Diff([]string{"b", "c2"}, names(&c, &entry{})); diff != "" {
		t.Errorf("condemned (-want +got):\n%s", diff)
	}
}

// What is closed first is what was replaced.
func TestReleaseTheSameFirst(t *testing.T) {
	c := cache{}
	for _, e := range []entry{{"x", "X", 1, 0, 0}, {"a2", "A", 2, 2, 0}, {"a1", "A", 3, 1, 0}, {"y", "Y", 4, 1, 0}} {
		c.Put(&e)
	}
	if diff := cmp.Diff([]string{"a1", "a2", "x", "y"}, names(&c, &entry{SQL: "A", Meaning: 1})); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}

// Nothing of before comes back, not even what was in use.
func TestFlush(t *testing.T) {
	c := cache{Size: 3}
	c.Put(&entry{Stmt: "a", SQL: "A"})
	c.Put(&entry{Stmt: "b", SQL: "B"})
	used := c.Take("A", 0)
	c.Flush()
	if e := c.Take("B", 0); e != nil {
		t.Errorf("%v is kept", e)
	}
	if !c.Put(used) {
		t.Error("what was in use is kept")
	}
	if c.Put(&entry{Stmt: "c", SQL: "C", Generation: c.Generation()}) {
		t.Error("what was prepared later is not")
	}
	if diff := cmp.Diff([]string{"b", "a"}, names(&c, &entry{})); diff != "" {
		t.Errorf("condemned (-want +got):\n%s", diff)
	}
}

// A handle that was given out again is nobody's to close.
func TestForget(t *testing.T) {
	c := cache{Size: 1}
	c.Put(&entry{Stmt: "a", SQL: "A", Handle: 1})
	c.Put(&entry{Stmt: "b", SQL: "B", Handle: 2})
	c.Forget(1)
	c.Forget(2)
	if e := c.Take("B", 0); e != nil {
		t.Errorf("%v is kept", e)
	}
	if got := names(&c, &entry{}); got != nil {
		t.Errorf("%v would be closed", got)
	}
}
