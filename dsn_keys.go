package exawire

import (
	"crypto/tls"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/dsntext"
	"github.com/exawire/exawire/internal/jsonscan"
	exatls "github.com/exawire/exawire/tls"
)

// dsnParser is a DSN that is being read.
type dsnParser struct {
	cfg  Config
	seen map[string]bool // names of keys
	errs []error
	url  bool // it is of the form exa://

	skipVerify bool // tls=skip-verify
	validate   bool // of validateservercertificate, if seen
}

// dsnKey is one key of a DSN. set returns what is wrong with the value, "" if nothing; get returns the
// value that gives the configuration back, ok if the field is set at all.
type dsnKey struct {
	name      string
	aliases   []string // spellings of other clients
	attribute string   // session attribute that it becomes, if it does
	secret    bool     // not shown, or only up to hideFrom
	hideFrom  string
	set       func(p *dsnParser, value string) (reason string)
	get       func(c *Config) (value string, ok bool)
}

// dsnKeys is the table of keys, in the order in which DSN writes them.
var dsnKeys = []dsnKey{
	{name: "user", set: setText(func(c *Config) *string { return &c.User })},
	{name: "password", set: setText(func(c *Config) *string { return &c.Password })},
	secretKey("accesstoken", func(c *Config) *string { return &c.Token.Access }),
	secretKey("refreshtoken", func(c *Config) *string { return &c.Token.Refresh }),
	{
		name: "port",
		set:  number(1, 65535, func(c *Config, n int64) { c.Port = int(n) }),
		get:  func(c *Config) (string, bool) { return strconv.Itoa(c.Port), c.Port != 0 },
	},
	{name: "schema", set: setText(func(c *Config) *string { return &c.Schema }), get: getSchema},
	{
		// What follows the question mark may be the ticket of a gateway.
		name: "path", aliases: []string{"urlpath"}, secret: true, hideFrom: "?", set: setPath,
		get: func(c *Config) (string, bool) { return c.Path, c.Path != "" },
	},
	{name: "tls", aliases: []string{"encryption"}, set: setTLS, get: getTLS},
	{
		name: "validateservercertificate",
		set:  flag(func(p *dsnParser, on bool) { p.validate = on }),
	},
	{
		name: "fingerprint", aliases: []string{"certificatefingerprint"}, set: setFingerprint,
		get: func(c *Config) (string, bool) { return c.CertificateFingerprint, c.CertificateFingerprint != "" },
	},
	{
		name: "compression",
		set:  flag(func(p *dsnParser, on bool) { p.cfg.Compression = on }),
		get:  func(c *Config) (string, bool) { return "1", c.Compression },
	},
	{
		name: "protocolversion",
		set:  number(1, int64(commands.Latest), func(c *Config, n int64) { c.ProtocolVersion = commands.Version(n) }),
		get:  func(c *Config) (string, bool) { return strconv.Itoa(int(c.ProtocolVersion)), c.ProtocolVersion != 0 },
	},
	{
		name: "pinformats",
		set:  flag(func(p *dsnParser, on bool) { p.cfg.PinFormats = on }),
		get:  func(c *Config) (string, bool) { return "1", c.PinFormats },
	},
	{
		name: "truncate",
		set:  flag(func(p *dsnParser, on bool) { p.cfg.Truncate = on }),
		get:  func(c *Config) (string, bool) { return "1", c.Truncate },
	},
	{name: "repeatedhour", set: setRepeatedHour, get: getRepeatedHour},
	textKey("clientname", func(c *Config) *string { return &c.ClientName }),
	textKey("clientversion", func(c *Config) *string { return &c.ClientVersion }),
	{
		name: "fetchbytes",
		set:  number(1, commands.MaxFetchBytes, func(c *Config, n int64) { c.FetchBytes = n }),
		get:  func(c *Config) (string, bool) { return strconv.FormatInt(c.FetchBytes, 10), c.FetchBytes != 0 },
	},
	{name: "fetchsize", set: setFetchSize},
	{
		name: "prefetch",
		set: flag(func(p *dsnParser, on bool) {
			p.cfg.Prefetch = -1
			if on {
				p.cfg.Prefetch = 1
			}
		}),
		get: func(c *Config) (string, bool) { return strconv.Itoa(max(c.Prefetch, 0)), c.Prefetch != 0 },
	},
	{
		name: "messagelimit",
		set:  number(minMessageLimit, 1<<63-1, func(c *Config, n int64) { c.MessageLimit = n }),
		get:  func(c *Config) (string, bool) { return strconv.FormatInt(c.MessageLimit, 10), c.MessageLimit != 0 },
	},
	durationKey("connecttimeout", func(c *Config) *time.Duration { return &c.ConnectTimeout }),
	durationKey("cancelgrace", func(c *Config) *time.Duration { return &c.CancelGrace }),
	{name: "peertimeout", set: setPeerTimeout, get: getPeerTimeout},
	{
		// 0 stands for what a Config says with a negative number.
		name: "statementcache",
		set: number(0, MaxStatementCache, func(c *Config, n int64) {
			if c.StatementCache = int(n); n == 0 {
				c.StatementCache = -1
			}
		}),
		get: func(c *Config) (string, bool) { return strconv.Itoa(max(c.StatementCache, 0)), c.StatementCache != 0 },
	},
	flagAttributeKey("autocommit", "autocommit", commands.Autocommit),
	secondsAttributeKey("querytimeout", "queryTimeout", commands.QueryTimeout),
	secondsAttributeKey("feedbackinterval", "feedbackInterval", commands.FeedbackInterval),
	attributeKey("resultsetmaxrows", "resultSetMaxRows", func(value string) (Attribute, string) {
		n, err := strconv.ParseUint(value, 10, strconv.IntSize-1)
		if err != nil {
			return Attribute{}, "is not a number of rows"
		}
		return commands.ResultSetMaxRows(int(n)), ""
	}),
	flagAttributeKey("snapshottransactions", "snapshotTransactionsEnabled", commands.SnapshotTransactions),
	flagAttributeKey("timestamputc", "timestampUtcEnabled", commands.TimestampUTC),
	attributeKey("numericcharacters", "numericCharacters", func(value string) (Attribute, string) {
		return commands.NumericCharacters(value), ""
	}),
}

func setText(field func(c *Config) *string) func(*dsnParser, string) string {
	return func(p *dsnParser, value string) string {
		*field(&p.cfg) = value
		return ""
	}
}

func textKey(name string, field func(c *Config) *string) dsnKey {
	return dsnKey{
		name: name,
		set:  setText(field),
		get:  func(c *Config) (string, bool) { return *field(c), *field(c) != "" },
	}
}

func secretKey(name string, field func(c *Config) *string) dsnKey {
	k := textKey(name, field)
	k.secret = true
	return k
}

func number(least, most int64, set func(c *Config, n int64)) func(*dsnParser, string) string {
	return func(p *dsnParser, value string) string {
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil || n < least || n > most {
			return fmt.Sprintf("is not a number from %d to %d", least, most)
		}
		set(&p.cfg, n)
		return ""
	}
}

func flag(set func(p *dsnParser, on bool)) func(*dsnParser, string) string {
	return func(p *dsnParser, value string) string {
		on, ok := dsntext.Switch(value)
		set(p, on)
		return flagReason(ok)
	}
}

func flagReason(ok bool) string {
	if ok {
		return ""
	}
	return "is neither 1, true, on, yes nor 0, false, off, no"
}

func setPath(p *dsnParser, value string) string {
	p.cfg.Path = value
	if !strings.HasPrefix(value, "/") {
		p.cfg.Path = "/" + value
	}
	return ""
}

func setTLS(p *dsnParser, value string) string {
	if strings.EqualFold(value, "skip-verify") {
		p.skipVerify = true
		return ""
	}
	on, ok := dsntext.Switch(value)
	p.cfg.Plaintext = ok && !on
	if !ok {
		return "is neither on, off nor skip-verify"
	}
	return ""
}

// getTLS writes skip-verify only if nothing else takes the place of the verification: whoever reads the DSN must not
// end up with less than there was.
func getTLS(c *Config) (string, bool) {
	switch {
	case c.Plaintext:
		return "off", true
	case c.TLS != nil && c.TLS.InsecureSkipVerify && c.TLS.VerifyConnection == nil && c.TLS.VerifyPeerCertificate == nil:
		return "skip-verify", true
	}
	return "", false
}

func skipVerifyConfig() *tls.Config {
	return &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12} //nolint:gosec // asked for by name
}

func setFingerprint(p *dsnParser, value string) string {
	if _, err := exatls.ParseFingerprint(value); err != nil {
		return "is not 64 hexadecimal digits"
	}
	p.cfg.CertificateFingerprint = value
	return ""
}

func getSchema(c *Config) (string, bool) {
	schema := c.Schema
	if schema == "" {
		schema, _ = attributeText(c, "currentSchema")
	}
	return schema, schema != ""
}

// repeatedHours are the values of the key repeatedhour, by the numbers of RepeatedHour.
var repeatedHours = []string{"error", "first", "second"}

func setRepeatedHour(p *dsnParser, value string) string {
	i := slices.Index(repeatedHours, strings.ToLower(value))
	if i < 0 {
		return "is neither error, first nor second"
	}
	p.cfg.RepeatedHour = RepeatedHour(i)
	return ""
}

func getRepeatedHour(c *Config) (string, bool) {
	if c.RepeatedHour <= RepeatedHourError || int(c.RepeatedHour) >= len(repeatedHours) {
		return "", false
	}
	return repeatedHours[c.RepeatedHour], true
}

// setFetchSize counts in kilobytes, as other clients do.
func setFetchSize(p *dsnParser, value string) string {
	if p.seen["fetchbytes"] {
		return "and fetchbytes exclude each other"
	}
	p.seen["fetchbytes"] = true
	return number(1, commands.MaxFetchBytes>>10, func(c *Config, n int64) { c.FetchBytes = n << 10 })(p, value)
}

func durationKey(name string, field func(c *Config) *time.Duration) dsnKey {
	return dsnKey{
		name: name,
		set: func(p *dsnParser, value string) string {
			d, ok := dsntext.Seconds(value)
			if !ok || d == 0 {
				return "is not a duration above zero, such as 30 (seconds) or 1m30s"
			}
			*field(&p.cfg) = d
			return ""
		},
		get: func(c *Config) (string, bool) { return field(c).String(), *field(c) != 0 },
	}
}

// setPeerTimeout takes 0 for what a Config says with a negative number.
func setPeerTimeout(p *dsnParser, value string) string {
	d, ok := dsntext.Seconds(value)
	if !ok {
		return "is not a duration such as 30 (seconds) or 1m30s"
	}
	if p.cfg.PeerTimeout = d; d == 0 {
		p.cfg.PeerTimeout = -1
	}
	return ""
}

func getPeerTimeout(c *Config) (string, bool) {
	return max(c.PeerTimeout, 0).String(), c.PeerTimeout != 0
}

// attributeKey is a key that becomes a session attribute of the login.
func attributeKey(name, attribute string, parse func(value string) (Attribute, string)) dsnKey {
	return dsnKey{
		name:      name,
		attribute: attribute,
		set: func(p *dsnParser, value string) string {
			a, reason := parse(value)
			if reason == "" {
				reason = attributeReason(a)
			}
			if reason == "" {
				p.cfg.Attributes = append(p.cfg.Attributes, a)
			}
			return reason
		},
		get: func(c *Config) (string, bool) { return attributeText(c, attribute) },
	}
}

func flagAttributeKey(name, attribute string, assign func(on bool) Attribute) dsnKey {
	return attributeKey(name, attribute, func(value string) (Attribute, string) {
		on, ok := dsntext.Switch(value)
		return assign(on), flagReason(ok)
	})
}

func secondsAttributeKey(name, attribute string, assign func(d time.Duration) Attribute) dsnKey {
	return attributeKey(name, attribute, func(value string) (Attribute, string) {
		d, ok := dsntext.Seconds(value)
		if !ok {
			return Attribute{}, "is not a duration such as 30 (seconds) or 1m30s"
		}
		return assign(d), ""
	})
}

// attributeText returns the value that the configuration gives to an attribute, without the quotes of JSON.
func attributeText(c *Config, name string) (text string, ok bool) {
	for _, a := range c.Attributes {
		if a.Name() != name {
			continue
		}
		text, ok = a.JSON(), true
		if strings.HasPrefix(text, `"`) {
			text, _ = jsonscan.New([]byte(text)).Text()
		}
	}
	return text, ok
}
