package exasqlite

// Predicates: tests that give TRUE, FALSE or NULL. SQLite stores truth as 1 and 0 and treats NULL as the database does.
//
// BETWEEN and the lists of IN are taken apart into comparisons, because each of these may need a type of its own:
//
//	price BETWEEN 1 AND 2.5  ((f1.c3 >= 100) AND (f1.c3 <= 250))
//	id IN (1, 2, 2.5)        ((f1.c1 IN (1, 2)) OR (exa_f(0, f1.c1) = x'80000000000000000000000000000019'))

// isNull binds IS [NOT] NULL. The empty text is NULL as well, but that is how it is stored.
func (b *binder) isNull(x *exIsNull, sc *scope) (bound, error) {
	v, err := b.expr(x.x, sc)
	if err != nil {
		return v, err
	}
	v = b.settle(v, typeText)
	if x.not {
		return derive(typeBoolean, "("+v.sql+" IS NOT NULL)", v), nil
	}
	return derive(typeBoolean, "("+v.sql+" IS NULL)", v), nil
}

// exists binds EXISTS.
func (b *binder) exists(x *exExists, sc *scope) (bound, error) {
	rel, loose, err := b.subquery(x.query, sc)
	if err != nil {
		return bound{}, err
	}
	return bound{sql: "EXISTS (" + rel.sql + ")", t: typeBoolean, loose: loose}, nil
}

// condition binds an expression that has to be a BOOLEAN.
func (b *binder) condition(x expr, sc *scope) (bound, error) {
	v, err := b.expr(x, sc)
	if err != nil {
		return v, err
	}
	return b.coerce(v, typeBoolean, "")
}

// isTruth binds IS [NOT] TRUE, FALSE and UNKNOWN, which are never NULL.
func (b *binder) isTruth(x *exIsTruth, sc *scope) (bound, error) {
	v, err := b.condition(x.x, sc)
	if err != nil {
		return v, err
	}
	not := ""
	if x.not {
		not = "NOT "
	}
	value := map[string]string{"TRUE": "1", "FALSE": "0", "UNKNOWN": "NULL"}[x.truth]
	return derive(typeBoolean, "("+v.sql+" IS "+not+value+")", v), nil
}

// between binds BETWEEN as two comparisons, because either end may bring a common type of its own. The value is written
// twice, which maxSQL bounds.
func (b *binder) between(x *exBetween, sc *scope) (bound, error) {
	v, err := b.expr(x.x, sc)
	if err != nil {
		return v, err
	}
	low, err := b.expr(x.low, sc)
	if err != nil {
		return low, err
	}
	high, err := b.expr(x.high, sc)
	if err != nil {
		return high, err
	}
	// A placeholder has to have one type for both comparisons.
	if v.param > 0 && v.t.kind == kindNull {
		v = b.settle(v, low.t)
	}
	least, err := b.compare(">=", v, low, x.pos)
	if err != nil {
		return least, err
	}
	most, err := b.compare("<=", v, high, x.pos)
	if err != nil {
		return most, err
	}
	sql := "(" + least.sql + " AND " + most.sql + ")"
	if x.not {
		sql = "(NOT " + sql + ")"
	}
	return derive(typeBoolean, sql, v, low, high), nil
}

// in binds the four forms of IN: a value or a row on the left, a list or a subquery on the right.
func (b *binder) in(x *exIn, sc *scope) (bound, error) {
	if row, ok := x.x.(*exRow); ok {
		return b.inRows(x, row, sc)
	}
	v, err := b.expr(x.x, sc)
	if err != nil {
		return v, err
	}
	if x.query != nil {
		return b.inQuery(x, v, sc)
	}
	return b.inList(x, v, sc)
}

// inQuery binds IN of a subquery. Both sides are brought to one type first, as for =.
func (b *binder) inQuery(x *exIn, v bound, sc *scope) (bound, error) {
	rel, loose, err := b.subquery(x.query, sc)
	if err != nil {
		return v, err
	}
	if len(rel.cols) != 1 {
		return v, errorAt(codeSyntax, x.pos, "subquery of IN has to have exactly one column")
	}
	v = b.settle(v, rel.cols[0].t)
	t, ok := comparisonType(v.t, rel.cols[0].t)
	if !ok {
		return v, errorAt(codeSyntax, x.pos, "datatypes are not compatible: %s and %s", v.t, rel.cols[0].t)
	}
	left, err := b.coerce(v, t, "")
	if err != nil {
		return v, err
	}
	right, err := b.coerceRelation(rel, []outCol{{"", t}})
	if err != nil {
		return v, err
	}
	not := ""
	if x.not {
		not = "NOT "
	}
	out := derive(typeBoolean, "("+left.sql+" "+not+"IN ("+right+"))", left)
	out.loose = append(out.loose, loose...)
	return out, nil
}

// inList binds IN of a list. Each item has a type of its own to be compared in; those that are compared with the same
// form of the value are looked up together.
func (b *binder) inList(x *exIn, v bound, sc *scope) (bound, error) {
	parts := []bound{v}
	l := lookups{op: "=", in: "IN"}
	for _, e := range x.list {
		y, err := b.expr(e, sc)
		if err != nil {
			return y, err
		}
		left, right, err := b.comparable(v, y, x.pos)
		if err != nil {
			return left, err
		}
		l.add(left.sql, right.sql)
		parts = append(parts, y)
	}
	sql := balanced("OR", l.sql())
	if x.not {
		sql = "(NOT " + sql + ")"
	}
	return derive(typeBoolean, sql, parts...), nil
}
