package commands_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/exawire/exawire/commands"
	"github.com/google/go-cmp/cmp"
)

// loginKey is the private half of the key in the documents of login answers. Servers have such keys: 1024 bits.
func loginKey(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	text, err := os.ReadFile("testdata/login_key.pem")
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// documentKey is the public half as the documents have it.
func documentKey(t testing.TB) commands.PublicKey {
	t.Helper()
	r, err := commands.ParseResponse(document(t, "responses", "login.1"))
	if err != nil {
		t.Fatal(err)
	}
	key, err := commands.ParsePublicKey(r.Data)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// decrypt does what a server does with a password.
func decrypt(t testing.TB, secret string) string {
	t.Helper()
	ciphertext, err := base64.StdEncoding.DecodeString(secret)
	if err != nil {
		t.Fatal(err)
	}
	//nolint:staticcheck // The protocol prescribes this padding.
	password, err := rsa.DecryptPKCS1v15(rand.Reader, loginKey(t), ciphertext)
	if err != nil {
		t.Fatal(err)
	}
	return string(password)
}

// credential is the second message of a login and the document that it must become. In the documents the password is
// ENCRYPTED, since encryption gives another text every time.
type credential struct {
	document string
	append   func(dst []byte, key commands.PublicKey) ([]byte, error)
}

func withoutKey(write func([]byte) ([]byte, error)) func([]byte, commands.PublicKey) ([]byte, error) {
	return func(dst []byte, _ commands.PublicKey) ([]byte, error) { return write(dst) }
}

const (
	password    = "p\u00e4ssword"
	accessToken = "eyJhbGciOi.e30.c2ln"
	patToken    = "exa_pat_0123456789"
	sessionID   = 1825312482065121281
)

var client = commands.ClientInfo{
	ClientName: "my-app", ClientVersion: "1.4.0", DriverName: "exawire 0.1.0", ClientOs: "linux amd64", ClientOsUsername: "jane",
	ClientRuntime: "go1.26", ClientLanguage: "en_US",
}

var credentials = []credential{
	{"login.2", commands.Login{
		ProtocolVersion: commands.V5, Username: "SYS", Password: password, Client: client,
		Attributes: attributes(
			commands.Autocommit(true), commands.CurrentSchema("MART"), commands.QueryTimeout(0), commands.FeedbackInterval(time.Second),
		),
	}.AppendCredentials},
	{"login.2.compression", commands.Login{
		ProtocolVersion: commands.V5, Username: "SYS", Password: password, UseCompression: true,
	}.AppendCredentials},
	{"loginToken.2", withoutKey(commands.LoginToken{
		ProtocolVersion: commands.V5, AccessToken: "eyJhbGciOi.<&>.c2ln", UseCompression: true, Client: client,
		Attributes: attributes(commands.Autocommit(false)),
	}.AppendCredentials)},
	{"loginToken.2.refresh", withoutKey(commands.LoginToken{ProtocolVersion: commands.V5, RefreshToken: patToken}.AppendCredentials)},
	{"subLogin.2.v3", commands.SubLogin{
		ProtocolVersion: commands.V3, Username: "SYS", Password: password, Token: 1<<63 + 1, SessionID: sessionID,
	}.AppendCredentials},
	{"subLogin.2.v4", commands.SubLogin{
		ProtocolVersion: commands.V4, Username: "SYS", Password: password, Token: 1<<63 + 1, SessionID: sessionID,
	}.AppendCredentials},
	{"subLogin.2.v5", commands.SubLogin{
		ProtocolVersion: commands.V5, Username: "SYS", Password: password, Token: 1, SessionID: sessionID,
	}.AppendCredentials},
	{"subLoginToken.2.v3", withoutKey(commands.SubLoginToken{
		ProtocolVersion: commands.V3, AccessToken: accessToken, Token: 1<<63 + 1, SessionID: sessionID,
	}.AppendCredentials)},
	{"subLoginToken.2.v4", withoutKey(commands.SubLoginToken{
		ProtocolVersion: commands.V4, AccessToken: accessToken, Token: 1<<63 + 1, SessionID: sessionID,
	}.AppendCredentials)},
	{"subLoginToken.2.v5", withoutKey(commands.SubLoginToken{
		ProtocolVersion: commands.V5, RefreshToken: patToken, Token: 1, SessionID: sessionID,
	}.AppendCredentials)},
}

func TestCredentialsMatchDocuments(t *testing.T) {
	key := documentKey(t)
	for _, c := range credentials {
		t.Run(c.document, func(t *testing.T) {
			want := string(document(t, "requests", c.document))
			got, err := c.append([]byte("kept"), key)
			if err != nil {
				t.Fatal(err)
			}
			got, ok := bytes.CutPrefix(got, []byte("kept"))
			if !ok {
				t.Fatalf("what was in dst is lost: %s", got)
			}
			var fields struct{ Password string }
			if err := json.Unmarshal(got, &fields); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(want, "ENCRYPTED") {
				if len(fields.Password) != 172 {
					t.Errorf("the encrypted password has %d characters, want the 172 of 128 bytes in base64", len(fields.Password))
				}
				if plain := decrypt(t, fields.Password); plain != password {
					t.Errorf("the server would read the password %q", plain)
				}
				got = bytes.Replace(got, []byte(fields.Password), []byte("ENCRYPTED"), 1)
			}
			if diff := cmp.Diff(want, string(got)); diff != "" {
				t.Errorf("credentials (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSubconnectionTokenZero: no field of a sub-login is left out because of its value.
func TestSubconnectionTokenZero(t *testing.T) {
	got, err := commands.SubLoginToken{ProtocolVersion: commands.V5, AccessToken: accessToken}.AppendCredentials(nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(`{"accessToken":"eyJhbGciOi.e30.c2ln","token":0,"sessionId":0}`, string(got)); diff != "" {
		t.Errorf("credentials (-want +got):\n%s", diff)
	}
}

func TestLoginErrors(t *testing.T) {
	key := documentKey(t)
	tests := []struct {
		name string
		call func() ([]byte, error)
		want string
	}{
		{
			"no token", func() ([]byte, error) { return commands.LoginToken{ProtocolVersion: 5}.AppendCredentials(nil) },
			"neither an access token nor a refresh token",
		},
		{"both tokens", func() ([]byte, error) {
			return commands.LoginToken{ProtocolVersion: 5, AccessToken: accessToken, RefreshToken: patToken}.AppendCredentials(nil)
		}, "both an access token and a refresh token"},
		{
			"no token for a subconnection",
			func() ([]byte, error) { return commands.SubLoginToken{ProtocolVersion: 5}.AppendCredentials(nil) },
			"neither an access token nor a refresh token",
		},
		{"both tokens for a subconnection", func() ([]byte, error) {
			return commands.SubLoginToken{ProtocolVersion: 5, AccessToken: accessToken, RefreshToken: patToken}.AppendCredentials(nil)
		}, "both an access token and a refresh token"},
		{
			"no public key", func() ([]byte, error) { return commands.Login{}.AppendCredentials(nil, commands.PublicKey{}) },
			"no public key",
		},
		{
			"no public key for a subconnection",
			func() ([]byte, error) { return commands.SubLogin{}.AppendCredentials(nil, commands.PublicKey{}) },
			"no public key",
		},
		{"password too long", func() ([]byte, error) {
			return commands.Login{Password: strings.Repeat("x", 118)}.AppendCredentials(nil, key)
		}, "118 bytes are too long for the server's key, which takes 117"},
		{"version 0", func() ([]byte, error) { return commands.Append(nil, commands.Login{}) }, "protocol version 0"},
		{
			"version 6", func() ([]byte, error) { return commands.Append(nil, commands.SubLogin{ProtocolVersion: 6}) },
			"protocol version 6",
		},
		{"user name", func() ([]byte, error) {
			return commands.Login{Username: "us\xffer"}.AppendCredentials(nil, key)
		}, "not valid UTF-8 at byte 2"},
		{"user name of a subconnection", func() ([]byte, error) {
			return commands.SubLogin{Username: "\xff"}.AppendCredentials(nil, key)
		}, "not valid UTF-8 at byte 0"},
		{
			"access token", func() ([]byte, error) { return commands.LoginToken{AccessToken: "secret\xff"}.AppendCredentials(nil) },
			"not valid UTF-8 at byte 6",
		},
		{
			"refresh token of a subconnection",
			func() ([]byte, error) {
				return commands.SubLoginToken{RefreshToken: "\u20ac\xe2\x82"}.AppendCredentials(nil)
			},
			"not valid UTF-8 at byte 3",
		},
		{"attribute", func() ([]byte, error) {
			return commands.Login{Attributes: attributes(commands.CurrentSchema("\xff"))}.AppendCredentials(nil, key)
		}, "attribute currentSchema"},
	}
	for field := range 7 {
		texts := make([]string, 7)
		texts[field] = "a\xc0"
		tests = append(tests, struct {
			name string
			call func() ([]byte, error)
			want string
		}{fmt.Sprint("client fact ", field), func() ([]byte, error) {
			return commands.LoginToken{AccessToken: accessToken, Client: commands.ClientInfo{
				ClientName: texts[0], ClientVersion: texts[1], DriverName: texts[2], ClientOs: texts[3],
				ClientOsUsername: texts[4], ClientRuntime: texts[5], ClientLanguage: texts[6],
			}}.AppendCredentials(nil)
		}, "not valid UTF-8 at byte 1"})
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := test.call()
			if err == nil {
				t.Fatalf("no error, but %q", got)
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %q does not say %q", err, test.want)
			}
			if strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), accessToken) || strings.Contains(err.Error(), patToken) {
				t.Errorf("error %q tells a secret", err)
			}
		})
	}
}

// TestSecretsAreNotPrinted prints the logins in every way that programs and logs do.
func TestSecretsAreNotPrinted(t *testing.T) {
	const secret = "Tr0ub4dor"
	logins := []any{
		commands.Login{Username: "JANE", Password: secret},
		commands.LoginToken{AccessToken: secret, RefreshToken: secret},
		commands.SubLogin{Username: "JANE", Password: secret},
		commands.SubLoginToken{AccessToken: secret, RefreshToken: secret},
		&commands.Login{Username: "JANE", Password: secret},
		&commands.LoginToken{AccessToken: secret, RefreshToken: secret},
		&commands.SubLogin{Username: "JANE", Password: secret},
		&commands.SubLoginToken{AccessToken: secret, RefreshToken: secret},
	}
	for _, login := range logins {
		texts := map[string]string{}
		for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			texts[format] = fmt.Sprintf(format, login)
			texts[format+" in a slice"] = fmt.Sprintf(format, []any{login})
			texts[format+" in a struct"] = fmt.Sprintf(format, struct{ Login any }{login})
		}
		encoded, err := json.Marshal(login)
		if err != nil {
			t.Fatal(err)
		}
		texts["json.Marshal"] = string(encoded)
		var log bytes.Buffer
		slog.New(slog.NewTextHandler(&log, nil)).Info("connect", "login", login, slog.Group("group", "login", login), "list", []any{login})
		slog.New(slog.NewJSONHandler(&log, nil)).Info("connect", "login", login, slog.Group("group", "login", login), "list", []any{login})
		texts["slog"] = log.String()
		if want := fmt.Sprintf(`"login":%[1]q,"group":{"login":%[1]q}`, fmt.Sprint(login)); !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %s: %s", want, log.String())
		}
		for how, text := range texts {
			if strings.Contains(text, secret) || strings.Contains(text, fmt.Sprintf("%x", secret)) {
				t.Errorf("%T with %s tells the secret: %s", login, how, text)
			}
		}
	}
	for want, login := range map[string]commands.Command{
		"login of JANE": logins[0].(commands.Command), "subLogin of JANE": logins[2].(commands.Command),
		"loginToken": logins[1].(commands.Command), "subLoginToken": logins[3].(commands.Command), "login": commands.Login{},
	} {
		if got := fmt.Sprint(login); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// A login asks for a session id if it has one.
func TestLoginAsksForSessionID(t *testing.T) {
	const id = 1825312482065121280 // does not fit a float64
	key := documentKey(t)
	for name, tt := range map[string]struct {
		msg func() ([]byte, error)
		has bool
	}{
		"login":         {func() ([]byte, error) { return commands.Login{SessionID: id}.AppendCredentials(nil, key) }, true},
		"login without": {func() ([]byte, error) { return commands.Login{}.AppendCredentials(nil, key) }, false},
		"loginToken": {func() ([]byte, error) {
			return commands.LoginToken{AccessToken: "x", SessionID: id}.AppendCredentials(nil)
		}, true},
		"loginToken without": {func() ([]byte, error) { return commands.LoginToken{AccessToken: "x"}.AppendCredentials(nil) }, false},
	} {
		msg, err := tt.msg()
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(string(msg), `"sessionId":1825312482065121280`); got != tt.has || strings.Contains(string(msg), "sessionId") != tt.has {
			t.Errorf("%s: %s", name, msg)
		}
	}
}
