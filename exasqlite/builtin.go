package exasqlite

import (
	"database/sql/driver"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"
)

// Scalar functions. Each is an entry in a table: how many arguments it takes, and how a call of it is bound. Most
// become a callback whose arguments have been brought to the types that the function wants; the few that SQLite has
// with the very same meaning are left to it.

// builtin is a scalar function of the database.
type builtin struct {
	least, most int // arguments
	bind        func(b *binder, x *exCall, args []bound) (bound, error)
}

// maxOperands is how many arguments a function takes that has no bound in the database. SQLite has a bound for the calls
// that these become, and the error names ours. DECODE, whose arguments come in pairs, may have twice as many.
const maxOperands = 100

// builtins are the scalar functions by name; the files builtin_*.go fill it.
var builtins = map[string]builtin{}

// function binds a call: of an aggregate, of a scalar function, of "$SLEEP", or of a script, which is refused by name.
func (b *binder) function(x *exCall, sc *scope) (bound, error) {
	switch {
	case x.path != nil, x.quoted && x.name != "$SLEEP":
		return bound{}, b.noFunction(x)
	case x.quoted:
		return b.sleep(x, sc)
	case aggregates[x.name] != nil:
		return b.aggregate(x, sc)
	}
	f, ok := builtins[x.name]
	switch {
	case !ok:
		return bound{}, b.noFunction(x)
	case x.over != nil || x.distinct || x.star || x.order != nil || x.separator != nil:
		return bound{}, errSyntaxCall(x)
	case len(x.args) > f.most && f.most >= maxOperands:
		return bound{}, unsupported(x.pos, "%s with more than %d arguments", x.name, f.most)
	case len(x.args) < f.least || len(x.args) > f.most:
		return bound{}, errSyntaxCall(x)
	}
	args := make([]bound, len(x.args))
	for i, a := range x.args {
		var err error
		if args[i], err = b.expr(a, sc); err != nil {
			return bound{}, err
		}
	}
	return f.bind(b, x, args)
}

// noFunction is the error for a call of something that is no function here. The database has more functions than this
// package, but none whose name has to be quoted.
func (b *binder) noFunction(x *exCall) error {
	name := x.path
	if name == nil {
		name = path{{x.name, x.pos}}
	}
	if s := b.script(name); s != nil {
		return s.running(x.pos)
	}
	if x.quoted && x.path == nil {
		return errorAt(codeSyntax, x.pos, "function or script %s not found", x.name)
	}
	return unsupported(x.pos, "function %s", name)
}

// sleep binds "$SLEEP"(n), which waits n seconds, or until the statement is aborted, and returns n.
func (b *binder) sleep(x *exCall, sc *scope) (bound, error) {
	if len(x.args) != 1 {
		return bound{}, errSyntaxCall(x)
	}
	v, err := b.expr(x.args[0], sc)
	if err != nil {
		return v, err
	}
	t := typ{kind: kindDecimal, p: 18, s: 3}
	if v, err = b.coerce(v, t, ""); err != nil {
		return v, err
	}
	s := b.s
	// The session is part of the key: the callback waits for the context of its statement.
	sql := b.callAs("exa_v", fmt.Sprint("sleep", s.key), func(args []driver.Value) (driver.Value, error) {
		ms, ok := args[0].(int64)
		if !ok {
			return nil, nil
		}
		timer := time.NewTimer(time.Duration(ms) * time.Millisecond)
		defer timer.Stop()
		select {
		case <-timer.C:
			return ms / 1000, nil
		case <-s.ctx.Done():
			return nil, s.ctx.Err()
		}
	}, []bound{v})
	return derive(typeInt, sql, v), nil
}

// strict makes a function of typed arguments that is NULL if one of them is.
func strict(result typ, types []typ, fn func(args []driver.Value) (driver.Value, error)) func(*binder, *exCall, []bound) (bound, error) {
	return func(b *binder, x *exCall, args []bound) (bound, error) {
		for i := range args {
			var err error
			if args[i], err = b.coerce(args[i], types[min(i, len(types)-1)], ""); err != nil {
				return bound{}, err
			}
		}
		return b.strictCall(result, "fn "+x.name, fn, args...), nil
	}
}

// strictCall writes the call of a callback that need not look for NULL: one NULL among the arguments makes the result
// NULL.
func (b *binder) strictCall(t typ, key string, fn callback, args ...bound) bound {
	return derive(t, b.call(key, func(values []driver.Value) (driver.Value, error) {
		for _, v := range values {
			if v == nil {
				return nil, nil
			}
		}
		return fn(values)
	}, args...), args...)
}

// choiceFunctions are those that choose among their arguments.
var choiceFunctions = map[string]builtin{
	"COALESCE":   {1, maxOperands, bindCoalesce},
	"NVL":        {2, 2, bindCoalesce},
	"IFNULL":     {2, 2, bindCoalesce},
	"GREATEST":   {1, maxOperands, extreme("MAX")},
	"LEAST":      {1, maxOperands, extreme("MIN")},
	"NULLIF":     {2, 2, bindNullIf},
	"NVL2":       {3, 3, bindNVL2},
	"NULLIFZERO": {1, 1, bindNullIfZero},
	"ZEROIFNULL": {1, 1, bindZeroIfNull},
	"DECODE":     {3, 2 * maxOperands, bindDecode},
	// The parser has made a CAST of it.
	"CONVERT": {1, 1, func(_ *binder, _ *exCall, args []bound) (bound, error) { return args[0], nil }},
	"TYPEOF": {1, 1, func(b *binder, x *exCall, args []bound) (bound, error) {
		return b.text(args[0].t.String()), nil
	}},
}

// sessionValues are the functions that tell about the session; most are written without parentheses.
var sessionValues = []string{
	"CURRENT_DATE", "CURDATE", "SYSDATE", "CURRENT_TIMESTAMP", "NOW", "LOCALTIMESTAMP",
	"SYSTIMESTAMP", "CURRENT_USER", "USER", "CURRENT_SCHEMA", "CURRENT_SESSION", "CURRENT_STATEMENT",
	"SESSIONTIMEZONE", "DBTIMEZONE",
}

func init() {
	maps.Copy(builtins, choiceFunctions)
	for _, name := range sessionValues {
		builtins[name] = builtin{0, 1, bindSessionValue}
	}
}

// sqlCall writes the call of a function of SQLite, which gets values of one type.
func sqlCall(function string, t typ, args []bound) bound {
	var sql strings.Builder
	for i, a := range args {
		if i > 0 {
			sql.WriteString(", ")
		}
		sql.WriteString(a.sql)
	}
	return derive(t, function+"("+sql.String()+")", args...)
}

// bindCoalesce binds COALESCE and its kin, whose type holds all arguments. SQLite wants two at least.
func bindCoalesce(b *binder, x *exCall, args []bound) (bound, error) {
	args, t, err := b.unify(args, x.pos)
	switch {
	case err != nil:
		return bound{}, err
	case len(args) == 1:
		return args[0], nil
	}
	return sqlCall("COALESCE", t, args), nil
}

// extreme makes GREATEST and LEAST of SQLite's MAX and MIN, which with several arguments are no aggregates and give NULL if
// one of them is. Of one argument they would be aggregates.
func extreme(function string) func(*binder, *exCall, []bound) (bound, error) {
	return func(b *binder, x *exCall, args []bound) (bound, error) {
		args, t, err := b.unify(args, x.pos)
		switch {
		case err != nil:
			return bound{}, err
		case len(args) == 1:
			return derive(t, args[0].sql, args...), nil
		}
		return sqlCall(function, t, args), nil
	}
}

// bindNullIf binds NULLIF, which gives its first argument in the type that it has: SQLite's would be that of the comparison.
func bindNullIf(b *binder, x *exCall, args []bound) (bound, error) {
	same, err := b.compare("=", args[0], args[1], x.pos)
	if err != nil {
		return same, err
	}
	return b.caseWhen([]bound{same}, []bound{b.literal(nil, typeNull), args[0]}, x.pos)
}

// bindNVL2 binds NVL2(x, if not null, if null).
func bindNVL2(b *binder, x *exCall, args []bound) (bound, error) {
	null := derive(typeBoolean, "("+b.settle(args[0], typeText).sql+" IS NULL)", args[0])
	return b.caseWhen([]bound{null}, []bound{args[2], args[1]}, x.pos)
}

// zero is a literal of the smallest type, which leaves the type of the argument beside it as it is.
func (b *binder) zero() bound { return b.literal(int64(0), decimalType(1, 0)) }

// bindNullIfZero is NULLIF(x, 0).
func bindNullIfZero(b *binder, x *exCall, args []bound) (bound, error) {
	return bindNullIf(b, x, append(args, b.zero()))
}

// bindZeroIfNull is COALESCE(x, 0).
func bindZeroIfNull(b *binder, x *exCall, args []bound) (bound, error) {
	return bindCoalesce(b, x, append(args, b.zero()))
}

// bindDecode binds DECODE(x, search, result ..., default), for which NULL equals NULL.
func bindDecode(b *binder, x *exCall, args []bound) (bound, error) {
	var conditions, values []bound
	i := 1
	for ; i+1 < len(args); i += 2 {
		same, err := b.compare("IS", args[0], args[i], x.pos)
		if err != nil {
			return same, err
		}
		conditions, values = append(conditions, same), append(values, args[i+1])
	}
	other := b.literal(nil, typeNull)
	if i < len(args) {
		other = args[i]
	}
	return b.caseWhen(conditions, append(values, other), x.pos)
}

// bindSessionValue binds what is constant in one execution of a statement.
func bindSessionValue(b *binder, x *exCall, _ []bound) (bound, error) {
	s := b.s
	now := s.now().In(b.env.zone)
	switch x.name {
	case "CURRENT_DATE", "CURDATE", "SYSDATE":
		return b.literal(now.Format(dateOnly), typeDate), nil
	case "CURRENT_TIMESTAMP", "NOW":
		// An instant is stored in UTC; what the session's zone makes of it is decided when it is shown.
		v, err := storeTime(now.UTC(), typeTimestamp)
		return b.literal(v, typ{kind: kindTimestampLTZ, p: 3}), err
	case "LOCALTIMESTAMP", "SYSTIMESTAMP":
		v, err := storeTime(now, typeTimestamp)
		return b.literal(v, typeTimestamp), err
	case "CURRENT_SESSION":
		// Numbers of sessions have up to 20 digits, more than a DECIMAL(18,0).
		t := decimalType(20, 0)
		id, err := parseDecimalText(strconv.FormatUint(s.info.SessionID, 10), t)
		return b.literal(decimalValue(id, t), t), err
	case "CURRENT_STATEMENT":
		return b.literal(s.statements, typeInt), nil
	case "SESSIONTIMEZONE", "DBTIMEZONE":
		return b.name(s.set.zoneName), nil
	case "CURRENT_SCHEMA":
		return b.name(s.set.schema), nil
	}
	return b.name(s.user()), nil
}

// name is a literal of the type that names in system tables have.
func (b *binder) name(s string) bound {
	t := varcharType(128, false)
	if s == "" {
		return b.literal(nil, t)
	}
	return b.literal(s, t)
}
