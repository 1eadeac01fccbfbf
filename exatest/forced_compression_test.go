package exatest_test

import (
	"fmt"
	"testing"

	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/internal/testclient"
)

// A server that is made to compress, or not to, says so in its answer to the login and does it.
func TestWithCompression(t *testing.T) {
	for _, forced := range []bool{false, true} {
		for _, asked := range []bool{false, true} {
			srv := exatest.NewServer(t, exatest.WithCompression(forced))
			c := testclient.Dial(t, srv, srv.Addr(), false)
			a := c.Login(fmt.Sprintf(`,"useCompression":%t`, asked))
			if got := a.Attrs["compressionEnabled"]; got != forced {
				t.Errorf("asked for %t, forced to %t: told %v", asked, forced, got)
			}
			c.Compressed = forced
			c.OK(`{"command":"getAttributes"}`)
			if binary := c.Opcode == 2; binary != forced {
				t.Errorf("asked for %t, forced to %t: compressed is %t", asked, forced, binary)
			}
			c.Bye()
		}
	}
}
