package exatest_test

import (
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/internal/testclient"
)

func TestIdleTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := exatest.NewServer(t, exatest.WithNetwork(exatest.NewVirtualNetwork()), exatest.WithIdleTimeout(time.Hour))
		c := testclient.Connect(t, srv)
		time.Sleep(59 * time.Minute)
		c.OK(`{"command":"getAttributes"}`)
		time.Sleep(59 * time.Minute)
		c.OK(`{"command":"getAttributes"}`)
		began := time.Now()
		c.Gone()
		if d := time.Since(began); d != time.Hour {
			t.Errorf("ended after %v", d)
		}
	})
}

func TestKillSessions(t *testing.T) {
	srv := exatest.NewServer(t)
	a, b := testclient.Connect(t, srv), testclient.Connect(t, srv)
	if srv.KillSession(1) {
		t.Error("killed a session that does not exist")
	}
	if !srv.KillSession(a.SessionID) {
		t.Error("session not found")
	}
	a.Gone()
	b.OK(`{"command":"getAttributes"}`)
	srv.KillSessions()
	b.Gone()
}

// A session that is killed ends without a Close frame: with 1006 and an unexpected end, in the words of clients.
func TestKilledSessionHasNoCloseFrame(t *testing.T) {
	testclient.Bubble(t, func(t *testing.T, srv *exatest.Server, c *testclient.Client) {
		c.Send(`{"command":"execute","sqlText":"HANG"}`)
		synctest.Wait()
		idle := testclient.Connect(t, srv)
		srv.KillSession(c.SessionID)
		srv.KillSessions()
		for _, killed := range []*testclient.Client{c, idle} {
			if text, err := killed.Recv(); !errors.Is(err, io.EOF) {
				t.Errorf("the client gets %q, %v in place of the end of the connection", text, err)
			}
		}
	})
}
