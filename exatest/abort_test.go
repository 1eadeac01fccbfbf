package exatest_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire/exatest"
)

// bubble runs fn with a server in virtual time.
func bubble(t *testing.T, fn func(t *testing.T, srv *exatest.Server, c *client), opts ...exatest.Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		srv := exatest.NewServer(t, append([]exatest.Option{exatest.WithNetwork(exatest.NewVirtualNetwork())}, opts...)...)
		srv.HandleSQL("HANG", exatest.Hang())
		srv.HandleSQL("SLOW", exatest.RowCount(1).After(time.Minute))
		srv.HandleSQL("FAST", exatest.RowCount(2))
		fn(t, srv, connect(t, srv))
	})
}

const abort = `{"command":"abortQuery"}`

func TestAbort(t *testing.T) {
	bubble(t, func(t *testing.T, srv *exatest.Server, c *client) {
		for _, sql := range []string{"HANG", "SLOW", `SELECT "$SLEEP"(60)`} {
			began := time.Now()
			c.send(`{"command":"execute","sqlText":` + quote(sql) + `}`)
			time.Sleep(2500 * time.Millisecond)
			c.send(abort)
			a := c.receive()
			c.failed(a, "R0003", "Client requested execution abort. (Session: ")
			if d := time.Since(began); d != 2500*time.Millisecond {
				t.Errorf("%s: aborted after %v", sql, d)
			}
			if got := strings.Join(c.pongs, " "); got != "EXECUTING EXECUTING" {
				t.Errorf("%s: feedback %q", sql, got)
			}
			c.ok(`{"command":"getAttributes"}`)
		}
		if n := len(srv.Requests("abortQuery")); n != 3 {
			t.Errorf("%d aborts logged", n)
		}
		c.bye()
	})
}

func TestAbortWhenIdle(t *testing.T) {
	bubble(t, func(t *testing.T, _ *exatest.Server, c *client) {
		c.send(abort)
		synctest.Wait()
		c.execute("FAST")
		if a := c.execute("FAST"); a.Status != "ok" {
			t.Errorf("got %s", a.raw)
		}
		c.bye()
	})
}

func TestAbortOfOthers(t *testing.T) {
	bubble(t, func(t *testing.T, srv *exatest.Server, c *client) {
		slowly := func(*exatest.Request) exatest.Response { return exatest.OK().After(time.Minute) }
		srv.Handle("getAttributes", slowly)
		srv.Handle("getTables", slowly)
		srv.Handle("fetch", slowly)
		c.send(`{"command":"getAttributes"}`)
		synctest.Wait()
		c.send(abort)
		if a := c.receive(); a.Status != "ok" {
			t.Errorf("getAttributes was aborted: %s", a.raw)
		}
		const fetch = `{"command":"fetch","resultSetHandle":1,"startPosition":0,"numBytes":1}`
		c.send(fetch)
		synctest.Wait()
		c.send(abort)
		if a := c.receive(); a.Status != "ok" {
			t.Errorf("a fetch was aborted: %s", a.raw)
		}
		srv.Inject(exatest.AbortFetch())
		for _, m := range []string{`{"command":"getTables"}`, fetch} {
			c.send(m)
			synctest.Wait()
			c.send(abort)
			c.failed(c.receive(), "R0003", "abort")
		}
		srv.Inject(exatest.AbortIgnored().On("fetch"))
		c.send(fetch)
		synctest.Wait()
		c.send(abort)
		if a := c.receive(); a.Status != "ok" {
			t.Errorf("the abort was not ignored: %s", a.raw)
		}
		c.bye()
	})
}

func TestAbortFaults(t *testing.T) {
	abortSlow := func(c *client) time.Duration {
		began := time.Now()
		c.send(`{"command":"execute","sqlText":"SLOW"}`)
		synctest.Wait()
		c.send(abort)
		synctest.Wait()
		return time.Since(began)
	}
	t.Run("ignored", func(t *testing.T) {
		bubble(t, func(t *testing.T, srv *exatest.Server, c *client) {
			f := srv.Inject(exatest.AbortIgnored())
			abortSlow(c)
			if a := c.receive(); a.Status != "ok" || f.Count() != 1 {
				t.Errorf("got %s", a.raw)
			}
			c.bye()
		})
	})
	t.Run("drops", func(t *testing.T) {
		bubble(t, func(_ *testing.T, srv *exatest.Server, c *client) {
			srv.Inject(exatest.AbortDrops())
			abortSlow(c)
			c.gone()
		})
	})
	t.Run("rolls back", func(t *testing.T) {
		bubble(t, func(_ *testing.T, srv *exatest.Server, c *client) {
			srv.Inject(exatest.AbortRollsBack().Once())
			abortSlow(c)
			c.failed(c.receive(), "40007", "Client requested execution abort.")
			abortSlow(c)
			c.failed(c.receive(), "R0003", "Client requested execution abort.")
			c.bye()
		})
	})
	t.Run("delayed", func(t *testing.T) {
		bubble(t, func(t *testing.T, srv *exatest.Server, c *client) {
			srv.Inject(exatest.AbortDelayed(3 * time.Second))
			began := time.Now()
			abortSlow(c)
			c.failed(c.receive(), "R0003", "abort")
			if d := time.Since(began); d != 3*time.Second {
				t.Errorf("after %v", d)
			}
			c.bye()
		})
	})
	t.Run("late", func(t *testing.T) {
		bubble(t, func(t *testing.T, srv *exatest.Server, c *client) {
			srv.Inject(exatest.AbortLate().Times(2))
			abortSlow(c)
			if a := c.receive(); a.Status != "ok" {
				t.Errorf("the running statement was hit: %s", a.raw)
			}
			c.failed(c.execute("FAST"), "R0003", "abort")
			if a := c.execute("FAST"); a.Status != "ok" {
				t.Errorf("hit twice: %s", a.raw)
			}
			c.send(abort) // when idle, and swallowed by a command that cannot be aborted
			c.ok(`{"command":"getAttributes"}`)
			if a := c.execute("FAST"); a.Status != "ok" {
				t.Errorf("not swallowed: %s", a.raw)
			}
			c.bye()
		})
	})
}

func TestQueryTimeout(t *testing.T) {
	bubble(t, func(t *testing.T, _ *exatest.Server, c *client) {
		c.ok(`{"command":"setAttributes","attributes":{"queryTimeout":3,"feedbackInterval":2}}`)
		began := time.Now()
		c.failed(c.execute("HANG"), "R0001", "Query terminated because timeout has been reached. (Session: ")
		if d := time.Since(began); d != 3*time.Second || len(c.pongs) != 1 {
			t.Errorf("after %v, %d pongs", d, len(c.pongs))
		}
		c.ok(`{"command":"executeBatch","sqlTexts":["FAST"],"attributes":{"queryTimeout":0,"feedbackInterval":0}}`)
		if c.execute("SLOW"); len(c.pongs) != 0 {
			t.Errorf("%d pongs without a feedback interval", len(c.pongs))
		}
		c.bye()
	})
}

func TestFeedback(t *testing.T) {
	bubble(t, func(t *testing.T, _ *exatest.Server, c *client) {
		if c.execute("SLOW"); len(c.pongs) != 59 && len(c.pongs) != 60 || c.pongs[0] != "BUSY" {
			t.Errorf("pongs %q", c.pongs)
		}
		c.bye()
	}, exatest.WithFeedbackPayload("BUSY"))
	bubble(t, func(t *testing.T, _ *exatest.Server, c *client) {
		if c.execute("SLOW"); len(c.pongs) != 0 {
			t.Errorf("pongs %q", c.pongs)
		}
		c.bye()
	}, exatest.WithoutFeedback())
}

func TestAbortOfBatch(t *testing.T) {
	bubble(t, func(t *testing.T, srv *exatest.Server, c *client) {
		srv.HandleSQL("WAIT", exatest.Func(func(r *exatest.Request) exatest.Response {
			<-r.Context().Done()
			return exatest.OK() // it had finished all the same
		}))
		fast := srv.HandleSQL("NEXT", exatest.OK())
		c.send(`{"command":"executeBatch","sqlTexts":["WAIT","NEXT"]}`)
		synctest.Wait()
		c.send(abort)
		c.failed(c.receive(), "R0003", "abort")
		if fast.Calls() != 0 {
			t.Error("the statement after the aborted one has run")
		}
		c.bye()
	})
}

func TestRequestContext(t *testing.T) {
	bubble(t, func(t *testing.T, srv *exatest.Server, c *client) {
		ended := make(chan error, 1)
		srv.HandleSQL("WAIT", exatest.Func(func(r *exatest.Request) exatest.Response {
			<-r.Context().Done()
			ended <- context.Cause(r.Context())
			return exatest.Exception("40007", "rolled back").After(time.Second)
		}))
		c.send(`{"command":"execute","sqlText":"WAIT"}`)
		synctest.Wait()
		c.send(abort)
		if err := <-ended; err == nil || err.Error() != "aborted by the client" {
			t.Errorf("cause %v", err)
		}
		c.failed(c.receive(), "R0003", "abort") // the delay was interrupted
		c.send(`{"command":"execute","sqlText":"WAIT"}`)
		synctest.Wait()
		srv.KillSessions()
		<-ended
		c.gone()
	})
}

func TestPing(t *testing.T) {
	bubble(t, func(t *testing.T, _ *exatest.Server, c *client) {
		c.send(`{"command":"execute","sqlText":"SLOW"}`)
		synctest.Wait()
		if err := c.frame(true, 9, true, []byte("hello")); err != nil {
			t.Fatal(err)
		}
		c.receive()
		if len(c.pongs) == 0 || c.pongs[0] != "hello" {
			t.Errorf("pongs %q", c.pongs)
		}
		c.bye()
	})
}

// A queryTimeout that comes with a statement holds for this statement already.
func TestTimeoutOfTheSameRequest(t *testing.T) {
	srv := exatest.NewServer(t)
	c := connect(t, srv)
	srv.HandleSQL("SLOW", exatest.Hang())
	a := c.do(`{"command":"execute","sqlText":"SLOW","attributes":{"queryTimeout":1}}`)
	if a.Exception.SQLCode != "R0001" {
		t.Errorf("answer is %+v", a)
	}
}
