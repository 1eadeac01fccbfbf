package exasqlite

import (
	"strconv"
	"strings"
)

// What follows the files of IMPORT and EXPORT: lists of their columns, and what becomes of faulty rows.

// csvColumn parses n or n..m with FORMAT and DELIMIT.
func (p *parser) csvColumn() (csvColumn, error) {
	first := p.peek()
	c := csvColumn{pos: first.pos}
	// The lexer sees 1..3 as two numbers, so the pieces are put together again.
	text := ""
	for t := p.peek(); t.kind == tokNumber || t.kind == tokSymbol && t.text == "."; t = p.peek() {
		text += t.text
		p.at++
	}
	from, to, isRange := strings.Cut(text, "..")
	var err error
	if c.from, err = strconv.Atoi(from); err != nil || c.from < 1 {
		return c, errSyntax(first)
	}
	c.to = c.from
	if isRange {
		if c.to, err = strconv.Atoi(to); err != nil || c.to < c.from {
			return c, errSyntax(first)
		}
	}
	if c.to > maxCSVColumn {
		return c, unsupported(first.pos, "column %d of a file", c.to)
	}
	for p.isWord("FORMAT", "DELIMIT") {
		t := p.next()
		if err := p.expectSymbol("="); err != nil {
			return c, err
		}
		switch {
		case t.text == "FORMAT" && c.format == "":
			c.format, err = p.textLiteral()
		case t.text == "DELIMIT" && c.delimit == "":
			c.delimit, err = p.delimitWord()
		default:
			err = errSyntax(t)
		}
		if err != nil {
			return c, err
		}
	}
	return c, nil
}

// maxCSVColumn is the largest number of a field that can be named.
const maxCSVColumn = 10000

// delimitWord reads AUTO, ALWAYS or NEVER.
func (p *parser) delimitWord() (string, error) {
	t := p.next()
	if t.kind == tokWord && (t.text == "AUTO" || t.text == "ALWAYS" || t.text == "NEVER") {
		return t.text, nil
	}
	return "", errSyntax(t)
}

// rejectClause parses ERRORS INTO table [(expression)] [REPLACE | TRUNCATE] and REJECT LIMIT.
func (p *parser) rejectClause() (rejectClause, error) {
	c := rejectClause{pos: p.peek().pos}
	if p.word("ERRORS") {
		if err := p.expect("INTO"); err != nil {
			return c, err
		}
		if t := p.peek(); p.isWord("CSV", "LOCAL") {
			return c, unsupported(t.pos, "ERRORS INTO a file")
		}
		var err error
		if c.into, err = p.path(); err != nil {
			return c, err
		}
		if p.symbol("(") {
			if c.tag, err = p.expr(); err != nil {
				return c, err
			}
			if err := p.expectSymbol(")"); err != nil {
				return c, err
			}
		}
		switch {
		case p.word("REPLACE"):
			c.replace = true
		case p.word("TRUNCATE"):
			c.empty = true
		}
	}
	if p.word("REJECT") {
		if err := p.expect("LIMIT"); err != nil {
			return c, err
		}
		t := p.next()
		switch n, err := strconv.Atoi(t.text); {
		case t.kind == tokWord && t.text == "UNLIMITED":
			c.limit = -1
		case t.kind == tokNumber && err == nil:
			c.limit = n
		default:
			return c, errSyntax(t)
		}
		p.word("ERRORS")
	}
	return c, nil
}
