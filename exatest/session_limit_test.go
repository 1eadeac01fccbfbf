package exatest_test

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/internal/testclient"
	"github.com/google/go-cmp/cmp"
)

// Logins beyond the limit wait for a place, in the order in which they came.
func TestSessionLimit(t *testing.T) {
	testclient.Bubble(t, func(t *testing.T, srv *exatest.Server, first *testclient.Client) {
		second := testclient.Connect(t, srv)
		testclient.Dial(t, srv, srv.Addr(), false).TryLogin(5, "sys", "wrong", "") // who is refused takes no place
		var mu sync.Mutex
		var in []string
		var wg sync.WaitGroup
		wait := func(name string, stay bool) {
			c := testclient.Dial(t, srv, srv.Addr(), false)
			wg.Go(func() {
				a := c.TryLogin(5, "sys", "exasol", `,"attributes":{"currentSchema":"`+name+`"}`)
				mu.Lock()
				in = append(in, name+" "+a.Status)
				mu.Unlock()
				if !stay {
					c.Bye()
				}
			})
			synctest.Wait()
		}
		wait("A", false)
		impatient := testclient.Dial(t, srv, srv.Addr(), false)
		key := impatient.OK(`{"command":"login","protocolVersion":5}`)
		impatient.Send(fmt.Sprintf(`{"username":"sys","password":%s,"useCompression":false}`, testclient.Quote(impatient.Encrypt(key, "exasol"))))
		synctest.Wait()
		wait("B", true)
		wait("C", false)
		time.Sleep(time.Hour)
		if n := len(srv.Sessions()); n != 2 || in != nil {
			t.Errorf("%d sessions, %q are in", n, in)
		}
		impatient.Conn.Close()
		first.Bye()
		synctest.Wait()
		if diff := cmp.Diff([]string{"A ok", "B ok"}, in); diff != "" {
			t.Errorf("sessions that are in (-want +got):\n%s", diff)
		}
		srv.KillSession(second.SessionID)
		wg.Wait()
		if diff := cmp.Diff([]string{"A ok", "B ok", "C ok"}, in); diff != "" {
			t.Errorf("sessions that are in (-want +got):\n%s", diff)
		}
	}, exatest.WithSessionLimit(2))
}

// A login that fails behind the credentials gives its place back, and subconnections need one each.
func TestSessionLimitGivesBack(t *testing.T) {
	testclient.Bubble(t, func(t *testing.T, srv *exatest.Server, c *testclient.Client) {
		for range 3 {
			d := testclient.Dial(t, srv, srv.Addr(), false)
			d.Failed(d.TryLogin(5, "sys", "exasol", `,"attributes":{"currentSchema":"NONE"}`), "42000", "NONE")
		}
		c.OK(`{"command":"setAttributes","attributes":{"autocommit":false}}`)
		a := c.OK(`{"command":"requestParallelConnections","numRequestedConnections":2}`)
		k := &cluster{Client: c, srv: srv, token: fmt.Sprint(a.Data["token"])}
		one, two := testclient.Dial(t, srv, srv.Addrs()[0], false), testclient.Dial(t, srv, srv.Addrs()[1], false)
		var wg sync.WaitGroup
		wg.Go(func() { k.Failed(k.join(one, k.token, c.SessionID), "08004", "not all subconnections") })
		synctest.Wait()
		began := time.Now()
		k.joined(two, k.token, c.SessionID) // when the place of the other one is free
		if d := time.Since(began); d != 5*time.Second {
			t.Errorf("the second subconnection is in after %v", d)
		}
		wg.Wait()
		c.OK(`{"command":"requestParallelConnections","numRequestedConnections":0}`)
		two.Gone()
		c.Bye()
	}, exatest.WithSessionLimit(2), exatest.WithSchemas("S"), exatest.WithNodes("n1", "n2"), exatest.WithParallelTimeout(5*time.Second))
}
