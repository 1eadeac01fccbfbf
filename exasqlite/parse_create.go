package exasqlite

// CREATE of schemas, tables and views. Scripts, whose bodies are no SQL, have a file of their own.

// create parses what follows CREATE. FORCE is taken for views, and without effect: a view that cannot be bound is
// refused, as nothing here could make it valid later.
func (p *parser) create() (statement, error) {
	replace := p.word("OR", "REPLACE")
	// Up to two words may stand before SCRIPT, and the language can be any of them.
	if word := scriptWord(p.tokens[p.at:]); word >= 0 {
		return p.createScript(replace, word)
	}
	p.word("FORCE")
	t := p.next()
	switch t.text {
	case "SCHEMA":
		st := &stCreateSchema{ifNotExists: p.word("IF", "NOT", "EXISTS")}
		var err error
		if st.name, err = p.ident(); err != nil {
			return nil, err
		}
		st.comment, err = p.optionalComment()
		return st, err
	case "TABLE":
		return p.createTable(replace)
	case "VIEW":
		return p.createView(replace)
	}
	return nil, p.refusedObject("CREATE", t, t.pos)
}

// optionalComment parses COMMENT IS 'text', if it follows; nil is none.
func (p *parser) optionalComment() (*string, error) {
	if !p.word("COMMENT") {
		return nil, nil
	}
	return p.commentText()
}

// createView parses a view. Its query is kept as text, because the tables in it may be replaced by others before it is
// read.
func (p *parser) createView(replace bool) (statement, error) {
	st := &stCreateView{replace: replace}
	var err error
	if st.view, err = p.path(); err != nil {
		return nil, err
	}
	if p.isSymbol("(") {
		if st.columns, err = list(p, p.viewColumn); err != nil {
			return nil, err
		}
	}
	if err := p.expect("AS"); err != nil {
		return nil, err
	}
	// The text of the query begins here and ends with its last token, so comments in between are kept.
	start, params := p.peek().start, len(p.params)
	if st.query, err = p.query(); err != nil {
		return nil, err
	}
	// A placeholder would have to be given whenever the view is read.
	if len(p.params) != params {
		return nil, errorAt(codeSyntax, p.params[params], "syntax error, unexpected '?'")
	}
	st.text = p.src[start:p.tokens[p.at-1].end]
	st.comment, err = p.optionalComment()
	st.source = p.src[p.tokens[0].start:p.tokens[p.at-1].end]
	return st, err
}

// viewColumn parses the name of a column of a view. Its comment is read and not kept.
func (p *parser) viewColumn() (ident, error) {
	name, err := p.ident()
	if err == nil {
		_, err = p.optionalComment()
	}
	return name, err
}

// createTable parses a table that is made of a list, of another table or of a query.
func (p *parser) createTable(replace bool) (statement, error) {
	st := &stCreateTable{replace: replace, withData: true, ifNotExists: p.word("IF", "NOT", "EXISTS")}
	var err error
	if st.table, err = p.path(); err != nil {
		return nil, err
	}
	if p.word("LIKE") {
		if st.like, err = p.path(); err != nil {
			return nil, err
		}
		st.including = map[string]bool{}
		for p.isWord("INCLUDING", "EXCLUDING") {
			including := p.next().text == "INCLUDING"
			t := p.next()
			if t.text != "DEFAULTS" && t.text != "IDENTITY" && t.text != "COMMENTS" {
				return nil, errSyntax(t)
			}
			st.including[t.text] = including
		}
		st.comment, err = p.optionalComment()
		return st, err
	}
	if !p.isWord("AS") {
		if err := p.tableElements(st); err != nil {
			return nil, err
		}
	}
	if p.word("AS") {
		// Names alone may stand before AS, but no types.
		if len(st.columns) > 0 || st.keys.primary != nil || st.keys.foreign != nil {
			return nil, errSyntax(p.peek())
		}
		if st.as, err = p.query(); err != nil {
			return nil, err
		}
		if p.word("WITH", "NO", "DATA") {
			st.withData = false
		} else {
			p.word("WITH", "DATA")
		}
	} else if len(st.columns) == 0 {
		return nil, errSyntax(p.peek())
	}
	for p.isWord("DISTRIBUTE", "PARTITION") {
		if err := p.tableKeys(&st.keys); err != nil {
			return nil, err
		}
		p.symbol(",")
	}
	st.comment, err = p.optionalComment()
	return st, err
}

// tableElements parses the list of columns and constraints, or of names alone before AS.
func (p *parser) tableElements(st *stCreateTable) error {
	// A name is followed by a type, unless these are the names of a query's columns.
	next := p.peekAt(2)
	if p.isSymbol("(") && next.kind == tokSymbol && (next.text == "," || next.text == ")") {
		var err error
		st.names, err = p.idents()
		return err
	}
	_, err := list(p, func() (struct{}, error) { return struct{}{}, p.tableElement(st) })
	return err
}

// tableElement parses a column, a constraint or a key. LIKE among the columns would need the positions of both.
func (p *parser) tableElement(st *stCreateTable) error {
	switch {
	case p.isWord("DISTRIBUTE", "PARTITION"):
		return p.tableKeys(&st.keys)
	case p.isWord("CONSTRAINT", "PRIMARY", "FOREIGN", "UNIQUE"):
		return p.tableConstraint(&st.keys)
	case p.isWord("LIKE"):
		return unsupported(p.peek().pos, "LIKE in a column list")
	}
	c, err := p.columnDef()
	st.columns = append(st.columns, c)
	return err
}
