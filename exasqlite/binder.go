package exasqlite

import (
	"database/sql/driver"
	"fmt"
	"strconv"
	"strings"
)

// binder gives a parsed statement its types and writes it down in SQLite's SQL. Every expression has a static type, and
// the type decides how its values are stored, so that SQLite only ever compares and computes what it can do exactly;
// all else becomes a call of a Go function, see [callback].
type binder struct {
	s        *session
	cat      *catalog
	env      env
	src      string // the text that is bound
	schema   string // where names without a schema are looked for
	params   []typ  // of the placeholders; kindNull until the context told
	rows     string // the source that has the values of the placeholders as columns; empty if they are bound
	names    int    // of sources so far
	views    int    // depth of views
	replaced *table // the view that the statement makes anew; its query must not read it, not even by another view
	compared int    // bytes of SQL, so far
	outer    []looseColumn
}

// bound is an expression in SQLite's SQL.
type bound struct {
	sql    string
	t      typ
	param  int // 1 + index of a placeholder that is the whole expression
	column bool
	lit    bool // val is the value
	val    driver.Value
	test   *test // of a comparison
	loose  []looseColumn
}

// test is a comparison that SQLite makes.
type test struct{ left, op, right string }

// looseColumn is a column outside an aggregate function: an error in a grouped query unless it is grouped by.
type looseColumn struct {
	scope *scope
	name  string
	pos   pos
}

// callback is a Go function that a statement calls, with the static types closed over. SQLite passes stored values.
type callback func(args []driver.Value) (driver.Value, error)

// call writes the call of a callback. The key names everything that it closes over, so equal keys share one.
func (b *binder) call(key string, fn callback, args ...bound) string {
	return b.callAs("exa_f", key, fn, args)
}

// callAs is call for a function other than exa_f: exa_v for callbacks whose result is not decided by their arguments.
func (b *binder) callAs(function, key string, fn callback, args []bound) string {
	var sql strings.Builder
	fmt.Fprintf(&sql, "%s(%d", function, b.s.backend.intern(key, fn))
	for _, a := range args {
		sql.WriteString(", ")
		sql.WriteString(a.sql)
	}
	sql.WriteByte(')')
	return sql.String()
}

// settle gives a placeholder without a type this one. GEOMETRY is reported as text, as the database does.
func (b *binder) settle(x bound, t typ) bound {
	if x.param == 0 || x.t.kind != kindNull {
		return x
	}
	known := &b.params[x.param-1]
	switch {
	case known.kind != kindNull: // another use of the same expression told
	case t.kind == kindGeometry || t.kind == kindNull:
		*known = typeText
	default:
		*known = t
	}
	x.t = *known
	return x
}

// coerce converts x to type t. column names the target of an assignment for errors; it is empty elsewhere.
func (b *binder) coerce(x bound, t typ, column string) (bound, error) {
	x = b.settle(x, t)
	from := x.t
	switch {
	case from == t:
		return x, nil
	// NULL has no form that could be wrong.
	case from.kind == kindNull:
		x.t = t // NULL has the same form in all types
		return x, nil
	// Constants are converted once, now. An error in them is then one of the statement, even if no row is read.
	case x.lit:
		v, err := convert(x.val, from, t, b.env)
		if err != nil {
			return x, writeOf(err, column)
		}
		lit := b.literal(v, t)
		return lit, nil
	}
	out := x
	out.t, out.param, out.column, out.test = t, 0, false, nil
	switch {
	// A text that fits into the longer type is stored in the same way, so there is nothing to call for each row.
	case from.text() && t.kind == kindVarchar && from.p <= t.p && (from.ascii || !t.ascii):
		return out, nil
	case from.kind == t.kind && from.stamp() && from.p <= t.p,
		from.kind == kindDaySecond && t.kind == kindDaySecond && from.p <= t.p && from.s <= t.s,
		from.kind == kindYearMonth && t.kind == kindYearMonth && from.p <= t.p,
		from.kind == kindGeometry && t.kind == kindGeometry:
		return out, nil
	// A DATE is the beginning of the stored form of a TIMESTAMP.
	case from.kind == kindDate && t.kind == kindTimestamp:
		out.sql = "(" + x.sql + " || '" + stampZero[len(dateOnly):] + "')"
		return out, nil
	// Both are whole numbers in SQLite, which multiplies them exactly as long as neither is wide.
	case from.kind == kindDecimal && t.kind == kindDecimal && from.s <= t.s && from.p-from.s <= t.p-t.s &&
		!t.wide() && !from.wide():
		if from.s < t.s {
			out.sql = fmt.Sprintf("(%s * %d)", x.sql, pow10i64(t.s-from.s))
		}
		return out, nil
	case from.kind == kindDecimal && t.kind == kindDecimal && from.s == t.s && from.p <= t.p && from.wide():
		return out, nil
	}
	// What is left needs a Go function. Its key names all that decides the result: two columns of the same types share
	// it.
	if err := convertible(from, t); err != nil {
		return x, err
	}
	e := b.env
	out.sql = b.call(fmt.Sprint("cast", from, t, from.ascii, t.ascii, e, column), func(args []driver.Value) (driver.Value, error) {
		v, err := convert(args[0], from, t, e)
		if err != nil {
			return nil, writeOf(err, column)
		}
		return v, nil
	}, x)
	return out, nil
}

// convertible refuses conversions that no value survives, before any row is read.
func convertible(from, to typ) error {
	ok := from.text() || to.text() || from.kind == to.kind || from.temporal() && to.temporal()
	switch from.kind {
	case kindDecimal:
		ok = ok || to.kind == kindDouble || to.kind == kindBoolean
	case kindDouble:
		ok = ok || to.kind == kindDecimal
	case kindBoolean:
		ok = ok || to.number()
	}
	if !ok {
		return errorf(codeUnsupported, "Feature not supported: Incomparable Types: %s and %s", from, to)
	}
	return nil
}

// unify coerces values to their common type, as for the branches of a CASE.
func (b *binder) unify(xs []bound, at pos) ([]bound, typ, error) {
	t := typeNull
	for _, x := range xs {
		var ok bool
		if t, ok = commonType(t, x.t); !ok {
			return nil, t, errorAt(codeSyntax, at, "datatypes are not compatible: %s", x.t)
		}
	}
	// All of them are NULL or placeholders. A placeholder without a hint is text, as it is for the database.
	if t.kind == kindNull {
		for _, x := range xs {
			if x.param > 0 {
				t = typeText
			}
		}
	}
	out := make([]bound, len(xs))
	for i, x := range xs {
		var err error
		if out[i], err = b.coerce(x, t, ""); err != nil {
			return nil, t, err
		}
	}
	return out, t, nil
}

// derive starts an expression made of others: it has their loose columns.
func derive(t typ, sql string, parts ...bound) bound {
	x := bound{sql: sql, t: t}
	for _, p := range parts {
		x.loose = append(x.loose, p.loose...)
	}
	return x
}

// alias makes a name that no other source of the statement has. Users' names never reach SQLite, which does not know
// case.
func (b *binder) alias(prefix string) string {
	b.names++
	return prefix + strconv.Itoa(b.names)
}
