package exasqlite

// Statements that change rows, and the short ones: DROP, COMMENT ON, ALTER SESSION.

// insert parses what follows INSERT. A parenthesis after the table begins a list of columns, unless a query stands in
// it.
func (p *parser) insert() (statement, error) {
	st := &stInsert{}
	if err := p.expect("INTO"); err != nil {
		return nil, err
	}
	st.pos = p.peek().pos
	var err error
	if st.table, err = p.path(); err != nil {
		return nil, err
	}
	query := p.peekAt(1).kind == tokWord && (p.peekAt(1).text == "SELECT" || p.peekAt(1).text == "WITH")
	parens := p.isSymbol("(") && !query
	if parens {
		if st.columns, err = p.idents(); err != nil {
			return nil, err
		}
	}
	switch {
	case p.word("DEFAULT", "VALUES"):
	case p.isWord("VALUES") && p.peekAt(1).text == "BETWEEN":
		st.query, err = p.valuesBetween()
	case p.word("VALUES"):
		// INSERT INTO t VALUES 1, 2 has two rows of one column.
		st.rows, err = commaList(p, func() ([]expr, error) {
			if p.isSymbol("(") {
				return list(p, p.expr)
			}
			x, err := p.expr()
			return []expr{x}, err
		})
	case p.isWord("SELECT", "WITH") || p.isSymbol("("):
		st.query, err = p.query()
	default:
		err = errSyntax(p.peek())
	}
	return st, err
}

// valuesBetween parses the VALUES BETWEEN of an INSERT: the query of all its rows.
func (p *parser) valuesBetween() (*query, error) {
	// It becomes SELECT * FROM VALUES BETWEEN, so that the rest of an INSERT sees a query.
	from := fromItem{pos: p.peek().pos}
	err := p.valuesSource(&from)
	all := &selectBody{items: []selectItem{{star: true, pos: from.pos}}, from: []fromItem{from}, pos: from.pos}
	return &query{body: all, pos: from.pos}, err
}

// changed parses the table that UPDATE, DELETE and MERGE work on.
func (p *parser) changed() (table path, alias *ident, err error) {
	if table, err = p.path(); err == nil {
		alias, err = p.alias()
	}
	return table, alias, err
}

// update parses what follows UPDATE.
func (p *parser) update() (statement, error) {
	st := &stUpdate{}
	var err error
	if st.table, st.alias, err = p.changed(); err != nil {
		return nil, err
	}
	if err := p.expect("SET"); err != nil {
		return nil, err
	}
	st.set, err = commaList(p, p.assignment)
	if err != nil {
		return nil, err
	}
	if p.isWord("FROM") {
		return nil, unsupported(p.peek().pos, "UPDATE with FROM")
	}
	st.where, err = p.where()
	return st, err
}

// assignment parses column = value. The column may be qualified with the table that is changed.
func (p *parser) assignment() (assignment, error) {
	name, err := p.columnName()
	if err != nil {
		return assignment{}, err
	}
	if err := p.expectSymbol("="); err != nil {
		return assignment{}, err
	}
	x, err := p.expr()
	return assignment{name, x}, err
}

// where parses WHERE if it follows; nil is none.
func (p *parser) where() (expr, error) {
	if !p.word("WHERE") {
		return nil, nil
	}
	return p.expr()
}

// delete parses what follows DELETE. The database allows a star between the words.
func (p *parser) delete() (statement, error) {
	st := &stDelete{}
	if p.symbol("*") {
		p.word("*")
	}
	if err := p.expect("FROM"); err != nil {
		return nil, err
	}
	var err error
	if st.table, st.alias, err = p.changed(); err != nil {
		return nil, err
	}
	st.where, err = p.where()
	return st, err
}

// drop parses what follows DROP. RESTRICT is the default and may be written.
func (p *parser) drop() (statement, error) {
	t := p.next()
	switch t.text {
	case "SCHEMA":
		st := &stDropSchema{ifExists: p.word("IF", "EXISTS")}
		var err error
		if st.name, err = p.ident(); err != nil {
			return nil, err
		}
		if !p.word("RESTRICT") {
			st.cascade = p.word("CASCADE")
		}
		return st, nil
	case "TABLE", "VIEW":
		st := &stDropTable{view: t.text == "VIEW", ifExists: p.word("IF", "EXISTS")}
		var err error
		if st.table, err = p.path(); err != nil {
			return nil, err
		}
		if p.word("CASCADE") {
			st.cascade = true
			p.word("CONSTRAINTS")
		} else {
			p.word("RESTRICT")
		}
		return st, nil
	}
	if t.kind == tokWord && (t.text == "SCRIPT" || t.text == "ADAPTER" && p.word("SCRIPT")) {
		st := stDropScript{ifExists: p.word("IF", "EXISTS")}
		var err error
		st.script, err = p.path()
		return st, err
	}
	return nil, p.refusedObject("DROP", t, t.pos)
}

// comment parses COMMENT ON. Without a kind the object is a table, which may be followed by its columns.
func (p *parser) comment() (statement, error) {
	if err := p.expect("ON"); err != nil {
		return nil, err
	}
	t := p.peek()
	st := &stComment{on: "TABLE", columns: map[string]*string{}}
	if p.isWord("TABLE", "VIEW", "COLUMN", "SCHEMA", "SCRIPT") {
		st.on = p.next().text
	} else if p.isWord("FUNCTION", "USER", "ROLE", "CONNECTION") {
		return nil, unsupported(t.pos, "COMMENT ON %s", t.text)
	}
	var err error
	if st.path, err = p.path(); err != nil {
		return nil, err
	}
	if p.isWord("IS") {
		st.comment, err = p.commentText()
		if err != nil {
			return nil, err
		}
	}
	if p.isSymbol("(") {
		_, err = list(p, func() (ident, error) {
			name, err := p.ident()
			if err != nil {
				return name, err
			}
			st.order = append(st.order, name)
			st.columns[name.name], err = p.commentText()
			return name, err
		})
	}
	return st, err
}

// commentText reads IS 'text'. NULL and the empty text remove a comment.
func (p *parser) commentText() (*string, error) {
	if err := p.expect("IS"); err != nil {
		return nil, err
	}
	// No comment and an empty one are the same.
	text := ""
	if p.word("NULL") {
		return &text, nil
	}
	t := p.next()
	if t.kind != tokString {
		return nil, errSyntax(t)
	}
	return &t.text, nil
}

// alterSession parses SET parameter = value. The value is mostly a text; a word or a number is taken as if it were in
// quotes.
func (p *parser) alterSession() (statement, error) {
	if err := p.expect("SET"); err != nil {
		return nil, err
	}
	st := &stAlterSession{pos: p.peek().pos}
	name := p.next()
	if name.kind != tokWord && name.kind != tokQuoted {
		return nil, errSyntax(name)
	}
	st.name = ident{name.text, name.pos}
	if err := p.expectSymbol("="); err != nil {
		return nil, err
	}
	t := p.next()
	switch t.kind {
	case tokString, tokQuoted, tokNumber, tokWord:
		st.value = t.text
		return st, nil
	}
	return nil, errSyntax(t)
}
