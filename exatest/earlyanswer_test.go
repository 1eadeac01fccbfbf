package exatest_test

import (
	"errors"
	"fmt"
	"io"
	"net/http/httputil"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/internal/testclient"
	"github.com/google/go-cmp/cmp"
)

// answerEarly sends a whole answer in small pieces, without reading a request, and hangs up at once.
func answerEarly(tn *testclient.Tunnel, rows int) {
	defer tn.Close()
	for _, line := range []string{"HTTP/1.1 200 OK\r\n", "Transfer-Encoding: chunked\r\n", "Connection: close\r\n", "\r\n"} {
		_, _ = io.WriteString(tn, line)
	}
	chunks := httputil.NewChunkedWriter(tn)
	const piece = 100
	for ; rows > 0; rows -= piece {
		_, _ = io.WriteString(chunks, strings.Repeat("0123456789,abcdefghijklmnop\n", min(rows, piece)))
	}
	_, _ = io.WriteString(tn, "0\r\n\r\n")
}

// A client that answers before it is asked is read to its end and never gets a request, whether it is done before the
// statement comes, or begins together with it.
func TestImportAnsweredEarly(t *testing.T) {
	const rows = 200_000 // more than the buffers of a connection hold
	check := func(t *testing.T, srv *exatest.Server, c *testclient.Client, when time.Duration, rows int) {
		tn := testclient.OpenTunnel(t, srv, srv.Addr())
		done := make(chan struct{})
		go func() {
			defer close(done)
			answerEarly(tn, rows)
		}()
		time.Sleep(when)
		a := c.Execute("IMPORT INTO t FROM CSV AT 'http://" + tn.Key + "' FILE 'data.csv'")
		<-done
		if got := fmt.Sprint(a.Result(0)["rowCount"]); got != fmt.Sprint(rows) {
			t.Errorf("got %.300s", a.Raw)
		}
	}
	count := exatest.ImportFiles(func(_ string, content io.Reader) (n int64, err error) {
		text, err := io.ReadAll(content)
		return int64(strings.Count(string(text), "\n")), err
	})
	t.Run("loopback", func(t *testing.T) {
		srv := exatest.NewServer(t)
		srv.HandleSQL("IMPORT ...", count)
		c := testclient.Connect(t, srv)
		for range 10 {
			check(t, srv, c, 0, 3)
		}
		check(t, srv, c, 0, rows)
		c.Bye()
	})
	t.Run("virtual", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			srv := exatest.NewServer(t, exatest.WithNetwork(exatest.NewVirtualNetwork()))
			srv.HandleSQL("IMPORT ...", count)
			c := testclient.Connect(t, srv)
			for _, when := range []time.Duration{0, time.Second} {
				check(t, srv, c, when, 3)
				check(t, srv, c, when, rows/10)
			}
			c.Bye()
		})
	})
}

// A client that waits for the request gets it after a moment, and one that speaks TLS at once.
func TestImportRequestIsNotHeldBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := exatest.NewServer(t, exatest.WithNetwork(exatest.NewVirtualNetwork()))
		var got []string
		srv.HandleSQL("IMPORT ...", lines(&got))
		c := testclient.Connect(t, srv)
		tn := testclient.OpenTunnel(t, srv, srv.Addr())
		start := time.Now()
		served := tn.Serve(tn, testclient.TwoRows)
		c.Execute("IMPORT INTO t FROM CSV AT 'http://" + tn.Key + "' FILE '000.csv'")
		<-served
		if waited := time.Since(start); waited > 10*time.Millisecond {
			t.Errorf("the request was held back for %v", waited)
		}
		if diff := cmp.Diff([]string{"000.csv=1,a\n2,b\n"}, got); diff != "" {
			t.Errorf("files (-want +got):\n%s", diff)
		}
		c.Bye()
	})
}

// A function that reads and writes nothing leaves the tunnel alone: the client is not asked, and the tunnel is still
// there for the next statement.
func TestUntouchedTunnel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := exatest.NewServer(t, exatest.WithNetwork(exatest.NewVirtualNetwork()))
		srv.HandleSQL("IMPORT ...", exatest.ImportFiles(func(string, io.Reader) (int64, error) { return 7, nil }))
		srv.HandleSQL("EXPORT ...", exatest.ExportFiles(func(string, io.Writer) (int64, error) {
			return 0, &exatest.SQLError{Code: "42000", Text: "object T not found"}
		}))
		srv.HandleSQL("EXPORT nothing ...", exatest.ExportFiles(func(_ string, content io.Writer) (int64, error) {
			_, err := content.Write(nil)
			return 0, err
		}))
		c := testclient.Connect(t, srv)
		tn := testclient.OpenTunnel(t, srv, srv.Addr())
		at := " CSV AT 'http://" + tn.Key + "' FILE '000.csv'"
		if got := fmt.Sprint(c.Execute("IMPORT INTO t FROM" + at).Result(0)["rowCount"]); got != "7" {
			t.Errorf("got %s rows", got)
		}
		c.Failed(c.Execute("EXPORT t INTO"+at), "42000", "object T not found")
		synctest.Wait()
		_ = tn.SetReadDeadline(time.Now().Add(time.Hour))
		if n, err := tn.Read(make([]byte, 1)); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("the tunnel got %d bytes, %v", n, err)
		}
		_ = tn.SetReadDeadline(time.Time{})
		served := tn.Serve(tn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		c.Execute("EXPORT nothing INTO" + at).Result(0)
		if diff := cmp.Diff([]string{"PUT /000.csv " + tn.Key, ""}, <-served); diff != "" {
			t.Errorf("request (-want +got):\n%s", diff)
		}
		c.Bye()
	})
}
