package exatest_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/internal/testclient"
)

// cluster is a session with its subconnections.
type cluster struct {
	*testclient.Client
	srv   *exatest.Server
	token string
	subs  []*testclient.Client
}

// openCluster asks for n subconnections and logs all that were granted in.
func openCluster(t *testing.T, srv *exatest.Server, c *testclient.Client, n int) *cluster {
	t.Helper()
	c.OK(`{"command":"setAttributes","attributes":{"autocommit":false}}`)
	a := c.OK(`{"command":"requestParallelConnections","numRequestedConnections":%d}`, n)
	var granted int
	_, _ = fmt.Sscan(fmt.Sprint(a.Data["numOpenConnections"]), &granted)
	k := &cluster{Client: c, srv: srv, token: fmt.Sprint(a.Data["token"]), subs: make([]*testclient.Client, granted)}
	var wg sync.WaitGroup
	for i := range k.subs {
		k.subs[i] = testclient.Dial(t, srv, srv.Addrs()[i], false)
		wg.Go(func() { k.joined(k.subs[i], k.token, c.SessionID) })
		synctest.Wait() // so that the i-th is the i-th
	}
	wg.Wait()
	return k
}

func (k *cluster) join(sub *testclient.Client, token string, sessionID uint64) testclient.Answer {
	a := sub.OK(`{"command":"subLogin","protocolVersion":5}`)
	return sub.FinishLogin(sub.Do(`{"username":"sys","password":%s,"token":%s,"sessionId":%d}`, testclient.Quote(sub.Encrypt(a, "exasol")), token, sessionID))
}

func (k *cluster) joined(sub *testclient.Client, token string, sessionID uint64) {
	if a := k.join(sub, token, sessionID); a.Status != "ok" {
		k.TB.Errorf("sublogin: %s", a.Raw)
	}
}

// together sends a command on all subconnections at once.
func (k *cluster) together(format string, args ...any) []testclient.Answer {
	answers := make([]testclient.Answer, len(k.subs))
	var wg sync.WaitGroup
	for i, sub := range k.subs {
		wg.Go(func() { answers[i] = sub.Do(format, args...) })
	}
	wg.Wait()
	return answers
}

func TestParallelFetch(t *testing.T) {
	for _, global := range []bool{false, true} {
		opts := []exatest.Option{exatest.WithNodes("n1", "n2", "n3")}
		if global {
			opts = append(opts, exatest.WithGlobalPositions())
		}
		testclient.Bubble(t, func(t *testing.T, srv *exatest.Server, c *testclient.Client) {
			srv.HandleSQL("BIG", exatest.Rows(exatest.Columns("N DECIMAL(18,0)"), exatest.ValuesOf(testclient.Numbers(1000))))
			k := openCluster(t, srv, c, 8)
			if len(k.subs) != 3 {
				t.Fatalf("%d subconnections, want as many as nodes", len(k.subs))
			}
			if s := srv.Sessions(); len(s) != 4 || s[0].Subconnection || !s[1].Subconnection || s[3].ID != c.SessionID || s[3].Node != "n3" {
				t.Errorf("sessions %+v", s)
			}
			k.Failed(k.join(testclient.Dial(t, srv, "n1:8563", false), k.token, c.SessionID), "08004", "authentication failed") // one too many
			c.Execute("BIG")
			offsets := k.together(`{"command":"getOffset","resultSetHandle":1}`)
			headers := k.together(`{"command":"getResultSetHeader","resultSetHandles":[1]}`)
			var all []string
			for i, sub := range k.subs {
				offset, rows := fmt.Sprint(offsets[i].Data["rowOffset"]), fmt.Sprint(headers[i].Set(0)["numRows"])
				if offset != fmt.Sprint(1000*i/3) {
					t.Errorf("offset %d is %s", i, offset)
				}
				start := "0"
				if global {
					start = offset
				}
				a := sub.OK(`{"command":"fetch","resultSetHandle":1,"startPosition":%s,"numBytes":1000000}`, start)
				if fmt.Sprint(a.Data["numRows"]) != rows {
					t.Errorf("%s rows fetched, the header says %s", a.Data["numRows"], rows)
				}
				all = append(all, strings.Trim(testclient.Data(a.Data), "[]"))
			}
			want := strings.Trim(strings.ReplaceAll(fmt.Sprint(testclient.Numbers(1000)), " ", ","), "[]")
			if got := strings.Join(all, ","); got != want {
				t.Errorf("global %v: rows %s", global, got)
			}
			for _, a := range k.together(`{"command":"closeResultSet","resultSetHandles":[1]}`) {
				if a.Status != "ok" {
					t.Errorf("close: %s", a.Raw)
				}
			}
			k.subs[0].Fails("00000", "not found", `{"command":"fetch","resultSetHandle":1,"startPosition":0,"numBytes":1}`)
			k.together(`{"command":"disconnect"}`)
			c.OK(`{"command":"closeResultSet","resultSetHandles":[1]}`)
			c.Bye()
		}, opts...)
	}
}

func TestParallelInsert(t *testing.T) {
	testclient.Bubble(t, func(t *testing.T, srv *exatest.Server, c *testclient.Client) {
		srv.HandleSQL("INSERT ?", exatest.RowCount(1))
		k := openCluster(t, srv, c, 2)
		for _, a := range k.together(`{"command":"createPreparedStatement","sqlText":"INSERT ?"}`) {
			if fmt.Sprint(a.Data["statementHandle"]) != "1" {
				t.Errorf("create: %s", a.Raw)
			}
		}
		for i, sub := range k.subs {
			for range i + 1 { // each on its own
				sub.OK(`{"command":"executePreparedStatement","statementHandle":1,"numColumns":1,"numRows":1,"data":[["a"]]}`)
			}
		}
		k.together(`{"command":"closePreparedStatement","statementHandle":1}`)
		k.together(`{"command":"disconnect"}`)
		c.Execute("COMMIT")
		c.Bye()
	}, exatest.WithNodes("n1", "n2"))
}

func TestParallelRefusals(t *testing.T) {
	testclient.Bubble(t, func(t *testing.T, srv *exatest.Server, c *testclient.Client) {
		c.Fails("00000", "autocommit", `{"command":"requestParallelConnections","numRequestedConnections":2}`)
		c.OK(`{"command":"setAttributes","attributes":{"autocommit":false}}`)
		c.Fails("00000", "negative", `{"command":"requestParallelConnections","numRequestedConnections":-1}`)
		c.Fails("00000", "JSON value '/hostIp' is required, but was not provided.", `{"command":"enterParallel","numRequestedConnections":1}`)
		a := c.OK(`{"command":"enterParallel","hostIp":"1.1.1.1","numRequestedConnections":2}`)
		if fmt.Sprint(a.Data["nodes"]) != "[n1:8563 n2:8563]" {
			t.Errorf("got %s", a.Raw)
		}
		k := &cluster{Client: c, srv: srv, token: fmt.Sprint(a.Data["token"])}
		stranger := testclient.Dial(t, srv, "n1:8563", false)
		b := stranger.OK(`{"command":"subLogin","protocolVersion":5}`)
		stranger.Failed(stranger.Do(`{"username":"joe","password":%s,"token":%s,"sessionId":%d}`, testclient.Quote(stranger.Encrypt(b, "pw")), k.token, c.SessionID), "08004", "authentication failed")
		k.Failed(k.join(testclient.Dial(t, srv, "n1:8563", false), "17", c.SessionID), "08004", "authentication failed")
		k.Failed(k.join(testclient.Dial(t, srv, "n1:8563", false), k.token, 17), "08004", "authentication failed")
		began := time.Now()
		k.Failed(k.join(testclient.Dial(t, srv, "n1:8563", false), k.token, c.SessionID), "08004", "not all subconnections")
		if d := time.Since(began); d != 5*time.Second {
			t.Errorf("after %v", d)
		}
		c.OK(`{"command":"requestParallelConnections","numRequestedConnections":0}`)
		c.Bye()
	}, exatest.WithNodes("n1", "n2"), exatest.WithParallelTimeout(5*time.Second), exatest.WithUser("sys", "exasol"), exatest.WithUser("joe", "pw"))
}

func TestParallelCollective(t *testing.T) {
	testclient.Bubble(t, func(t *testing.T, srv *exatest.Server, c *testclient.Client) {
		k := openCluster(t, srv, c, 2)
		began := time.Now()
		k.subs[0].Fails("00000", "have not sent getAttributes", `{"command":"getAttributes"}`)
		if d := time.Since(began); d != 5*time.Second {
			t.Errorf("after %v", d)
		}
		k.subs[0].Send(`{"command":"getAttributes"}`)
		synctest.Wait()
		k.subs[1].Fails("00000", "another subconnection has sent getAttributes", `{"command":"getOffset","resultSetHandle":1}`)
		// Who is gone is not waited for.
		srvSessions := len(srv.Sessions())
		k.subs[1].Conn.Close()
		if a := k.subs[0].Receive(); a.Status != "ok" || srvSessions != 3 {
			t.Errorf("got %s", a.Raw)
		}
		k.subs[0].Fails("00000", "a subconnection cannot", `{"command":"requestParallelConnections","numRequestedConnections":1}`)
		c.OK(`{"command":"requestParallelConnections","numRequestedConnections":0}`)
		k.subs[0].Gone()
		c.Bye()
	}, exatest.WithNodes("n1", "n2"), exatest.WithParallelTimeout(5*time.Second))
}

func TestSubLoginToken(t *testing.T) {
	testclient.Bubble(t, func(t *testing.T, srv *exatest.Server, c *testclient.Client) {
		c.OK(`{"command":"setAttributes","attributes":{"autocommit":false}}`)
		a := c.OK(`{"command":"requestParallelConnections","numRequestedConnections":1}`)
		sub := testclient.Dial(t, srv, srv.Addr(), false)
		sub.OK(`{"command":"subLoginToken","protocolVersion":3}`)
		sub.OK(`{"accessToken":"acc","token":%s}`, a.Data["token"])
		sub.Bye()
		c.Bye()
	}, exatest.WithAccessToken("sys", "acc"))
}
