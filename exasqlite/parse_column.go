package exasqlite

import (
	"strconv"
	"strings"
)

// Columns and constraints, as CREATE TABLE and ALTER TABLE have them. What has a name or is disabled is kept as it is
// written: EXA_ALL_CONSTRAINTS shows both.

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
		// UNIQUE is what people try first. It is refused, like CHECK.
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

// tableKeys parses DISTRIBUTE BY and PARTITION BY with their columns. Such a clause can follow another one after a
// comma, so the word after a comma decides whether the list goes on.
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

// constraintName parses CONSTRAINT name. The name may be left out, even if the word is there.
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

// columnDef parses a column: its name and type, and then properties in any order.
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
		// A comment ends the definition; the grammar of the database has nothing after it.
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

// columnConstraint parses a constraint of one column. A disabled one is as if it had not been given, but for a foreign
// key, which shows in the catalog as disabled.
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
	// A default has no operators of truth, so that NOT NULL after it is a constraint and no expression.
	if c.defExpr, err = p.additive(); err != nil {
		return err
	}
	c.defaulted = strings.TrimSpace(p.src[start:p.tokens[p.at-1].end])
	return nil
}

// identity parses what follows IDENTITY: where the counter starts, 1 if nothing is said.
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
