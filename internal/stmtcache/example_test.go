package stmtcache_test

import (
	"fmt"

	"github.com/exawire/exawire/internal/stmtcache"
)

// A statement is prepared once and found again by its text and what it was prepared under.
func Example() {
	type entry = stmtcache.Entry[string, string]
	cache := stmtcache.Cache[string, string]{Size: 10}
	cache.Put(&entry{Stmt: "statement 1", SQL: "SELECT ?", Meaning: "schema A"})
	fmt.Println(cache.Take("SELECT ?", "schema B"))
	fmt.Println(cache.Take("SELECT ?", "schema A").Stmt)
	// Output:
	// <nil>
	// statement 1
}
