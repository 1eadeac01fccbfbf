package exaotel

import (
	"strings"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/internal/sqlword"
)

// word is a word that statements begin with, as db.operation.name shows it.
type word struct {
	single, batch string
	query         bool // the statement has a result set, be it an empty one
}

// longestWord is that of words.
const longestWord = 11

// words are all first words that are shown. Any other word of a statement could be anything, and is not.
var words = func() map[string]word {
	all := map[string]word{}
	for _, w := range strings.Fields(`ALTER ANALYZE CLOSE COMMENT COMMIT CREATE DELETE DROP ENFORCE EXECUTE EXPLAIN EXPORT FLUSH GRANT
		IMPERSONATE IMPORT INSERT KILL MERGE OPEN PRELOAD RECOMPRESS RENAME REORGANIZE REVOKE ROLLBACK TRUNCATE UPDATE`) {
		all[w] = word{single: w, batch: "BATCH " + w}
	}
	for _, w := range strings.Fields("DESC DESCRIBE SELECT VALUES WITH") {
		all[w] = word{single: w, batch: "BATCH " + w, query: true}
	}
	return all
}()

const unknownBatch = "BATCH"

// wordOf looks up the first word of a statement, without allocating anything.
func wordOf(sql string) word {
	first, rest := sqlword.First(sql)
	if first == "" || len(first) > longestWord || rest != "" && strings.IndexByte("_0123456789$#@", rest[0]) >= 0 {
		return word{}
	}
	var upper [longestWord]byte
	for i := range len(first) {
		upper[i] = first[i] &^ 0x20 // they are all letters
	}
	return words[string(upper[:len(first)])]
}

// operationOf returns db.operation.name and db.operation.batch.size of a command, the latter 0 if it is no batch: the first
// word of its statement if that is known, else the protocol command. To prepare a statement is an operation of its own.
func operationOf(start *exawire.CommandStart) (name string, batch int, query bool) {
	if start.Command == "createPreparedStatement" || len(start.SQL) == 0 {
		return start.Command, 0, false
	}
	w := wordOf(start.SQL[0])
	if batch = start.Rows; start.Command == "executeBatch" {
		batch = len(start.SQL)
		for _, sql := range start.SQL[1:] {
			if wordOf(sql).single != w.single {
				return unknownBatch, batch, false
			}
		}
	}
	switch {
	case batch <= 1 && w.single == "":
		return start.Command, 0, false
	case batch <= 1:
		return w.single, 0, w.query
	case w.single == "":
		return unknownBatch, batch, false
	}
	return w.batch, batch, w.query
}
