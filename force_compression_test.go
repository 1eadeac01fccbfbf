package exawire_test

import (
	"testing"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
)

// A server that is made to compress, or not to, says so in its answer to the login and does it.
func TestForceCompression(t *testing.T) {
	for _, forced := range []bool{false, true} {
		for _, asked := range []bool{false, true} {
			srv := exatest.NewServer(t, exatest.ForceCompression(forced))
			cfg, err := exawire.ParseDSN(srv.DSN())
			if err != nil {
				t.Fatal(err)
			}
			cfg.Compression = asked
			client, err := exawire.New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			sess, err := client.Connect(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got := sess.Attributes().CompressionEnabled; got != forced {
				t.Errorf("asked for %t, forced to %t: compression is %t", asked, forced, got)
			}
			if err := sess.Close(t.Context()); err != nil {
				t.Error(err)
			}
		}
	}
}
