package exatest_test

import (
	"io"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/exawire/exawire/exatest"
	"github.com/google/go-cmp/cmp"
)

// A tunnel that the client does not serve can be aborted, and is closed by that.
func TestTunnelAborted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := exatest.NewServer(t, exatest.WithNetwork(exatest.NewVirtualNetwork()))
		var got []string
		srv.HandleSQL("IMPORT ...", lines(&got))
		c := connect(t, srv)
		tn := openTunnel(t, srv, srv.Addr())
		c.send(`{"command":"execute","sqlText":"IMPORT INTO t FROM CSV AT 'http://` + tn.key + `' FILE '1'"}`)
		synctest.Wait()
		c.send(abort)
		c.failed(c.receive(), "R0003", "abort")
		if text, err := io.ReadAll(tn); err != nil || !strings.HasPrefix(string(text), "GET /1 HTTP/1.1\r\n") {
			t.Errorf("the tunnel got %q, %v", text, err)
		}
		c.bye()
	})
}

// Tunnels that no statement names end with the client or with the server.
func TestTunnelsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := exatest.NewServer(t, exatest.WithNetwork(exatest.NewVirtualNetwork()))
		left, kept := openTunnel(t, srv, srv.Addr()), openTunnel(t, srv, srv.Addr())
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

// A tunnel is no command, so those to which a fault is limited play no part.
func TestTunnelFaultOnCommands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := exatest.NewServer(t, exatest.WithNetwork(exatest.NewVirtualNetwork()))
		pieces := srv.Inject(exatest.TunnelAnswerInPieces().On("execute").Skip(1).Times(1))
		var counts []int
		for range 3 {
			openTunnel(t, srv, srv.Addr()).Close()
			counts = append(counts, pieces.Count())
		}
		if diff := cmp.Diff([]int{0, 1, 1}, counts); diff != "" {
			t.Errorf("tunnels struck (-want +got):\n%s", diff)
		}
	})
}

func TestTunnelFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := exatest.NewServer(t, exatest.WithNetwork(exatest.NewVirtualNetwork()))
		pieces := srv.Inject(exatest.TunnelAnswerInPieces())
		nc, err := srv.DialContext(t.Context(), "tcp", srv.Addr())
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		_, _ = nc.Write([]byte{2, 0x21, 0x21, 2, 1, 0, 0, 0, 1, 0, 0, 0})
		var sizes []int
		var answer []byte
		for len(answer) < 24 {
			b := make([]byte, 24)
			n, err := nc.Read(b)
			if err != nil {
				t.Fatal(err)
			}
			sizes, answer = append(sizes, n), append(answer, b[:n]...)
		}
		if diff := cmp.Diff([]int{6, 7, 11}, sizes); diff != "" {
			t.Errorf("pieces (-want +got):\n%s", diff)
		}
		if got, want := string(answer), "\x00\x00\x00\x00\x8b\x4e\x00\x0010.0.0.11\x00\x00\x00\x00\x00\x00\x00"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}

		c := connect(t, srv)
		if n := pieces.Count(); n != 1 {
			t.Errorf("the fault has struck %d times, want once: it spares the login", n)
		}
		pieces.Remove()
		srv.HandleSQL("IMPORT ...", exatest.ImportFiles(func(string, io.Reader) (int64, error) { return 0, nil }))
		srv.Inject(exatest.TunnelIgnored())
		tn := openTunnel(t, srv, srv.Addr())
		c.failed(c.execute("IMPORT INTO t FROM CSV AT 'http://"+tn.key+"' FILE '1'"), "42636", "http://"+tn.key+" failed after 0 bytes. [Couldn't connect to server]")
		c.ok(`{"command":"execute","sqlText":"COMMIT"}`)
		synctest.Wait()
		if n := srv.Connections(); n != 3 {
			t.Errorf("%d connections, want the session and two silent tunnels", n)
		}
		c.bye()
		srv.Close()
		if text, err := io.ReadAll(tn); err != nil || len(text) > 0 {
			t.Errorf("the tunnel got %q, %v", text, err)
		}
	})
}
