package exasqlite

import "strings"

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
	row, ok := right.(*exRow)
	if !ok || len(row.items) != len(left) {
		return bound{}, errorAt(codeSyntax, at, "row values have different numbers of columns")
	}
	items, err := b.rowItems(row, sc)
	if err != nil {
		return bound{}, err
	}
	tests := make([]string, len(left))
	for i := range left {
		test, err := b.compare("=", left[i], items[i], at)
		if err != nil {
			return test, err
		}
		tests[i] = test.sql
	}
	sql := "(" + strings.Join(tests, " AND ") + ")"
	if not {
		sql = "(NOT " + sql + ")"
	}
	return derive(typeBoolean, sql, append(left, items...)...), nil
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
	if x.query == nil {
		var tests []string
		parts := left
		for _, e := range x.list {
			test, err := b.equalRows(left, e, false, x.pos, sc)
			if err != nil {
				return test, err
			}
			tests, parts = append(tests, test.sql), append(parts, test)
		}
		return derive(typeBoolean, "("+not+"("+strings.Join(tests, " OR ")+"))", parts...), nil
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
