package exasqlite

import "strings"

// Window functions, and the window of aggregates with OVER. SQLite's windows mean the same, so that only types,
// positions of NULL and the order of arguments need work.
//
//	LAG(price, 1, 0) OVER (PARTITION BY name ORDER BY id)
//	LAG(f1.c3, 1, 0) OVER (PARTITION BY f1.c2 ORDER BY f1.c1 ASC NULLS LAST)

// windowOnly are the functions that need an OVER clause.
var windowOnly = wordSet("ROW_NUMBER RANK DENSE_RANK NTILE LAG LEAD FIRST_VALUE LAST_VALUE NTH_VALUE PERCENT_RANK CUME_DIST")

// windowOrder binds ORDER BY of a window or of an aggregate, and returns what is bound for the check of grouped
// queries.
func (b *binder) windowOrder(order []orderItem, sc *scope) (string, []bound, error) {
	sql := ""
	var parts []bound
	for i, o := range order {
		v, err := b.expr(o.x, sc)
		if err != nil {
			return "", nil, err
		}
		parts = append(parts, v)
		if sql += ", "; i == 0 {
			sql = " ORDER BY "
		}
		sql += v.sql + direction(o)
	}
	return sql, parts, nil
}

// over binds OVER. The parts are subject to GROUP BY as well: a window works on the groups.
func (b *binder) over(w *window, sc *scope) (string, []bound, error) {
	sql := ""
	var parts []bound
	for i, p := range w.partition {
		v, err := b.expr(p, sc)
		if err != nil {
			return "", nil, err
		}
		parts = append(parts, v)
		if sql += ", "; i == 0 {
			sql = "PARTITION BY "
		}
		sql += v.sql
	}
	order, orderParts, err := b.windowOrder(w.order, sc)
	return " OVER (" + sql + order + w.frame + ")", append(parts, orderParts...), err
}

// bindRank binds the functions that number rows. They have no argument, but for NTILE.
func bindRank(b *binder, x *exCall, args []bound) (string, typ, func(string) string, error) {
	t, want := typeInt, 0
	switch x.name {
	case "NTILE":
		want = 1
	case "PERCENT_RANK", "CUME_DIST":
		t = typeDouble
	}
	if len(args) != want {
		return "", t, nil, errSyntaxCall(x)
	}
	if want == 0 {
		return x.name + "()", t, nil, nil
	}
	v, err := b.coerce(args[0], typeInt, "")
	return x.name + "(" + v.sql + ")", t, nil, err
}

// bindNeighbour binds the functions that take a value of another row. The default of LAG and LEAD takes the column's
// type, and gives it one if the column is NULL.
func bindNeighbour(b *binder, x *exCall, args []bound) (string, typ, func(string) string, error) {
	if len(args) < 1 || len(args) > 3 || (len(args) == 2) != (x.name == "NTH_VALUE") && strings.HasSuffix(x.name, "_VALUE") {
		return "", typeNull, nil, errSyntaxCall(x)
	}
	v := b.settle(args[0], typeText)
	// LAG(NULL, 1, x) has the type of x.
	if v.t.kind == kindNull && len(args) > 2 {
		v.t = args[2].t
	}
	sql := x.name + "(" + v.sql
	if len(args) > 1 {
		offset, err := b.coerce(args[1], typeInt, "")
		if err != nil {
			return "", v.t, nil, err
		}
		sql += ", " + offset.sql
	}
	if len(args) > 2 {
		other, err := b.coerce(args[2], v.t, "")
		if err != nil {
			return "", v.t, nil, err
		}
		sql += ", " + other.sql
	}
	return sql + ")", v.t, nil, nil
}
