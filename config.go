package exawire

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/compression"
	"github.com/exawire/exawire/internal/errtext"
	"github.com/exawire/exawire/internal/hostlist"
	"github.com/exawire/exawire/internal/wire"
	"github.com/exawire/exawire/resultset"
	exatls "github.com/exawire/exawire/tls"
)

// Defaults of Config.
const (
	DefaultPort           = 8563
	DefaultFetchBytes     = resultset.DefaultFetchBytes // 32 MiB
	DefaultMessageLimit   = wire.DefaultMessageLimit    // 256 MiB
	DefaultConnectTimeout = 10 * time.Second
	DefaultCancelGrace    = wire.DefaultCancelGrace // 5 seconds
	DefaultPeerTimeout    = 90 * time.Second
	DefaultStatementCache = 64
)

// MaxStatementCache is the largest Config.StatementCache. Each statement takes memory on the server.
const MaxStatementCache = 1000

// Config says where, as whom and how to connect. The zero value of every field except Host is usable; the defaults are named
// here. [New] copies a Config, so later changes to it have no effect.
type Config struct {
	// Where.

	// Host is a host name, an address ([::1] for IPv6), a list "a,b" or a range "10.0.0.11..14", "exa01..12.corp". One of
	// the hosts is picked at random for each session; if it cannot be reached, the others and all addresses of each name are
	// tried. A host may have a port and a fingerprint of its own: "exa1/A1B2...:8563", or with colons in the fingerprint,
	// "exa1/A1:B2...:8563". They hold for the hosts to its left too, up to the next one that has its own. In the place of a
	// fingerprint, nocertcheck means no verification at all: "exa1/nocertcheck:8563".
	Host string
	// Port is the port of hosts without one of their own; 0 means DefaultPort.
	Port int
	// Path is the path of the WebSocket URL, for gateways; "" means "/". The database itself ignores it.
	Path string

	// Who. Either User with Password or PasswordSource, or Token or TokenSource.

	// User and Password are what to log in with. The password is sent encrypted, even with Plaintext.
	User, Password string
	// PasswordSource, if set, is asked for the password of each new session and of each subconnection of [Session.Parallel],
	// for several at the same time.
	PasswordSource func(ctx context.Context) (string, error)
	// Token is sent instead of a password, and only through TLS. Tokens expire: see TokenSource.
	Token Token
	// TokenSource, if set, is asked for the token of each new session, as PasswordSource is.
	TokenSource func(ctx context.Context) (Token, error)

	// Session start.

	// Schema is the schema to open, spelled as it is stored: in upper case unless it was created with quotes.
	Schema string
	// Attributes are set at login, in addition to Schema; if one is listed several times, the last counts. Unless they say
	// otherwise, autocommit is on, the numeric characters are ".," and feedback comes every second.
	Attributes []Attribute
	// PinFormats makes Connect set the session's formats to the widest exact ones: dates as YYYY-MM-DD, timestamps as
	// YYYY-MM-DD HH24:MI:SS.FF9, decimals with a point. A TIMESTAMP(9) then keeps all its digits; the server's default
	// format cuts them to six on reading, and they are refused on writing. If the server's formats are others, this also
	// changes what TO_CHAR and implicit casts do in the session's SQL. [Session.Reset] brings these formats back.
	PinFormats bool
	// Truncate makes every statement drop what a parameter cannot hold, as the option Truncate does: digits after the point,
	// fractions of a second, the time of day of a DATE. Without it such a value is refused, and nothing is lost. It is for
	// programs on top of database/sql that write times such as time.Now().
	Truncate bool
	// RepeatedHour says which instant a TIMESTAMP WITH LOCAL TIME ZONE stands for if the clocks of the session's time zone
	// show its text twice: neither, which makes the value an error where a time.Time is wanted, or the first, or the second.
	// An instant is written only if the server stores that very instant, which depends on TIME_ZONE_BEHAVIOR, and if it is
	// not read back as the other one. In a session with TIME_ZONE 'UTC' there are no such times.
	RepeatedHour RepeatedHour
	// ClientName and ClientVersion show up in the server's session tables; "" means this module's.
	ClientName, ClientVersion string
	// ProtocolVersion is the highest version to ask for; 0 means commands.Latest. The server may choose a lower one.
	ProtocolVersion commands.Version

	// Transport.

	// TLS is used as it is, except for the fingerprint; nil means TLS 1.2 or newer with full verification.
	TLS *tls.Config
	// CertificateFingerprint pins the server's certificate: the SHA-256 hash of its DER bytes, as 64 hexadecimal digits. It
	// replaces the verification of chain, dates and host name.
	CertificateFingerprint string
	// Plaintext switches TLS off (ws://). Servers from version 8 on refuse it, and tokens are never sent this way.
	Plaintext bool
	// Compression asks for zlib compression of all messages after the login. It pays on links below about 100 MB/s.
	Compression bool
	// Codec compresses messages; nil means compression.Zlib at its fastest level.
	Codec compression.Codec
	// DialContext opens the connection to host:port, for proxies and tests; nil means a net.Dialer. If it is set, this
	// module does not look up host names.
	DialContext func(ctx context.Context, network, addr string) (net.Conn, error)

	// Bounds and patience.

	// FetchBytes is the largest number of bytes that one fetch asks for, up to commands.MaxFetchBytes; 0 means
	// DefaultFetchBytes, or a quarter of MessageLimit if that is less. Fetches begin small and grow when the distance to the
	// server makes that worthwhile. The server counts bytes in its own way, so an answer may be larger than what was asked
	// for: hence the quarter.
	FetchBytes int64
	// Prefetch is how many batches are fetched and decoded while the caller works on one; 0 means 1, and a negative number
	// none. If batches are small, as from a near server, one more is fetched.
	Prefetch int
	// MessageLimit is the size of the largest message to accept, after decompression; 0 means DefaultMessageLimit. It is at
	// least 64 KiB and four times FetchBytes. A larger message closes the session, even if it holds a single row.
	MessageLimit int64
	// ConnectTimeout limits the attempt to reach one address, and then the login there; 0 means DefaultConnectTimeout.
	ConnectTimeout time.Duration
	// CancelGrace is how long to wait for the answer to a command after the caller's context has ended, and how long
	// everything together may take that is done after a caller has left; 0 means DefaultCancelGrace. If an answer is due
	// when it is over, the session is closed.
	CancelGrace time.Duration
	// PeerTimeout is how long a server that owes an answer may be silent before the session is closed; 0 means
	// DefaultPeerTimeout, and a negative number for ever. During statements, for which the server is asked to give feedback,
	// it may be silent for three feedback intervals if they are longer: while a session is queued, some servers give
	// feedback only every 30 s.
	PeerTimeout time.Duration
	// StatementCache is how many prepared statements a session keeps open on the server for Query and Exec with arguments,
	// up to MaxStatementCache; 0 means DefaultStatementCache, and a negative number none. See [Session.Query].
	StatementCache int

	// Tracer sees attempts to connect, commands and the ends of sessions; nil for none. [SlogTracer] makes one that writes a log,
	// and [JoinTracers] one of several.
	Tracer Tracer
}

// Token is an OpenID token; exactly one of the fields is set. It prints as "[redacted]", and general encoders see neither
// field.
type Token struct {
	Access  string `json:"-"` // access token
	Refresh string `json:"-"` // refresh token
}

// String hides the token.
func (Token) String() string { return redactedText }

// Format hides the token from every verb of package fmt.
func (Token) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redactedText) }

// LogValue hides the token.
func (Token) LogValue() slog.Value { return slog.StringValue(redactedText) }

const redactedText = "[redacted]"

// Clone returns a copy that shares nothing that can be changed.
func (c *Config) Clone() *Config {
	d := *c
	d.Attributes = slices.Clone(c.Attributes)
	if c.TLS != nil {
		d.TLS = c.TLS.Clone()
	}
	return &d
}

// withDefaults returns a validated copy with every default filled in.
func (c *Config) withDefaults() (*Config, error) {
	d := c.Clone()
	if err := d.validate(); err != nil {
		return nil, err
	}
	setDefault(&d.Port, DefaultPort)
	setDefault(&d.Path, "/")
	setDefault(&d.ClientName, "exawire")
	setDefault(&d.ClientVersion, Version)
	setDefault(&d.ProtocolVersion, commands.Latest)
	setDefault(&d.MessageLimit, DefaultMessageLimit)
	setDefault(&d.FetchBytes, min(DefaultFetchBytes, d.MessageLimit/fetchShare))
	setDefault(&d.ConnectTimeout, DefaultConnectTimeout)
	setDefault(&d.CancelGrace, DefaultCancelGrace)
	setDefault(&d.PeerTimeout, DefaultPeerTimeout)
	setDefault(&d.StatementCache, DefaultStatementCache)
	if d.Codec == nil {
		d.Codec = compression.Zlib(compression.BestSpeed)
	}
	return d, nil
}

func setDefault[T comparable](v *T, def T) {
	var zero T
	if *v == zero {
		*v = def
	}
}

// validate joins a *ConfigError for each thing that is wrong. What it accepts, DSN can write and ParseDSN read.
func (c *Config) validate() error {
	var errs []error
	check := func(ok bool, field, reason string) {
		if !ok {
			errs = append(errs, &ConfigError{Field: field, Reason: reason})
		}
	}
	c.checkText(check)
	c.checkWhere(check)
	c.checkWho(check)
	c.checkAttributes(check)
	check(c.RepeatedHour >= RepeatedHourError && c.RepeatedHour <= RepeatedHourSecond, "RepeatedHour",
		"is not RepeatedHourError, RepeatedHourFirst or RepeatedHourSecond")
	check(c.ProtocolVersion >= 0 && c.ProtocolVersion <= commands.Latest, "ProtocolVersion",
		fmt.Sprintf("is not between 1 and %d", int(commands.Latest)))
	check(!c.Plaintext || c.TLS == nil, "Plaintext", "and TLS exclude each other")
	check(c.FetchBytes >= 0 && c.FetchBytes <= commands.MaxFetchBytes, "FetchBytes",
		fmt.Sprintf("is not between 1 and %d", int64(commands.MaxFetchBytes)))
	check(c.Prefetch <= 1, "Prefetch", "is more than 1")
	check(c.MessageLimit == 0 || c.MessageLimit >= minMessageLimit, "MessageLimit", "is less than 64 KiB")
	check(c.MessageLimit < minMessageLimit || c.MessageLimit/fetchShare >= c.FetchBytes, "MessageLimit",
		fmt.Sprintf("of %d is less than %d times FetchBytes, which is %d", c.MessageLimit, fetchShare, c.FetchBytes))
	check(c.ConnectTimeout >= 0, "ConnectTimeout", "is negative")
	check(c.CancelGrace >= 0, "CancelGrace", "is negative")
	check(c.StatementCache <= MaxStatementCache, "StatementCache", fmt.Sprintf("is more than %d", MaxStatementCache))
	return errtext.Join(errs...)
}

const (
	// minMessageLimit leaves room for what the server says at login.
	minMessageLimit = 64 << 10

	// fetchShare is how many times the largest fetch must fit into the message limit: what the server counts as one byte
	// may be several as JSON, and it sends whole rows. What the factor really is the rows learn from the first answers.
	// The default limit has room for the largest fetch that the protocol allows.
	fetchShare = 4
)

type checkFunc func(ok bool, field, reason string)

// checkText finds text that JSON cannot carry.
func (c *Config) checkText(check checkFunc) {
	for _, f := range []struct{ field, text string }{
		{"Host", c.Host},
		{"Path", c.Path},
		{"User", c.User},
		{"Password", c.Password},
		{"Token", c.Token.Access},
		{"Token", c.Token.Refresh},
		{"Schema", c.Schema},
		{"ClientName", c.ClientName},
		{"ClientVersion", c.ClientVersion},
	} {
		check(utf8.ValidString(f.text), f.field, "is not valid UTF-8")
	}
}

func (c *Config) checkWhere(check checkFunc) {
	check(c.Port >= 0 && c.Port <= 65535, "Port", "is not between 1 and 65535")
	check(c.Path == "" || strings.HasPrefix(c.Path, "/"), "Path", "does not begin with /")
	u, err := url.Parse("ws://host" + c.Path)
	check(err == nil && u.Fragment == "" || !strings.HasPrefix(c.Path, "/"), "Path", "is not the path of a URL")
	check(!c.Plaintext || c.CertificateFingerprint == "", "Plaintext", "and CertificateFingerprint exclude each other")
	if c.CertificateFingerprint != "" {
		_, err := exatls.ParseFingerprint(c.CertificateFingerprint)
		check(err == nil, "CertificateFingerprint", "is not 64 hexadecimal digits")
	}
	if c.Host == "" {
		check(false, "Host", "is not set")
		return
	}
	hosts, err := hostlist.Parse(c.Host)
	if err != nil {
		check(false, "Host", err.Error())
	}
	pinned := slices.ContainsFunc(hosts, func(h hostlist.Host) bool { return h.Fingerprint != "" })
	check(!c.Plaintext || !pinned, "Plaintext", "and the fingerprint of a host exclude each other")
}

func (c *Config) checkWho(check checkFunc) {
	password := c.Password != "" || c.PasswordSource != nil
	token := c.Token != Token{} || c.TokenSource != nil
	check(c.Password == "" || c.PasswordSource == nil, "Password", "and PasswordSource exclude each other")
	check(c.Token == Token{} || c.TokenSource == nil, "Token", "and TokenSource exclude each other")
	check(c.Token.Access == "" || c.Token.Refresh == "", "Token", "has an access and a refresh token: only one can be sent")
	check(!token || !password, "Token", "and a password exclude each other")
	check(!token || !c.Plaintext, "Token", "needs TLS: tokens are not sent in plain text")
	check(!token || c.ProtocolVersion == 0 || c.ProtocolVersion >= commands.V3, "Token", "needs ProtocolVersion 3 or newer")
	check(c.User != "" || !password, "User", "is not set")
}

func (c *Config) checkAttributes(check checkFunc) {
	for _, a := range c.Attributes {
		check(a.Name() != "currentSchema" || c.Schema == "", "Schema", "and the attribute currentSchema exclude each other")
		check(!c.PinFormats || a.Name() != "numericCharacters" || a == commands.NumericCharacters(pinnedNumbers), "PinFormats",
			"and the attribute numericCharacters exclude each other")
		switch reason := attributeReason(a); {
		case a.Name() == "":
			check(false, "Attributes", "has an empty attribute")
		case reason != "":
			check(false, "Attributes", "has "+a.Name()+", which "+reason)
		}
	}
}

// initialAttributes returns the attributes to send with the login.
func (c *Config) initialAttributes() []Attribute {
	attrs := []Attribute{commands.Autocommit(true), commands.FeedbackInterval(time.Second), commands.NumericCharacters(pinnedNumbers)}
	if c.Schema != "" {
		attrs = append(attrs, commands.CurrentSchema(c.Schema))
	}
	for _, a := range c.Attributes {
		attrs = slices.DeleteFunc(attrs, func(b Attribute) bool { return b.Name() == a.Name() })
		attrs = append(attrs, a)
	}
	return attrs
}

// credentials are what one login proves itself with: user and password, or a token.
type credentials struct {
	user, password string
	token          Token
}

// credentialSource returns the credentials of the next login.
type credentialSource func(ctx context.Context) (credentials, error)

// credentials returns those of the next login. Passwords and tokens that have a source are never kept.
func (c *Config) credentials(ctx context.Context) (credentials, error) {
	if c.usesToken() {
		token, err := c.token(ctx)
		return credentials{token: token}, err
	}
	password := c.Password
	if c.PasswordSource != nil {
		var err error
		if password, err = c.PasswordSource(ctx); err != nil {
			return credentials{}, fmt.Errorf("credentials: password source: %w", err)
		}
	}
	return credentials{user: c.User, password: password}, nil
}

// token returns the token to log in with.
func (c *Config) token(ctx context.Context) (Token, error) {
	if c.TokenSource == nil {
		return c.Token, nil
	}
	token, err := c.TokenSource(ctx)
	if err != nil {
		return Token{}, fmt.Errorf("credentials: token source: %w", err)
	}
	if (token.Access == "") == (token.Refresh == "") {
		return Token{}, errors.New("credentials: the token source returned neither or both of an access and a refresh token")
	}
	return token, nil
}

// usesToken reports whether the login is one with a token, which servers before V3 do not have.
func (c *Config) usesToken() bool { return c.TokenSource != nil || c.Token != (Token{}) }

// attributeReason says what is wrong with an attribute, "" if nothing.
func attributeReason(a Attribute) string {
	var invalid *commands.AttributeError
	if errors.As(a.Check(), &invalid) {
		return invalid.Reason
	}
	return ""
}
