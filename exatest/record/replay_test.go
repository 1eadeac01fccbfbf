package record_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/internal/testclient"
	"github.com/exawire/exawire/exatest/record"
	"github.com/google/go-cmp/cmp"
)

// recorded runs a program against srv through a recorder and returns the transcript.
func recorded(t *testing.T, srv *exatest.Server, program func(dial func() *testclient.Client)) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "session.jsonl")
	rec, err := record.Start(path, record.Upstream{Addr: srv.Addr(), Fingerprint: srv.Fingerprint()})
	if err != nil {
		t.Fatal(err)
	}
	program(func() *testclient.Client { return dialRecorder(t, srv, rec) })
	if err := rec.Close(); err != nil {
		t.Fatalf("close the recorder: %v", err)
	}
	return path
}

// dialRecorder is dial to a recorder in front of srv.
func dialRecorder(t testing.TB, srv *exatest.Server, rec *record.Recorder) *testclient.Client {
	t.Helper()
	nc, err := tls.Dial("tcp", rec.Addr(), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	return testclient.Upgrade(t, srv, nc)
}

func loginWith(c *testclient.Client, compressed bool) {
	c.Login(fmt.Sprintf(`,"useCompression":%v`, compressed))
	c.Compressed = compressed
}

func replayClient(t testing.TB, srv *exatest.Server) *testclient.Client {
	t.Helper()
	return testclient.Dial(t, srv, srv.Addr(), false)
}

// scripted is a server with a little of everything.
func scripted(t *testing.T, opts ...exatest.Option) *exatest.Server {
	t.Helper()
	srv := exatest.NewServer(t, append([]exatest.Option{exatest.WithInlineRows(3)}, opts...)...)
	srv.HandleSQL("SELECT n FROM t", exatest.Rows(exatest.Columns("N DECIMAL(18,0)"), exatest.ValuesOf(testclient.Numbers(9))))
	srv.HandleSQL("INSERT INTO t VALUES (?)", exatest.RowCount(1))
	srv.HandleSQL("DROP TABLE x", exatest.Exception("42000", "object X not found"))
	return srv
}

// everyKind sends every kind of request and returns the answers.
func everyKind(c *testclient.Client) []string {
	var answers []string
	for _, request := range []string{
		`{"command":"getAttributes"}`,
		`{"command":"execute","sqlText":"SELECT n FROM t"}`,
		`{"command":"fetch","resultSetHandle":1,"startPosition":0,"numBytes":1000}`,
		`{"command":"closeResultSet","resultSetHandles":[1]}`,
		`{"command":"execute","sqlText":"DROP TABLE x"}`,
		`{"command":"createPreparedStatement","sqlText":"INSERT INTO t VALUES (?)"}`,
		`{"command":"executePreparedStatement","statementHandle":1,"numColumns":1,"numRows":2,"data":[["1","é"]]}`,
		`{"command":"closePreparedStatement","statementHandle":1}`,
		`{"command":"setAttributes","attributes":{"autocommit":false,"queryTimeout":7}}`,
		`{"command":"getCatalogs"}`,
		`{"command":"nonsense"}`,
	} {
		c.Send(request)
		text, err := c.Recv()
		if err != nil {
			c.TB.Fatalf("%s: %v", request, err)
		}
		answers = append(answers, text)
	}
	return answers
}

func TestRecordReplay(t *testing.T) {
	for _, compressed := range []bool{false, true} {
		srv := scripted(t)
		var want []string
		path := recorded(t, srv, func(dial func() *testclient.Client) {
			c := dial()
			loginWith(c, compressed)
			want = everyKind(c)
			c.Bye()
		})
		for _, now := range []bool{false, true} {
			t.Run(fmt.Sprintf("compressed %v then %v", compressed, now), func(t *testing.T) {
				replay := record.Replay(t, path, record.WithAllRequests(), record.WithRepetition())
				for range 2 {
					c := replayClient(t, replay)
					loginWith(c, now)
					got := everyKind(c)
					c.Bye()
					want := slices.Clone(want)
					const attribute = `"compressionEnabled":`
					want[0] = strings.Replace(want[0], fmt.Sprint(attribute, compressed), fmt.Sprint(attribute, now), 1)
					if diff := cmp.Diff(want, got); diff != "" {
						t.Errorf("answers (-recorded +replayed):\n%s", diff)
					}
				}
			})
		}
	}
}

func threeStatements(t *testing.T) string {
	srv := scripted(t)
	return recorded(t, srv, func(dial func() *testclient.Client) {
		c := dial()
		c.Login("")
		c.Execute("SELECT n FROM t")
		c.OK(`{"command":"fetch","resultSetHandle":1,"startPosition":0,"numBytes":1000}`)
		c.Execute("ALTER SESSION SET NLS_DATE_FORMAT='DD.MM.YYYY'")
		c.Execute("COMMIT")
		c.OK(`{"command":"closeResultSet","resultSetHandles":[1]}`)
		c.Bye()
	})
}

func TestReplayOrder(t *testing.T) {
	path := threeStatements(t)
	t.Run("strict", func(t *testing.T) {
		tb := &testclient.LooseTB{TB: t}
		srv := record.Replay(tb, path, record.WithAllRequests())
		c := replayClient(t, srv)
		c.Login("")
		a := c.Execute("COMMIT")
		if a.Exception.SQLCode != "00000" || !strings.Contains(a.Exception.Text, "has no answer to") {
			t.Errorf("a statement out of order got %s", a.Raw)
		}
		failure := tb.Take()
		for _, part := range []string{
			"at line 6,", `{"command":"execute","sqlText":"COMMIT"}`, `[-SELECT n FROM t-]{+COMMIT+}`, "the same request is at line 12",
		} {
			if !strings.Contains(failure, part) {
				t.Errorf("the failure has no %q:\n%s", part, failure)
			}
		}
		// The expected one still works, in another form.
		c.OK(`{"sqlText" : "  SELECT n FROM t ; " , "command":"execute"}`)
		// A fetch may come again, and with another budget.
		for range 2 {
			c.OK(`{"command":"fetch","resultSetHandle":1,"startPosition":0,"numBytes":77}`)
		}
		c.Fails("00000", "from position 9 on were not recorded", `{"command":"fetch","resultSetHandle":1,"startPosition":9,"numBytes":77}`)
		c.OK(`{"command":"closeResultSet","resultSetHandles":[1,1]}`)
		if failure := tb.Take(); failure != "" {
			t.Errorf("a fetch ahead failed the test: %s", failure)
		}
		c.Fails("00000", "has no answer", `{"command":"fetch","resultSetHandle":5,"startPosition":0,"numBytes":77}`)
		if failure := tb.Take(); !strings.Contains(failure, `"resultSetHandle":[-1-]{+5+}`) {
			t.Errorf("a fetch from a result set that never was: %s", failure)
		}
		c.Execute("ALTER SESSION SET NLS_DATE_FORMAT='DD.MM.YYYY'")
		c.Bye()
		if failure := tb.Take(); failure != "" {
			t.Errorf("unexpected failure: %s", failure)
		}
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
		if failure := tb.Take(); !strings.Contains(failure, "were not played:\nline 12: ") || strings.Contains(failure, "line 8") {
			t.Errorf("not played: %s", failure)
		}
	})
	t.Run("any", func(t *testing.T) {
		tb := &testclient.LooseTB{TB: t}
		srv := record.Replay(tb, path, record.WithAnyOrder())
		c := replayClient(t, srv)
		c.Login("")
		c.OK(`{"command":"execute","sqlText":"COMMIT"}`)
		c.OK(`{"command":"execute","sqlText":"SELECT n FROM t"}`)
		c.OK(`{"command":"execute","sqlText":"SELECT n FROM t"}`)
		if a := c.Execute("COMMIT"); a.Status != "error" {
			t.Errorf("a second COMMIT got %s", a.Raw)
		}
		if failure := tb.Take(); !strings.Contains(failure, "(played)") {
			t.Errorf("failure: %s", failure)
		}
		if a := c.Execute("COMMIT WORK"); a.Status != "error" || !strings.Contains(tb.Take(), "COMMIT{+ WORK+}") {
			t.Errorf("another statement got %s", a.Raw)
		}
		c.Bye()
	})
}

func TestReplayLogin(t *testing.T) {
	srv := scripted(t, exatest.WithUser("ann", "p"), exatest.WithRelease("8.32.7"))
	const fields = `,"attributes":{"autocommit":false}`
	path := recorded(t, srv, func(dial func() *testclient.Client) {
		c := dial()
		c.Failed(c.TryLogin(5, "ann", "wrong", ""), "08004", "authentication failed")
		c = dial()
		if a := c.TryLogin(4, "ann", "p", fields); a.Status != "ok" {
			t.Fatal(a.Raw)
		}
		c.Bye()
	})
	tb := &testclient.LooseTB{TB: t}
	replay := record.Replay(tb, path)
	refused := func(version int, password, fields, text string) {
		t.Helper()
		a := replayClient(t, replay).TryLogin(version, "sys", password, fields)
		if a.Status != "error" || !strings.Contains(a.Exception.Text, text) {
			t.Errorf("login got %s, want %q", a.Raw, text)
		}
	}
	refused(5, "wrong", fields, "authentication failed")
	if failure := tb.Take(); failure != "" {
		t.Errorf("a wrong password failed the test: %s", failure)
	}
	refused(3, "exasol", fields, "was recorded with protocol version 4")
	refused(5, "exasol", "", `set other attributes: {[-"autocommit":false-]}`)
	c := replayClient(t, replay)
	a := c.Login(fields)
	if c.Version != 4 || a.Data["releaseVersion"] != "8.32.7" {
		t.Errorf("login got %s", a.Raw)
	}
	refused(5, "exasol", fields, "all of them are taken")
	c.Bye()
	if n := strings.Count(tb.Take(), "exatest: replay"); n != 3 {
		t.Errorf("%d failures, want 3", n)
	}
}

func TestReplayEnds(t *testing.T) {
	srv := scripted(t)
	srv.HandleSQL("CRASH", exatest.Drop())
	running := make(chan struct{}, 2)
	srv.HandleSQL("SLOW", exatest.Func(func(*exatest.Request) exatest.Response {
		running <- struct{}{}
		return exatest.Hang()
	}))
	path := recorded(t, srv, func(dial func() *testclient.Client) {
		c := dial()
		c.Login("")
		c.Send(`{"command":"execute","sqlText":"SLOW"}`)
		<-running
		c.Send(`{"command":"abortQuery"}`)
		c.Failed(c.Receive(), "R0003", "abort")
		c.Send(`{"command":"execute","sqlText":"CRASH"}`)
		c.Gone()
		c = dial()
		c.Login("")
		c.Send(`{"command":"execute","sqlText":"SLOW"}`)
		<-running
		_ = c.Frame(true, 8, true, []byte{3, 0xe8})
		c.Gone()
	})
	replay := record.Replay(t, path)
	c := replayClient(t, replay)
	c.Login("")
	c.Send(`{"command":"execute","sqlText":"SLOW"}`)
	c.Send(`{"command":"abortQuery"}`)
	c.Failed(c.Receive(), "R0003", fmt.Sprint("abort. (Session: ", c.SessionID, ")"))
	c.Send(`{"command":"execute","sqlText":"CRASH"}`)
	c.Gone()
	c = replayClient(t, replay)
	c.Login("")
	c.Send(`{"command":"execute","sqlText":"SLOW"}`)
	c.Send(`{"command":"abortQuery"}`)
	c.Failed(c.Receive(), "R0003", "")
	c.Bye()
}

// upgradeStatus is how a recorder answers the request for a WebSocket.
func upgradeStatus(t *testing.T, rec *record.Recorder) int {
	t.Helper()
	nc, err := tls.Dial("tcp", rec.Addr(), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	fmt.Fprintf(nc, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	resp, err := http.ReadResponse(bufio.NewReader(nc), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode
}
