package fault_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
	"github.com/exawire/exawire/exatest/internal/testclient"
)

func TestAbortFaults(t *testing.T) {
	abortSlow := func(c *testclient.Client) time.Duration {
		began := time.Now()
		c.Send(`{"command":"execute","sqlText":"SLOW"}`)
		synctest.Wait()
		c.Send(testclient.Abort)
		synctest.Wait()
		return time.Since(began)
	}
	t.Run("ignored", func(t *testing.T) {
		testclient.Bubble(t, func(t *testing.T, srv *exatest.Server, c *testclient.Client) {
			f := srv.Inject(fault.AbortIgnored())
			abortSlow(c)
			if a := c.Receive(); a.Status != "ok" || f.Count() != 1 {
				t.Errorf("got %s", a.Raw)
			}
			c.Bye()
		})
	})
	t.Run("drops", func(t *testing.T) {
		testclient.Bubble(t, func(_ *testing.T, srv *exatest.Server, c *testclient.Client) {
			srv.Inject(fault.AbortDrops())
			abortSlow(c)
			c.Gone()
		})
	})
	t.Run("rolls back", func(t *testing.T) {
		testclient.Bubble(t, func(_ *testing.T, srv *exatest.Server, c *testclient.Client) {
			srv.Inject(fault.AbortRollsBack().Once())
			abortSlow(c)
			c.Failed(c.Receive(), "40007", "Client requested execution abort.")
			abortSlow(c)
			c.Failed(c.Receive(), "R0003", "Client requested execution abort.")
			c.Bye()
		})
	})
	t.Run("delayed", func(t *testing.T) {
		testclient.Bubble(t, func(t *testing.T, srv *exatest.Server, c *testclient.Client) {
			srv.Inject(fault.AbortDelayed(3 * time.Second))
			began := time.Now()
			abortSlow(c)
			c.Failed(c.Receive(), "R0003", "abort")
			if d := time.Since(began); d != 3*time.Second {
				t.Errorf("after %v", d)
			}
			c.Bye()
		})
	})
	t.Run("late", func(t *testing.T) {
		testclient.Bubble(t, func(t *testing.T, srv *exatest.Server, c *testclient.Client) {
			srv.Inject(fault.AbortLate().Times(2))
			abortSlow(c)
			if a := c.Receive(); a.Status != "ok" {
				t.Errorf("the running statement was hit: %s", a.Raw)
			}
			c.Failed(c.Execute("FAST"), "R0003", "abort")
			if a := c.Execute("FAST"); a.Status != "ok" {
				t.Errorf("hit twice: %s", a.Raw)
			}
			c.Send(testclient.Abort) // when idle, and swallowed by a command that cannot be aborted
			c.OK(`{"command":"getAttributes"}`)
			if a := c.Execute("FAST"); a.Status != "ok" {
				t.Errorf("not swallowed: %s", a.Raw)
			}
			c.Bye()
		})
	})
}
