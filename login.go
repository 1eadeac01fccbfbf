package exawire

import (
	"context"
	"fmt"
	"os"
	"os/user"
	"runtime"
	"slices"
	"strings"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/bufpool"
	"github.com/exawire/exawire/internal/ctxerr"
	"github.com/exawire/exawire/internal/errtext"
	"github.com/exawire/exawire/internal/wire"
)

// Login logs in with user name and password: both messages of the command login (V1). Fields of l that are not set come
// from the configuration, apart from user and password. It is for sessions from Client.Dial. The password is kept until
// the session is closed, since Parallel needs it again.
func (s *Session) Login(ctx context.Context, l commands.Login) (SessionInfo, error) {
	out := s.loginPassword(ctx, l, loginSource{again: func(context.Context) (credentials, error) {
		return credentials{user: l.Username, password: l.Password}, nil
	}})
	return s.Info(), out.err()
}

func (s *Session) loginPassword(ctx context.Context, l commands.Login, from loginSource) loginOutcome {
	s = s.opened()
	setDefault(&l.ProtocolVersion, s.askVersion)
	setDefault(&l.Client, s.cfg.clientInfo())
	return s.login(ctx, login{
		cmd: l, version: l.ProtocolVersion, attributes: l.Attributes, compress: l.UseCompression, encrypts: true, loginSource: from,
		second: l.AppendCredentials,
	})
}

// LoginToken logs in with an OpenID token: both messages of the command loginToken (V3). Fields of l that are not set
// come from the configuration, apart from the tokens. Without TLS nothing is sent and the error is ErrPlaintext.
func (s *Session) LoginToken(ctx context.Context, l commands.LoginToken) (SessionInfo, error) {
	out := s.loginToken(ctx, l, loginSource{again: func(context.Context) (credentials, error) {
		return credentials{token: Token{Access: l.AccessToken, Refresh: l.RefreshToken}}, nil
	}})
	return s.Info(), out.err()
}

func (s *Session) loginToken(ctx context.Context, l commands.LoginToken, from loginSource) loginOutcome {
	s = s.opened()
	setDefault(&l.ProtocolVersion, s.askVersion)
	setDefault(&l.Client, s.cfg.clientInfo())
	return s.login(ctx, login{
		cmd: l, version: l.ProtocolVersion, attributes: l.Attributes, compress: l.UseCompression, secretive: true, loginSource: from,
		second: func(dst []byte, _ commands.PublicKey) ([]byte, error) { return l.AppendCredentials(dst) },
	})
}

// SubLogin logs in to a subconnection: both messages of the command subLogin (V1). It returns when all subconnections that
// were announced have logged in, or after Config.PeerTimeout. [Session.Parallel] does it for all of them.
func (s *Session) SubLogin(ctx context.Context, l commands.SubLogin) (SessionInfo, error) {
	out := s.subLogin(ctx, l, loginSource{})
	return s.Info(), out.err()
}

func (s *Session) subLogin(ctx context.Context, l commands.SubLogin, from loginSource) loginOutcome {
	s = s.opened()
	setDefault(&l.ProtocolVersion, s.askVersion)
	return s.login(ctx, login{
		cmd: l, version: l.ProtocolVersion, sub: true, encrypts: true, loginSource: from,
		second: l.AppendCredentials,
	})
}

// SubLoginToken logs in to a subconnection with a token: both messages of the command subLoginToken (V3). See
// [Session.SubLogin].
func (s *Session) SubLoginToken(ctx context.Context, l commands.SubLoginToken) (SessionInfo, error) {
	out := s.subLoginToken(ctx, l, loginSource{})
	return s.Info(), out.err()
}

func (s *Session) subLoginToken(ctx context.Context, l commands.SubLoginToken, from loginSource) loginOutcome {
	s = s.opened()
	setDefault(&l.ProtocolVersion, s.askVersion)
	return s.login(ctx, login{
		cmd: l, version: l.ProtocolVersion, sub: true, secretive: true, loginSource: from,
		second: func(dst []byte, _ commands.PublicKey) ([]byte, error) { return l.AppendCredentials(dst) },
	})
}

// loginFromConfig logs in as the configuration says and reads the session's attributes. It is bounded by the
// ConnectTimeout.
func (s *Session) loginFromConfig(ctx context.Context) loginOutcome {
	cfg, from := s.cfg, loginSource{again: s.cfg.credentials, ended: ctx.Err}
	ctx, cancel := context.WithTimeout(ctx, cfg.ConnectTimeout)
	defer cancel()
	who, err := cfg.credentials(ctx)
	if err != nil {
		return hopeless(err)
	}
	attributes := cfg.initialAttributes()
	if cfg.PinFormats {
		attributes, from.pins = pinningAtLogin(attributes)
	}
	if who.token != (Token{}) {
		return s.loginToken(ctx, commands.LoginToken{
			AccessToken: who.token.Access, RefreshToken: who.token.Refresh,
			UseCompression: cfg.Compression, Attributes: attributes,
		}, from)
	}
	return s.loginPassword(ctx, commands.Login{
		Username: who.user, Password: who.password,
		UseCompression: cfg.Compression, Attributes: attributes,
	}, from)
}

// login is what the four logins differ in.
type login struct {
	cmd        commands.Command
	version    commands.Version // that it asks for
	attributes []Attribute
	compress   bool
	sub        bool // to a subconnection
	encrypts   bool // the credentials are encrypted with a key of the server's
	secretive  bool // the credentials need TLS
	loginSource

	// second makes the second message, the credentials.
	second func(dst []byte, key commands.PublicKey) ([]byte, error)
}

// loginSource is what a login has from where it comes from: a method of the session or the configuration.
type loginSource struct {
	pins  pinning          // of formats, behind the credentials
	again credentialSource // to log in to subconnections with, nil for those themselves
	ended func() error     // says why the caller's context has ended, if that of the login can end before; else nil
}

// loginOutcome is what happened to a login.
type loginOutcome struct {
	outcome        // of the message that it ended with; Sent is that of the credentials, unless the server has refused before
	final     bool // another host would not do better
	versioned bool // the server does not speak the version that was asked for
}

// hopeless is the outcome of a login that was not begun.
func hopeless(err error) loginOutcome { return loginOutcome{outcome: unsent(err), final: true} }

// classAtEnd returns the class of a login whose context has ended.
func (l *login) classAtEnd(ctx context.Context) ErrorClass {
	ended := ctx.Err()
	if l.ended != nil {
		ended = l.ended()
	}
	if ended == nil {
		return ClassConnection // the server took more than the ConnectTimeout
	}
	return classOfContext(ended)
}

// check returns an error if no server could do what the login asks for in its version.
func (l *login) check(cfg *Config) error {
	if l.secretive && cfg.Plaintext {
		return ErrPlaintext
	}
	if info, _ := commands.Lookup(l.cmd.CommandName()); info.Since > l.version {
		return &UnsupportedError{What: info.Name, Need: info.Since, Have: l.version}
	}
	for _, a := range l.attributes {
		if since := a.Since(); since > l.version {
			return &UnsupportedError{What: "attribute " + a.Name(), Need: since, Have: l.version}
		}
	}
	return nil
}

// call returns a message of the login. Nobody can abort one: what an abort does to a login is not defined.
func (l *login) call() *call {
	c := newCall(l.cmd, nil)
	c.intent.housekeeping = true
	return c
}

// login runs the round trips of every login. A login that failed cannot be tried again on the same connection.
func (s *Session) login(ctx context.Context, l login) (out loginOutcome) {
	if err := l.check(s.cfg); err != nil {
		return hopeless(err)
	}
	c := l.call()
	if err := s.encode(c); err != nil {
		return hopeless(err)
	}
	defer c.free()
	s.traced(ctx, c, func(ctx context.Context) outcome {
		out.outcome = s.hold(ctx, func() outcome {
			if s.ledger.isBegun() {
				out.final = true
				return unsent(errtext.Errorf("%s: the session has logged in before", c.name()))
			}
			out = s.handshakeUntil(ctx, c, &l)
			return out.outcome
		})
		return out.outcome
	})
	return out
}

// handshakeUntil is handshake, given up by closing the connection when ctx ends.
func (s *Session) handshakeUntil(ctx context.Context, c *call, l *login) loginOutcome {
	closed := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(closed)
		s.abandon(l.classAtEnd(ctx), ctxerr.Of(ctx))
	})
	out := s.handshake(ctx, c, l)
	if !stop() {
		<-closed
		if out.ok() {
			out.fault = ctxerr.Of(ctx) // it ended with the last answer, and so has the connection
		}
	}
	if !out.ok() {
		s.abandon(s.classOf(ctx, &out.outcome), errtext.Errorf("%s: %w", c.name(), out.text()))
	}
	return out
}

// handshake logs in and reads what the session begins with.
func (s *Session) handshake(ctx context.Context, c *call, l *login) (out loginOutcome) {
	var key commands.PublicKey
	if l.encrypts {
		c.read = func(a *answer) (err error) {
			key, err = commands.ParsePublicKey(a.Data)
			return err
		}
	}
	out.outcome = s.exchange(ctx, c)
	if out.refused == nil {
		out.Sent = wire.Nothing // of the credentials
	}
	if !out.ok() {
		out.final = out.refused != nil
		out.versioned = out.final && isVersionRefusal(out.refused)
		return out
	}
	secret := l.call()
	defer secret.wipe()
	text, err := l.second(bufpool.Get(0), key)
	if secret.request = (request{payload: text, pooled: text}); err != nil {
		return hopeless(fmt.Errorf("credentials: %w", err))
	}
	var info SessionInfo
	secret.read = func(a *answer) (err error) {
		info, err = commands.ParseSessionInfo(a.Data)
		return err
	}
	s.ledger.expectCompression(l.compress)
	out.outcome = s.exchange(ctx, secret)
	out.final = out.refused != nil
	if out.ok() {
		s.settleIn(ctx, l, info, &out)
	}
	return out
}

// wipe gives the memory of the credentials back without them.
func (c *call) wipe() {
	clear(c.request.payload)
	c.free()
}

// settleIn takes over what the login has agreed on, and asks for the attributes: its answer does not say all of them, and
// the formats among them decide how values are read.
func (s *Session) settleIn(ctx context.Context, l *login, info SessionInfo, out *loginOutcome) {
	s.conn.SetRequestLimit(info.MaxDataMessageSize)
	if s.ledger.settle(info, l.again, l.sub) {
		s.conn.EnableCompression()
	}
	if !l.sub {
		sent := out.Sent
		out.outcome = s.firstAttributes(ctx, l)
		if out.Sent = sent; !out.ok() {
			return
		}
	}
	s.ledger.begin()
}

// firstAttributes pins the formats, if the login does, and reads the attributes.
func (s *Session) firstAttributes(ctx context.Context, l *login) outcome {
	if l.pins.on {
		if out := s.pinFormats(ctx, l.pins); !out.ok() {
			return out
		}
	}
	c := newCall(commands.GetAttributes{}, nil)
	c.intent.housekeeping = true
	out := s.runErrand(ctx, c)
	if l.pins.on && out.ok() {
		out.fault = arePinned(s.Attributes())
	}
	return out
}

// isVersionRefusal recognises the answer of servers before 6.1.9 and 6.2.5 to a protocol version that they do not speak.
func isVersionRefusal(e *Error) bool {
	return strings.Contains(e.Text, "Could not create WebSocket protocol version")
}

// What Config.PinFormats sets. The numeric characters are set at every login that does not say otherwise.
const (
	pinnedNumbers   = ".,"
	pinnedDate      = "YYYY-MM-DD"
	pinnedTimestamp = "YYYY-MM-DD HH24:MI:SS.FF9"
)

// pinning says whether a login pins the formats, and which autocommit mode it ends with.
type pinning struct{ on, manual bool }

// pinningAtLogin returns the attributes to log in with if the formats are pinned behind it: with autocommit on no statement
// leaves a transaction open, whose end could take the formats back.
func pinningAtLogin(attrs []Attribute) ([]Attribute, pinning) {
	i := slices.Index(attrs, commands.Autocommit(false))
	if i >= 0 {
		attrs[i] = commands.Autocommit(true)
	}
	return attrs, pinning{on: true, manual: i >= 0}
}

// pinFormats sets the formats that are no attributes to set, and then the autocommit mode. It is a step of the login, before
// the attributes are read. The lock is held.
func (s *Session) pinFormats(ctx context.Context, pins pinning) outcome {
	for _, sql := range []string{
		"ALTER SESSION SET NLS_DATE_FORMAT = '" + pinnedDate + "'",
		"ALTER SESSION SET NLS_TIMESTAMP_FORMAT = '" + pinnedTimestamp + "'",
	} {
		c := newCall(commands.Execute{SQLText: sql}, nil)
		c.intent.housekeeping = true
		c.read = s.discard
		if out := s.runErrand(ctx, c); !out.ok() {
			return notPinned(out)
		}
	}
	if !pins.manual {
		return outcome{}
	}
	c := newCall(commands.SetAttributes{}, []Attribute{commands.Autocommit(false)})
	c.intent.housekeeping = true
	return notPinned(s.runErrand(ctx, c))
}

// arePinned says which formats the server has not taken over, although it answered that it did.
func arePinned(a Attributes) error {
	for _, f := range []struct{ attribute, is, want string }{
		{"dateFormat", a.DateFormat, pinnedDate},
		{"datetimeFormat", a.DatetimeFormat, pinnedTimestamp},
		{"numericCharacters", a.NumericCharacters, pinnedNumbers},
	} {
		if !strings.EqualFold(f.is, f.want) {
			return errtext.Errorf("pin formats: the server still has the %s %q", f.attribute, f.is)
		}
	}
	return nil
}

// notPinned says in an outcome that is not ok what it was for.
func notPinned(out outcome) outcome {
	if !out.ok() {
		out.fault, out.refused, out.said = errtext.Errorf("pin formats: %w", out.text()), nil, out.refused
	}
	return out
}

// clientInfo is what the server is told of this program.
func (c *Config) clientInfo() commands.ClientInfo {
	return commands.ClientInfo{
		ClientName: c.ClientName, ClientVersion: c.ClientVersion, DriverName: driverName,
		ClientOs: runtime.GOOS + " " + runtime.GOARCH, ClientRuntime: runtime.Version(),
		ClientOsUsername: osUserName(user.Current), ClientLanguage: languageTag(os.Getenv("LANG")),
	}
}

// osUserName returns the name of the user. The lookup fails in containers without a user database: the server then shows
// UNKNOWN.
func osUserName(current func() (*user.User, error)) string {
	u, err := current()
	if err != nil {
		return ""
	}
	return strings.ToValidUTF8(u.Username, "?")
}

// languageTag turns "de_DE.UTF-8" into "de_DE".
func languageTag(lang string) string {
	tag, _, _ := strings.Cut(lang, ".")
	if tag == "C" || tag == "POSIX" {
		return ""
	}
	return strings.ToValidUTF8(tag, "")
}
