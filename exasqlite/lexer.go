package exasqlite

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// The words of Exasol's SQL. SQLite's own tokens are never used: quotes, brackets, comments and reserved words follow
// the database, and a position in an error is the one that the database would give.

// pos is the place of a token as error texts give it; columns count characters from 1.
type pos struct{ line, col int }

// tokenKind says what a token is, as far as the parser has to know before it looks at the text.
type tokenKind uint8

const (
	tokEnd    tokenKind = iota
	tokWord             // unquoted identifier or keyword; text is in upper case
	tokQuoted           // "identifier" or [identifier]
	tokString           // 'literal'; text is unescaped
	tokNumber
	tokSymbol
	tokBody // of a script
)

// token is a piece of a statement. Keywords are no kind of their own: most of them are names as well, and only the
// place where one stands decides.
type token struct {
	kind       tokenKind
	text       string
	pos        pos
	start, end int  // byte offsets in the statement // byte offsets in the statement
	reserved   bool // a word that is no name unless it is quoted
}

// lex splits a statement into tokens; the last one is tokEnd. Comments are dropped, and the words of reserved are marked.
func lex(sql string, reserved map[string]bool) ([]token, error) {
	l := lexer{src: sql, line: 1, col: 1, reserved: reserved}
	var tokens []token
	first := 0 // of the statement
	for {
		t, err := l.next()
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, t)
		switch {
		case t.kind == tokEnd:
			return tokens, nil
		case t.kind == tokSymbol && t.text == ";":
			first = len(tokens)
		case t.kind == tokWord && t.text == "AS" && bodyFollows(tokens[first:]):
			tokens = append(tokens, l.body())
			first = len(tokens)
		}
	}
}

// lexer reads tokens from the beginning of a text to its end. It counts lines and columns as it goes, since errors are
// about characters and not about bytes.
type lexer struct {
	src       string
	at        int
	line, col int
	reserved  map[string]bool
}

// skip passes over n bytes and counts the lines and characters in them.
func (l *lexer) skip(n int) {
	for _, r := range l.src[l.at : l.at+n] {
		if r == '\n' {
			l.line, l.col = l.line+1, 1
		} else {
			l.col++
		}
	}
	l.at += n
}

// blank passes over white space and comments. A hint such as /*snapshot execution*/ is a comment too: nothing here
// depends on it.
func (l *lexer) blank() error {
	for l.at < len(l.src) {
		rest := l.src[l.at:]
		r, n := utf8.DecodeRuneInString(rest)
		switch {
		case unicode.IsSpace(r):
			l.skip(n)
		case strings.HasPrefix(rest, "--"):
			n := strings.IndexByte(rest, '\n')
			if n < 0 {
				n = len(rest)
			}
			l.skip(n)
		case strings.HasPrefix(rest, "/*"):
			n := strings.Index(rest[2:], "*/")
			if n < 0 {
				return errorAt(codeSyntax, pos{l.line, l.col}, "syntax error, unterminated comment")
			}
			l.skip(n + 4)
		default:
			return nil
		}
	}
	return nil
}

// next reads a token. An empty name in quotes is refused here, so that no object can be called nothing.
func (l *lexer) next() (token, error) {
	if err := l.blank(); err != nil {
		return token{}, err
	}
	t := token{pos: pos{l.line, l.col}, start: l.at, end: l.at}
	if l.at == len(l.src) {
		return t, nil
	}
	rest := l.src[l.at:]
	r, _ := utf8.DecodeRuneInString(rest)
	n := 0
	switch {
	case r == '\'' || r == '"':
		text, length, ok := quoted(rest, byte(r))
		if !ok {
			return t, errorAt(codeSyntax, t.pos, "syntax error, unterminated %c", r)
		}
		t.kind, t.text, n = tokString, text, length
		if r == '"' {
			t.kind = tokQuoted
		}
	// Names in brackets are Exasol's; unlike quotes they have no way to write their own end.
	case r == '[':
		if n = strings.IndexByte(rest, ']') + 1; n == 0 {
			return t, errorAt(codeSyntax, t.pos, "syntax error, unterminated [")
		}
		t.kind, t.text = tokQuoted, rest[1:n-1]
	// A sign is no part of a number: - 1 and 1 - 1 are told apart by the grammar.
	case isDigit(rest[0]) || r == '.' && len(rest) > 1 && isDigit(rest[1]):
		n = numberLen(rest)
		t.kind, t.text = tokNumber, rest[:n]
	// A word is read in upper case whatever it turns out to be, as the catalog spells names that are not quoted.
	case unicode.IsLetter(r):
		n = wordLen(rest)
		t.kind, t.text = tokWord, strings.ToUpper(rest[:n])
		t.reserved = l.reserved[t.text]
	default:
		t.kind = tokSymbol
		n = symbolLen(rest)
		t.text = rest[:n]
	}
	if t.kind == tokQuoted && t.text == "" {
		return t, errorAt(codeSyntax, t.pos, "syntax error, empty identifier")
	}
	l.skip(n)
	t.end = l.at
	return t, nil
}

// isDigit reports whether c is a digit that numbers are written with; other scripts have digits that are letters here.
func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// quoted reads a quoted token from the beginning of s; a doubled quote stands for one.
func quoted(s string, quote byte) (text string, length int, ok bool) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] != quote:
			b.WriteByte(s[i])
		case i+1 < len(s) && s[i+1] == quote:
			b.WriteByte(quote)
			i++
		default:
			return b.String(), i + 1, true
		}
	}
	return "", 0, false
}

// wordLen is how long the word at the beginning of s is: letters and digits of any script, underscores, and marks that go with
// the letter before.
func wordLen(s string) int {
	n := strings.IndexFunc(s, func(r rune) bool {
		return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r)
	})
	if n < 0 {
		return len(s)
	}
	return n
}

// symbols are those of two characters.
var symbols = []string{"||", "<>", "!=", "<=", ">=", "^=", ":="}

// symbolLen is how long the symbol at the beginning of s is. A byte that is no UTF-8 is a symbol of its own, which no rule of
// the grammar takes.
func symbolLen(s string) int {
	for _, symbol := range symbols {
		if strings.HasPrefix(s, symbol) {
			return len(symbol)
		}
	}
	_, n := utf8.DecodeRuneInString(s)
	return n
}

// numberLen is how long the number at the beginning of s is. An e that no digits follow belongs to the next token.
func numberLen(s string) int {
	n := 0
	digits := func() {
		for n < len(s) && isDigit(s[n]) {
			n++
		}
	}
	digits()
	if n < len(s) && s[n] == '.' {
		n++
		digits()
	}
	if n < len(s) && (s[n] == 'e' || s[n] == 'E') {
		m := n + 1
		if m < len(s) && (s[m] == '+' || s[m] == '-') {
			m++
		}
		if m < len(s) && isDigit(s[m]) {
			n = m
			digits()
		}
	}
	return n
}

// name is how syntax errors call a token.
func (t token) name() string {
	switch t.kind {
	case tokEnd:
		return "';'" // which the database puts after a text that has none
	case tokWord:
		if t.reserved {
			return t.text + "_"
		}
		return "IDENTIFIER_PART_"
	case tokQuoted:
		return "IDENTIFIER_PART_"
	case tokString:
		return "STRING_LITERAL_"
	case tokNumber:
		return "UNSIGNED_NUMERIC_LITERAL_"
	}
	return "'" + t.text + "'"
}

// errSyntax is what the database says of a token that it did not expect. Drivers show it to their users, and some tests
// of theirs compare it.
func errSyntax(t token) error {
	return errorAt(codeSyntax, t.pos, "syntax error, unexpected %s", t.name())
}
