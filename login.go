package exawire

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"runtime"
	"strings"

	"github.com/exawire/exawire/commands"
)

// Login logs in with user name and password: both messages of the command login (V1). Fields of l that are not set come
// from the configuration, apart from user and password. It is for sessions from Client.Dial.
func (s *Session) Login(ctx context.Context, l commands.Login) (SessionInfo, error) {
	setDefault(&l.ProtocolVersion, s.askVersion)
	setDefault(&l.Client, s.client.clientInfo())
	return s.login(ctx, login{
		cmd: l, version: l.ProtocolVersion, attributes: l.Attributes, compress: l.UseCompression,
		again: &credentials{user: l.Username, password: l.Password},
		second: func(dst, data []byte) ([]byte, error) {
			key, err := commands.ParsePublicKey(data)
			if err != nil {
				return dst, err
			}
			return credentialsError(l.AppendCredentials(dst, key))
		},
	})
}

// LoginToken logs in with an OpenID token: both messages of the command loginToken (V3). Fields of l that are not set
// come from the configuration, apart from the tokens. Without TLS nothing is sent and the error is ErrPlaintext.
func (s *Session) LoginToken(ctx context.Context, l commands.LoginToken) (SessionInfo, error) {
	setDefault(&l.ProtocolVersion, s.askVersion)
	setDefault(&l.Client, s.client.clientInfo())
	if s.client.cfg.Plaintext {
		return SessionInfo{}, notSent(ErrPlaintext)
	}
	return s.login(ctx, login{
		cmd: l, version: l.ProtocolVersion, attributes: l.Attributes, compress: l.UseCompression,
		again:  &credentials{token: Token{Access: l.AccessToken, Refresh: l.RefreshToken}},
		second: func(dst, _ []byte) ([]byte, error) { return credentialsError(l.AppendCredentials(dst)) },
	})
}

// SubLogin logs in to a subconnection: both messages of the command subLogin (V1). It returns only when all
// subconnections that were announced have logged in. People use Session.Parallel.
func (s *Session) SubLogin(ctx context.Context, l commands.SubLogin) (SessionInfo, error) {
	setDefault(&l.ProtocolVersion, s.askVersion)
	return s.login(ctx, login{
		cmd: l, version: l.ProtocolVersion, sub: true,
		second: func(dst, data []byte) ([]byte, error) {
			key, err := commands.ParsePublicKey(data)
			if err != nil {
				return dst, err
			}
			return credentialsError(l.AppendCredentials(dst, key))
		},
	})
}

// SubLoginToken logs in to a subconnection with a token: both messages of the command subLoginToken (V3). See SubLogin.
func (s *Session) SubLoginToken(ctx context.Context, l commands.SubLoginToken) (SessionInfo, error) {
	setDefault(&l.ProtocolVersion, s.askVersion)
	if s.client.cfg.Plaintext {
		return SessionInfo{}, notSent(ErrPlaintext)
	}
	return s.login(ctx, login{
		cmd: l, version: l.ProtocolVersion, sub: true,
		second: func(dst, _ []byte) ([]byte, error) { return credentialsError(l.AppendCredentials(dst)) },
	})
}

func credentialsError(dst []byte, err error) ([]byte, error) {
	if err != nil {
		err = fmt.Errorf("%w: %w", errCredentials, err)
	}
	return dst, err
}

// credentials are kept to log in to subconnections.
type credentials struct {
	user, password string
	token          Token
}

// credentials returns those that the session has logged in with, none for subconnections.
func (s *Session) credentials() credentials {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.relogin == nil {
		return credentials{}
	}
	return *s.relogin
}

// loginFromConfig logs in as the configuration says and reads the session's attributes. It is bounded by the
// ConnectTimeout.
func (s *Session) loginFromConfig(ctx context.Context) error {
	cfg := s.client.cfg
	ctx, cancel := context.WithTimeout(ctx, cfg.ConnectTimeout)
	defer cancel()
	token, err := cfg.token(ctx)
	if err != nil {
		return err
	}
	if token != (Token{}) {
		_, err = s.LoginToken(ctx, commands.LoginToken{
			AccessToken: token.Access, RefreshToken: token.Refresh,
			UseCompression: cfg.Compression, Attributes: cfg.initialAttributes(),
		})
		return err
	}
	password := cfg.Password
	if cfg.PasswordSource != nil {
		if password, err = cfg.PasswordSource(ctx); err != nil {
			return fmt.Errorf("%w: password source: %w", errCredentials, err)
		}
	}
	_, err = s.Login(ctx, commands.Login{
		Username: cfg.User, Password: password,
		UseCompression: cfg.Compression, Attributes: cfg.initialAttributes(),
	})
	return err
}

// token returns the token to log in with, the zero Token if a password is used.
func (c *Config) token(ctx context.Context) (Token, error) {
	if c.TokenSource == nil {
		return c.Token, nil
	}
	token, err := c.TokenSource(ctx)
	if err != nil {
		return Token{}, fmt.Errorf("%w: token source: %w", errCredentials, err)
	}
	if (token.Access == "") == (token.Refresh == "") {
		return Token{}, fmt.Errorf("%w: the token source returned neither or both of an access and a refresh token", errCredentials)
	}
	return token, nil
}

// login is what the four logins differ in.
type login struct {
	cmd        commands.Command
	version    commands.Version // that it asks for
	attributes []Attribute
	compress   bool
	sub        bool         // to a subconnection
	again      *credentials // to log in to subconnections with, nil for those themselves

	// second makes the second message, the credentials, from the payload of the first answer.
	second func(dst, data []byte) ([]byte, error)
}

// check returns an error if no server could do what the login asks for in its version.
func (l *login) check() error {
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

// login runs the two round trips of every login and reads what the session begins with.
func (s *Session) login(ctx context.Context, l login) (SessionInfo, error) {
	if err := l.check(); err != nil {
		return SessionInfo{}, err
	}
	name := l.cmd.CommandName()
	request, err := commands.Append(nil, l.cmd)
	if err != nil {
		return SessionInfo{}, notSent(fmt.Errorf("exawire: %w", err))
	}
	var info SessionInfo
	c := command{name: name, payload: request}
	err = s.traced(ctx, &c, func(ctx context.Context, end *CommandEnd) error {
		if err := s.conn.Lock(ctx); err != nil {
			return s.lockError(err)
		}
		defer s.conn.Unlock()
		if s.state() != stateDialed {
			return notSent(fmt.Errorf("exawire: %s: the session has logged in before", name))
		}
		// An abort is not defined during a login: whoever gives up closes the connection.
		stop := context.AfterFunc(ctx, func() { s.abandon(contextError(ctx)) })
		info, err = s.handshake(ctx, c, end, l)
		if !stop() && err == nil {
			info, err = SessionInfo{}, contextError(ctx) // it ended with the last answer, and so has the connection
		}
		if err != nil {
			// A login that failed cannot be tried again on the same connection.
			s.abandon(fmt.Errorf("exawire: %s: %w", name, err))
		}
		return err
	})
	return info, err
}

func (s *Session) handshake(ctx context.Context, c command, end *CommandEnd, l login) (info SessionInfo, err error) {
	var secret []byte
	if err := s.exchange(ctx, c, func(a *answer) error {
		secret, err = l.second(nil, a.Data)
		return err
	}); err != nil {
		return SessionInfo{}, err
	}
	c.payload = secret
	if err := s.exchangeTraced(ctx, c, end, func(a *answer) error {
		info, err = commands.ParseSessionInfo(a.Data)
		return err
	}); err != nil {
		return SessionInfo{}, err
	}
	if l.compress {
		s.conn.EnableCompression()
	}
	s.begin(info, l.again)
	if l.sub {
		return info, nil
	}
	// The login's answer does not say all attributes, and the formats among them decide how values are read.
	if err := s.exchange(ctx, command{name: "getAttributes", payload: getAttributesPayload}, nil); err != nil {
		return info, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.initial = s.attributes
	return info, nil
}

// isVersionRefusal recognises the answer of servers before 6.1.9 and 6.2.5 to a protocol version that they do not speak.
func isVersionRefusal(err error) bool {
	var e *Error
	return errors.As(err, &e) && strings.Contains(e.Text, "Could not create WebSocket protocol version")
}

// clientInfo is what the server is told of this program.
func (c *Client) clientInfo() commands.ClientInfo {
	return commands.ClientInfo{
		ClientName: c.cfg.ClientName, ClientVersion: c.cfg.ClientVersion, DriverName: driverName,
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

// usesToken reports whether the login is one with a token, which servers before V3 do not have.
func (c *Config) usesToken() bool { return c.TokenSource != nil || c.Token != (Token{}) }
