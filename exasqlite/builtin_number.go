package exasqlite

import (
	"cmp"
	"database/sql/driver"
	"fmt"
	"maps"
	"math"
	"math/big"
	"strings"
)

// Functions of numbers. What keeps a DECIMAL exact in the database is computed with its digits here; the rest is DOUBLE
// in the database, and so it is here.

// exactOrDouble binds the only argument as a number; text becomes DOUBLE.
func (b *binder) exactOrDouble(x bound) (bound, error) {
	x = b.settle(x, typeDouble)
	if x.t.number() {
		return x, nil
	}
	return b.coerce(x, typeDouble, "")
}

// double makes a function of DOUBLEs.
func double(n int, fn func(x []float64) (float64, error)) builtin {
	return builtin{n, n, strict(typeDouble, []typ{typeDouble}, func(v []driver.Value) (driver.Value, error) {
		x := make([]float64, len(v))
		for i := range v {
			x[i] = v[i].(float64)
		}
		f, err := fn(x)
		if err != nil {
			return nil, err
		}
		return finite(f)
	})}
}

// simpleDouble makes a function of one DOUBLE. Where Go has NaN, as for the logarithm of a negative number, the
// database has an error.
func simpleDouble(fn func(float64) float64) builtin {
	return double(1, func(x []float64) (float64, error) {
		f := fn(x[0])
		if math.IsNaN(f) {
			return 0, errRange()
		}
		return f, nil
	})
}

// roundMode says what becomes of the digits that a rounding function drops.
type roundMode int

const (
	roundHalf roundMode = iota
	roundZero
	roundUp
	roundDown
)

// round rounds an unscaled value to n digits after the point, with |n| <= 36.
func (m roundMode) round(x int128, scale, n int) int128 {
	// There are no digits to drop. A negative n drops some before the point, too.
	if n >= scale {
		return x
	}
	unit := pow10Big[scale-n]
	v := x.big()
	// Towards zero, like Go's division; the modes differ in what they do with the remainder.
	q, r := new(big.Int).QuoRem(v, unit, new(big.Int))
	switch {
	case r.Sign() == 0 || m == roundZero:
	case m == roundHalf:
		if r.Abs(r).Lsh(r, 1).Cmp(unit) >= 0 {
			q.Add(q, big.NewInt(int64(v.Sign())))
		}
	case m == roundUp && v.Sign() > 0:
		q.Add(q, big.NewInt(1))
	case m == roundDown && v.Sign() < 0:
		q.Sub(q, big.NewInt(1))
	}
	y, _ := int128Big(q.Mul(q, unit))
	return y
}

// double rounds a DOUBLE. The result is as exact as a DOUBLE can be, which is not always what its digits show.
func (m roundMode) double(f float64, n int) float64 {
	// A negative n rounds before the point.
	p := math.Pow10(n)
	f *= p
	switch m {
	case roundHalf:
		f = math.Round(f)
	case roundZero:
		f = math.Trunc(f)
	case roundUp:
		f = math.Ceil(f)
	case roundDown:
		f = math.Floor(f)
	}
	return f / p
}

// rounding makes ROUND, TRUNC, FLOOR and CEIL. The number of digits has to be a constant: it decides the type.
func rounding(m roundMode, most int) builtin {
	return builtin{1, most, func(b *binder, x *exCall, args []bound) (bound, error) {
		// The same names cut times.
		if args[0].t.temporal() {
			return b.truncateTime(x, args, m)
		}
		v, err := b.exactOrDouble(args[0])
		if err != nil {
			return v, err
		}
		n := int64(0)
		if len(args) > 1 {
			digits, err := b.coerce(args[1], typeInt, "")
			if err != nil {
				return v, err
			}
			var ok bool
			if n, ok = digits.val.(int64); !digits.lit || !ok {
				return v, unsupported(x.pos, "%s with a number of digits that is not a constant", x.name)
			}
		}
		digits := int(max(min(n, maxDecimal), -maxDecimal))
		if v.t.kind == kindDouble {
			return b.strictCall(typeDouble, fmt.Sprint("round", m, digits), func(a []driver.Value) (driver.Value, error) {
				return finite(m.double(a[0].(float64), digits))
			}, v), nil
		}
		from := v.t
		// One digit more before the point: 99.9 becomes 100.
		s := max(0, min(from.s, digits))
		t := decimalType(min(maxDecimal, max(from.p-from.s+s+1, 1)), s)
		return b.strictCall(t, fmt.Sprint("round", m, digits, from), func(a []driver.Value) (driver.Value, error) {
			y, ok := m.round(decimalOf(a[0]), from.s, digits).rescale(from.s, t.s, t.p)
			if !ok {
				return nil, errRange()
			}
			return decimalValue(y, t), nil
		}, v), nil
	}}
}

// numberFunctions are the functions of numbers but for those of bits and formats.
var numberFunctions = map[string]builtin{
	"ROUND": rounding(roundHalf, 2), "TRUNC": rounding(roundZero, 2), "TRUNCATE": rounding(roundZero, 2),
	"CEIL": rounding(roundUp, 1), "CEILING": rounding(roundUp, 1), "FLOOR": rounding(roundDown, 1),
	"SQRT": simpleDouble(math.Sqrt), "EXP": simpleDouble(math.Exp),
	"SIN": simpleDouble(math.Sin), "COS": simpleDouble(math.Cos), "TAN": simpleDouble(math.Tan),
	"ASIN": simpleDouble(math.Asin), "ACOS": simpleDouble(math.Acos), "ATAN": simpleDouble(math.Atan),
	"SINH": simpleDouble(math.Sinh), "COSH": simpleDouble(math.Cosh), "TANH": simpleDouble(math.Tanh),
	"LN": simpleDouble(math.Log), "LOG10": simpleDouble(math.Log10), "LOG2": simpleDouble(math.Log2),
	"COT":       simpleDouble(func(f float64) float64 { return 1 / math.Tan(f) }),
	"ATAN2":     double(2, func(x []float64) (float64, error) { return math.Atan2(x[0], x[1]), nil }),
	"POWER":     double(2, func(x []float64) (float64, error) { return math.Pow(x[0], x[1]), nil }),
	"LOG":       double(2, func(x []float64) (float64, error) { return math.Log(x[1]) / math.Log(x[0]), nil }),
	"PI":        {0, 0, func(b *binder, _ *exCall, _ []bound) (bound, error) { return b.literal(math.Pi, typeDouble), nil }},
	"DEGREES":   simpleDouble(func(f float64) float64 { return f * 180 / math.Pi }),
	"RADIANS":   simpleDouble(func(f float64) float64 { return f * math.Pi / 180 }),
	"ABS":       {1, 1, bindAbs},
	"SIGN":      {1, 1, bindSign},
	"MOD":       {2, 2, bindMod},
	"MIN_SCALE": {1, 1, bindMinScale},
}

func init() { maps.Copy(builtins, numberFunctions) }

// bindAbs binds ABS, which keeps the type. The smallest number of a DECIMAL has a positive counterpart, so nothing overflows.
func bindAbs(b *binder, _ *exCall, args []bound) (bound, error) {
	v, err := b.exactOrDouble(args[0])
	if err != nil {
		return v, err
	}
	return b.strictCall(v.t, "abs", func(a []driver.Value) (driver.Value, error) {
		switch x := a[0].(type) {
		case float64:
			return math.Abs(x), nil
		case int64:
			return abs64(x), nil
		}
		if x := decimalOf(a[0]); x.sign() < 0 {
			return x.neg().wide(), nil
		}
		return append([]byte(nil), a[0].([]byte)...), nil
	}, v), nil
}

// bindSign binds SIGN: -1, 0 or 1.
func bindSign(b *binder, _ *exCall, args []bound) (bound, error) {
	v, err := b.exactOrDouble(args[0])
	if err != nil {
		return v, err
	}
	return b.strictCall(decimalType(1, 0), "sign", func(a []driver.Value) (driver.Value, error) {
		if f, ok := a[0].(float64); ok {
			return int64(cmp.Compare(f, 0)), nil
		}
		return int64(decimalOf(a[0]).sign()), nil
	}, v), nil
}

// bindMinScale binds MIN_SCALE, the number of digits after the point without zeros at the end.
func bindMinScale(b *binder, x *exCall, args []bound) (bound, error) {
	v := args[0]
	if v.t.kind != kindDecimal {
		return v, unsupported(x.pos, "MIN_SCALE of %s", v.t)
	}
	scale := v.t.s
	return b.strictCall(typeInt, fmt.Sprint("minscale", scale), func(a []driver.Value) (driver.Value, error) {
		_, fraction, _ := strings.Cut(string(decimalOf(a[0]).appendDecimal(nil, scale)), ".")
		return int64(len(fraction)), nil
	}, v), nil
}

// bindMod binds MOD, whose result has the sign of the first argument.
func bindMod(b *binder, x *exCall, args []bound) (bound, error) {
	l, err := b.exactOrDouble(args[0])
	if err != nil {
		return l, err
	}
	r, err := b.exactOrDouble(args[1])
	if err != nil {
		return r, err
	}
	// Of two DECIMALs the remainder is exact in the larger scale.
	t, _ := commonType(l.t, r.t)
	if l, err = b.coerce(l, t, ""); err != nil {
		return l, err
	}
	if r, err = b.coerce(r, t, ""); err != nil {
		return r, err
	}
	return b.strictCall(t, fmt.Sprint("mod", t), func(a []driver.Value) (driver.Value, error) {
		if f, ok := a[0].(float64); ok {
			if a[1].(float64) == 0 {
				return nil, errZero()
			}
			return finite(math.Mod(f, a[1].(float64)))
		}
		d := decimalOf(a[1])
		if d.sign() == 0 {
			return nil, errZero()
		}
		v, _ := int128Big(new(big.Int).Rem(decimalOf(a[0]).big(), d.big()))
		return decimalValue(v, t), nil
	}, l, r), nil
}
