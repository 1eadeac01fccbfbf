package exasqlite

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// pos is the place of a token as error texts give it; columns count characters from 1.
type pos struct{ line, col int }

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

type token struct {
	kind       tokenKind
	text       string
	pos        pos
	start, end int // byte offsets in the statement
	reserved   bool
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

type lexer struct {
	src       string
	at        int
	line, col int
	reserved  map[string]bool
}

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
	case r == '[':
		if n = strings.IndexByte(rest, ']') + 1; n == 0 {
			return t, errorAt(codeSyntax, t.pos, "syntax error, unterminated [")
		}
		t.kind, t.text = tokQuoted, rest[1:n-1]
	case isDigit(rest[0]) || r == '.' && len(rest) > 1 && isDigit(rest[1]):
		n = numberLen(rest)
		t.kind, t.text = tokNumber, rest[:n]
	case unicode.IsLetter(r):
		n = strings.IndexFunc(rest, func(r rune) bool {
			return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r)
		})
		if n < 0 {
			n = len(rest)
		}
		t.kind, t.text = tokWord, strings.ToUpper(rest[:n])
		t.reserved = l.reserved[t.text]
	default:
		t.kind = tokSymbol
		n = utf8.RuneLen(r)
		if r == utf8.RuneError {
			_, n = utf8.DecodeRuneInString(rest)
		}
		for _, s := range []string{"||", "<>", "!=", "<=", ">=", "^=", ":="} {
			if strings.HasPrefix(rest, s) {
				n = len(s)
			}
		}
		t.text = rest[:n]
	}
	if t.kind == tokQuoted && t.text == "" {
		return t, errorAt(codeSyntax, t.pos, "syntax error, empty identifier")
	}
	l.skip(n)
	t.end = l.at
	return t, nil
}

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
		return "';'" // which the database puts behind a text that has none
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

func errSyntax(t token) error {
	return errorAt(codeSyntax, t.pos, "syntax error, unexpected %s", t.name())
}
