package exasqlite

// FROM: tables, views, subqueries, VALUES, and how they are joined.

// from parses the items of FROM with their joins. Joins stand in a list rather than a tree: they bind from the left,
// and parentheses make an item of their own.
func (p *parser) from() ([]fromItem, error) {
	first, err := p.source()
	if err != nil {
		return nil, err
	}
	items := []fromItem{first}
	for {
		join, natural := "", false
		t := p.peek()
		switch {
		case p.symbol(","):
			join = ","
		case p.word("CROSS"):
			join = "CROSS JOIN"
		// NATURAL is followed by a join of any kind but CROSS.
		case p.word("NATURAL"):
			natural = true
			fallthrough
		default:
			switch {
			case p.word("INNER") || p.isWord("JOIN"):
				join = "JOIN"
			case p.isWord("LEFT", "RIGHT", "FULL"):
				join = p.next().text + " JOIN"
				p.word("OUTER")
			}
		}
		if join == "" {
			if natural {
				return nil, errSyntax(p.peek())
			}
			return items, nil
		}
		if join != "," {
			if err := p.expect("JOIN"); err != nil {
				return nil, err
			}
		}
		item, err := p.source()
		if err != nil {
			return nil, err
		}
		item.join, item.natural, item.pos = join, natural, t.pos
		// All others have to say which rows belong together.
		if join != "," && join != "CROSS JOIN" && !natural {
			switch {
			case p.word("ON"):
				item.on, err = p.expr()
			case p.word("USING"):
				item.using, err = p.idents()
			default:
				err = errSyntax(p.peek())
			}
			if err != nil {
				return nil, err
			}
		}
		items = append(items, item)
	}
}

// source parses a table, VALUES BETWEEN, VALUES, a query or a join in parentheses.
func (p *parser) source() (fromItem, error) {
	item := fromItem{pos: p.peek().pos}
	var err error
	switch {
	case p.isWord("VALUES"):
		err = p.valuesSource(&item)
	case p.symbol("("):
		switch {
		case p.isWord("SELECT", "WITH") || p.isSymbol("("):
			item.query, err = p.query()
		// An IMPORT as a source of rows would read a file.
		case p.isWord("IMPORT"):
			return item, unsupported(p.peek().pos, "IMPORT")
		default:
			item, err = p.nested(item.pos)
		}
		if err == nil {
			err = p.expectSymbol(")")
		}
	default:
		// TABLE(script(...)) would run code.
		if p.isWord("TABLE") {
			return item, unsupported(p.peek().pos, "table functions")
		}
		item.table, err = p.path()
		if err == nil && len(item.table) > 2 {
			err = errSyntax(p.peek())
		}
	}
	if err != nil {
		return item, err
	}
	alias, err := p.alias()
	if err == nil && alias != nil {
		item.alias = alias
		if p.isSymbol("(") {
			item.columns, err = p.idents()
		}
	}
	return item, err
}

// nested parses what stands between parentheses in FROM: a join, or VALUES, which may have its alias inside of them.
func (p *parser) nested(at pos) (fromItem, error) {
	defer func() { p.depth-- }()
	if err := p.enter(); err != nil {
		return fromItem{}, err
	}
	items, err := p.from()
	// Parentheses around VALUES alone mean nothing, and an alias after them would be lost in a join.
	if err == nil && len(items) == 1 && (items[0].values != nil || items[0].between != nil) {
		return items[0], nil
	}
	return fromItem{nested: items, pos: at}, err
}

// valuesSource parses VALUES with rows, or VALUES BETWEEN. A row of one column needs no parentheses.
func (p *parser) valuesSource(item *fromItem) error {
	p.at++
	var err error
	if !p.word("BETWEEN") {
		item.values, err = commaList(p, func() ([]expr, error) {
			if p.isSymbol("(") {
				return list(p, p.expr)
			}
			x, err := p.expr()
			return []expr{x}, err
		})
		if err == nil && len(item.values) == 1 {
			item.values = rowsInside(item.values)
		}
		return err
	}
	b := &betweenSource{}
	item.between = b
	if b.low, err = p.additive(); err != nil {
		return err
	}
	if err := p.expect("AND"); err != nil {
		return err
	}
	if b.high, err = p.additive(); err != nil {
		return err
	}
	if p.word("WITH") {
		if err := p.expect("STEP"); err != nil {
			return err
		}
		b.step, err = p.additive()
	}
	return err
}

// rowsInside turns the one row of VALUES ((1, 2), (3, 4)) into the rows that it holds.
func rowsInside(values [][]expr) [][]expr {
	var rows [][]expr
	for _, x := range values[0] {
		row, ok := x.(*exRow)
		if !ok {
			return values
		}
		rows = append(rows, row.items)
	}
	return rows
}
