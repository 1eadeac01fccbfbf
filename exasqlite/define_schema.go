package exasqlite

import (
	"context"
	"slices"
	"strings"
)

// Schemas. They are nothing but a row of the catalog; SQLite knows of none.

// errSchema is the error for a schema that is not there. An attribute of the client has no position in a text.
func errSchema(name ident) error {
	if name.pos.line == 0 {
		return errorf(codeSyntax, "schema %s not found", name.name)
	}
	return errorAt(codeSyntax, name.pos, "schema %s not found", name.name)
}

// openSchema opens a schema, of the system too. A client that names one in an attribute cannot quote it, so the name may be
// meant in upper case.
func (s *session) openSchema(cat *catalog, st stOpenSchema) error {
	names := []string{st.name.name}
	if st.anyCase {
		names = append(names, strings.ToUpper(st.name.name))
	}
	at := slices.IndexFunc(names, func(n string) bool { return cat.schemas[n] != nil || systemSchemas[n] })
	if at < 0 {
		return errSchema(st.name)
	}
	s.set.schema = names[at]
	return nil
}

// createSchema makes a schema and opens it, as the database does.
func (s *session) createSchema(ctx context.Context, cat *catalog, st *stCreateSchema) error {
	if cat.schemas[st.name.name] != nil || systemSchemas[st.name.name] {
		// A schema that is there already is not opened either.
		if st.ifNotExists {
			return nil
		}
		return errorAt(codeConflict, st.name.pos, "schema %s already exists", st.name.name)
	}
	s.set.schema = st.name.name
	return s.saveSchema(ctx, &schema{Name: st.name.name, Owner: s.user(), Comment: orEmpty(st.comment), Created: s.timestamp()})
}

// dropSchema drops a schema. With CASCADE its tables go as if one by one, so foreign keys from outside go with them.
func (s *session) dropSchema(ctx context.Context, cat *catalog, st *stDropSchema) error {
	if cat.schemas[st.name.name] == nil {
		if st.ifExists {
			return nil
		}
		return errSchema(st.name)
	}
	// Keys between tables of this schema need no care: both sides go.
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
