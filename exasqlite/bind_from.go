package exasqlite

import (
	"fmt"
	"strings"
)

// FROM and its joins. SQLite joins as the database does, with two exceptions: a comma binds differently beside RIGHT
// and FULL JOIN, and the columns of USING keep their tables.
//
//	t JOIN u USING (id)  t1 AS f1 JOIN t2 AS f2 ON (f1.c1 = f2.c1)

// from binds the items in their order. Each one sees the sources before it in its ON, and nothing after it.
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
		// A comma binds weaker than JOIN. From the left it makes no difference, but for RIGHT and FULL.
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
	// NATURAL is USING of all names that both sides have.
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
	// Which of the two columns is there depends on the row then; COALESCE would be needed, with a type of its own.
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
		// The column of the right side is not found by its bare name any more, and * has it once.
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
		// The name after it is gone then: FROM t AS x has no t.c.
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

// relationColumn is what SQLite calls a column of a bound query.
func relationColumn(i int) string { return fmt.Sprintf("c%d", i+1) }
