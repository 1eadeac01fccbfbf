package exawire_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
)

const (
	pinA = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	pinB = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
)

// sameConfig compares what a DSN can hold: the last attribute of each name, and whether TLS verifies.
var sameConfig = cmp.Options{
	cmp.Transformer("Attributes", func(attrs []exawire.Attribute) map[string]string {
		values := map[string]string{}
		for _, a := range attrs {
			values[a.Name()] = a.JSON()
		}
		return values
	}),
	cmp.Comparer(func(a, b *tls.Config) bool {
		return (a == nil) == (b == nil) && (a == nil || a.InsecureSkipVerify == b.InsecureSkipVerify && a.MinVersion == b.MinVersion)
	}),
}

func ExampleParseDSN() {
	cfg, err := exawire.ParseDSN("exa://sys:s3cret@exa01..12.example.com,standby:8564/SALES?compression=on&querytimeout=5m")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(cfg.Host)
	fmt.Println(cfg.User, cfg.Schema, cfg.Compression, cfg.Attributes)
	fmt.Println(cfg) // without the password

	_, err = exawire.ParseDSN("exa:exa1:8563;user=sys;password=s3cret;compresion=1;autocommit=maybe")
	fmt.Println(err)
	// Output:
	// exa01..12.example.com,standby:8564
	// sys SALES true [queryTimeout=300]
	// exa://sys:***@exa01..12.example.com,standby:8564?schema=SALES&compression=1&querytimeout=300
	// exawire: config: DSN key 3 is unknown (did you mean compression?); autocommit is neither 1, true, on, yes nor 0, false, off, no
}

func ExampleConfig_DSN() {
	cfg := &exawire.Config{
		Host:     "10.0.0.11..14",
		User:     "sys",
		Password: "p@ss/word;?",
		Schema:   "My Schema",
		Attributes: []exawire.Attribute{
			exawire.Autocommit(false),
			exawire.QueryTimeout(time.Minute),
		},
	}
	fmt.Println(cfg.DSN())
	fmt.Println(cfg)
	// Output:
	// exa://sys:p%40ss%2Fword%3B%3F@10.0.0.11..14?schema=My%20Schema&autocommit=false&querytimeout=60
	// exa://sys:***@10.0.0.11..14?schema=My%20Schema&autocommit=false&querytimeout=60
}

func TestParseDSN(t *testing.T) {
	skip := &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}
	tests := []struct {
		name string
		dsn  string
		want exawire.Config
	}{
		{"URL with a host alone", "exa://exa1", exawire.Config{Host: "exa1"}},
		{"URL in upper case", "EXA://exa1", exawire.Config{Host: "exa1"}},
		{"URL with user", "exa://sys@exa1:8563", exawire.Config{Host: "exa1:8563", User: "sys"}},
		{"URL with password", "exa://sys:pw@exa1", exawire.Config{Host: "exa1", User: "sys", Password: "pw"}},
		{"URL with empty password", "exa://sys:@exa1", exawire.Config{Host: "exa1", User: "sys"}},
		{"URL with empty user", "exa://@exa1?user=sys", exawire.Config{Host: "exa1", User: "sys"}},
		{"password with colons", "exa://sys:a:b:c@exa1", exawire.Config{Host: "exa1", User: "sys", Password: "a:b:c"}},
		{"password with an at sign", "exa://sys:a@b@exa1", exawire.Config{Host: "exa1", User: "sys", Password: "a@b"}},
		{"password with a plus sign", "exa://sys:a+b@exa1", exawire.Config{Host: "exa1", User: "sys", Password: "a+b"}},
		{"password encoded", "exa://s%79s:%2F%3F%23%40%3A%25%5C%3B%20@exa1", exawire.Config{Host: "exa1", User: "sys", Password: `/?#@:%\; `}},
		{"password ends in a backslash", `exa://sys:a\@exa1/S`, exawire.Config{Host: "exa1", User: "sys", Password: `a\`, Schema: "S"}},
		{"credentials as keys", "exa://exa1?user=sys&password=a%26b%3D", exawire.Config{Host: "exa1", User: "sys", Password: "a&b="}},
		{"schema", "exa://exa1/SALES", exawire.Config{Host: "exa1", Schema: "SALES"}},
		{"schema with a slash behind", "exa://exa1/SALES/", exawire.Config{Host: "exa1", Schema: "SALES"}},
		{"schema encoded", "exa://u@exa1/a%2Fb%40%25", exawire.Config{Host: "exa1", User: "u", Schema: "a/b@%"}},
		{"schema with separators of lists", "exa://exa1/a,b:c", exawire.Config{Host: "exa1", Schema: "a,b:c"}},
		{"empty schema", "exa://exa1/?schema=S", exawire.Config{Host: "exa1", Schema: "S"}},
		{"schema behind a fingerprint", "exa://a/" + pinA + ":1,b/" + pinB + "/S", exawire.Config{Host: "a/" + pinA + ":1,b/" + pinB, Schema: "S"}},
		{"schema that is no hash", "exa://a/nocertcheck/" + pinB[:39], exawire.Config{Host: "a/nocertcheck", Schema: pinB[:39]}},
		{"schema like a fingerprint", "exa://a/nocertcheck?schema=" + pairs(pinB), exawire.Config{Host: "a/nocertcheck", Schema: pairs(pinB)}},
		{"fingerprint with colons", "exa://u:p@h/" + pairs(pinA), exawire.Config{Host: "h/" + pairs(pinA), User: "u", Password: "p"}},
		{
			"fingerprints with colons and all else", "exa://a/" + pairs(pinA) + ":1 ,b/" + strings.ToUpper(pairs(pinB)) + ":8563/S?port=2",
			exawire.Config{Host: "a/" + pairs(pinA) + ":1 ,b/" + strings.ToUpper(pairs(pinB)) + ":8563", Schema: "S", Port: 2},
		},
		{"fingerprint with encoded colons", "exa://a/" + strings.ReplaceAll(pairs(pinA), ":", "%3A") + "/S", exawire.Config{Host: "a/" + pairs(pinA), Schema: "S"}},
		{"pairs with a fingerprint with colons", "exa:a/" + pairs(pinA) + ":1;fingerprint=" + pairs(pinB), exawire.Config{Host: "a/" + pairs(pinA) + ":1", CertificateFingerprint: pairs(pinB)}},
		{"URL of other clients", "exasol://sys:pw@exa1:8563/S?validateservercertificate=1&tls=true", exawire.Config{Host: "exa1:8563", User: "sys", Password: "pw", Schema: "S"}},
		{"URL of other clients in other letters", "ExaSol://exa1", exawire.Config{Host: "exa1"}},
		{"no check", "exa://a/NOCERTCHECK:8563/S", exawire.Config{Host: "a/NOCERTCHECK:8563", Schema: "S"}},
		{"IPv6", "exa://u@[::1]:8563/S", exawire.Config{Host: "[::1]:8563", User: "u", Schema: "S"}},
		{"IPv6 with zone", "exa://[fe80::1%25eth0]:8563", exawire.Config{Host: "[fe80::1%eth0]:8563"}},
		{"empty pairs", "exa://a?&compression=1&&", exawire.Config{Host: "a", Compression: true}},
		{"plus sign is a space in values", "exa://a?clientname=my+app%2B", exawire.Config{Host: "a", ClientName: "my app+"}},
		{"semicolon in values", "exa://a?clientname=a;b", exawire.Config{Host: "a", ClientName: "a;b"}},

		{"pairs with a host alone", "exa:exa1:8563", exawire.Config{Host: "exa1:8563"}},
		{"pairs", "exa:exa1:8563;user=sys;password=pw", exawire.Config{Host: "exa1:8563", User: "sys", Password: "pw"}},
		{"pairs with white space", "exa:exa1; user=sys; schema =S", exawire.Config{Host: "exa1", User: "sys", Schema: "S"}},
		{"pairs with a host list", "exa:a1..2,b/" + pinA + ":1;user=sys", exawire.Config{Host: "a1..2,b/" + pinA + ":1", User: "sys"}},
		{"pairs with IPv6", "exa:[fe80::1%eth0]:8563;user=sys", exawire.Config{Host: "[fe80::1%eth0]:8563", User: "sys"}},
		{"trailing semicolon", "exa:exa1;user=sys;", exawire.Config{Host: "exa1", User: "sys"}},
		{"trailing semicolons and white space", "exa:exa1;user=sys; ; ", exawire.Config{Host: "exa1", User: "sys"}},
		{"password with an escaped semicolon", `exa:exa1;user=sys;password=a\;b;schema=S`, exawire.Config{Host: "exa1", User: "sys", Password: "a;b", Schema: "S"}},
		{"password ends in an escaped backslash", `exa:exa1;user=sys;password=a\\;schema=S`, exawire.Config{Host: "exa1", User: "sys", Password: `a\`, Schema: "S"}},
		{"password ends in a backslash at the end", `exa:exa1;user=sys;password=a\`, exawire.Config{Host: "exa1", User: "sys", Password: `a\`}},
		{"backslash before any other character", `exa:exa1;user=dom\sys`, exawire.Config{Host: "exa1", User: `dom\sys`}},
		{"password with everything else", `exa:exa1;user=sys;password=!,@#$%^&*=?/: +`, exawire.Config{Host: "exa1", User: "sys", Password: "!,@#$%^&*=?/: +"}},
		{"keys in any case", "exa:exa1;USER=sys;FetchBytes=5", exawire.Config{Host: "exa1", User: "sys", FetchBytes: 5}},

		{"port", "exa://a?port=1", exawire.Config{Host: "a", Port: 1}},
		{"path", "exa://a?path=/v1/x%3Fticket=1", exawire.Config{Host: "a", Path: "/v1/x?ticket=1"}},
		{"path without a slash", "exa:a;urlpath=v1", exawire.Config{Host: "a", Path: "/v1"}},
		{"fetchsize in kilobytes", "exa:a;fetchsize=2000", exawire.Config{Host: "a", FetchBytes: 2000 << 10}},
		{"fetchbytes", "exa:a;fetchbytes=67108864", exawire.Config{Host: "a", FetchBytes: 64 << 20}},
		{"protocolversion", "exa:a;protocolversion=2", exawire.Config{Host: "a", ProtocolVersion: 2}},
		{"prefetch on", "exa:a;prefetch=on", exawire.Config{Host: "a", Prefetch: 1}},
		{"prefetch off", "exa:a;prefetch=off", exawire.Config{Host: "a", Prefetch: -1}},
		{"messagelimit", "exa:a;messagelimit=65536", exawire.Config{Host: "a", MessageLimit: 64 << 10}},
		{"seconds", "exa:a;connecttimeout=90", exawire.Config{Host: "a", ConnectTimeout: 90 * time.Second}},
		{"duration", "exa:a;cancelgrace=1m30.5s", exawire.Config{Host: "a", CancelGrace: 90500 * time.Millisecond}},
		{"patience", "exa:a;peertimeout=0", exawire.Config{Host: "a", PeerTimeout: -1}},
		{"peertimeout", "exa:a;peertimeout=5m", exawire.Config{Host: "a", PeerTimeout: 5 * time.Minute}},
		{"statementcache", "exa:a;statementcache=1000", exawire.Config{Host: "a", StatementCache: 1000}},
		{"no statementcache", "exa:a;statementcache=0", exawire.Config{Host: "a", StatementCache: -1}},
		{"access token", "exa://a?accesstoken=A.B", exawire.Config{Host: "a", Token: exawire.Token{Access: "A.B"}}},
		{"refresh token", "exa:a;refreshtoken=A\\;B", exawire.Config{Host: "a", Token: exawire.Token{Refresh: "A;B"}}},
		{"client", "exa:a;clientname=app;clientversion=1.2", exawire.Config{Host: "a", ClientName: "app", ClientVersion: "1.2"}},
		{"fingerprint", "exa:a;certificatefingerprint=" + pinA, exawire.Config{Host: "a", CertificateFingerprint: pinA}},
		{"fingerprint without other checks", "exa:a;validateservercertificate=0;fingerprint=" + pinA, exawire.Config{Host: "a", CertificateFingerprint: pinA, TLS: skip}},
		{"validation on", "exa:a;encryption=1;validateservercertificate=1", exawire.Config{Host: "a"}},
		{"validation off", "exa:a;validateservercertificate=0", exawire.Config{Host: "a", TLS: skip}},
		{"no TLS and no validation", "exa:a;encryption=0;validateservercertificate=0", exawire.Config{Host: "a", Plaintext: true}},
		{"skip-verify", "exa:a;tls=Skip-Verify", exawire.Config{Host: "a", TLS: skip}},
		{"skip-verify said twice", "exa:a;tls=skip-verify;validateservercertificate=0", exawire.Config{Host: "a", TLS: skip}},
		{"plaintext", "exa:a;tls=off", exawire.Config{Host: "a", Plaintext: true}},
		{"pinned formats", "exa:a;pinformats=1", exawire.Config{Host: "a", PinFormats: true}},
		{"truncated", "exa:a;truncate=1", exawire.Config{Host: "a", Truncate: true}},
		{"formats not pinned", "exa:a;pinformats=0", exawire.Config{Host: "a"}},
		{"repeated hour", "exa:a;repeatedhour=error", exawire.Config{Host: "a"}},
		{"first of repeated hours", "exa:a;repeatedhour=First", exawire.Config{Host: "a", RepeatedHour: exawire.RepeatedHourFirst}},
		{"second of repeated hours", "exa:a;repeatedhour=second", exawire.Config{Host: "a", RepeatedHour: exawire.RepeatedHourSecond}},
		{
			"attributes", "exa:a;querytimeout=1m;feedbackinterval=2;resultsetmaxrows=7;snapshottransactions=1;timestamputc=0;numericcharacters=,.",
			exawire.Config{Host: "a", Attributes: []exawire.Attribute{
				exawire.QueryTimeout(time.Minute), exawire.FeedbackInterval(2 * time.Second), exawire.ResultSetMaxRows(7),
				exawire.SnapshotTransactions(true), exawire.TimestampUTC(false), exawire.NumericCharacters(",."),
			}},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := exawire.ParseDSN(test.dsn)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&test.want, got, sameConfig); diff != "" {
				t.Errorf("%q (-want +got):\n%s", test.dsn, diff)
			}
		})
	}
}

// TestParseDSNSwitches gives every spelling to every switch: what one of them means must not depend on its spelling.
func TestParseDSNSwitches(t *testing.T) {
	switches := map[string]func(*exawire.Config) bool{
		"tls":                       func(c *exawire.Config) bool { return !c.Plaintext },
		"encryption":                func(c *exawire.Config) bool { return !c.Plaintext },
		"validateservercertificate": func(c *exawire.Config) bool { return c.TLS == nil || !c.TLS.InsecureSkipVerify },
		"compression":               func(c *exawire.Config) bool { return c.Compression },
		"prefetch":                  func(c *exawire.Config) bool { return c.Prefetch == 1 },
		"autocommit":                func(c *exawire.Config) bool { return c.InitialAttributes()["autocommit"] == "true" },
		"snapshottransactions":      func(c *exawire.Config) bool { return c.InitialAttributes()["snapshotTransactionsEnabled"] == "true" },
		"timestamputc":              func(c *exawire.Config) bool { return c.InitialAttributes()["timestampUtcEnabled"] == "true" },
	}
	spellings := map[string]bool{
		"1": true, "true": true, "TRUE": true, "True": true, "on": true, "On": true, "yes": true, "YES": true,
		"0": false, "false": false, "FALSE": false, "False": false, "off": false, "Off": false, "no": false, "NO": false,
	}
	for key, is := range switches {
		for spelling, want := range spellings {
			cfg, err := exawire.ParseDSN("exa:a;" + key + "=" + spelling)
			if err != nil {
				t.Errorf("%s=%s: %v", key, spelling, err)
			} else if is(cfg) != want {
				t.Errorf("%s=%s is %t", key, spelling, is(cfg))
			}
		}
		for _, spelling := range []string{"", "2", "-1", "y", "t", "enabled", "true ", "maybe"} {
			if _, err := exawire.ParseDSN("exa:a;" + key + "=" + spelling); err == nil {
				t.Errorf("%s=%q is not an error", key, spelling)
			}
		}
	}
}

// pairs writes a fingerprint as openssl does.
func pairs(pin string) string {
	var b strings.Builder
	for i := 0; i < len(pin); i += 2 {
		b.WriteString(":" + pin[i:min(i+2, len(pin))])
	}
	return b.String()[1:]
}

func TestParseDSNErrors(t *testing.T) {
	const noScheme = `DSN begins with neither "exa://", "exasol://" nor "exa:": write exa://user:password@host:8563/SCHEMA or exa:host:8563;user=name`
	const likePin = "schema looks like a fingerprint, which is written host/fingerprint:port and has 64 hexadecimal digits: for such a schema use the key schema"
	const notFlag = " is neither 1, true, on, yes nor 0, false, off, no"
	tests := []struct {
		name string
		dsn  string
		want []string // without "exawire: config: "
	}{
		{"empty", "", []string{noScheme}},
		{"other scheme", "postgres://a", []string{noScheme}},
		{"JDBC", "jdbc:exa:a:8563;schema=S", []string{noScheme}},
		{"SQLAlchemy", "exa+websocket://u:p@a:8563/S", []string{noScheme}},
		{"no scheme", "a:8563", []string{noScheme}},
		{"fingerprint of SHA-1", "exa://h/" + pairs(pinA[:40]), []string{likePin}},
		{"fingerprint too short in a URL", "exa://h/" + pinA[1:], []string{likePin}},
		{"fingerprint too short with colons", "exa://h/" + pairs(pinA[2:]) + ":8563", []string{likePin}},
		{"fingerprint too short in a list", "exa://h/" + pinA[1:] + ",h2:8563", []string{likePin}},
		{"fingerprint too long", "exa://h/" + pinA + "a", []string{likePin}},
		{"fingerprint too long with colons", "exa://h/" + pairs(pinA+"aa"), []string{"Host entry 1 has a port that is not between 1 and 65535"}},
		{"fingerprint with dashes", "exa://h/" + strings.ReplaceAll(pairs(pinA), ":", "-"), []string{likePin}},
		{"fingerprint with its name", "exa://h/sha256:" + pairs(pinA), []string{likePin}},
		{"two fingerprints with colons", "exa://h/" + pairs(pinA) + "/" + pairs(pinB), []string{"Host entry 1 has neither a fingerprint of 64 hexadecimal digits nor nocertcheck behind its slash"}},
		{
			"fingerprint with colons behind the port", "exa://h:8563/" + pairs(pinA),
			[]string{"Host entry 1 has its fingerprint behind the port: it belongs before, as in host/fingerprint:port"},
		},
		{
			"fingerprint with colons at odd places", "exa:h/" + pinA[:31] + ":" + pinA[31:],
			[]string{"Host entry 1 has neither a fingerprint of 64 hexadecimal digits nor nocertcheck behind its slash"},
		},
		{"not UTF-8", "exa://a\xff", []string{"DSN is not valid UTF-8"}},
		{"not UTF-8 when decoded", "exa://%ff:%fe@a", []string{"User is not valid UTF-8", "Password is not valid UTF-8"}},
		{"no host in a URL", "exa://", []string{"Host is not set"}},
		{"no host in pairs", "exa:;user=sys", []string{"Host is not set"}},
		{"bad host", "exa://a,b:x", []string{"Host entry 2 has a port that is not between 1 and 65535"}},
		{"slash in the password", "exa://sys:a/b@exa1", []string{`DSN has a "/" before an "@": write %2F in a user name or password, %40 in a schema`}},
		{"at sign in the schema", "exa://sys@exa1/S@T", []string{`DSN has a "/" before an "@": write %2F in a user name or password, %40 in a schema`}},
		{"slash in the schema", "exa://exa1/S/T", []string{"schema has a slash: write %2F"}},
		{"user badly encoded", "exa://a%:b@h", []string{"user is not percent-encoded properly"}},
		{"password badly encoded", "exa://a:b%zz@h", []string{"password is not percent-encoded properly"}},
		{"schema badly encoded", "exa://h/%1", []string{"schema is not percent-encoded properly"}},
		{"host badly encoded", "exa://[fe80::1%eth0]", []string{"host is not percent-encoded properly"}},
		{"value badly encoded", "exa://h?schema=%", []string{"DSN key 1 is not percent-encoded properly, or its value is not"}},
		{"key badly encoded", "exa://h?schema=S&%=1", []string{"DSN key 2 is not percent-encoded properly, or its value is not"}},

		{"unknown key", "exa:h;frobnitz=1", []string{"DSN key 1 is unknown: the documentation of package exawire has a list"}},
		{"misspelt key", "exa:h;user=u;compresion=1", []string{"DSN key 2 is unknown (did you mean compression?)"}},
		{"misspelt alias", "exa:h;encription=1", []string{"DSN key 1 is unknown (did you mean encryption?)"}},
		{"letters in another order", "exa:h;encrpytion=0", []string{"DSN key 1 is unknown (did you mean encryption?)"}},
		{"a part of keys", "exa:h;Timeout=1", []string{"DSN key 1 is unknown (did you mean connecttimeout, peertimeout or querytimeout?)"}},
		{"a part of a key", "exa:h;max_rows=1;maxrows=1", []string{"DSN key 1 is unknown: the documentation of package exawire has a list", "DSN key 2 is unknown (did you mean resultsetmaxrows?)"}},
		{"semicolon in the password", "exa:h;user=u;password=a;b", []string{`DSN key 3 is unknown: a semicolon in a value is written \;`}},
		{"ampersand in the password", "exa://h?user=u&password=a&b", []string{"DSN key 3 is unknown: an & in a value is written %26"}},
		{"semicolons in a URL", "exa://u:p@h:8563;schema=x", []string{`DSN has a ";" behind its hosts: "?" and "&" belong to exa://, and ";" to exa:`}},
		{"a question mark in pairs", "exa:h?user=x&schema=y", []string{`DSN has a "?" behind its hosts: "?" and "&" belong to exa://, and ";" to exa:`}},
		{"an ampersand in pairs", "exa:h&user=x;schema=y", []string{`DSN has a "&" behind its hosts: "?" and "&" belong to exa://, and ";" to exa:`}},
		{"key with underscores", "exa://h?query_timeout=1", []string{"DSN key 1 is unknown (did you mean querytimeout?)"}},
		{"endless key", "exa:h;" + strings.Repeat("compression", 4) + "=1", []string{"DSN key 1 is unknown: the documentation of package exawire has a list"}},
		{"empty key", "exa:h;=1", []string{"DSN key 1 is unknown: the documentation of package exawire has a list"}},
		{"no value", "exa:h;compression", []string{"compression has no value"}},
		{"neither key nor value", "exa:h;x", []string{`DSN key 1 is unknown: a semicolon in a value is written \;`}},
		{"several", "exa:h;x=1;port=0;autocommit=7", []string{"DSN key 1 is unknown: the documentation of package exawire has a list", "port is not a number from 1 to 65535", "autocommit" + notFlag}},

		{"twice", "exa:h;schema=S;schema=S", []string{"schema is given twice"}},
		{"twice in other letters", "exa:h;schema=S;SCHEMA=T", []string{"schema is given twice"}},
		{"twice by an alias", "exa:h;tls=1;encryption=1", []string{"tls is given twice"}},
		{"fingerprint twice by an alias", "exa:h;certificatefingerprint=" + pinA + ";fingerprint=" + pinA, []string{"fingerprint is given twice"}},
		{"user in both places", "exa://u@h?user=v", []string{"user is given twice"}},
		{"password in both places", "exa://u:@h?password=v", []string{"password is given twice"}},
		{"schema in both places", "exa://h/S?schema=S", []string{"schema is given twice"}},
		{"fetchsize and fetchbytes", "exa:h;fetchbytes=1;fetchsize=1", []string{"fetchsize and fetchbytes exclude each other"}},
		{"fetchbytes and fetchsize", "exa:h;fetchsize=1;fetchbytes=1", []string{"fetchbytes is given twice"}},

		{"no TLS and a fingerprint", "exa:h;tls=off;fingerprint=" + pinA, []string{"Plaintext and CertificateFingerprint exclude each other"}},
		{"no TLS and a fingerprint of a host", "exa://h/" + pinA + "?tls=off", []string{"Plaintext and the fingerprint of a host exclude each other"}},
		{"no TLS and no check of a host", "exa://h/nocertcheck?tls=off", []string{"Plaintext and the fingerprint of a host exclude each other"}},
		{"no TLS and validation", "exa:h;validateservercertificate=1;encryption=0", []string{"validateservercertificate and tls=off exclude each other"}},
		{"skip-verify and validation", "exa:h;tls=skip-verify;validateservercertificate=1", []string{"validateservercertificate and tls=skip-verify contradict each other"}},
		{"no TLS and a token", "exa:h;tls=0;accesstoken=t", []string{"Token needs TLS: tokens are not sent in plain text"}},
		{"two tokens", "exa:h;accesstoken=a;refreshtoken=b", []string{"Token has an access and a refresh token: only one can be sent"}},
		{"token and password", "exa://u:p@h?accesstoken=a", []string{"Token and a password exclude each other"}},
		{"token and an old version", "exa://h?accesstoken=a&protocolversion=2", []string{"Token needs ProtocolVersion 3 or newer"}},
		{"password without user", "exa://:p@h", []string{"User is not set"}},

		{"tls", "exa:h;tls=maybe", []string{"tls is neither on, off nor skip-verify"}},
		{"port too large", "exa:h;port=65536", []string{"port is not a number from 1 to 65535"}},
		{"protocolversion 0", "exa:h;protocolversion=0", []string{"protocolversion is not a number from 1 to 5"}},
		{"protocolversion 6", "exa:h;protocolversion=6", []string{"protocolversion is not a number from 1 to 5"}},
		{"fetchbytes too large", "exa:h;fetchbytes=67108865", []string{"fetchbytes is not a number from 1 to 67108864"}},
		{"fetchsize too large", "exa:h;fetchsize=65537", []string{"fetchsize is not a number from 1 to 65536"}},
		{"fetchsize beyond all numbers", "exa:h;fetchsize=18014398509481985", []string{"fetchsize is not a number from 1 to 65536"}},
		{"fetchsize not a number", "exa:h;fetchsize=1.5", []string{"fetchsize is not a number from 1 to 65536"}},
		{"messagelimit too small", "exa:h;messagelimit=65535", []string{"messagelimit is not a number from 65536 to 9223372036854775807"}},
		{"connecttimeout 0", "exa:h;connecttimeout=0", []string{"connecttimeout is not a duration above zero, such as 30 (seconds) or 1m30s"}},
		{"cancelgrace negative", "exa:h;cancelgrace=-5s", []string{"cancelgrace is not a duration above zero, such as 30 (seconds) or 1m30s"}},
		{"peertimeout negative", "exa:h;peertimeout=-1", []string{"peertimeout is not a duration such as 30 (seconds) or 1m30s"}},
		{"statementcache", "exa:h;statementcache=1001", []string{"statementcache is not a number from 0 to 1000"}},
		{"statementcache negative", "exa:h;statementcache=-1", []string{"statementcache is not a number from 0 to 1000"}},
		{"querytimeout", "exa:h;querytimeout=soon", []string{"querytimeout is not a duration such as 30 (seconds) or 1m30s"}},
		{"querytimeout with a fraction", "exa:h;querytimeout=1500ms", []string{"querytimeout is not a whole number of seconds"}},
		{"feedbackinterval with a fraction", "exa:h;feedbackinterval=1ns", []string{"feedbackinterval is not a whole number of seconds"}},
		{"querytimeout beyond all durations", "exa:h;querytimeout=9223372037", []string{"querytimeout is not a duration such as 30 (seconds) or 1m30s"}},
		{"resultsetmaxrows", "exa:h;resultsetmaxrows=-1", []string{"resultsetmaxrows is not a number of rows"}},
		{"numericcharacters", "exa:h;numericcharacters=.", []string{"numericcharacters is not two characters"}},
		{"repeatedhour", "exa:h;repeatedhour=third", []string{"repeatedhour is neither error, first nor second"}},
		{
			"pinned formats with other numeric characters", "exa:h;pinformats=1;numericcharacters=,.",
			[]string{"PinFormats and the attribute numericCharacters exclude each other"},
		},
		{"fingerprint too short", "exa:h;fingerprint=" + pinA[1:], []string{"fingerprint is not 64 hexadecimal digits"}},
		{"path", "exa:h;path=/%zz", []string{"Path is not the path of a URL"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			cfg, err := exawire.ParseDSN(test.dsn)
			if err == nil {
				t.Fatalf("%q is %v, want an error", test.dsn, cfg)
			}
			got := strings.Split(strings.TrimPrefix(err.Error(), "exawire: config: "), "; ")
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%q (-want +got):\n%s", test.dsn, diff)
			}
			var config *exawire.ConfigError
			if !errors.As(err, &config) {
				t.Errorf("%v is not a *ConfigError", err)
			}
		})
	}
}

// TestParseDSNOfOfficialDriver reads connection strings as github.com/exasol/exasol-driver-go makes them.
func TestParseDSNOfOfficialDriver(t *testing.T) {
	got, err := exawire.ParseDSN(`exa:exa1,exa2..4:8563;user=sys;password=a\;b;autocommit=0;compression=1;encryption=1;` +
		`validateservercertificate=0;certificatefingerprint=` + pinA + `;fetchsize=2000;querytimeout=42;clientname=Go client;` +
		`clientversion=1;schema=S;urlpath=/v1/databases/db123/connect?ticket=123;resultsetmaxrows=5`)
	if err != nil {
		t.Fatal(err)
	}
	want := &exawire.Config{
		Host: "exa1,exa2..4:8563", User: "sys", Password: "a;b", Schema: "S", ClientName: "Go client", ClientVersion: "1",
		Compression: true, CertificateFingerprint: pinA, TLS: &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12},
		FetchBytes: 2000 << 10, Path: "/v1/databases/db123/connect?ticket=123",
		Attributes: []exawire.Attribute{exawire.Autocommit(false), exawire.QueryTimeout(42 * time.Second), exawire.ResultSetMaxRows(5)},
	}
	if diff := cmp.Diff(want, got, sameConfig); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestParseDSNOfNetURL reads what programs make with the standard library.
func TestParseDSNOfNetURL(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		want := &exawire.Config{Host: "exa1:8563", User: "u" + trickyText(rng), Password: "p" + trickyText(rng), ClientName: "c" + trickyText(rng)}
		u := url.URL{
			Scheme: "exa", Host: want.Host, User: url.UserPassword(want.User, want.Password),
			RawQuery: url.Values{"clientname": {want.ClientName}}.Encode(),
		}
		got, err := exawire.ParseDSN(u.String())
		if err != nil {
			t.Fatalf("%s: %v", u.String(), err)
		}
		if diff := cmp.Diff(want, got, sameConfig); diff != "" {
			t.Fatalf("%s (-want +got):\n%s", u.String(), diff)
		}
	}
}

// TestParseDSNPairsRoundTrip writes the form with semicolons as the documentation says, with any text in it.
func TestParseDSNPairsRoundTrip(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	escape := strings.NewReplacer(`\`, `\\`, ";", `\;`)
	for range 500 {
		want := &exawire.Config{Host: "exa1:8563", User: "u" + trickyText(rng), Password: trickyText(rng), Schema: trickyText(rng)}
		dsn := "exa:exa1:8563;user=" + escape.Replace(want.User) + ";password=" + escape.Replace(want.Password) + ";schema=" + escape.Replace(want.Schema)
		if rng.IntN(2) == 0 {
			dsn += ";"
		}
		got, err := exawire.ParseDSN(dsn)
		if err != nil {
			t.Fatalf("%s: %v", dsn, err)
		}
		if diff := cmp.Diff(want, got, sameConfig); diff != "" {
			t.Fatalf("%s (-want +got):\n%s", dsn, diff)
		}
	}
}

func TestDSNRoundTrip(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 1500 {
		want := randomConfig(rng)
		if _, err := exawire.New(want); err != nil {
			t.Fatalf("the test made a bad configuration: %s: %v", want.DSN(), err)
		}
		got, err := exawire.ParseDSN(want.DSN())
		if err != nil {
			t.Fatalf("%s: %v", want.DSN(), err)
		}
		if diff := cmp.Diff(want, got, sameConfig); diff != "" {
			t.Fatalf("%s (-want +got):\n%s", want.DSN(), diff)
		}
		if again := got.DSN(); again != want.DSN() {
			t.Fatalf("DSN is\n%s, and of that\n%s", want.DSN(), again)
		}
	}
}

// TestDSNHoldsDefaults makes sure that a client's configuration can be written and read too.
func TestDSNHoldsDefaults(t *testing.T) {
	client, err := exawire.New(&exawire.Config{Host: "exa1", User: "sys", Password: "pw"})
	if err != nil {
		t.Fatal(err)
	}
	want := client.Config()
	got, err := exawire.ParseDSN(want.DSN())
	if err != nil {
		t.Fatal(err)
	}
	want.Codec = nil // not part of a DSN
	if diff := cmp.Diff(want, got, sameConfig); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDSNOfWhatItCannotHold(t *testing.T) {
	tests := []struct {
		name string
		cfg  exawire.Config
		want string
	}{
		{"prefetch far below 0", exawire.Config{Host: "a", Prefetch: -7}, "exa://a?prefetch=0"},
		{"patience", exawire.Config{Host: "a", PeerTimeout: -time.Hour}, "exa://a?peertimeout=0s"},
		{"statement cache far below 0", exawire.Config{Host: "a", StatementCache: -9}, "exa://a?statementcache=0"},
		{"schema as an attribute", exawire.Config{Host: "a", Attributes: []exawire.Attribute{exawire.CurrentSchema(`a"b`)}}, "exa://a?schema=a%22b"},
		{
			"attribute twice",
			exawire.Config{Host: "a", Attributes: []exawire.Attribute{exawire.Autocommit(true), exawire.Autocommit(false)}},
			"exa://a?autocommit=false",
		},
		{"roots", exawire.Config{Host: "a", TLS: &tls.Config{ServerName: "b"}}, "exa://a"},
		{
			"verification of the program's own",
			exawire.Config{Host: "a", TLS: &tls.Config{InsecureSkipVerify: true, VerifyConnection: func(tls.ConnectionState) error { return nil }}},
			"exa://a",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := test.cfg.DSN(); got != test.want {
				t.Errorf("DSN is %s, want %s", got, test.want)
			}
			if _, err := exawire.ParseDSN(test.cfg.DSN()); err != nil {
				t.Error(err)
			}
		})
	}
}

// secret has no four characters that a message of this module has.
const secret = "X9qK2vZ7wJ4hB8mQ"

func leaks(text string) bool {
	for i := range len(secret) - 3 {
		if strings.Contains(text, secret[i:i+4]) {
			return true
		}
	}
	return false
}

// TestParseDSNErrorsHaveNoSecrets breaks connection strings in every place, also in the middle of a password, and looks
// for the pieces in the errors.
func TestParseDSNErrorsHaveNoSecrets(t *testing.T) {
	dsns := []string{
		"exa://sys:" + secret + "@exa1:8563/S?compression=1",
		"exa://" + secret + "@exa1",
		"exa://exa1?user=sys&password=" + secret + "&compression=1",
		"exa://exa1?accesstoken=" + secret,
		"exa:exa1:8563;user=sys;password=" + secret + ";compression=1",
		"exa:exa1;refreshtoken=" + secret + ";compression=1",
		"exa:sys:" + secret + "@exa1:8563",
		"exa:sys/" + secret + "@exa1:8563;user=sys",
	}
	pieces := []string{
		":", "/", "@", "?", "#", "&", "=", ";", "%", "%zz", "%ff", ",", "..", "[", "]", " ", "\n", "\x00", "\xff", `\`, "user=", ";user", "&schema=S",
		":8563/", "//", "1..2",
	}
	failed := 0
	check := func(dsn string) {
		t.Helper()
		_, err := exawire.ParseDSN(dsn)
		if err == nil {
			return
		}
		failed++
		if leaks(err.Error()) || leaks(fmt.Sprintf("%+v %#v", err, err)) {
			t.Errorf("error for %q holds the secret: %v", dsn, err)
		}
	}
	for _, dsn := range dsns {
		for at := range len(dsn) + 1 {
			check(dsn[:at])
			for _, piece := range pieces {
				check(dsn[:at] + piece + dsn[at:])
			}
		}
	}
	rng := rand.New(rand.NewPCG(7, 8))
	for range 5000 {
		dsn := dsns[rng.IntN(len(dsns))]
		for range 1 + rng.IntN(4) {
			at := rng.IntN(len(dsn) + 1)
			dsn = dsn[:at] + pieces[rng.IntN(len(pieces))] + dsn[at:]
		}
		check(dsn)
	}
	if failed < 5000 {
		t.Errorf("only %d of the connection strings were wrong", failed)
	}
}

// TestKeysAreDocumented compares the table of keys with that of the package documentation.
func TestKeysAreDocumented(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	_, table, ok := strings.Cut(string(doc), "# Connection strings")
	if !ok {
		t.Fatal("doc.go has no section on connection strings")
	}
	table, _, _ = strings.Cut(table, "// # Testing")
	words := strings.FieldsFunc(table, func(r rune) bool { return r < 'a' || r > 'z' })
	seen := map[string]bool{}
	for _, names := range exawire.DSNKeys() {
		for _, name := range names {
			if seen[name] {
				t.Errorf("%s is in the table of keys twice", name)
			}
			seen[name] = true
			if !slices.Contains(words, name) {
				t.Errorf("%s is not documented", name)
			}
		}
	}
}

// trickyText returns text full of what has a meaning somewhere in a connection string.
func trickyText(rng *rand.Rand) string {
	pieces := []string{
		`\`, ";", "@", "/", "?", "%", "#", "&", "=", "+", " ", ":", ",", "[", "]", `"`, "'", "<", ">", "{", "}", "|", "^", "~", "`", "!", "$", "(",
		"*", "-", "_", ".", "..", "a", "Z", "0", "\u00e4", "\u65e5", "\U0001f600", "\n", "\t", "\x00", "\x7f", "\u2028", "%25", "%41", `\;`, `\\`, "exa://", "***",
		"nocertcheck", pinA, "/" + pinB + ":", "user=", "\ufeff", "e\u0301",
	}
	var b strings.Builder
	for range rng.IntN(8) {
		b.WriteString(pieces[rng.IntN(len(pieces))])
	}
	return b.String()
}

// randomConfig returns a valid configuration of what a DSN can hold.
func randomConfig(rng *rand.Rand) *exawire.Config {
	c := &exawire.Config{ClientName: trickyText(rng), ClientVersion: trickyText(rng)}
	maybe := func() bool { return rng.IntN(3) == 0 }
	pick := func(from ...string) string { return from[rng.IntN(len(from))] }
	if rng.IntN(2) == 0 {
		c.Schema = pick(trickyText(rng), pinA, pairs(pinB), "nocertcheck", "S/T", pinA+"/S", "h:1", "a@b", "?x=1", "%2F", " S ")
	}
	switch rng.IntN(4) {
	case 0:
		c.User = trickyText(rng)
	case 1:
		c.User, c.Password = "u"+trickyText(rng), trickyText(rng)
	case 2:
		c.Token.Access = trickyText(rng)
	case 3:
		c.Token.Refresh = "t" + trickyText(rng)
	}
	pins := true
	switch rng.IntN(4) {
	case 0:
		if c.Token == (exawire.Token{}) {
			c.Plaintext, pins = true, false
		}
	case 1:
		c.TLS = &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}
	case 2:
		c.CertificateFingerprint = pick(pinA, strings.ToUpper(pinB), "aa:BB"+pinA[4:], "aa bb "+pinA[4:])
	}
	var entries []string
	for range 1 + rng.IntN(4) {
		entry := pick("exa1", "exa01..12.corp", "10.0.0.1", "10.0.0.9..11", "[::1]", "[fe80::1%eth0]", "a_b", "b\u00fccher.example")
		if pins && maybe() {
			entry += "/" + pick(pinA, strings.ToUpper(pinB), "nocertcheck", "NoCertCheck", pairs(pinA))
		}
		if maybe() {
			entry += pick(":1", ":8563", ":65535")
		}
		entries = append(entries, pick("", " ", "\t")+entry+pick("", "", " "))
	}
	c.Host = strings.Join(entries, ",")
	if maybe() {
		c.Port = 1 + rng.IntN(65535)
	}
	if maybe() {
		c.Path = pick("/", "/v1/db?ticket=1&x=%20", "/a b", "/\u00e4", "//x", "/?", "/+;@:")
	}
	c.Compression = maybe()
	if maybe() && c.Token == (exawire.Token{}) {
		c.ProtocolVersion = commands.Version(1 + rng.IntN(5))
	}
	if maybe() {
		c.FetchBytes = 1 + rng.Int64N(64<<20)
	}
	if maybe() {
		c.Prefetch = -1 + 2*rng.IntN(2)
	}
	if maybe() {
		c.MessageLimit = max(64<<10, 4*c.FetchBytes) + rng.Int64N(1<<40)
	}
	for _, d := range []*time.Duration{&c.ConnectTimeout, &c.CancelGrace, &c.PeerTimeout} {
		if maybe() {
			*d = 1 + time.Duration(rng.Int64N(1<<rng.IntN(63)))
		}
	}
	if maybe() {
		c.PeerTimeout = -1
	}
	for _, a := range []exawire.Attribute{
		exawire.Autocommit(maybe()), exawire.SnapshotTransactions(maybe()), exawire.TimestampUTC(maybe()),
		exawire.QueryTimeout(time.Duration(1+rng.Int64N(1<<rng.IntN(33))) * time.Second), exawire.FeedbackInterval(time.Duration(rng.Int64N(1e3)) * time.Second),
		exawire.ResultSetMaxRows(rng.IntN(1<<rng.IntN(31) + 1)),
		exawire.NumericCharacters(pick(".,", ",.", `"'`, `\"`, "\u00e4\u00f6", ".\u00a0", "&=", "\n;")),
	} {
		if maybe() {
			c.Attributes = append(c.Attributes, a)
		}
	}
	rng.Shuffle(len(c.Attributes), func(i, j int) { c.Attributes[i], c.Attributes[j] = c.Attributes[j], c.Attributes[i] })
	return c
}
