package exasqlite

import (
	"database/sql/driver"
	"fmt"
	"strings"
)

// Comparison. SQLite compares two stored values byte by byte or as numbers of one scale, so both sides have to be
// brought to one type first. Which type that is, and that text gives way to it, is the database's rule.
//
// A text that is compared with a number becomes a number, and a DECIMAL of another scale or width is brought to that of
// the other side. A constant is converted while the statement is bound:
//
//	price >= 2.5   (f1.c3 >= 250)
//	price = total  (exa_f(0, f1.c3) = f1.c4)

// compare brings both sides to one type, in which SQLite compares them as the database does.
func (b *binder) compare(op string, x, y bound, at pos) (bound, error) {
	left, right, err := b.comparable(x, y, at)
	out := derive(typeBoolean, "("+left.sql+" "+op+" "+right.sql+")", left, right)
	out.test = &test{left.sql, op, right.sql}
	return out, err
}

// comparable returns what SQLite has to compare instead of x and y.
func (b *binder) comparable(x, y bound, at pos) (left, right bound, err error) {
	x, y = b.settleWith(x, y), b.settleWith(y, x)
	x, y = b.textNumber(x, y), b.textNumber(y, x)
	t, ok := comparisonType(x.t, y.t)
	if !ok {
		return x, y, errorAt(codeSyntax, at, "datatypes are not compatible: %s and %s", x.t, y.t)
	}
	// Two texts can be one geometry.
	if t.kind == kindGeometry {
		return x, y, unsupported(at, "comparison of GEOMETRY")
	}
	// No DECIMAL has all digits of both: their common type would cut some, and unequal numbers could become equal.
	if t.kind == kindDecimal && max(x.t.p-x.t.s, y.t.p-y.t.s)+t.s > maxDecimal {
		left, right = b.compareWide(x, y), b.literal(int64(0), typeInt)
	} else {
		if left, err = b.coerce(x, t, ""); err != nil {
			return left, y, err
		}
		right, err = b.coerce(y, t, "")
	}
	// Operands that are written again for each comparison, as those of CASE, could make SQL without end.
	if b.compared += len(left.sql) + len(right.sql); b.compared > maxSQL && err == nil {
		err = errLength()
	}
	return left, right, err
}

// compareWide orders DECIMALs for which there is no common type, by a number to compare with 0: digits before and after the
// point together are more than a DECIMAL has.
func (b *binder) compareWide(x, y bound) bound {
	s, xs, ys := max(x.t.s, y.t.s), x.t.s, y.t.s
	order := b.call(fmt.Sprint("cmp", xs, ",", ys), func(args []driver.Value) (driver.Value, error) {
		if args[0] == nil || args[1] == nil {
			return nil, nil
		}
		l, r := decimalOf(args[0]).big(), decimalOf(args[1]).big()
		return int64(l.Mul(l, pow10Big[s-xs]).Cmp(r.Mul(r, pow10Big[s-ys]))), nil
	}, x, y)
	return derive(typeInt, order, x, y)
}

// textNumber turns a text that is compared with a DECIMAL into a DECIMAL that holds all its digits. A text that is no
// constant gets the digits that the other side leaves; one with more is an error, since rounding could make it equal.
func (b *binder) textNumber(x, other bound) bound {
	if !x.t.text() || other.t.kind != kindDecimal {
		return x
	}
	e := b.env
	// A constant shows how many digits it needs.
	if text, ok := x.val.(string); x.lit && ok {
		whole, fraction, _ := strings.Cut(strings.TrimSpace(e.plainNumber(text)), ".")
		t := decimalType(min(maxDecimal, max(1, len(whole)+len(fraction))), min(maxDecimal, len(fraction)))
		if v, err := parseDecimalText(e.plainNumber(text), t); err == nil && !strings.ContainsAny(text, "eE") {
			return b.literal(decimalValue(v, t), t)
		}
		return x
	}
	t := decimalType(maxDecimal, maxDecimal-(other.t.p-other.t.s))
	out := derive(t, "", x)
	out.sql = b.call(fmt.Sprint("textnumber", t, e), func(args []driver.Value) (driver.Value, error) {
		text, ok := args[0].(string)
		if !ok {
			return nil, nil
		}
		text = e.plainNumber(text)
		_, fraction, _ := strings.Cut(text, ".")
		if len(strings.TrimRight(fraction, "0 ")) > t.s {
			return nil, errorf(codeUnsupported, "Feature not supported: comparison of a DECIMAL with the text '%s'", text)
		}
		v, err := parseDecimalText(text, t)
		if err != nil {
			return nil, err
		}
		return decimalValue(v, t), nil
	}, x)
	return out
}

// settleWith gives a placeholder the type of the column beside it, or a type that holds all values of its kind.
func (b *binder) settleWith(x, y bound) bound {
	if x.param == 0 || x.t.kind != kindNull {
		return x
	}
	t := y.t
	switch {
	case t.kind == kindNull || t.text() && !y.column:
		t = typeText
	// A literal has just the digits that it shows, and a parameter must not be cut to them.
	case t.kind == kindDecimal && y.lit:
		t = decimalType(maxDecimal, t.s)
	}
	return b.settle(x, t)
}
