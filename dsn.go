package exawire

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/exawire/exawire/internal/hostlist"
)

// ParseDSN reads a connection string in one of two forms:
//
//	exa://user:password@host:port/SCHEMA?key=value&key=value
//	exa:host:port;key=value;key=value
//
// The first may begin with exasol:// as well. In both, host is what Config.Host takes: a list, ranges, a port and a
// fingerprint per host. In the first form user, password, host, schema and values are percent-encoded, and a plus sign in a
// value is a space, as usual in URLs. What stands there behind the slash of a host and has 40 hexadecimal digits in a row,
// colons between them or not, is a fingerprint or an error, never a schema: for such a schema there is the key. In the
// second a value ends at the next semicolon; "\;" stands for a semicolon and "\\" for a backslash, anywhere else a
// backslash is itself. The keys are those of the table in the package documentation, in any case.
//
// What is unknown, given twice or contradictory is an error, and so is a value that the key does not take. Errors are
// *ConfigError, joined. They never hold a value, nor a key as it was given: behind a separator that was not escaped,
// that may be a piece of a password.
func ParseDSN(dsn string) (*Config, error) {
	if !utf8.ValidString(dsn) {
		return nil, &ConfigError{Field: "DSN", Reason: "is not valid UTF-8"}
	}
	p := dsnParser{seen: map[string]bool{}}
	if rest, ok := cutPrefixFold(dsn, "exa://", "exasol://"); ok {
		p.parseURL(rest)
	} else if rest, ok := cutPrefixFold(dsn, "exa:"); ok {
		p.parsePairs(rest)
	} else {
		p.fail("DSN", `begins with neither "exa://", "exasol://" nor "exa:": write exa://user:password@host:8563/SCHEMA or exa:host:8563;user=name`)
	}
	p.combine()
	if len(p.errs) > 0 {
		return nil, errors.Join(p.errs...)
	}
	if err := p.cfg.validate(); err != nil {
		return nil, err
	}
	return &p.cfg, nil
}

func cutPrefixFold(s string, prefixes ...string) (string, bool) {
	for _, prefix := range prefixes {
		if len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix) {
			return s[len(prefix):], true
		}
	}
	return s, false
}

type dsnParser struct {
	cfg  Config
	seen map[string]bool // names of keys
	errs []error

	skipVerify bool // tls=skip-verify
	validate   bool // of validateservercertificate, if seen
}

func (p *dsnParser) fail(field, reason string) {
	p.errs = append(p.errs, &ConfigError{Field: field, Reason: reason})
}

// parseURL reads what follows exa://. net/url is not used for the whole: it knows neither lists nor fingerprints, and
// its errors quote the password.
func (p *dsnParser) parseURL(rest string) {
	rest, query, _ := strings.Cut(rest, "?")
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		if strings.Contains(rest[:at], "/") {
			p.fail("DSN", `has a "/" before an "@": write %2F in a user name or password, %40 in a schema`)
			return
		}
		user, password, hasPassword := strings.Cut(rest[:at], ":")
		p.cfg.User = p.unescape("user", user)
		p.cfg.Password = p.unescape("password", password)
		p.seen["user"] = user != ""
		p.seen["password"] = hasPassword
		rest = rest[at+1:]
	}
	hosts, schema, hasSchema := cutSchema(rest)
	p.cfg.Host = p.unescape("host", hosts)
	if schema = strings.TrimSuffix(schema, "/"); hasSchema && schema != "" {
		if strings.Contains(schema, "/") {
			p.fail("schema", "has a slash: write %2F")
		}
		if p.cfg.Schema = p.unescape("schema", schema); hostlist.LooksLikeFingerprint(p.cfg.Schema) {
			p.fail("schema", "looks like a fingerprint, which is written host/fingerprint:port and has 64 hexadecimal digits: "+
				"for such a schema use the key schema")
		}
		p.seen["schema"] = true
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
			p.fail("DSN", fmt.Sprintf("key %d is not percent-encoded properly, or its value is not", number))
			continue
		}
		p.set(number, key, value, ok)
	}
}

func (p *dsnParser) unescape(field, s string) string {
	text, err := url.PathUnescape(s)
	if err != nil {
		p.fail(field, "is not percent-encoded properly")
	}
	return text
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

// parsePairs reads what follows exa: in the form of semicolons.
func (p *dsnParser) parsePairs(rest string) {
	parts := splitSemicolons(rest)
	p.cfg.Host = parts[0]
	number := 0
	for _, pair := range parts[1:] {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		number++
		key, value, ok := strings.Cut(pair, "=")
		p.set(number, strings.TrimSpace(key), value, ok)
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

// set applies a key and its value, which are the number-th of the connection string.
func (p *dsnParser) set(number int, key, value string, hasValue bool) {
	k, known := lookupKey(key)
	switch {
	case !known:
		reason := fmt.Sprintf("key %d is unknown", number)
		if near := nearestKey(key); near != "" {
			reason += "; did you mean " + near + "?"
		}
		p.fail("DSN", reason)
	case !hasValue:
		p.fail(k.name, "has no value")
	case p.seen[k.name]:
		p.fail(k.name, "is given twice")
	default:
		p.seen[k.name] = true
		if reason := k.set(p, value); reason != "" {
			p.fail(k.name, reason)
		}
	}
}

// combine does what several keys decide together.
func (p *dsnParser) combine() {
	validateSeen := p.seen["validateservercertificate"]
	switch {
	case validateSeen && p.cfg.Plaintext:
		p.fail("validateservercertificate", "and tls=off exclude each other")
	case validateSeen && p.validate && p.skipVerify:
		p.fail("validateservercertificate", "and tls=skip-verify contradict each other")
	case p.skipVerify, validateSeen && !p.validate:
		p.cfg.TLS = skipVerifyConfig()
	}
}

// DSN returns the URL form of the configuration, secrets included: all that is set, also to its default. What a DSN
// cannot hold is left out: functions, Codec, Tracer and a TLS configuration that does more than to switch the
// verification off. For a valid configuration ParseDSN(c.DSN()) gives c back otherwise; a Prefetch or PeerTimeout below 0
// becomes -1, and of Attributes with the same name the last remains.
func (c *Config) DSN() string { return c.dsn(true) }

func (c *Config) dsn(secrets bool) string {
	var b strings.Builder
	b.WriteString("exa://")
	if c.User != "" || c.Password != "" {
		b.WriteString(escape(c.User))
		if c.Password != "" {
			b.WriteByte(':')
			if secrets {
				b.WriteString(escape(c.Password))
			} else {
				b.WriteString(hidden)
			}
		}
		b.WriteByte('@')
	}
	if !secrets && strings.Contains(c.Host, "@") {
		b.WriteString(hidden) // not a host, but maybe a whole URL
	} else {
		b.WriteString(escapeHost(c.Host))
	}
	sep := byte('?')
	for _, k := range dsnKeys {
		if k.get == nil {
			continue
		}
		value, ok := k.get(c)
		if !ok {
			continue
		}
		b.WriteByte(sep)
		sep = '&'
		b.WriteString(k.name)
		b.WriteByte('=')
		if shown, rest, cut := strings.Cut(value, k.hideFrom); k.secret && cut && !secrets {
			b.WriteString(escape(shown + k.hideFrom))
			if rest != "" {
				b.WriteString(hidden)
			}
		} else {
			b.WriteString(escape(value))
		}
	}
	return b.String()
}

const hidden = "***"

// String returns the DSN without secrets. Package fmt cannot call it for an unexported field that holds a Config: keep a
// *Config there, which prints as an address.
func (c Config) String() string { return c.dsn(false) }

// Format writes what String returns, for every verb of package fmt.
func (c Config) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.dsn(false)) }

// LogValue returns what String returns.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.dsn(false)) }

// escape encodes text for every part of the URL alike. It leaves no plus sign: that is not the same in all parts.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// escapeHost keeps what has a meaning in a host list.
func escapeHost(s string) string {
	return strings.NewReplacer("%2C", ",", "%2F", "/", "%3A", ":", "%5B", "[", "%5D", "]").Replace(escape(s))
}

// parseSeconds reads "90", a number of seconds, or a duration such as "1m30s".
func parseSeconds(value string) (time.Duration, bool) {
	if n, err := strconv.ParseUint(value, 10, 64); err == nil {
		return time.Duration(n) * time.Second, n <= uint64(1<<63-1)/uint64(time.Second)
	}
	d, err := time.ParseDuration(value)
	return d, err == nil && d >= 0
}
