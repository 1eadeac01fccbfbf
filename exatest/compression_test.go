package exatest_test

import (
	"fmt"
	"testing"

	"github.com/exawire/exawire/exatest"
)

// A server that is made to compress, or not to, says so in its answer to the login and does it.
func TestForceCompression(t *testing.T) {
	for _, forced := range []bool{false, true} {
		for _, asked := range []bool{false, true} {
			srv := exatest.NewServer(t, exatest.WithCompression(forced))
			c := dial(t, srv, srv.Addr(), false)
			a := c.login(fmt.Sprintf(`,"useCompression":%t`, asked))
			if got := a.Attrs["compressionEnabled"]; got != forced {
				t.Errorf("asked for %t, forced to %t: told %v", asked, forced, got)
			}
			c.compressed = forced
			c.ok(`{"command":"getAttributes"}`)
			if binary := c.opcode == 2; binary != forced {
				t.Errorf("asked for %t, forced to %t: compressed is %t", asked, forced, binary)
			}
			c.bye()
		}
	}
}
