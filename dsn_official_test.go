package exawire_test

import (
	"crypto/tls"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
)

// officialKeys are the keys that github.com/exasol/exasol-driver-go 1.0.15 knows.
var officialKeys = []string{
	"user", "password", "accesstoken", "refreshtoken", "schema", "autocommit", "compression", "encryption", "validateservercertificate",
	"certificatefingerprint", "fetchsize", "querytimeout", "resultsetmaxrows", "clientname", "clientversion", "urlpath",
}

// TestOfficialKeys gives each key of the official driver the values that it documents, and those that it reads in a way
// of its own. The lines are those of the table in docs/from-exasol-driver-go.md.
func TestOfficialKeys(t *testing.T) {
	skip := &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}
	for _, tt := range []struct {
		name string
		dsn  string
		want exawire.Config
		err  string // instead of want, without "exawire: config: "
	}{
		// What means the same.
		{"user and password", "exa:h:8563;user=sys;password=pw", exawire.Config{Host: "h:8563", User: "sys", Password: "pw"}, ""},
		{"a semicolon in a value", `exa:h:8563;user=sys;password=semi\;colon`, exawire.Config{Host: "h:8563", User: "sys", Password: "semi;colon"}, ""},
		{"blanks, tabs and commas in a value", "exa:h:8563;user=sys;clientname=with blanks,\tand more", exawire.Config{Host: "h:8563", User: "sys", ClientName: "with blanks,\tand more"}, ""},
		{"an equals sign in a value", "exa:h:8563;user=sys;password=a=b", exawire.Config{Host: "h:8563", User: "sys", Password: "a=b"}, ""},
		{"accesstoken", "exa:h:8563;accesstoken=a.b", exawire.Config{Host: "h:8563", Token: exawire.Token{Access: "a.b"}}, ""},
		{"refreshtoken", "exa:h:8563;refreshtoken=a.b", exawire.Config{Host: "h:8563", Token: exawire.Token{Refresh: "a.b"}}, ""},
		{"schema", "exa:h:8563;schema=SALES", exawire.Config{Host: "h:8563", Schema: "SALES"}, ""},
		{"autocommit=1", "exa:h:8563;autocommit=1", exawire.Config{Host: "h:8563", Attributes: []exawire.Attribute{exawire.Autocommit(true)}}, ""},
		{"autocommit=0", "exa:h:8563;autocommit=0", exawire.Config{Host: "h:8563", Attributes: []exawire.Attribute{exawire.Autocommit(false)}}, ""},
		{"compression=1", "exa:h:8563;compression=1", exawire.Config{Host: "h:8563", Compression: true}, ""},
		{"compression=0", "exa:h:8563;compression=0", exawire.Config{Host: "h:8563"}, ""},
		{"encryption=1", "exa:h:8563;encryption=1", exawire.Config{Host: "h:8563"}, ""},
		{"encryption=0", "exa:h:8563;encryption=0", exawire.Config{Host: "h:8563", Plaintext: true}, ""},
		{"validateservercertificate=1", "exa:h:8563;validateservercertificate=1", exawire.Config{Host: "h:8563"}, ""},
		{"validateservercertificate=0", "exa:h:8563;validateservercertificate=0", exawire.Config{Host: "h:8563", TLS: skip}, ""},
		{"no TLS and no validation", "exa:h:8563;encryption=0;validateservercertificate=0", exawire.Config{Host: "h:8563", Plaintext: true}, ""},
		{"certificatefingerprint", "exa:h:8563;certificatefingerprint=" + pinA, exawire.Config{Host: "h:8563", CertificateFingerprint: pinA}, ""},
		{
			"a fingerprint without other checks", "exa:h:8563;validateservercertificate=0;certificatefingerprint=" + pinA,
			exawire.Config{Host: "h:8563", TLS: skip, CertificateFingerprint: pinA},
			"",
		},
		{"querytimeout", "exa:h:8563;querytimeout=42", exawire.Config{Host: "h:8563", Attributes: []exawire.Attribute{exawire.QueryTimeout(42 * time.Second)}}, ""},
		{"no querytimeout", "exa:h:8563;querytimeout=0", exawire.Config{Host: "h:8563", Attributes: []exawire.Attribute{exawire.QueryTimeout(0)}}, ""},
		{"resultsetmaxrows", "exa:h:8563;resultsetmaxrows=5", exawire.Config{Host: "h:8563", Attributes: []exawire.Attribute{exawire.ResultSetMaxRows(5)}}, ""},
		{"clientname", "exa:h:8563;clientname=Go client", exawire.Config{Host: "h:8563", ClientName: "Go client"}, ""},
		{"urlpath", "exa:h:8563;urlpath=/v1/connect?ticket=1", exawire.Config{Host: "h:8563", Path: "/v1/connect?ticket=1"}, ""},
		{"urlpath without a slash", "exa:h:8563;urlpath=v1/connect", exawire.Config{Host: "h:8563", Path: "/v1/connect"}, ""},
		{"a list of hosts", "exa:a,b,c:8563;user=sys", exawire.Config{Host: "a,b,c:8563", User: "sys"}, ""},
		{"a range of hosts", "exa:exasol1..3:8563;user=sys", exawire.Config{Host: "exasol1..3:8563", User: "sys"}, ""},
		{"a range of addresses", "exa:127.0.0.1..3:8563;user=sys", exawire.Config{Host: "127.0.0.1..3:8563", User: "sys"}, ""},

		// What means something else.
		{"clientversion", "exa:h:8563;clientversion=1.2", exawire.Config{Host: "h:8563", ClientVersion: "1.2"}, ""},
		{"fetchsize", "exa:h:8563;fetchsize=2000", exawire.Config{Host: "h:8563", FetchBytes: 2000 << 10}, ""},
		{"a switch that says true", "exa:h:8563;compression=true", exawire.Config{Host: "h:8563", Compression: true}, ""},
		{"encryption=true", "exa:h:8563;encryption=true", exawire.Config{Host: "h:8563"}, ""},
		{"validateservercertificate=false", "exa:h:8563;validateservercertificate=false", exawire.Config{Host: "h:8563", TLS: skip}, ""},
		{"two backslashes", `exa:h:8563;user=sys;password=a\\b`, exawire.Config{Host: "h:8563", User: "sys", Password: `a\b`}, ""},
		{"one backslash", `exa:h:8563;user=sys;password=a\b`, exawire.Config{Host: "h:8563", User: "sys", Password: `a\b`}, ""},
		{"a key in upper case", "exa:h:8563;USER=sys", exawire.Config{Host: "h:8563", User: "sys"}, ""},
		{"a semicolon at the end", "exa:h:8563;user=sys;", exawire.Config{Host: "h:8563", User: "sys"}, ""},
		{"no port", "exa:h;user=sys", exawire.Config{Host: "h", User: "sys"}, ""},
		{"IPv6", "exa:[::1]:8563;user=sys", exawire.Config{Host: "[::1]:8563", User: "sys"}, ""},
		{"a fingerprint in upper case with colons", "exa:h:8563;certificatefingerprint=" + strings.ToUpper(pairs(pinA)), exawire.Config{Host: "h:8563", CertificateFingerprint: strings.ToUpper(pairs(pinA))}, ""},
		{"querytimeout as a duration", "exa:h:8563;querytimeout=1m", exawire.Config{Host: "h:8563", Attributes: []exawire.Attribute{exawire.QueryTimeout(time.Minute)}}, ""},

		// What is refused.
		{"a key that does not exist", "exa:h:8563;mycustomparam=value", exawire.Config{}, "DSN key 1 is unknown: the documentation of package exawire has a list"},
		{"a misspelt key", "exa:h:8563;autocomit=0", exawire.Config{}, "DSN key 1 is unknown (did you mean autocommit?)"},
		{"a key given twice", "exa:h:8563;schema=A;schema=B", exawire.Config{}, "schema is given twice"},
		{"a switch that says neither", "exa:h:8563;autocommit=2", exawire.Config{}, "autocommit is neither 1, true, on, yes nor 0, false, off, no"},
		{"a key without a value", "exa:h:8563;user", exawire.Config{}, "user has no value"},
		{"a fingerprint that is none", "exa:h:8563;certificatefingerprint=wrong", exawire.Config{}, "fingerprint is not 64 hexadecimal digits"},
		{"fetchsize beyond the protocol", "exa:h:8563;fetchsize=131072", exawire.Config{}, "fetchsize is not a number from 1 to 65536"},
		{"fetchsize=0", "exa:h:8563;fetchsize=0", exawire.Config{}, "fetchsize is not a number from 1 to 65536"},
		{"no TLS and validation", "exa:h:8563;encryption=0;validateservercertificate=1", exawire.Config{}, "validateservercertificate and tls=off exclude each other"},
		{"no TLS and a fingerprint", "exa:h:8563;encryption=0;certificatefingerprint=" + pinA, exawire.Config{}, "Plaintext and CertificateFingerprint exclude each other"},
		{"two tokens", "exa:h:8563;accesstoken=a;refreshtoken=b", exawire.Config{}, "Token has an access and a refresh token: only one can be sent"},
		{"a token and a password", "exa:h:8563;user=u;password=p;accesstoken=a", exawire.Config{}, "Token and a password exclude each other"},
		{"a token without TLS", "exa:h:8563;accesstoken=a;encryption=0", exawire.Config{}, "Token needs TLS: tokens are not sent in plain text"},
		{"a negative number of rows", "exa:h:8563;resultsetmaxrows=-1", exawire.Config{}, "resultsetmaxrows is not a number of rows"},
		{"a range with a name at its end", "exa:exasol1..exasol3:8563", exawire.Config{}, "Host entry 1 is not a range such as exa1..4 or 10.0.0.11..14"},
		{"a range that goes down", "exa:exasol3..1:8563", exawire.Config{}, "Host entry 1 is a range that goes down"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := exawire.ParseDSN(tt.dsn)
			if tt.err != "" {
				if err == nil {
					t.Fatalf("%q is %v, want an error", tt.dsn, got)
				}
				if diff := cmp.Diff("exawire: config: "+tt.err, err.Error()); diff != "" {
					t.Errorf("%q (-want +got):\n%s", tt.dsn, diff)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&tt.want, got, sameConfig); diff != "" {
				t.Errorf("%q (-want +got):\n%s", tt.dsn, diff)
			}
		})
	}
}

const differences = "docs/from-exasol-driver-go.md"

// tested is a line of a table whose last column names tests.
type tested struct {
	line  string
	names []string // TestX, or TestX/name of a subtest
}

var testName = regexp.MustCompile("`(Test[^`]+)`")

// testedLines returns the lines of all tables of a document whose last column is called "test".
func testedLines(t *testing.T, document string) (lines []tested) {
	t.Helper()
	text, err := os.ReadFile(filepath.FromSlash(document))
	if err != nil {
		t.Fatal(err)
	}
	inTable := false
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") {
			inTable = false
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		last := strings.TrimSpace(cells[len(cells)-1])
		switch {
		case last == "test":
			inTable = true
		case inTable && !strings.HasPrefix(last, "---"):
			row := tested{line: line}
			for _, name := range testName.FindAllStringSubmatch(last, -1) {
				row.names = append(row.names, name[1])
			}
			lines = append(lines, row)
		}
	}
	return lines
}

// TestDifferencesAreTested looks for the tests that the tables for users of the official driver name.
func TestDifferencesAreTested(t *testing.T) {
	tests := testFunctions(t, ".", "stdlib", "compat", "internal/e2e")
	lines := testedLines(t, differences)
	if len(lines) < 40 {
		t.Errorf("only %d lines with tests were found", len(lines))
	}
	for _, row := range lines {
		if len(row.names) == 0 {
			t.Errorf("%s: no test in\n%s", differences, row.line)
		}
		for _, name := range row.names {
			name, sub, _ := strings.Cut(name, "/")
			texts, ok := tests[name]
			if !ok {
				t.Errorf("%s: there is no %s, named in\n%s", differences, name, row.line)
			} else if sub != "" && !slices.Contains(texts, sub) {
				t.Errorf("%s: %s has no test %q, named in\n%s", differences, name, sub, row.line)
			}
		}
	}
}

// TestOfficialKeysAreInTheTable makes sure that no key of the official driver is left out.
func TestOfficialKeysAreInTheTable(t *testing.T) {
	lines := testedLines(t, differences)
	for _, key := range officialKeys {
		if !slices.ContainsFunc(lines, func(row tested) bool { return strings.Contains(row.line, "`"+key) }) {
			t.Errorf("%s: the key %s is in no table", differences, key)
		}
	}
}

// testFunctions returns the tests of some folders with the texts that stand in them, names of subtests among them. The
// modules in these folders are only read: the core imports none of them.
func testFunctions(t *testing.T, folders ...string) map[string][]string {
	t.Helper()
	tests := map[string][]string{}
	for _, folder := range folders {
		files, err := filepath.Glob(filepath.Join(filepath.FromSlash(folder), "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, decl := range file.Decls {
				fn, ok := decl.(*ast.FuncDecl)
				if !ok || fn.Recv != nil || !strings.HasPrefix(fn.Name.Name, "Test") {
					continue
				}
				texts := []string{}
				ast.Inspect(fn, func(n ast.Node) bool {
					if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
						if text, err := strconv.Unquote(lit.Value); err == nil {
							texts = append(texts, text)
						}
					}
					return true
				})
				tests[fn.Name.Name] = texts
			}
		}
	}
	return tests
}
