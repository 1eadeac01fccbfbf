package exasqlite

// What names stand for: tables, views, WITH elements, tables of the system, and columns of all of them.

const maxViews = 50 // views inside of views

// named finds the table, the view or the WITH element of a name. A WITH element hides a table of its name.
func (b *binder) named(name path, sc *scope) (origin, error) {
	o := origin{name: name.last().name, column: relationColumn}
	if cte := findCTE(name, sc); cte != nil {
		o.sql, o.cols = cte.sql, cte.cols
		return o, nil
	}
	if len(name) > 1 {
		o.schema = name[0].name
	}
	t, sql, cols, err := b.table(name)
	o.sql, o.cols = sql, cols
	switch {
	case err != nil:
	case t == nil:
		o.column = valuesColumn
	case !t.IsView:
		o.schema = t.Schema
		o.column = func(i int) string { return t.Columns[i].sqlName() }
	}
	return o, err
}

// findCTE finds an element of WITH, of this query or of those around it.
func findCTE(name path, sc *scope) *relation {
	if len(name) > 1 {
		return nil
	}
	for ; sc != nil; sc = sc.parent {
		if rel, ok := sc.ctes[name[0].name]; ok {
			return rel
		}
	}
	return nil
}

// table finds a table, a view, or a table of the system, for which it returns no *table.
func (b *binder) table(name path) (*table, string, []outCol, error) {
	t, err := b.find(name)
	if err != nil {
		// Users' tables come first: nobody can make one in SYS, but without a schema a name of the system's is free.
		if sql, cols, ok := b.systemTable(name); ok {
			return nil, sql, cols, nil
		}
		return nil, "", nil, err
	}
	if t.IsView {
		rel, err := b.view(t)
		if err != nil {
			return nil, "", nil, err
		}
		return t, "(" + rel.sql + ")", rel.cols, nil
	}
	cols := make([]outCol, len(t.Columns))
	for i, c := range t.Columns {
		cols[i] = outCol{c.Name, c.Type}
	}
	return t, t.sqlName(), cols, nil
}

// find looks a table or view up by its name.
func (b *binder) find(name path) (*table, error) {
	// Without a schema it is the one that is open, and nothing but that: the database has no search path.
	key := [2]string{b.schema, name.last().name}
	if len(name) > 1 {
		key[0] = name[len(name)-2].name
	}
	if t, ok := b.cat.tables[key]; ok && len(name) < 3 {
		return t, nil
	}
	return nil, errorAt(codeSyntax, name[0].pos, "object %s not found", name)
}

// view binds the query of a view, in the schema that was open when it was made.
func (b *binder) view(t *table) (*relation, error) {
	if t == b.replaced {
		return nil, errorf(codeSyntax, "view %s.%s cannot read itself", t.Schema, t.Name)
	}
	// Views cannot form a circle, but a chain of them could be as long as the stack.
	if b.views >= maxViews {
		return nil, errorf(codeSyntax, "view %s.%s is nested too deeply", t.Schema, t.Name)
	}
	st, err := parse(t.ViewText, b.s.reserved)
	if err != nil {
		return nil, err
	}
	q, ok := st.st.(*query)
	if !ok {
		return nil, errorf(codeSyntax, "view %s.%s is invalid", t.Schema, t.Name)
	}
	// Names and texts are those of the view while its query is bound, and so is the depth, which also says that a
	// placeholder has no place here.
	src, schema := b.src, b.schema
	b.src, b.schema, b.views = t.ViewText, t.ViewSchema, b.views+1
	rel, err := b.query(q, nil)
	b.src, b.schema, b.views = src, schema, b.views-1
	if err != nil {
		return nil, err
	}
	// The view's columns were shown with these types when it was made.
	rel = rel.settled()
	if len(t.ViewColumns) > 0 {
		names := make([]ident, len(t.ViewColumns))
		for i, n := range t.ViewColumns {
			names[i].name = n
		}
		rel.cols, err = renamed(rel.cols, names, q.pos)
	}
	return rel, err
}

// lookup finds a column, in this scope or in those around it.
func (b *binder) lookup(name path, sc *scope, quiet bool) (*sourceCol, *scope, error) {
	// The innermost scope that has the name decides, even if there it is ambiguous.
	for at := sc; at != nil; at = at.parent {
		var found *sourceCol
		for _, src := range at.sources {
			// A name with its table is looked for there only.
			if n := len(name); n > 1 && src.name != name[n-2].name || n > 2 && src.schema != name[0].name {
				continue
			}
			for i := range src.cols {
				c := &src.cols[i]
				if c.name != name.last().name || c.hidden && len(name) == 1 {
					continue
				}
				if found != nil {
					return nil, nil, errorAt(codeSyntax, name[0].pos, "identifier %s is ambiguous", name)
				}
				found = c
			}
		}
		if found != nil {
			return found, at, nil
		}
		// The caller asks about this scope alone.
		if quiet {
			break
		}
	}
	return nil, nil, errorAt(codeSyntax, name[0].pos, "object %s not found", name)
}
