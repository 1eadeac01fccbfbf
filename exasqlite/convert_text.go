package exasqlite

import (
	"database/sql/driver"
	"encoding/hex"
	"strings"
	"unicode/utf8"
)

// Text as a value: what fits, and the types whose values are written as text.

// fitText checks the length and the characters of a text for CHAR and VARCHAR. The empty text is NULL.
func fitText(text string, t typ) (driver.Value, error) {
	if text == "" {
		return nil, nil
	}
	// Bytes are counted as long as all of them are ASCII; most texts are.
	n := len(text)
	ascii := true
	for i := 0; i < len(text); i++ {
		if text[i] >= utf8.RuneSelf {
			ascii = false
			n = utf8.RuneCountInString(text)
			break
		}
	}
	switch {
	case !ascii && !utf8.ValidString(text), t.ascii && !ascii:
		return nil, errorf(codeCharacter, "data exception - character not in repertoire")
	// Only blanks are lost, and a CHAR would be padded with them anyway.
	case n > t.p && t.kind == kindChar && strings.Trim(text[len(text)-(n-t.p):], " ") == "":
		return text[:len(text)-(n-t.p)], nil
	case n > t.p:
		return nil, errTruncation()
	case n < t.p && t.kind == kindChar:
		return text + strings.Repeat(" ", t.p-n), nil
	}
	return text, nil
}

// parseBoolean reads the words that the database takes for a truth value.
func parseBoolean(text string) (driver.Value, error) {
	switch strings.ToUpper(strings.TrimSpace(text)) {
	case "TRUE", "T", "YES", "Y", "ON", "1":
		return int64(1), nil
	case "FALSE", "F", "NO", "N", "OFF", "0":
		return int64(0), nil
	}
	return nil, errCast(text)
}

// parseHash reads hexadecimal digits, with dashes anywhere and braces around.
func parseHash(text string, t typ) (driver.Value, error) {
	s := strings.ReplaceAll(strings.TrimSpace(text), "-", "")
	// Drivers write UUIDs in these forms.
	if strings.HasPrefix(s, "{") && strings.HasSuffix(s, "}") {
		s = s[1 : len(s)-1]
	}
	if _, err := hex.DecodeString(s); err != nil || len(s) != t.p {
		return nil, errCast(text)
	}
	return strings.ToLower(s), nil
}

// normalizeWKT brings the well-known text of a geometry into the form in which the database gives it back.
func normalizeWKT(text string) (driver.Value, error) {
	s := strings.ToUpper(strings.Join(strings.Fields(text), " "))
	keyword := strings.IndexFunc(s, func(r rune) bool { return r < 'A' || r > 'Z' })
	if keyword < 0 {
		return nil, errCast(text)
	}
	switch s[:keyword] {
	// What a geometry is made of is not looked at: there are no functions that would need it.
	case "POINT", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON", "GEOMETRYCOLLECTION":
	default:
		return nil, errCast(text)
	}
	// Parentheses that match are all that is checked.
	rest := strings.TrimSpace(s[keyword:])
	if rest != "EMPTY" && (!strings.HasPrefix(rest, "(") || !strings.HasSuffix(rest, ")")) ||
		strings.Count(rest, "(") != strings.Count(rest, ")") {
		return nil, errCast(text)
	}
	for _, pair := range [][2]string{{"( ", "("}, {" )", ")"}, {" ,", ","}, {", ", ","}, {",", ", "}} {
		rest = strings.ReplaceAll(rest, pair[0], pair[1])
	}
	return s[:keyword] + " " + rest, nil
}
