// Package sqlword reads the words of SQL that a client has to know: what a statement begins with and will do to its
// session, and what is a name.
package sqlword

import "strings"

// maxKeyword is longer than any word of the language.
const maxKeyword = 64

// First returns the first word of a statement as it is written, and what follows it. White space, comments and opening
// parentheses before it do not count. It is "" if something else comes first.
func First(sql string) (word, rest string) {
	sql = afterGap(sql, func(r rune) bool { return strings.ContainsRune(" \t\r\n\f\v(", r) })
	n := strings.IndexFunc(sql, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') })
	if n < 0 {
		n = len(sql)
	}
	if n > maxKeyword {
		return "", sql
	}
	return sql[:n], sql[n:]
}

// Cut is First with the word in upper case.
func Cut(sql string) (word, rest string) {
	word, rest = First(sql)
	return strings.ToUpper(word), rest
}
