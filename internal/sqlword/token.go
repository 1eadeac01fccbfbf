package sqlword

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// token is a piece of a statement.
type token struct {
	kind   tokenKind
	text   string
	gap    bool // white space or a comment comes before
	digits bool // a literal that is a number
}

type tokenKind int

const (
	endToken     tokenKind = iota // of the statement, or of what can be told apart: a comment or a name has no end
	wordToken                     // a keyword or a name
	nameToken                     // a name in double quotes that has no single ones in it
	literalToken                  // a text, however long, or a number
	markToken                     // a single character of any other kind
)

// next cuts the next token off a statement. A text is cut off whole, but it may be followed by more of it: two quotes in a
// row, which are one quote in the text.
func next(sql *string) (t token) {
	rest := afterGap(*sql, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
	t.gap = len(rest) < len(*sql)
	n := t.read(rest)
	t.text, *sql = rest[:n], rest[n:]
	return t
}

// afterGap returns what comes after the white space and the comments at the beginning of a statement. A comment without
// an end reaches to the end of the statement.
func afterGap(sql string, white func(rune) bool) string {
	for {
		sql = strings.TrimLeftFunc(sql, white)
		end := ""
		switch {
		case strings.HasPrefix(sql, "--"):
			end = "\n"
		case strings.HasPrefix(sql, "/*"):
			end = "*/"
		default:
			return sql
		}
		_, sql, _ = strings.Cut(sql[2:], end)
	}
}

// read returns the length of the token that s begins with, and enters what it is.
func (t *token) read(s string) int {
	first, size := utf8.DecodeRuneInString(s)
	switch {
	case s == "":
		return 0
	case first == '\'':
		t.kind = literalToken
		return size + quoted(s[size:], '\'')
	case first == '"':
		n := size + quoted(s[size:], '"')
		if t.kind = nameToken; n == size || s[n-1] != '"' || strings.Contains(s[:n], "'") {
			t.kind = literalToken // a quote is missing somewhere, and there is a text inside
		}
		return n
	case unicode.IsDigit(first):
		t.kind, t.digits = literalToken, true
		return run(s)
	case first == '.' && run(s[size:]) > 0 && unicode.IsDigit(rune(s[size])):
		t.kind = literalToken
		return size + run(s[size:])
	case unicode.IsLetter(first) || first == '_':
		t.kind = wordToken
		return run(s)
	}
	t.kind = markToken
	return size
}

// run returns how many bytes of s can be a part of a name or of a number.
func run(s string) int {
	n := strings.IndexFunc(s, func(r rune) bool { return !inWord(r) })
	if n < 0 {
		return len(s)
	}
	return n
}

// inWord reports whether a name or a number can have a character in it. A statement can be one word of many megabytes, so
// the characters that nearly all of them consist of are not looked up.
func inWord(r rune) bool {
	switch {
	case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '_', r == '$', r == '#', r == '@':
		return true
	case r < utf8.RuneSelf:
		return false
	}
	return unicode.In(r, unicode.L, unicode.M, unicode.N)
}

// quoted returns the length of what stands in quotes, the last one included.
func quoted(s string, quote byte) int {
	n := strings.IndexByte(s, quote)
	if n < 0 {
		return len(s)
	}
	return n + 1
}
