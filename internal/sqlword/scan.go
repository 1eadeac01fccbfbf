package sqlword

import "iter"

// Token is a piece of a statement, without the white space and the comments around it.
type Token struct {
	Kind Kind
	Text string // as it stands in the statement, quotes included
	At   int    // where it begins, in bytes
}

// End is where the token ends.
func (t Token) End() int { return t.At + len(t.Text) }

// Kind is what kind of token it is.
type Kind int

// The kinds of tokens.
const (
	Word    Kind = iota // a keyword, or a name without quotes
	Name                // a name in double quotes
	Literal             // a text in single quotes, or a number
	Mark                // a single character of any other kind
)

// Scan goes through the tokens of a statement. A text or a name whose last quote is missing reaches to the end of the
// statement, and so does a comment that is not closed.
func Scan(sql string) iter.Seq[Token] {
	return func(yield func(Token) bool) {
		for rest := sql; ; {
			t := next(&rest)
			if t.kind == endToken {
				return
			}
			at := len(sql) - len(rest) - len(t.text)
			rest = afterQuotes(rest, t.text[0])
			if !yield(Token{kindOf(t), sql[at : len(sql)-len(rest)], at}) {
				return
			}
		}
	}
}

// afterQuotes returns what comes after the rest of a text or a name: two quotes in a row are one quote in it.
func afterQuotes(rest string, quote byte) string {
	for (quote == '\'' || quote == '"') && rest != "" && rest[0] == quote {
		rest = rest[1+quoted(rest[1:], quote):]
	}
	return rest
}

func kindOf(t token) Kind {
	switch {
	case t.text[0] == '"':
		return Name
	case t.kind == literalToken:
		return Literal
	case t.kind == wordToken:
		return Word
	}
	return Mark
}
