package e2e_test

import (
	"testing"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
)

// Whether messages are compressed is what the answer to the login says, not what was asked for. The server fails the test
// for a message that is not as agreed.
func TestServerDecidesOnCompression(t *testing.T) {
	for _, forced := range []bool{false, true} {
		for _, asked := range []bool{false, true} {
			bubble(t, func(c *exawire.Config) { c.Compression = asked }, []exatest.Option{exatest.WithCompression(forced)},
				func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
					sess := connect(t, client)
					if got := sess.Attributes().CompressionEnabled; got != forced {
						t.Errorf("asked for %t, told %t: compression is %t", asked, forced, got)
					}
					checkUsable(t, sess)
					if err := sess.Reset(t.Context()); err != nil {
						t.Errorf("reset: %v", err)
					}
					if got := srv.Sessions()[0].Attributes.CompressionEnabled; got != forced {
						t.Errorf("the server's compression is %t", got)
					}
				})
		}
	}
}
