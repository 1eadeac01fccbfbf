package exasqlite

import (
	"database/sql/driver"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"
)

// Regular expressions. A pattern that package regexp understands in another way than PCRE does must not give an answer:
// what may differ is refused, and that includes some patterns that would do the same.

// expressions are compiled regular expressions. The database has PCRE; what package regexp does not know of it, such as
// back references and looking around, is an error. Where both know a pattern, the first match from the left is the same.
var (
	expressions     sync.Map // pattern -> *regexp.Regexp
	expressionCount atomic.Int64
)

const maxExpressions = 1000

// looksBack finds what depends on the text before a position.
var looksBack = regexp.MustCompile(`\^|\\[AbB]`)

// compileRegexp compiles a pattern, or finds it among those that were.
func compileRegexp(pattern string) (*regexp.Regexp, error) {
	if re, ok := expressions.Load(pattern); ok {
		return re.(*regexp.Regexp), nil
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, errorf(codeUnsupported, "Feature not supported: regular expression '%s'", pattern)
	}
	if n := expressionCount.Add(1); n%maxExpressions == 0 {
		expressions.Clear() // patterns may come from rows
	}
	expressions.Store(pattern, re)
	return re, nil
}

// matches finds the matches from a position that counts characters from 1; occurrence 0 means all of them. After a match
// of nothing PCRE and package regexp do not go on in the same way.
func matches(s, pattern string, position, occurrence int64) ([][]int, error) {
	re, err := compileRegexp(pattern)
	if err != nil {
		return nil, err
	}
	if position < 1 || occurrence < 0 {
		return nil, errRange()
	}
	// The rest of the text is searched; what is found counts from its beginning.
	rest := runeSlice(s, int(min(position-1, maxVarchar)), maxVarchar)
	from := len(s) - len(rest)
	// PCRE sees the text before the position; here it is cut off.
	if from > 0 && looksBack.MatchString(pattern) {
		return nil, errorf(codeUnsupported, "Feature not supported: regular expression '%s' with a position", pattern)
	}
	limit := -1
	if occurrence > 0 {
		limit = int(min(occurrence, maxVarchar))
	}
	found := re.FindAllStringSubmatchIndex(rest, limit)
	for _, m := range found {
		// A match of nothing is at every position, and the two libraries disagree where the next one is.
		if m[0] == m[1] && occurrence != 1 {
			return nil, errorf(codeUnsupported, "Feature not supported: several matches of '%s', which matches nothing", pattern)
		}
		for i := range m {
			if m[i] >= 0 {
				m[i] += from
			}
		}
	}
	switch {
	case occurrence == 0:
		return found, nil
	case int64(len(found)) < occurrence:
		return nil, nil
	}
	return found[occurrence-1:], nil
}

// regexpFunction makes a function of a text, a pattern, perhaps a replacement, and optional numbers.
func regexpFunction(texts, numbers int, defaults []int64, result typ, fn func(s []string, n []int64) (driver.Value, error)) builtin {
	return builtin{2, texts + numbers, func(b *binder, x *exCall, args []bound) (bound, error) {
		for i := range args {
			t := typeText
			if i >= texts {
				t = typeInt
			}
			var err error
			if args[i], err = b.coerce(args[i], t, ""); err != nil {
				return bound{}, err
			}
		}
		return derive(result, b.call("regexp "+x.name+fmt.Sprint(len(args)), func(v []driver.Value) (driver.Value, error) {
			s, n := make([]string, texts), append([]int64{}, defaults...)
			for i, a := range v {
				switch {
				case a == nil && i == 2 && i < texts: // no replacement: the matches go
				case a == nil:
					return nil, nil
				case i < texts:
					s[i] = a.(string)
				default:
					n[i-texts] = a.(int64)
				}
			}
			return fn(s, n)
		}, args...), args...), nil
	}}
}

// expand writes a replacement, in which \1 to \9 and \g<name> stand for groups.
func expand(dst []byte, replacement, s, pattern string, m []int) ([]byte, error) {
	re, err := compileRegexp(pattern)
	if err != nil {
		return nil, err
	}
	for i := 0; i < len(replacement); i++ {
		if replacement[i] != '\\' || i+1 == len(replacement) {
			dst = append(dst, replacement[i])
			continue
		}
		// The backslash is followed by a group or by itself.
		i++
		group := -1
		switch c := replacement[i]; {
		case isDigit(c):
			group = int(c - '0')
		case c == '\\':
			dst = append(dst, c)
			continue
		case strings.HasPrefix(replacement[i:], "g<"):
			name, _, ok := strings.Cut(replacement[i+2:], ">")
			if group = re.SubexpIndex(name); !ok || group < 0 {
				return nil, errorf(codeUnsupported, "Feature not supported: replacement '%s'", replacement)
			}
			i += len(name) + 2
		}
		// A backslash in front of anything else may mean something to PCRE.
		if group < 0 || 2*group+1 >= len(m) {
			return nil, errorf(codeUnsupported, "Feature not supported: replacement '%s'", replacement)
		}
		if m[2*group] >= 0 {
			dst = append(dst, s[m[2*group]:m[2*group+1]]...)
		}
	}
	return dst, nil
}

// The numbers after the texts have these defaults: from the first character, the first occurrence, and for
// REGEXP_REPLACE all of them.
func init() {
	builtins["REGEXP_SUBSTR"] = regexpFunction(2, 2, []int64{1, 1}, typeText, func(s []string, n []int64) (driver.Value, error) {
		found, err := matches(s[0], s[1], n[0], max(n[1], 1))
		if err != nil || len(found) == 0 {
			return nil, err
		}
		return orNull(s[0][found[0][0]:found[0][1]]), nil
	})
	builtins["REGEXP_INSTR"] = regexpFunction(2, 3, []int64{1, 1, 0}, typeInt, func(s []string, n []int64) (driver.Value, error) {
		found, err := matches(s[0], s[1], n[0], max(n[1], 1))
		if err != nil || len(found) == 0 {
			return int64(0), err
		}
		at := found[0][0]
		if n[2] != 0 {
			at = found[0][1]
		}
		return int64(utf8.RuneCountInString(s[0][:at])) + 1, nil
	})
	builtins["REGEXP_REPLACE"] = regexpFunction(3, 2, []int64{1, 0}, typeText, func(s []string, n []int64) (driver.Value, error) {
		found, err := matches(s[0], s[1], n[0], n[1])
		if err != nil {
			return nil, err
		}
		var out []byte
		last := 0
		for _, m := range found {
			out = append(out, s[0][last:m[0]]...)
			if out, err = expand(out, s[2], s[0], s[1], m); err != nil {
				return nil, err
			}
			last = m[1]
		}
		return fitText(string(append(out, s[0][last:]...)), typeText)
	})
}
