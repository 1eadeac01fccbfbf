package exasqlite

import "strings"

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}

func (p *parser) peek() token { return p.tokens[p.at] }

func (p *parser) peekAt(n int) token { return p.tokens[min(p.at+n, len(p.tokens)-1)] }

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

func (p *parser) isSymbol(s string) bool {
	t := p.peek()
	return t.kind == tokSymbol && t.text == s
}

func (p *parser) symbol(s string) bool {
	if !p.isSymbol(s) {
		return false
	}
	p.at++
	return true
}

func (p *parser) expect(words ...string) error {
	for _, w := range words {
		if !p.word(w) {
			return errSyntax(p.peek())
		}
	}
	return nil
}

func (p *parser) expectSymbol(s string) error {
	if !p.symbol(s) {
		return errSyntax(p.peek())
	}
	return nil
}

func (p *parser) ident() (ident, error) {
	t := p.peek()
	if t.kind == tokQuoted || t.kind == tokWord && !t.reserved {
		p.at++
		return ident{t.text, t.pos}, nil
	}
	return ident{}, errSyntax(t)
}

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
