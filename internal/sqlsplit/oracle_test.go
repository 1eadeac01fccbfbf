package sqlsplit_test

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/exawire/exawire/internal/sqlsplit"
)

var (
	oracleToken = regexp.MustCompile(`(?s)^(?:` + strings.Join([]string{
		`(?P<white>[ \t\r\n\f\v]+)`,
		`(?P<comment>--[^\n]*|/\*.*?\*/)`,
		`(?P<name>(?:[A-Za-z0-9_$#@]|[^\x00-\x7f])+|\[[^\]]*\])`,
		`(?P<symbol>[^'"\[])`,
	}, "|") + `)`)
	// A closing quote is one that no quote follows.
	oracleString = regexp.MustCompile(`(?s)^('(?:[^']|'')*')(?:[^']|\z)`)
	oracleQuoted = regexp.MustCompile(`(?s)^("(?:[^"]|"")*")(?:[^"]|\z)`)

	oracleBodyEnd = regexp.MustCompile(`\r?\n[ \t\r\f\v]*/[ \t\r\f\v]*(?:\n|\z)`)
	oracleSlash   = regexp.MustCompile(`^/[ \t\r\f\v]*(?:\n|\z)`)
)

const oracleWhite = " \t\r\n\f\v"

// oracle splits a script that is there as a whole, with no regard to time. It returns the statements before the first
// thing that is wrong, and that.
func oracle(script string) (statements []sqlsplit.Piece, err error) {
	first := 0 // of the statement, comments included
	if strings.HasPrefix(script, "\xEF\xBB\xBF") {
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
			at += length
			continue
		case script[at] == ';', word < 0 && oracleAlone(script, at):
			end(strings.TrimRight(script[first:at], oracleWhite))
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
				return statements, sqlsplit.ErrUnterminated
			}
			at += tail[0]
			end(script[first:at]) // white space in a body is not trimmed
		}
	}
	if err == nil {
		end(strings.TrimRight(script[first:], oracleWhite))
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

// oracleAlone reports whether script[at] is a slash alone on its line.
func oracleAlone(script string, at int) bool {
	line := script[strings.LastIndexByte(script[:at], '\n')+1 : at]
	line = strings.TrimPrefix(line, "\xEF\xBB\xBF")
	return strings.Trim(line, " \t\r\f\v") == "" && oracleSlash.MatchString(script[at:])
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
	line := strings.TrimPrefix(before[strings.LastIndexByte(before, '\n')+1:], "\xEF\xBB\xBF")
	if strings.Contains(before, "\n") {
		line = before[strings.LastIndexByte(before, '\n')+1:]
	}
	return sqlsplit.Position{Offset: int64(at), Line: 1 + strings.Count(before, "\n"), Column: 1 + utf8.RuneCountInString(line)}
}
