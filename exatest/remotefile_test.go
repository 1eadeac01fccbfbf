package exatest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/internal/testclient"
	"github.com/google/go-cmp/cmp"
)

// mover is a backend whose statements read and write files of the client. run is set by the test.
type mover struct {
	exatest.Backend
	exatest.BackendSession
	info exatest.SessionInfo
	run  func(ctx context.Context, info exatest.SessionInfo) error
}

func (m *mover) Connect(_ context.Context, info exatest.SessionInfo) (exatest.BackendSession, error) {
	m.info = info
	return m, nil
}

func (m *mover) Close() error { return nil }

func (m *mover) Execute(ctx context.Context, _ string) (*exatest.Result, error) {
	if err := m.run(ctx, m.info); err != nil {
		return nil, err
	}
	return &exatest.Result{RowCount: 1}, nil
}

// moving runs fn with a session on a backend, in virtual time.
func moving(t *testing.T, fn func(t *testing.T, srv *exatest.Server, c *testclient.Client, m *mover)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		m := &mover{}
		srv := exatest.NewServer(t, exatest.WithNetwork(exatest.NewVirtualNetwork()), exatest.WithBackend(struct{ exatest.Backend }{m}))
		c := testclient.Connect(t, srv)
		fn(t, srv, c, m)
		c.Bye()
	})
}

const okEmpty = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

func TestBackendReadsFiles(t *testing.T) {
	moving(t, func(t *testing.T, srv *exatest.Server, c *testclient.Client, m *mover) {
		tn := testclient.OpenTunnel(t, srv, srv.Addr())
		f := exatest.RemoteFile{Address: "http://" + tn.Key + ";MaxConcurrentReads=1", Name: "a b.csv"}
		var got []string
		m.run = func(ctx context.Context, info exatest.SessionInfo) error {
			r, err := info.ReadFile(ctx, f)
			if err != nil {
				return err
			}
			defer r.Close()
			for range 2 { // the end stays the end
				text, err := io.ReadAll(r)
				if err != nil {
					return err
				}
				got = append(got, string(text))
			}
			return nil
		}
		seen := tn.ServeAll(tn, testclient.TwoRows)
		c.Execute("IMPORT").Result(0)
		if diff := cmp.Diff([]string{"1,a\n2,b\n", ""}, got); diff != "" {
			t.Errorf("read (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"GET /a%20b.csv", "EOF"}, <-seen); diff != "" {
			t.Errorf("requests (-want +got):\n%s", diff)
		}
		c.Failed(c.Execute("IMPORT"), "42636", "reading data from external connection [http://"+tn.Key+"/a b.csv failed after 0 bytes. [Connection refused],[7],[Couldn't connect to server]]")
	})
}

// A file that is not read leaves the tunnel alone, and one that is not read to its end cuts it.
func TestBackendGivesUp(t *testing.T) {
	moving(t, func(t *testing.T, srv *exatest.Server, c *testclient.Client, m *mover) {
		tn := testclient.OpenTunnel(t, srv, srv.Addr())
		f := exatest.RemoteFile{Address: "http://" + tn.Key, Name: "1"}
		seen := tn.ServeAll(tn, testclient.TwoRows)
		reads := 0
		m.run = func(ctx context.Context, info exatest.SessionInfo) error {
			r, err := info.ReadFile(ctx, f)
			if err != nil {
				return err
			}
			if reads > 0 {
				_, err = r.Read(make([]byte, reads))
			}
			if again := r.Close(); again != nil {
				return again
			}
			return err
		}
		c.Execute("IMPORT").Result(0)
		time.Sleep(time.Second)
		select {
		case lines := <-seen:
			t.Fatalf("the tunnel was touched: %q", lines)
		default:
		}
		m.run = func(ctx context.Context, info exatest.SessionInfo) error {
			w, err := info.WriteFile(ctx, f)
			if err != nil {
				return err
			}
			w.Abort()
			w.Abort()
			return w.Close()
		}
		c.Execute("EXPORT").Result(0)
		select {
		case lines := <-seen:
			t.Fatalf("the tunnel was touched: %q", lines)
		default:
		}
		m.run = func(ctx context.Context, info exatest.SessionInfo) error {
			r, err := info.ReadFile(ctx, f)
			if err != nil {
				return err
			}
			_, err = r.Read(make([]byte, 3))
			return errors.Join(err, r.Close())
		}
		c.Execute("IMPORT").Result(0)
		if diff := cmp.Diff([]string{"GET /1", "EOF"}, <-seen); diff != "" {
			t.Errorf("requests (-want +got):\n%s", diff)
		}
	})
}

func TestBackendWritesFiles(t *testing.T) {
	long := strings.Repeat("0123456,x\n", 20_000)
	for name, tt := range map[string]struct {
		write func(w exatest.FileWriter) error
		want  []string
		fails string
	}{
		"much": {func(w exatest.FileWriter) error {
			return errors.Join(second(io.WriteString(w, long)), w.Close(), w.Close())
		}, []string{"PUT /1", long, "EOF"}, ""},
		"nothing":      {exatest.FileWriter.Close, []string{"PUT /1", "", "EOF"}, ""},
		"aborted":      {func(w exatest.FileWriter) error { defer w.Abort(); return second(io.WriteString(w, "1,a\n")) }, []string{"PUT /1", "1,a\n", "unexpected EOF"}, ""},
		"not closed":   {func(w exatest.FileWriter) error { return second(io.WriteString(w, "1,a\n")) }, []string{"PUT /1", "", "unexpected EOF"}, ""},
		"after close":  {func(w exatest.FileWriter) error { return errors.Join(w.Close(), second(w.Write([]byte("x")))) }, []string{"PUT /1", "", "EOF"}, os.ErrClosed.Error()},
		"not accepted": {exatest.FileWriter.Close, []string{"PUT /1", "", "EOF"}, "[The requested URL returned error: 507],[22]"},
	} {
		t.Run(name, func(t *testing.T) {
			moving(t, func(t *testing.T, srv *exatest.Server, c *testclient.Client, m *mover) {
				tn := testclient.OpenTunnel(t, srv, srv.Addr())
				answer := okEmpty
				if strings.Contains(tt.fails, "507") {
					answer = "HTTP/1.1 507 Full\r\nContent-Length: 0\r\n\r\n"
				}
				seen := tn.ServeAll(tn, answer)
				m.run = func(ctx context.Context, info exatest.SessionInfo) error {
					w, err := info.WriteFile(ctx, exatest.RemoteFile{Address: "http://" + tn.Key, Name: "1"})
					if err != nil {
						return err
					}
					return tt.write(w)
				}
				a := c.Execute("EXPORT")
				if (a.Exception.SQLCode != "") != (tt.fails != "") || !strings.Contains(a.Exception.Text, tt.fails) {
					t.Errorf("got %s, want %q", a.Raw, tt.fails)
				}
				if diff := cmp.Diff(tt.want, <-seen); diff != "" {
					t.Errorf("requests (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func second(_ int, err error) error { return err }

// An abort ends a file that hangs, with the words of the abort.
func TestBackendFileAborted(t *testing.T) {
	moving(t, func(t *testing.T, srv *exatest.Server, c *testclient.Client, m *mover) {
		for _, write := range []bool{false, true} {
			tn := testclient.OpenTunnel(t, srv, srv.Addr())
			f := exatest.RemoteFile{Address: "http://" + tn.Key, Name: "1"}
			m.run = func(ctx context.Context, info exatest.SessionInfo) error {
				if write {
					w, err := info.WriteFile(ctx, f)
					return errors.Join(err, w.Close())
				}
				r, err := info.ReadFile(ctx, f)
				return errors.Join(err, second(r.Read(make([]byte, 1))))
			}
			c.Send(`{"command":"execute","sqlText":"MOVE"}`)
			time.Sleep(time.Minute)
			c.Send(testclient.Abort)
			c.Failed(c.Receive(), "R0003", "abort")
			if text, err := io.ReadAll(tn); err != nil || len(text) < 10 {
				t.Errorf("the tunnel got %q, %v", text, err)
			}
		}
	})
}

// FROM PARQUET reads by ranges, through one connection.
func TestImportParquet(t *testing.T) {
	content := []byte("PAR1 this is not really Parquet PAR1")
	srv := exatest.NewServer(t, exatest.WithRelease("2025.1.11"))
	var got []string
	srv.HandleSQL("IMPORT ...", exatest.ImportFiles(func(_ string, r io.Reader) (int64, error) {
		ranged := r.(exatest.RangedFile)
		size, err := ranged.Size()
		if err != nil {
			return 0, err
		}
		b := make([]byte, 4)
		n, err := ranged.ReadAt(b, size-4)
		got = append(got, fmt.Sprint(string(b[:n]), err))
		n, err = ranged.ReadAt(b, size-2)
		got = append(got, fmt.Sprint(string(b[:n]), err))
		all, err := io.ReadAll(ranged)
		got = append(got, fmt.Sprint(string(all), err))
		return size, nil
	}))
	c := testclient.Connect(t, srv)
	tn := testclient.OpenTunnel(t, srv, srv.Addr())
	var requests []string
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests = append(requests, r.Method+" "+r.Header.Get("Range"))
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
	})}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(&oneConn{conn: tn, done: make(chan struct{})})
	}()
	a := c.Execute("IMPORT INTO t FROM PARQUET AT 'http://" + tn.Key + ";MaxConcurrentReads=1' FILE '001.parquet'")
	if fmt.Sprint(a.Result(0)["rowCount"]) != fmt.Sprint(len(content)) {
		t.Errorf("got %s", a.Raw)
	}
	server.Close()
	<-ended
	if diff := cmp.Diff([]string{"PAR1<nil>", "R1EOF", string(content) + "<nil>"}, got); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"HEAD ", "GET bytes=32-35", "GET bytes=34-35", "GET bytes=0-35"}, requests); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	for _, tt := range []struct{ answer, text string }{
		{"HTTP/1.1 404 No\r\n\r\n", "ETL-2238: Remote File [http://" + "%s/1 failed after 0 bytes. [The requested URL returned error: 404],[22]"},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "no Content-Length"},
		{"HTTP/1.1 200 OK\r\nContent-Length: 36\r\n\r\n" + "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "doesn't seem to support byte ranges"},
		{"HTTP/1.1 200 OK\r\nContent-Length: 36\r\n\r\n" + "HTTP/1.1 206 OK\r\nContent-Length: 3\r\n\r\nabc", "the answer has 3 bytes of a range of 4"},
	} {
		tn := testclient.OpenTunnel(t, srv, srv.Addr())
		seen := tn.ServeAll(tn, tt.answer, "")
		srv.HandleSQL("IMPORT ...", exatest.ImportFiles(func(_ string, r io.Reader) (int64, error) {
			_, err := r.(exatest.RangedFile).ReadAt(make([]byte, 4), 0)
			return 0, err
		}))
		want := strings.ReplaceAll(tt.text, "%s", tn.Key)
		c.Failed(c.Execute("IMPORT INTO t FROM PARQUET AT 'http://"+tn.Key+"' FILE '1'"), "42636", want)
		<-seen
	}
	c.Bye()
}

// oneConn is a listener of one connection.
type oneConn struct {
	conn *testclient.Tunnel
	done chan struct{}
}

func (l *oneConn) Accept() (net.Conn, error) {
	if tn := l.conn; tn != nil {
		l.conn = nil
		return tn, nil
	}
	<-l.done
	return nil, net.ErrClosed
}

func (l *oneConn) Close() error   { close(l.done); return nil }
func (l *oneConn) Addr() net.Addr { return &net.TCPAddr{} }

func TestParquetByRelease(t *testing.T) {
	const sql = "IMPORT INTO t FROM PARQUET AT 'http://10.0.0.11:1;MaxConcurrentReads=1' FILE '1.parquet'"
	for release, want := range map[string]string{
		"8.32.0":    "42000: syntax error, unexpected IDENTIFIER_PART_ [line 1, column 20]",
		"2025.1.10": "42636: ETL-2238: Remote File [http://10.0.0.11:1/1.parquet failed after 0 bytes. [Couldn't connect to server],[7],[Couldn't connect to server]]",
		"2025.1.11": "<nil>",
		"2025.2.0":  "42636: ETL-2210: AWS URL is invalid: Provided URL is not a valid AWS S3 URL (http://10.0.0.11:1/1.parquet)",
		"2025.2.1":  "<nil>",
		"2026.1.0":  "<nil>",
	} {
		if diff := cmp.Diff(want, fmt.Sprint(exatest.CheckTransfer(release, sql))); diff != "" {
			t.Errorf("release %s (-want +got):\n%s", release, diff)
		}
	}
}
