package exatest_test

import (
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/internal/testclient"
)

// A tunnel that the client does not serve can be aborted, and is closed by that.
func TestTunnelAborted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := exatest.NewServer(t, exatest.WithNetwork(exatest.NewVirtualNetwork()))
		var got []string
		srv.HandleSQL("IMPORT ...", lines(&got))
		c := testclient.Connect(t, srv)
		tn := testclient.OpenTunnel(t, srv, srv.Addr())
		c.Send(`{"command":"execute","sqlText":"IMPORT INTO t FROM CSV AT 'http://` + tn.Key + `' FILE '1'"}`)
		time.Sleep(time.Second)
		c.Send(testclient.Abort)
		c.Failed(c.Receive(), "R0003", "abort")
		if text, err := io.ReadAll(tn); err != nil || !strings.HasPrefix(string(text), "GET /1 HTTP/1.1\r\n") {
			t.Errorf("the tunnel got %q, %v", text, err)
		}
		c.Bye()
	})
}

// Tunnels that no statement names end with the client or with the server.
func TestTunnelsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := exatest.NewServer(t, exatest.WithNetwork(exatest.NewVirtualNetwork()))
		left, kept := testclient.OpenTunnel(t, srv, srv.Addr()), testclient.OpenTunnel(t, srv, srv.Addr())
		synctest.Wait()
		if n := srv.Connections(); n != 2 {
			t.Errorf("%d connections, want 2", n)
		}
		left.Close()
		synctest.Wait()
		if n := srv.Connections(); n != 1 {
			t.Errorf("%d connections after the client has closed one, want 1", n)
		}
		if err := srv.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if n, err := kept.Read(make([]byte, 1)); n != 0 || err == nil {
			t.Errorf("read %d bytes, %v after the end of the server", n, err)
		}
	})
}
