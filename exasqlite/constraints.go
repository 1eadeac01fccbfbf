package exasqlite

import (
	"context"
	"database/sql/driver"
	"fmt"
	"slices"
	"strings"
)

// Keys. SQLite checks NOT NULL and the primary key, row by row. Foreign keys are checked by queries when a statement is
// done, as the database does it: decision 0030 says why.

// foreignKey refers to the primary key of a table. It is checked when a statement is done, as the database does it.
type foreignKey struct {
	Name    string
	Columns []string
	Table   int // ID of the table that is referred to
	Off     bool
}

// tableKeys are the constraints and keys of CREATE TABLE and ALTER TABLE.
type tableKeys struct {
	primary    []keyDef
	foreign    []keyDef
	distribute []ident
	partition  []ident
}

// keyDef is a primary key or a foreign key.
type keyDef struct {
	name       string
	columns    []ident
	references path
	target     []ident // the columns that are referred to, or none // the columns that are referred to, or none
	off        bool
	pos        pos
}

// setKeys takes over distribution and partition keys.
func (t *table) setKeys(keys *tableKeys) error {
	for _, pair := range []struct {
		from []ident
		to   *[]string
	}{{keys.distribute, &t.Distribution}, {keys.partition, &t.Partition}} {
		for _, n := range pair.from {
			if t.column(n.name) == nil {
				return errNotFound(n)
			}
			*pair.to = append(*pair.to, n.name)
		}
	}
	return nil
}

// setConstraints takes over a primary key and foreign keys.
func (t *table) setConstraints(b *binder, keys *tableKeys) error {
	for _, key := range keys.primary {
		if key.off {
			continue
		}
		if len(t.Key) > 0 {
			return errorAt(codeSyntax, key.pos, "table %s has more than one primary key", t.Name)
		}
		for _, n := range key.columns {
			c := t.column(n.name)
			if c == nil {
				return errNotFound(n)
			}
			// A primary key implies it, as in the database.
			c.NotNull = true
			t.Key = append(t.Key, n.name)
		}
		if t.KeyName = key.name; key.name == "" {
			t.KeyName = "SYS_PK_" + t.Name
		}
	}
	for _, key := range keys.foreign {
		if err := t.setForeign(b, key); err != nil {
			return err
		}
	}
	return nil
}

// setForeign takes over a foreign key. It may be disabled, and then refers to its table all the same.
func (t *table) setForeign(b *binder, key keyDef) error {
	parent, err := b.target(key.references)
	if err != nil {
		return err
	}
	// A foreign key refers to the whole primary key, in its order.
	if len(parent.Key) == 0 || len(parent.Key) != len(key.columns) {
		return errorAt(codeSyntax, key.pos, "foreign key does not match the primary key of table %s", parent.Name)
	}
	fk := foreignKey{Name: key.name, Table: parent.ID, Off: key.off}
	if fk.Name == "" {
		fk.Name = fmt.Sprintf("SYS_FK_%s_%d", t.Name, len(t.Foreign)+1)
	}
	for i, n := range key.columns {
		c := t.column(n.name)
		if c == nil {
			return errNotFound(n)
		}
		if key.target != nil && (i >= len(key.target) || key.target[i].name != parent.Key[i]) {
			return errorAt(codeSyntax, key.pos, "foreign key does not match the primary key of table %s", parent.Name)
		}
		// Values of two types would be compared in their stored forms, which differ.
		if c.Type != parent.column(parent.Key[i]).Type {
			return errorAt(codeSyntax, n.pos, "foreign key column %s has not the type of column %s", n.name, parent.Key[i])
		}
		fk.Columns = append(fk.Columns, n.name)
	}
	t.Foreign = append(t.Foreign, fk)
	return nil
}

// references are the foreign keys that refer to a table, with their tables.
func (c *catalog) references(to int) []struct {
	child *table
	key   foreignKey
} {
	var found []struct {
		child *table
		key   foreignKey
	}
	for _, t := range c.sorted() {
		for _, fk := range t.Foreign {
			if fk.Table == to {
				found = append(found, struct {
					child *table
					key   foreignKey
				}{t, fk})
			}
		}
	}
	return found
}

// checkReferences checks the foreign keys of a table whose rows have changed, and those that refer to it.
func (s *session) checkReferences(ctx context.Context, t *table) error {
	cat, err := s.loadCatalog()
	if err != nil {
		return err
	}
	// A row with a NULL in its key refers to nothing and is fine. One broken row is enough.
	check := func(child *table, fk foreignKey) error {
		parent := cat.byID(fk.Table)
		if fk.Off || parent == nil {
			return nil
		}
		var null, match []string
		for i, name := range fk.Columns {
			c := "c." + child.column(name).sqlName()
			null = append(null, c+" IS NOT NULL")
			match = append(match, c+" = p."+parent.column(parent.Key[i]).sqlName())
		}
		sql := fmt.Sprintf("SELECT 1 FROM %s AS c WHERE %s AND NOT EXISTS (SELECT 1 FROM %s AS p WHERE %s) LIMIT 1",
			child.sqlName(), strings.Join(null, " AND "), parent.sqlName(), strings.Join(match, " AND "))
		broken := false
		if err := s.query(ctx, sql, nil, func([]driver.Value) error { broken = true; return nil }); err != nil {
			return err
		}
		if broken {
			return errorf(codeKey, "constraint violation - foreign key (%s in table %s)", fk.Name, child.Name)
		}
		return nil
	}
	for _, fk := range t.Foreign {
		if err := check(t, fk); err != nil {
			return err
		}
	}
	for _, r := range cat.references(t.ID) {
		if err := check(r.child, r.key); err != nil {
			return err
		}
	}
	return nil
}

// dropReferences removes the foreign keys that refer to a table which is about to lose its primary key, or refuses.
func (s *session) dropReferences(ctx context.Context, cat *catalog, t *table, cascade bool) error {
	for _, r := range cat.references(t.ID) {
		// A table that refers to itself goes with its own keys.
		if r.child.ID == t.ID {
			continue
		}
		if !cascade {
			return errorf(codeSyntax, "table %s is referenced by foreign key %s of table %s", t.Name, r.key.Name, r.child.Name)
		}
		child := *r.child
		child.Foreign = slices.DeleteFunc(slices.Clone(child.Foreign), func(fk foreignKey) bool { return fk.Table == t.ID })
		if err := s.saveTable(ctx, &child); err != nil {
			return err
		}
	}
	return nil
}
