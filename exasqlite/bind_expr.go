package exasqlite

import (
	"fmt"
	"slices"
)

// Expressions. Each kind of node has a function that binds its operands, decides the type, and writes SQLite's SQL.
// What they return can be put anywhere in a larger expression: it is in parentheses, or a name, or a call.

// expr binds an expression. In a grouped query, what equals a GROUP BY expression may hold any column.
func (b *binder) expr(x expr, sc *scope) (bound, error) {
	y, err := b.node(x, sc)
	switch {
	case err != nil:
		return y, err
	case len(y.sql) > maxSQL:
		return y, errLength()
	}
	return b.grouped(y, sc), nil
}

// maxSQL bounds the bytes of an expression, and of all that a statement compares: some operators write an operand more than
// once, and so multiply its length at each level of nesting.
const maxSQL = 64 << 20

// errLength is the error for SQL that has become too long by repetition.
func errLength() error {
	return errorf(codeUnsupported, "Feature not supported: an expression of more than %d MB for SQLite", maxSQL>>20)
}

// grouped frees an expression that is one of GROUP BY from its columns. Both are compared as SQLite's SQL: two ways to
// write one expression are the same if they are bound to the same.
func (b *binder) grouped(x bound, sc *scope) bound {
	if len(x.loose) > 0 && sc.keys != nil && sc.keys[x.sql] {
		x.loose = slices.DeleteFunc(slices.Clone(x.loose), func(c looseColumn) bool { return c.scope == sc })
	}
	return x
}

// node binds a node by its kind.
func (b *binder) node(x expr, sc *scope) (bound, error) {
	switch x := x.(type) {
	case *exNumber:
		return b.number(x)
	case *exString:
		return b.text(x.text), nil
	case *exTyped:
		return b.typed(x)
	case exNull:
		return b.literal(nil, typeNull), nil
	case exBool:
		if x.value {
			return b.literal(int64(1), typeBoolean), nil
		}
		return b.literal(int64(0), typeBoolean), nil
	case exDefault:
		return bound{}, errorAt(codeSyntax, x.pos, "syntax error, unexpected DEFAULT_")
	case *exParam:
		return b.param(x)
	case *exColumn:
		return b.columnRef(x, sc)
	case *exUnary:
		return b.unary(x, sc)
	case *exBinary:
		return b.binary(x, sc)
	case *exBetween:
		return b.between(x, sc)
	case *exIn:
		return b.in(x, sc)
	case *exRow:
		return bound{}, unsupported(x.pos, "a row value here")
	case *exLike:
		return b.like(x, sc)
	case *exIsNull:
		return b.isNull(x, sc)
	case *exIsTruth:
		return b.isTruth(x, sc)
	case *exExists:
		return b.exists(x, sc)
	case *exQuery:
		return b.scalarQuery(x, sc)
	case *exCase:
		return b.caseOf(x, sc)
	case *exCast:
		return b.cast(x, sc)
	case *exCall:
		return b.function(x, sc)
	}
	return bound{}, fmt.Errorf("exasqlite: unknown expression %T", x)
}

// param binds a placeholder. Views and defaults have none: their text is kept for statements that come later.
func (b *binder) param(x *exParam) (bound, error) {
	if b.views > 0 || x.index >= len(b.params) {
		return bound{}, errorAt(codeSyntax, x.pos, "syntax error, unexpected '?'")
	}
	p := bound{sql: fmt.Sprintf("?%d", x.index+1), t: b.params[x.index], param: x.index + 1}
	if b.rows != "" {
		p.sql = fmt.Sprintf("%s.c%d", b.rows, x.index)
	}
	return p, nil
}

// cast binds CAST. What comes out is no column any more, so a placeholder that is compared with it does not take its type
// from there.
func (b *binder) cast(x *exCast, sc *scope) (bound, error) {
	v, err := b.expr(x.x, sc)
	if err != nil {
		return v, err
	}
	out, err := b.coerce(v, x.t, "")
	out.column = false
	return out, err
}

// scalarQuery binds a subquery as a value.
func (b *binder) scalarQuery(x *exQuery, sc *scope) (bound, error) {
	rel, loose, err := b.subquery(x.query, sc)
	if err != nil {
		return bound{}, err
	}
	if len(rel.cols) != 1 {
		return bound{}, errorAt(codeSyntax, x.pos, "subquery has to have exactly one column")
	}
	sql := "(" + rel.sql + ")"
	if !singleRow(x.query) {
		// SQLite would take the first of several rows where the database has an error.
		sql = "(SELECT exa_one(c1) FROM (" + rel.sql + ") AS " + b.alias("f") + ")"
	}
	return bound{sql: sql, t: rel.cols[0].t, loose: loose}, nil
}

// singleRow reports whether a query cannot have two rows: it aggregates everything, or has LIMIT 1.
func singleRow(q *query) bool {
	if n, ok := q.limit.(*exNumber); ok && n.text == "1" {
		return true
	}
	s, ok := q.body.(*selectBody)
	if !ok || s.grouped || len(q.with) > 0 {
		return false
	}
	if len(s.from) == 0 {
		return true
	}
	for _, it := range s.items {
		if c, ok := it.x.(*exCall); ok && c.over == nil && aggregates[c.name] != nil && !c.quoted {
			return true
		}
	}
	return false
}

// subquery binds a query inside of an expression. The columns of this scope that it uses have to be grouped by, like
// those that stand in the expression itself.
func (b *binder) subquery(q *query, sc *scope) (*relation, []looseColumn, error) {
	n := len(b.outer)
	rel, err := b.query(q, sc)
	return rel, slices.Clone(b.outer[n:]), err
}

// columnRef binds a name. LOCAL.alias is an alias of the select list, which is bound again where it is used before the
// list is.
func (b *binder) columnRef(x *exColumn, sc *scope) (bound, error) {
	// After the select list is bound its aliases are at hand; in WHERE and in the list itself they are not yet.
	if len(x.path) == 2 && x.path[0].name == "LOCAL" {
		if a, ok := sc.aliases[x.path[1].name]; ok {
			return a, nil
		}
		for i, it := range sc.items {
			if it.alias != nil && it.alias.name == x.path[1].name {
				// The item must not find itself.
				items := sc.items
				sc.items = slices.Delete(slices.Clone(items), i, i+1)
				v, err := b.expr(it.x, sc)
				sc.items = items
				return v, err
			}
		}
	}
	c, found, err := b.lookup(x.path, sc, false)
	if err != nil {
		// LEVEL is one of CONNECT BY only; it is a source of its own there and was found.
		if len(x.path) == 1 && pseudoColumns[x.path[0].name] {
			return bound{}, unsupported(x.path[0].pos, "%s", x.path[0].name)
		}
		return bound{}, err
	}
	v := bound{sql: c.sql, t: c.t, column: true}
	// A column in an aggregate function, or one that is grouped by, is free.
	if found.inAgg || found.keys != nil && found.keys[c.sql] {
		return v, nil
	}
	v.loose = []looseColumn{{found, c.name, x.path[0].pos}}
	if found != sc {
		b.outer = append(b.outer, v.loose...)
	}
	return v, nil
}

// pseudoColumns are names that the database knows without a table.
var pseudoColumns = wordSet("ROWID ROWNUM LEVEL")
