package exatest_test

import (
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"testing"

	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/internal/identity"
	"github.com/exawire/exawire/exatest/internal/testclient"
)

// Two hundred servers live side by side, as in the parallel tests of a large program, each with a session of its own. They
// share what takes time to make.
func TestManyServers(t *testing.T) {
	for _, network := range []string{"loopback-network", "virtual-network"} {
		t.Run(network, func(t *testing.T) {
			servers := make([]*exatest.Server, 200)
			for i := range servers {
				var opts []exatest.Option
				if network == "virtual-network" {
					opts = append(opts, exatest.WithNetwork(exatest.NewVirtualNetwork()))
				}
				servers[i] = exatest.NewServer(t, opts...)
				if servers[i].Certificate() != servers[0].Certificate() {
					t.Error("a server has a certificate of its own")
				}
			}
			for i, srv := range servers {
				t.Run(fmt.Sprint(i), func(t *testing.T) {
					t.Parallel()
					srv.HandleSQL("Q", exatest.RowCount(int64(i))).Once().Expect()
					c := testclient.Connect(t, srv)
					if a := c.Execute("Q"); fmt.Sprint(a.Result(0)["rowCount"]) != fmt.Sprint(i) {
						t.Errorf("got %s", a.Raw)
					}
					c.Bye()
				})
			}
		})
	}
}

// BenchmarkStartServer is what a test pays for its server: starting and closing it.
func BenchmarkStartServer(b *testing.B) {
	for _, network := range []string{"loopback-network", "virtual-network"} {
		b.Run(network, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var opts []exatest.Option
				if network == "virtual-network" {
					opts = append(opts, exatest.WithNetwork(exatest.NewVirtualNetwork()))
				}
				srv, err := exatest.Start(opts...)
				if err != nil {
					b.Fatal(err)
				}
				if err := srv.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkFirstServerOfProcess is what the first server of a process pays in addition, for its certificate, and the first login.
func BenchmarkFirstServerOfProcess(b *testing.B) {
	for name, fn := range map[string]func() error{"certificate": makeCertificate, "login-key": makeLoginKey} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := fn(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// makeCertificate makes a certificate as the first server of a process does.
func makeCertificate() error {
	_, err := identity.NewCertificate([]string{"localhost"}, nil)
	return err
}

// makeLoginKey makes a key as the first login of a process does.
func makeLoginKey() error {
	_, err := rsa.GenerateKey(rand.Reader, 1024)
	return err
}
