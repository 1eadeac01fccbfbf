package exasqlite

import (
	"database/sql/driver"
	"fmt"
	"slices"
	"strings"
)

// INSERT, UPDATE and DELETE. Every value is converted to the type of its column by the binder, and the error of a
// conversion names the column. SQLite's columns have no types, and so it converts nothing itself.
//
//	INSERT INTO t (name) VALUES ('a')   INSERT INTO t1(c1, c2, c3) VALUES (exa_v(8), 'a', '2024-06-18')
//	INSERT INTO u SELECT id, price FROM t
//	                                    INSERT INTO t2(c1, c2) SELECT f2.c1, exa_f(9, f2.c2)
//	                                    FROM (SELECT f1.c1 AS c1, f1.c3 AS c2 FROM t1 AS f1) AS f2
//	UPDATE t SET price = price * 2      UPDATE t1 AS f1 SET c3 = exa_f(10, (f1.c3 * 2))
//
// Here c1 is an IDENTITY column, which counts in Go, and c3 has CURRENT_DATE as its default.
//
// With many rows of parameters their values are the columns of a table, see rowTable:
//
//	INSERT INTO u VALUES (?, ?)         INSERT INTO t2(c1, c2) SELECT f1.c0, f1.c1 FROM temp.exa_rows2 AS f1

// target finds the table that a statement changes.
func (b *binder) target(name path) (*table, error) {
	t, err := b.find(name)
	if err != nil {
		return nil, err
	}
	if t.IsView {
		return nil, errorAt(codeSyntax, name[0].pos, "view %s cannot be changed", name)
	}
	return t, nil
}

// insert binds an INSERT. SQLite is always given all columns in the table's order, with defaults where the statement
// has no value: it does not know our defaults.
func (b *binder) insert(st *stInsert) (string, *table, error) {
	t, err := b.target(st.table)
	if err != nil {
		return "", nil, err
	}
	names := st.columns
	// No list means all columns, an empty one means none of them.
	if names == nil && st.rows == nil && st.query == nil {
		names = []ident{} // DEFAULT VALUES
	}
	columns, err := t.targets(names)
	if err != nil {
		return "", nil, err
	}
	head := "INSERT INTO " + t.sqlName() + "(" + columns.names + ") "
	if st.query != nil {
		rel, err := b.query(st.query, nil)
		if err != nil {
			return "", nil, err
		}
		if len(rel.cols) != columns.width {
			return "", nil, errWidth(st.pos, columns.width, len(rel.cols))
		}
		name := b.alias("f")
		row, err := b.row(t, columns.from, func(i int) (bound, bool, error) {
			return bound{sql: fmt.Sprintf("%s.c%d", name, i+1), t: rel.cols[i].t}, false, nil
		})
		return head + "SELECT " + row + " FROM (" + rel.sql + ") AS " + name, t, err
	}
	rows := st.rows
	if rows == nil {
		rows = [][]expr{nil}
	}
	var sql strings.Builder
	sql.WriteString(head + "VALUES ")
	for n, values := range rows {
		if len(values) != columns.width {
			return "", nil, errWidth(st.pos, columns.width, len(values))
		}
		row, err := b.row(t, columns.from, func(i int) (bound, bool, error) {
			if _, ok := values[i].(exDefault); ok {
				return bound{}, true, nil
			}
			v, err := b.expr(values[i], &scope{})
			return v, false, err
		})
		if err != nil {
			return "", nil, err
		}
		if b.rows != "" {
			return fmt.Sprintf("%sSELECT %s FROM %s AS %s", head, row, rowSource(len(b.params)), b.rows), t, nil
		}
		if n > 0 {
			sql.WriteString(", ")
		}
		sql.WriteString("(" + row + ")")
	}
	return sql.String(), t, nil
}

// fromRows reports whether rows of parameters can come from a table: there is one row, of placeholders, constants and defaults.
// Any other expression might see the rows of the source, or those that the statement has inserted.
func (st *stInsert) fromRows() bool {
	if len(st.rows) != 1 {
		return false
	}
	for _, x := range st.rows[0] {
		switch x.(type) {
		case *exParam, *exNumber, *exString, *exTyped, exNull, exBool, exDefault:
		default:
			return false
		}
	}
	return true
}

// targets are the columns that an INSERT fills.
type targets struct {
	names string // all columns of the table in SQLite's SQL
	from  []int  // which value of a row each of them gets; -1 is the default
	width int    // of a row
}

// targets finds the columns of a list, or takes all of them if it is nil.
func (t *table) targets(list []ident) (targets, error) {
	to := targets{from: make([]int, len(t.Columns)), width: len(t.Columns)}
	for i := range t.Columns {
		if i > 0 {
			to.names += ", "
		}
		to.names += t.Columns[i].sqlName()
		if to.from[i] = i; list != nil {
			to.from[i] = -1
		}
	}
	if list == nil {
		return to, nil
	}
	to.width = len(list)
	for i, n := range list {
		at := slices.IndexFunc(t.Columns, func(c column) bool { return c.Name == n.name })
		switch {
		case at < 0:
			return to, errNotFound(n)
		case to.from[at] >= 0:
			return to, errorAt(codeSyntax, n.pos, "column %s is specified more than once", n.name)
		}
		to.from[at] = i
	}
	return to, nil
}

// errWidth is the error for rows with more or fewer values than columns.
func errWidth(at pos, want, got int) error {
	return errorAt(codeSyntax, at, "number of columns does not match: %d columns, %d values", want, got)
}

// row writes the values of all columns of a table; value gives what the statement has, or true for the default.
func (b *binder) row(t *table, from []int, value func(i int) (bound, bool, error)) (string, error) {
	parts := make([]string, len(from))
	for i, n := range from {
		c := &t.Columns[i]
		var v bound
		byDefault := n < 0
		var err error
		if !byDefault {
			v, byDefault, err = value(n)
		}
		if err == nil && byDefault {
			v, err = b.defaultValue(t, c)
		}
		if err == nil {
			v, err = b.assign(v, t, c)
		}
		if err != nil {
			return "", err
		}
		parts[i] = v.sql
	}
	return strings.Join(parts, ", "), nil
}

// assign converts a value to the type of the column that it is written to.
func (b *binder) assign(v bound, t *table, c *column) (bound, error) {
	// Clients are told that such a parameter is text.
	if v.param > 0 && v.t.kind == kindNull && c.Type.kind == kindGeometry {
		v = b.settle(v, typeText)
	}
	return b.coerce(v, c.Type, t.Name+"."+c.Name)
}

// defaultValue binds what a column gets if the statement gives it nothing.
func (b *binder) defaultValue(t *table, c *column) (bound, error) {
	if c.Identity {
		// The number is taken for each row while SQLite runs, so the callback is one that SQLite may not leave out or
		// repeat.
		key := t.identity(c)
		start, backend := c.Start, b.s.backend
		sql := b.callAs("exa_v", "identity "+key, func([]driver.Value) (driver.Value, error) {
			return backend.nextIdentity(key, start), nil
		}, nil)
		return bound{sql: sql, t: typeInt}, nil
	}
	if c.Default == "" {
		return b.literal(nil, typeNull), nil
	}
	// A default is kept as its text, and means what it means now: CURRENT_USER is the one who inserts.
	tokens, err := lex(c.Default, b.s.reserved)
	if err != nil {
		return bound{}, err
	}
	p := &parser{src: c.Default, tokens: tokens}
	x, err := p.expr()
	if err != nil {
		return bound{}, err
	}
	b.views++ // no placeholders here
	defer func() { b.views-- }()
	return b.expr(x, &scope{})
}

// changed opens a scope with the table that UPDATE and DELETE work on.
func (b *binder) changed(name path, alias *ident) (*table, *scope, string, error) {
	t, err := b.target(name)
	if err != nil {
		return nil, nil, "", err
	}
	src := &source{schema: t.Schema, name: t.Name}
	if alias != nil {
		// The table's own name is gone, as in FROM.
		src.schema, src.name = "", alias.name
	}
	as := b.alias("f")
	for i := range t.Columns {
		c := &t.Columns[i]
		src.cols = append(src.cols, sourceCol{name: c.Name, t: c.Type, sql: as + "." + c.sqlName()})
	}
	return t, &scope{sources: []*source{src}}, t.sqlName() + " AS " + as, nil
}

// where binds WHERE of a statement that changes rows; at is where the error about an aggregate points.
func (b *binder) where(x expr, sc *scope, at pos) (string, error) {
	if x == nil {
		return "", nil
	}
	v, err := b.condition(x, sc)
	if err == nil && sc.aggs > 0 {
		err = errorAt(codeSyntax, at, "aggregate functions are not allowed in WHERE clause")
	}
	return " WHERE " + v.sql, err
}

// assignment binds what SET gives to a column.
func (b *binder) assignment(a assignment, t *table, sc *scope) (*column, bound, error) {
	c := t.column(a.column.name)
	if c == nil {
		return nil, bound{}, errNotFound(a.column)
	}
	var v bound
	var err error
	if _, ok := a.x.(exDefault); ok {
		v, err = b.defaultValue(t, c)
	} else {
		v, err = b.expr(a.x, sc)
	}
	if err == nil && sc.aggs > 0 {
		err = errorAt(codeSyntax, a.column.pos, "aggregate functions are not allowed in SET clause")
	}
	if err == nil {
		v, err = b.assign(v, t, c)
	}
	return c, v, err
}

// update binds an UPDATE. All expressions see the row as it was, as SQLite does it, too.
func (b *binder) update(st *stUpdate) (string, *table, error) {
	t, sc, from, err := b.changed(st.table, st.alias)
	if err != nil {
		return "", nil, err
	}
	sql := "UPDATE " + from + " SET "
	for i, a := range st.set {
		c, v, err := b.assignment(a, t, sc)
		if err != nil {
			return "", nil, err
		}
		if i > 0 {
			sql += ", "
		}
		sql += c.sqlName() + " = " + v.sql
	}
	where, err := b.where(st.where, sc, st.table[0].pos)
	return sql + where, t, err
}

// delete binds a DELETE.
func (b *binder) delete(st *stDelete) (string, *table, error) {
	t, sc, from, err := b.changed(st.table, st.alias)
	if err != nil {
		return "", nil, err
	}
	where, err := b.where(st.where, sc, st.table[0].pos)
	return "DELETE FROM " + from + where, t, err
}
