package exawire

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
	"unicode/utf8"

	"github.com/exawire/exawire/internal/dsntext"
	"github.com/exawire/exawire/internal/errtext"
)

// ParseDSN reads a DSN, which is a connection string in one of two forms:
//
//	exa://user:password@host:port/SCHEMA?key=value&key=value
//	exa:host:port;key=value;key=value
//
// The first form may begin with exasol:// as well. In both, host is what Config.Host takes: a list, ranges, a port and a
// fingerprint for each host. The keys are those of the table in the package documentation, in any case.
//
// In the first form user, password, host, schema and values are percent-encoded, and a plus sign in a value is a space, as
// usual in URLs. If what follows the slash of a host has 40 hexadecimal digits in a row, with or without colons, it is a
// fingerprint or an error, never a schema; use the key schema for a schema of that name.
//
// In the second form a value ends at the next semicolon. "\;" stands for a semicolon and "\\" for a backslash; anywhere else
// a backslash is itself.
//
// Unknown keys, keys given twice, contradictions, and values that a key does not take are errors: *ConfigError, joined. They
// never hold a value, nor a key as it was given, since after a separator that was not escaped that may be a piece of a
// password.
func ParseDSN(dsn string) (*Config, error) {
	if !utf8.ValidString(dsn) {
		return nil, &ConfigError{Field: "DSN", Reason: "is not valid UTF-8"}
	}
	p := dsnParser{seen: map[string]bool{}, url: dsntext.IsURL(dsn)}
	host, parts := dsntext.Split(dsn)
	p.cfg.Host = host
	for _, part := range parts {
		if part.Fault != "" {
			p.seen[part.Key] = true
			p.fail(part.Key, part.Fault)
		} else {
			p.set(part)
		}
	}
	p.combine()
	if len(p.errs) > 0 {
		return nil, errtext.Join(p.errs...)
	}
	if err := p.cfg.validate(); err != nil {
		return nil, err
	}
	return &p.cfg, nil
}

func (p *dsnParser) fail(field, reason string) {
	p.errs = append(p.errs, &ConfigError{Field: field, Reason: reason})
}

// set applies a key and its value.
func (p *dsnParser) set(part dsntext.Part) {
	k, known := lookupKey(part.Key)
	switch {
	case !known:
		p.fail("DSN", fmt.Sprintf("key %d is unknown", part.Number)+p.instead(part))
	case !part.HasValue:
		p.fail(k.name, "has no value")
	case p.seen[k.name]:
		p.fail(k.name, "is given twice")
	default:
		p.seen[k.name] = true
		if reason := k.set(p, part.Value); reason != "" {
			p.fail(k.name, reason)
		}
	}
}

// instead says what a key that is unknown was probably meant to be.
func (p *dsnParser) instead(part dsntext.Part) string {
	near := keysWith(part.Key)
	if key := nearestKey(part.Key); key != "" {
		near = []string{key}
	}
	switch n := len(near); {
	case n == 1:
		return " (did you mean " + near[0] + "?)"
	case n > 1:
		return " (did you mean " + strings.Join(near[:n-1], ", ") + " or " + near[n-1] + "?)"
	case !part.HasValue && p.url:
		return ": an & in a value is written %26"
	case !part.HasValue:
		return `: a semicolon in a value is written \;`
	}
	return ": the documentation of package exawire has a list"
}

// combine does what several keys decide together.
func (p *dsnParser) combine() {
	validateSeen := p.seen["validateservercertificate"]
	switch {
	case p.cfg.Plaintext && validateSeen && !p.validate: // nothing is validated either way
	case p.cfg.Plaintext && validateSeen:
		p.fail("validateservercertificate", "and tls=off exclude each other")
	case validateSeen && p.validate && p.skipVerify:
		p.fail("validateservercertificate", "and tls=skip-verify contradict each other")
	case p.skipVerify, validateSeen && !p.validate:
		p.cfg.TLS = skipVerifyConfig()
	}
}

func lookupKey(key string) (*dsnKey, bool) {
	key = strings.ToLower(key)
	for i := range dsnKeys {
		k := &dsnKeys[i]
		if k.name == key {
			return k, true
		}
		for _, alias := range k.aliases {
			if alias == key {
				return k, true
			}
		}
	}
	return nil, false
}

// nearestKey returns the key that a misspelt one was probably meant to be, "" if none is near.
func nearestKey(key string) string {
	if len(key) > 40 {
		return ""
	}
	key = strings.ToLower(key)
	best, distance := "", 1+len(key)/3
	for _, k := range dsnKeys {
		for _, name := range append([]string{k.name}, k.aliases...) {
			if d := dsntext.Distance(key, name); d <= distance {
				best, distance = name, d-1
			}
		}
	}
	return best
}

// keysWith returns the keys that a text is a part of, none for a text that is so short that it says nothing.
func keysWith(text string) (keys []string) {
	const least = 4
	for _, k := range dsnKeys {
		if len(text) >= least && strings.Contains(k.name, strings.ToLower(text)) {
			keys = append(keys, k.name)
		}
	}
	return keys
}

// DSN returns the URL form of the configuration, secrets included. It has all fields that are set, even to their default.
// What a DSN cannot hold is left out: functions, Codec, Tracer, and a TLS configuration that does more than switch the
// verification off. Apart from that, ParseDSN(c.DSN()) gives c back for a valid configuration, except that a negative
// Prefetch or PeerTimeout becomes -1, and only the last of several Attributes with the same name remains.
func (c *Config) DSN() string { return c.dsn(true) }

func (c *Config) dsn(secrets bool) string {
	var b strings.Builder
	b.WriteString("exa://")
	if c.User != "" || c.Password != "" {
		b.WriteString(dsntext.Escape(c.User))
		if c.Password != "" {
			b.WriteByte(':')
			if secrets {
				b.WriteString(dsntext.Escape(c.Password))
			} else {
				b.WriteString(hidden)
			}
		}
		b.WriteByte('@')
	}
	if !secrets && strings.Contains(c.Host, "@") {
		b.WriteString(hidden) // not a host, but maybe a whole URL
	} else {
		b.WriteString(dsntext.EscapeHost(c.Host))
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
			b.WriteString(dsntext.Escape(shown + k.hideFrom))
			if rest != "" {
				b.WriteString(hidden)
			}
		} else {
			b.WriteString(dsntext.Escape(value))
		}
	}
	return b.String()
}

const hidden = "***"

// String returns the DSN without secrets. Package fmt cannot call it for an unexported field that holds a Config. Use a
// *Config there; it prints as an address.
func (c Config) String() string { return c.dsn(false) }

// Format writes what String returns, for every verb of package fmt.
func (c Config) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.dsn(false)) }

// LogValue returns what String returns.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.dsn(false)) }
