package exasqlite

import (
	"fmt"
	"slices"
	"strings"
)

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

func errLength() error {
	return errorf(codeUnsupported, "Feature not supported: an expression of more than %d MB for SQLite", maxSQL>>20)
}

func (b *binder) grouped(x bound, sc *scope) bound {
	if len(x.loose) > 0 && sc.keys != nil && sc.keys[x.sql] {
		x.loose = slices.DeleteFunc(slices.Clone(x.loose), func(c looseColumn) bool { return c.scope == sc })
	}
	return x
}

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

// typed binds a literal with its type in front. The parser has read intervals already, since it needed their units.
func (b *binder) typed(x *exTyped) (bound, error) {
	if x.value != nil {
		return b.literal(x.value, x.t), nil
	}
	v, err := parseValue(x.text, x.t, b.env, false)
	return b.literal(v, x.t), err
}

// param binds a placeholder. Views and defaults have none: their text is kept for statements that come later.
func (b *binder) param(x *exParam) (bound, error) {
	if b.views > 0 || x.index >= len(b.params) {
		return bound{}, errorAt(codeSyntax, x.pos, "syntax error, unexpected '?'")
	}
	return bound{sql: fmt.Sprintf("?%d", x.index+1), t: b.params[x.index], param: x.index + 1}, nil
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

func (b *binder) subquery(q *query, sc *scope) (*relation, []looseColumn, error) {
	n := len(b.outer)
	rel, err := b.query(q, sc)
	return rel, slices.Clone(b.outer[n:]), err
}

func (b *binder) number(x *exNumber) (bound, error) {
	if strings.ContainsAny(x.text, "eE") {
		v, err := parseValue(x.text, typeDouble, env{decimal: '.'}, true)
		return b.literal(v, typeDouble), err
	}
	whole, fraction, _ := strings.Cut(x.text, ".")
	whole, fraction = strings.TrimLeft(whole, "0"), strings.TrimRight(fraction, "0")
	t := decimalType(max(1, len(whole)+len(fraction)), len(fraction))
	if t.p > maxDecimal {
		v, err := parseValue(x.text, typeDouble, env{decimal: '.'}, true)
		return b.literal(v, typeDouble), err
	}
	v, err := parseDecimalText(x.text, t)
	return b.literal(decimalValue(v, t), t), err
}

// text is a literal: CHAR of its length, VARCHAR above that type's limit. The empty text is NULL.
func (b *binder) text(s string) bound {
	if s == "" {
		return b.literal(nil, typ{kind: kindChar, p: 1, ascii: true})
	}
	n, ascii := 0, true
	for _, r := range s {
		n++
		ascii = ascii && r < 0x80
	}
	t := typ{kind: kindChar, p: n, ascii: ascii}
	if n > maxChar {
		t.kind = kindVarchar
	}
	return b.literal(s, t)
}

func (b *binder) columnRef(x *exColumn, sc *scope) (bound, error) {
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
		if len(x.path) == 1 && pseudoColumns[x.path[0].name] {
			return bound{}, unsupported(x.path[0].pos, "%s", x.path[0].name)
		}
		return bound{}, err
	}
	v := bound{sql: c.sql, t: c.t, column: true}
	if found.inAgg || found.keys != nil && found.keys[c.sql] {
		return v, nil
	}
	v.loose = []looseColumn{{found, c.name, x.path[0].pos}}
	if found != sc {
		b.outer = append(b.outer, v.loose...)
	}
	return v, nil
}

var pseudoColumns = wordSet("ROWID ROWNUM LEVEL")

// condition binds an expression that has to be a BOOLEAN.
func (b *binder) condition(x expr, sc *scope) (bound, error) {
	v, err := b.expr(x, sc)
	if err != nil {
		return v, err
	}
	return b.coerce(v, typeBoolean, "")
}

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

func (b *binder) caseOf(x *exCase, sc *scope) (bound, error) {
	var operand bound
	var err error
	if x.operand != nil {
		if operand, err = b.expr(x.operand, sc); err != nil {
			return operand, err
		}
	}
	conditions := make([]bound, len(x.when))
	values := make([]bound, len(x.then), len(x.then)+1)
	for i := range x.when {
		if x.operand == nil {
			conditions[i], err = b.condition(x.when[i], sc)
		} else {
			var y bound
			if y, err = b.expr(x.when[i], sc); err == nil {
				conditions[i], err = b.compare("=", operand, y, x.pos)
			}
		}
		if err != nil {
			return operand, err
		}
		if values[i], err = b.expr(x.then[i], sc); err != nil {
			return operand, err
		}
	}
	other := b.literal(nil, typeNull)
	if x.other != nil {
		if other, err = b.expr(x.other, sc); err != nil {
			return operand, err
		}
	}
	return b.caseWhen(conditions, append(values, other), x.pos)
}

// caseWhen writes CASE: one value per condition, and the last for none.
func (b *binder) caseWhen(conditions, values []bound, at pos) (bound, error) {
	values, t, err := b.unify(values, at)
	if err != nil {
		return bound{}, err
	}
	var sql strings.Builder
	sql.WriteString("(CASE")
	for i, c := range conditions {
		sql.WriteString(" WHEN " + c.sql + " THEN " + values[i].sql)
	}
	sql.WriteString(" ELSE " + values[len(values)-1].sql + " END)")
	return derive(t, sql.String(), append(conditions, values...)...), nil
}
