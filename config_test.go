package exawire_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/compression"
	"github.com/exawire/exawire/exatest"
)

func ExampleNew() {
	_, err := exawire.New(&exawire.Config{
		Host:      "exa4..1",
		User:      "sys",
		Password:  "s3cret",
		Plaintext: true,
		Token:     exawire.Token{Access: "eyJhbGci"},
	})
	fmt.Println(err)

	client, err := exawire.New(&exawire.Config{Host: "exa1..4", User: "sys", Password: "s3cret"})
	if err != nil {
		fmt.Println(err)
		return
	}
	cfg := client.Config()
	fmt.Println(cfg.Port, cfg.ConnectTimeout, cfg.ProtocolVersion)
	// Output:
	// exawire: config: Host entry 1 is a range that goes down; Token and a password exclude each other; Token needs TLS: tokens are not sent in plain text
	// 8563 10s V5
}

func TestNewErrors(t *testing.T) {
	password := func(context.Context) (string, error) { return "", nil }
	token := func(context.Context) (exawire.Token, error) { return exawire.Token{}, nil }
	access := exawire.Token{Access: "t"}
	tests := []struct {
		name string
		cfg  exawire.Config
		want []string // without "exawire: config: "
	}{
		{"zero", exawire.Config{}, []string{"Host is not set"}},
		{"host", exawire.Config{Host: "a,"}, []string{"Host entry 2 has no host name"}},
		{"port below", exawire.Config{Host: "a", Port: -1}, []string{"Port is not between 1 and 65535"}},
		{"port above", exawire.Config{Host: "a", Port: 65536}, []string{"Port is not between 1 and 65535"}},
		{"path without slash", exawire.Config{Host: "a", Path: "x"}, []string{"Path does not begin with /"}},
		{"path with a control character", exawire.Config{Host: "a", Path: "/x\n"}, []string{"Path is not the path of a URL"}},
		{"path with a fragment", exawire.Config{Host: "a", Path: "/x#y"}, []string{"Path is not the path of a URL"}},
		{"password and source", exawire.Config{Host: "a", User: "u", Password: "p", PasswordSource: password}, []string{"Password and PasswordSource exclude each other"}},
		{"token and source", exawire.Config{Host: "a", Token: access, TokenSource: token}, []string{"Token and TokenSource exclude each other"}},
		{"two tokens", exawire.Config{Host: "a", Token: exawire.Token{Access: "a", Refresh: "b"}}, []string{"Token has an access and a refresh token: only one can be sent"}},
		{"token and password source", exawire.Config{Host: "a", User: "u", Token: access, PasswordSource: password}, []string{"Token and a password exclude each other"}},
		{"token source and password", exawire.Config{Host: "a", User: "u", Password: "p", TokenSource: token}, []string{"Token and a password exclude each other"}},
		{"token source in plain text", exawire.Config{Host: "a", TokenSource: token, Plaintext: true}, []string{"Token needs TLS: tokens are not sent in plain text"}},
		{"token and V2", exawire.Config{Host: "a", Token: access, ProtocolVersion: commands.V2}, []string{"Token needs ProtocolVersion 3 or newer"}},
		{"password without user", exawire.Config{Host: "a", Password: "p"}, []string{"User is not set"}},
		{"password source without user", exawire.Config{Host: "a", PasswordSource: password}, []string{"User is not set"}},
		{"version below", exawire.Config{Host: "a", ProtocolVersion: -1}, []string{"ProtocolVersion is not between 1 and 5"}},
		{"version above", exawire.Config{Host: "a", ProtocolVersion: commands.Latest + 1}, []string{"ProtocolVersion is not between 1 and 5"}},
		{"plain text and TLS", exawire.Config{Host: "a", Plaintext: true, TLS: &tls.Config{}}, []string{"Plaintext and TLS exclude each other"}},
		{"plain text and fingerprint", exawire.Config{Host: "a", Plaintext: true, CertificateFingerprint: pinA}, []string{"Plaintext and CertificateFingerprint exclude each other"}},
		{"plain text and fingerprint of a host", exawire.Config{Host: "a,b/" + pinA, Plaintext: true}, []string{"Plaintext and the fingerprint of a host exclude each other"}},
		{"fingerprint", exawire.Config{Host: "a", CertificateFingerprint: "ab"}, []string{"CertificateFingerprint is not 64 hexadecimal digits"}},
		{"fetch below", exawire.Config{Host: "a", FetchBytes: -1}, []string{"FetchBytes is not between 1 and 67108864"}},
		{"fetch above", exawire.Config{Host: "a", FetchBytes: 64<<20 + 1}, []string{"FetchBytes is not between 1 and 67108864"}},
		{"prefetch", exawire.Config{Host: "a", Prefetch: 2}, []string{"Prefetch is more than 1"}},
		{"limit negative", exawire.Config{Host: "a", MessageLimit: -1}, []string{"MessageLimit is less than 64 KiB"}},
		{"limit", exawire.Config{Host: "a", MessageLimit: 64<<10 - 1}, []string{"MessageLimit is less than 64 KiB"}},
		{
			"limit below four fetches",
			exawire.Config{Host: "a", MessageLimit: 4<<20 - 1, FetchBytes: 1 << 20},
			[]string{"MessageLimit of 4194303 is less than 4 times FetchBytes, which is 1048576"},
		},
		{
			"limit below the largest fetch",
			exawire.Config{Host: "a", MessageLimit: 64 << 10, FetchBytes: 64 << 20},
			[]string{"MessageLimit of 65536 is less than 4 times FetchBytes, which is 67108864"},
		},
		{"connect timeout", exawire.Config{Host: "a", ConnectTimeout: -1}, []string{"ConnectTimeout is negative"}},
		{"cancel grace", exawire.Config{Host: "a", CancelGrace: -1}, []string{"CancelGrace is negative"}},
		{"statement cache", exawire.Config{Host: "a", StatementCache: 1001}, []string{"StatementCache is more than 1000"}},
		{"empty attribute", exawire.Config{Host: "a", Attributes: []exawire.Attribute{{}}}, []string{"Attributes has an empty attribute"}},
		{
			"two schemas",
			exawire.Config{Host: "a", Schema: "S", Attributes: []exawire.Attribute{exawire.CurrentSchema("S")}},
			[]string{"Schema and the attribute currentSchema exclude each other"},
		},
		{
			"pinned formats with other numeric characters",
			exawire.Config{Host: "a", PinFormats: true, Attributes: []exawire.Attribute{exawire.NumericCharacters(",.")}},
			[]string{"PinFormats and the attribute numericCharacters exclude each other"},
		},
		{"repeated hour", exawire.Config{Host: "a", RepeatedHour: 3}, []string{"RepeatedHour is not RepeatedHourError, RepeatedHourFirst or RepeatedHourSecond"}},
		{
			"attributes out of range",
			exawire.Config{Host: "a", Attributes: []exawire.Attribute{
				exawire.QueryTimeout(-time.Second), exawire.FeedbackInterval(-1), exawire.ResultSetMaxRows(-1), exawire.NumericCharacters("."),
				exawire.CurrentSchema("\xff"),
			}},
			[]string{
				"Attributes has queryTimeout, which is negative", "Attributes has feedbackInterval, which is negative",
				"Attributes has resultSetMaxRows, which is negative", "Attributes has numericCharacters, which is not two characters",
				"Attributes has currentSchema, which is not valid UTF-8",
			},
		},
		{
			"not UTF-8",
			exawire.Config{
				Host: "a", Path: "/\xff", User: "\xff", Password: "\xff", Schema: "\xff", ClientName: "\xff", ClientVersion: "\xff",
			},
			[]string{
				"Path is not valid UTF-8", "User is not valid UTF-8", "Password is not valid UTF-8", "Schema is not valid UTF-8",
				"ClientName is not valid UTF-8", "ClientVersion is not valid UTF-8",
			},
		},
		{"host not UTF-8", exawire.Config{Host: "\xff"}, []string{"Host is not valid UTF-8", "Host entry 1 has a character that no host name has"}},
		{
			"several",
			exawire.Config{Port: -1, Prefetch: 9},
			[]string{"Port is not between 1 and 65535", "Host is not set", "Prefetch is more than 1"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			client, err := exawire.New(&test.cfg)
			if err == nil {
				t.Fatal("no error")
			}
			if client != nil {
				t.Error("a client beside the error")
			}
			got := strings.Split(strings.TrimPrefix(err.Error(), "exawire: config: "), "; ")
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			var all interface{ Unwrap() []error }
			if !errors.As(err, &all) {
				t.Fatalf("%v is not several errors", err)
			}
			for _, err := range all.Unwrap() {
				var config *exawire.ConfigError
				if !errors.As(err, &config) {
					t.Errorf("%v is not a *ConfigError", err)
				}
			}
			if !exawire.SafeToRetry(err) {
				t.Error("SafeToRetry is false")
			}
		})
	}
	if _, err := exawire.New(nil); err == nil {
		t.Error("no error for a nil configuration")
	}
}

func TestNewDefaults(t *testing.T) {
	client, err := exawire.New(&exawire.Config{Host: "a"})
	if err != nil {
		t.Fatal(err)
	}
	got := client.Config()
	if got.Codec == nil {
		t.Error("Codec is nil")
	}
	got.Codec = nil
	want := &exawire.Config{
		Host: "a", Port: 8563, Path: "/", ClientName: "exawire", ClientVersion: exawire.Version, ProtocolVersion: commands.V5,
		FetchBytes: exawire.DefaultFetchBytes, MessageLimit: exawire.DefaultMessageLimit, ConnectTimeout: 10 * time.Second,
		CancelGrace: 5 * time.Second, PeerTimeout: 90 * time.Second, StatementCache: 64,
	}
	if diff := cmp.Diff(want, got, sameConfig); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestFetchBytesFollowTheLimit sets one of the two, or both at their bounds.
func TestFetchBytesFollowTheLimit(t *testing.T) {
	for _, tt := range []struct{ limit, fetch, wantLimit, wantFetch int64 }{
		{0, 0, 256 << 20, 32 << 20},
		{0, 64 << 20, 256 << 20, 64 << 20},
		{64 << 10, 0, 64 << 10, 16 << 10},
		{64<<10 + 3, 0, 64<<10 + 3, 16 << 10},
		{127 << 20, 0, 127 << 20, 127 << 18},
		{128 << 20, 0, 128 << 20, 32 << 20},
		{math.MaxInt64, 0, math.MaxInt64, 32 << 20},
		{4 << 20, 1 << 20, 4 << 20, 1 << 20},
		{64 << 10, 16 << 10, 64 << 10, 16 << 10},
	} {
		client, err := exawire.New(&exawire.Config{Host: "a", MessageLimit: tt.limit, FetchBytes: tt.fetch})
		if err != nil {
			t.Errorf("limit %d, fetch %d: %v", tt.limit, tt.fetch, err)
			continue
		}
		if got := client.Config(); got.MessageLimit != tt.wantLimit || got.FetchBytes != tt.wantFetch {
			t.Errorf("limit %d, fetch %d became %d and %d", tt.limit, tt.fetch, got.MessageLimit, got.FetchBytes)
		}
		// What it became is accepted, too.
		if _, err := exawire.New(client.Config()); err != nil {
			t.Error(err)
		}
	}
}

// TestNewKeepsWhatIsSet fills every field, so that no default overwrites one.
func TestNewKeepsWhatIsSet(t *testing.T) {
	codec := compression.Zlib(9)
	want := exawire.Config{
		Host: "a", Port: 1, Path: "/x", User: "u", Password: "p", Schema: "S", Attributes: []exawire.Attribute{exawire.Autocommit(false)},
		ClientName: "n", ClientVersion: "v", ProtocolVersion: commands.V2, TLS: &tls.Config{ServerName: "s"}, CertificateFingerprint: pinA,
		Compression: true, Codec: codec, FetchBytes: 1, Prefetch: -1, MessageLimit: 64 << 10, ConnectTimeout: 1, CancelGrace: 2, PeerTimeout: -1,
		StatementCache: -1,
	}
	client, err := exawire.New(&want)
	if err != nil {
		t.Fatal(err)
	}
	got := client.Config()
	if got.Codec != codec || got.TLS.ServerName != "s" {
		t.Errorf("Codec is %v, TLS has the server name %q", got.Codec, got.TLS.ServerName)
	}
	want.Codec, got.Codec = nil, nil
	if diff := cmp.Diff(&want, got, sameConfig); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestClientIsNotChanged changes everything that a program has in its hands after New.
func TestClientIsNotChanged(t *testing.T) {
	cfg := &exawire.Config{Host: "a", TLS: &tls.Config{ServerName: "s"}, Attributes: []exawire.Attribute{exawire.Autocommit(false)}}
	client, err := exawire.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []*exawire.Config{cfg, client.Config()} {
		c.Host, c.Compression, c.TLS.ServerName, c.Attributes[0] = "b", true, "changed", exawire.Autocommit(true)
	}
	got := client.Config()
	if got.Host != "a" || got.Compression || got.TLS.ServerName != "s" || got.Attributes[0] != exawire.Autocommit(false) {
		t.Errorf("the client's configuration is %v, TLS server name %q", got, got.TLS.ServerName)
	}
	if again := client.Config(); got == again {
		t.Error("Config returns the same pointer twice")
	}
}

// TestCloneCopiesEveryField sets every field by reflection, so that a new one is not forgotten.
func TestCloneCopiesEveryField(t *testing.T) {
	var c exawire.Config
	v := reflect.ValueOf(&c).Elem()
	for i := range v.NumField() {
		f := v.Field(i)
		switch f.Kind() {
		case reflect.String:
			f.SetString("x")
		case reflect.Int, reflect.Int64:
			f.SetInt(7)
		case reflect.Bool:
			f.SetBool(true)
		case reflect.Slice:
			f.Set(reflect.MakeSlice(f.Type(), 1, 1))
		case reflect.Pointer:
			f.Set(reflect.New(f.Type().Elem()))
		case reflect.Func:
			f.Set(reflect.MakeFunc(f.Type(), func([]reflect.Value) []reflect.Value { panic("called") }))
		case reflect.Struct:
			f.Field(0).SetString("x")
		case reflect.Interface:
			if f.Type() == reflect.TypeFor[compression.Codec]() {
				f.Set(reflect.ValueOf(compression.Zlib(1)))
			} else {
				f.Set(reflect.ValueOf(discardTracer{}))
			}
		default:
			t.Fatalf("field %s is a %s: teach the test", v.Type().Field(i).Name, f.Kind())
		}
	}
	clone := reflect.ValueOf(c.Clone()).Elem()
	for i := range v.NumField() {
		if clone.Field(i).IsZero() {
			t.Errorf("Clone forgets %s", v.Type().Field(i).Name)
		}
	}
}

type discardTracer struct{}

func (discardTracer) TraceConnect(ctx context.Context, _ exawire.ConnectStart) (context.Context, func(exawire.ConnectEnd)) {
	return ctx, nil
}

func (discardTracer) TraceCommand(ctx context.Context, _ exawire.CommandStart) (context.Context, func(exawire.CommandEnd)) {
	return ctx, nil
}

func (discardTracer) TraceClose(exawire.SessionEnd) {}

func TestInitialAttributes(t *testing.T) {
	tests := []struct {
		name string
		cfg  exawire.Config
		want map[string]string
	}{
		{"none", exawire.Config{}, map[string]string{"autocommit": "true", "feedbackInterval": "1", "numericCharacters": `".,"`}},
		{
			"schema",
			exawire.Config{Schema: `a"b`},
			map[string]string{"autocommit": "true", "feedbackInterval": "1", "numericCharacters": `".,"`, "currentSchema": `"a\"b"`},
		},
		{
			"others, the last of each name",
			exawire.Config{Attributes: []exawire.Attribute{exawire.Autocommit(false), exawire.QueryTimeout(time.Second), exawire.QueryTimeout(time.Hour), exawire.NumericCharacters(",.")}},
			map[string]string{"autocommit": "false", "feedbackInterval": "1", "numericCharacters": `",."`, "queryTimeout": "3600"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, test.cfg.InitialAttributes()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestSecretsAreNotPrinted prints values that hold secrets in every way that packages fmt and log/slog know.
func TestSecretsAreNotPrinted(t *testing.T) {
	cfg := exawire.Config{Host: "exa1", User: "sys", Password: secret, Path: "/connect?ticket=" + secret, Plaintext: true}
	token := exawire.Token{Access: secret}
	tokenCfg := exawire.Config{Host: "exa1", Token: token}
	refreshCfg := exawire.Config{Host: "sys:" + secret + "@exa1", Token: exawire.Token{Refresh: secret}}
	client, err := exawire.New(&cfg)
	if err != nil {
		t.Fatal(err)
	}
	type nested struct {
		Config exawire.Config
		Token  exawire.Token
		Ptr    *exawire.Config
	}
	type unexported struct{ ptr *exawire.Config }
	values := map[string]any{
		"Config": cfg, "*Config": &cfg, "Config with a token": tokenCfg, "*Config with a token": &tokenCfg, "Config with a refresh token": refreshCfg,
		"Token": token, "*Token": &token, "[]Config": []exawire.Config{cfg}, "map": map[string]any{"c": cfg, "t": &token}, "*Client": client,
		"struct": nested{cfg, token, &cfg}, "*struct": &nested{cfg, token, &cfg}, "error": fmt.Errorf("config %v", cfg),
	}
	for name, v := range values {
		for _, verb := range "vsqxXdtbcoOUeEfFgG" {
			for _, flags := range []string{"", "+", "#", "+#", "-0 ", "99.99"} {
				if text := fmt.Sprintf("%"+flags+string(verb), v); leaks(text) || leaks(unhex(text)) {
					t.Errorf("%%%s%c shows the secret of a %s", flags, verb, name)
				}
			}
		}
		if text := fmt.Sprint(v) + fmt.Sprintln(v); leaks(text) {
			t.Errorf("Print shows the secret of a %s: %s", name, text)
		}
		var log bytes.Buffer
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", v)
		if leaks(log.String()) {
			t.Errorf("slog shows the secret of a %s: %s", name, log.String())
		}
		if text, err := json.Marshal(v); leaks(string(text)) {
			t.Errorf("JSON of a %s shows the secret: %s, %v", name, text, err)
		}
	}
	if text := fmt.Sprintf("%v %+v %#v", unexported{&cfg}, &unexported{&cfg}, unexported{&cfg}); leaks(text) {
		t.Errorf("a pointer in an unexported field shows the secret: %s", text)
	}
	if !leaks(cfg.DSN()) || !leaks(tokenCfg.DSN()) {
		t.Error("DSN has no secret: the test proves nothing")
	}
}

// unhex undoes %x and %X.
func unhex(text string) string {
	var b strings.Builder
	for i := 0; i+1 < len(text); i += 2 {
		var c byte
		if _, err := fmt.Sscanf(text[i:i+2], "%02x", &c); err == nil {
			b.WriteByte(c)
		}
	}
	return b.String()
}

func TestConfigString(t *testing.T) {
	tests := []struct {
		name string
		cfg  exawire.Config
		want string
	}{
		{"zero", exawire.Config{}, "exa://"},
		{"user", exawire.Config{Host: "a", User: "sys"}, "exa://sys@a"},
		{"password", exawire.Config{Host: "a:1", User: "sys", Password: "pw"}, "exa://sys:***@a:1"},
		{"tokens", exawire.Config{Host: "a", Token: exawire.Token{Access: "x", Refresh: "y"}}, "exa://a?accesstoken=***&refreshtoken=***"},
		{"path", exawire.Config{Host: "a", Path: "/v1/x?ticket=1"}, "exa://a?path=%2Fv1%2Fx%3F***"},
		{"path without a query", exawire.Config{Host: "a", Path: "/v1/x"}, "exa://a?path=%2Fv1%2Fx"},
		{"hosts", exawire.Config{Host: "a1..2,[::1]:5/x"}, "exa://a1..2,[::1]:5/x"},
		{"no host", exawire.Config{Host: "sys:pw@a"}, "exa://***"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := test.cfg.String(); got != test.want {
				t.Errorf("String is %s, want %s", got, test.want)
			}
			if got := fmt.Sprintf("%+v", &test.cfg); got != test.want {
				t.Errorf("%%+v is %s, want %s", got, test.want)
			}
			if got := test.cfg.LogValue().String(); got != test.want {
				t.Errorf("LogValue is %s, want %s", got, test.want)
			}
		})
	}
}

// TestConnectSideBySide runs logins of one client at the same time: what one negotiates must not reach another.
func TestConnectSideBySide(t *testing.T) {
	srv := exatest.NewServer(t)
	good, err := exawire.ParseDSN(srv.DSN("compression=1"))
	if err != nil {
		t.Fatal(err)
	}
	client, err := exawire.New(good)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	const sessions = 8
	for range sessions {
		go func() {
			sess, err := client.Connect(t.Context())
			if err == nil {
				if !sess.Attributes().CompressionEnabled {
					err = errors.New("session is not compressed")
				}
				err = errors.Join(err, sess.Close(t.Context()))
			}
			done <- err
		}()
	}
	for range sessions {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}
