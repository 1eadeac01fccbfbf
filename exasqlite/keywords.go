package exasqlite

import (
	"github.com/exawire/exawire/exatest"
)

// Which words are reserved. The database lists 500 keywords, and the list grows with the releases: a table that could
// be created in 7.1 may need quotes in 2025.1. The test server and this package read the same list.

// reservedIn are the words that are no names in a release unless they are quoted.
func reservedIn(release string) map[string]bool {
	words := map[string]bool{}
	for _, k := range exatest.Keywords(release) {
		words[k.Word] = k.Reserved
	}
	for word := range reservedNames {
		words[word] = false
	}
	return words
}

// reservedNames are listed as reserved, but the database takes them for names all the same.
var reservedNames = wordSet("TEXT")

// reserved is reservedIn for the release of a session. The caller holds the Backend's mutex.
func (b *Backend) reserved(release string) map[string]bool {
	words, ok := b.words[release]
	if !ok {
		words = reservedIn(release)
		b.words[release] = words
	}
	return words
}

// keywordData are the rows of EXA_SQL_KEYWORDS and of getKeywords, which have the same columns.
func keywordData(release string) *relationData {
	r := &relationData{}
	for _, k := range exatest.Keywords(release) {
		r.add(k.Word, k.Reserved)
	}
	return r
}
