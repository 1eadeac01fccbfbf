package redact

import (
	"strings"
)

// Mark stands where a secret was.
const Mark = "<redacted>"

// SQL takes the secrets out of an SQL text: what follows IDENTIFIED BY, and the REPLACE after it; the values of
// what is named like a password, a key, a token or a signature (name = 'value', name=value inside a literal,
// "name": "value"); what follows Bearer; the password of user:password@ in a URL and of user/password@ anywhere; and the
// parts of a URL's path that look like keys or stand after a hook. It also returns what it took out.
//
// It does not parse. A text may be half a script in another language, or SQL inside a literal inside SQL, so a secret is
// looked for wherever it could be, and where its end is not clear too much goes rather than too little.
func SQL(sql string) (text string, secrets []string) { return redactText(sql, false) }

// redactText is SQL for a text that may itself be a literal, such as a parameter.
func redactText(sql string, isLiteral bool) (text string, secrets []string) {
	r := sqlRedactor{src: sql, inside: isLiteral}
	r.scan()
	if r.out == nil {
		return sql, nil
	}
	return string(append(r.out, sql[r.done:]...)), r.secrets
}

type sqlRedactor struct {
	src     string
	out     []byte
	done    int // src is in out up to here
	secrets []string

	// inside is whether an odd number of single quotes comes before src[counted], those of secrets left out: if so,
	// this may be inside a literal.
	inside  bool
	counted int
}

func (r *sqlRedactor) scan() {
	for i := 0; i < len(r.src); {
		switch c := r.src[i]; {
		case isWord(c):
			end := wordEnd(r.src, i)
			word := r.src[i:end]
			switch {
			case strings.EqualFold(word, "IDENTIFIED"):
				end = r.identified(end)
			case isSecretName(word):
				end = r.assigned(end)
			case strings.EqualFold(word, authSchemes[0]):
				end = r.bearer(end)
			}
			i = end
		case c == ':' && strings.HasPrefix(r.src[i:], "://"):
			i = r.url(i + len("://"))
		case c == '/' && i > 0 && isWord(r.src[i-1]):
			i = r.login(i + 1)
		default:
			i++
		}
	}
}

// isInside reports whether src[i] may be inside a literal.
func (r *sqlRedactor) isInside(i int) bool {
	return r.inside != (strings.Count(r.src[r.counted:i], "'")%2 == 1)
}

func isWord(c byte) bool {
	return c == '_' || c == '-' || c >= 0x80 || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

// wordEnd ends a word before a comment: a word may have single dashes.
func wordEnd(s string, i int) int {
	start := i
	for i < len(s) && isWord(s[i]) {
		if i > start && strings.HasPrefix(s[i:], "--") {
			return i
		}
		i++
	}
	return i
}

// identified deals with what follows the word IDENTIFIED, and returns where to go on.
func (r *sqlRedactor) identified(i int) int {
	word, at := r.nextWord(i)
	if !strings.EqualFold(word, "BY") {
		return i
	}
	i = skipBlank(r.src, at)
	if strings.HasPrefix(r.src[i:], "?") {
		return i
	}
	switch word, _ := r.nextWord(i); strings.ToUpper(word) {
	case "KERBEROS", "OPENID":
		return i // a name follows, not a secret
	}
	i = r.value(i)
	for i < len(r.src) && (r.src[i] == '"' || r.src[i] == '\'') {
		i++
	}
	if word, at := r.nextWord(i); strings.EqualFold(word, "REPLACE") {
		i = r.value(skipBlank(r.src, at))
	}
	return i
}

// nextWord is the word after blanks and comments, and where it ends.
func (r *sqlRedactor) nextWord(i int) (word string, end int) {
	i = skipBlank(r.src, i)
	end = wordEnd(r.src, i)
	return r.src[i:end], end
}

// skipBlank skips white space and comments. A comment longer than any that one writes in this place counts as none.
func skipBlank(s string, i int) int {
	const longest = 4096
	for i < len(s) {
		ends, rest := "", s[i:min(len(s), i+longest)]
		switch {
		case isSpace(s[i]):
			i++
			continue
		case strings.HasPrefix(rest, "/*"):
			ends = "*/"
		case strings.HasPrefix(rest, "--"):
			ends = "\n"
		default:
			return i
		}
		at := strings.Index(rest[2:], ends)
		if at < 0 {
			return i
		}
		i += 2 + at + len(ends)
	}
	return i
}

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// isQuote reports whether a literal begins at i, possibly one inside a literal of another language: \"secret\".
func isQuote(s string, i int) bool {
	if s[i] == '\\' && i+1 < len(s) {
		i++
	}
	return s[i] == '"' || s[i] == '\''
}

// url takes the password out of user:password@host.
func (r *sqlRedactor) url(i int) int {
	end := i
	for end < len(r.src) && !isSpace(r.src[end]) && strings.IndexByte(`/?#'";,)`, r.src[end]) < 0 {
		end++
	}
	authority := r.src[i:end]
	at, colon := strings.LastIndexByte(authority, '@'), strings.IndexByte(authority, ':')
	hook := isHook(authority[max(at, 0):])
	if at >= 0 && colon >= 0 && colon < at {
		r.cut(i+colon+1, i+at)
	}
	return r.path(end, hook)
}

// path takes what only who was told can know out of the path of a URL that begins at i: everything after a part that is
// named like a hook, and parts that look like keys.
func (r *sqlRedactor) path(i int, hook bool) int {
	for i < len(r.src) && r.src[i] == '/' {
		i++
		end := i
		for end < len(r.src) && !isSpace(r.src[end]) && strings.IndexByte(`/?#'";,)\`, r.src[end]) < 0 {
			end++
		}
		part := r.src[i:end]
		if name, value, ok := strings.Cut(part, "="); ok && isSecretName(name) {
			r.cut(end-len(value), end)
		} else if hook || isKey(part) {
			r.cut(i, end)
		}
		hook = hook || isHook(part)
		i = end
	}
	return i
}

func isHook(name string) bool { return strings.Contains(strings.ToLower(name), "hook") }

// isKey reports whether a part of a path has the length of a key, and letters and digits as only a machine mixes them.
// Names of files have a point.
func isKey(part string) bool {
	const shortest = 20
	return len(part) >= shortest && strings.ContainsAny(part, "0123456789") && !strings.Contains(part, ".") &&
		strings.ContainsFunc(part, func(c rune) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' })
}

// bearer takes what follows the word Bearer, if it has the length of a token.
func (r *sqlRedactor) bearer(i int) int {
	const shortest = 8
	at := skipBlank(r.src, i)
	end := at
	for end < len(r.src) && (isWord(r.src[end]) || strings.IndexByte("._~+/=", r.src[end]) >= 0) {
		end++
	}
	if at == i || end-at < shortest {
		return i
	}
	r.cut(at, end)
	return end
}

// login takes the password out of user/password@host. i is after the slash.
func (r *sqlRedactor) login(i int) int {
	end := i
	for end < len(r.src) && !isSpace(r.src[end]) && strings.IndexByte(`/'";,()*`, r.src[end]) < 0 {
		if r.src[end] == '@' {
			r.cut(i, end)
			return end
		}
		end++
	}
	return i
}

// value takes a literal, or a word without quotes, and returns where its content ends.
func (r *sqlRedactor) value(i int) int {
	s := r.src
	if i < len(s) && s[i] == '\\' && isQuote(s, i) {
		end := len(s)
		if n := strings.Index(s[i+2:], s[i:i+2]); n >= 0 {
			end = i + 2 + n
		}
		r.cut(i+2, end)
		return end
	}
	if i < len(s) && (s[i] == '"' || s[i] == '\'') {
		return r.literal(i)
	}
	end := i
	for end < len(s) && !isSpace(s[end]) && strings.IndexByte(";&,)}\"'", s[end]) < 0 {
		end++
	}
	r.cut(i, end)
	return end
}

// literal takes a literal whose quotes may be doubled, once or more often, because it is inside others: ”secret”. The
// lowest bit of the length of a run of quotes says how deep it is.
func (r *sqlRedactor) literal(i int) int {
	s, quote := r.src, r.src[i]
	opening := run(s, i)
	unit := opening & -opening
	if unit > 1 && opening == unit && r.isEmptyLiteral(i+opening) {
		return i + opening
	}
	start, end := i+unit, len(s)
	for at := i + opening; at < len(s); at++ {
		if s[at] != quote || quote == '"' && s[at-1] == '\\' {
			continue
		}
		n := run(s, at)
		if low := n & -n; low < unit {
			end = at // the end of a literal around this one
			break
		} else if low == unit {
			end = at + n - unit
			break
		}
		at += n - 1
	}
	r.cut(start, end)
	return end
}

// isEmptyLiteral reports whether a run of two quotes that ends at i is an empty literal and not the begin of a nested
// one: nothing, or the end of the statement or of a list, follows.
func (r *sqlRedactor) isEmptyLiteral(i int) bool {
	i = skipBlank(r.src, i)
	return i == len(r.src) || strings.IndexByte(";),", r.src[i]) >= 0
}

// run is the length of the run of equal bytes at i.
func run(s string, i int) int {
	n := 1
	for i+n < len(s) && s[i+n] == s[i] {
		n++
	}
	return n
}

// cut replaces src[start:end].
func (r *sqlRedactor) cut(start, end int) {
	secret := r.src[start:end]
	if secret == "" {
		return
	}
	if r.counted < start {
		r.inside = r.isInside(start)
	}
	r.counted = end
	r.out = append(r.out, r.src[r.done:start]...)
	r.out = append(r.out, Mark...)
	r.done = end
	if secret == Mark {
		return
	}
	r.secrets = append(r.secrets, secret)
	if plain := strings.NewReplacer("''", "'", `""`, `"`).Replace(secret); plain != secret {
		r.secrets = append(r.secrets, plain)
	}
}
