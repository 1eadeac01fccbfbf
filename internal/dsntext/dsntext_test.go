package dsntext_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/internal/dsntext"
	"github.com/exawire/exawire/internal/leakcheck"
)

func TestMain(m *testing.M) { leakcheck.Main(m) }

func TestSplit(t *testing.T) {
	type part = dsntext.Part
	const pin = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	for dsn, want := range map[string]struct {
		host  string
		parts []part
	}{
		"exa://u%40:p%3A@a,b:1/S%20?x=1%2B+2&y&=z": {"a,b:1", []part{
			{Key: "user", Value: "u@", HasValue: true},
			{Key: "password", Value: "p:", HasValue: true},
			{Key: "schema", Value: "S ", HasValue: true},
			{Number: 1, Key: "x", Value: "1+ 2", HasValue: true},
			{Number: 2, Key: "y"},
			{Number: 3, Value: "z", HasValue: true},
		}},
		"EXASOL://:@a/" + pin + ":1/": {"a/" + pin + ":1", []part{{Key: "password", HasValue: true}}},
		`exa:a;b=c\;d\\e\f; g ;;h=i=j`: {"a", []part{
			{Number: 1, Key: "b", Value: `c;d\e\f`, HasValue: true},
			{Number: 2, Key: "g"},
			{Number: 3, Key: "h", Value: "i=j", HasValue: true},
		}},
		"exa://a%zz@b%zz/%zz?c=%zz&d=1": {"", []part{
			{Key: "user", Fault: "is not percent-encoded properly"},
			{Key: "host", Fault: "is not percent-encoded properly"},
			{Key: "schema", Fault: "is not percent-encoded properly"},
			{Key: "DSN", Fault: "key 1 is not percent-encoded properly, or its value is not"},
			{Number: 2, Key: "d", Value: "1", HasValue: true},
		}},
		"exa://a/b@c": {"", []part{{Key: "DSN", Fault: `has a "/" before an "@": write %2F in a user name or password, %40 in a schema`}}},
		"exa://a/b/c": {"a", []part{{Key: "schema", Fault: "has a slash: write %2F"}}},
	} {
		host, parts := dsntext.Split(dsn)
		if diff := cmp.Diff(want.parts, parts); host != want.host || diff != "" {
			t.Errorf("%q: host %q, want %q, parts (-want +got):\n%s", dsn, host, want.host, diff)
		}
	}
}

func TestSeconds(t *testing.T) {
	for value, want := range map[string]time.Duration{"90": 90 * time.Second, "1m30s": 90 * time.Second, "0": 0, "5ms": 5 * time.Millisecond} {
		if got, ok := dsntext.Seconds(value); got != want || !ok {
			t.Errorf("%q: %v, %t", value, got, ok)
		}
	}
	for _, value := range []string{"", "-1", "-1s", "1 s", "x", "9999999999999999999"} {
		if got, ok := dsntext.Seconds(value); ok {
			t.Errorf("%q: %v", value, got)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"", "abc", 3}, {"schema", "shema", 1}, {"kitten", "sitting", 3}} {
		if got := dsntext.Distance(tt.a, tt.b); got != tt.want {
			t.Errorf("%q and %q: %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}
