package exasqlite

// Queries: WITH, set operations, SELECT with its clauses, ORDER BY and LIMIT.

// query parses a query with everything around its SELECTs. ORDER BY and LIMIT after a set operation belong to the
// whole of it.
func (p *parser) query() (*query, error) {
	defer func() { p.depth-- }()
	if err := p.enter(); err != nil {
		return nil, err
	}
	q := &query{pos: p.peek().pos}
	if p.word("WITH") {
		// SQLite would run it, by rules of its own.
		if p.isWord("RECURSIVE") {
			return nil, unsupported(p.peek().pos, "WITH RECURSIVE")
		}
		var err error
		if q.with, err = commaList(p, p.cte); err != nil {
			return nil, err
		}
	}
	var err error
	if q.body, err = p.setOperation(); err != nil {
		return nil, err
	}
	if p.word("ORDER") {
		if err := p.expect("BY"); err != nil {
			return nil, err
		}
		if q.order, err = commaList(p, p.orderItem); err != nil {
			return nil, err
		}
	}
	if p.word("LIMIT") {
		if q.limit, err = p.primary(); err != nil {
			return nil, err
		}
		switch {
		// LIMIT offset, count: the first number is the one that is skipped.
		case p.symbol(","):
			q.offset = q.limit
			q.limit, err = p.primary()
		case p.word("OFFSET"):
			q.offset, err = p.primary()
		}
	}
	return q, err
}

// cte parses an element of WITH.
func (p *parser) cte() (cte, error) {
	var c cte
	var err error
	if c.name, err = p.ident(); err != nil {
		return c, err
	}
	if p.isSymbol("(") {
		if c.columns, err = p.idents(); err != nil {
			return c, err
		}
	}
	if err := p.expect("AS"); err != nil {
		return c, err
	}
	if err := p.expectSymbol("("); err != nil {
		return c, err
	}
	if c.query, err = p.query(); err != nil {
		return c, err
	}
	return c, p.expectSymbol(")")
}

// setOperation parses UNION, EXCEPT and MINUS from left to right; INTERSECT binds more tightly.
func (p *parser) setOperation() (queryBody, error) {
	return p.setChain(func() (queryBody, error) {
		return p.setChain(p.selectOrParens, "INTERSECT")
	}, "UNION", "EXCEPT", "MINUS")
}

// setChain parses set operations of one strength from left to right.
func (p *parser) setChain(operand func() (queryBody, error), words ...string) (queryBody, error) {
	x, err := operand()
	levels, before := 0, ""
	for err == nil && p.isWord(words...) {
		t := p.next()
		op := t.text
		if op == "MINUS" {
			op = "EXCEPT"
		}
		if p.word("ALL") {
			// EXCEPT ALL would have to count equal rows, and SQLite has no such operator.
			if op != "UNION" {
				return nil, unsupported(t.pos, "%s ALL", op)
			}
			op = "UNION ALL"
		} else {
			p.word("DISTINCT")
		}
		// A row of the same UNION is one level.
		if op != before || op[:1] != "U" {
			levels++
		}
		if err := p.within(levels); err != nil {
			return nil, err
		}
		before = op
		var y queryBody
		y, err = operand()
		x = &setBody{op, x, y, t.pos}
	}
	return x, err
}

// selectOrParens parses an operand of a set operation.
func (p *parser) selectOrParens() (queryBody, error) {
	if p.symbol("(") {
		q, err := p.query()
		if err != nil {
			return nil, err
		}
		return q, p.expectSymbol(")")
	}
	s := &selectBody{pos: p.peek().pos}
	if err := p.expect("SELECT"); err != nil {
		return nil, err
	}
	if !p.word("ALL") {
		s.distinct = p.word("DISTINCT")
	}
	var err error
	if s.items, err = commaList(p, p.selectItem); err != nil {
		return nil, err
	}
	if p.word("FROM") {
		if s.from, err = p.from(); err != nil {
			return nil, err
		}
	}
	if p.word("WHERE") {
		if s.where, err = p.expr(); err != nil {
			return nil, err
		}
	}
	if s.levels, err = p.connectBy(); err != nil {
		return nil, err
	}
	if p.word("GROUP") {
		if err := p.groupBy(s); err != nil {
			return nil, err
		}
	}
	if p.word("HAVING") {
		if s.having, err = p.expr(); err != nil {
			return nil, err
		}
	}
	if p.word("QUALIFY") {
		if s.qualify, err = p.expr(); err != nil {
			return nil, err
		}
	}
	// The clause of skyline queries.
	if p.isWord("PREFERRING") {
		return nil, unsupported(p.peek().pos, "%s", p.peek().text)
	}
	return s, nil
}

// groupBy parses what follows GROUP. ROLLUP and its kin are several groupings at once.
func (p *parser) groupBy(s *selectBody) error {
	if err := p.expect("BY"); err != nil {
		return err
	}
	if s.grouped = true; p.isWord("ROLLUP", "CUBE", "GROUPING") {
		return unsupported(p.peek().pos, "GROUP BY %s", p.peek().text)
	}
	if p.emptyParens() {
		return nil
	}
	var err error
	s.group, err = commaList(p, p.expr)
	return err
}

// emptyParens consumes () if it follows: of GROUP BY (), and of functions that may be written with or without it.
func (p *parser) emptyParens() bool {
	if p.isSymbol("(") && p.peekAt(1).kind == tokSymbol && p.peekAt(1).text == ")" {
		p.at += 2
		return true
	}
	return false
}

// selectItem parses an expression with its alias, or a star.
func (p *parser) selectItem() (selectItem, error) {
	t := p.peek()
	item := selectItem{pos: t.pos}
	if p.symbol("*") {
		item.star = true
		return item, nil
	}
	// name.* and schema.name.*
	for n := 0; n <= 2; n += 2 {
		first, dot := p.peekAt(n), p.peekAt(n+1)
		if first.kind != tokWord && first.kind != tokQuoted || dot.kind != tokSymbol || dot.text != "." {
			break
		}
		if star := p.peekAt(n + 2); star.kind == tokSymbol && star.text == "*" {
			for i := 0; i <= n; i += 2 {
				item.table = append(item.table, ident{p.peekAt(i).text, p.peekAt(i).pos})
			}
			p.at += n + 3
			item.star = true
			return item, nil
		}
	}
	x, err := p.expr()
	if err != nil {
		return item, err
	}
	item.x = x
	item.span = span{t.start, p.tokens[p.at-1].end}
	// An alias may be written as a text, which keeps its case as a name in quotes does.
	if text := p.peekAt(1); p.isWord("AS") && text.kind == tokString && text.text != "" {
		p.at += 2
		item.alias = &ident{text.text, text.pos}
		return item, nil
	}
	item.alias, err = p.alias()
	return item, err
}

// orderItem parses an item of ORDER BY.
func (p *parser) orderItem() (orderItem, error) {
	item := orderItem{pos: p.peek().pos}
	var err error
	if item.x, err = p.expr(); err != nil {
		return item, err
	}
	if !p.word("ASC") {
		item.desc = p.word("DESC")
	}
	item.nullsFirst = item.desc
	if p.word("NULLS") {
		switch {
		case p.word("FIRST"):
			item.nullsFirst = true
		case p.word("LAST"):
			item.nullsFirst = false
		default:
			return item, errSyntax(p.peek())
		}
	}
	return item, nil
}
