package exasqlite

import (
	"database/sql/driver"
	"fmt"
	"math"
)

// Arithmetic of numbers. DECIMALs of up to 18 digits are computed by SQLite, which has integers of 64 bits, if the
// result has 18 digits at most. All else is computed in Go: wider DECIMALs exactly, DOUBLE with the database's errors
// in place of infinity.
//
// With a price of DECIMAL(10,2), a total of DECIMAL(30,2) and a rate of DOUBLE:
//
//	price + 1      (f1.c3 + 100)
//	price + total  exa_f(0, f1.c3, f1.c4)
//	price * rate   exa_f(1, exa_f(2, f1.c3), f1.c5)

// arithmetic binds + - * / by the types of both sides.
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
	// A sum needs both sides in the scale of the result. A product does not: scales add up.
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
	// The quotient of two DECIMALs is a DOUBLE in this database.
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

// interval reports whether t is one of the two INTERVAL types.
func interval(t typ) bool { return t.kind == kindDaySecond || t.kind == kindYearMonth }

// doubleArithmetic binds an operator of DOUBLEs. SQLite would give infinity for an overflow and NULL for a division by
// zero.
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
