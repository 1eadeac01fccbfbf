package e2e_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
)

// bubble runs a test in virtual time against a server on a virtual network. change, if not nil, adapts the
// configuration of the client that the test gets.
func bubble(t *testing.T, change func(*exawire.Config), opts []exatest.Option, test func(t *testing.T, srv *exatest.Server, client *exawire.Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		vn := exatest.NewVirtualNetwork()
		srv := exatest.NewServer(t, append([]exatest.Option{exatest.WithNetwork(vn)}, opts...)...)
		test(t, srv, newClient(t, srv, func(c *exawire.Config) {
			c.DialContext = vn.DialContext
			if change != nil {
				change(c)
			}
		}))
	})
}

// bubbleNodes is bubble for a cluster of three hosts, exa1 to exa3. The test makes its own client of the configuration.
func bubbleNodes(t *testing.T, test func(t *testing.T, vn *exatest.VirtualNetwork, srv *exatest.Server, cfg *exawire.Config), opts ...exatest.Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		vn := exatest.NewVirtualNetwork()
		srv := exatest.NewServer(t, append(opts, exatest.WithNetwork(vn), exatest.WithNodes("exa1", "exa2", "exa3"))...)
		cfg, err := exawire.ParseDSN(srv.DSN())
		if err != nil {
			t.Fatal(err)
		}
		cfg.Host, cfg.DialContext = "exa1..3", vn.DialContext
		test(t, vn, srv, cfg)
	})
}

// newClient returns a client for the server's DSN.
func newClient(t testing.TB, srv *exatest.Server, change func(*exawire.Config)) *exawire.Client {
	t.Helper()
	cfg, err := exawire.ParseDSN(srv.DSN())
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(cfg)
	}
	client, err := exawire.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// connect opens a session and closes it when the test ends.
func connect(t testing.TB, client *exawire.Client) *exawire.Session {
	t.Helper()
	sess, err := client.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sess.Close(context.Background()); err != nil {
			t.Errorf("close session: %v", err)
		}
	})
	return sess
}

// serve starts a server and opens a session on it, over a real socket.
func serve(t testing.TB, opts ...exatest.Option) (*exatest.Server, *exawire.Session) {
	t.Helper()
	srv := exatest.NewServer(t, opts...)
	return srv, connect(t, newClient(t, srv, nil))
}

// checkUsable fails the test unless the session answers, and answers what it is asked.
func checkUsable(t testing.TB, sess *exawire.Session) {
	t.Helper()
	if err := sess.Err(); err != nil {
		t.Fatalf("session is not usable: %v", err)
	}
	if err := sess.Ping(context.Background()); err != nil {
		t.Fatalf("session does not answer: %v", err)
	}
}

const (
	testGrace    = 5 * time.Second
	testDeadline = time.Second
)
