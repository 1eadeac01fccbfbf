package exasqlite

import "strings"

// CASE, to which DECODE, NULLIF, NVL2 and NULLIFZERO are reduced. The type holds the values of all branches.
//
// SQLite's CASE gives the value of a branch as it is, so all branches are brought to one type, and each comparison of
// the operand with a branch is one of its own:
//
//	CASE id WHEN 1 THEN 'a' ELSE name END  (CASE WHEN (f1.c1 = 1) THEN 'a' ELSE f1.c2 END)

// caseOf binds CASE. An operand is compared with each branch on its own, so that every comparison has its own type.
func (b *binder) caseOf(x *exCase, sc *scope) (bound, error) {
	var operand bound
	var err error
	if x.operand != nil {
		if operand, err = b.expr(x.operand, sc); err != nil {
			return operand, err
		}
	}
	// In this order placeholders get their types: the conditions first, the values from each other.
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
	// Without ELSE it is NULL, which takes the type of the others.
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
