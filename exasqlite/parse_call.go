package exasqlite

// Calls of functions. Their names are no keywords of the grammar, with two exceptions: a few functions have words
// between their parentheses, and a few are reserved words that have to be allowed one by one.

// nameOrCall parses a column, or a function with its arguments.
func (p *parser) nameOrCall() (expr, error) {
	t := p.peek()
	open := p.peekAt(1)
	if open.kind == tokSymbol && open.text == "(" && (t.kind == tokQuoted || !t.reserved || callable[t.text]) {
		p.at++
		x, err := p.call(t)
		return x, err
	}
	if t.kind == tokWord && t.text == "LOCAL" && open.text == "." {
		// LOCAL.alias names an alias of the select list.
		p.at += 2
		name, err := p.ident()
		return &exColumn{path{{"LOCAL", t.pos}, name}}, err
	}
	name, err := p.path()
	if err != nil {
		return nil, err
	}
	// A call with a schema in front can be a script only: functions of the database have none.
	if p.isSymbol("(") {
		x, err := p.call(token{kind: tokQuoted, text: name.last().name, pos: t.pos})
		if err == nil {
			x.path = name
		}
		return x, err
	}
	return &exColumn{name}, nil
}

// callable are the reserved words that are functions too.
var callable = wordSet(`LEFT RIGHT TRUNCATE YEAR MONTH DAY HOUR MINUTE SECOND REPLACE INSERT CHAR CHARACTER_LENGTH
	COALESCE NULLIF POSITION SUBSTRING TRIM UPPER LOWER EXTRACT CONVERT MOD ROW_NUMBER RANK DENSE_RANK COUNT SUM MIN MAX AVG
	ANY SOME SPACE REPEAT LAG LEAD FIRST_VALUE LAST_VALUE NTILE GROUP_CONCAT LISTAGG IF IFNULL NVL NVL2 ABS ROUND FLOOR CEIL CEILING POWER SQRT
	LOG LN EXP LENGTH CAST GREATEST LEAST DATE TIMESTAMP VALUE VALUES`)

// call parses the parentheses after the name of a function, and what may follow them.
func (p *parser) call(name token) (*exCall, error) {
	c := &exCall{name: name.text, quoted: name.kind == tokQuoted, pos: name.pos}
	if err := p.expectSymbol("("); err != nil {
		return nil, err
	}
	if err := p.arguments(c); err != nil {
		return nil, err
	}
	if err := p.expectSymbol(")"); err != nil {
		return nil, err
	}
	if p.word("WITHIN") {
		if err := p.withinGroup(c); err != nil {
			return nil, err
		}
	}
	// SQLite has no IGNORE NULLS. RESPECT NULLS is what it does, but a client that writes it cares about the
	// difference.
	if p.isWord("IGNORE", "RESPECT") && p.peekAt(1).text == "NULLS" {
		return nil, unsupported(p.peek().pos, "%s NULLS", p.peek().text)
	}
	// A dynamic output belongs to scripts, which are not run.
	if p.isWord("EMITS") {
		return nil, unsupported(p.peek().pos, "EMITS of a call")
	}
	if p.word("OVER") {
		var err error
		if c.over, err = p.window(); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// withinGroup parses GROUP (ORDER BY ...) of LISTAGG.
func (p *parser) withinGroup(c *exCall) error {
	if err := p.expect("GROUP"); err != nil {
		return err
	}
	if err := p.expectSymbol("("); err != nil {
		return err
	}
	if err := p.orderBy(c); err != nil {
		return err
	}
	return p.expectSymbol(")")
}

// arguments parses what stands between the parentheses of a call. Some functions have words in there.
func (p *parser) arguments(c *exCall) error {
	switch {
	case c.name == "EXTRACT":
		return p.extractArguments(c)
	case c.name == "POSITION":
		return p.positionArguments(c)
	case c.name == "CONVERT":
		return p.convertArguments(c)
	case p.isSymbol(")"):
		return nil
	case p.symbol("*"):
		c.star = true
		return nil
	}
	// What follows is the usual list, with what aggregates may have around it.
	if !p.word("ALL") {
		c.distinct = p.word("DISTINCT")
	}
	var err error
	if c.args, err = commaList(p, p.expr); err != nil {
		return err
	}
	if c.name == "SUBSTRING" && p.word("FROM") {
		return p.substringArguments(c)
	}
	if p.isWord("ORDER") {
		if err := p.orderBy(c); err != nil {
			return err
		}
	}
	if p.word("SEPARATOR") {
		c.separator, err = p.primary()
	}
	return err
}

// argument parses one more argument.
func (p *parser) argument(c *exCall) error {
	x, err := p.expr()
	c.args = append(c.args, x)
	return err
}

// extractArguments parses unit FROM x.
func (p *parser) extractArguments(c *exCall) error {
	t := p.next()
	if t.kind != tokWord {
		return errSyntax(t)
	}
	c.unit = t.text
	if err := p.expect("FROM"); err != nil {
		return err
	}
	return p.argument(c)
}

// positionArguments parses x IN y, in which IN is no predicate.
func (p *parser) positionArguments(c *exCall) error {
	x, err := p.additive()
	if err != nil {
		return err
	}
	c.args = append(c.args, x)
	if err := p.expect("IN"); err != nil {
		return err
	}
	return p.argument(c)
}

// convertArguments parses type, x and makes a CAST of it.
func (p *parser) convertArguments(c *exCall) error {
	t, err := p.typeName()
	if err != nil {
		return err
	}
	if err := p.expectSymbol(","); err != nil {
		return err
	}
	x, err := p.expr()
	c.args = []expr{&exCast{x, t, c.pos}}
	return err
}

// substringArguments parses what follows FROM in SUBSTRING(x FROM y FOR z).
func (p *parser) substringArguments(c *exCall) error {
	if err := p.argument(c); err != nil || !p.word("FOR") {
		return err
	}
	return p.argument(c)
}

// orderBy parses ORDER BY of an aggregate, which decides in what order GROUP_CONCAT and LISTAGG join.
func (p *parser) orderBy(c *exCall) error {
	if err := p.expect("ORDER", "BY"); err != nil {
		return err
	}
	var err error
	c.order, err = commaList(p, p.orderItem)
	return err
}

// window parses what stands after OVER.
func (p *parser) window() (*window, error) {
	if err := p.expectSymbol("("); err != nil {
		return nil, err
	}
	w := &window{}
	var err error
	if p.word("PARTITION") {
		if err := p.expect("BY"); err != nil {
			return nil, err
		}
		if w.partition, err = commaList(p, p.expr); err != nil {
			return nil, err
		}
	}
	if p.word("ORDER") {
		if err := p.expect("BY"); err != nil {
			return nil, err
		}
		if w.order, err = commaList(p, p.orderItem); err != nil {
			return nil, err
		}
	}
	if p.isWord("ROWS", "RANGE") {
		if w.frame, err = p.frame(); err != nil {
			return nil, err
		}
	}
	return w, p.expectSymbol(")")
}

// frame parses a frame clause into SQLite's, which has the same words.
func (p *parser) frame() (string, error) {
	unit := p.next().text
	// A value in RANGE is a distance of the ORDER BY expression, which SQLite measures in stored values: a DECIMAL with
	// a scale, or a date, would have another one.
	bound := func() (string, error) {
		t := p.peek()
		switch {
		case p.word("UNBOUNDED"):
			if t := p.peek(); p.isWord("PRECEDING", "FOLLOWING") {
				p.at++
				return "UNBOUNDED " + t.text, nil
			}
		case p.word("CURRENT"):
			return "CURRENT ROW", p.expect("ROW")
		case t.kind == tokNumber && unit == "ROWS":
			p.at++
			if d := p.peek(); p.isWord("PRECEDING", "FOLLOWING") {
				p.at++
				return t.text + " " + d.text, nil
			}
		case t.kind == tokNumber:
			return "", unsupported(t.pos, "RANGE with a value")
		}
		return "", errSyntax(p.peek())
	}
	if !p.word("BETWEEN") {
		b, err := bound()
		return " " + unit + " " + b, err
	}
	low, err := bound()
	if err != nil {
		return "", err
	}
	if err := p.expect("AND"); err != nil {
		return "", err
	}
	high, err := bound()
	return " " + unit + " BETWEEN " + low + " AND " + high, err
}
