package exasqlite

import (
	"database/sql/driver"
	"fmt"
	"regexp"
	"strings"
)

// LIKE and REGEXP_LIKE. SQLite's LIKE ignores case and knows no default escape character, so both are regular
// expressions here.
//
//	name LIKE 'a%'  exa_f(5, f1.c2, 'a%')

// like binds both. Patterns may come from rows: they are compiled when they are seen, and kept.
func (b *binder) like(x *exLike, sc *scope) (bound, error) {
	args := make([]bound, 0, 3)
	for _, part := range []expr{x.x, x.pattern, x.escape} {
		if part == nil {
			continue
		}
		v, err := b.expr(part, sc)
		if err != nil {
			return v, err
		}
		if len(args) == 1 && v.param > 0 && args[0].t.text() {
			v = b.settle(v, typeText)
		}
		if v = b.settle(v, typeText); !v.t.text() {
			if v, err = b.coerce(v, typeText, ""); err != nil {
				return v, err
			}
		}
		args = append(args, v)
	}
	// The escape character of the session is part of what the pattern means.
	key := fmt.Sprint("like", x.regexp, x.not, b.s.set.likeEscape)
	not, isRegexp, byDefault := x.not, x.regexp, b.s.set.likeEscape
	cache := map[string]*regexp.Regexp{}
	fn := func(args []driver.Value) (driver.Value, error) {
		escape := byDefault
		for _, a := range args {
			if a == nil {
				return nil, nil
			}
		}
		if len(args) > 2 {
			escape = args[2].(string)
		}
		re, err := likePattern(args[1].(string), escape, isRegexp, cache)
		if err != nil {
			return nil, err
		}
		if re.MatchString(args[0].(string)) != not {
			return int64(1), nil
		}
		return int64(0), nil
	}
	// The cache belongs to one session, which runs one statement at a time.
	return derive(typeBoolean, b.call(fmt.Sprint(key, "@", b.s.key), fn, args...), args...), nil
}

// likePattern compiles a pattern of LIKE or REGEXP_LIKE, which match the whole text.
func likePattern(pattern, escape string, isRegexp bool, cache map[string]*regexp.Regexp) (*regexp.Regexp, error) {
	key := fmt.Sprint(isRegexp, escape, pattern)
	if re := cache[key]; re != nil {
		return re, nil
	}
	text := pattern
	if !isRegexp {
		var sb strings.Builder
		escaped := false
		for _, r := range pattern {
			switch {
			case escaped:
				sb.WriteString(regexp.QuoteMeta(string(r)))
				escaped = false
			case string(r) == escape:
				escaped = true
			case r == '%':
				sb.WriteString(".*")
			case r == '_':
				sb.WriteString(".")
			default:
				sb.WriteString(regexp.QuoteMeta(string(r)))
			}
		}
		text = sb.String()
	}
	// The % of LIKE goes over the ends of lines.
	dot := "(?s)"
	if isRegexp {
		dot = "" // where a dot is any character but the end of a line
	}
	re, err := regexp.Compile(dot + `\A(?:` + text + `)\z`)
	if err != nil {
		return nil, errorf(codeUnsupported, "Feature not supported: regular expression '%s'", pattern)
	}
	// A column of patterns must not fill the memory.
	if len(cache) > 1000 {
		clear(cache)
	}
	cache[key] = re
	return re, nil
}
