package exasqlite

// MERGE: the target, the source and the condition, then what happens to rows that match and to those that do not.

// merge parses what follows MERGE. Each WHEN comes once at most, in either order, and one of them has to be there.
func (p *parser) merge() (statement, error) {
	st := &stMerge{}
	if err := p.expect("INTO"); err != nil {
		return nil, err
	}
	var err error
	if st.table, st.alias, err = p.changed(); err != nil {
		return nil, err
	}
	if err := p.expect("USING"); err != nil {
		return nil, err
	}
	// The source is anything that FROM takes: a table, a query, VALUES.
	if st.source, err = p.source(); err != nil {
		return nil, err
	}
	if err := p.expect("ON"); err != nil {
		return nil, err
	}
	if st.on, err = p.expr(); err != nil {
		return nil, err
	}
	if !p.isWord("WHEN") {
		return nil, errSyntax(p.peek())
	}
	for p.word("WHEN") {
		switch {
		// A second one of a kind is a mistake; other databases have several, with conditions.
		case st.matched == nil && p.word("MATCHED", "THEN"):
			st.matched, err = p.mergeMatched()
		case st.insert == nil && p.word("NOT", "MATCHED", "THEN"):
			st.insert, err = p.mergeInsert()
		default:
			err = errSyntax(p.peek())
		}
		if err != nil {
			return nil, err
		}
	}
	return st, nil
}

// mergeMatched parses UPDATE SET or DELETE. Its WHERE is about both tables.
func (p *parser) mergeMatched() (*mergeMatched, error) {
	m := &mergeMatched{pos: p.peek().pos}
	m.delete = p.word("DELETE")
	var err error
	if !m.delete {
		if err = p.expect("UPDATE", "SET"); err != nil {
			return nil, err
		}
		if m.set, err = commaList(p, p.assignment); err != nil {
			return nil, err
		}
	}
	m.where, err = p.where()
	return m, err
}

// mergeInsert parses INSERT of WHEN NOT MATCHED. Its WHERE can be about the source only: there is no row of the target.
func (p *parser) mergeInsert() (*mergeInsert, error) {
	m := &mergeInsert{pos: p.peek().pos}
	if err := p.expect("INSERT"); err != nil {
		return nil, err
	}
	var err error
	if p.isSymbol("(") {
		if m.columns, err = list(p, p.columnName); err != nil {
			return nil, err
		}
	}
	if err := p.expect("VALUES"); err != nil {
		return nil, err
	}
	if m.values, err = list(p, p.expr); err != nil {
		return nil, err
	}
	m.where, err = p.where()
	return m, err
}

// columnName reads the name of a column that may be qualified with its table.
func (p *parser) columnName() (ident, error) {
	name, err := p.path()
	if err != nil {
		return ident{}, err
	}
	return name.last(), nil
}
