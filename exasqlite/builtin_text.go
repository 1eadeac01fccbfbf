package exasqlite

import (
	"database/sql/driver"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Functions of texts. The types of their results are bounds: what is cut from a text is not longer than it, and all
// else may have the length of the longest VARCHAR. The empty text is NULL, whatever a function makes it of.

// textFunction makes a function of one text that gives a text of at most the same length.
func textFunction(fn func(string) string) builtin {
	return builtin{1, 1, func(b *binder, x *exCall, args []bound) (bound, error) {
		v, err := b.toText(args[0])
		if err != nil {
			return v, err
		}
		// Upper case can be longer in some scripts, by a character or two. The type does not count with it.
		t := varcharType(v.t.p, v.t.ascii)
		return b.strictCall(t, "text "+x.name, func(args []driver.Value) (driver.Value, error) {
			return orNull(fn(args[0].(string))), nil
		}, v), nil
	}}
}

// toText converts anything to text, as implicit conversions do.
func (b *binder) toText(x bound) (bound, error) {
	x = b.settle(x, typeText)
	switch {
	case x.t.text():
		return x, nil
	case x.t.kind == kindNull:
		return b.coerce(x, varcharType(1, true), "")
	}
	return b.coerce(x, varcharType(textWidth(x.t), true), "")
}

// trim strips the characters of a set from the ends of a text.
func trim(left, right bool) builtin {
	return builtin{1, 2, func(b *binder, x *exCall, args []bound) (bound, error) {
		for i := range args {
			var err error
			if args[i], err = b.toText(args[i]); err != nil {
				return args[i], err
			}
		}
		return b.strictCall(varcharType(args[0].t.p, args[0].t.ascii), fmt.Sprint("trim", left, right), func(v []driver.Value) (driver.Value, error) {
			s, set := v[0].(string), " "
			if len(v) > 1 {
				set = v[1].(string)
			}
			if left {
				s = strings.TrimLeft(s, set)
			}
			if right {
				s = strings.TrimRight(s, set)
			}
			return orNull(s), nil
		}, args...), nil
	}}
}

// cut makes a function of a text and whole numbers whose result is at most as long as the text.
func cut(least, most int, fn func(s string, n []int64) string) builtin {
	return builtin{least, most, func(b *binder, x *exCall, args []bound) (bound, error) {
		v, err := b.toText(args[0])
		if err != nil {
			return v, err
		}
		args[0] = v
		// Numbers with a fraction are rounded, as in any conversion to a whole number.
		for i := range args[1:] {
			if args[i+1], err = b.coerce(args[i+1], typeInt, ""); err != nil {
				return v, err
			}
		}
		return b.strictCall(varcharType(v.t.p, v.t.ascii), "cut "+x.name, func(v []driver.Value) (driver.Value, error) {
			n := make([]int64, 0, 2)
			for _, a := range v[1:] {
				n = append(n, a.(int64))
			}
			return orNull(fn(v[0].(string), n)), nil
		}, args...), nil
	}}
}

// searching makes INSTR and its kin: text and what are the places of those arguments, after which may follow where to
// begin, from the end if negative, and which occurrence to take.
func searching(text, what, most int) builtin {
	return builtin{2, most, strict(typeInt, []typ{typeText, typeText, typeInt, typeInt}, func(v []driver.Value) (driver.Value, error) {
		from, occurrence := int64(1), int64(1)
		if len(v) > 2 {
			from = v[2].(int64)
		}
		if len(v) > 3 {
			occurrence = v[3].(int64)
		}
		// There is no character 0.
		if from == 0 || occurrence < 1 {
			return nil, errRange()
		}
		return find([]rune(v[text].(string)), []rune(v[what].(string)), from, occurrence), nil
	})}
}

// lengthFunction makes a function that counts something of a text.
func lengthFunction(count func(string) int) builtin {
	return builtin{1, 1, strict(typeInt, []typ{typeText}, func(v []driver.Value) (driver.Value, error) {
		return int64(count(v[0].(string))), nil
	})}
}

// characterFunction makes UNICODECHR and CHR, which give the character of a number below limit.
func characterFunction(t typ, limit int64) builtin {
	return builtin{1, 1, strict(t, []typ{typeInt}, func(v []driver.Value) (driver.Value, error) {
		n := v[0].(int64)
		if n <= 0 || n >= limit || !utf8.ValidRune(rune(n)) {
			return nil, errRange()
		}
		return string(rune(n)), nil
	})}
}

// textFunctions are the functions of texts but for hashes.
var textFunctions = map[string]builtin{
	"UPPER": textFunction(strings.ToUpper), "UCASE": textFunction(strings.ToUpper),
	"LOWER": textFunction(strings.ToLower), "LCASE": textFunction(strings.ToLower),
	"REVERSE": textFunction(reverse), "INITCAP": textFunction(initcap),
	"TRIM": trim(true, true), "LTRIM": trim(true, false), "RTRIM": trim(false, true),
	"LENGTH": lengthFunction(utf8.RuneCountInString), "CHARACTER_LENGTH": lengthFunction(utf8.RuneCountInString),
	"OCTET_LENGTH": lengthFunction(func(s string) int { return len(s) }),
	"BIT_LENGTH":   lengthFunction(func(s string) int { return 8 * len(s) }),
	"SUBSTR":       cut(2, 3, substr), "SUBSTRING": cut(2, 3, substr), "MID": cut(2, 3, substr),
	"LEFT": cut(2, 2, leftPart), "RIGHT": cut(2, 2, rightPart),
	"CONCAT":   {1, maxOperands, func(b *binder, _ *exCall, args []bound) (bound, error) { return b.concat(args) }},
	"INSTR":    searching(0, 1, 4),
	"LOCATE":   searching(1, 0, 3),
	"POSITION": searching(1, 0, 2),
	"INSERT":   {4, 4, strict(typeText, []typ{typeText, typeInt, typeInt, typeText}, insertText)},
	"REPLACE":  {2, 3, bindReplace},
	"REPEAT":   {2, 2, strict(typeText, []typ{typeText, typeInt}, repeatText)},
	"SPACE":    {1, 1, strict(typeText, []typ{typeInt}, blanks)},
	"LPAD":     padding(true), "RPAD": padding(false),
	"TRANSLATE": {3, 3, strict(typeText, []typ{typeText}, translateText)},
	"UNICODE":   {1, 1, strict(decimalType(9, 0), []typ{typeText}, unicodeOf)},
	"ASCII":     {1, 1, strict(decimalType(9, 0), []typ{typeText}, asciiOf)},

	"UNICODECHR": characterFunction(varcharType(1, false), unicode.MaxRune+1),
	"CHR":        characterFunction(varcharType(1, true), utf8.RuneSelf),
}

func init() { maps.Copy(builtins, textFunctions) }

// substr takes the rest of the text if no length is given.
func substr(s string, n []int64) string { return substring(s, n[0], append(n, maxVarchar)[1]) }

// leftPart takes the first n characters.
func leftPart(s string, n []int64) string { return runeSlice(s, 0, int(min(n[0], maxVarchar))) }

// rightPart takes the last n characters.
func rightPart(s string, n []int64) string {
	have := utf8.RuneCountInString(s)
	return runeSlice(s, have-int(min(max(n[0], 0), maxVarchar)), have)
}

// insertText computes INSERT(text, position, length, new), which leaves a text alone that has no such position.
func insertText(v []driver.Value) (driver.Value, error) {
	s, from, length := v[0].(string), v[1].(int64), v[2].(int64)
	if from < 1 || length < 0 || from > int64(utf8.RuneCountInString(s)) {
		return s, nil
	}
	after := runeSlice(s, int(min(from-1+length, maxVarchar)), maxVarchar)
	return fitText(runeSlice(s, 0, int(from-1))+v[3].(string)+after, typeText)
}

// translateText computes TRANSLATE: characters without a counterpart go.
func translateText(v []driver.Value) (driver.Value, error) {
	from, to := []rune(v[1].(string)), []rune(v[2].(string))
	return orNull(strings.Map(func(r rune) rune {
		switch i := slices.Index(from, r); {
		case i < 0:
			return r
		case i < len(to):
			return to[i]
		}
		return -1
	}, v[0].(string))), nil
}

// unicodeOf is the number of the first character.
func unicodeOf(v []driver.Value) (driver.Value, error) {
	r, _ := utf8.DecodeRuneInString(v[0].(string))
	return int64(r), nil
}

// asciiOf is unicodeOf for the characters that ASCII has.
func asciiOf(v []driver.Value) (driver.Value, error) {
	r, _ := utf8.DecodeRuneInString(v[0].(string))
	if r >= utf8.RuneSelf {
		return nil, errorf(codeCharacter, "data exception - character not in repertoire")
	}
	return int64(r), nil
}

// repeatText looks at the length first, so that no statement can ask for more memory than a VARCHAR has.
func repeatText(v []driver.Value) (driver.Value, error) {
	s, n := v[0].(string), v[1].(int64)
	if n > maxVarchar || int64(utf8.RuneCountInString(s))*n > maxVarchar {
		return nil, errTruncation()
	}
	return orNull(strings.Repeat(s, int(max(n, 0)))), nil
}

// blanks makes n blanks, of which none are NULL.
func blanks(v []driver.Value) (driver.Value, error) {
	return orNull(strings.Repeat(" ", int(min(max(v[0].(int64), 0), maxVarchar)))), nil
}

// bindReplace binds REPLACE, which is not NULL if its second or third argument is: nothing to look for leaves the text as it
// is, and nothing to put in its place removes what is found.
func bindReplace(b *binder, _ *exCall, args []bound) (bound, error) {
	for i := range args {
		var err error
		if args[i], err = b.coerce(args[i], typeText, ""); err != nil {
			return args[i], err
		}
	}
	return derive(typeText, b.call("replace", func(v []driver.Value) (driver.Value, error) {
		if v[0] == nil || v[1] == nil {
			return v[0], nil
		}
		with := ""
		if len(v) > 2 && v[2] != nil {
			with = v[2].(string)
		}
		return fitText(strings.ReplaceAll(v[0].(string), v[1].(string), with), typeText)
	}, args...), args...), nil
}

// padding makes LPAD and RPAD.
func padding(left bool) builtin {
	return builtin{2, 3, strict(typeText, []typ{typeText, typeInt, typeText}, func(v []driver.Value) (driver.Value, error) {
		fill := " "
		if len(v) > 2 {
			fill = v[2].(string)
		}
		if v[1].(int64) > maxVarchar {
			return nil, errTruncation()
		}
		return orNull(pad(v[0].(string), v[1].(int64), fill, left)), nil
	})}
}
