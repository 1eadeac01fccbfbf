package exatest_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/internal/testclient"
)

func TestShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := exatest.NewServer(t, exatest.WithNetwork(exatest.NewVirtualNetwork()))
		good := testclient.Connect(t, srv)
		silent := testclient.Connect(t, srv) // never reads the Close frame
		unknown := testclient.Dial(t, srv, srv.Addr(), false)
		closed := make(chan error, 1)
		go func() {
			_, err := good.Recv()
			closed <- err
		}()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		start := time.Now()
		if err := srv.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		if d := time.Since(start); d != time.Minute {
			t.Errorf("it took %v, one client does not leave in a minute", d)
		}
		var frame *testclient.Closed
		if err := <-closed; !errors.As(err, &frame) || frame.Code != 1001 {
			t.Errorf("the session ended with %v, want 1001", err)
		}
		silent.Gone()
		if _, err := unknown.Recv(); err == nil {
			t.Error("a connection without a session goes on")
		}
		if n := srv.Connections(); n != 0 {
			t.Errorf("%d connections are left", n)
		}
	})
}

func TestObserve(t *testing.T) {
	var seen, wrong []string
	srv := exatest.NewServer(&testclient.LooseTB{TB: t}, exatest.WithoutRequestLog(),
		exatest.WithRequestObserver(func(r *exatest.Request) { seen = append(seen, r.Redacted()) }),
		exatest.WithViolationObserver(func(v exatest.Violation) { wrong = append(wrong, v.String()) }))
	c := testclient.Connect(t, srv)
	c.Execute(`ALTER USER a IDENTIFIED BY "s3cret"`)
	c.Do(`{"command":"getHosts","hostIp":"h","autocommit":true}`)
	c.Bye()
	if len(seen) != 5 || seen[2] != `{"command":"execute","sqlText":"ALTER USER a IDENTIFIED BY \"<redacted>\""}` {
		t.Errorf("seen: %q", seen)
	}
	if len(wrong) != 1 {
		t.Errorf("violations: %q", wrong)
	}
	if n := len(srv.Requests("")); n != 0 {
		t.Errorf("%d requests are kept", n)
	}
}
