package exasqlite

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
)

// Scripts in the catalog. Clients create, list, rename and drop them in their tests; nothing here could run them.

// script is a script of the catalog. It is kept and shown, but nothing here can run it.
type script struct {
	ID           int
	Schema, Name string
	Owner        string
	Comment      string
	Created      string // stored TIMESTAMP
	Type         string // SCRIPTING, UDF, ADAPTER, PREPROCESSOR
	Language     string
	Input        string // SCALAR, SET, or empty
	Result       string // ROWCOUNT, TABLE, RETURNS, EMITS, or empty
	Text         string // of the statement that made it
}

// script finds a script by its name, nil if there is none.
func (b *binder) script(name path) *script {
	schema := b.schema
	if len(name) > 1 {
		schema = name[len(name)-2].name
	}
	if len(name) > 2 {
		return nil
	}
	return b.cat.scripts[[2]string{schema, name.last().name}]
}

// findScript is script for a name that has to be there.
func (b *binder) findScript(name path) (*script, error) {
	if s := b.script(name); s != nil {
		return s, nil
	}
	return nil, errorAt(codeSyntax, name[0].pos, "object %s not found", name)
}

// running is the error for a script that should run.
func (s *script) running(at pos) error {
	return unsupported(at, "running script %s.%s", s.Schema, s.Name)
}

// sortedScripts returns the scripts by schema and name.
func (c *catalog) sortedScripts() []*script {
	var all []*script
	for _, s := range c.scripts {
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b *script) int {
		return cmp.Or(cmp.Compare(a.Schema, b.Schema), cmp.Compare(a.Name, b.Name))
	})
	return all
}

// describeScripts adds the rows of getScripts.
func (c *catalog) describeScripts(r *relationData, f metadataFilter) {
	for _, x := range c.sortedScripts() {
		if f.like("schema", x.Schema) && f.like("script", x.Name) {
			r.add(x.Schema, x.Name, x.Owner, x.Type, x.Language, x.Input, x.Result, x.Comment)
		}
	}
}

// defineScript runs the statements about scripts.
func (s *session) defineScript(ctx context.Context, b *binder, st statement) error {
	switch x := st.(type) {
	case *stCreateScript:
		return s.createScript(ctx, b, x)
	case stExecuteScript:
		found, err := b.findScript(x.script)
		if err == nil {
			err = found.running(x.script[0].pos)
		}
		return err
	case stDropScript:
		found, err := b.findScript(x.script)
		if err != nil && x.ifExists {
			return nil
		}
		if err != nil {
			return err
		}
		return s.deleteScript(ctx, found)
	}
	return nil
}

// createScript stores a script. One that is replaced goes first, since the new one has a number of its own.
func (s *session) createScript(ctx context.Context, b *binder, st *stCreateScript) error {
	schema, err := b.home(st.path)
	if err != nil {
		return err
	}
	key := [2]string{schema, st.path.last().name}
	old := b.cat.scripts[key]
	if b.cat.tables[key] != nil || old != nil && !st.replace {
		return errorAt(codeConflict, st.path.last().pos, "object %s already exists", st.path)
	}
	if old != nil {
		if err := s.deleteScript(ctx, old); err != nil {
			return err
		}
	}
	made := st.script
	made.ID, made.Schema, made.Name = s.backend.newID(), schema, key[1]
	made.Owner, made.Created = s.user(), s.timestamp()
	return s.saveScript(ctx, &made)
}

// renameScript gives a script another name, which no table may have.
func (s *session) renameScript(ctx context.Context, b *binder, st *stRename) error {
	found, err := b.findScript(st.path)
	if err != nil {
		return err
	}
	key := [2]string{found.Schema, st.to.name}
	if b.cat.tables[key] != nil || b.cat.scripts[key] != nil {
		return errorAt(codeConflict, st.to.pos, "object %s already exists", st.to.name)
	}
	renamed := *found
	renamed.Name = st.to.name
	return s.saveScript(ctx, &renamed)
}

// commentScript stores a comment.
func (s *session) commentScript(ctx context.Context, b *binder, st *stComment) error {
	found, err := b.findScript(st.path)
	if err != nil {
		return err
	}
	changed := *found
	changed.Comment = orEmpty(st.comment)
	return s.saveScript(ctx, &changed)
}

// saveScript stores a new or changed script.
func (s *session) saveScript(ctx context.Context, x *script) error {
	def, err := json.Marshal(x)
	if err != nil {
		return err
	}
	if _, err := s.exec(ctx, "INSERT OR REPLACE INTO exa_scripts VALUES(?1, ?2)", int64(x.ID), string(def)); err != nil {
		return err
	}
	return s.touchCatalog(ctx)
}

// dropScripts empties a schema that is dropped.
func (s *session) dropScripts(ctx context.Context, cat *catalog, st *stDropSchema) error {
	for _, x := range cat.sortedScripts() {
		if x.Schema != st.name.name {
			continue
		}
		if !st.cascade {
			return errNotEmpty(st.name)
		}
		if err := s.deleteScript(ctx, x); err != nil {
			return err
		}
	}
	return nil
}

// errNotEmpty is the error for a schema that still has objects.
func errNotEmpty(schema ident) error {
	return errorAt(codeSyntax, schema.pos, "schema %s is not empty - use DROP SCHEMA %s CASCADE to delete it", schema.name, schema.name)
}

// deleteScript removes a script from the catalog.
func (s *session) deleteScript(ctx context.Context, x *script) error {
	if _, err := s.exec(ctx, "DELETE FROM exa_scripts WHERE id = ?1", int64(x.ID)); err != nil {
		return err
	}
	return s.touchCatalog(ctx)
}
