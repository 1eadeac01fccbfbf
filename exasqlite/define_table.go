package exasqlite

import (
	"context"
	"slices"
)

// CREATE TABLE. The SQLite table has columns without types and without names of the user's: c1, c2 and so on.

// createTable makes a table in three steps: the columns, from wherever they come; the place in its schema; the rows.
func (s *session) createTable(ctx context.Context, b *binder, st *stCreateTable) error {
	t := &table{Name: st.table.last().name, Owner: s.user(), Comment: orEmpty(st.comment), Created: s.timestamp()}
	var rel *relation
	var err error
	switch {
	case st.like != nil:
		if err := likeColumns(b, t, st); err != nil {
			return err
		}
	case st.as != nil:
		if rel, err = b.query(st.as, nil); err != nil {
			return err
		}
		// A column of a query that is NULL throughout is BOOLEAN, as the database makes it.
		cols, err := renamed(rel.settled().cols, st.names, st.table[0].pos)
		if err != nil {
			return err
		}
		for _, c := range cols {
			t.addColumn(column{Name: c.name, Type: c.t})
		}
	default:
		if err := defineColumns(b, t, st); err != nil {
			return err
		}
	}
	// All mistakes in the columns come before the table is looked for: IF NOT EXISTS does not hide them.
	if err := t.check(st); err != nil {
		return err
	}
	at, err := s.place(ctx, b, st.table, false, st.replace, st.ifNotExists)
	if at.exists || err != nil {
		return err
	}
	// A table that replaces another one has another number, and its identities count from their start.
	t.Schema, t.ID = at.schema, s.backend.newID()
	t.Rows = t.ID
	if _, err := s.exec(ctx, t.createSQL()); err != nil {
		return err
	}
	// The query has been bound before the old table goes, so it may read it.
	if rel != nil && st.withData {
		if _, err := s.exec(ctx, "INSERT INTO "+t.sqlName()+" "+rel.sql); err != nil {
			return err
		}
	}
	return s.put(ctx, at, t)
}

// addColumn gives a column of a new table its number.
func (t *table) addColumn(c column) {
	c.ID = len(t.Columns) + 1
	t.Columns = append(t.Columns, c)
}

// likeColumns copies the columns of another table, or of a view. Types and NOT NULL always come along, keys never do, and the
// rest has to be asked for.
func likeColumns(b *binder, t *table, st *stCreateTable) error {
	like, err := b.find(st.like)
	if err != nil {
		return err
	}
	for _, c := range like.Columns {
		own := column{Name: c.Name, Type: c.Type, NotNull: c.NotNull}
		if st.including["DEFAULTS"] {
			own.Default = c.Default
		}
		if st.including["IDENTITY"] {
			own.Identity, own.Start = c.Identity, c.Start
		}
		if st.including["COMMENTS"] {
			own.Comment = c.Comment
		}
		t.addColumn(own)
	}
	return nil
}

// defineColumns takes over columns and keys, and tries the defaults.
func defineColumns(b *binder, t *table, st *stCreateTable) error {
	for i := range st.columns {
		c := &st.columns[i]
		t.addColumn(c.column())
		// Constraints of a column and of the table are the same from here on.
		if c.primary {
			st.keys.primary = append(st.keys.primary, keyDef{name: c.keyName, columns: []ident{c.name}, pos: c.pos})
		}
		if c.references != nil {
			st.keys.foreign = append(st.keys.foreign, *c.references)
		}
		if c.defaulted != "" {
			if err := b.tryDefault(t, &t.Columns[i]); err != nil {
				return err
			}
		}
	}
	return t.setConstraints(b, &st.keys)
}

// column is what a definition says of its column.
func (c *columnDef) column() column {
	return column{
		Name: c.name.name, Type: c.t, NotNull: c.notNull || c.primary, Identity: c.identity, Start: c.start,
		Default: c.defaulted, Comment: orEmpty(c.comment),
	}
}

// tryDefault checks that a default fits its column.
func (b *binder) tryDefault(t *table, c *column) error {
	v, err := b.defaultValue(t, c)
	if err == nil {
		_, err = b.assign(v, t, c)
	}
	return err
}

// check refuses columns that come twice, and takes over the keys of distribution, which name columns.
func (t *table) check(st *stCreateTable) error {
	for i, c := range t.Columns {
		if slices.ContainsFunc(t.Columns[:i], func(o column) bool { return o.Name == c.Name }) {
			return errorAt(codeSyntax, st.table[0].pos, "column %s is specified more than once", c.Name)
		}
	}
	return t.setKeys(&st.keys)
}

// createSQL makes the SQLite table. Its columns have no type, so that SQLite converts nothing.
func (t *table) createSQL() string {
	sql := "CREATE TABLE " + t.sqlName() + "("
	for i := range t.Columns {
		if i > 0 {
			sql += ", "
		}
		sql += t.Columns[i].sqlName()
		if t.Columns[i].NotNull {
			sql += " NOT NULL"
		}
	}
	for i, name := range t.Key {
		if sql += ", "; i == 0 {
			sql += "UNIQUE("
		}
		sql += t.column(name).sqlName()
	}
	if len(t.Key) > 0 {
		sql += ")"
	}
	return sql + ")"
}
