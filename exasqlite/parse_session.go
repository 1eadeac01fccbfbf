package exasqlite

import (
	"strconv"
	"strings"
)

// Statements about other sessions and about the user: KILL, IMPERSONATE, FLUSH STATISTICS.

// kill parses KILL SESSION id and KILL STATEMENT [id] IN SESSION id [WITH MESSAGE 'text'].
func (p *parser) kill() (statement, error) {
	st := &stKill{}
	if p.word("STATEMENT") {
		// 0 stands for the statement that runs, whichever it is.
		number := int64(0)
		if t := p.peek(); t.kind == tokNumber {
			p.at++
			var err error
			if number, err = strconv.ParseInt(t.text, 10, 64); err != nil {
				return nil, errSyntax(t)
			}
		}
		st.statement = &number
		if err := p.expect("IN"); err != nil {
			return nil, err
		}
	}
	if err := p.expect("SESSION"); err != nil {
		return nil, err
	}
	t := p.next()
	st.pos = t.pos
	if t.kind == tokWord && t.text == "CURRENT_SESSION" {
		st.own = true
	} else {
		var err error
		// Numbers of sessions have 64 bits without a sign; those of statements are small.
		if st.session, err = strconv.ParseUint(t.text, 10, 64); t.kind != tokNumber || err != nil {
			return nil, errSyntax(t)
		}
	}
	if st.statement != nil && p.word("WITH", "MESSAGE") {
		t := p.next()
		if t.kind != tokString {
			return nil, errSyntax(t)
		}
		st.message = t.text
	}
	return st, nil
}

// impersonate parses IMPERSONATE user, whose name may be a text too.
func (p *parser) impersonate() (statement, error) {
	if t := p.peek(); t.kind == tokString && t.text != "" {
		p.at++
		return stImpersonate{ident{strings.ToUpper(t.text), t.pos}}, nil
	}
	user, err := p.ident()
	return stImpersonate{user}, err
}

// flush parses FLUSH STATISTICS [TASKS].
func (p *parser) flush() (statement, error) {
	if err := p.expect("STATISTICS"); err != nil {
		return nil, err
	}
	p.word("TASKS")
	return stNothing{}, nil
}
