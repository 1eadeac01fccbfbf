package exasqlite

import (
	"database/sql/driver"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Work on characters. The database counts characters, Go bytes; positions begin with 1.

// orNull makes the empty text NULL.
func orNull(s string) driver.Value {
	if s == "" {
		return nil
	}
	return s
}

// runeSlice cuts characters out of a text. Bounds outside of it are moved to its ends.
func runeSlice(s string, from, to int) string {
	r := []rune(s)
	from, to = max(from, 0), min(to, len(r))
	if from >= to {
		return ""
	}
	return string(r[from:to])
}

// substring counts from 1, and from the end if the position is negative.
func substring(s string, position, length int64) string {
	n := int64(utf8.RuneCountInString(s))
	from := position - 1
	switch {
	case position == 0:
		from = 0
	case position < 0:
		from = n + position
		if from < 0 {
			return ""
		}
	}
	if length <= 0 || from >= n {
		return ""
	}
	return runeSlice(s, int(from), int(from+min(length, n-from)))
}

// pad brings a text to n characters: it repeats fill, or cuts the text at its end whichever side is filled.
func pad(s string, n int64, fill string, left bool) string {
	have := int64(utf8.RuneCountInString(s))
	if n <= have {
		return runeSlice(s, 0, int(max(n, 0)))
	}
	// The caller has refused what is longer than a VARCHAR.
	if n > maxVarchar || fill == "" {
		return s
	}
	r := []rune(strings.Repeat(fill, int(n-have)))[:n-have]
	if left {
		return string(r) + s
	}
	return s + string(r)
}

// find is the position of what in s, 0 if it is not there. A negative position counts from the end and looks backwards.
func find(s, what []rune, from, occurrence int64) int64 {
	// A position far outside must not overflow an int on a small machine.
	at, step := int(min(from-1, maxVarchar)), 1
	if from < 0 {
		at, step = len(s)+int(max(from, -maxVarchar)), -1
	}
	for ; at >= 0 && at+len(what) <= len(s) || step < 0 && at >= 0; at += step {
		if at+len(what) <= len(s) && slices.Equal(s[at:at+len(what)], what) {
			if occurrence--; occurrence == 0 {
				return int64(at + 1)
			}
		}
	}
	return 0
}

// reverse turns characters around. A letter and its accent may come apart.
func reverse(s string) string {
	r := []rune(s)
	slices.Reverse(r)
	return string(r)
}

// initcap makes a capital of each letter that follows none.
func initcap(s string) string {
	inside := false
	return strings.Map(func(r rune) rune {
		was := inside
		if inside = unicode.IsLetter(r) || unicode.IsDigit(r); inside && !was {
			return unicode.ToUpper(r)
		}
		return unicode.ToLower(r)
	}, s)
}
