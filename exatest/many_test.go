package exatest_test

import (
	"fmt"
	"testing"

	"github.com/exawire/exawire/exatest"
)

// Two hundred servers live side by side, as in the parallel tests of a large program, each with a session of its own. They
// share what takes time to make.
func TestManyServers(t *testing.T) {
	for _, network := range []string{"loopback", "memory"} {
		t.Run(network, func(t *testing.T) {
			servers := make([]*exatest.Server, 200)
			for i := range servers {
				var opts []exatest.Option
				if network == "memory" {
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
					c := connect(t, srv)
					if a := c.execute("Q"); fmt.Sprint(a.result(0)["rowCount"]) != fmt.Sprint(i) {
						t.Errorf("got %s", a.raw)
					}
					c.bye()
				})
			}
		})
	}
}

// BenchmarkStart measures what a test pays for its server: starting and closing it.
func BenchmarkStart(b *testing.B) {
	for _, network := range []string{"loopback", "memory"} {
		b.Run(network, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var opts []exatest.Option
				if network == "memory" {
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

// BenchmarkKeys measures what the first server of a process pays in addition, for its certificate, and the first login.
func BenchmarkKeys(b *testing.B) {
	for name, fn := range map[string]func() error{"certificate": exatest.MakeCertificate, "login": exatest.MakeLoginKey} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := fn(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
