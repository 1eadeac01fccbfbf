package exasqlite

// ALTER TABLE and RENAME. Each action of ALTER TABLE becomes one word in the tree, whatever optional words it was
// written with.

// alterTable parses what follows ALTER TABLE.
func (p *parser) alterTable() (statement, error) {
	st := &stAlterTable{}
	var err error
	if st.table, err = p.path(); err != nil {
		return nil, err
	}
	t := p.peek()
	st.pos = t.pos
	switch {
	case p.word("ADD"):
		err = p.alterAdd(st)
	case p.word("DROP"):
		err = p.alterDrop(st)
	case p.word("MODIFY"):
		// The database can switch a constraint off and on again here; this package would have to check all rows when it
		// comes back.
		if p.isWord("CONSTRAINT", "PRIMARY") {
			return nil, unsupported(p.peek().pos, "ALTER TABLE MODIFY %s", p.peek().text)
		}
		p.word("COLUMN")
		st.action = "MODIFY"
		st.columns, err = p.columnDefs()
	case p.word("RENAME"):
		if p.isWord("CONSTRAINT") {
			return nil, unsupported(p.peek().pos, "ALTER TABLE RENAME CONSTRAINT")
		}
		st.action = "RENAME"
		if err = p.expect("COLUMN"); err == nil {
			st.name, st.to, err = p.renamed(p.ident)
		}
	case p.word("ALTER"):
		err = p.alterColumn(st)
	case p.isWord("DISTRIBUTE", "PARTITION"):
		st.action = t.text
		err = p.tableKeys(&st.keys)
	default:
		err = errSyntax(t)
	}
	return st, err
}

// alterAdd parses what follows ADD: a constraint, or columns. The word COLUMN may be left out.
func (p *parser) alterAdd(st *stAlterTable) error {
	if p.isWord("CONSTRAINT", "PRIMARY", "FOREIGN") {
		st.action = "ADD CONSTRAINT"
		return p.tableConstraint(&st.keys)
	}
	p.word("COLUMN")
	st.action, st.ifExists = "ADD", p.word("IF", "NOT", "EXISTS")
	var err error
	st.columns, err = p.columnDefs()
	return err
}

// alterDrop parses what follows DROP. Keys of distribution and partition are dropped by setting none.
func (p *parser) alterDrop(st *stAlterTable) error {
	var err error
	switch {
	case p.word("PRIMARY", "KEY"):
		st.action = "DROP PRIMARY KEY"
	case p.word("CONSTRAINT"):
		st.action, st.ifExists = "DROP CONSTRAINT", p.word("IF", "EXISTS")
		st.name, err = p.ident()
	case p.word("DISTRIBUTION", "KEYS"), p.word("DISTRIBUTION"):
		st.action = "DISTRIBUTE"
	case p.word("PARTITION", "KEYS"), p.word("PARTITION"):
		st.action = "PARTITION"
	default:
		p.word("COLUMN")
		st.action, st.ifExists = "DROP", p.word("IF", "EXISTS")
		if st.name, err = p.ident(); err == nil {
			st.cascade = p.word("CASCADE", "CONSTRAINTS")
		}
	}
	return err
}

// alterColumn parses ALTER COLUMN name SET or DROP of DEFAULT and IDENTITY.
func (p *parser) alterColumn(st *stAlterTable) error {
	if err := p.expect("COLUMN"); err != nil {
		return err
	}
	c := columnDef{pos: p.peek().pos}
	var err error
	if c.name, err = p.ident(); err != nil {
		return err
	}
	switch {
	case p.word("DROP", "DEFAULT"):
		st.action = "DEFAULT"
	case p.word("DROP", "IDENTITY"):
		st.action = "IDENTITY"
	case p.word("SET", "DEFAULT"):
		st.action = "DEFAULT"
		err = p.defaultOf(&c)
	case p.word("SET", "IDENTITY"):
		st.action = "IDENTITY"
		// The type of the column is looked at when the catalog is there; this one only passes the parser.
		c.t = typeInt
		err = p.identity(&c)
	default:
		err = errSyntax(p.peek())
	}
	st.columns = []columnDef{c}
	return err
}

// columnDefs parses one column, or several in parentheses.
func (p *parser) columnDefs() ([]columnDef, error) {
	if p.isSymbol("(") {
		return list(p, p.columnDef)
	}
	c, err := p.columnDef()
	return []columnDef{c}, err
}

// renamed parses name TO name.
func (p *parser) renamed(name func() (ident, error)) (from, to ident, err error) {
	if from, err = name(); err != nil {
		return from, to, err
	}
	if err = p.expect("TO"); err != nil {
		return from, to, err
	}
	to, err = p.ident()
	return from, to, err
}

// rename parses RENAME [kind] name TO name. A kind that is left out is TABLE, and a table may have the name of a kind,
// so the word after it has to be looked at.
func (p *parser) rename() (statement, error) {
	st := &stRename{object: "TABLE"}
	t := p.peek()
	if p.isWord("SCHEMA", "TABLE", "VIEW", "SCRIPT") {
		st.object = p.next().text
	} else if next := p.peekAt(1); t.kind == tokWord && next.text != "." && (next.kind != tokWord || next.text != "TO") {
		return nil, p.refusedObject("RENAME", t, t.pos)
	}
	var err error
	// The old name may have a schema, the new one may not: an object cannot move.
	_, st.to, err = p.renamed(func() (ident, error) {
		var err error
		st.path, err = p.path()
		return ident{}, err
	})
	return st, err
}
