package exasqlite

import (
	"slices"
	"strings"
)

// Row values: (a, b) = (c, d) and (a, b) IN. SQLite has them too, but compares their items without converting them, so
// each pair of items is bound as a comparison.
//
// A list of constant rows is looked up at once:
//
//	(id, name) IN ((1, 'a'), (2, 'b'))  ((f1.c1, f1.c2) IN (VALUES (1, 'a'), (2, 'b')))

// rowItems binds the items of a row value.
func (b *binder) rowItems(row *exRow, sc *scope) ([]bound, error) {
	items := make([]bound, len(row.items))
	for i, x := range row.items {
		var err error
		if items[i], err = b.expr(x, sc); err != nil {
			return nil, err
		}
	}
	return items, nil
}

// equalRows compares a row with another one of the same length.
func (b *binder) equalRows(left []bound, right expr, not bool, at pos, sc *scope) (bound, error) {
	l, r, items, err := b.comparableRows(left, right, at, sc)
	if err != nil {
		return bound{}, err
	}
	// The conjunction has SQL's meaning for NULL: one unequal pair decides, whatever the others are.
	tests := make([]string, len(left))
	for i := range left {
		tests[i] = "(" + l[i] + " = " + r[i] + ")"
	}
	sql := "(" + strings.Join(tests, " AND ") + ")"
	if not {
		sql = "(NOT " + sql + ")"
	}
	return derive(typeBoolean, sql, append(left, items...)...), nil
}

// comparableRows binds the items of a row, and returns what SQLite has to compare instead of them and those of the left side.
func (b *binder) comparableRows(left []bound, right expr, at pos, sc *scope) (l, r []string, items []bound, err error) {
	row, ok := right.(*exRow)
	if !ok || len(row.items) != len(left) {
		return nil, nil, nil, errorAt(codeSyntax, at, "row values have different numbers of columns")
	}
	if items, err = b.rowItems(row, sc); err != nil {
		return nil, nil, nil, err
	}
	l, r = make([]string, len(left)), make([]string, len(left))
	for i := range left {
		x, y, err := b.comparable(left[i], items[i], at)
		if err != nil {
			return nil, nil, nil, err
		}
		l[i], r[i] = x.sql, y.sql
	}
	return l, r, items, nil
}

// inRows binds (a, b) IN of rows or of a subquery.
func (b *binder) inRows(x *exIn, row *exRow, sc *scope) (bound, error) {
	left, err := b.rowItems(row, sc)
	if err != nil {
		return bound{}, err
	}
	not := ""
	if x.not {
		not = "NOT "
	}
	// A list is compared row by row, a subquery as a whole.
	if x.query == nil {
		return b.inRowList(x, left, sc)
	}
	rel, loose, err := b.subquery(x.query, sc)
	if err != nil {
		return bound{}, err
	}
	if len(rel.cols) != len(left) {
		return bound{}, errorAt(codeSyntax, x.pos, "row values have different numbers of columns")
	}
	cols, values := make([]outCol, len(left)), make([]string, len(left))
	for i := range left {
		left[i] = b.settle(left[i], rel.cols[i].t)
		t, ok := comparisonType(left[i].t, rel.cols[i].t)
		if !ok {
			return bound{}, errorAt(codeSyntax, x.pos, "datatypes are not compatible: %s and %s", left[i].t, rel.cols[i].t)
		}
		v, err := b.coerce(left[i], t, "")
		if err != nil {
			return v, err
		}
		cols[i], values[i] = outCol{"", t}, v.sql
	}
	right, err := b.coerceRelation(rel, cols)
	if err != nil {
		return bound{}, err
	}
	out := derive(typeBoolean, "(("+strings.Join(values, ", ")+") "+not+"IN ("+right+"))", left...)
	out.loose = append(out.loose, loose...)
	return out, nil
}

// inRowList binds (a, b) IN of rows. Rows of constants are looked up at once.
func (b *binder) inRowList(x *exIn, left []bound, sc *scope) (bound, error) {
	parts := left
	l := lookups{op: "=", in: "IN", list: "VALUES "}
	for _, e := range x.list {
		lefts, rights, items, err := b.comparableRows(left, e, x.pos, sc)
		if err != nil {
			return bound{}, err
		}
		parts = append(parts, items...)
		y, z := "("+strings.Join(lefts, ", ")+")", "("+strings.Join(rights, ", ")+")"
		// SQLite looks up constants only; a row with a column in it is compared on its own.
		if slices.ContainsFunc(items, func(v bound) bool { return !v.lit && v.param == 0 }) {
			l.others = append(l.others, "("+y+" = "+z+")")
			continue
		}
		l.add(y, z)
	}
	sql := balanced("OR", l.sql())
	if x.not {
		sql = "(NOT " + sql + ")"
	}
	return derive(typeBoolean, sql, parts...), nil
}
