package exasqlite

import "context"

// RENAME. Names are in the catalog only, so nothing is renamed in SQLite.

// rename runs RENAME of a schema, a table, a view or a script. Tables, views and scripts of a schema share their names.
func (s *session) rename(ctx context.Context, b *binder, st *stRename) error {
	switch st.object {
	case "SCHEMA":
		return s.renameSchema(ctx, b, st)
	case "SCRIPT":
		return s.renameScript(ctx, b, st)
	}
	t, err := b.find(st.path)
	if err == nil && t.IsView != (st.object == "VIEW") {
		err = errorAt(codeSyntax, st.path[0].pos, "object %s not found", st.path)
	}
	if err != nil {
		return err
	}
	if key := [2]string{t.Schema, st.to.name}; b.cat.tables[key] != nil || b.cat.scripts[key] != nil {
		return errorAt(codeConflict, st.to.pos, "object %s already exists", st.to.name)
	}
	// The number stays, and with it all foreign keys and counters.
	copied := *t
	copied.Name = st.to.name
	return s.saveTable(ctx, &copied)
}

// renameSchema gives a schema another name. If it is the open one, it stays open.
func (s *session) renameSchema(ctx context.Context, b *binder, st *stRename) error {
	from := st.path.last()
	old := b.cat.schemas[from.name]
	switch {
	case old == nil:
		return errSchema(from)
	// The names of system schemas cannot be taken.
	case b.cat.schemas[st.to.name] != nil || systemSchemas[st.to.name]:
		return errorAt(codeConflict, st.to.pos, "schema %s already exists", st.to.name)
	}
	// Schemas are stored by their name, all else by number.
	if _, err := s.exec(ctx, "DELETE FROM exa_schemas WHERE name = ?1", from.name); err != nil {
		return err
	}
	copied := *old
	copied.Name = st.to.name
	if err := s.saveSchema(ctx, &copied); err != nil {
		return err
	}
	if s.set.schema == from.name {
		s.set.schema = st.to.name
	}
	return s.moveObjects(ctx, b.cat, from.name, st.to.name)
}

// moveObjects takes tables, views and scripts along into a schema's new name: each of them has it in its description.
func (s *session) moveObjects(ctx context.Context, cat *catalog, from, to string) error {
	for _, t := range cat.sorted() {
		if t.Schema == from {
			moved := *t
			moved.Schema = to
			if err := s.saveTable(ctx, &moved); err != nil {
				return err
			}
		}
	}
	for _, x := range cat.sortedScripts() {
		if x.Schema == from {
			moved := *x
			moved.Schema = to
			if err := s.saveScript(ctx, &moved); err != nil {
				return err
			}
		}
	}
	return nil
}
