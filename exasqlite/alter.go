package exasqlite

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// ALTER TABLE. SQLite can alter a table too, but knows neither the types nor the keys of this database, so every change
// is one of the description in the catalog, and rows move into a new SQLite table where their form changes. Decision
// 0030 says more.

// alterTable runs ALTER TABLE on a copy of the table's description. What changes the rows makes a new SQLite table.
func (s *session) alterTable(ctx context.Context, b *binder, st *stAlterTable) error {
	old, err := b.target(st.table)
	if err != nil {
		return err
	}
	// The catalog is shared by all who read it in this transaction, so a change is made to a copy, and saved.
	t := *old
	t.Columns = slices.Clone(old.Columns)
	t.Key, t.Foreign = slices.Clone(old.Key), slices.Clone(old.Foreign)
	switch st.action {
	case "ADD":
		return s.addColumns(ctx, b, old, &t, st)
	case "MODIFY":
		return s.modifyColumns(ctx, b, old, &t, st)
	case "DROP":
		return s.dropColumn(ctx, b, old, &t, st)
	case "RENAME":
		return s.renameColumn(ctx, &t, st)
	case "DEFAULT":
		return s.setDefault(ctx, b, &t, st.columns[0])
	case "IDENTITY":
		return s.setIdentity(ctx, &t, st.columns[0])
	case "DISTRIBUTE", "PARTITION":
		if err := t.keysBy(&st.keys, st.action); err != nil {
			return err
		}
		return s.saveTable(ctx, &t)
	case "ADD CONSTRAINT":
		return s.addConstraint(ctx, b, old, &t, st)
	}
	return s.dropConstraint(ctx, b, old, &t, st)
}

// renameColumn gives a column another name. Nothing moves in SQLite, where the column is known by its number.
func (s *session) renameColumn(ctx context.Context, t *table, st *stAlterTable) error {
	c := t.column(st.name.name)
	if c == nil {
		return errNotFound(st.name)
	}
	if t.column(st.to.name) != nil {
		return errorAt(codeConflict, st.to.pos, "column %s already exists", st.to.name)
	}
	c.Name = st.to.name
	return s.renameInKeys(ctx, t, st.name.name, st.to.name)
}

// setDefault sets or drops the default of a column, which then is no IDENTITY column any more: one of both fills it.
func (s *session) setDefault(ctx context.Context, b *binder, t *table, def columnDef) error {
	c := t.column(def.name.name)
	if c == nil {
		return errNotFound(def.name)
	}
	if c.Default = def.defaulted; c.Default != "" {
		c.Identity = false
		if err := b.tryDefault(t, c); err != nil {
			return err
		}
	}
	return s.saveTable(ctx, t)
}

// setIdentity makes a column count, or stops it. The counter goes on if there was one before.
func (s *session) setIdentity(ctx context.Context, t *table, def columnDef) error {
	c := t.column(def.name.name)
	if c == nil {
		return errNotFound(def.name)
	}
	if def.identity && (c.Type.kind != kindDecimal || c.Type.s != 0) {
		return errorAt(codeSyntax, def.pos, "identity column %s has to be a DECIMAL with scale 0", c.Name)
	}
	c.Identity, c.Start, c.Default = def.identity, def.start, ""
	return s.saveTable(ctx, t)
}

// keysBy takes over the distribution or the partition keys, none for DROP.
func (t *table) keysBy(keys *tableKeys, action string) error {
	if action == "DISTRIBUTE" {
		t.Distribution = nil
	} else {
		t.Partition = nil
	}
	return t.setKeys(keys)
}

// renameInKeys follows a renamed column into the keys of its table.
func (s *session) renameInKeys(ctx context.Context, t *table, from, to string) error {
	in := func(names []string) []string {
		names = slices.Clone(names)
		if i := slices.Index(names, from); i >= 0 {
			names[i] = to
		}
		return names
	}
	t.Key, t.Distribution, t.Partition = in(t.Key), in(t.Distribution), in(t.Partition)
	for i := range t.Foreign {
		t.Foreign[i].Columns = in(t.Foreign[i].Columns)
	}
	return s.saveTable(ctx, t)
}

// addColumns adds columns after the others. Rows that are there get the default, an identity gets a number for each.
func (s *session) addColumns(ctx context.Context, b *binder, old, t *table, st *stAlterTable) error {
	if st.ifExists {
		st.columns = slices.DeleteFunc(st.columns, func(c columnDef) bool { return t.column(c.name.name) != nil })
	}
	values := old.sameValues()
	for _, def := range st.columns {
		if t.column(def.name.name) != nil {
			return errorAt(codeConflict, def.name.pos, "column %s already exists", def.name.name)
		}
		if def.primary || def.references != nil {
			return unsupported(def.pos, "ADD COLUMN with a key")
		}
		c := def.column()
		c.ID = t.nextColumnID()
		t.Columns = append(t.Columns, c)
		last := &t.Columns[len(t.Columns)-1]
		v, err := b.defaultValue(t, last)
		if err == nil {
			v, err = b.assign(v, t, last)
		}
		if err != nil {
			return err
		}
		values = append(values, v.sql)
	}
	return s.rebuild(ctx, old, t, values)
}

// modifyColumns gives columns another type. Properties that the definition leaves out stay.
func (s *session) modifyColumns(ctx context.Context, b *binder, old, t *table, st *stAlterTable) error {
	values := old.sameValues()
	for _, def := range st.columns {
		at := slices.IndexFunc(t.Columns, func(c column) bool { return c.Name == def.name.name })
		if at < 0 {
			return errNotFound(def.name)
		}
		if def.primary || def.references != nil {
			return unsupported(def.pos, "MODIFY COLUMN with a key")
		}
		// Foreign keys have the types of the primary keys that they refer to, and these would have to change with them.
		if t.inKey(def.name.name) && def.t != old.Columns[at].Type {
			return unsupported(def.pos, "MODIFY COLUMN of a key's type")
		}
		// What the definition does not say stays as it was.
		c := &t.Columns[at]
		c.Type = def.t
		if def.defaulted != "" {
			c.Default = def.defaulted
		}
		if def.identity {
			c.Identity, c.Start = true, def.start
		}
		if def.nullable {
			c.NotNull = false
		}
		c.NotNull = c.NotNull || def.notNull
		if c.Default != "" {
			if err := b.tryDefault(t, c); err != nil {
				return err
			}
		}
		// Each row is converted; the first that does not fit ends the statement, and nothing has changed.
		v, err := b.assign(bound{sql: old.Columns[at].sqlName(), t: old.Columns[at].Type}, t, c)
		if err != nil {
			return err
		}
		values[at] = v.sql
	}
	return s.rebuild(ctx, old, t, values)
}

// inKey reports whether a column is in the primary key or in a foreign key.
func (t *table) inKey(name string) bool {
	return slices.Contains(t.Key, name) ||
		slices.ContainsFunc(t.Foreign, func(fk foreignKey) bool { return slices.Contains(fk.Columns, name) })
}

// dropColumn drops a column, and with CASCADE CONSTRAINTS the keys that it is in.
func (s *session) dropColumn(ctx context.Context, b *binder, old, t *table, st *stAlterTable) error {
	name := st.name.name
	if t.column(name) == nil {
		if st.ifExists {
			return nil
		}
		return errNotFound(st.name)
	}
	if t.inKey(name) && !st.cascade {
		return errorAt(codeSyntax, st.name.pos, "column %s is used by a constraint - use CASCADE CONSTRAINTS", name)
	}
	// A table without columns is no table, for SQLite either.
	if len(t.Columns) == 1 {
		return errorAt(codeSyntax, st.name.pos, "the only column of table %s cannot be dropped", t.Name)
	}
	if slices.Contains(t.Key, name) {
		if err := s.dropReferences(ctx, b.cat, old, true); err != nil {
			return err
		}
		t.Key = nil
	}
	t.Foreign = slices.DeleteFunc(t.Foreign, func(fk foreignKey) bool { return slices.Contains(fk.Columns, name) })
	for _, keys := range []*[]string{&t.Distribution, &t.Partition} {
		*keys = slices.DeleteFunc(slices.Clone(*keys), func(n string) bool { return n == name })
	}
	t.Columns = slices.DeleteFunc(t.Columns, func(c column) bool { return c.Name == name })
	return s.rebuild(ctx, old, t, t.sameValues())
}

// addConstraint adds keys. The rows move into a table that has the key, and SQLite finds those that break it.
func (s *session) addConstraint(ctx context.Context, b *binder, old, t *table, st *stAlterTable) error {
	if len(st.keys.primary) > 0 && len(t.Key) > 0 {
		return errorAt(codeConflict, st.pos, "table %s has a primary key already", t.Name)
	}
	if err := t.setConstraints(b, &st.keys); err != nil {
		return err
	}
	return s.rebuild(ctx, old, t, old.sameValues())
}

// dropConstraint drops a key by its name, or the primary key.
func (s *session) dropConstraint(ctx context.Context, b *binder, old, t *table, st *stAlterTable) error {
	name := st.name.name
	primary := len(t.Key) > 0 && (st.action == "DROP PRIMARY KEY" || t.KeyName == name)
	foreign := slices.IndexFunc(t.Foreign, func(fk foreignKey) bool { return fk.Name == name })
	switch {
	case primary:
		if err := s.dropReferences(ctx, b.cat, old, false); err != nil {
			return err
		}
		t.Key, t.KeyName = nil, ""
	case st.action != "DROP PRIMARY KEY" && foreign >= 0:
		t.Foreign = slices.Delete(t.Foreign, foreign, foreign+1)
	case st.ifExists:
		return nil
	default:
		return errorAt(codeSyntax, st.pos, "constraint %s not found", name)
	}
	return s.rebuild(ctx, old, t, old.sameValues())
}

// sameValues selects the columns of a table as they are.
func (t *table) sameValues() []string {
	values := make([]string, len(t.Columns))
	for i := range t.Columns {
		values[i] = t.Columns[i].sqlName()
	}
	return values
}

// nextColumnID is a number that no column of the table has.
func (t *table) nextColumnID() int {
	id := 0
	for _, c := range t.Columns {
		id = max(id, c.ID)
	}
	return id + 1
}

// rebuild moves the rows of a table into an SQLite table that is made as t says, with these values.
func (s *session) rebuild(ctx context.Context, old, t *table, values []string) error {
	t.Rows = s.backend.newID()
	for _, sql := range []string{
		t.createSQL(),
		fmt.Sprintf("INSERT INTO %s SELECT %s FROM %s", t.sqlName(), strings.Join(values, ", "), old.sqlName()),
		"DROP TABLE " + old.sqlName(),
	} {
		if _, err := s.exec(ctx, sql); err != nil {
			// The error is about the new table, which no catalog has yet.
			return translate(err, &catalog{tables: map[[2]string]*table{{t.Schema, t.Name}: t}})
		}
	}
	if err := s.saveTable(ctx, t); err != nil {
		return err
	}
	return s.checkReferences(ctx, t)
}
