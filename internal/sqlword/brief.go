package sqlword

import (
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	maxBrief = 80    // characters that are shown
	leftOut  = "..." // for what is left out
)

// plain are the first words of statements that are shown further. The others can hold secrets in many places: CREATE USER,
// CREATE CONNECTION, IMPORT, EXECUTE SCRIPT.
var plain = []string{
	"SELECT", "WITH", "VALUES", "INSERT", "UPDATE", "DELETE", "MERGE", "TRUNCATE", "DROP", "OPEN", "CLOSE", "COMMIT", "ROLLBACK",
	"DESC", "DESCRIBE",
}

// heads are words that the others may go on with, and still say nothing but what kind of statement it is.
var heads = []string{
	"OR", "REPLACE", "FORCE", "USER", "ROLE", "CONNECTION", "TABLE", "VIEW", "SCHEMA", "VIRTUAL", "FUNCTION", "SCRIPT", "ADAPTER",
	"SESSION", "SYSTEM", "SET", "INTO", "FROM",
}

// Brief says in a few words which statement an error is about, without what must not be in a log. It returns the beginning
// of a statement on one line: at most 80 characters, without comments, and "..." for what is left out. It ends before the
// first literal, text or number, since that is data and perhaps a person's. Nothing behind a literal is shown either: if a
// quote is missing, what looks like words there is the inside of a text.
//
// Of statements that can hold secrets only the first keywords are shown. Those are all but queries, changes of data and a
// few that have no room for a secret, and every statement with the word IDENTIFIED in it, wherever that is.
func Brief(sql string) string {
	rest := sql
	t := next(&rest)
	if t.kind != wordToken && t.kind != endToken && t.text != ";" {
		return leftOut
	}
	headOnly := mentions(sql, "IDENTIFIED") || len(t.text) > maxBrief || !slices.Contains(plain, strings.ToUpper(t.text))
	return beginning(sql, headOnly)
}

// HoldsSecret reports whether a statement has a password in it, or another way to prove who one is: IDENTIFIED is one of its
// words, or it creates or changes a connection.
func HoldsSecret(sql string) bool {
	if mentions(sql, "IDENTIFIED") {
		return true
	}
	word, rest := First(sql)
	for word != "" {
		if strings.EqualFold(word, "CONNECTION") {
			return true
		}
		if !slices.Contains(heads, strings.ToUpper(word)) && !strings.EqualFold(word, "CREATE") && !strings.EqualFold(word, "ALTER") {
			return false
		}
		word, rest = First(rest)
	}
	return false
}

// maxName is how long the name of a column can be.
const maxName = 128

// BriefColumn returns the name of a column for the text of an error. A column that nobody has named is called like its
// expression, and that can hold literals. So of a name with a single quote, or of more than 128 characters, it returns what
// Brief would show of an expression; any other name is returned as it is.
func BriefColumn(name string) string {
	if !strings.Contains(name, "'") && utf8.RuneCountInString(name) <= maxName {
		return name
	}
	return beginning(name, false)
}

// beginning returns how a statement or an expression begins, up to its first literal. If headOnly is true, it is the first
// word and those of heads that follow.
func beginning(sql string, headOnly bool) string {
	var b strings.Builder
	shown := 0
	for rest := sql; ; {
		t := next(&rest)
		word := ""
		if t.kind == wordToken && len(t.text) <= maxBrief {
			word = strings.ToUpper(t.text)
		}
		first := shown == 0
		size := utf8.RuneCountInString(t.text)
		if t.gap && !first {
			size++
		}
		switch {
		case t.kind == endToken, t.text == ";" && next(&rest).kind == endToken:
			return b.String()
		case t.kind == literalToken, t.text == ";", shown+size > maxBrief, !first && headOnly && !slices.Contains(heads, word):
			if !first && (t.gap || t.text == ";") {
				b.WriteByte(' ')
			}
			return b.String() + leftOut
		}
		if t.gap && !first {
			b.WriteByte(' ')
		}
		b.WriteString(strings.ToValidUTF8(t.text, "\ufffd"))
		shown += size
	}
}

// mentions reports whether a word in upper case comes in a text, in any case and wherever.
func mentions(text, word string) bool {
	for i := 0; i+len(word) <= len(text); i++ {
		if text[i]|0x20 == word[0]|0x20 && strings.EqualFold(text[i:i+len(word)], word) {
			return true
		}
	}
	return false
}
