package exawire

import (
	"slices"
	"strings"

	"github.com/exawire/exawire/commands"
)

// meaningOf returns the attributes that a statement may depend on from the moment when it is prepared: the schema that
// names are looked up in, and the settings by which literals and parameters become values and values become text, which
// a compiler may do beforehand. The others act when the statement runs, if at all. An attribute that nobody has thought of
// here counts.
func meaningOf(a commands.Attributes) commands.Attributes {
	a.Autocommit, a.CompressionEnabled, a.OpenTransaction = false, false, false
	a.FeedbackInterval, a.QueryTimeout, a.ResultSetMaxRows = 0, 0, 0
	return a
}

// changesMeaning reports whether an attribute is one of those of meaningOf.
func changesMeaning(a Attribute) bool {
	switch a.Name() {
	case "autocommit", "compressionEnabled", "openTransaction", "feedbackInterval", "queryTimeout", "resultSetMaxRows":
		return false
	}
	return true
}

// effect is what a command may do to statements that were prepared before it.
type effect int

const (
	effectNone     effect = iota
	effectReported        // it changes attributes, and its answer says so
	effectUnknown
)

// effectOf returns the effect of a command. Queries and changes of data have none. All other statements are taken to
// have one, among them ROLLBACK, which undoes DDL.
func (c *stmtCache) effectOf(cmd commands.Command, attrs []Attribute) effect {
	e := effectNone
	switch cmd := cmd.(type) {
	case commands.Execute:
		e = effectOfSQL(cmd.SQLText)
	case commands.ExecuteBatch:
		for _, sql := range cmd.SQLTexts {
			if effectOfSQL(sql) != effectNone {
				e = effectUnknown
			}
		}
	case commands.ExecutePreparedStatement:
		c.mu.Lock()
		if _, ok := c.harmless[cmd.Handle]; !ok {
			e = effectUnknown
		}
		c.mu.Unlock()
	case commands.Raw:
		e = effectUnknown
	}
	if slices.ContainsFunc(attrs, changesMeaning) {
		if e == effectNone {
			return effectReported
		}
		return effectUnknown
	}
	return e
}

// textsOf returns the statements that a command runs or prepares.
func textsOf(cmd commands.Command) []string {
	switch cmd := cmd.(type) {
	case commands.Execute:
		return []string{cmd.SQLText}
	case commands.ExecuteBatch:
		return cmd.SQLTexts
	case commands.CreatePreparedStatement:
		return []string{cmd.SQLText}
	}
	return nil
}

func effectOfSQL(sql string) effect {
	first, rest := cutKeyword(sql)
	switch first {
	case "SELECT", "WITH", "VALUES", "INSERT", "UPDATE", "DELETE", "MERGE", "TRUNCATE", "IMPORT", "EXPORT", "COMMIT":
		return effectNone
	case "OPEN", "CLOSE":
		return effectReported
	case "ALTER":
		if second, _ := cutKeyword(rest); second == "SESSION" {
			return effectReported
		}
	}
	return effectUnknown
}

// cutKeyword returns the first word of a statement in upper case, and what follows it. White space, comments and opening
// parentheses before it do not count. It is "" if something else comes first.
func cutKeyword(sql string) (word, rest string) {
	for {
		sql = strings.TrimLeft(sql, " \t\r\n\f\v(")
		end := ""
		switch {
		case strings.HasPrefix(sql, "--"):
			end = "\n"
		case strings.HasPrefix(sql, "/*"):
			end = "*/"
		default:
			n := strings.IndexFunc(sql, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') })
			if n < 0 {
				n = len(sql)
			}
			return strings.ToUpper(sql[:n]), sql[n:]
		}
		_, after, found := strings.Cut(sql[2:], end)
		if !found {
			return "", ""
		}
		sql = after
	}
}
