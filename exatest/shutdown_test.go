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

func TestCloseWhileBusy(t *testing.T) {
	srv, err := exatest.Start()
	if err != nil {
		t.Fatal(err)
	}
	started := make(chan struct{})
	srv.HandleSQL("WAIT", exatest.Func(func(r *exatest.Request) exatest.Response {
		close(started)
		<-r.Context().Done()
		return exatest.OK()
	}))
	c := testclient.Connect(t, srv)
	c.Send(`{"command":"execute","sqlText":"WAIT"}`)
	<-started
	for range 2 {
		if err := srv.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	c.Gone()
	if n := srv.Connections(); n != 0 {
		t.Errorf("%d connections after Close", n)
	}
}
