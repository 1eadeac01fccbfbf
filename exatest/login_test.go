package exatest_test

import (
	"crypto/rsa"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/internal/testclient"
	"github.com/google/go-cmp/cmp"
)

func TestLogin(t *testing.T) {
	srv := exatest.NewServer(t, exatest.WithUser("jane", "s3cret"), exatest.WithUser("joe", ""), exatest.WithDatabaseName("DB7"))
	c := testclient.Dial(t, srv, srv.Addr(), false)
	a := c.TryLogin(5, "Jane", "s3cret", `,"attributes":{"autocommit":false,"currentSchema":"MART","queryTimeout":3}`)
	for key, want := range map[string]string{
		"protocolVersion": "5", "releaseVersion": "8.32.0", "databaseName": "DB7", "productName": "EXASolution",
		"maxDataMessageSize": "67108864", "maxIdentifierLength": "128", "maxVarcharLength": "2000000",
		"identifierQuoteString": `"`, "timeZone": "UNIVERSAL", "timeZoneBehavior": "INVALID SHIFT AMBIGUOUS ST",
	} {
		if got := fmt.Sprint(a.Data[key]); got != want {
			t.Errorf("%s is %s, want %s", key, got, want)
		}
	}
	if c.SessionID < 1<<53 || c.SessionID > 1<<63 {
		t.Errorf("session id %d", c.SessionID)
	}
	if a.Attrs["autocommit"] != false || a.Attrs["currentSchema"] != "MART" {
		t.Errorf("attributes %v", a.Attrs)
	}
	sessions := srv.Sessions()
	if len(sessions) != 1 || sessions[0].User != "JANE" || sessions[0].ID != c.SessionID || !sessions[0].TLS || sessions[0].Path != "/db?x=1" ||
		sessions[0].Attributes.QueryTimeout != 3*time.Second || sessions[0].Attributes.Autocommit {
		t.Errorf("sessions %+v", sessions)
	}
	c.Bye()
	d := testclient.Dial(t, srv, srv.Addr(), false)
	if a := d.TryLogin(5, "JOE", "", ""); a.Status != "ok" {
		t.Errorf("an empty password: %s", a.Raw)
	}
	d.Bye()
	if n := len(srv.Requests(exatest.Credentials)); n != 2 {
		t.Errorf("%d requests with credentials, want 2", n)
	}
}

func TestLoginRefused(t *testing.T) {
	wrong := "Connection exception - authentication failed."
	lenient := []exatest.Option{exatest.WithLeniency()}
	for name, tt := range map[string]struct {
		options  []exatest.Option
		first    string
		second   string
		code     string
		text     string
		plain    bool
		atSecond bool
	}{
		"wrong password": {second: `{"username":"sys","password":"AAAA","useCompression":false}`, code: "08004", text: wrong},
		"no base64":      {second: `{"username":"sys","password":"!","useCompression":false}`, code: "08004", text: wrong},
		"no password":    {options: lenient, second: `{"username":"sys","useCompression":false}`, code: "00000", text: "JSON value '/password' is required, but was not provided."},
		"no user":        {options: lenient, second: `{"password":"AAAA","useCompression":false}`, code: "00000", text: "JSON value '/username' is required, but was not provided."},
		"not JSON":       {second: `{"username"`, code: "00000", text: "JSON parse error"},
		"array":          {first: `[1]`, code: "00000", text: "JSON parse error"},
		"other command":  {first: `{"command":"execute","sqlText":"SELECT 1"}`, code: "08004", text: "not logged in"},
		"version 0":      {first: `{"command":"login","protocolVersion":0}`, code: "00000", text: "protocol version 0"},
		"no version":     {first: `{"command":"login"}`, code: "00000", text: "JSON value '/protocolVersion' is required, but was not provided."},
		"text version":   {first: `{"command":"login","protocolVersion":"5"}`, code: "00000", text: "JSON value '/protocolVersion' is not an integer"},
		"plain": {
			first: `{"command":"login","protocolVersion":5}`, plain: true, code: "08004",
			text: "Connection exception - Only TLS connections are allowed.",
		},
		"old server": {
			options: []exatest.Option{exatest.WithRelease("6.2.4")}, first: `{"command":"login","protocolVersion":2}`, code: "00000",
			text: "Could not create WebSocket protocol version 2",
		},
		"older server": {
			options: []exatest.Option{exatest.WithRelease("6.1.8")}, first: `{"command":"login","protocolVersion":2}`, code: "00000",
			text: "Could not create WebSocket protocol version 2",
		},
		"token of an old server": {
			options: []exatest.Option{exatest.WithRelease("7.0.9")}, first: `{"command":"loginToken","protocolVersion":3}`, code: "00000",
			text: "Unknown command: loginToken",
		},
		"token of an old version": {
			first: `{"command":"loginToken","protocolVersion":2}`, code: "00000", text: "Unknown command: loginToken",
		},
		"token over plain": {
			options: []exatest.Option{exatest.WithRelease("7.1.2")}, first: `{"command":"loginToken","protocolVersion":3}`, plain: true,
			code: "08004", text: "Only TLS",
		},
		"wrong token": {
			first: `{"command":"loginToken","protocolVersion":3}`, second: `{"accessToken":"x","useCompression":false}`, code: "08004",
			text: "Connection exception - authentication failed",
		},
		"two tokens": {
			options: []exatest.Option{exatest.WithAccessToken("sys", "a"), exatest.WithRefreshToken("sys", "r")},
			first:   `{"command":"loginToken","protocolVersion":3}`, second: `{"accessToken":"a","refreshToken":"r"}`, code: "08004",
			text: "authentication failed",
		},
		"schema": {
			options: []exatest.Option{exatest.WithSchemas("A"), exatest.WithAccessToken("sys", "a")},
			first:   `{"command":"loginToken","protocolVersion":3}`,
			second:  `{"accessToken":"a","useCompression":false,"attributes":{"currentSchema":"B"}}`, code: "42000",
			text: "schema B not found [line 1, column 13] (Session: ",
		},
		"attribute": {
			options: []exatest.Option{exatest.WithAccessToken("sys", "a")}, first: `{"command":"loginToken","protocolVersion":3}`,
			second: `{"accessToken":"a","useCompression":false,"attributes":{"autocommit":1}}`, code: "00000", text: "JSON value '/attributes/autocommit' is not a boolean",
		},
		"subconnection without main": {
			first: `{"command":"subLogin","protocolVersion":1}`, second: `{"username":"sys","password":"AAAA","token":1}`, code: "08004",
			text: wrong,
		},
	} {
		t.Run(name, func(t *testing.T) {
			srv := exatest.NewServer(t, tt.options...)
			c := testclient.Dial(t, srv, srv.Addr(), tt.plain)
			if tt.first == "" {
				tt.first = `{"command":"login","protocolVersion":5}`
			}
			a := c.Do("%s", tt.first)
			if tt.second != "" {
				a = c.Do("%s", tt.second)
			}
			c.Failed(a, tt.code, tt.text)
			c.Gone()
			if len(srv.Sessions()) != 0 {
				t.Error("there is a session")
			}
		})
	}
}

func TestWrongPassword(t *testing.T) {
	srv := exatest.NewServer(t)
	c := testclient.Dial(t, srv, srv.Addr(), false)
	a := c.TryLogin(5, "sys", "wrong", "")
	want := `{"status":"error","exception":{"text":"Connection exception - authentication failed.","sqlCode":"08004"}}`
	if a.Raw != want {
		t.Errorf("got  %s\nwant %s", a.Raw, want)
	}
	c.Gone()
}

func TestTokens(t *testing.T) {
	srv := exatest.NewServer(t, exatest.WithAccessToken("jane", "acc"), exatest.WithRefreshToken("joe", "ref"))
	for second, user := range map[string]string{`{"accessToken":"acc"`: "JANE", `{"refreshToken":"ref"`: "JOE"} {
		c := testclient.Dial(t, srv, srv.Addr(), false)
		if a := c.OK(`{"command":"loginToken","protocolVersion":4}`); a.Raw != `{"status":"ok"}` {
			t.Errorf("got %s", a.Raw)
		}
		c.OK("%s", second+`,"useCompression":false}`)
		if s := srv.Sessions(); len(s) != 1 || s[0].User != user || s[0].Version != 4 {
			t.Errorf("sessions %+v, want one of %s", s, user)
		}
		c.Bye()
	}
	c := testclient.Dial(t, srv, srv.Addr(), false)
	if a := c.TryLogin(3, "joe", "ref", ""); a.Status != "ok" {
		t.Errorf("refresh token in place of the password: %s", a.Raw)
	}
	c.Bye()
	for version := 1; version < 3; version++ {
		c := testclient.Dial(t, srv, srv.Addr(), false)
		c.Failed(c.TryLogin(version, "joe", "ref", ""), "08004", "authentication failed.")
	}
}

// No attributes are no breach of the protocol, however they are written.
func TestLoginWithoutAttributes(t *testing.T) {
	srv := exatest.NewServer(t)
	for _, none := range []string{"null", "{}"} {
		c := testclient.Dial(t, srv, srv.Addr(), false)
		key := c.OK(`{"command":"login","protocolVersion":5,"attributes":%s}`, none)
		a := c.FinishLogin(c.Do(`{"username":"sys","password":%s,"useCompression":false,"attributes":%s}`, testclient.Quote(c.Encrypt(key, "exasol")), none))
		if diff := cmp.Diff(map[string]any{"autocommit": true}, a.Attrs); diff != "" || a.Status != "ok" {
			t.Errorf("%s: %s, attributes (-want +got):\n%s", none, a.Raw, diff)
		}
		c.Bye()
	}
}

func TestKeyForms(t *testing.T) {
	for form, keys := range map[exatest.KeyForm]string{
		exatest.BothForms: "publicKeyPem publicKeyModulus publicKeyExponent", exatest.PEMOnly: "publicKeyPem",
		exatest.ModulusOnly: "publicKeyModulus publicKeyExponent",
	} {
		srv := exatest.NewServer(t, exatest.WithKeyForm(form))
		c := testclient.Dial(t, srv, srv.Addr(), false)
		a := c.OK(`{"command":"login","protocolVersion":5}`)
		for _, key := range []string{"publicKeyPem", "publicKeyModulus", "publicKeyExponent"} {
			if _, got := a.Data[key]; got != strings.Contains(keys, key) {
				t.Errorf("form %d: has %s: %v", form, key, got)
			}
		}
		if modulus, ok := a.Data["publicKeyModulus"].(string); ok {
			b, err := hex.DecodeString(modulus)
			if err != nil || len(modulus) != 256 || modulus != strings.ToUpper(modulus) || a.Data["publicKeyExponent"] != "010001" {
				t.Errorf("modulus %q, exponent %v", modulus, a.Data["publicKeyExponent"])
			}
			key := rsa.PublicKey{N: new(big.Int).SetBytes(b), E: 65537}
			if key.Size() != 128 {
				t.Errorf("key of %d bytes", key.Size())
			}
		}
	}
}

func TestCompression(t *testing.T) {
	srv := exatest.NewServer(t, exatest.WithLeniency())
	srv.HandleSQL("Q", exatest.Rows(exatest.Columns("N DECIMAL(18,0)"), exatest.ValuesOf(testclient.Numbers(900))))
	for extra, on := range map[string]bool{
		`,"useCompression":true`: true, `,"useCompression":false`: false,
		`,"useCompression":false,"attributes":{"compressionEnabled":true}`: true,
	} {
		c := testclient.Dial(t, srv, srv.Addr(), false)
		c.Login(extra)
		if c.Opcode != 1 {
			t.Errorf("%s: the answer to the login has opcode %d, want text", extra, c.Opcode)
		}
		c.Compressed = on
		a := c.Execute("Q")
		if want := map[bool]byte{true: 2, false: 1}[on]; c.Opcode != want || fmt.Sprint(a.Set(0)["numRows"]) != "900" {
			t.Errorf("%s: opcode %d, want %d; %s", extra, c.Opcode, want, a.Raw)
		}
		if a := c.OK(`{"command":"getAttributes"}`); a.Attrs["compressionEnabled"] != on {
			t.Errorf("%s: compressionEnabled is %v", extra, a.Attrs["compressionEnabled"])
		}
		c.Bye()
	}
}

func TestScriptedLogin(t *testing.T) {
	srv := exatest.NewServer(t)
	srv.Handle("login", func(*exatest.Request) exatest.Response { return exatest.Exception("08004", "closed today") }).Once()
	c := testclient.Dial(t, srv, srv.Addr(), false)
	c.Failed(c.Do(`{"command":"login","protocolVersion":5}`), "08004", "closed today")
	c.Gone()
	srv.Handle(exatest.Credentials, func(r *exatest.Request) exatest.Response {
		if string(r.Field("username")) != `"sys"` {
			t.Errorf("the handler sees %s", r.Raw)
		}
		return exatest.Exception("08004", "too many sessions")
	}).Once()
	c = testclient.Dial(t, srv, srv.Addr(), false)
	c.Failed(c.TryLogin(5, "sys", "exasol", ""), "08004", "too many sessions")
	c.Gone()
	srv.Handle("login", func(*exatest.Request) exatest.Response { return exatest.Drop() }).Once()
	c = testclient.Dial(t, srv, srv.Addr(), false)
	c.Send(`{"command":"login","protocolVersion":5}`)
	c.Gone()
	srv.Handle("login", func(*exatest.Request) exatest.Response { return exatest.OK().After(10 * time.Millisecond) }).Once()
	testclient.Connect(t, srv).Bye()
}
