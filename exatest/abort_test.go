package exatest_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
	"github.com/exawire/exawire/exatest/internal/testclient"
)

func TestAbort(t *testing.T) {
	testclient.Bubble(t, func(t *testing.T, srv *exatest.Server, c *testclient.Client) {
		for _, sql := range []string{"HANG", "SLOW", `SELECT "$SLEEP"(60)`} {
			began := time.Now()
			c.Send(`{"command":"execute","sqlText":` + testclient.Quote(sql) + `}`)
			time.Sleep(2500 * time.Millisecond)
			c.Send(testclient.Abort)
			a := c.Receive()
			c.Failed(a, "R0003", "Client requested execution abort. (Session: ")
			if d := time.Since(began); d != 2500*time.Millisecond {
				t.Errorf("%s: aborted after %v", sql, d)
			}
			if got := strings.Join(c.Pongs, " "); got != "EXECUTING EXECUTING" {
				t.Errorf("%s: feedback %q", sql, got)
			}
			c.OK(`{"command":"getAttributes"}`)
		}
		if n := len(srv.Requests("abortQuery")); n != 3 {
			t.Errorf("%d aborts logged", n)
		}
		c.Bye()
	})
}

func TestAbortWhenIdle(t *testing.T) {
	testclient.Bubble(t, func(t *testing.T, _ *exatest.Server, c *testclient.Client) {
		c.Send(testclient.Abort)
		synctest.Wait()
		c.Execute("FAST")
		if a := c.Execute("FAST"); a.Status != "ok" {
			t.Errorf("got %s", a.Raw)
		}
		c.Bye()
	})
}

func TestAbortOfOthers(t *testing.T) {
	testclient.Bubble(t, func(t *testing.T, srv *exatest.Server, c *testclient.Client) {
		slowly := func(*exatest.Request) exatest.Response { return exatest.OK().After(time.Minute) }
		srv.Handle("getAttributes", slowly)
		srv.Handle("getTables", slowly)
		srv.Handle("fetch", slowly)
		c.Send(`{"command":"getAttributes"}`)
		synctest.Wait()
		c.Send(testclient.Abort)
		if a := c.Receive(); a.Status != "ok" {
			t.Errorf("getAttributes was aborted: %s", a.Raw)
		}
		const fetch = `{"command":"fetch","resultSetHandle":1,"startPosition":0,"numBytes":1}`
		c.Send(fetch)
		synctest.Wait()
		c.Send(testclient.Abort)
		if a := c.Receive(); a.Status != "ok" {
			t.Errorf("a fetch was aborted: %s", a.Raw)
		}
		srv.Inject(fault.AbortFetch())
		for _, m := range []string{`{"command":"getTables"}`, fetch} {
			c.Send(m)
			synctest.Wait()
			c.Send(testclient.Abort)
			c.Failed(c.Receive(), "R0003", "abort")
		}
		srv.Inject(fault.AbortIgnored().On("fetch"))
		c.Send(fetch)
		synctest.Wait()
		c.Send(testclient.Abort)
		if a := c.Receive(); a.Status != "ok" {
			t.Errorf("the abort was not ignored: %s", a.Raw)
		}
		c.Bye()
	})
}

func TestQueryTimeout(t *testing.T) {
	testclient.Bubble(t, func(t *testing.T, _ *exatest.Server, c *testclient.Client) {
		c.OK(`{"command":"setAttributes","attributes":{"queryTimeout":3,"feedbackInterval":2}}`)
		began := time.Now()
		c.Failed(c.Execute("HANG"), "R0001", "Query terminated because timeout has been reached. (Session: ")
		if d := time.Since(began); d != 3*time.Second || len(c.Pongs) != 1 {
			t.Errorf("after %v, %d pongs", d, len(c.Pongs))
		}
		c.OK(`{"command":"executeBatch","sqlTexts":["FAST"],"attributes":{"queryTimeout":0,"feedbackInterval":0}}`)
		if c.Execute("SLOW"); len(c.Pongs) != 0 {
			t.Errorf("%d pongs without a feedback interval", len(c.Pongs))
		}
		c.Bye()
	})
}

func TestFeedback(t *testing.T) {
	testclient.Bubble(t, func(t *testing.T, _ *exatest.Server, c *testclient.Client) {
		if c.Execute("SLOW"); len(c.Pongs) != 59 && len(c.Pongs) != 60 || c.Pongs[0] != "BUSY" {
			t.Errorf("pongs %q", c.Pongs)
		}
		c.Bye()
	}, exatest.WithFeedbackPayload("BUSY"))
	testclient.Bubble(t, func(t *testing.T, _ *exatest.Server, c *testclient.Client) {
		if c.Execute("SLOW"); len(c.Pongs) != 0 {
			t.Errorf("pongs %q", c.Pongs)
		}
		c.Bye()
	}, exatest.WithoutFeedback())
}

func TestAbortOfBatch(t *testing.T) {
	testclient.Bubble(t, func(t *testing.T, srv *exatest.Server, c *testclient.Client) {
		srv.HandleSQL("WAIT", exatest.Func(func(r *exatest.Request) exatest.Response {
			<-r.Context().Done()
			return exatest.OK() // it had finished all the same
		}))
		fast := srv.HandleSQL("NEXT", exatest.OK())
		c.Send(`{"command":"executeBatch","sqlTexts":["WAIT","NEXT"]}`)
		synctest.Wait()
		c.Send(testclient.Abort)
		c.Failed(c.Receive(), "R0003", "abort")
		if fast.Calls() != 0 {
			t.Error("the statement after the aborted one has run")
		}
		c.Bye()
	})
}

func TestRequestContext(t *testing.T) {
	testclient.Bubble(t, func(t *testing.T, srv *exatest.Server, c *testclient.Client) {
		ended := make(chan error, 1)
		srv.HandleSQL("WAIT", exatest.Func(func(r *exatest.Request) exatest.Response {
			<-r.Context().Done()
			ended <- context.Cause(r.Context())
			return exatest.Exception("40007", "rolled back").After(time.Second)
		}))
		c.Send(`{"command":"execute","sqlText":"WAIT"}`)
		synctest.Wait()
		c.Send(testclient.Abort)
		if err := <-ended; err == nil || err.Error() != "aborted by the client" {
			t.Errorf("cause %v", err)
		}
		c.Failed(c.Receive(), "R0003", "abort") // the delay was interrupted
		c.Send(`{"command":"execute","sqlText":"WAIT"}`)
		synctest.Wait()
		srv.KillSessions()
		<-ended
		c.Gone()
	})
}

func TestPing(t *testing.T) {
	testclient.Bubble(t, func(t *testing.T, _ *exatest.Server, c *testclient.Client) {
		c.Send(`{"command":"execute","sqlText":"SLOW"}`)
		synctest.Wait()
		if err := c.Frame(true, 9, true, []byte("hello")); err != nil {
			t.Fatal(err)
		}
		c.Receive()
		if len(c.Pongs) == 0 || c.Pongs[0] != "hello" {
			t.Errorf("pongs %q", c.Pongs)
		}
		c.Bye()
	})
}

// A queryTimeout that comes with a statement holds for this statement already.
func TestTimeoutOfTheSameRequest(t *testing.T) {
	srv := exatest.NewServer(t)
	c := testclient.Connect(t, srv)
	srv.HandleSQL("SLOW", exatest.Hang())
	a := c.Do(`{"command":"execute","sqlText":"SLOW","attributes":{"queryTimeout":1}}`)
	if a.Exception.SQLCode != "R0001" {
		t.Errorf("answer is %+v", a)
	}
}
