package exasqlite

import (
	"context"
	"database/sql/driver"
	"fmt"
	"slices"
	"strings"
)

// merge is a MERGE in SQLite's SQL. What it is going to do is written to two temporary tables first, so that neither
// change sees the other one: exa_matched has the rowid of a row of the target and its new values, exa_missing the rows
// to insert.
type merge struct {
	prepare []string
	change  []string // each gives a row count
}

const (
	mergeTables = "DROP TABLE IF EXISTS temp.exa_matched; DROP TABLE IF EXISTS temp.exa_missing;"
	mergeTwice  = "SELECT 1 FROM temp.exa_matched GROUP BY r HAVING COUNT(*) > 1 LIMIT 1"
)

// merge binds a MERGE. The rows of the source that match nothing are found by a query of their own.
func (b *binder) merge(st *stMerge) (*merge, *table, error) {
	t, target, targetSQL, err := b.changed(st.table, st.alias)
	if err != nil {
		return nil, nil, err
	}
	source := &scope{}
	sourceSQL, err := b.source(st.source, source)
	if err != nil {
		return nil, nil, err
	}
	both := &scope{sources: slices.Concat(target.sources, source.sources)}
	// A name has to say which of the two it means.
	if x, y := both.sources[0], both.sources[1]; x.name == y.name && x.schema == y.schema {
		return nil, nil, errorAt(codeSyntax, st.source.pos, "multiple usage of table name or alias %s", x.name)
	}
	on, err := b.condition(st.on, both)
	if err != nil {
		return nil, nil, err
	}
	m := &merge{}
	if st.matched != nil {
		if err := b.mergeMatched(m, st.matched, t, both, fmt.Sprintf("%s JOIN %s ON %s", targetSQL, sourceSQL, on.sql)); err != nil {
			return nil, nil, err
		}
	}
	if st.insert != nil {
		missing := fmt.Sprintf("%s WHERE NOT EXISTS (SELECT 1 FROM %s WHERE %s)", sourceSQL, targetSQL, on.sql)
		if err := b.mergeInsert(m, st.insert, t, source, missing); err != nil {
			return nil, nil, err
		}
	}
	if both.aggs+source.aggs > 0 {
		return nil, nil, errorAt(codeSyntax, st.table[0].pos, "aggregate functions are not allowed in MERGE")
	}
	return m, t, nil
}

// mergeMatched writes the statements for rows that match: their rowids and new values go to a temporary table first.
func (b *binder) mergeMatched(m *merge, st *mergeMatched, t *table, both *scope, from string) error {
	// The alias of the target, whose rowid says which row is meant.
	as, _, _ := strings.Cut(both.sources[0].cols[0].sql, ".")
	names, values := "r", as+".rowid"
	var set []string
	for i, a := range st.set {
		c, v, err := b.assignment(a, t, both)
		if err != nil {
			return err
		}
		name := fmt.Sprintf("v%d", i)
		names += ", " + name
		values += ", " + v.sql
		set = append(set, fmt.Sprintf("%s = m.%s", c.sqlName(), name))
	}
	where, err := b.where(st.where, both, st.pos)
	if err != nil {
		return err
	}
	m.prepare = append(m.prepare, "CREATE TEMP TABLE exa_matched("+names+")",
		"INSERT INTO temp.exa_matched SELECT "+values+" FROM "+from+where)
	if st.delete {
		m.change = append(m.change, "DELETE FROM "+t.sqlName()+" WHERE rowid IN (SELECT r FROM temp.exa_matched)")
		return nil
	}
	m.change = append(m.change, fmt.Sprintf("UPDATE %s SET %s FROM temp.exa_matched AS m WHERE %s.rowid = m.r",
		t.sqlName(), strings.Join(set, ", "), t.sqlName()))
	return nil
}

// mergeInsert writes the statements for rows that match nothing.
func (b *binder) mergeInsert(m *merge, st *mergeInsert, t *table, source *scope, from string) error {
	columns, err := t.targets(st.columns)
	if err != nil {
		return err
	}
	if len(st.values) != columns.width {
		return errWidth(st.pos, columns.width, len(st.values))
	}
	// DEFAULT may stand among the values, as in an INSERT.
	row, err := b.row(t, columns.from, func(i int) (bound, bool, error) {
		if _, ok := st.values[i].(exDefault); ok {
			return bound{}, true, nil
		}
		v, err := b.expr(st.values[i], source)
		return v, false, err
	})
	if err != nil {
		return err
	}
	// Its condition is one more of those that a row of the source has to meet.
	where := ""
	if st.where != nil {
		v, err := b.condition(st.where, source)
		if err != nil {
			return err
		}
		where = " AND " + v.sql
	}
	m.prepare = append(m.prepare, "CREATE TEMP TABLE exa_missing("+columns.names+")",
		"INSERT INTO temp.exa_missing SELECT "+row+" FROM "+from+where)
	m.change = append(m.change, "INSERT INTO "+t.sqlName()+"("+columns.names+") SELECT "+columns.names+" FROM temp.exa_missing")
	return nil
}

// run merges once with one row of parameters.
func (m *merge) run(ctx context.Context, s *session, values []driver.Value) (count int64, err error) {
	// Temporary tables belong to the connection, so what a MERGE left behind that failed is dropped first.
	drop := func() error {
		_, err := s.exec(context.Background(), mergeTables)
		return err
	}
	if err := drop(); err != nil {
		return 0, err
	}
	// Parameters are used up here: what follows reads the temporary tables.
	for _, sql := range m.prepare {
		if _, err := s.exec(ctx, sql, values...); err != nil {
			return 0, err
		}
	}
	// Two rows of the source for one of the target: the database cannot say which one wins, and refuses.
	if strings.Contains(m.change[0], "exa_matched") {
		twice := false
		if err := s.query(ctx, mergeTwice, nil, func([]driver.Value) error { twice = true; return nil }); err != nil {
			return 0, err
		}
		if twice {
			return 0, errorf(codeSyntax, "Unable to get a stable set of rows in the source tables")
		}
	}
	for _, sql := range m.change {
		n, err := s.exec(ctx, sql)
		if err != nil {
			return 0, err
		}
		count += n
	}
	return count, drop()
}
