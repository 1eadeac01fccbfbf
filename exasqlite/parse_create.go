package exasqlite

import (
	"strconv"
	"strings"
)

func (p *parser) create() (statement, error) {
	replace := p.word("OR", "REPLACE")
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

func (p *parser) optionalComment() (*string, error) {
	if !p.word("COMMENT") {
		return nil, nil
	}
	return p.commentText()
}

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
	start, params := p.peek().start, len(p.params)
	if st.query, err = p.query(); err != nil {
		return nil, err
	}
	if len(p.params) != params {
		return nil, errorAt(codeSyntax, p.params[params], "syntax error, unexpected '?'")
	}
	st.text = p.src[start:p.tokens[p.at-1].end]
	st.comment, err = p.optionalComment()
	st.source = p.src[p.tokens[0].start:p.tokens[p.at-1].end]
	return st, err
}

func (p *parser) viewColumn() (ident, error) {
	name, err := p.ident()
	if err == nil {
		_, err = p.optionalComment()
	}
	return name, err
}

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
	next := p.peekAt(2)
	if p.isSymbol("(") && next.kind == tokSymbol && (next.text == "," || next.text == ")") {
		var err error
		st.names, err = p.idents()
		return err
	}
	_, err := list(p, func() (struct{}, error) { return struct{}{}, p.tableElement(st) })
	return err
}

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

// tableConstraint parses PRIMARY KEY and FOREIGN KEY with their columns.
func (p *parser) tableConstraint(keys *tableKeys) error {
	name, err := p.constraintName()
	if err != nil {
		return err
	}
	t := p.peek()
	key := keyDef{name: name, pos: t.pos}
	switch {
	case p.word("PRIMARY", "KEY"):
		if key.columns, err = p.idents(); err != nil {
			return err
		}
		key.off, err = p.constraintOff()
		keys.primary = append(keys.primary, key)
	case p.word("FOREIGN", "KEY"):
		if key.columns, err = p.idents(); err != nil {
			return err
		}
		err = p.referenced(&key)
		keys.foreign = append(keys.foreign, key)
	default:
		err = unsupported(t.pos, "%s constraints", t.text)
	}
	return err
}

// referenced parses REFERENCES table [(columns)] of a foreign key.
func (p *parser) referenced(key *keyDef) error {
	if err := p.expect("REFERENCES"); err != nil {
		return err
	}
	var err error
	if key.references, err = p.path(); err != nil {
		return err
	}
	if p.isSymbol("(") {
		if key.target, err = p.idents(); err != nil {
			return err
		}
	}
	key.off, err = p.constraintOff()
	return err
}

func (p *parser) tableKeys(keys *tableKeys) error {
	target := &keys.partition
	if p.next().text == "DISTRIBUTE" {
		target = &keys.distribute
	}
	if err := p.expect("BY"); err != nil {
		return err
	}
	for {
		name, err := p.ident()
		if err != nil {
			return err
		}
		*target = append(*target, name)
		if t := p.peekAt(1); !p.isSymbol(",") || t.text == "PARTITION" || t.text == "DISTRIBUTE" {
			return nil
		}
		p.at++
	}
}

func (p *parser) constraintName() (string, error) {
	if !p.word("CONSTRAINT") || p.isWord("PRIMARY", "FOREIGN", "NOT", "NULL", "UNIQUE", "REFERENCES") {
		return "", nil
	}
	name, err := p.ident()
	return name.name, err
}

// constraintOff parses the state of a constraint.
func (p *parser) constraintOff() (bool, error) {
	if p.word("DISABLE") {
		return true, nil
	}
	p.word("ENABLE")
	return false, nil
}

func (p *parser) columnDef() (columnDef, error) {
	c := columnDef{pos: p.peek().pos}
	var err error
	if c.name, err = p.ident(); err != nil {
		return c, err
	}
	if c.t, err = p.typeName(); err != nil {
		return c, err
	}
	for {
		switch {
		case p.word("DEFAULT"):
			if err := p.defaultOf(&c); err != nil {
				return c, err
			}
		case p.word("IDENTITY"):
			if err := p.identity(&c); err != nil {
				return c, err
			}
		case p.isWord("COMMENT"):
			c.comment, err = p.optionalComment()
			return c, err
		case p.isWord("CONSTRAINT", "NOT", "NULL", "PRIMARY", "REFERENCES", "UNIQUE"):
			name, err := p.constraintName()
			if err != nil {
				return c, err
			}
			if err := p.columnConstraint(&c, name); err != nil {
				return c, err
			}
		default:
			return c, nil
		}
	}
}

func (p *parser) columnConstraint(c *columnDef, name string) error {
	t := p.peek()
	set := &c.notNull
	switch {
	case p.word("NOT", "NULL"):
	case p.word("PRIMARY", "KEY"):
		set, c.keyName = &c.primary, name
	case p.word("NULL"):
		set = &c.nullable
	case p.isWord("REFERENCES"):
		c.references = &keyDef{name: name, columns: []ident{c.name}, pos: t.pos}
		return p.referenced(c.references)
	default:
		return unsupported(t.pos, "%s constraints", t.text)
	}
	off, err := p.constraintOff()
	*set = !off
	return err
}

// defaultOf parses what follows DEFAULT and keeps its text.
func (p *parser) defaultOf(c *columnDef) error {
	start := p.peek().start
	var err error
	if c.defExpr, err = p.additive(); err != nil {
		return err
	}
	c.defaulted = strings.TrimSpace(p.src[start:p.tokens[p.at-1].end])
	return nil
}

func (p *parser) identity(c *columnDef) error {
	c.identity, c.start = true, 1
	t := p.peek()
	if t.kind == tokNumber {
		p.at++
		var err error
		if c.start, err = strconv.ParseInt(t.text, 10, 64); err != nil {
			return errSyntax(t)
		}
	}
	if c.t.kind != kindDecimal || c.t.s != 0 {
		return errorAt(codeSyntax, c.pos, "identity column %s has to be a DECIMAL with scale 0", c.name.name)
	}
	return nil
}
