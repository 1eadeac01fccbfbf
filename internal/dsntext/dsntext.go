// Package dsntext reads and writes the text of DSNs. It knows their grammar, but not what their keys mean.
package dsntext

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/exawire/exawire/internal/hostlist"
)

// Part is a key and its value, or what is wrong with the text.
type Part struct {
	Number   int // of the key in the text, from 1; 0 for what a URL has before its question mark
	Key      string
	Value    string
	HasValue bool   // a "=" stands after the key
	Fault    string // if it is not "", nothing but Key counts, which says what it is about: a key, "host" or "DSN"
}

// Split parts a DSN into hosts and keys, in the order in which they stand there. What a URL says before its
// question mark comes as the keys user, password and schema. Faults never hold a part of the text: after a separator that
// was not escaped, that may be a piece of a password.
func Split(dsn string) (host string, parts []Part) {
	var s splitter
	if rest, ok := cutPrefixFold(dsn, urlPrefixes...); ok {
		s.url(rest)
	} else if rest, ok := cutPrefixFold(dsn, "exa:"); ok {
		s.pairs(rest)
	} else {
		s.fail("DSN", `begins with neither "exa://", "exasol://" nor "exa:": write exa://user:password@host:8563/SCHEMA or exa:host:8563;user=name`)
	}
	return s.host, s.parts
}

var urlPrefixes = []string{"exa://", "exasol://"}

// IsURL reports whether a connection string has the form of a URL.
func IsURL(dsn string) bool {
	_, ok := cutPrefixFold(dsn, urlPrefixes...)
	return ok
}

// mixedForms is the fault of hosts that are followed by what belongs to the other form.
const mixedForms = `has a "%s" behind its hosts: "?" and "&" belong to exa://, and ";" to exa:`

func cutPrefixFold(s string, prefixes ...string) (string, bool) {
	for _, prefix := range prefixes {
		if len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix) {
			return s[len(prefix):], true
		}
	}
	return s, false
}

type splitter struct {
	host  string
	parts []Part
}

func (s *splitter) fail(key, fault string) { s.parts = append(s.parts, Part{Key: key, Fault: fault}) }

// url reads what follows exa://. net/url is not used for the whole: it knows neither lists nor fingerprints, and its errors
// quote the password.
func (s *splitter) url(rest string) {
	rest, query, _ := strings.Cut(rest, "?")
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		if strings.Contains(rest[:at], "/") {
			s.fail("DSN", `has a "/" before an "@": write %2F in a user name or password, %40 in a schema`)
			return
		}
		user, password, hasPassword := strings.Cut(rest[:at], ":")
		if user != "" {
			s.encoded("user", user)
		}
		if hasPassword {
			s.encoded("password", password)
		}
		rest = rest[at+1:]
	}
	hosts, schema, _ := cutSchema(rest)
	if before, _, mixed := strings.Cut(hosts, ";"); mixed {
		s.fail("DSN", fmt.Sprintf(mixedForms, ";"))
		hosts = before
	}
	s.host, _ = s.unescape("host", hosts)
	if schema = strings.TrimSuffix(schema, "/"); schema != "" {
		s.schema(schema)
	}
	number := 0
	for pair := range strings.SplitSeq(query, "&") {
		if pair == "" {
			continue
		}
		number++
		key, value, ok := strings.Cut(pair, "=")
		key, keyErr := url.QueryUnescape(key)
		value, valueErr := url.QueryUnescape(value)
		if keyErr != nil || valueErr != nil {
			s.fail("DSN", fmt.Sprintf("key %d is not percent-encoded properly, or its value is not", number))
			continue
		}
		s.parts = append(s.parts, Part{Number: number, Key: key, Value: value, HasValue: ok})
	}
}

// schema reads what stands after the slash of a URL.
func (s *splitter) schema(text string) {
	faults := len(s.parts)
	if strings.Contains(text, "/") {
		s.fail("schema", "has a slash: write %2F")
	}
	schema, _ := s.unescape("schema", text)
	if hostlist.LooksLikeFingerprint(schema) {
		s.fail("schema", "looks like a fingerprint, which is written host/fingerprint:port and has 64 hexadecimal digits: "+
			"for such a schema use the key schema")
	}
	if len(s.parts) == faults {
		s.parts = append(s.parts, Part{Key: "schema", Value: schema, HasValue: true})
	}
}

// encoded enters a key and its value.
func (s *splitter) encoded(key, text string) {
	if value, ok := s.unescape(key, text); ok {
		s.parts = append(s.parts, Part{Key: key, Value: value, HasValue: true})
	}
}

func (s *splitter) unescape(key, text string) (value string, ok bool) {
	value, err := url.PathUnescape(text)
	if err != nil {
		s.fail(key, "is not percent-encoded properly")
	}
	return value, err == nil
}

// cutSchema parts "host/fingerprint:port,host/SCHEMA". A slash is followed by a fingerprint if one comes next, and by the
// schema otherwise.
func cutSchema(s string) (hosts, schema string, ok bool) {
	for i := 0; i < len(s); i++ {
		if s[i] != '/' {
			continue
		}
		end := i + 1
		for end < len(s) && s[end] != ',' && s[end] != '/' {
			end++
		}
		entry, err := url.PathUnescape(s[i+1 : end])
		if err != nil {
			return s[:i], s[i+1:], true
		}
		if _, _, ok := hostlist.CutFingerprint(strings.TrimSpace(entry)); !ok {
			return s[:i], s[i+1:], true
		}
		i = end - 1
	}
	return s, "", false
}

// pairs reads what follows exa: in the form of semicolons.
func (s *splitter) pairs(rest string) {
	texts := splitSemicolons(rest)
	s.host = texts[0]
	if i := strings.IndexAny(s.host, "?&"); i >= 0 {
		s.fail("DSN", fmt.Sprintf(mixedForms, s.host[i:i+1]))
		s.host = s.host[:i]
	}
	number := 0
	for _, pair := range texts[1:] {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		number++
		key, value, ok := strings.Cut(pair, "=")
		s.parts = append(s.parts, Part{Number: number, Key: strings.TrimSpace(key), Value: value, HasValue: ok})
	}
}

// splitSemicolons splits at semicolons and undoes escapes. A backslash before any other character is itself.
func splitSemicolons(s string) []string {
	var parts []string
	var part strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s) && (s[i+1] == ';' || s[i+1] == '\\'):
			i++
			part.WriteByte(s[i])
		case c == ';':
			parts = append(parts, part.String())
			part.Reset()
		default:
			part.WriteByte(c)
		}
	}
	return append(parts, part.String())
}

// Escape encodes text for every part of the URL alike. It leaves no plus sign: that is not the same in all parts.
func Escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// EscapeHost keeps what has a meaning in a host list.
func EscapeHost(s string) string {
	return strings.NewReplacer("%2C", ",", "%2F", "/", "%3A", ":", "%5B", "[", "%5D", "]").Replace(Escape(s))
}
