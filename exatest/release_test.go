package exatest_test

import (
	"crypto/tls"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/internal/testclient"
	"github.com/google/go-cmp/cmp"
)

// profile is what a client can see of a release.
type profile struct {
	Protocol      int    // negotiated when the client asks for 5
	TooNew        string // answer to a login that asks for 5: ok or the text of the exception
	Autocommit    bool
	Plain         string // the same for a connection without TLS
	TLS           uint16
	TimestampType string // of a TIMESTAMP(9), in the newest version of the release
	OldTimestamp  string // and in version 1
	TimestampText string // with a session format of nine digits
	DateType      string
	HashType      string // the name of a HASHTYPE
	PublicKey     string // outcome of an IMPORT with the clause
	NoPublicKey   string // and without it
	LongTimeout   bool   // queryTimeout of more than 999999 seconds
	NewWords      string // keywords that not all releases have
}

const (
	imported     = "IMPORT INTO t FROM CSV AT 'https://10.0.0.11:20107' FILE '000.csv'"
	importedPin  = "IMPORT INTO t FROM CSV\n  AT 'https://10.0.0.11:20107' PUBLIC KEY 'sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=' FILE '000.csv'"
	noClause     = "42000: syntax error, unexpected IDENTIFIER_PART_, expecting FILE_ [line 2, column 32]"
	clauseNeeded = "42636: ETL-5105: Following error occured while reading data from external connection [https://10.0.0.11:20107/000.csv failed " + //nolint:misspell // by the database
		"after 0 bytes. [SSL certificate problem: self-signed certificate],[60],[SSL peer certificate or SSH remote key was not OK]]"
	onlyTLS = "08004: Connection exception - Only TLS connections are allowed."
)

var profiles = map[string]profile{
	"6.2.4": {
		Protocol: 1, TooNew: "00000: Could not create WebSocket protocol version 5", Plain: "ok", TLS: tls.VersionTLS12,
		TimestampType: "size 8", OldTimestamp: "size 8", TimestampText: "13.123000000", DateType: "size 4", HashType: "CHAR",
		PublicKey: noClause, NoPublicKey: "ok", LongTimeout: true,
	},
	"6.2.15": {
		Protocol: 1, TooNew: "ok", Plain: "ok", TLS: tls.VersionTLS12,
		TimestampType: "size 8", OldTimestamp: "size 8", TimestampText: "13.123000000", DateType: "size 4", HashType: "CHAR",
		PublicKey: noClause, NoPublicKey: "ok", LongTimeout: true,
	},
	"7.0.18": {
		Protocol: 2, TooNew: "ok", Plain: "ok", TLS: tls.VersionTLS12,
		TimestampType: "size 8", OldTimestamp: "size 8", TimestampText: "13.123000000", DateType: "size 4", HashType: "HASHTYPE",
		PublicKey: noClause, NoPublicKey: "ok", LongTimeout: true,
	},
	"7.1.30": {
		Protocol: 3, TooNew: "ok", Autocommit: true, Plain: "ok", TLS: tls.VersionTLS12,
		TimestampType: "size 8", OldTimestamp: "size 8", TimestampText: "13.123000000", DateType: "size 4", HashType: "HASHTYPE",
		PublicKey: noClause, NoPublicKey: "ok",
	},
	"8.31.7": {
		Protocol: 3, TooNew: "ok", Autocommit: true, Plain: onlyTLS, TLS: tls.VersionTLS13,
		TimestampType: "size 16", OldTimestamp: "size 16", TimestampText: "13.123000000", DateType: "size 4", HashType: "HASHTYPE",
		PublicKey: noClause, NoPublicKey: "ok", NewWords: "CURRENT_CLUSTER",
	},
	"8.32.0": {
		Protocol: 5, TooNew: "ok", Autocommit: true, Plain: onlyTLS, TLS: tls.VersionTLS13,
		TimestampType: "precision 9", OldTimestamp: "size 16", TimestampText: "13.123456789", DateType: "", HashType: "HASHTYPE",
		PublicKey: "ok", NoPublicKey: "ok", NewWords: "CURRENT_CLUSTER",
	},
	"2025.1.11": {
		Protocol: 5, TooNew: "ok", Autocommit: true, Plain: onlyTLS, TLS: tls.VersionTLS13,
		TimestampType: "precision 9", OldTimestamp: "size 16", TimestampText: "13.123456789", DateType: "", HashType: "HASHTYPE",
		PublicKey: "ok", NoPublicKey: clauseNeeded, NewWords: "CURRENT_CLUSTER PARQUET",
	},
}

func TestReleases(t *testing.T) {
	for release, want := range profiles {
		t.Run(release, func(t *testing.T) {
			srv := exatest.NewServer(t, exatest.WithRelease(release), exatest.WithSessionAttribute("datetimeFormat", "SS.FF9"))
			srv.HandleSQL("Q", exatest.Rows(exatest.Columns("T TIMESTAMP(9), D DATE, H HASHTYPE(16 BYTE)"),
				exatest.TextValues("2024-06-18 17:22:13.123456789"), exatest.TextValues("2024-06-18"), exatest.TextValues(strings.Repeat("0", 32))))
			srv.HandleSQL("IMPORT...", exatest.RowCount(1))

			got := profile{Plain: outcome(testclient.Dial(t, srv, srv.Addr(), true).TryLogin(1, "sys", "exasol", ""))}
			c := testclient.Dial(t, srv, srv.Addr(), false)
			got.TLS = c.Conn.(*tls.Conn).ConnectionState().Version
			a := c.TryLogin(5, "sys", "exasol", "")
			if got.TooNew = outcome(a); a.Status != "ok" {
				c = testclient.Dial(t, srv, srv.Addr(), false)
				a = c.TryLogin(1, "sys", "exasol", "")
			}
			if a.Data["releaseVersion"] != release {
				t.Errorf("the server says that it is %v", a.Data["releaseVersion"])
			}
			got.Protocol = c.Version
			got.Autocommit, _ = a.Attrs["autocommit"].(bool)
			set := c.Execute("Q").Set(0)
			got.TimestampType, got.DateType = digitsOf(set, 0), digitsOf(set, 1)
			got.HashType, _ = dataType(set, 2)["type"].(string)
			got.TimestampText, _ = set["data"].([]any)[0].([]any)[0].(string)
			got.PublicKey, got.NoPublicKey = outcome(c.Execute(importedPin)), outcome(c.Execute(imported))
			got.LongTimeout = c.Do(`{"command":"setAttributes","attributes":{"queryTimeout":1000000}}`).Status == "ok"
			if c.Version >= 2 {
				text := c.OK(`{"command":"getKeywords"}`).Raw
				var words []string
				for _, word := range []string{"CURRENT_CLUSTER", "PARQUET"} {
					if strings.Contains(text, `"`+word+`"`) {
						words = append(words, word)
					}
				}
				got.NewWords = strings.Join(words, " ")
			} else {
				c.Fails("00000", "Unknown command: getKeywords", `{"command":"getKeywords"}`)
			}
			c.Bye()
			old := testclient.Dial(t, srv, srv.Addr(), false)
			old.TryLogin(1, "sys", "exasol", "")
			got.OldTimestamp = digitsOf(old.Execute("Q").Set(0), 0)
			old.Bye()
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("profile (-want +got):\n%s", diff)
			}
		})
	}
}

// outcome is ok, or the code and the text of an exception without the session.
func outcome(a testclient.Answer) string {
	if a.Status == "ok" {
		return "ok"
	}
	text, _, _ := strings.Cut(a.Exception.Text, " (Session: ")
	return a.Exception.SQLCode + ": " + text
}

func dataType(set map[string]any, i int) map[string]any {
	column, _ := set["columns"].([]any)[i].(map[string]any)
	dt, _ := column["dataType"].(map[string]any)
	return dt
}

// digitsOf is the property of a type that says how long its values are, "" if it has none.
func digitsOf(set map[string]any, i int) string {
	dt := dataType(set, i)
	for _, key := range []string{"size", "precision"} {
		if v, ok := dt[key]; ok {
			return fmt.Sprint(key, " ", v)
		}
	}
	return ""
}

func TestTransferClauses(t *testing.T) {
	const pin = "'sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='"
	for _, tt := range []struct{ release, sql, want string }{
		{"2025.1.0", imported, "42636"},
		{"2025.1.0", "EXPORT t INTO CSV AT 'http://10.0.0.11:20107' FILE 'a.csv'", "ok"},
		{"2025.1.0", "EXPORT t INTO CSV AT 'https://bucket.example.com' FILE 'a.csv'", "ok"},
		{"2025.1.0", "EXPORT t INTO CSV AT 'https://[::1]:1' FILE 'a.csv'", "42636"},
		{"2025.1.0", "EXPORT t INTO CSV AT 'https://1.2.3.4:1' IGNORE CERTIFICATE FILE 'a.csv'", "ok"},
		{"2025.1.0", "export t into csv at 'https://1.2.3.4:1' public key " + pin + " file 'a.csv'", "ok"},
		{"2025.1.0", "EXPORT t INTO CSV AT 'https://1.2.3.4:1' PUBLIC KEY 'sha256//AAAA' FILE 'a.csv'", "42636"},
		{"2025.1.0", "EXPORT t INTO CSV AT 'https://1.2.3.4:1' PUBLIC KEY", "42636"},
		{"2025.1.0", "IMPORT INTO t FROM CSV AT 'https://1.2.3.4:1' PUBLIC KEY " + pin + " FILE '1' AT 'https://1.2.3.5:1' FILE '2'", "42636"},
		{"2025.1.0", "/* x */ IMPORT INTO t FROM CSV AT 'https://1.2.3.4:1' FILE '1'", "42636"},
		{"2025.1.0", "SELECT 'IMPORT AT ', 'https://1.2.3.4:1'", "ok"},
		{"2025.1.0", "IMPORT INTO at FROM EXA AT c STATEMENT 'AT ''https://1.2.3.4:1'''", "ok"},
		{"7.1.30", "EXPORT \"PUBLIC\" INTO CSV AT c FILE 'a.csv' -- PUBLIC KEY", "ok"},
		{"7.1.30", "EXPORT t INTO CSV AT 'http://1.2.3.4:1' PUBLIC KEY " + pin + " FILE 'a.csv'", "42000"},
	} {
		srv := exatest.NewServer(t, exatest.WithRelease(tt.release))
		for _, begin := range []string{"EXPORT...", "export...", "IMPORT...", "SELECT...", "/*..."} {
			srv.HandleSQL(begin, exatest.RowCount(1))
		}
		c := testclient.Connect(t, srv)
		got, _, _ := strings.Cut(outcome(c.Execute(tt.sql)), ":")
		if got != tt.want {
			t.Errorf("release %s, %s: got %s, want %s", tt.release, tt.sql, got, tt.want)
		}
		// Preparing parses a statement, but connects to nothing.
		prepared := c.Do(`{"command":"createPreparedStatement","sqlText":%s}`, testclient.Quote(tt.sql))
		if slices.Contains([]string{"ok", "42636"}, tt.want) != (prepared.Status == "ok") {
			t.Errorf("release %s, %s: prepared: %s", tt.release, tt.sql, prepared.Raw)
		}
		if prepared.Status == "ok" {
			c.OK(`{"command":"closePreparedStatement","statementHandle":1}`)
		}
		c.Bye()
	}
}

func TestProtocolVersions(t *testing.T) {
	for _, tt := range []struct {
		release    string
		asked, got int
		autocommit bool
	}{
		{"8.32.0", 5, 5, true},
		{"8.32.0", 9, 5, true},
		{"8.32.0", 1, 1, true},
		{"2025.1.11", 4, 4, true},
		{"8.31.7", 5, 3, true},
		{"7.1.30", 5, 3, true},
		{"7.0.18", 5, 2, false},
		{"6.2.15", 5, 1, false},
		{"6.1.9", 5, 1, false},
		{"6.2.4", 1, 1, false},
		{"8", 5, 3, true},
	} {
		srv := exatest.NewServer(t, exatest.WithRelease(tt.release), exatest.WithPlaintext())
		c := testclient.Dial(t, srv, srv.Addr(), true)
		a := c.TryLogin(tt.asked, "sys", "exasol", "")
		if c.Version != tt.got || c.Attributes["autocommit"] != tt.autocommit {
			t.Errorf("release %s, asked for %d: %s", tt.release, tt.asked, a.Raw)
		}
		if c.Version < 2 {
			c.Fails("00000", "Unknown command: getTables", `{"command":"getTables"}`)
		}
		if c.Version < 4 {
			c.Fails("00000", "Unknown command", `{"command":"requestParallelConnections","numRequestedConnections":1}`)
		}
		c.Bye()
	}
	srv := exatest.NewServer(t, exatest.WithProtocolVersion(2))
	if c := testclient.Connect(t, srv); c.Version != 2 {
		t.Errorf("version %d, want 2", c.Version)
	} else {
		c.Bye()
	}
}

func TestDataTypeShapes(t *testing.T) {
	cols := exatest.Columns(`B BOOLEAN, C CHAR(4) ASCII, D DATE, N DECIMAL(12,4), F DOUBLE, G GEOMETRY(4326), H HASHTYPE(16 BYTE),
		IDS INTERVAL DAY(3) TO SECOND(6), IYM INTERVAL YEAR TO MONTH, T TIMESTAMP(9), TZ TIMESTAMP WITH LOCAL TIME ZONE, X FUTURE`)
	for _, tt := range []struct {
		release string
		version int
		want    []string
	}{
		{"8.32.0", 5, []string{
			`{"type":"BOOLEAN"}`, `{"type":"CHAR","size":4,"characterSet":"ASCII"}`, `{"type":"DATE"}`,
			`{"type":"DECIMAL","precision":12,"scale":4}`, `{"type":"DOUBLE"}`, `{"type":"GEOMETRY","size":2000000,"srid":4326}`,
			`{"type":"HASHTYPE","size":32}`, `{"type":"INTERVAL DAY TO SECOND","precision":3,"fraction":6}`,
			`{"type":"INTERVAL YEAR TO MONTH","precision":2}`, `{"type":"TIMESTAMP","precision":9,"withLocalTimeZone":false}`,
			`{"type":"TIMESTAMP WITH LOCAL TIME ZONE","precision":3,"withLocalTimeZone":true}`, `{"type":"FUTURE"}`,
		}},
		{"8.32.0", 4, []string{
			`{"type":"DATE","size":4}`, `{"type":"TIMESTAMP","size":16,"withLocalTimeZone":false}`, `{"type":"HASHTYPE","size":32}`,
		}},
		{"7.1.0", 3, []string{
			`{"type":"GEOMETRY","size":2000000,"srid":4326}`, `{"type":"INTERVAL DAY TO SECOND","size":16,"precision":3,"fraction":6}`,
			`{"type":"INTERVAL YEAR TO MONTH","size":6,"precision":2}`, `{"type":"TIMESTAMP","size":8,"withLocalTimeZone":false}`,
		}},
		{"7.1.0", 1, []string{
			`{"type":"INTERVAL DAY TO SECOND","size":16,"precision":3,"fraction":6}`, `{"type":"INTERVAL YEAR TO MONTH","size":6,"precision":2}`,
			`{"type":"TIMESTAMP","size":8,"withLocalTimeZone":false}`, `"name":"H","dataType":{"type":"CHAR","size":32,"characterSet":"ASCII"}`,
		}},
	} {
		srv := exatest.NewServer(t, exatest.WithRelease(tt.release))
		srv.HandleSQL("Q", exatest.Rows(cols))
		c := testclient.Dial(t, srv, srv.Addr(), false)
		c.TryLogin(tt.version, "sys", "exasol", "")
		a := c.Execute("Q")
		for _, want := range tt.want {
			if !strings.Contains(a.Raw, want) {
				t.Errorf("release %s, V%d: no %s in %s", tt.release, tt.version, want, a.Raw)
			}
		}
		c.Bye()
	}
}
