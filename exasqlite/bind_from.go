package exasqlite

import (
	"fmt"
	"strings"
)

const maxViews = 50 // views inside of views

func (b *binder) from(items []fromItem, sc *scope) (string, error) {
	sql := ""
	comma, outer := false, false
	for i, it := range items {
		first := len(sc.sources)
		text, err := b.source(it, sc)
		if err != nil {
			return "", err
		}
		comma = comma || it.join == ","
		outer = outer || it.join == "RIGHT JOIN" || it.join == "FULL JOIN"
		if comma && outer {
			return "", unsupported(it.pos, "a comma beside RIGHT or FULL JOIN")
		}
		switch {
		case i == 0:
			sql = text
			continue
		case it.join == ",":
			sql += " CROSS JOIN " + text
		default:
			sql += " " + it.join + " " + text
		}
		on, err := b.joinCondition(it, sc, first)
		if err != nil {
			return "", err
		}
		sql += on
	}
	return sql, nil
}

// joinCondition binds ON, USING and NATURAL of an item whose sources begin at first.
func (b *binder) joinCondition(it fromItem, sc *scope, first int) (string, error) {
	if it.on != nil {
		x, err := b.condition(it.on, sc)
		return " ON " + x.sql, err
	}
	names := it.using
	left, right := &scope{sources: sc.sources[:first]}, &scope{sources: sc.sources[first:]}
	if it.natural {
		for _, src := range right.sources {
			for _, c := range src.cols {
				if _, _, err := b.lookup(path{{c.name, it.pos}}, left, true); err == nil {
					names = append(names, ident{c.name, it.pos})
				}
			}
		}
	}
	if len(names) == 0 {
		return "", nil
	}
	if it.join == "RIGHT JOIN" || it.join == "FULL JOIN" {
		return "", unsupported(it.pos, "%s with USING", it.join)
	}
	var conditions []string
	for _, n := range names {
		l, _, err := b.lookup(path{n}, left, false)
		if err != nil {
			return "", err
		}
		r, _, err := b.lookup(path{n}, right, false)
		if err != nil {
			return "", err
		}
		x, err := b.compare("=", bound{sql: l.sql, t: l.t}, bound{sql: r.sql, t: r.t}, n.pos)
		if err != nil {
			return "", err
		}
		r.hidden = true
		conditions = append(conditions, x.sql)
	}
	return " ON " + strings.Join(conditions, " AND "), nil
}

// source binds one item of FROM and adds what it offers to the scope.
func (b *binder) source(it fromItem, sc *scope) (string, error) {
	if it.nested != nil {
		text, err := b.from(it.nested, sc)
		return "(" + text + ")", err
	}
	o, err := b.origin(it, sc)
	if err != nil {
		return "", err
	}
	src := &source{schema: o.schema, name: o.name}
	if it.alias != nil {
		// The name behind it is gone then: FROM t AS x has no t.c.
		src.name, src.schema = it.alias.name, ""
	}
	cols, err := renamed(o.cols, it.columns, it.pos)
	if err != nil {
		return "", err
	}
	name := b.alias("f")
	for i, c := range cols {
		src.cols = append(src.cols, sourceCol{name: c.name, t: c.t, sql: name + "." + o.column(i)})
	}
	for _, other := range sc.sources {
		if src.name != "" && other.name == src.name && (other.schema == src.schema || it.alias != nil) {
			return "", errorAt(codeSyntax, it.pos, "multiple usage of table name or alias %s", src.name)
		}
	}
	sc.sources = append(sc.sources, src)
	return o.sql + " AS " + name, nil
}

// origin is where the rows of an item of FROM come from, in SQLite's SQL.
type origin struct {
	schema, name string // by which columns are qualified, if there is no alias
	sql          string
	cols         []outCol
	column       func(i int) string // what SQLite calls a column
}

// origin finds out what an item of FROM stands for, but for joins in parentheses.
func (b *binder) origin(it fromItem, sc *scope) (origin, error) {
	switch {
	case it.between != nil:
		sql, err := b.valuesBetween(it)
		return origin{sql: sql, cols: []outCol{{"RANGE_VALUE", typeInt}}, column: relationColumn}, err
	case it.values != nil:
		sql, cols, err := b.values(it, sc.parent)
		return origin{sql: sql, cols: cols, column: valuesColumn}, err
	case it.query != nil:
		rel, err := b.query(it.query, sc.parent)
		if err != nil {
			return origin{}, err
		}
		return origin{sql: "(" + rel.sql + ")", cols: rel.cols, column: relationColumn}, nil
	}
	return b.named(it.table, sc)
}

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

// relationColumn is what SQLite calls a column of a bound query.
func relationColumn(i int) string { return fmt.Sprintf("c%d", i+1) }

// valuesColumn is what SQLite calls a column of VALUES.
func valuesColumn(i int) string { return fmt.Sprintf("column%d", i+1) }

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
	src, schema := b.src, b.schema
	b.src, b.schema, b.views = t.ViewText, t.ViewSchema, b.views+1
	rel, err := b.query(q, nil)
	b.src, b.schema, b.views = src, schema, b.views-1
	if err != nil {
		return nil, err
	}
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

func (b *binder) valuesBetween(it fromItem) (string, error) {
	part := func(x expr) (bound, error) {
		if x == nil {
			return b.literal(int64(1), typeInt), nil
		}
		v, err := b.expr(x, &scope{})
		if err != nil {
			return v, err
		}
		return b.coerce(v, typeInt, "")
	}
	low, err := part(it.between.low)
	if err != nil {
		return "", err
	}
	high, err := part(it.between.high)
	if err != nil {
		return "", err
	}
	step, err := part(it.between.step)
	if err != nil {
		return "", err
	}
	n, ok := step.val.(int64)
	if !ok || n == 0 {
		return "", unsupported(it.pos, "VALUES BETWEEN with a step that is not a constant other than 0")
	}
	op := "<="
	if n < 0 {
		op = ">="
	}
	r := b.alias("r")
	return fmt.Sprintf("(WITH RECURSIVE %s(c1) AS (SELECT %s WHERE %s %s %s UNION ALL SELECT c1 + %s FROM %s WHERE c1 + %s %s %s)"+
		" SELECT c1 FROM %s)", r, low.sql, low.sql, op, high.sql, step.sql, r, step.sql, op, high.sql, r), nil
}

// values binds VALUES as a table source.
func (b *binder) values(it fromItem, sc *scope) (string, []outCol, error) {
	width := len(it.values[0])
	columns := make([][]bound, width)
	for _, row := range it.values {
		if len(row) != width {
			return "", nil, errorAt(codeSyntax, it.pos, "rows of VALUES have different numbers of columns")
		}
		for i, x := range row {
			v, err := b.expr(x, &scope{parent: sc})
			if err != nil {
				return "", nil, err
			}
			columns[i] = append(columns[i], v)
		}
	}
	cols := make([]outCol, width)
	for i := range columns {
		unified, t, err := b.unify(columns[i], it.pos)
		if err != nil {
			return "", nil, err
		}
		columns[i], cols[i] = unified, outCol{fmt.Sprintf("COL%d", i+1), t}
	}
	var sql strings.Builder
	sql.WriteString("(VALUES ")
	for r := range it.values {
		if r > 0 {
			sql.WriteString(", ")
		}
		sql.WriteByte('(')
		for i := range columns {
			if i > 0 {
				sql.WriteString(", ")
			}
			sql.WriteString(columns[i][r].sql)
		}
		sql.WriteByte(')')
	}
	sql.WriteByte(')')
	return sql.String(), cols, nil
}

// lookup finds a column, in this scope or in those around it.
func (b *binder) lookup(name path, sc *scope, quiet bool) (*sourceCol, *scope, error) {
	for at := sc; at != nil; at = at.parent {
		var found *sourceCol
		for _, src := range at.sources {
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
		if quiet {
			break
		}
	}
	return nil, nil, errorAt(codeSyntax, name[0].pos, "object %s not found", name)
}
