package exatest_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire/exatest"
)

func TestShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := exatest.NewServer(t, exatest.WithNetwork(exatest.NewVirtualNetwork()))
		good := connect(t, srv)
		silent := connect(t, srv) // never reads the Close frame
		unknown := dial(t, srv, srv.Addr(), false)
		closed := make(chan error, 1)
		go func() {
			_, err := good.recv()
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
		var frame *closeError
		if err := <-closed; !errors.As(err, &frame) || frame.code != 1001 {
			t.Errorf("the session ended with %v, want 1001", err)
		}
		silent.gone()
		if _, err := unknown.recv(); err == nil {
			t.Error("a connection without a session goes on")
		}
		if n := srv.Connections(); n != 0 {
			t.Errorf("%d connections are left", n)
		}
	})
}

func TestObserve(t *testing.T) {
	var seen, wrong []string
	srv := exatest.NewServer(&looseTB{TB: t}, exatest.WithoutRequestLog(),
		exatest.WithRequestObserver(func(r *exatest.Request) { seen = append(seen, r.Redacted()) }),
		exatest.WithViolationObserver(func(v exatest.Violation) { wrong = append(wrong, v.String()) }))
	c := connect(t, srv)
	c.execute(`ALTER USER a IDENTIFIED BY "s3cret"`)
	c.do(`{"command":"getHosts","hostIp":"h","autocommit":true}`)
	c.bye()
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
