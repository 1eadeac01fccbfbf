// Package sqltext has what a server that does not understand SQL has to know of the text of a statement.
package sqltext

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// FirstWord is the first word of a statement in upper case, comments before it left out. It does not look at the rest:
// statements may have megabytes.
func FirstWord(sql string) string {
	for {
		sql = strings.TrimLeftFunc(sql, unicode.IsSpace)
		n, comment := Token(sql)
		if !comment {
			break
		}
		sql = sql[n:]
	}
	end := 0
	for end < len(sql) {
		n, comment := Token(sql[end:])
		if comment {
			break
		}
		piece := sql[end : end+max(n, 1)]
		if n == 0 {
			_, size := utf8.DecodeRuneInString(sql[end:])
			piece = sql[end : end+size]
		}
		if space := strings.IndexFunc(piece, unicode.IsSpace); space >= 0 {
			end += space
			break
		}
		end += len(piece)
	}
	return strings.TrimRight(strings.ToUpper(sql[:end]), ";")
}

// Token skips over what is not the text of a statement proper. It returns the length of the comment, string or quoted
// name that s begins with, or 0.
func Token(s string) (n int, comment bool) {
	end := func(after int, stop string) int {
		if i := strings.Index(s[after:], stop); i >= 0 {
			return after + i + len(stop)
		}
		return len(s)
	}
	switch {
	case strings.HasPrefix(s, "--"):
		return end(2, "\n"), true
	case strings.HasPrefix(s, "/*"):
		return end(2, "*/"), true
	case strings.HasPrefix(s, "'"):
		return end(1, "'"), false
	case strings.HasPrefix(s, `"`):
		return end(1, `"`), false
	}
	return 0, false
}

// WithoutComments returns a statement with a blank in place of each comment.
func WithoutComments(sql string) string {
	var b strings.Builder
	for len(sql) > 0 {
		n, comment := Token(sql)
		if comment {
			b.WriteByte(' ')
		} else {
			n = max(n, 1)
			b.WriteString(sql[:n])
		}
		sql = sql[n:]
	}
	return b.String()
}

// Trim returns a statement without blanks and a semicolon around it.
func Trim(sql string) string {
	return strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(sql), ";"))
}

// Normal is Trim with one blank for every piece of white space that is not in a string, a quoted name or a comment.
func Normal(sql string) string {
	sql = Trim(sql)
	if !strings.ContainsAny(sql, "\t\r\n") && !strings.Contains(sql, "  ") {
		return sql
	}
	var b strings.Builder
	for len(sql) > 0 {
		n, _ := Token(sql)
		if n == 0 {
			if rest := strings.TrimLeft(sql, " \t\r\n"); len(rest) < len(sql) {
				b.WriteByte(' ')
				sql = rest
				continue
			}
			n = 1
		}
		b.WriteString(sql[:n])
		sql = sql[n:]
	}
	return b.String()
}
