package sqlsplit_test

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/exawire/exawire/internal/sqlsplit"
)

const (
	oracleMark = "\uFEFF"

	// oracleInLine is the white space inside of a line, without the mark that begins another one.
	oracleInLine = ` \x00-\x09\x0b-\x1f\x{85}\x{a0}\x{1680}\x{2000}-\x{200b}\x{2028}\x{2029}\x{202f}\x{205f}\x{2060}\x{3000}`
	oracleWhite  = oracleInLine + `\n` + oracleMark
)

var (
	oracleToken = regexp.MustCompile(`(?s)^(?:` + strings.Join([]string{
		`(?P<white>[` + oracleWhite + `])`,
		`(?P<comment>--[^\n]*|/\*.*?\*/)`,
		`(?P<name>(?:[A-Za-z0-9_$#@]|[^\x00-\x7f` + oracleWhite + `])+|\[[^\]]*\])`,
		`(?P<symbol>[^'"\[])`,
	}, "|") + `)`)
	// A closing quote is one that no quote follows.
	oracleString = regexp.MustCompile(`(?s)^('(?:[^']|'')*')(?:[^']|\z)`)
	oracleQuoted = regexp.MustCompile(`(?s)^("(?:[^"]|"")*")(?:[^"]|\z)`)

	oracleBodyEnd = regexp.MustCompile(`\r?\n[` + oracleInLine + oracleMark + `]*/[` + oracleInLine + `]*(?:\n|` + oracleMark + `|\z)`)
	oracleAlone   = regexp.MustCompile(`(?:^|\n|` + oracleMark + `)[` + oracleInLine + `]*$`)
	oracleSlash   = regexp.MustCompile(`^/[` + oracleInLine + `]*(?:\n|` + oracleMark + `|\z)`)

	oracleTail = regexp.MustCompile(`[` + oracleWhite + `]*$`)
)

// oracle splits a script that is there as a whole, with no regard to time. It returns the statements before the first
// thing that is wrong, and that.
func oracle(script string) (statements []sqlsplit.Piece, err error) {
	first := 0 // of the statement, comments included
	if strings.HasPrefix(script, oracleMark) {
		first = 3
	}
	begun := false      // first is set
	word := -1          // of the statement
	var tokens []string // of the statement
	end := func(text string) {
		if word >= 0 && !utf8.ValidString(text) {
			err = sqlsplit.ErrEncoding
		} else if word >= 0 {
			p := sqlsplit.Piece{Text: text, Statement: true, Begin: oraclePosition(script, first), Word: oraclePosition(script, word)}
			statements = append(statements, p)
		}
		word, tokens, begun = -1, nil, false
	}
	for at := first; at < len(script) && err == nil; {
		kind, length := oracleNext(script[at:])
		switch {
		case kind == "":
			return statements, sqlsplit.ErrUnterminated
		case kind == "white":
			if word < 0 && strings.HasPrefix(script[at:], oracleMark) {
				end("") // the comments of the file before
			}
			at += length
			continue
		case script[at] == ';', word < 0 && oracleAlone.MatchString(script[:at]) && oracleSlash.MatchString(script[at:]):
			end(oracleTail.ReplaceAllString(script[first:at], ""))
			at++
			continue
		}
		if !begun {
			begun, first = true, at
		}
		if kind == "comment" {
			at += length
			continue
		}
		if word < 0 {
			word = at
		}
		switch token := strings.Map(oracleUpper, script[at:at+length]); {
		case kind == "string", kind == "symbol":
			tokens = append(tokens, "symbol")
		case token[0] == '"' || token[0] == '[':
			tokens = append(tokens, "quoted")
		default:
			tokens = append(tokens, token)
		}
		at += length
		if oracleBody(tokens) {
			tail := oracleBodyEnd.FindStringIndex(script[at:])
			if tail == nil {
				if tail = oracleTail.FindStringIndex(script[at:]); tail[0] == 0 {
					return statements, sqlsplit.ErrUnterminated
				}
				end(script[first : at+tail[0]])
				return statements, err
			}
			at += tail[0]
			end(script[first:at]) // white space in a body is not trimmed
		}
	}
	if err == nil {
		end(oracleTail.ReplaceAllString(script[first:], ""))
	}
	return statements, err
}

func oracleUpper(r rune) rune {
	if r >= 'a' && r <= 'z' {
		return r - 'a' + 'A'
	}
	return r
}

// oracleNext returns what the text begins with, and its length; nothing if that has no end.
func oracleNext(text string) (kind string, length int) {
	if text[0] == '\'' {
		if m := oracleString.FindStringSubmatch(text); m != nil {
			return "string", len(m[1])
		}
		return "", 0
	}
	if text[0] == '"' {
		if m := oracleQuoted.FindStringSubmatch(text); m != nil {
			return "name", len(m[1])
		}
		return "", 0
	}
	m := oracleToken.FindStringSubmatch(text)
	if m == nil {
		return "", 0
	}
	i := 1 + slices.IndexFunc(m[1:], func(group string) bool { return group != "" })
	if m[i] == "/" && strings.HasPrefix(text, "/*") {
		return "", 0
	}
	return oracleToken.SubexpNames()[i], len(m[i])
}

var oracleObjects = strings.Fields("CLUSTER CONNECTION CONSUMER DATABASE FORCE INDEX PRIORITY ROLE SCHEMA TABLE USER VIEW VIRTUAL")

// oracleBody reports whether a body begins behind these tokens.
func oracleBody(tokens []string) bool {
	isName := func(token string) bool { return token != "symbol" }
	if tokens[0] != "CREATE" {
		return false
	}
	t := tokens[1:]
	for len(t) > 0 && (t[0] == "OR" || t[0] == "REPLACE") {
		t = t[1:]
	}
	for i := range min(4, len(t)) {
		switch {
		case t[i] == "FUNCTION":
			return len(t) == i+2 && isName(t[i+1])
		case t[i] == "SCRIPT":
			if len(t) < i+3 || !isName(t[i+1]) {
				return false
			}
			return slices.Index(t[i+1:], "AS") == len(t)-i-2
		case !isName(t[i]), i == 0 && slices.Contains(oracleObjects, t[0]):
			return false
		}
	}
	return false
}

func oraclePosition(script string, at int) sqlsplit.Position {
	before := script[:at]
	line := strings.TrimPrefix(before[strings.LastIndexByte(before, '\n')+1:], oracleMark)
	if strings.Contains(before, "\n") {
		line = before[strings.LastIndexByte(before, '\n')+1:]
	}
	return sqlsplit.Position{Offset: int64(at), Line: 1 + strings.Count(before, "\n"), Column: 1 + utf8.RuneCountInString(line)}
}
