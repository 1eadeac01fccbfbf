package hostlist_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/internal/hostlist"
	"github.com/exawire/exawire/internal/leakcheck"
)

func TestMain(m *testing.M) { leakcheck.Main(m) }

const (
	pinA = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	pinB = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
)

// pairs writes a fingerprint as openssl does.
func pairs(pin string) string {
	var b strings.Builder
	for i := 0; i < len(pin); i += 2 {
		b.WriteString(":" + pin[i:min(i+2, len(pin))])
	}
	return b.String()[1:]
}

func TestParse(t *testing.T) {
	type h = hostlist.Host
	tests := []struct {
		name string
		list string
		want []h
	}{
		{"one", "exa1", []h{{Name: "exa1"}}},
		{"port", "exa1:8564", []h{{Name: "exa1", Port: 8564}}},
		{"list", "exa1,exa2.corp", []h{{Name: "exa1"}, {Name: "exa2.corp"}}},
		{"white space around entries", " exa1 ,\texa2 ", []h{{Name: "exa1"}, {Name: "exa2"}}},
		{"underscore", "node_1", []h{{Name: "node_1"}}},
		{"other scripts", "b\u00fccher.example", []h{{Name: "b\u00fccher.example"}}},
		{"IPv4", "10.0.0.11", []h{{Name: "10.0.0.11"}}},

		{"range", "exa1..3", []h{{Name: "exa1"}, {Name: "exa2"}, {Name: "exa3"}}},
		{"range over ten", "exa9..11", []h{{Name: "exa9"}, {Name: "exa10"}, {Name: "exa11"}}},
		{"range of one", "exa4..4", []h{{Name: "exa4"}}},
		{"range padded with zeros", "exa08..11", []h{{Name: "exa08"}, {Name: "exa09"}, {Name: "exa10"}, {Name: "exa11"}}},
		{"range with a suffix", "exa1..2.corp.example", []h{{Name: "exa1.corp.example"}, {Name: "exa2.corp.example"}}},
		{"range with a suffix behind a letter", "exa1..2b", []h{{Name: "exa1b"}, {Name: "exa2b"}}},
		{"range of addresses", "10.0.0.9..10:9000", []h{{Name: "10.0.0.9", Port: 9000}, {Name: "10.0.0.10", Port: 9000}}},
		{"range of bare numbers", "1..2", []h{{Name: "1"}, {Name: "2"}}},
		{
			"range with fingerprint", "exa1..2/" + pinA + ":1",
			[]h{{Name: "exa1", Port: 1, Fingerprint: pinA}, {Name: "exa2", Port: 1, Fingerprint: pinA}},
		},

		{"fingerprint", "exa1/" + pinA, []h{{Name: "exa1", Fingerprint: pinA}}},
		{"fingerprint in upper case", "exa1/" + strings.ToUpper(pinA), []h{{Name: "exa1", Fingerprint: pinA}}},
		{"fingerprint and port", "exa1/" + pinA + ":65535", []h{{Name: "exa1", Port: 65535, Fingerprint: pinA}}},
		{"fingerprint with colons", "exa1/" + pairs(pinA), []h{{Name: "exa1", Fingerprint: pinA}}},
		{
			"fingerprints with colons and ports", "[::1]/" + strings.ToUpper(pairs(pinB)) + ":1, exa2/" + pairs(pinA) + ":22",
			[]h{{Name: "::1", Port: 1, Fingerprint: pinB}, {Name: "exa2", Port: 22, Fingerprint: pinA}},
		},
		{"no check", "exa1/nocertcheck", []h{{Name: "exa1", Fingerprint: "nocertcheck"}}},
		{"no check in other letters", "exa1/NoCertCheck:1", []h{{Name: "exa1", Port: 1, Fingerprint: "nocertcheck"}}},

		{
			"port holds to the left", "a,b,c:8564",
			[]h{{Name: "a", Port: 8564}, {Name: "b", Port: 8564}, {Name: "c", Port: 8564}},
		},
		{"port up to the next one", "a:1,b,c:2", []h{{Name: "a", Port: 1}, {Name: "b", Port: 2}, {Name: "c", Port: 2}}},
		{"port not to the right", "a:1,b", []h{{Name: "a", Port: 1}, {Name: "b"}}},
		{
			"fingerprint and port move on their own", "a,b/" + pinA + ",c:7,d/" + pinB,
			[]h{
				{Name: "a", Port: 7, Fingerprint: pinA},
				{Name: "b", Port: 7, Fingerprint: pinA},
				{Name: "c", Port: 7, Fingerprint: pinB},
				{Name: "d", Fingerprint: pinB},
			},
		},
		{
			"no check holds to the left", "a,b/nocertcheck,c/" + pinA,
			[]h{{Name: "a", Fingerprint: "nocertcheck"}, {Name: "b", Fingerprint: "nocertcheck"}, {Name: "c", Fingerprint: pinA}},
		},

		{"IPv6", "[::1]", []h{{Name: "::1"}}},
		{"IPv6 with port", "[2001:db8::2]:9000", []h{{Name: "2001:db8::2", Port: 9000}}},
		{"IPv6 with zone", "[fe80::1%eth0]:9000", []h{{Name: "fe80::1", Zone: "eth0", Port: 9000}}},
		{"IPv6 with everything", "[fe80::1%1]/" + pinA + ":9000", []h{{Name: "fe80::1", Zone: "1", Port: 9000, Fingerprint: pinA}}},
		{"IPv6 in a list", "[::1],[::2]:5,c", []h{{Name: "::1", Port: 5}, {Name: "::2", Port: 5}, {Name: "c"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := hostlist.Parse(test.list)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("hosts of %q (-want +got):\n%s", test.list, diff)
			}
		})
	}
}

func TestParseErrors(t *testing.T) {
	tests := []struct {
		name string
		list string
		want string
	}{
		{"empty", "", "entry 1 has no host name"},
		{"empty entry", "a,,b", "entry 2 has no host name"},
		{"entry of white space", "a, ,b", "entry 2 has no host name"},
		{"trailing comma", "a,", "entry 2 has no host name"},
		{"port alone", ":8563", "entry 1 has no host name"},
		{"fingerprint alone", "/" + pinA, "entry 1 has no host name"},
		{"port 0", "a:0", "entry 1 has a port that is not between 1 and 65535"},
		{"port too large", "a:65536", "entry 1 has a port that is not between 1 and 65535"},
		{"no port behind the colon", "a:", "entry 1 has a port that is not between 1 and 65535"},
		{"port with a sign", "a:+1", "entry 1 has a port that is not between 1 and 65535"},
		{"port with white space", "a: 1", "entry 1 has a port that is not between 1 and 65535"},
		{
			"fingerprint behind the port", "a,b:8563/" + pinA,
			"entry 2 has its fingerprint behind the port: it belongs before, as in host/fingerprint:port",
		},
		{
			"fingerprint too short", "a/" + pinA[1:],
			"entry 1 has neither a fingerprint of 64 hexadecimal digits nor nocertcheck behind its slash",
		},
		{
			"fingerprint not hexadecimal", "a/g" + pinA[1:],
			"entry 1 has neither a fingerprint of 64 hexadecimal digits nor nocertcheck behind its slash",
		},
		{
			"fingerprint with spaces", "a/" + pinA[:32] + " " + pinA[32:],
			"entry 1 has neither a fingerprint of 64 hexadecimal digits nor nocertcheck behind its slash",
		},
		{
			"no fingerprint behind the slash", "a/:1",
			"entry 1 has neither a fingerprint of 64 hexadecimal digits nor nocertcheck behind its slash",
		},
		{
			"two fingerprints", "a/" + pinA + "/" + pinB,
			"entry 1 has neither a fingerprint of 64 hexadecimal digits nor nocertcheck behind its slash",
		},
		{"IPv6 without brackets", "::1", "entry 1 has several colons: put an IPv6 address in brackets, as in [::1]:8563"},
		{"full IPv6 without brackets", "2001:db8::2", "entry 1 has several colons: put an IPv6 address in brackets, as in [::1]:8563"},
		{"IPv6 without end", "[::1", "entry 1 has something else than an IPv6 address in its brackets"},
		{"IPv4 in brackets", "[127.0.0.1]", "entry 1 has something else than an IPv6 address in its brackets"},
		{"name in brackets", "[exa1]:8563", "entry 1 has something else than an IPv6 address in its brackets"},
		{"range in brackets", "n[01..04]", "entry 1 has a character that no host name has"},
		{"something behind brackets", "[::1]x", "entry 1 has neither a port nor a fingerprint behind its brackets"},
		{"zone with a slash", "[fe80::1%a/b]", "entry 1 has something else than an IPv6 address in its brackets"},
		{"user and password", "sys:secret@exa1:8563", "entry 1 has several colons: put an IPv6 address in brackets, as in [::1]:8563"},
		{"user", "sys@exa1", "entry 1 has a character that no host name has"},
		{"URL", "https://exa1", "entry 1 has its fingerprint behind the port: it belongs before, as in host/fingerprint:port"},
		{"space in the name", "exa 1", "entry 1 has a character that no host name has"},
		{"line break in the name", "exa\n1", "entry 1 has a character that no host name has"},
		{"key and value", "user=sys", "entry 1 has a character that no host name has"},

		{"name too long", strings.Repeat("a", 256), "entry 1 has a name that is too long"},
		{"range with endless zeros", strings.Repeat("0", 256) + "1..4096", "entry 1 has a name that is too long"},

		{"range downwards", "a,exa3..1", "entry 2 is a range that goes down"},
		{"range without a first number", "exa..4", "entry 1 is not a range such as exa1..4 or 10.0.0.11..14"},
		{"range without a last number", "exa1..", "entry 1 is not a range such as exa1..4 or 10.0.0.11..14"},
		{"range that repeats its prefix", "exa1..exa4", "entry 1 is not a range such as exa1..4 or 10.0.0.11..14"},
		{"range in three parts", "exa1..2..3", "entry 1 is not a range such as exa1..4 or 10.0.0.11..14"},
		{"range beyond all numbers", "exa1..99999999999999999999", "entry 1 is not a range such as exa1..4 or 10.0.0.11..14"},
		{"range too long", "exa1..4097", "entry 1 is a range of more than 4096 hosts"},
		{"ranges too long together", "a1..4096,b", "names more than 4096 hosts"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			hosts, err := hostlist.Parse(test.list)
			if err == nil {
				t.Fatalf("hosts of %q are %v, want an error", test.list, hosts)
			}
			if diff := cmp.Diff(test.want, err.Error()); diff != "" {
				t.Errorf("error for %q (-want +got):\n%s", test.list, diff)
			}
		})
	}
}

// FuzzParse checks that each host of a list, written out in full, is read as the same host again.
func FuzzParse(f *testing.F) {
	for _, list := range []string{
		"exa1", "a,b:8564", "exa01..12.corp/nocertcheck:1", "[fe80::1%eth0]/" + pinA + ":9", "a:1,b,c/" + pinB, "1..4096", "a,,b", "[::ffff:1.2.3.4]",
		"a:8563/" + pinA, "x..y", "3..1", "\u0660..\u0663", "[::1", "[]", "a/b:c", " a , b ",
	} {
		f.Add(list)
	}
	f.Fuzz(func(t *testing.T, list string) {
		hosts, err := hostlist.Parse(list)
		if err != nil {
			if hosts != nil {
				t.Errorf("hosts beside the error %v", err)
			}
			return
		}
		if len(hosts) < 1+strings.Count(list, ",") || len(hosts) > hostlist.MaxHosts {
			t.Fatalf("%d hosts in %q", len(hosts), list)
		}
		for _, want := range hosts {
			entry := want.Name
			if strings.Contains(entry, ":") {
				entry = "[" + entry
				if want.Zone != "" {
					entry += "%" + want.Zone
				}
				entry += "]"
			}
			if want.Fingerprint != "" {
				entry += "/" + want.Fingerprint
			}
			if want.Port != 0 {
				entry = fmt.Sprintf("%s:%d", entry, want.Port)
			}
			got, err := hostlist.Parse(entry)
			if err != nil {
				t.Fatalf("%q, from %q: %v", entry, list, err)
			}
			if diff := cmp.Diff([]hostlist.Host{want}, got); diff != "" {
				t.Fatalf("%q, from %q (-want +got):\n%s", entry, list, diff)
			}
		}
	})
}

// Names of nodes come from servers: what is none must not be asked a name server for.
func TestIsName(t *testing.T) {
	for text, want := range map[string]bool{
		"exa1": true, "node_1.corp": true, "10.0.0.1": true, strings.Repeat("a", 255): true,
		"": false, "a b": false, "a:b": false, "a/b": false, "a@b": false, strings.Repeat("a", 256): false,
	} {
		if got := hostlist.IsName(text); got != want {
			t.Errorf("%q: got %t", text, got)
		}
	}
}

func TestLooksLikeFingerprint(t *testing.T) {
	for text, want := range map[string]bool{
		pinA: true, pairs(pinA[:40]): true, "sha1 " + pinB[:40]: true, strings.ToUpper(pinB): true,
		"": false, pinA[:39]: false, pinA[:39] + "g" + pinA[:39]: false, "nocertcheck": false,
	} {
		if got := hostlist.LooksLikeFingerprint(text); got != want {
			t.Errorf("%q: got %t", text, got)
		}
	}
}
