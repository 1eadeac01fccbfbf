package exasqlite

import "database/sql/driver"

// Operators. What each one means depends on the types of its operands, and these are known before SQLite sees the
// statement: + of two DECIMALs is an integer addition or a call, + of a DATE and a number is a call.
//
//	name || '!'  NULLIF((COALESCE(f1.c2, '') || COALESCE('!', '')), '')

// unary binds NOT and the signs. A minus in front of a constant makes a constant, so that it stays one for ORDER BY,
// LIMIT and DEFAULT.
func (b *binder) unary(x *exUnary, sc *scope) (bound, error) {
	v, err := b.expr(x.x, sc)
	if err != nil {
		return v, err
	}
	if x.op == "NOT" {
		v, err = b.coerce(v, typeBoolean, "")
		return derive(typeBoolean, "(NOT "+v.sql+")", v), err
	}
	// A text with a sign is a number, as in the database, and nothing says which.
	if v.t.text() || v.t.kind == kindNull {
		if v, err = b.coerce(v, typeDouble, ""); err != nil {
			return v, err
		}
	}
	if x.op == "+" {
		return v, nil
	}
	switch {
	case v.lit && v.val == nil:
		return v, nil
	case v.lit && v.t.kind == kindDecimal:
		return b.literal(decimalValue(decimalOf(v.val).neg(), v.t), v.t), nil
	// Stored as a number of SQLite's, whose minus is exact: the smallest DECIMAL has a counterpart.
	case v.t.kind == kindDecimal && !v.t.wide(), v.t.kind == kindDouble, v.t.kind == kindDaySecond, v.t.kind == kindYearMonth:
		return derive(v.t, "(-"+v.sql+")", v), nil
	case v.t.kind == kindDecimal:
		return derive(v.t, b.call("neg", func(args []driver.Value) (driver.Value, error) {
			if args[0] == nil {
				return nil, nil
			}
			return decimalOf(args[0]).neg().wide(), nil
		}, v), v), nil
	}
	return v, errorAt(codeSyntax, x.pos, "invalid datatype of -: %s", v.t)
}

// binary binds an operator with two operands. A chain that is too long to be nested is bound side by side.
func (b *binder) binary(x *exBinary, sc *scope) (bound, error) {
	if row, ok := x.x.(*exRow); ok && (x.op == "=" || x.op == "<>") {
		left, err := b.rowItems(row, sc)
		if err != nil {
			return bound{}, err
		}
		return b.equalRows(left, x.y, x.op == "<>", x.pos, sc)
	}
	if nodes := chain(x); len(nodes) > shortChain {
		return b.longChain(nodes, sc)
	}
	left, err := b.expr(x.x, sc)
	if err != nil {
		return left, err
	}
	right, err := b.expr(x.y, sc)
	if err != nil {
		return right, err
	}
	switch x.op {
	case "AND", "OR":
		return b.logical(x.op, []bound{left, right})
	case "=", "<>", "<", ">", "<=", ">=":
		return b.compare(x.op, left, right, x.pos)
	case "||":
		return b.concat([]bound{left, right})
	}
	return b.arithmetic(x.op, left, right, x.pos)
}

// concat joins texts; NULL is the empty text, and the empty text is NULL.
func (b *binder) concat(xs []bound) (bound, error) {
	size, ascii := 0, true
	var parts []string
	for i := range xs {
		x := b.settle(xs[i], typeText)
		if x.t.kind == kindNull {
			x.t = typ{kind: kindVarchar, p: 1, ascii: true}
		}
		if !x.t.text() {
			var err error
			if x, err = b.coerce(x, varcharType(textWidth(x.t), true), ""); err != nil {
				return x, err
			}
		}
		xs[i] = x
		size += x.t.p
		ascii = ascii && x.t.ascii
		parts = append(parts, "COALESCE("+x.sql+", '')")
	}
	return derive(varcharType(size, ascii), "NULLIF("+balanced("||", parts)+", '')", xs...), nil
}

// textWidth is how many characters the text of a value can have.
func textWidth(t typ) int {
	switch t.kind {
	case kindDecimal:
		return t.p + 3
	case kindChar, kindVarchar, kindHash:
		return t.p
	case kindGeometry:
		return maxVarchar
	case kindBoolean:
		return 5
	}
	return 64
}
