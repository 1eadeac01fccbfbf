package exatest

import (
	"crypto/tls"
	"math"
	"net/netip"
	"slices"
	"time"

	"github.com/exawire/exawire/exatest/internal/replay"
)

// DefaultUser and DefaultPassword are the credentials of a server without [WithUser].
const (
	DefaultUser     = "sys"
	DefaultPassword = "exasol"
)

// Option changes how a server behaves. Options are given to [NewServer] and [Start].
type Option func(*config)

type config struct {
	users         map[string]string // by upper-case name
	dsnUser       string
	dsnPassword   string
	accessTokens  map[string]string // token -> user
	refreshTokens map[string]string

	network      *VirtualNetwork
	nodes        []string
	dnsNames     []string
	ips          []netip.Addr
	port         int
	plaintext    bool
	release      release
	maxVersion   int
	backend      Backend
	lenient      bool
	keyForm      KeyForm
	databaseName string

	attributes      []member
	schemas         []string
	ignoreReadOnly  bool
	inlineRows      int
	maxMessage      int64
	maxRequest      int64
	inlineBytes     int64
	firstHandle     int
	numbers         numberForms
	globalPositions bool
	parallelTimeout time.Duration
	idleTimeout     time.Duration
	sessionLimit    int // 0: none
	feedbackPayload string
	noFeedback      bool
	compression     *bool            // nil if the client decides
	recording       replay.Recording // nil if the server answers by itself
	certificate     *tls.Certificate
	noRequestLog    bool
	onRequest       func(*Request)
	onViolation     func(Violation)
}

func newConfig(opts []Option) *config {
	c := &config{
		users:           map[string]string{},
		accessTokens:    map[string]string{},
		refreshTokens:   map[string]string{},
		release:         parseRelease("8.32.0"),
		maxVersion:      5,
		databaseName:    "DB1",
		inlineRows:      1000,
		maxMessage:      64 << 20,
		firstHandle:     1,
		parallelTimeout: 30 * time.Second,
		feedbackPayload: "EXECUTING",
	}
	for _, opt := range opts {
		opt(c)
	}
	if len(c.users) == 0 {
		WithUser(DefaultUser, DefaultPassword)(c)
	}
	if c.maxRequest <= 0 {
		c.maxRequest = c.maxMessage
	}
	if c.inlineBytes <= 0 || c.inlineBytes > c.maxMessage {
		c.inlineBytes = c.maxMessage
	}
	if c.recording != nil {
		c.impersonate(c.recording.Identity())
	}
	return c
}

// WithUser adds a user, in place of the default user sys with the password exasol. [Server.DSN] has the first user that
// was given. Names are not case-sensitive.
func WithUser(name, password string) Option {
	return func(c *config) {
		if len(c.users) == 0 {
			c.dsnUser, c.dsnPassword = name, password
		}
		c.users[foldName(name)] = password
	}
}

// WithAccessToken lets a user log in with an access token.
func WithAccessToken(user, token string) Option {
	return func(c *config) { c.accessTokens[token] = user }
}

// WithRefreshToken lets a user log in with a refresh token. From protocol version 3 on, the token also works in place
// of the password.
func WithRefreshToken(user, token string) Option {
	return func(c *config) { c.refreshTokens[token] = user }
}

// WithNetwork makes the server listen on a network in memory instead of the loopback interface, so that it works inside
// a testing/synctest bubble.
func WithNetwork(vn *VirtualNetwork) Option { return func(c *config) { c.network = vn } }

// WithNodes sets the hosts of a cluster. The server listens on each of them, at the same port, and getHosts lists them.
// A host that is given several times counts as several nodes. On the loopback interface hosts have to be addresses of
// this machine, such as 127.0.0.1 and, on Linux, 127.0.0.2; on a [VirtualNetwork] any name will do. The default is one
// node: 127.0.0.1, or "exatest" on a virtual network.
func WithNodes(hosts ...string) Option { return func(c *config) { c.nodes = slices.Clone(hosts) } }

// WithPort makes the server listen on this port. The default is a free port, or 8563 on a [VirtualNetwork].
func WithPort(port int) Option { return func(c *config) { c.port = port } }

// WithCertificateNames adds host names and IP addresses to the server's certificate, besides those of its nodes and of
// the loopback interface.
func WithCertificateNames(names ...string) Option {
	return func(c *config) {
		for _, name := range names {
			if ip, err := netip.ParseAddr(name); err == nil {
				c.ips = append(c.ips, ip)
			} else {
				c.dnsNames = append(c.dnsNames, name)
			}
		}
	}
}

// WithPlaintext makes the server accept logins over connections without TLS, whatever its release, and makes
// [Server.DSN] ask for such a connection. TLS keeps working. Without this option releases from 8.0 on refuse the login
// of a plain connection with 08004, and older ones accept it.
func WithPlaintext() Option { return func(c *config) { c.plaintext = true } }

// WithRelease sets the release that the server claims to be, such as "7.1.30" or "2025.1.11". The default is "8.32.0".
// See [CheckRelease] for the releases that exist. The release decides everything that a client can see of it:
//
//   - the newest protocol version (1 before 7.0, 2 before 7.1, 3 before 8.32, then 5), and whether a version that is
//     too new is refused (before 6.1.9 and 6.2.5) or lowered
//   - the default of autocommit (off before 7.1)
//   - whether a login over a plain connection fails with 08004 (from 8.0 on), and the newest version of TLS (1.2 before
//     8.0)
//   - the size of a TIMESTAMP in protocol versions 1 to 4 (8 before 8.0, then 16)
//   - the fractional digits of a timestamp (3 before 8.32, then those of its type)
//   - the clause PUBLIC KEY of IMPORT and EXPORT, which is a syntax error before 8.32. From 2025.1 on it is needed for
//     an https address of a client, which is one with an IP address as its host
//   - the largest queryTimeout, and the words of getKeywords
func WithRelease(version string) Option { return func(c *config) { c.release = parseRelease(version) } }

// WithProtocolVersion lowers the newest protocol version that the server speaks below that of its release.
func WithProtocolVersion(v int) Option { return func(c *config) { c.maxVersion = v } }

// WithBackend makes b answer the statements and metadata commands that no handler answers. The server closes b.
func WithBackend(b Backend) Option { return func(c *config) { c.backend = b } }

// WithLeniency keeps violations of the protocol from failing the test. [Server.Violations] still lists them.
func WithLeniency() Option { return func(c *config) { c.lenient = true } }

// KeyForm says in which forms the server sends its public key to a client that logs in.
type KeyForm int

// These are the forms of a public key.
const (
	BothForms   KeyForm = iota // PEM, modulus and exponent, as real servers send it
	PEMOnly                    // publicKeyPem only
	ModulusOnly                // publicKeyModulus and publicKeyExponent only
)

// WithKeyForm sets the forms in which the server sends its public key. The default is [BothForms].
func WithKeyForm(form KeyForm) Option { return func(c *config) { c.keyForm = form } }

// WithDatabaseName sets the name of the database in the answer to a login. The default is DB1.
func WithDatabaseName(name string) Option { return func(c *config) { c.databaseName = name } }

// WithSessionAttribute sets the value that an attribute has at the start of a session, by its name on the wire:
// WithSessionAttribute("dateFormat", "DD.MM.YYYY"). Read-only attributes can be set too. value is a bool, an int or a
// string, whichever the attribute needs. A name that no attribute has, and a value of another type, keep the server from
// starting. If dateFormat or datetimeFormat is a format that the server does not know, the texts of such values and
// parameters go through unchanged, so that a test can play anything that a database might write.
func WithSessionAttribute(name string, value any) Option {
	return func(c *config) { c.attributes = append(c.attributes, field(name, value)) }
}

// WithSchemas sets the schemas that exist. Setting currentSchema to any other fails with 42000. Without this option,
// and without a [Backend], every schema exists.
func WithSchemas(names ...string) Option {
	return func(c *config) { c.schemas = append([]string{}, names...) }
}

// WithoutReadOnlyExceptions makes the server ignore read-only attributes that a client sends. Without this option they
// get an exception, unless the value is the one that the attribute already has. They are a violation either way.
func WithoutReadOnlyExceptions() Option { return func(c *config) { c.ignoreReadOnly = true } }

// WithInlineRows sets the number of rows from which a result set is no longer sent with the answer and has to be
// fetched by its handle. The default is 1000, as on a real server; 0 gives every result set a handle.
func WithInlineRows(n int) Option { return func(c *config) { c.inlineRows = n } }

// WithInlineBytes sets the size of the encoded rows, in bytes, above which only a part of a small result set is sent
// with the answer and the rest has to be fetched by its handle. The default is the size limit of a message.
func WithInlineBytes(n int64) Option { return func(c *config) { c.inlineBytes = n } }

// WithMaxMessageSize sets maxDataMessageSize, the size limit of a message in either direction, in bytes, which the login
// announces. The default is 64 MiB.
func WithMaxMessageSize(n int64) Option { return func(c *config) { c.maxMessage = n } }

// WithMaxRequestSize sets how long a client's message may be, in bytes after decompression, independently of the limit
// that the login announces. The default is that of [WithMaxMessageSize]. It is not known where a real server draws the
// line: the tests of one client send 200 MB although the server announces 64 MiB.
//
// A message that is longer is a violation. Up to 16 times the limit it is read to its end and forgotten, and its answer
// is an exception with code 00000; the session goes on. One that is longer still costs the client its connection.
func WithMaxRequestSize(n int64) Option { return func(c *config) { c.maxRequest = n } }

// drainFactor is how many times as long as the limit a message may be that is read to its end.
const drainFactor = 16

// drainLimit is the length of the longest message that is read to its end.
func (c *config) drainLimit() int64 {
	if c.maxRequest > math.MaxInt64/(2*drainFactor) {
		return math.MaxInt64 / 2
	}
	return c.maxRequest * drainFactor
}

// WithFirstHandle sets the first handle of result sets and statements in each session. The default is 1; 0 finds
// clients that take 0 for "no handle".
func WithFirstHandle(n int) Option { return func(c *config) { c.firstHandle = n } }

// WithGlobalPositions makes the startPosition of a fetch on a subconnection count the rows of the whole result set.
// Without this option it counts the subconnection's own rows from 0. It is not known which of the two a real server
// does.
func WithGlobalPositions() Option { return func(c *config) { c.globalPositions = true } }

// WithParallelTimeout limits how long a subconnection waits for the others, both when it logs in and at commands that
// all subconnections have to send together. The default is 30 seconds.
func WithParallelTimeout(d time.Duration) Option { return func(c *config) { c.parallelTimeout = d } }

// WithIdleTimeout ends sessions that have sent nothing for d: their connections are cut without a Close frame. The
// default, 0, keeps them.
func WithIdleTimeout(d time.Duration) Option { return func(c *config) { c.idleTimeout = d } }

// WithFeedbackPayload sets the payload of the pongs that the server sends while a command runs. The default is
// "EXECUTING".
func WithFeedbackPayload(payload string) Option {
	return func(c *config) { c.feedbackPayload = payload }
}

// WithoutFeedback turns off the pongs that the server sends while a command runs.
func WithoutFeedback() Option { return func(c *config) { c.noFeedback = true } }

// WithCompression turns compression on or off, whatever the client asks for in its login. The answer to the login says
// which of the two applies.
func WithCompression(on bool) Option { return func(c *config) { c.compression = &on } }
