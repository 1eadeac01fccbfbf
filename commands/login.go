package commands

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"unicode/utf8"

	"github.com/goccy/go-json"
)

// ClientInfo is what a client says about itself at login. The server shows it in its session tables.
type ClientInfo struct {
	ClientName       string `json:"clientName,omitempty"`       // of the program
	ClientVersion    string `json:"clientVersion,omitempty"`    // of the program
	DriverName       string `json:"driverName,omitempty"`       // of this module
	ClientOs         string `json:"clientOs,omitempty"`         // operating system and architecture
	ClientOsUsername string `json:"clientOsUsername,omitempty"` // who runs the program
	ClientRuntime    string `json:"clientRuntime,omitempty"`    // version of Go
	ClientLanguage   string `json:"clientLanguage,omitempty"`   // such as "en_US"
}

// Login is the command login (V1). [Append] gives its first message. The answer to that is read by [ParsePublicKey],
// and [Login.AppendCredentials] gives the second.
type Login struct {
	ProtocolVersion Version     // highest that the client speaks; the server may choose a lower one
	Username        string      // as the server knows it
	Password        string      `json:"-"` // encrypted with the server's public key before it is sent
	SessionID       uint64      // that the session shall have; 0 for one that the server chooses, as every known client leaves it to
	UseCompression  bool        // asks for zlib on all messages after the login
	Client          ClientInfo  // what the server is told of the client
	Attributes      []Attribute // initial session attributes
}

// LoginToken is the command loginToken (V3). Exactly one of the tokens must be set. Tokens are sent as they are: only
// TLS protects them.
type LoginToken struct {
	ProtocolVersion Version     // as for Login
	AccessToken     string      `json:"-"` // OpenID access token, or
	RefreshToken    string      `json:"-"` // OpenID refresh token
	SessionID       uint64      // as for Login
	UseCompression  bool        // as for Login
	Client          ClientInfo  // as for Login
	Attributes      []Attribute // as for Login
}

// SubLogin is the command subLogin (V1), which logs in to a subconnection.
type SubLogin struct {
	ProtocolVersion Version // the one that the main connection uses
	Username        string  // of the main connection
	Password        string  `json:"-"` // of the main connection; encrypted before it is sent
	Token           uint64  // from enterParallel or requestParallelConnections
	SessionID       uint64  // of the main connection; sent when the version asked for is V4 or newer
}

// SubLoginToken is the command subLoginToken (V3), which logs in to a subconnection.
type SubLoginToken struct {
	ProtocolVersion Version // as for SubLogin
	AccessToken     string  `json:"-"` // OpenID access token, or
	RefreshToken    string  `json:"-"` // OpenID refresh token
	Token           uint64  // of the group, as for SubLogin
	SessionID       uint64  // as for SubLogin
}

var (
	_ Command = Login{}
	_ Command = LoginToken{}
	_ Command = SubLogin{}
	_ Command = SubLoginToken{}
)

// CommandName returns "login".
func (Login) CommandName() string { return "login" }

// CommandName returns "loginToken".
func (LoginToken) CommandName() string { return "loginToken" }

// CommandName returns "subLogin".
func (SubLogin) CommandName() string { return "subLogin" }

// CommandName returns "subLoginToken".
func (SubLoginToken) CommandName() string { return "subLoginToken" }

func (l Login) appendFields(dst []byte) ([]byte, error) { return appendVersion(dst, l.ProtocolVersion) }

func (l LoginToken) appendFields(dst []byte) ([]byte, error) {
	return appendVersion(dst, l.ProtocolVersion)
}

func (l SubLogin) appendFields(dst []byte) ([]byte, error) {
	return appendVersion(dst, l.ProtocolVersion)
}

func (l SubLoginToken) appendFields(dst []byte) ([]byte, error) {
	return appendVersion(dst, l.ProtocolVersion)
}

func appendVersion(dst []byte, v Version) ([]byte, error) {
	if v < V1 || v > Latest {
		return dst, fmt.Errorf("protocol version %d is not one of 1 to %d", int(v), int(Latest))
	}
	return fmt.Appendf(dst, `,"protocolVersion":%d`, int(v)), nil
}

// credentials is the second message of every login. It has no command.
type credentials struct {
	Username       string  `json:"username,omitempty"`
	Password       string  `json:"password,omitempty"`
	AccessToken    string  `json:"accessToken,omitempty"`
	RefreshToken   string  `json:"refreshToken,omitempty"`
	Token          *uint64 `json:"token,omitempty"`
	SessionID      *uint64 `json:"sessionId,omitempty"`
	UseCompression *bool   `json:"useCompression,omitempty"`
	ClientInfo
}

// AppendCredentials appends the second message of the login to dst. It holds secrets: it must never be logged.
func (l Login) AppendCredentials(dst []byte, key PublicKey) ([]byte, error) {
	secret, err := key.Encrypt(l.Password)
	if err != nil {
		return dst, err
	}
	return appendCredentials(dst, credentials{
		Username: l.Username, Password: secret, SessionID: requestedID(l.SessionID), UseCompression: &l.UseCompression, ClientInfo: l.Client,
	}, l.Attributes)
}

// AppendCredentials appends the second message of the login to dst. It holds secrets: it must never be logged.
func (l LoginToken) AppendCredentials(dst []byte) ([]byte, error) {
	if err := oneToken(l.AccessToken, l.RefreshToken); err != nil {
		return dst, err
	}
	return appendCredentials(dst, credentials{
		AccessToken: l.AccessToken, RefreshToken: l.RefreshToken, SessionID: requestedID(l.SessionID),
		UseCompression: &l.UseCompression, ClientInfo: l.Client,
	}, l.Attributes)
}

// AppendCredentials appends the second message of the login to dst. It holds secrets: it must never be logged. The
// protocol version is the one that the main connection uses.
func (l SubLogin) AppendCredentials(dst []byte, key PublicKey) ([]byte, error) {
	secret, err := key.Encrypt(l.Password)
	if err != nil {
		return dst, err
	}
	c := credentials{Username: l.Username, Password: secret, Token: &l.Token}
	if l.ProtocolVersion >= V4 {
		c.SessionID = &l.SessionID
	}
	return appendCredentials(dst, c, nil)
}

// AppendCredentials appends the second message of the login to dst. It holds secrets: it must never be logged. The
// protocol version is the one that the main connection uses.
func (l SubLoginToken) AppendCredentials(dst []byte) ([]byte, error) {
	if err := oneToken(l.AccessToken, l.RefreshToken); err != nil {
		return dst, err
	}
	c := credentials{AccessToken: l.AccessToken, RefreshToken: l.RefreshToken, Token: &l.Token}
	if l.ProtocolVersion >= V4 {
		c.SessionID = &l.SessionID
	}
	return appendCredentials(dst, c, nil)
}

// requestedID returns what a login sends for a session id that is asked for.
func requestedID(id uint64) *uint64 {
	if id == 0 {
		return nil
	}
	return &id
}

func oneToken(access, refresh string) error {
	switch {
	case access == "" && refresh == "":
		return errors.New("neither an access token nor a refresh token is set")
	case access != "" && refresh != "":
		return errors.New("both an access token and a refresh token are set: only one can be sent")
	}
	return nil
}

func appendCredentials(dst []byte, c credentials, attrs []Attribute) ([]byte, error) {
	for _, s := range []string{
		c.Username, c.AccessToken, c.RefreshToken, c.ClientName, c.ClientVersion, c.DriverName, c.ClientOs, c.ClientOsUsername,
		c.ClientRuntime, c.ClientLanguage,
	} {
		if !utf8.ValidString(s) {
			return dst, fmt.Errorf("credentials: %w", badText(s))
		}
	}
	fields, err := json.MarshalWithOption(c, json.DisableHTMLEscape())
	if err != nil {
		return dst, errors.New("credentials cannot be written as JSON") // the cause could quote a secret
	}
	if len(attrs) == 0 {
		return append(dst, fields...), nil
	}
	dst = append(dst, '{')
	if dst, err = appendAttributes(dst, attrs); err != nil {
		return dst, err
	}
	return appendMembers(dst, fields), nil
}

// The logins hold secrets: they print as their command and user alone, and general encoders such as that of slog's JSON
// handler see the secrets' fields tagged away.

// String returns the command and the user, no secrets.
func (l Login) String() string { return redacted("login", l.Username) }

// String returns the command, no secrets.
func (l LoginToken) String() string { return redacted("loginToken", "") }

// String returns the command and the user, no secrets.
func (l SubLogin) String() string { return redacted("subLogin", l.Username) }

// String returns the command, no secrets.
func (l SubLoginToken) String() string { return redacted("subLoginToken", "") }

// Format writes what String returns, for every verb of package fmt.
func (l Login) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, l.String()) }

// Format writes what String returns, for every verb of package fmt.
func (l LoginToken) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, l.String()) }

// Format writes what String returns, for every verb of package fmt.
func (l SubLogin) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, l.String()) }

// Format writes what String returns, for every verb of package fmt.
func (l SubLoginToken) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, l.String()) }

// LogValue returns what String says, so that no log shows secrets.
func (l Login) LogValue() slog.Value { return slog.StringValue(l.String()) }

// LogValue returns what String says, so that no log shows secrets.
func (l LoginToken) LogValue() slog.Value { return slog.StringValue(l.String()) }

// LogValue returns what String says, so that no log shows secrets.
func (l SubLogin) LogValue() slog.Value { return slog.StringValue(l.String()) }

// LogValue returns what String says, so that no log shows secrets.
func (l SubLoginToken) LogValue() slog.Value { return slog.StringValue(l.String()) }

func redacted(command, user string) string {
	if user == "" {
		return command
	}
	return command + " of " + user
}
