package exasqlite

import "strings"

// What all rules of the grammar are made of: the next token, the keyword that may follow, names, and lists.

// wordSet makes a set of the words in a text.
func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}

// peek is the next token, which stays. The last one is tokEnd, so there always is one.
func (p *parser) peek() token { return p.tokens[p.at] }

// peekAt looks n tokens further, but not beyond the end.
func (p *parser) peekAt(n int) token { return p.tokens[min(p.at+n, len(p.tokens)-1)] }

// next takes the next token. The end can be taken any number of times.
func (p *parser) next() token {
	t := p.peek()
	if t.kind != tokEnd {
		p.at++
	}
	return t
}

// isWord reports whether the next token is one of these keywords.
func (p *parser) isWord(words ...string) bool {
	t := p.peek()
	if t.kind != tokWord {
		return false
	}
	for _, w := range words {
		if t.text == w {
			return true
		}
	}
	return false
}

// word consumes the keywords if they all follow.
func (p *parser) word(words ...string) bool {
	for i, w := range words {
		if t := p.peekAt(i); t.kind != tokWord || t.text != w {
			return false
		}
	}
	p.at += len(words)
	return true
}

// isSymbol reports whether the next token is this symbol; a text '(' is none.
func (p *parser) isSymbol(s string) bool {
	t := p.peek()
	return t.kind == tokSymbol && t.text == s
}

// symbol consumes the symbol if it follows.
func (p *parser) symbol(s string) bool {
	if !p.isSymbol(s) {
		return false
	}
	p.at++
	return true
}

// expect consumes keywords that have to follow. The error is about the first one that does not.
func (p *parser) expect(words ...string) error {
	for _, w := range words {
		if !p.word(w) {
			return errSyntax(p.peek())
		}
	}
	return nil
}

// expectSymbol consumes a symbol that has to follow.
func (p *parser) expectSymbol(s string) error {
	if !p.symbol(s) {
		return errSyntax(p.peek())
	}
	return nil
}

// ident reads a name: any word that this release does not reserve, or one in quotes.
func (p *parser) ident() (ident, error) {
	t := p.peek()
	if t.kind == tokQuoted || t.kind == tokWord && !t.reserved {
		p.at++
		return ident{t.text, t.pos}, nil
	}
	return ident{}, errSyntax(t)
}

// path reads a name with what qualifies it: at most a schema and a table.
func (p *parser) path() (path, error) {
	var names path
	for {
		name, err := p.ident()
		if err != nil {
			return nil, err
		}
		names = append(names, name)
		if !p.symbol(".") {
			break
		}
	}
	if len(names) > 3 {
		return nil, errSyntax(p.peek())
	}
	return names, nil
}

// idents reads names in parentheses.
func (p *parser) idents() ([]ident, error) {
	return list(p, func() (ident, error) { return p.ident() })
}

// list reads items in parentheses, separated by commas.
func list[T any](p *parser, item func() (T, error)) ([]T, error) {
	if err := p.expectSymbol("("); err != nil {
		return nil, err
	}
	items, err := commaList(p, item)
	if err != nil {
		return nil, err
	}
	return items, p.expectSymbol(")")
}

// commaList reads items that are separated by commas, one at least.
func commaList[T any](p *parser, item func() (T, error)) ([]T, error) {
	var items []T
	for {
		x, err := item()
		if err != nil {
			return nil, err
		}
		items = append(items, x)
		if !p.symbol(",") {
			return items, nil
		}
	}
}

// alias reads [AS] name.
func (p *parser) alias() (*ident, error) {
	if p.word("AS") {
		name, err := p.ident()
		return &name, err
	}
	t := p.peek()
	if t.kind == tokQuoted || t.kind == tokWord && !t.reserved && !clauseWords[t.text] {
		p.at++
		return &ident{t.text, t.pos}, nil
	}
	return nil, nil
}

// clauseWords begin a clause and so are no aliases without AS, although they are not reserved.
var clauseWords = wordSet(`CROSS LIMIT OFFSET QUALIFY MINUS STEP SEPARATOR NULLS REGEXP_LIKE PREFERRING DISTRIBUTE PARTITION COMMENT CONNECT`)
