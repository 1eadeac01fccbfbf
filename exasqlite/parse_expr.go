package exasqlite

// Expressions, by the strength of their operators, one function for each. Within a strength they bind from the left.
//
//	OR < AND < NOT < = <> LIKE IN BETWEEN IS < || < + - < * / < signs

// expr parses an expression: OR, AND, NOT, predicates, ||, + -, * /, signs, primaries, from loose to tight.
func (p *parser) expr() (expr, error) {
	defer func() { p.depth-- }()
	if err := p.enter(); err != nil {
		return nil, err
	}
	return p.binary(func() (expr, error) { return p.binary(p.not, nil, "AND") }, nil, "OR")
}

// binary parses a chain of operators of the same strength from left to right.
func (p *parser) binary(operand func() (expr, error), symbols []string, words ...string) (expr, error) {
	x, err := operand()
	for err == nil {
		t := p.peek()
		op := ""
		if p.isWord(words...) {
			op = t.text
		}
		for _, s := range symbols {
			if p.isSymbol(s) {
				op = s
			}
		}
		if op == "" {
			return x, nil
		}
		p.at++
		var y expr
		y, err = operand()
		x = &exBinary{op, x, y, t.pos}
	}
	return nil, err
}

// not parses NOT, which may stand before itself any number of times within maxDepth.
func (p *parser) not() (expr, error) {
	t := p.peek()
	if p.word("NOT") {
		defer func() { p.depth-- }()
		if err := p.enter(); err != nil {
			return nil, err
		}
		x, err := p.not()
		return &exUnary{"NOT", x, t.pos}, err
	}
	return p.predicate()
}

// predicate parses comparisons and the other tests of values. Each may be the operand of the next one: a = b = c compares
// the truth of a = b with c, so it counts as a level of nesting.
func (p *parser) predicate() (expr, error) {
	if p.word("EXISTS") {
		return p.exists()
	}
	x, err := p.additive()
	for levels := 0; err == nil; levels++ {
		if err := p.within(levels); err != nil {
			return nil, err
		}
		var found bool
		if p.peek().kind == tokSymbol {
			x, found, err = p.comparison(x)
		} else {
			x, found, err = p.test(x)
		}
		if !found {
			return x, err
		}
	}
	return nil, err
}

// exists parses what follows EXISTS.
func (p *parser) exists() (expr, error) {
	if err := p.expectSymbol("("); err != nil {
		return nil, err
	}
	q, err := p.query()
	if err != nil {
		return nil, err
	}
	return &exExists{q}, p.expectSymbol(")")
}

// comparison parses an operator that compares x with what follows; found is false if there is none.
func (p *parser) comparison(x expr) (y expr, found bool, err error) {
	t := p.peek()
	op := t.text
	switch op {
	case "=", "<", ">", "<=", ">=", "<>":
	case "!=", "^=":
		op = "<>"
	default:
		return x, false, nil
	}
	p.at++
	if p.isWord("ANY", "ALL", "SOME") {
		return nil, true, unsupported(p.peek().pos, "%s %s", op, p.peek().text)
	}
	y, err = p.additive()
	return &exBinary{op, x, y, t.pos}, true, err
}

// test parses a predicate that is written with words; found is false if there is none.
func (p *parser) test(x expr) (y expr, found bool, err error) {
	at := p.peek().pos
	not := p.word("NOT")
	switch {
	case p.word("BETWEEN"):
		y, err = p.between(x, not, at)
	case p.word("IN"):
		y, err = p.in(x, not, at)
	case p.isWord("LIKE", "REGEXP_LIKE"):
		like := &exLike{x: x, not: not, regexp: p.next().text != "LIKE", pos: at}
		if like.pattern, err = p.additive(); err == nil && p.word("ESCAPE") {
			like.escape, err = p.additive()
		}
		y = like
	case !not && p.word("IS"):
		y, err = p.is(x)
	case not:
		return nil, true, errSyntax(p.peek())
	default:
		return x, false, nil
	}
	return y, true, err
}

// between parses low AND high. The AND is no operator here, so both are tighter than one.
func (p *parser) between(x expr, not bool, at pos) (expr, error) {
	low, err := p.additive()
	if err != nil {
		return nil, err
	}
	if err := p.expect("AND"); err != nil {
		return nil, err
	}
	high, err := p.additive()
	return &exBetween{x, low, high, not, at}, err
}

// is parses what follows IS.
func (p *parser) is(x expr) (expr, error) {
	not := p.word("NOT")
	switch {
	case p.word("NULL"):
		return &exIsNull{x, not}, nil
	case p.isWord("TRUE", "FALSE", "UNKNOWN"):
		return &exIsTruth{x, p.next().text, not}, nil
	}
	return nil, errSyntax(p.peek())
}

// in parses the list or the query of IN.
func (p *parser) in(x expr, not bool, at pos) (expr, error) {
	in := &exIn{x: x, not: not, pos: at}
	if p.isSymbol("(") && p.peekAt(1).kind == tokWord && (p.peekAt(1).text == "SELECT" || p.peekAt(1).text == "WITH") {
		p.at++
		q, err := p.query()
		if err != nil {
			return nil, err
		}
		in.query = q
		return in, p.expectSymbol(")")
	}
	var err error
	in.list, err = list(p, p.expr)
	return in, err
}

// additive parses what is tighter than a predicate: ||, then + and -, then * and /. Where the grammar has words that
// would be operators, such as AND of BETWEEN, it calls for this one.
func (p *parser) additive() (expr, error) {
	return p.binary(func() (expr, error) {
		return p.binary(func() (expr, error) {
			return p.binary(p.sign, []string{"*", "/"})
		}, []string{"+", "-"})
	}, []string{"||"})
}

// sign parses signs. They are levels of nesting, because SQLite's tree has each of them as a node.
func (p *parser) sign() (expr, error) {
	t := p.peek()
	if p.symbol("-") || p.symbol("+") {
		defer func() { p.depth-- }()
		if err := p.enter(); err != nil {
			return nil, err
		}
		x, err := p.sign()
		return &exUnary{t.text, x, t.pos}, err
	}
	return p.primary()
}

// primary parses a literal, a placeholder, a name, a call, or something in parentheses.
func (p *parser) primary() (expr, error) {
	t := p.peek()
	switch t.kind {
	case tokNumber:
		p.at++
		return &exNumber{t.text, t.pos}, nil
	case tokString:
		p.at++
		return &exString{t.text, t.pos}, nil
	case tokSymbol:
		switch t.text {
		case "?":
			p.at++
			p.params = append(p.params, t.pos)
			return &exParam{len(p.params) - 1, t.pos}, nil
		case "(":
			return p.parens()
		}
		return nil, errSyntax(t)
	case tokQuoted:
		return p.nameOrCall()
	case tokEnd:
		return nil, errSyntax(t)
	}
	switch t.text {
	// UNKNOWN is the truth value that nobody knows, which is NULL.
	case "NULL", "UNKNOWN":
		p.at++
		return exNull{}, nil
	case "TRUE", "FALSE":
		p.at++
		return exBool{t.text == "TRUE"}, nil
	// A reserved word that is a column all the same.
	case "LEVEL":
		p.at++
		return &exColumn{path{{t.text, t.pos}}}, nil
	case "DEFAULT":
		p.at++
		return exDefault{t.pos}, nil
	case "CASE":
		return p.caseExpr()
	case "CAST":
		return p.cast()
	// Followed by a text they make a literal; otherwise DATE is a function's name or a column.
	case "DATE", "TIMESTAMP", "INTERVAL":
		if p.peekAt(1).kind == tokString {
			return p.typedLiteral()
		}
	}
	if withoutParens[t.text] && p.peekAt(1).text != "." {
		return p.sessionValue()
	}
	return p.nameOrCall()
}

// withoutParens are the functions that may be called by their name alone.
var withoutParens = wordSet(`CURRENT_DATE CURRENT_TIMESTAMP CURRENT_USER CURRENT_SCHEMA CURRENT_SESSION CURRENT_STATEMENT
	SYSDATE SYSTIMESTAMP LOCALTIMESTAMP SESSIONTIMEZONE DBTIMEZONE USER NOW CURDATE`)

// sessionValue parses one of them. NOW and CURDATE are no reserved words and need their parentheses: without them they are
// columns. A table may be called like any of these, and then its columns are qualified with the name.
func (p *parser) sessionValue() (expr, error) {
	t := p.next()
	if !p.emptyParens() && (t.text == "NOW" || t.text == "CURDATE") {
		return &exColumn{path{{t.text, t.pos}}}, nil
	}
	return &exCall{name: t.text, pos: t.pos}, nil
}

// parens parses a subquery, an expression or a row value in parentheses.
func (p *parser) parens() (expr, error) {
	t := p.next()
	if p.isWord("SELECT", "WITH") {
		q, err := p.query()
		if err != nil {
			return nil, err
		}
		return &exQuery{q, t.pos}, p.expectSymbol(")")
	}
	x, err := p.expr()
	if err != nil {
		return nil, err
	}
	if !p.symbol(",") {
		return x, p.expectSymbol(")")
	}
	rest, err := commaList(p, p.expr)
	if err != nil {
		return nil, err
	}
	return &exRow{append([]expr{x}, rest...), t.pos}, p.expectSymbol(")")
}

// typedLiteral parses DATE '...', TIMESTAMP '...' and INTERVAL '...' units.
func (p *parser) typedLiteral() (expr, error) {
	t := p.next()
	lit := &exTyped{text: p.next().text, pos: t.pos}
	switch t.text {
	case "DATE":
		lit.t = typeDate
		return lit, nil
	case "TIMESTAMP":
		lit.t = typ{kind: kindTimestamp, p: literalFraction(lit.text)}
		return lit, nil
	}
	var err error
	lit.t, lit.value, err = p.intervalLiteral(lit.text)
	return lit, err
}

// caseExpr parses CASE with or without an operand.
func (p *parser) caseExpr() (expr, error) {
	c := &exCase{pos: p.next().pos}
	var err error
	if !p.isWord("WHEN") {
		if c.operand, err = p.expr(); err != nil {
			return nil, err
		}
	}
	for p.word("WHEN") {
		when, err := p.expr()
		if err != nil {
			return nil, err
		}
		if err := p.expect("THEN"); err != nil {
			return nil, err
		}
		then, err := p.expr()
		if err != nil {
			return nil, err
		}
		c.when, c.then = append(c.when, when), append(c.then, then)
	}
	if len(c.when) == 0 {
		return nil, errSyntax(p.peek())
	}
	if p.word("ELSE") {
		if c.other, err = p.expr(); err != nil {
			return nil, err
		}
	}
	return c, p.expect("END")
}

// cast parses CAST(x AS type).
func (p *parser) cast() (expr, error) {
	c := &exCast{pos: p.next().pos}
	if err := p.expectSymbol("("); err != nil {
		return nil, err
	}
	var err error
	if c.x, err = p.expr(); err != nil {
		return nil, err
	}
	if err := p.expect("AS"); err != nil {
		return nil, err
	}
	if c.t, err = p.typeName(); err != nil {
		return nil, err
	}
	return c, p.expectSymbol(")")
}
