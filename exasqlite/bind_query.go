package exasqlite

import (
	"slices"
	"strconv"
	"strings"
)

// Queries, and the scopes in which their names are looked up. A bound query is SQL whose columns are called c1, c2 and
// so on: what they are called for the user is kept beside it, since names may come twice, or be anything.
//
//	WITH w AS (SELECT id FROM t) SELECT * FROM w
//	WITH w2 AS (SELECT f1.c1 AS c1 FROM t1 AS f1) SELECT f3.c1 AS c1 FROM w2 AS f3

// scope is what names mean inside one SELECT, and in its parents.
type scope struct {
	parent  *scope
	sources []*source
	ctes    map[string]*relation
	aliases map[string]bound // of the select list
	items   []selectItem     // for LOCAL.alias before the list is bound
	keys    map[string]bool  // GROUP BY expressions in SQLite's SQL, while a grouped query is bound
	inAgg   bool             // inside the arguments of an aggregate function
	aggs    int              // aggregate functions seen
	windows int              // window functions seen
}

// source is one item of FROM.
type source struct {
	schema, name string
	cols         []sourceCol
	pseudo       bool // LEVEL, which * leaves out
}

// sourceCol is a column that names of a SELECT can stand for.
type sourceCol struct {
	name   string
	t      typ
	sql    string // what it is called in SQLite's SQL
	hidden bool   // the second column of a USING pair
}

// relation is a bound query. Its columns are called c1, c2 ... in SQLite's SQL.
type relation struct {
	sql  string
	cols []outCol
}

// outCol is a column of a result.
type outCol struct {
	name string
	t    typ
}

// settled is the relation as others than queries see it: a column of which nothing is known but NULL is a BOOLEAN.
func (r *relation) settled() *relation {
	cols := slices.Clone(r.cols)
	for i := range cols {
		if cols[i].t.kind == kindNull {
			cols[i].t = typeBoolean
		}
	}
	return &relation{sql: r.sql, cols: cols}
}

// query binds a query with its WITH, ORDER BY and LIMIT. The ORDER BY of a SELECT is bound with it, as it sees what
// FROM has; that of a set operation sees the result only.
func (b *binder) query(q *query, parent *scope) (*relation, error) {
	env := &scope{parent: parent, ctes: map[string]*relation{}}
	with := ""
	// An element sees those before it.
	for _, c := range q.with {
		rel, err := b.query(c.query, env)
		if err != nil {
			return nil, err
		}
		if rel.cols, err = renamed(rel.cols, c.columns, c.name.pos); err != nil {
			return nil, err
		}
		name := b.alias("w")
		env.ctes[c.name.name] = &relation{sql: name, cols: rel.cols}
		if with != "" {
			with += ", "
		}
		with += name + " AS (" + rel.sql + ")"
	}
	if with != "" {
		with = "WITH " + with + " "
	}
	// LIMIT is bound before the rest but written after it: placeholders have their numbers from the parser.
	tail, err := b.limit(q, env)
	if err != nil {
		return nil, err
	}
	if s, ok := q.body.(*selectBody); ok {
		rel, err := b.selectBody(s, q.order, env)
		if err != nil {
			return nil, err
		}
		rel.sql = with + rel.sql + tail
		return rel, nil
	}
	rel, err := b.body(q.body, env)
	if err != nil {
		return nil, err
	}
	out := &scope{parent: env}
	// The result of a set operation has no table to qualify its columns with.
	src := &source{}
	name := b.alias("f")
	list := ""
	for i, c := range rel.cols {
		sql := name + ".c" + strconv.Itoa(i+1)
		src.cols = append(src.cols, sourceCol{name: c.name, t: c.t, sql: sql})
		list += ", " + sql + " AS c" + strconv.Itoa(i+1)
	}
	out.sources = []*source{src}
	order, err := b.orderKeys(q.order, out, rel.cols, nil)
	if err != nil {
		return nil, err
	}
	rel.sql = with + "SELECT " + list[2:] + " FROM (" + rel.sql + ") AS " + name + order.sql() + tail
	return rel, nil
}

// renamed gives columns new names, if there are any.
func renamed(cols []outCol, names []ident, at pos) ([]outCol, error) {
	if names == nil {
		return cols, nil
	}
	if len(names) != len(cols) {
		return nil, errorAt(codeSyntax, at, "number of columns does not match: %d names for %d columns", len(names), len(cols))
	}
	out := make([]outCol, len(cols))
	for i, n := range names {
		out[i] = outCol{n.name, cols[i].t}
	}
	return out, nil
}

// limit binds LIMIT and OFFSET. They may be placeholders, but no columns: their scope has no sources.
func (b *binder) limit(q *query, sc *scope) (string, error) {
	sql := ""
	for _, part := range []struct {
		word string
		x    expr
	}{{" LIMIT ", q.limit}, {" OFFSET ", q.offset}} {
		if part.x == nil {
			continue
		}
		x, err := b.expr(part.x, &scope{parent: sc})
		if err != nil {
			return "", err
		}
		if x, err = b.coerce(x, typeInt, ""); err != nil {
			return "", err
		}
		if n, ok := x.val.(int64); x.lit && (!ok || n < 0) {
			return "", errorAt(codeSyntax, q.pos, "invalid value for%s", strings.TrimRight(part.word, " "))
		}
		sql += part.word + x.sql
	}
	return sql, nil
}

// body binds what ORDER BY and LIMIT are about. Rows of one UNION are bound together, the other operations two by two.
func (b *binder) body(body queryBody, sc *scope) (*relation, error) {
	switch body := body.(type) {
	case *selectBody:
		return b.selectBody(body, nil, sc)
	case *query:
		return b.query(body, sc)
	}
	set := body.(*setBody)
	if set.op == "UNION" || set.op == "UNION ALL" {
		return b.union(set, sc)
	}
	x, err := b.body(set.x, sc)
	if err != nil {
		return nil, err
	}
	y, err := b.body(set.y, sc)
	if err != nil {
		return nil, err
	}
	cols, err := commonColumns(set, x.cols, y.cols)
	if err != nil {
		return nil, err
	}
	left, err := b.coerceRelation(x, cols)
	if err != nil {
		return nil, err
	}
	right, err := b.coerceRelation(y, cols)
	if err != nil {
		return nil, err
	}
	return &relation{sql: left + " " + set.op + " " + right, cols: cols}, nil
}

// coerceRelation selects the columns of a relation in other types.
func (b *binder) coerceRelation(rel *relation, cols []outCol) (string, error) {
	name := b.alias("f")
	sql := "SELECT "
	for i, c := range cols {
		x, err := b.coerce(bound{sql: name + ".c" + strconv.Itoa(i+1), t: rel.cols[i].t}, c.t, "")
		if err != nil {
			return "", err
		}
		if i > 0 {
			sql += ", "
		}
		sql += x.sql + " AS c" + strconv.Itoa(i+1)
	}
	return sql + " FROM (" + rel.sql + ") AS " + name, nil
}
