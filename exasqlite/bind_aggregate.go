package exasqlite

import (
	"database/sql/driver"
	"encoding/binary"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// Aggregate functions. COUNT, MIN, MAX and joins of texts are SQLite's own: the stored forms are made so that they are
// right. Sums and averages of DECIMALs are ours, since SQLite's have 64 bits or floating point.
//
//	SUM(price)  exa_sum(f1.c3)
//	AVG(price)  exa_f(3, exa_avg(f1.c3))
//	GROUP_CONCAT(DISTINCT name ORDER BY name SEPARATOR ';')
//	            exa_concat(DISTINCT exa_f(12, ';', f1.c2) ORDER BY f1.c2 ASC NULLS LAST)

// aggregate binds the call of an aggregate or window function whose arguments are bound. finish wraps the call when
// its OVER clause, if any, has been added.
type aggregate func(b *binder, x *exCall, args []bound) (call string, t typ, finish func(string) string, err error)

// aggregates are the aggregate functions; with OVER they are window functions as well.
var aggregates = map[string]aggregate{}

// The table is filled here, because GROUP_CONCAT binds an expression, and expressions know aggregates.
func init() {
	for name, a := range map[string]aggregate{
		"COUNT": bindCount, "SUM": bindSum, "AVG": bindAvg, "MIN": bindExtreme, "MAX": bindExtreme,
		"GROUP_CONCAT": bindGroupConcat, "LISTAGG": bindGroupConcat,
		"STDDEV": bindDeviation, "STDDEV_SAMP": bindDeviation, "STDDEV_POP": bindDeviation,
		"VARIANCE": bindDeviation, "VAR_SAMP": bindDeviation, "VAR_POP": bindDeviation,
		"ROW_NUMBER": bindRank, "RANK": bindRank, "DENSE_RANK": bindRank, "NTILE": bindRank,
		"PERCENT_RANK": bindRank, "CUME_DIST": bindRank,
		"LAG": bindNeighbour, "LEAD": bindNeighbour, "FIRST_VALUE": bindNeighbour, "LAST_VALUE": bindNeighbour,
		"NTH_VALUE": bindNeighbour, "EVERY": bindEvery, "ANY": bindEvery, "SOME": bindEvery,
	} {
		aggregates[name] = a
	}
}

// aggregate binds a call of an aggregate or window function: its arguments, its order, and its window. While the
// arguments of an aggregate are bound the scope says so: columns inside need not be grouped by.
func (b *binder) aggregate(x *exCall, sc *scope) (bound, error) {
	if windowOnly[x.name] && x.over == nil {
		return bound{}, errorAt(codeSyntax, x.pos, "%s needs an OVER clause", x.name)
	}
	// SQLite has neither in window functions.
	if x.over != nil && (x.distinct || x.order != nil || strings.HasSuffix(x.name, "LISTAGG")) {
		return bound{}, unsupported(x.pos, "DISTINCT or ORDER BY in a window function")
	}
	inner := sc
	if x.over != nil {
		sc.windows++
	} else {
		if sc.inAgg {
			return bound{}, errorAt(codeSyntax, x.pos, "aggregate functions cannot be nested")
		}
		sc.aggs++
		aggs := sc.aggs
		sc.inAgg = true
		defer func() { sc.inAgg, sc.aggs = false, aggs }()
	}
	var args []bound
	for _, a := range x.args {
		v, err := b.expr(a, inner)
		if err != nil {
			return v, err
		}
		args = append(args, v)
	}
	// The star is for COUNT alone, and COUNT needs it or an argument.
	if x.star != (x.name == "COUNT" && len(args) == 0) {
		return bound{}, errSyntaxCall(x)
	}
	order, orderParts, err := b.windowOrder(x.order, inner)
	if err != nil {
		return bound{}, err
	}
	x2 := *x
	call, t, finish, err := aggregates[x.name](b, &x2, args)
	if err != nil {
		return bound{}, err
	}
	// SQLite wants the order inside the parentheses, and it is bound after the arguments.
	if order != "" {
		call = strings.TrimSuffix(call, ")") + order + ")"
	}
	parts := slices.Concat(args, orderParts)
	if x.over != nil {
		over, windowParts, err := b.over(x.over, sc)
		if err != nil {
			return bound{}, err
		}
		call += over
		parts = append(parts, windowParts...)
	}
	if finish != nil {
		call = finish(call)
	}
	return derive(t, call, parts...), nil
}

// errSyntaxCall is the error for arguments that a function does not have.
func errSyntaxCall(x *exCall) error {
	return errorAt(codeSyntax, x.pos, "wrong number or kind of arguments for function %s", x.name)
}

// distinctWord is what stands in front of the argument. Equal values are equal in their stored form, so SQLite finds
// them.
func distinctWord(x *exCall) string {
	if x.distinct {
		return "DISTINCT "
	}
	return ""
}

// bindCount binds COUNT of rows or of values.
func bindCount(b *binder, x *exCall, args []bound) (string, typ, func(string) string, error) {
	if x.star {
		return "COUNT(*)", typeInt, nil, nil
	}
	if len(args) != 1 {
		return "", typeInt, nil, unsupported(x.pos, "COUNT of several expressions")
	}
	return "COUNT(" + distinctWord(x) + b.settle(args[0], typeText).sql + ")", typeInt, nil, nil
}

// numeric converts the only argument to a number.
func numeric(b *binder, x *exCall, args []bound) (bound, error) {
	if len(args) != 1 {
		return bound{}, errSyntaxCall(x)
	}
	if v := args[0]; v.t.number() {
		return v, nil
	}
	if t := args[0].t; !t.text() && t.kind != kindNull {
		return bound{}, errorAt(codeSyntax, x.pos, "invalid datatype of %s: %s", x.name, t)
	}
	return b.coerce(args[0], typeDouble, "")
}

// bindSum binds SUM. That of DECIMALs has all digits that the type has room for; the scale stays.
func bindSum(b *binder, x *exCall, args []bound) (string, typ, func(string) string, error) {
	v, err := numeric(b, x, args)
	if err != nil {
		return "", v.t, nil, err
	}
	if v.t.kind == kindDouble {
		return "SUM(" + distinctWord(x) + v.sql + ")", typeDouble, finiteCall(b), nil
	}
	return "exa_sum(" + distinctWord(x) + v.sql + ")", decimalType(maxDecimal, v.t.s), nil, nil
}

// finiteCall checks the DOUBLE that SQLite computed.
func finiteCall(b *binder) func(string) string {
	return func(call string) string {
		return b.call("finite", func(args []driver.Value) (driver.Value, error) {
			if f, ok := args[0].(float64); ok {
				return finite(f)
			}
			return nil, nil
		}, bound{sql: call})
	}
}

// bindAvg divides the exact sum by the count, rounded once.
func bindAvg(b *binder, x *exCall, args []bound) (string, typ, func(string) string, error) {
	v, err := numeric(b, x, args)
	if err != nil {
		return "", v.t, nil, err
	}
	if v.t.kind == kindDouble {
		return "AVG(" + distinctWord(x) + v.sql + ")", typeDouble, finiteCall(b), nil
	}
	scale := v.t.s
	return "exa_avg(" + distinctWord(x) + v.sql + ")", typeDouble, func(call string) string {
		return b.call(fmt.Sprint("avg", scale), func(args []driver.Value) (driver.Value, error) {
			pair, ok := args[0].([]byte)
			if !ok {
				return nil, nil
			}
			count := new(big.Int).SetUint64(binary.BigEndian.Uint64(pair[wideLen:]))
			f, _ := new(big.Rat).SetFrac(decodeWide(pair).big(), count.Mul(count, pow10Big[scale])).Float64()
			return f, nil
		}, bound{sql: call})
	}, nil
}

// bindExtreme binds MIN and MAX. SQLite compares stored forms, which sort as the values do.
func bindExtreme(b *binder, x *exCall, args []bound) (string, typ, func(string) string, error) {
	if len(args) != 1 {
		return "", typeNull, nil, errSyntaxCall(x)
	}
	v := b.settle(args[0], typeText)
	if v.t.kind == kindGeometry {
		return "", v.t, nil, unsupported(x.pos, "%s of GEOMETRY", x.name)
	}
	return x.name + "(" + v.sql + ")", v.t, nil, nil
}

// bindGroupConcat binds GROUP_CONCAT and LISTAGG. They differ in what separates the texts if nothing is said: a comma,
// or nothing.
func bindGroupConcat(b *binder, x *exCall, args []bound) (string, typ, func(string) string, error) {
	if len(args) < 1 || len(args) > 2 {
		return "", typeNull, nil, errSyntaxCall(x)
	}
	v, err := b.coerce(args[0], typeText, "")
	if err != nil {
		return "", typeNull, nil, err
	}
	separator := b.text(",")
	switch {
	case x.name == "LISTAGG" && len(args) == 1:
		separator.sql = "''"
	case len(args) == 2:
		separator, err = b.coerce(args[1], typeText, "")
	case x.separator != nil:
		if separator, err = b.expr(x.separator, &scope{}); err == nil {
			separator, err = b.coerce(separator, typeText, "")
		}
	}
	if err != nil {
		return "", typeNull, nil, err
	}
	if x.distinct {
		// SQLite has DISTINCT for functions of one argument only: the separator, a constant, rides along.
		pair := b.call("pair", func(v []driver.Value) (driver.Value, error) {
			value, ok := v[1].(string)
			if !ok {
				return nil, nil
			}
			separator, _ := v[0].(string)
			return strconv.Itoa(len(separator)) + ":" + separator + value, nil
		}, separator, v)
		return "exa_concat(DISTINCT " + pair + ")", typeText, nil, nil
	}
	return "group_concat(" + v.sql + ", " + separator.sql + ")", typeText, nil, nil
}

// bindEvery binds EVERY and ANY: truth is stored as a number.
func bindEvery(b *binder, x *exCall, args []bound) (string, typ, func(string) string, error) {
	if len(args) != 1 {
		return "", typeBoolean, nil, errSyntaxCall(x)
	}
	v, err := b.coerce(args[0], typeBoolean, "")
	if x.name == "EVERY" {
		return "MIN(" + v.sql + ")", typeBoolean, nil, err
	}
	return "MAX(" + v.sql + ")", typeBoolean, nil, err
}

// bindDeviation binds standard deviations and variances, which are DOUBLE. Without a suffix they are those of a sample.
func bindDeviation(b *binder, x *exCall, args []bound) (string, typ, func(string) string, error) {
	v, err := numeric(b, x, args)
	if err != nil {
		return "", v.t, nil, err
	}
	if v, err = b.coerce(v, typeDouble, ""); err != nil {
		return "", v.t, nil, err
	}
	function := map[string]string{
		"STDDEV": "exa_stddev_samp", "STDDEV_SAMP": "exa_stddev_samp", "STDDEV_POP": "exa_stddev_pop",
		"VARIANCE": "exa_var_samp", "VAR_SAMP": "exa_var_samp", "VAR_POP": "exa_var_pop",
	}[x.name]
	return function + "(" + distinctWord(x) + v.sql + ")", typeDouble, finiteCall(b), nil
}
