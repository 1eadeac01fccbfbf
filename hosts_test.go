package exawire_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
)

const (
	pinA = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	pinB = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
)

func TestParseHosts(t *testing.T) {
	type h = exawire.Host
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
			got, err := exawire.ParseHosts(test.list)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("hosts of %q (-want +got):\n%s", test.list, diff)
			}
		})
	}
}

func TestParseHostsErrors(t *testing.T) {
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
			hosts, err := exawire.ParseHosts(test.list)
			if err == nil {
				t.Fatalf("hosts of %q are %v, want an error", test.list, hosts)
			}
			if diff := cmp.Diff(test.want, err.Error()); diff != "" {
				t.Errorf("error for %q (-want +got):\n%s", test.list, diff)
			}
		})
	}
}

// FuzzParseHosts checks that each host of a list, written out in full, is read as the same host again.
func FuzzParseHosts(f *testing.F) {
	for _, list := range []string{
		"exa1", "a,b:8564", "exa01..12.corp/nocertcheck:1", "[fe80::1%eth0]/" + pinA + ":9", "a:1,b,c/" + pinB, "1..4096", "a,,b", "[::ffff:1.2.3.4]",
		"a:8563/" + pinA, "x..y", "3..1", "\u0660..\u0663", "[::1", "[]", "a/b:c", " a , b ",
	} {
		f.Add(list)
	}
	f.Fuzz(func(t *testing.T, list string) {
		hosts, err := exawire.ParseHosts(list)
		if err != nil {
			if hosts != nil {
				t.Errorf("hosts beside the error %v", err)
			}
			return
		}
		if len(hosts) < 1+strings.Count(list, ",") || len(hosts) > exawire.MaxHosts {
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
			got, err := exawire.ParseHosts(entry)
			if err != nil {
				t.Fatalf("%q, from %q: %v", entry, list, err)
			}
			if diff := cmp.Diff([]exawire.Host{want}, got); diff != "" {
				t.Fatalf("%q, from %q (-want +got):\n%s", entry, list, diff)
			}
		}
	})
}

// addressBook is a lookup without a name server.
type addressBook map[string][]string

var errNoSuchHost = errors.New("no such host")

func (b addressBook) lookup(_ context.Context, name string) ([]string, error) {
	addrs, ok := b[name]
	if !ok {
		return nil, errNoSuchHost
	}
	return addrs, nil
}

const everything = -1

func addrsOf(targets []exawire.Target) []string {
	var addrs []string
	for _, t := range targets {
		addrs = append(addrs, t.Addr)
	}
	return addrs
}

func TestTargetsAreAllAddresses(t *testing.T) {
	book := addressBook{"two": {"10.0.0.1", "10.0.0.2"}, "six": {"::6"}, "empty": {}, "alias": {"10.0.0.2"}}
	tests := []struct {
		name   string
		list   string
		lookup exawire.Lookup
		want   []string // sorted
		errs   []string // Addr of each, sorted
	}{
		{"addresses of a name", "two:1", book.lookup, []string{"10.0.0.1:1", "10.0.0.2:1"}, nil},
		{"addresses are not looked up", "10.0.0.9,[::9%eth0]:1", book.lookup, []string{"10.0.0.9:1", "[::9%eth0]:1"}, nil},
		{"address of IPv6", "six:1", book.lookup, []string{"[::6]:1"}, nil},
		{"no lookup at all", "two,six:1", nil, []string{"six:1", "two:1"}, nil},
		{"same host twice", "two,two:1", book.lookup, []string{"10.0.0.1:1", "10.0.0.2:1"}, nil},
		{"same host with two ports", "10.0.0.1:1,10.0.0.1:2", book.lookup, []string{"10.0.0.1:1", "10.0.0.1:2"}, nil},
		{"two names of an address, as the certificate may be for one of them", "two,alias:1", book.lookup, []string{"10.0.0.1:1", "10.0.0.2:1", "10.0.0.2:1"}, nil},
		{"two names of a pinned address", "two,alias/" + pinA + ":1", book.lookup, []string{"10.0.0.1:1", "10.0.0.2:1"}, nil},
		{"unknown names", "nope,six,nada:1", book.lookup, []string{"[::6]:1"}, []string{"nada:1", "nope:1"}},
		{"name without address", "empty:1", book.lookup, nil, []string{"empty:1"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			targets, errs := exawire.Targets(t.Context(), test.list, test.lookup, everything)
			got := addrsOf(targets)
			slices.Sort(got)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("addresses (-want +got):\n%s", diff)
			}
			var failed []string
			for _, err := range errs {
				var connect *exawire.ConnectError
				if !errors.As(err, &connect) || connect.Op != "resolve" {
					t.Fatalf("error is %v, want a *ConnectError of resolve", err)
				}
				failed = append(failed, connect.Addr)
			}
			slices.Sort(failed)
			if diff := cmp.Diff(test.errs, failed); diff != "" {
				t.Errorf("hosts that failed (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTargetsBeginWithOneAddressOfEachHost(t *testing.T) {
	book := addressBook{"a": {"10.0.1.1", "10.0.1.2", "10.0.1.3"}, "b": {"10.0.2.1", "10.0.2.2"}, "c": {"10.0.3.1"}}
	for range 50 {
		targets, _ := exawire.Targets(t.Context(), "a,b,c", book.lookup, everything)
		if len(targets) != 6 {
			t.Fatalf("%d targets, want 6", len(targets))
		}
		names := map[string]bool{}
		for _, target := range targets[:3] {
			names[target.Host.Name] = true
		}
		if len(names) != 3 {
			t.Fatalf("the first three addresses are %v, want one of each host", addrsOf(targets[:3]))
		}
	}
}

func TestTargetsOrderIsRandom(t *testing.T) {
	book := addressBook{"a": {"10.0.1.1", "10.0.1.2"}, "b": {"10.0.2.1", "10.0.2.2"}}
	first, last := map[string]int{}, map[string]int{}
	const rounds = 400 // an address that is first with probability 1/4 is missing after 400 rounds with one of 10^-50
	for range rounds {
		targets, _ := exawire.Targets(t.Context(), "a,b", book.lookup, everything)
		first[targets[0].Addr]++
		last[targets[3].Addr]++
	}
	if len(first) != 4 || len(last) != 4 {
		t.Errorf("addresses that came first: %v, last: %v; want each of the four in both", first, last)
	}
}

func TestTargetsAreLookedUpWhenTheirTurnComes(t *testing.T) {
	lookups := 0
	lookup := func(context.Context, string) ([]string, error) {
		lookups++
		return []string{fmt.Sprintf("10.0.0.%d", lookups)}, nil
	}
	if _, errs := exawire.Targets(t.Context(), "a1..50", lookup, 2); errs != nil {
		t.Fatal(errs)
	}
	if lookups != 2 {
		t.Errorf("%d names were looked up for the first two addresses", lookups)
	}
}

// unresolvable has a label of 64 letters, which no resolver asks the network for.
var unresolvable = strings.Repeat("x", 64) + ".invalid"

func TestConnectSkipsNamesThatDoNotResolve(t *testing.T) {
	srv := exatest.NewServer(t)
	cfg, err := exawire.ParseDSN(srv.DSN())
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(srv.Addr())
	if err != nil {
		t.Fatal(err)
	}
	cfg.Host = unresolvable + ",127.0.0.1:" + port
	client, err := exawire.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for range 8 { // whichever comes first
		sess, err := client.Connect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := sess.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

func TestConnectReportsEveryHost(t *testing.T) {
	refused := closedPort(t)
	client, err := exawire.New(&exawire.Config{Host: unresolvable + ",127.0.0.1:" + refused, User: "sys", Password: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	for name, connect := range map[string]func(context.Context) (*exawire.Session, error){"Connect": client.Connect, "Dial": client.Dial} {
		t.Run(name, func(t *testing.T) {
			_, err := connect(t.Context())
			if err == nil {
				t.Fatal("no error")
			}
			got := map[string]string{}
			for _, err := range joined(t, err) {
				var connect *exawire.ConnectError
				if !errors.As(err, &connect) {
					t.Fatalf("%v is not a *ConnectError", err)
				}
				got[connect.Addr] = connect.Op
			}
			want := map[string]string{unresolvable + ":" + refused: "resolve", "127.0.0.1:" + refused: "dial"}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("steps that failed (-want +got):\n%s", diff)
			}
			if !exawire.SafeToRetry(err) {
				t.Error("SafeToRetry is false although no connection was made")
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("error holds the password: %v", err)
			}
		})
	}
}

// closedPort returns a port of the loopback interface on which nobody listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// joined returns the errors of errors.Join.
func joined(t *testing.T, err error) []error {
	t.Helper()
	var list interface{ Unwrap() []error }
	if !errors.As(err, &list) {
		t.Fatalf("%v is not several errors", err)
	}
	return list.Unwrap()
}

func TestConnectLeavesNamesToDialContext(t *testing.T) {
	errProxy := errors.New("proxy says no")
	dialed := map[string]int{}
	client, err := exawire.New(&exawire.Config{
		Host: unresolvable + ",exa1..3.inside:9000,[fe80::1%eth0]:1", User: "sys",
		DialContext: func(_ context.Context, network, addr string) (net.Conn, error) {
			if network != "tcp" {
				t.Errorf("network is %q", network)
			}
			dialed[addr]++
			return nil, errProxy
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.Connect(t.Context())
	if !errors.Is(err, errProxy) {
		t.Errorf("error is %v, want that of DialContext", err)
	}
	want := map[string]int{
		unresolvable + ":9000": 1, "exa1.inside:9000": 1, "exa2.inside:9000": 1, "exa3.inside:9000": 1, "[fe80::1%eth0]:1": 1,
	}
	if diff := cmp.Diff(want, dialed); diff != "" {
		t.Errorf("addresses dialed (-want +got):\n%s", diff)
	}
}

func TestConnectAfterTheContextEnded(t *testing.T) {
	cause := errors.New("shutting down")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	client, err := exawire.New(&exawire.Config{
		Host: "exa1", User: "sys",
		DialContext: func(context.Context, string, string) (net.Conn, error) {
			t.Error("dialed")
			return nil, errNoSuchHost
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.Connect(ctx)
	if !errors.Is(err, context.Canceled) || !errors.Is(err, cause) {
		t.Errorf("error is %v, want the context's error and its cause", err)
	}
	if !exawire.SafeToRetry(err) {
		t.Error("SafeToRetry is false although nothing was sent")
	}
}

func TestConnectStopsWhenTheContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	dials := 0
	client, err := exawire.New(&exawire.Config{
		Host: "exa1..9", User: "sys",
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			if dials++; dials == 3 {
				cancel()
			}
			return nil, errNoSuchHost
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = client.Connect(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v, want context.Canceled", err)
	}
	if dials != 3 {
		t.Errorf("%d hosts were dialed, want 3", dials)
	}
}

// TestServerNameOfTheUser connects to a host that the certificate does not name, and to one that it does, with a name of
// the user's to verify.
func TestServerNameOfTheUser(t *testing.T) {
	srv := exatest.NewServer(t)
	for _, tt := range []struct {
		host, serverName string
		ok               bool
	}{
		{"elsewhere", "", false},
		{"elsewhere", "exatest", true},
		{"localhost", "", true},
		{"localhost", "exatest", true},
		{"localhost", "elsewhere", false},
	} {
		cfg, err := exawire.ParseDSN(srv.DSN())
		if err != nil {
			t.Fatal(err)
		}
		cfg.Host, cfg.CertificateFingerprint = tt.host, ""
		cfg.TLS = &tls.Config{RootCAs: srv.CertPool(), ServerName: tt.serverName}
		cfg.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, srv.Addr())
		}
		client, err := exawire.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		sess, err := client.Connect(t.Context())
		if (err == nil) != tt.ok {
			t.Errorf("host %s, server name %q: %v", tt.host, tt.serverName, err)
		}
		var failed *exawire.ConnectError
		if err != nil && (!errors.As(err, &failed) || failed.Op != "tls") {
			t.Errorf("host %s, server name %q: %v is not an error of TLS", tt.host, tt.serverName, err)
		}
		if sess != nil {
			_ = sess.Close(t.Context())
		}
	}
}
