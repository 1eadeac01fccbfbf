package exasqlite

import (
	"database/sql/driver"
	"fmt"
	"math"
	"strings"
)

func (b *binder) unary(x *exUnary, sc *scope) (bound, error) {
	v, err := b.expr(x.x, sc)
	if err != nil {
		return v, err
	}
	if x.op == "NOT" {
		v, err = b.coerce(v, typeBoolean, "")
		return derive(typeBoolean, "(NOT "+v.sql+")", v), err
	}
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
	if t.kind == kindGeometry {
		return x, y, unsupported(at, "comparison of GEOMETRY")
	}
	if t.kind == kindDecimal && max(x.t.p-x.t.s, y.t.p-y.t.s)+t.s > maxDecimal {
		left, right = b.compareWide(x, y), b.literal(int64(0), typeInt)
	} else {
		if left, err = b.coerce(x, t, ""); err != nil {
			return left, y, err
		}
		right, err = b.coerce(y, t, "")
	}
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
	case t.kind == kindDecimal && y.lit:
		t = decimalType(maxDecimal, t.s)
	}
	return b.settle(x, t)
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

func (b *binder) arithmetic(op string, x, y bound, at pos) (bound, error) {
	if x.t.temporal() || y.t.temporal() || interval(x.t) || interval(y.t) {
		return b.timeArithmetic(op, x, y, at)
	}
	if err := b.operands(op, &x, &y, at); err != nil {
		return x, err
	}
	t, err := arithmeticType(op, x.t, y.t, at)
	switch {
	case err != nil:
		return x, err
	case t.kind == kindDouble:
		return b.doubleArithmetic(op, x, y)
	}
	if op != "*" && !t.wide() {
		if x, err = b.coerce(x, decimalType(maxNarrow, t.s), ""); err != nil {
			return x, err
		}
		if y, err = b.coerce(y, decimalType(maxNarrow, t.s), ""); err != nil {
			return y, err
		}
	}
	if !t.wide() {
		return derive(t, "("+x.sql+" "+op+" "+y.sql+")", x, y), nil
	}
	xt, yt := x.t, y.t
	return derive(t, b.call(fmt.Sprint("dec", op, xt, yt), func(args []driver.Value) (driver.Value, error) {
		if args[0] == nil || args[1] == nil {
			return nil, nil
		}
		v, err := decimalStep(op[0], decimalOf(args[0]), decimalOf(args[1]), xt.s, yt.s, t.p)
		if err != nil {
			return nil, err
		}
		return decimalValue(v, t), nil
	}, x, y), x, y), nil
}

// operands makes numbers of both sides of an operator: text and NULL become DOUBLE, a placeholder a DECIMAL like the other
// side.
func (b *binder) operands(op string, x, y *bound, at pos) error {
	for _, pair := range [][2]*bound{{x, y}, {y, x}} {
		v, other := pair[0], pair[1]
		switch {
		case v.param > 0 && v.t.kind == kindNull && other.t.kind == kindDecimal:
			*v = b.settle(*v, decimalType(maxDecimal, other.t.s))
		case v.t.kind == kindNull || v.t.text():
			var err error
			if *v, err = b.coerce(*v, typeDouble, ""); err != nil {
				return err
			}
		case !v.t.number():
			return errorAt(codeSyntax, at, "invalid datatype of %s: %s", op, v.t)
		}
	}
	return nil
}

// arithmeticType is the type of x op y for numbers.
func arithmeticType(op string, x, y typ, at pos) (typ, error) {
	switch {
	case op == "/" || x.kind == kindDouble || y.kind == kindDouble:
		return typeDouble, nil
	case op != "*":
		return sumType(x, y), nil
	case x.s+y.s > maxDecimal:
		return x, unsupported(at, "product with a scale above %d", maxDecimal)
	}
	return timesType(x, y), nil
}

// decimalStep computes x op y for numbers of these scales. The result has the larger scale, or the sum of both for *.
func decimalStep(op byte, x, y int128, xs, ys, p int) (int128, error) {
	l, r := x.big(), y.big()
	if op == '*' {
		l.Mul(l, r)
	} else {
		s := max(xs, ys)
		l.Mul(l, pow10Big[s-xs])
		r.Mul(r, pow10Big[s-ys])
		if op == '-' {
			r.Neg(r)
		}
		l.Add(l, r)
	}
	v, ok := int128Big(l)
	if !ok || !v.fits(p) {
		return v, errRange()
	}
	return v, nil
}

func interval(t typ) bool { return t.kind == kindDaySecond || t.kind == kindYearMonth }

func (b *binder) doubleArithmetic(op string, x, y bound) (bound, error) {
	var err error
	if x, err = b.coerce(x, typeDouble, ""); err != nil {
		return x, err
	}
	if y, err = b.coerce(y, typeDouble, ""); err != nil {
		return y, err
	}
	return derive(typeDouble, b.call("double"+op, func(args []driver.Value) (driver.Value, error) {
		l, ok1 := args[0].(float64)
		r, ok2 := args[1].(float64)
		if !ok1 || !ok2 {
			return nil, nil
		}
		return doubleStep(op[0], l, r)
	}, x, y), x, y), nil
}

// doubleStep computes l op r.
func doubleStep(op byte, l, r float64) (driver.Value, error) {
	switch op {
	case '+':
		l += r
	case '-':
		l -= r
	case '*':
		l *= r
	default:
		if r == 0 {
			return nil, errZero()
		}
		l /= r
	}
	return finite(l)
}

// finite refuses infinity, which the database does not know; NaN is NULL there.
func finite(f float64) (driver.Value, error) {
	if math.IsInf(f, 0) {
		return nil, errRange()
	}
	if math.IsNaN(f) {
		return nil, nil
	}
	return f, nil
}
