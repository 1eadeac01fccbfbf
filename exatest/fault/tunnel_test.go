package fault_test

import (
	"io"
	"testing"
	"testing/synctest"

	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
	"github.com/exawire/exawire/exatest/internal/testclient"
	"github.com/google/go-cmp/cmp"
)

// A tunnel is no command, so those to which a fault is limited play no part.
func TestTunnelFaultOnCommands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := exatest.NewServer(t, exatest.WithNetwork(exatest.NewVirtualNetwork()))
		pieces := srv.Inject(fault.TunnelAnswerInPieces().On("execute").Skip(1).Times(1))
		var counts []int
		for range 3 {
			testclient.OpenTunnel(t, srv, srv.Addr()).Close()
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
		pieces := srv.Inject(fault.TunnelAnswerInPieces())
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

		c := testclient.Connect(t, srv)
		if n := pieces.Count(); n != 1 {
			t.Errorf("the fault has struck %d times, want once: it spares the login", n)
		}
		pieces.Remove()
		srv.HandleSQL("IMPORT ...", exatest.ImportFiles(func(string, io.Reader) (int64, error) { return 0, nil }))
		srv.Inject(fault.TunnelIgnored())
		tn := testclient.OpenTunnel(t, srv, srv.Addr())
		c.Failed(c.Execute("IMPORT INTO t FROM CSV AT 'http://"+tn.Key+"' FILE '1'"), "42636", "reading data from external connection [http://"+tn.Key+"/1 failed after 0 bytes. [Couldn't connect to server],[7],[Couldn't connect to server]]")
		c.OK(`{"command":"execute","sqlText":"COMMIT"}`)
		synctest.Wait()
		if n := srv.Connections(); n != 3 {
			t.Errorf("%d connections, want the session and two silent tunnels", n)
		}
		c.Bye()
		srv.Close()
		if text, err := io.ReadAll(tn); err != nil || len(text) > 0 {
			t.Errorf("the tunnel got %q, %v", text, err)
		}
	})
}
