package exatest

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest/internal/frame"
	"github.com/exawire/exawire/exatest/internal/sqltext"
)

// sessionParameters maps the parameters of ALTER SESSION to attributes.
var sessionParameters = map[string]string{
	"NLS_DATE_FORMAT": "dateFormat", "NLS_DATE_LANGUAGE": "dateLanguage", "NLS_TIMESTAMP_FORMAT": "datetimeFormat",
	"NLS_NUMERIC_CHARACTERS": "numericCharacters", "TIME_ZONE": "timezone", "TIME_ZONE_BEHAVIOR": "timeZoneBehavior",
	"DEFAULT_LIKE_ESCAPE_CHARACTER": "defaultLikeEscapeCharacter", "QUERY_TIMEOUT": "queryTimeout",
}

// builtIn runs the statements that every test may send without scripting them: the ends of transactions, ALTER SESSION,
// OPEN and CLOSE SCHEMA, and SELECT "$SLEEP"(n).
func (k *call) builtIn(req *Request) reply {
	sql := req.SQL
	done := reply{kind: kindResults, outcomes: []outcome{{}}}
	text := sqltext.Trim(sqltext.WithoutComments(sql))
	words, upper := strings.Fields(text), strings.Fields(strings.ToUpper(text))
	switch {
	case len(words) == 0:
		return done // nothing but comments
	case len(words) == 1 && (upper[0] == "COMMIT" || upper[0] == "ROLLBACK"):
		return done
	case len(words) == 3 && upper[0] == "OPEN" && upper[1] == "SCHEMA":
		name := upper[2]
		if unquoted, ok := strings.CutPrefix(words[2], `"`); ok {
			name = strings.TrimSuffix(unquoted, `"`)
		}
		if err := k.srv.cfg.checkSchema(name); err != nil {
			return reply{err: err}
		}
		k.sess.setIfNew("currentSchema", name)
		return done
	case slices.Equal(upper, []string{"CLOSE", "SCHEMA"}):
		k.sess.setIfNew("currentSchema", "")
		return done
	case len(words) >= 4 && upper[0] == "ALTER" && upper[1] == "SESSION" && upper[2] == "SET":
		return k.alterSession(afterWords(text, 3))
	}
	if d, ok := sleepTime(sql); ok {
		if !frame.Pause(k.ex.ctx, d) {
			return reply{interrupted: true}
		}
		return reply{kind: kindResults, outcomes: []outcome{{columns: sleepColumns, data: []Values{TextValues("0")}}}}
	}
	return k.notScripted(req)
}

// afterWords returns the text after its first n words.
func afterWords(text string, n int) string {
	for range n {
		text = strings.TrimLeftFunc(text, unicode.IsSpace)
		text = strings.TrimLeftFunc(text, func(r rune) bool { return !unicode.IsSpace(r) })
	}
	return text
}

// alterSession sets a parameter: NAME = 'value'. Those without an attribute are accepted and forgotten, but for the first
// day of the week.
func (k *call) alterSession(assignment string) reply {
	name, value, ok := strings.Cut(assignment, "=")
	if !ok {
		return reply{err: &SQLError{"42000", "syntax error, unexpected END_OF_INPUT_ [line 1, column 1]"}}
	}
	name = strings.ToUpper(strings.TrimSpace(name))
	set, err := parameterValue(name, strings.Trim(strings.TrimSpace(value), "'"))
	if err != nil {
		return reply{err: err}
	}
	if attribute, ok := sessionParameters[name]; ok {
		k.sess.setIfNew(attribute, set)
	} else if day, ok := set.(int64); ok {
		k.sess.keepParameter(name, day)
	}
	return reply{kind: kindResults, outcomes: []outcome{{}}}
}

// parameterValue checks the value of a parameter: an int64 for those that are numbers, else a string.
func parameterValue(name, value string) (any, error) {
	invalid := func() (any, error) {
		return nil, &SQLError{"42000", "invalid value '" + value + "' for session parameter " + name + " [line 1, column 19]"}
	}
	switch name {
	case "NLS_DATE_FORMAT", "NLS_TIMESTAMP_FORMAT":
		if f := parseFormat(value, "", 1); f.unknown != "" {
			return nil, notSupported(f.unknown)
		}
	case "NLS_DATE_LANGUAGE":
		language, ok := dateLanguages[strings.ToUpper(value)]
		if !ok {
			return invalid()
		}
		return language, nil
	case firstDayOfWeek:
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil || n < 1 || n > 7 {
			return invalid()
		}
		return n, nil
	}
	if attributeTable[sessionParameters[name]].Kind == "seconds" {
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return nil, badCast(value)
		}
		return n, nil
	}
	return value, nil
}

// describeBuiltIn is for the statements that the server knows itself.
func (k *call) describeBuiltIn() reply {
	switch sqltext.FirstWord(k.req.SQL) {
	case "COMMIT", "ROLLBACK", "OPEN", "CLOSE", "ALTER", "":
		return reply{kind: kindOK, params: []commands.ColumnInfo{}, hasParams: true}
	}
	if _, ok := sleepTime(k.req.SQL); ok {
		return reply{kind: kindResults, outcomes: []outcome{{columns: sleepColumns}}}
	}
	return k.notScripted(k.req)
}

// notScripted is the exception for a statement that nothing answers. It says what was near.
func (k *call) notScripted(req *Request) reply {
	text := "Feature not supported: exatest has neither a handler nor a backend for this statement: " + req.SQL
	if near := k.srv.near(req); near != "" {
		if rows := req.ParamRows(); len(rows) == 1 {
			text += " with " + rowText(rows[0])
		}
		text += near
	}
	return reply{err: &SQLError{"0A000", text}}
}

var sleepColumns = Columns(`"""$SLEEP""(n)" DECIMAL(18,0)`)

var sleepPattern = regexp.MustCompile(`(?i)^\s*SELECT\s+"\$SLEEP"\s*\(\s*([0-9]{1,6}(\.[0-9]{1,9})?)\s*\)\s*(FROM\s+DUAL\s*)?;?\s*$`)

func sleepTime(sql string) (time.Duration, bool) {
	m := sleepPattern.FindStringSubmatch(sql)
	if m == nil {
		return 0, false
	}
	seconds, err := strconv.ParseFloat(m[1], 64)
	return time.Duration(seconds * float64(time.Second)), err == nil
}

// countPlaceholders counts the question marks of a statement that are not in strings, quoted names or comments.
func countPlaceholders(sql string) int {
	count := 0
	for len(sql) > 0 {
		n, _ := sqltext.Token(sql)
		if sql[0] == '?' {
			count++
		}
		sql = sql[max(n, 1):]
	}
	return count
}
