package exasqlite

import (
	"context"
	"slices"
	"time"
)

// DDL. Each statement reads the catalog, changes a copy of what it is about, and stores that. SQLite's transaction
// makes it one step for everybody else.

// define runs a statement that changes the catalog, or all rows of a table.
func (s *session) define(ctx context.Context, cat *catalog, st *parsed) (int64, error) {
	b := s.binder(cat, st)
	switch x := st.st.(type) {
	case stOpenSchema:
		return 0, s.openSchema(cat, x)
	// Closing what is not open is fine.
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
		return 0, s.dropObject(ctx, b, x)
	case *stAlterTable:
		return 0, s.alterTable(ctx, b, x)
	case *stRename:
		return 0, s.rename(ctx, b, x)
	case stTruncate:
		return s.truncate(ctx, b, x)
	case *stComment:
		return 0, s.comment(ctx, b, x)
	default:
		return 0, s.defineScript(ctx, b, x)
	}
	return 0, nil
}

// dropObject drops a table or a view. DROP TABLE does not drop views, and the other way round; IF EXISTS is quiet about both.
func (s *session) dropObject(ctx context.Context, b *binder, st *stDropTable) error {
	t, err := b.find(st.table)
	if st.ifExists && (err != nil || t.IsView != st.view) {
		return nil
	}
	if err == nil && t.IsView != st.view {
		err = errorAt(codeSyntax, st.table[0].pos, "object %s not found", st.table)
	}
	if err != nil {
		return err
	}
	if err := s.dropReferences(ctx, b.cat, t, st.cascade); err != nil {
		return err
	}
	return s.dropTable(ctx, t)
}

// truncate deletes all rows of a table and counts them. SQLite is quick about a DELETE without WHERE.
func (s *session) truncate(ctx context.Context, b *binder, st stTruncate) (int64, error) {
	t, err := b.target(st.table)
	if err != nil {
		return 0, err
	}
	n, err := s.exec(ctx, "DELETE FROM "+t.sqlName())
	if err == nil {
		err = s.checkReferences(ctx, t)
	}
	return n, err
}

// timestamp is now in the form in which a TIMESTAMP is stored.
func (s *session) timestamp() string {
	return s.now().In(s.set.zone).Truncate(time.Millisecond).Format(stampForm)
}

// orEmpty is a comment, or none.
func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// home finds the schema for a new object.
func (b *binder) home(name path) (string, error) {
	schema, at := b.schema, name.last()
	if len(name) > 1 {
		at = name[len(name)-2]
		schema = at.name
	}
	switch {
	// There is no database in front of the schema.
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
	// A script has the name, and no REPLACE makes a table of it.
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

// comment stores comments: of one object, or of a table and of some of its columns, all of them or none.
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
