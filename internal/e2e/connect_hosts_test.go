package e2e_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
)

var errNoSuchHost = errors.New("no such host")

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
