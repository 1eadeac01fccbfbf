package exasqlite

import (
	"context"
	"slices"
	"strings"
	"time"
)

// define runs a statement that changes the catalog, or all rows of a table.
func (s *session) define(ctx context.Context, cat *catalog, st *parsed) (int64, error) {
	b := s.binder(cat, st)
	switch x := st.st.(type) {
	case stOpenSchema:
		names := []string{x.name.name}
		if x.anyCase {
			names = append(names, strings.ToUpper(x.name.name))
		}
		at := slices.IndexFunc(names, func(n string) bool { return cat.schemas[n] != nil || systemSchemas[n] })
		if at < 0 {
			return 0, errSchema(x.name)
		}
		s.set.schema = names[at]
	case stCloseSchema:
		s.set.schema = ""
	case *stCreateSchema:
		return 0, s.createSchema(ctx, cat, x)
	case *stDropSchema:
		return 0, s.dropSchema(ctx, cat, x)
	case *stCreateTable:
		return 0, s.createTable(ctx, b, x)
	case *stCreateView:
		return 0, s.createView(ctx, b, x)
	case *stDropTable:
		t, err := b.find(x.table)
		if x.ifExists && (err != nil || t.IsView != x.view) {
			return 0, nil
		}
		if err == nil && t.IsView != x.view {
			err = errorAt(codeSyntax, x.table[0].pos, "object %s not found", x.table)
		}
		if err != nil {
			return 0, err
		}
		if err := s.dropReferences(ctx, cat, t, x.cascade); err != nil {
			return 0, err
		}
		return 0, s.dropTable(ctx, t)
	case *stAlterTable:
		return 0, s.alterTable(ctx, b, x)
	case *stRename:
		return 0, s.rename(ctx, b, x)
	case stTruncate:
		t, err := b.target(x.table)
		if err != nil {
			return 0, err
		}
		n, err := s.exec(ctx, "DELETE FROM "+t.sqlName())
		if err == nil {
			err = s.checkReferences(ctx, t)
		}
		return n, err
	case *stComment:
		return 0, s.comment(ctx, b, x)
	default:
		return 0, s.defineScript(ctx, b, x)
	}
	return 0, nil
}

func errSchema(name ident) error {
	if name.pos.line == 0 {
		return errorf(codeSyntax, "schema %s not found", name.name)
	}
	return errorAt(codeSyntax, name.pos, "schema %s not found", name.name)
}

func (s *session) createSchema(ctx context.Context, cat *catalog, st *stCreateSchema) error {
	if cat.schemas[st.name.name] != nil || systemSchemas[st.name.name] {
		if st.ifNotExists {
			return nil
		}
		return errorAt(codeConflict, st.name.pos, "schema %s already exists", st.name.name)
	}
	s.set.schema = st.name.name
	return s.saveSchema(ctx, &schema{Name: st.name.name, Owner: s.user(), Comment: orEmpty(st.comment), Created: s.timestamp()})
}

// timestamp is now in the form in which a TIMESTAMP is stored.
func (s *session) timestamp() string {
	return s.now().In(s.set.zone).Truncate(time.Millisecond).Format(stampForm)
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func (s *session) dropSchema(ctx context.Context, cat *catalog, st *stDropSchema) error {
	if cat.schemas[st.name.name] == nil {
		if st.ifExists {
			return nil
		}
		return errSchema(st.name)
	}
	outside := &catalog{tables: map[[2]string]*table{}}
	for key, t := range cat.tables {
		if t.Schema != st.name.name {
			outside.tables[key] = t
		}
	}
	for _, t := range cat.sorted() {
		if t.Schema != st.name.name {
			continue
		}
		if !st.cascade {
			return errNotEmpty(st.name)
		}
		if err := s.dropReferences(ctx, outside, t, true); err != nil {
			return err
		}
		if err := s.dropTable(ctx, t); err != nil {
			return err
		}
	}
	if err := s.dropScripts(ctx, cat, st); err != nil {
		return err
	}
	if s.set.schema == st.name.name {
		s.set.schema = ""
	}
	if _, err := s.exec(ctx, "DELETE FROM exa_schemas WHERE name = ?1", st.name.name); err != nil {
		return err
	}
	return s.touchCatalog(ctx)
}

// home finds the schema for a new object.
func (b *binder) home(name path) (string, error) {
	schema, at := b.schema, name.last()
	if len(name) > 1 {
		at = name[len(name)-2]
		schema = at.name
	}
	switch {
	case len(name) > 2:
		return "", errorAt(codeSyntax, name[2].pos, "syntax error, unexpected '.'")
	case schema == "":
		return "", errorAt(codeSyntax, at.pos, "no schema specified or opened or current schema has been dropped")
	case b.cat.schemas[schema] == nil:
		return "", errSchema(ident{schema, at.pos})
	}
	return schema, nil
}

// place is where a new table or view goes, and the one that it replaces, if any.
type place struct {
	schema   string
	replaced *table
	exists   bool // and IF NOT EXISTS says that it may
}

// place finds the place of a new table or view.
func (s *session) place(ctx context.Context, b *binder, name path, view, replace, ifNotExists bool) (place, error) {
	schema, err := b.home(name)
	if err != nil {
		return place{}, err
	}
	key := [2]string{schema, name.last().name}
	old := b.cat.tables[key]
	switch {
	case b.cat.scripts[key] != nil:
	case old == nil:
		return place{schema: schema}, nil
	case ifNotExists && old.IsView == view:
		return place{schema: schema, exists: true}, nil
	case replace && old.IsView == view:
		return place{schema: schema, replaced: old}, s.dropReferences(ctx, b.cat, old, false)
	}
	return place{}, errorAt(codeConflict, name.last().pos, "object %s already exists", name)
}

// put saves a new table or view in its place. What it replaces goes only now: the rows of a table may come from there.
func (s *session) put(ctx context.Context, at place, t *table) error {
	if at.replaced != nil {
		if err := s.dropTable(ctx, at.replaced); err != nil {
			return err
		}
	}
	return s.saveTable(ctx, t)
}

func (s *session) createTable(ctx context.Context, b *binder, st *stCreateTable) error {
	t := &table{Name: st.table.last().name, Owner: s.user(), Comment: orEmpty(st.comment), Created: s.timestamp()}
	var rel *relation
	var err error
	switch {
	case st.like != nil:
		like, err := b.find(st.like)
		if err != nil {
			return err
		}
		for _, c := range like.Columns {
			like := column{Name: c.Name, Type: c.Type, NotNull: c.NotNull}
			if st.including["DEFAULTS"] {
				like.Default = c.Default
			}
			if st.including["IDENTITY"] {
				like.Identity, like.Start = c.Identity, c.Start
			}
			if st.including["COMMENTS"] {
				like.Comment = c.Comment
			}
			t.addColumn(like)
		}
	case st.as != nil:
		if rel, err = b.query(st.as, nil); err != nil {
			return err
		}
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
	if err := t.check(st); err != nil {
		return err
	}
	at, err := s.place(ctx, b, st.table, false, st.replace, st.ifNotExists)
	if at.exists || err != nil {
		return err
	}
	t.Schema, t.ID = at.schema, s.backend.newID()
	t.Rows = t.ID
	if _, err := s.exec(ctx, t.createSQL()); err != nil {
		return err
	}
	if rel != nil && st.withData {
		if _, err := s.exec(ctx, "INSERT INTO "+t.sqlName()+" "+rel.sql); err != nil {
			return err
		}
	}
	return s.put(ctx, at, t)
}

func (t *table) addColumn(c column) {
	c.ID = len(t.Columns) + 1
	t.Columns = append(t.Columns, c)
}

// defineColumns takes over columns and keys, and tries the defaults.
func defineColumns(b *binder, t *table, st *stCreateTable) error {
	for i := range st.columns {
		c := &st.columns[i]
		t.addColumn(c.column())
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

func (s *session) createView(ctx context.Context, b *binder, st *stCreateView) error {
	at, err := s.place(ctx, b, st.view, true, st.replace, false)
	if err != nil {
		return err
	}
	b.replaced = at.replaced
	rel, err := b.query(st.query, nil)
	if err != nil {
		return err
	}
	cols, err := renamed(rel.settled().cols, st.columns, st.view[0].pos)
	if err != nil {
		return err
	}
	t := &table{
		Name: st.view.last().name, Owner: s.user(), Comment: orEmpty(st.comment), IsView: true, ViewText: st.text, ViewSource: st.source,
		ViewSchema: b.schema, Created: s.timestamp(),
	}
	for _, c := range cols {
		t.addColumn(column{Name: c.name, Type: c.t})
	}
	for _, n := range st.columns {
		t.ViewColumns = append(t.ViewColumns, n.name)
	}
	t.Schema, t.ID = at.schema, s.backend.newID()
	return s.put(ctx, at, t)
}

func (s *session) comment(ctx context.Context, b *binder, st *stComment) error {
	if st.on == "SCHEMA" {
		sc := b.cat.schemas[st.path.last().name]
		if sc == nil {
			return errSchema(st.path.last())
		}
		copied := *sc
		copied.Comment = orEmpty(st.comment)
		return s.saveSchema(ctx, &copied)
	}
	if st.on == "SCRIPT" {
		return s.commentScript(ctx, b, st)
	}
	name := st.path
	if st.on == "COLUMN" {
		if len(name) < 2 {
			return errorAt(codeSyntax, name[0].pos, "object %s not found", name)
		}
		st.order, st.columns[name.last().name] = []ident{name.last()}, st.comment
		name, st.comment = name[:len(name)-1], nil
	}
	t, err := b.find(name)
	if err != nil {
		return err
	}
	copied := *t
	copied.Columns = slices.Clone(t.Columns)
	if st.comment != nil {
		copied.Comment = *st.comment
	}
	for _, n := range st.order {
		c := copied.column(n.name)
		if c == nil {
			return errNotFound(n)
		}
		c.Comment = orEmpty(st.columns[n.name])
	}
	return s.saveTable(ctx, &copied)
}
