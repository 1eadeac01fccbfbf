package exasqlite

import "context"

// CREATE VIEW. A view is bound once to find its mistakes and its columns, and again whenever it is read.

// createView makes a view. Its schema is the one that is open now: names in its query mean what they mean here.
func (s *session) createView(ctx context.Context, b *binder, st *stCreateView) error {
	at, err := s.place(ctx, b, st.view, true, st.replace, false)
	if err != nil {
		return err
	}
	// It is still in the catalog, but it must not be found.
	b.replaced = at.replaced
	rel, err := b.query(st.query, nil)
	if err != nil {
		return err
	}
	// The types of a view are shown by the catalog, so a column of which nothing is known but NULL needs one now.
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
